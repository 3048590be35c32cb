//! The store's tables as Parquet, for `DuckDB`, Spark and Trino.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::store::{Store, StoreError};

/// Rows that are held at once: some tens of MiB.
const GROUP: usize = 32_768;

/// A table of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FleetTable {
    /// The findings that count, each with what its run was.
    Finding,
    /// All runs, those too that no longer count.
    Run,
    /// What the runs that count could not read.
    Unread,
}

/// What is in a column.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// A text, or none.
    Maybe,
    Number,
    Truth,
    /// Milliseconds since 1970, UTC.
    Time,
    /// Texts, in the store separated by line feeds.
    List,
}

use Kind::{List, Maybe, Number, Text, Time, Truth};

const RUN_ROWS: &str = "FROM run ORDER BY host, scope, started";
/// In the order of the reports: no sorting, whatever their number.
const OF_RUNS: &str = "JOIN run ON run.id = of.run WHERE run.id = ? ORDER BY of.rowid";

impl FleetTable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Finding, Self::Run, Self::Unread];

    /// Names and kinds of its columns, and where they come from.
    const fn columns(self) -> &'static [(&'static str, Kind, &'static str)] {
        match self {
            Self::Finding => &[
                ("host", Text, "run.host"),
                ("scope", Text, "run.scope"),
                ("started", Time, "run.started"),
                ("complete", Truth, "run.complete"),
                ("id", Text, "of.id"),
                ("rule", Text, "rule"),
                ("state", Text, "state"),
                ("usage", Text, "usage"),
                ("confidence", Text, "confidence"),
                ("severity", Text, "severity"),
                ("path", Text, "path"),
                ("line", Number, "line"),
                ("repository", Maybe, "repository"),
                ("commit_id", Maybe, "commit_id"),
                ("variable", Maybe, "variable"),
                ("username", Maybe, "username"),
                ("secret_masked", Maybe, "secret_masked"),
                ("credential", Maybe, "credential"),
                ("applicability", Text, "applicability"),
                ("reason", Text, "reason"),
                ("scopes", List, "scopes"),
                ("owners", List, "owners"),
                ("message", Text, "message"),
            ],
            Self::Run => &[
                ("host", Text, "host"),
                ("scope", Text, "scope"),
                ("started", Time, "started"),
                ("ended", Time, "ended"),
                ("complete", Truth, "complete"),
                ("counts", Truth, "counts"),
                ("version", Text, "version"),
                ("key_id", Maybe, "key_id"),
                ("source", Text, "source"),
                ("files", Number, "files"),
                ("unread", Number, "unread"),
                ("errors", Number, "errors"),
                ("warnings", Number, "warnings"),
            ],
            Self::Unread => &[
                ("host", Text, "run.host"),
                ("scope", Text, "run.scope"),
                ("path", Text, "path"),
                ("reason", Text, "reason"),
                ("detail", Text, "detail"),
            ],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Run => "run",
            Self::Unread => "unread",
        }
    }

    fn schema(self) -> String {
        let column = |(name, kind, _): &(&str, Kind, &str)| match kind {
            Text => format!("REQUIRED BYTE_ARRAY {name} (STRING);"),
            Maybe => format!("OPTIONAL BYTE_ARRAY {name} (STRING);"),
            Number => format!("REQUIRED INT64 {name};"),
            Truth => format!("REQUIRED BOOLEAN {name};"),
            Time => format!("REQUIRED INT64 {name} (TIMESTAMP(MILLIS, true));"),
            List => format!(
                "REQUIRED GROUP {name} (LIST) {{ REPEATED GROUP list {{ \
                 REQUIRED BYTE_ARRAY element (STRING); }} }}"
            ),
        };
        let columns: Vec<String> = self.columns().iter().map(column).collect();
        format!("message {} {{ {} }}", self.name(), columns.join(" "))
    }

    /// The runs whose rows are read one after the other; one reading where the table has them all.
    fn parts(self, store: &Store) -> Result<Vec<Option<i64>>, StoreError> {
        if self == Self::Run {
            return Ok(vec![None]);
        }
        let mut query =
            store.db.prepare("SELECT id FROM run WHERE counts ORDER BY host, scope, started")?;
        let ids = query.query_map([], |row| Ok(Some(row.get(0)?)))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    fn query(self) -> String {
        let columns: Vec<&str> = self.columns().iter().map(|(.., from)| *from).collect();
        let columns = columns.join(", ");
        match self {
            Self::Run => format!("SELECT {columns} {RUN_ROWS}"),
            Self::Finding | Self::Unread => {
                format!("SELECT {columns} FROM {} AS of {OF_RUNS}", self.name())
            }
        }
    }
}

/// The rows of one column that are not written yet.
#[derive(Default)]
struct Column {
    texts: Vec<ByteArray>,
    numbers: Vec<i64>,
    truths: Vec<bool>,
    /// Whether there is a value, where there need not be one.
    definitions: Vec<i16>,
    /// 1 where a value goes on with the list of the one before.
    repetitions: Vec<i16>,
}

impl Column {
    fn take(&mut self, kind: Kind, row: &Row<'_>, at: usize) -> rusqlite::Result<()> {
        match kind {
            Number | Time => self.numbers.push(row.get(at)?),
            Truth => self.truths.push(row.get(at)?),
            Text => self.texts.push(row.get_ref(at)?.as_str()?.into()),
            Maybe => match row.get_ref(at)? {
                ValueRef::Null => self.definitions.push(0),
                value => {
                    self.definitions.push(1);
                    self.texts.push(value.as_str()?.into());
                }
            },
            List => {
                let text = row.get_ref(at)?.as_str()?;
                let from = self.repetitions.len();
                for part in text.split('\n').filter(|part| !part.is_empty()) {
                    self.definitions.push(1);
                    self.repetitions.push(i16::from(self.repetitions.len() > from));
                    self.texts.push(part.into());
                }
                if self.repetitions.len() == from {
                    self.definitions.push(0);
                    self.repetitions.push(0);
                }
            }
        }
        Ok(())
    }

    fn write(self, kind: Kind, out: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match kind {
            Number | Time => out.typed::<Int64Type>().write_batch(&self.numbers, None, None),
            Truth => out.typed::<BoolType>().write_batch(&self.truths, None, None),
            Text => out.typed::<ByteArrayType>().write_batch(&self.texts, None, None),
            Maybe => {
                out.typed::<ByteArrayType>().write_batch(&self.texts, Some(&self.definitions), None)
            }
            List => out.typed::<ByteArrayType>().write_batch(
                &self.texts,
                Some(&self.definitions),
                Some(&self.repetitions),
            ),
        }
        .map(drop)
    }
}

/// Writes a table of the store as one Parquet file, packed with zstd: the same bytes for the same store.
///
/// # Errors
/// The store cannot be read, or `out` takes no more.
pub fn write_parquet(
    store: &Store,
    table: FleetTable,
    out: &mut (dyn Write + Send),
) -> Result<(), StoreError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by(concat!("bbsweep version ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let schema = Arc::new(parse_message_type(&table.schema())?);
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    let columns = table.columns();
    let fresh = || -> Vec<Column> { columns.iter().map(|_| Column::default()).collect() };
    let (mut group, mut held) = (fresh(), 0);
    let mut query = store.db.prepare(&table.query())?;
    for run in table.parts(store)? {
        let mut rows = query.query(rusqlite::params_from_iter(run))?;
        while let Some(row) = rows.next()? {
            for (at, ((_, kind, _), column)) in columns.iter().zip(&mut group).enumerate() {
                column.take(*kind, row, at)?;
            }
            held += 1;
            if held == GROUP {
                write_group(&mut writer, columns, std::mem::replace(&mut group, fresh()))?;
                held = 0;
            }
        }
    }
    if held > 0 {
        write_group(&mut writer, columns, group)?;
    }
    writer.close()?;
    Ok(())
}

fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    columns: &[(&str, Kind, &str)],
    rows: Vec<Column>,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    let mut rows = columns.iter().zip(rows);
    while let Some(mut out) = group.next_column()? {
        let Some(((_, kind, _), column)) = rows.next() else { break };
        column.write(*kind, &mut out)?;
        out.close()?;
    }
    group.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use rusqlite::params;

    use super::*;

    fn store() -> Store {
        let store = Store::temporary().unwrap();
        let run = "INSERT INTO run (host, scope, started, ended, complete, version, key_id, source, \
                   files, unread, errors, warnings, counts) \
                   VALUES (?, '/srv', 86400000, 86401000, 1, '0', ?, 'r', 3, 1, 1, 0, ?)";
        for (host, key, counts) in [("b", None, true), ("a", Some("k"), true), ("c", None, false)] {
            store.db.execute(run, params![host, key, counts]).unwrap();
        }
        let finding = "INSERT INTO finding VALUES (?, 'f', 'url-userinfo', 'app-password', 'git', \
                       'certain', 'error', 'x y.sh', 7, ?, NULL, NULL, 'joe', 'ATBB…', NULL, 'safe', \
                       '', ?, ?, 'm')";
        for (run, repository, scopes, owners) in
            [(1, None, "", "@a"), (2, Some("git/r"), "read\nwrite\n", "")]
        {
            store.db.execute(finding, params![run, repository, scopes, owners]).unwrap();
        }
        store.db.execute("INSERT INTO unread VALUES (1, 'p', 'denied', 'd')", []).unwrap();
        store
    }

    fn rows(table: FleetTable) -> Vec<String> {
        let mut bytes = Vec::new();
        write_parquet(&store(), table, &mut bytes).unwrap();
        let mut again = Vec::new();
        write_parquet(&store(), table, &mut again).unwrap();
        assert_eq!(bytes, again);
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
    }

    #[test]
    fn what_is_read_back_is_what_the_store_has() {
        let rows = rows(FleetTable::Finding);
        assert_eq!(rows.len(), 2);
        // By host, whatever the order in which they were merged.
        for part in
            ["host: \"a\"", "repository: \"git/r\"", "scopes: [\"read\", \"write\"]", "owners: []"]
        {
            assert!(rows[0].contains(part), "{}", rows[0]);
        }
        for part in ["host: \"b\"", "repository: null", "scopes: []", "owners: [\"@a\"]", "line: 7"]
        {
            assert!(rows[1].contains(part), "{}", rows[1]);
        }
    }

    #[test]
    fn runs_that_no_longer_count_are_there_too() {
        let runs = rows(FleetTable::Run);
        assert_eq!(runs.len(), 3);
        assert!(runs[0].contains("host: \"a\"") && runs[0].contains("key_id: \"k\""));
        assert!(runs[2].contains("host: \"c\"") && runs[2].contains("counts: false"));
        assert!(runs[0].contains("1970-01-02 00:00:01"), "{}", runs[0]);
        let unread = rows(FleetTable::Unread);
        assert_eq!(unread.len(), 1);
        assert!(unread[0].contains("reason: \"denied\""));
    }

    #[test]
    fn an_empty_store_is_a_file_too() {
        let mut bytes = Vec::new();
        write_parquet(&Store::temporary().unwrap(), FleetTable::Unread, &mut bytes).unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    }
}
