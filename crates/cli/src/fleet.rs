//! `fleet`: many hosts' reports as one view.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use bbsweep_report::fleet::{
    FleetFormat, FleetOptions, FleetTable, FleetView, Host, Merged, Store, merge, render_fleet,
    write_parquet,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::args::{FleetCommand, FleetDocument, FleetTask, FleetViewArgs, TextFormat};
use crate::changes::{BAD, GOOD, count};
use crate::exit::Status;
use crate::output::{self, Screen};

/// Bytes of a key.
const KEY_BYTES: usize = 32;

pub(crate) fn run(command: &FleetCommand, screen: Screen) -> anyhow::Result<Status> {
    match &command.task {
        FleetTask::Key { output } => key(output),
        FleetTask::Merge { reports, output, view, format: summary_format } => {
            let mut summary = Summary::default();
            let target = Target::of(output)?;
            let store = match target {
                Target::Store => open(output)?,
                _ => Store::temporary()?,
            };
            let store = merge_all(store, reports, view.now, &mut summary, screen)?;
            match target {
                Target::Store => {}
                Target::Parquet => parquet(&store, output)?,
                Target::Document(format) => {
                    let shown = FleetView::of(&store, &view_options(view)?)?;
                    output::file(output, |out| render_fleet(&shown, format, out))
                        .with_context(|| format!("cannot write {}", output.display()))?;
                }
            }
            summary.output = output::clean(&output.display().to_string());
            output::document(None, |out| match summary_format {
                TextFormat::Json => output::json(&summary, out),
                TextFormat::Terminal => summary.write(out),
            })?;
            let whole = summary.refused.is_empty() && summary.partial.is_empty();
            Ok(Status::of(false, whole, false))
        }
        FleetTask::Report { store, view, format, output } => {
            ensure!(
                store.is_file(),
                "there is no store {}: `bbsweep fleet merge` makes one",
                store.display()
            );
            let store =
                Store::open(store).with_context(|| format!("cannot open {}", store.display()))?;
            let options = view_options(view)?;
            let format = match format {
                FleetDocument::Parquet => {
                    let output =
                        output.as_deref().context("Parquet is for files: name one with -o")?;
                    parquet(&store, output)?;
                    let (left, complete) = FleetView::outcome(&store, &options)?;
                    return Ok(Status::of(left, complete, false));
                }
                FleetDocument::Terminal | FleetDocument::Md => FleetFormat::Markdown,
                FleetDocument::Html => FleetFormat::Html,
                FleetDocument::Json => FleetFormat::Json,
            };
            let view = FleetView::of(&store, &options)?;
            output::document(output.as_deref(), |out| render_fleet(&view, format, out))?;
            Ok(Status::of(view.errors + view.warnings > 0, view.complete, false))
        }
    }
}

/// What `merge` makes, by the end of the file's name.
#[derive(Clone, Copy)]
enum Target {
    Store,
    Parquet,
    Document(FleetFormat),
}

impl Target {
    fn of(path: &Path) -> anyhow::Result<Self> {
        Ok(match path.extension().and_then(|end| end.to_str()) {
            Some("sqlite") => Self::Store,
            Some("parquet") => Self::Parquet,
            Some("json") => Self::Document(FleetFormat::Json),
            Some("md") => Self::Document(FleetFormat::Markdown),
            Some("html") => Self::Document(FleetFormat::Html),
            _ => bail!("{} ends in none of .sqlite, .parquet, .json, .md, .html", path.display()),
        })
    }
}

/// The findings at `path`, the other tables beside it: all of them, or none.
fn parquet(store: &Store, path: &Path) -> anyhow::Result<()> {
    let written = FleetTable::ALL.map(|table| {
        let path = match table {
            FleetTable::Finding => path.to_owned(),
            FleetTable::Run => path.with_extension("runs.parquet"),
            FleetTable::Unread => path.with_extension("unread.parquet"),
        };
        output::written(&path, |out| write_parquet(store, table, out).map_err(io::Error::other))
            .with_context(|| format!("cannot write {}", path.display()))
    });
    for file in written.into_iter().collect::<anyhow::Result<Vec<_>>>()? {
        file.put().with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// What was merged.
#[derive(Debug, Default, Serialize)]
struct Summary {
    output: String,
    merged: usize,
    /// Had before.
    known: usize,
    partial: Vec<Row>,
    refused: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    report: String,
    why: String,
}

/// Opens the store, with no other file in the way.
fn open(path: &Path) -> anyhow::Result<Store> {
    let store = Store::open(path).with_context(|| format!("cannot use {}", path.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
            .with_context(|| format!("cannot make {} private", path.display()))?;
    }
    Ok(store)
}

/// Merges all reports or, where the disk says no, none.
fn merge_all(
    mut store: Store,
    reports: &[PathBuf],
    now: Option<Timestamp>,
    summary: &mut Summary,
    screen: Screen,
) -> anyhow::Result<Store> {
    let now = now.unwrap_or_else(Timestamp::now);
    store.at_once(|store| -> anyhow::Result<()> {
        for path in reports {
            let name = output::clean(&path.display().to_string());
            let result = match input(path) {
                Ok(mut input) => merge(store, &mut *input, &name, now)
                    .context("nothing was merged: the store stays as it was")?,
                Err(error) => Merged::Refused(format!("it cannot be read: {error}")),
            };
            match result {
                Merged::Whole => summary.merged += 1,
                Merged::Known => summary.known += 1,
                Merged::Partial(why) => {
                    summary.merged += 1;
                    summary.partial.push(Row { report: name, why });
                }
                Merged::Refused(why) => summary.refused.push(Row { report: name, why }),
            }
        }
        store.settle().context("nothing was merged: the store stays as it was")?;
        Ok(())
    })?;
    for Row { report, why } in summary.refused.iter().filter(|_| screen.quiet) {
        output::message(format_args!("not merged: {report}: {why}"));
    }
    Ok(store)
}

/// A report, unpacked by its own first bytes, whatever it is called.
fn input(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let head = file.fill_buf()?;
    if head.starts_with(&[0x1F, 0x8B]) {
        let unpacked = flate2::bufread::MultiGzDecoder::new(file);
        return Ok(Box::new(BufReader::with_capacity(1 << 16, unpacked)));
    }
    if head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
        let unpacked = zstd::stream::read::Decoder::with_buffer(file)?;
        return Ok(Box::new(BufReader::with_capacity(1 << 16, unpacked)));
    }
    Ok(Box::new(file))
}

fn view_options(args: &FleetViewArgs) -> anyhow::Result<FleetOptions> {
    let inventory = args.inventory.as_deref().map(inventory).transpose()?;
    let hours = args.stale_after.as_secs().div_ceil(3600);
    Ok(FleetOptions {
        now: args.now.unwrap_or_else(Timestamp::now),
        inventory,
        stale_hours: i64::try_from(hours).unwrap_or(i64::MAX),
    })
}

/// One host a line, with its team behind it.
fn inventory(path: &Path) -> anyhow::Result<Vec<Host>> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the inventory {}", path.display()))?;
    let host = |line: &str| {
        let line = line.split('#').next().unwrap_or_default().trim();
        let (name, team) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let team = Some(team.trim()).filter(|team| !team.is_empty());
        (!name.is_empty())
            .then(|| Host { name: output::clean(name), team: team.map(output::clean) })
    };
    let hosts: Vec<Host> = text.lines().filter_map(host).collect();
    ensure!(!hosts.is_empty(), "the inventory {} names no host", path.display());
    Ok(hosts)
}

/// Makes a key, which nobody is shown.
fn key(path: &Path) -> anyhow::Result<Status> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).with_context(|| {
        format!("cannot make the key {}: a key is never overwritten", path.display())
    })?;
    let mut out = BufWriter::new(file);
    // In hex: an editor that adds a line end does no harm.
    for byte in bytes {
        write!(out, "{byte:02x}")?;
    }
    writeln!(out)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    writeln!(
        anstream::stdout().lock(),
        "{GOOD}wrote{GOOD:#} {}  hand the same file to every host, and keep it secret",
        output::clean(&path.display().to_string())
    )?;
    Ok(Status::NothingToDo)
}

impl Summary {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for Row { report, why } in &self.refused {
            writeln!(out, "{BAD}not merged{BAD:#} {report}: {why}")?;
        }
        for Row { report, why } in &self.partial {
            writeln!(out, "{BAD}partial{BAD:#} {report}: {why}")?;
        }
        writeln!(
            out,
            "{GOOD}wrote{GOOD:#} {}  {} merged, {} known before, {} refused",
            self.output,
            count(self.merged, "report"),
            self.known,
            self.refused.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn all(path: &Path) -> Vec<u8> {
        let mut bytes = Vec::new();
        input(path).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn packed_reports_are_unpacked() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("a"), b"text\n").unwrap();
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"text\n").unwrap();
        fs::write(path("b"), gz.finish().unwrap()).unwrap();
        fs::write(path("c"), zstd::encode_all(&b"text\n"[..], 3).unwrap()).unwrap();
        for name in ["a", "b", "c"] {
            assert_eq!(all(&path(name)), b"text\n");
        }
    }

    #[test]
    fn an_inventory_has_hosts_and_teams() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hosts");
        fs::write(&path, "# all\nhost-a  platform team # x\n\nhost-b\n").unwrap();
        let hosts = inventory(&path).unwrap();
        let host =
            |name: &str, team: Option<&str>| Host { name: name.into(), team: team.map(Into::into) };
        assert_eq!(hosts, [host("host-a", Some("platform team")), host("host-b", None)]);
        fs::write(&path, "#\n").unwrap();
        assert!(inventory(&path).is_err());
    }
}
