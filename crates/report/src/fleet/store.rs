//! The fleet's store: one `SQLite` file with every run, and the findings of those that count.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::model::{Finding, Header, Skipped, Summary};
use crate::schema::wire_name;

/// The version of the tables.
const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    -- What was scanned: roots and shard. A host may have several.
    scope TEXT NOT NULL,
    -- Milliseconds since 1970, UTC.
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    -- Whether every input was read.
    complete INTEGER NOT NULL,
    version TEXT NOT NULL,
    key_id TEXT,
    source TEXT NOT NULL,
    files INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    warnings INTEGER NOT NULL,
    -- Whether its findings are those that count.
    counts INTEGER NOT NULL DEFAULT 0,
    UNIQUE (host, scope, started)
) STRICT;
CREATE TABLE finding (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    rule TEXT NOT NULL,
    state TEXT NOT NULL,
    usage TEXT NOT NULL,
    confidence TEXT NOT NULL,
    severity TEXT NOT NULL,
    path TEXT NOT NULL,
    line INTEGER NOT NULL,
    repository TEXT,
    commit_id TEXT,
    variable TEXT,
    username TEXT,
    secret_masked TEXT,
    -- Under a fleet key; NULL where it cannot be told from others.
    credential TEXT,
    applicability TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- Separated by line feeds.
    scopes TEXT NOT NULL,
    owners TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;
CREATE INDEX finding_run ON finding (run);
CREATE TABLE unread (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
";

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What `SQLite` says.
    #[error("the fleet's store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Parquet cannot be written.
    #[error("{0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Another program's file, or a newer version's.
    #[error("{0}")]
    Foreign(String),
}

/// A fleet's runs.
#[derive(Debug)]
pub struct Store {
    pub(super) db: Connection,
}

impl Store {
    /// Opens the store at `path`, which is made if it is missing.
    ///
    /// # Errors
    /// It is no store of this version, or cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::of(Connection::open(path)?)
    }

    /// A store in a temporary file, gone with it.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn temporary() -> Result<Self, StoreError> {
        // An empty name is SQLite's for a file that it deletes.
        Self::of(Connection::open("")?)
    }

    fn of(db: Connection) -> Result<Self, StoreError> {
        db.pragma_update(None, "foreign_keys", true)?;
        db.pragma_update(None, "temp_store", "FILE")?;
        // 32 MiB, whatever the size of the fleet.
        db.pragma_update(None, "cache_size", -32_768)?;
        let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables: i64 =
            db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        match (version, tables) {
            (VERSION, _) => {}
            (0, 0) => {
                db.execute_batch(TABLES)?;
                db.pragma_update(None, "user_version", VERSION)?;
            }
            (0, _) => {
                return Err(StoreError::Foreign("it is a database of another program".to_owned()));
            }
            (other, _) => {
                return Err(StoreError::Foreign(format!(
                    "it is a store of version {other}, and this bbsweep knows {VERSION}"
                )));
            }
        }
        Ok(Self { db })
    }

    /// Begins a run; `None` if the store has it already.
    pub(super) fn begin(
        &self,
        header: &Header,
        scope: &str,
        source: &str,
    ) -> Result<Option<i64>, StoreError> {
        let started = header.started.as_millisecond();
        let known: Option<i64> = self
            .db
            .prepare_cached("SELECT id FROM run WHERE host = ? AND scope = ? AND started = ?")?
            .query_row(params![header.host, scope, started], |row| row.get(0))
            .optional()?;
        if known.is_some() {
            return Ok(None);
        }
        self.db
            .prepare_cached(
                "INSERT INTO run (host, scope, started, ended, complete, version, key_id, source, files, \
                 unread, errors, warnings) VALUES (?, ?, ?, ?, 0, ?, ?, ?, 0, 0, 0, 0)",
            )?
            .execute(params![
                header.host,
                scope,
                started,
                started,
                header.version,
                header.fleet_key_id,
                source
            ])?;
        Ok(Some(self.db.last_insert_rowid()))
    }

    pub(super) fn finding(
        &self,
        run: i64,
        path: &str,
        repository: Option<&str>,
        finding: &Finding,
    ) -> Result<(), StoreError> {
        let credential = finding
            .credential_fingerprint
            .as_deref()
            .filter(|fingerprint| fingerprint.starts_with("hmac:"));
        let rewrite = finding.rewrite.as_ref();
        let applicability =
            rewrite.map_or_else(|| "manual".to_owned(), |row| wire_name(&row.applicability));
        self.db
            .prepare_cached("INSERT INTO finding VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")?
            .execute(params![
                run,
                finding.id,
                finding.rule,
                wire_name(&finding.state),
                wire_name(&finding.usage),
                wire_name(&finding.confidence),
                wire_name(&finding.severity),
                path,
                i64::try_from(finding.line).unwrap_or(i64::MAX),
                repository,
                finding.commit,
                finding.variable,
                finding.username,
                finding.secret_masked,
                credential,
                applicability,
                rewrite.map_or("", |row| row.reason.as_str()),
                finding.scopes.join("\n"),
                finding.owners.join("\n"),
                finding.message,
            ])?;
        Ok(())
    }

    pub(super) fn unread(&self, run: i64, path: &str, row: &Skipped) -> Result<(), StoreError> {
        self.db
            .prepare_cached("INSERT INTO unread VALUES (?, ?, ?, ?)")?
            .execute(params![run, path, row.reason, row.detail])?;
        Ok(())
    }

    /// Ends a run with its summary; without one it is partial.
    pub(super) fn end(
        &self,
        run: i64,
        started: i64,
        summary: Option<&Summary>,
        unread: u64,
    ) -> Result<(), StoreError> {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.db
            .prepare_cached(
                "UPDATE run SET ended = ?, complete = ?, files = ?, unread = ?, \
                 errors = (SELECT count(*) FROM finding WHERE run = run.id AND severity = 'error'), \
                 warnings = (SELECT count(*) FROM finding WHERE run = run.id AND severity = 'warning') \
                 WHERE id = ?",
            )?
            .execute(params![
                started + summary.map_or(0, |summary| number(summary.elapsed_ms)),
                summary.is_some_and(|summary| summary.complete),
                summary.map_or(0, |summary| number(summary.files)),
                number(unread),
                run,
            ])?;
        Ok(())
    }

    /// Of each host and scope the last complete run counts, or the last one where none is complete. The
    /// findings of the others go; how many they were stays. After all reports are merged.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn settle(&self) -> Result<(), StoreError> {
        self.db.execute_batch(
            "UPDATE run SET counts = id = (SELECT id FROM run AS other \
               WHERE other.host = run.host AND other.scope = run.scope \
               ORDER BY complete DESC, started DESC LIMIT 1);\n\
             DELETE FROM finding WHERE run IN (SELECT id FROM run WHERE NOT counts);\n\
             DELETE FROM unread WHERE run IN (SELECT id FROM run WHERE NOT counts);",
        )?;
        Ok(())
    }

    /// Does `work` whole or not at all.
    ///
    /// # Errors
    /// Those of `work`, and those of the disk: then the store is what it was.
    pub fn at_once<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let sqlite = |error: rusqlite::Error| E::from(StoreError::from(error));
        self.db.execute_batch("BEGIN IMMEDIATE").map_err(sqlite)?;
        match work(self) {
            Ok(done) => {
                self.db.execute_batch("COMMIT").map_err(sqlite)?;
                Ok(done)
            }
            Err(error) => {
                // What cannot be taken back by hand is by the next who opens the file.
                let _ = self.db.execute_batch("ROLLBACK");
                Err(error)
            }
        }
    }
}
