//! A home directory of its own for each test, and the tool run in it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) const BIN: &str = env!("CARGO_BIN_EXE_bbsweep");

/// Every format of a report.
pub(crate) const FORMATS: [&str; 12] = [
    "terminal",
    "json",
    "jsonl",
    "md",
    "html",
    "sarif",
    "csv",
    "junit",
    "github",
    "gitlab",
    "code-insights",
    "prometheus",
];

pub(crate) struct Sandbox {
    dir: TempDir,
}

/// What a run printed and exited with.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("home")).unwrap();
        Self { dir }
    }

    /// The home directory: what the tests scan.
    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// A place beside the home directory, for outputs.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// `program` in the home directory, cut off from the machine's configuration.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.home())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("XDG_CONFIG_HOME", self.home().join(".config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", self.dir.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        Ran::of(&self.command(BIN).args(args).output().unwrap())
    }

    pub(crate) fn run_with_stdin<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        stdin: &[u8],
    ) -> Ran {
        let mut command = self.command(BIN);
        command.args(args);
        Self::answer(command, stdin)
    }

    /// Runs the tool where no file may grow beyond so many KiB: as on a disk that is full.
    pub(crate) fn run_with_little_room(&self, kib: u32, args: &[&str]) -> Ran {
        let mut command = self.command("bash");
        // The signal that comes with the limit is ignored, so that the write fails as it does there.
        let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
        command.args(["-c", &script, BIN]).args(args);
        Ran::of(&command.output().unwrap())
    }

    /// Runs `command` with this standard input.
    pub(crate) fn answer(mut command: Command, stdin: &[u8]) -> Ran {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let stdin = stdin.to_vec();
        // Whoever needs no standard input may have closed it.
        let writer = std::thread::spawn(move || _ = input.write_all(&stdin));
        let ran = Ran::of(&child.wait_with_output().unwrap());
        writer.join().unwrap();
        ran
    }

    /// As [`Self::run`], without the right of the superuser to read what is forbidden.
    pub(crate) fn run_unprivileged<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
    ) -> Ran {
        let locked = self.beside("locked");
        fs::create_dir_all(&locked).unwrap();
        set_mode(&locked, 0o000);
        let superuser = locked.read_dir().is_ok();
        set_mode(&locked, 0o700);
        if !superuser {
            return self.run(args);
        }
        let mut command = self.command("setpriv");
        command.args(["--bounding-set=-dac_override,-dac_read_search", "--", BIN]).args(args);
        Ran::of(&command.output().unwrap())
    }

    /// Runs `git` and fails the test if it fails.
    pub(crate) fn git(&self, dir: impl AsRef<Path>, args: &[&str]) -> String {
        let output = self.command("git").arg("-C").arg(dir.as_ref()).args(args).output().unwrap();
        let ran = Ran::of(&output);
        assert_eq!(ran.status, 0, "git {args:?}: {ran:?}");
        ran.stdout
    }
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}\n--\n{}", self.stdout, self.stderr);
        self
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The files below `dir`, with their bytes; links and folders are left out.
pub(crate) fn tree(dir: &Path) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let bytes = fs::read(entry.path()).unwrap();
                files.insert(entry.path().strip_prefix(dir).unwrap().to_owned(), bytes);
            }
        }
    }
    files
}

/// Synthetic secrets, put together at run time so that no scanner takes the source for a leak.
/// `seed` makes each one different and is well spread over it, so that every part is telling.
pub(crate) mod secret {
    fn letters(seed: u64, length: usize, alphabet: &[u8]) -> String {
        // SplitMix64, each seed in a stretch of its own.
        let mut state = seed << 32;
        (0..length)
            .map(|_| {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                let index = usize::try_from((z ^ (z >> 31)) % alphabet.len() as u64).unwrap();
                char::from(alphabet[index])
            })
            .collect()
    }

    const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const HEX: &[u8] = b"0123456789ABCDEF";

    pub(crate) fn app_password(seed: u64) -> String {
        format!("{}{}{}", "ATBB", letters(seed, 24, ALNUM), letters(seed + 1000, 8, HEX))
    }

    pub(crate) fn legacy(seed: u64) -> String {
        letters(seed + 2000, 20, ALNUM)
    }

    pub(crate) fn api_token(seed: u64) -> String {
        let body = letters(seed + 3000, 171, ALNUM);
        format!("{}{body}={}", "ATATT3xFfGF0", letters(seed + 4000, 8, HEX))
    }

    pub(crate) fn access_token(seed: u64) -> String {
        let body = letters(seed + 5000, 171, ALNUM);
        format!("{}{body}={}", "ATCTT3xFfGN0", letters(seed + 6000, 8, HEX))
    }
}
