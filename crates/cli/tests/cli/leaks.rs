//! No secret leaves by accident: plants secrets of every kind in every kind of place, runs every
//! command in every format, and looks for them in all that comes out, in clear and in disguise.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use crate::send::Listener;
use crate::support::{BIN, FORMATS, Ran, Sandbox, secret, set_mode, tree};

/// A part of a secret this long is a leak.
const PART: usize = 10;

/// Beginnings that tell the kind and are no secret.
const PUBLIC: [&str; 3] = ["ATATT3xFfGF0", "ATCTT3xFfGN0", "ATBB"];

/// Looks for secrets in text.
struct Needles {
    /// Each part of a secret, with the secret.
    parts: Vec<(String, String)>,
    /// All of them at once: there are thousands, and each output is searched.
    matcher: AhoCorasick,
}

impl Needles {
    fn new(secrets: &[String]) -> Self {
        let parts: Vec<(String, String)> = secrets
            .iter()
            .flat_map(|secret| disguises(secret).into_iter().map(|part| (part, secret.clone())))
            .collect();
        let matcher = AhoCorasick::new(parts.iter().map(|(part, _)| part)).unwrap();
        Self { parts, matcher }
    }

    #[track_caller]
    fn search(&self, what: &str, bytes: &[u8]) {
        // Styles could split a secret, and UTF-16 put a zero between any two letters of it.
        let text = String::from_utf8_lossy(bytes);
        let plain = anstream::adapter::strip_str(&text).to_string().replace('\0', "");
        for text in [text.as_ref(), &plain] {
            if let Some(found) = self.matcher.find(text) {
                let (part, secret) = &self.parts[found.pattern().as_usize()];
                let from = text[..found.start()].rfind('\n').map_or(0, |at| at + 1);
                let line = text[from..].lines().next().unwrap_or_default();
                panic!("{what} shows {part:?} of {secret:?}:\n{line}");
            }
        }
    }

    #[track_caller]
    fn search_run(&self, what: &str, ran: &Ran) {
        self.search(&format!("{what}: stdout"), ran.stdout.as_bytes());
        self.search(&format!("{what}: stderr"), ran.stderr.as_bytes());
        // A panic is a bug even if it leaks nothing.
        assert!(!ran.stderr.contains("this is a bug"), "{what}: {}", ran.stderr);
    }
}

/// Each part of `secret` in clear, backwards, percent-encoded and in base64 at any alignment.
fn disguises(secret: &str) -> BTreeSet<String> {
    let body = PUBLIC.iter().find_map(|prefix| secret.strip_prefix(prefix)).unwrap_or(secret);
    let reversed: String = body.chars().rev().collect();
    let encoded = percent_encode(body.as_bytes(), NON_ALPHANUMERIC).to_string();
    let every_byte = body.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    let mut parts = BTreeSet::new();
    for text in [body, &reversed, &encoded] {
        let letters: Vec<char> = text.chars().collect();
        parts.extend(letters.windows(PART).map(|window| window.iter().collect::<String>()));
    }
    parts.insert(every_byte[..PART * 3].to_owned());
    for shift in 0..3 {
        let padded = format!("{}{body}", &"xx"[..shift]);
        let text = STANDARD_NO_PAD.encode(padded);
        // The first and last letters depend on what stands beside.
        let inner: Vec<char> = text[4..text.len() - 4].chars().collect();
        parts.extend(inner.windows(PART + 4).map(|window| window.iter().collect::<String>()));
    }
    parts
}

/// Plants secrets in calls of command line tools.
fn calls(sandbox: &Sandbox, new: &mut dyn FnMut(fn(u64) -> String) -> String) {
    let [app, old, api, access] =
        [secret::app_password, secret::legacy, secret::api_token, secret::access_token];
    let basic = |secret: String| STANDARD.encode(format!("joe:{secret}"));
    let url = "https://api.bitbucket.org/2.0/user";
    let mut lines = vec!["#!/bin/bash".to_owned()];
    for (before, make, after) in [
        ("curl -u joe:", app, ""),
        ("curl -s \\\n  --user 'joe:", old, "' \\\n "),
        ("curl -sujoe:", old, ""),
        ("curl -u joe:'", app, "'"),
        ("curl -H \"Authorization: Basic $(echo -n \"joe:", old, "\" | base64)\""),
        ("curl -H 'Authorization: Bearer ", api, "'"),
        ("curl -H 'Authorization: Bearer ", app, "'"),
        ("curl -H 'Authorization: Bearer ", access, "'"),
        ("curl -u joe:", api, ""),
        ("curl -u me@example.com:", api, ""),
        ("wget --user=joe --password=", old, ""),
        ("http -a joe:", app, ""),
        ("# curl -u joe:", old, ""),
        ("curl -u joe:", old, " https://example.com; curl"),
        ("bash -c \"curl -u 'joe:", old, "'\" #"),
        (
            "git credential approve <<EOF\nhost=bitbucket.org\nusername=joe\npassword=",
            old,
            "\nEOF\n#",
        ),
        ("echo machine bitbucket.org login joe password ", old, " >> ~/.netrc #"),
        (
            "git config credential.https://bitbucket.org.helper '!f() { echo username=joe; echo password=",
            old,
            "; }; f' #",
        ),
    ] {
        lines.push(format!("{before}{}{after} {url}", new(make)));
    }
    lines.push(format!("curl -H 'Authorization: Basic {}' {url}", basic(new(app))));
    lines.push(format!("AUTH={}", basic(new(old))));
    lines.push(format!("curl -H \"Authorization: Basic $AUTH\" {url}"));
    lines.push(format!(
        "git -c http.extraHeader='Authorization: Basic {}' clone https://bitbucket.org/a/b",
        basic(new(old))
    ));
    sandbox.write("calls/all.sh", lines.join("\n"));
    sandbox.write(
        "calls/Dockerfile",
        format!(
            "FROM alpine\nRUN curl -u joe:{} \\\n  {url}\nRUN [\"curl\", \"-u\", \"joe:{}\", \"{url}\"]\n",
            new(app),
            new(old)
        ),
    );
    sandbox.write(
        "calls/package.json",
        format!("{{\"scripts\": {{\"a\": \"curl -u \\\"joe:{}\\\" {url}\"}}}}\n", new(old)),
    );
    sandbox.write(
        "calls/bitbucket-pipelines.yml",
        format!(
            "pipelines:\n  default:\n  - step:\n      script:\n      - >-\n        curl\n        \
             -u joe:{}\n        {url}\n      - \"curl -u \\\"joe:{}\\\" {url}\"\n",
            new(old),
            new(app)
        ),
    );
    sandbox.write(
        "calls/a.ps1",
        format!(
            "$pair = \"joe:{}\"\n\
             $b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes($pair))\n\
             Invoke-RestMethod {url} -Headers @{{ Authorization = \"Basic $b\" }}\n\
             $s = ConvertTo-SecureString '{}' -AsPlainText -Force\n\
             $c = New-Object PSCredential('joe', $s)\n\
             Invoke-RestMethod {url} -Credential $c\n\
             Invoke-RestMethod {url} -Headers @{{ Authorization = \"Basic {}\" }}\n",
            new(old),
            new(old),
            basic(new(old))
        ),
    );
}

/// Plants secrets wherever one can stand and gives them all.
fn plant(sandbox: &Sandbox) -> Vec<String> {
    let mut planted = Vec::new();
    let mut next = 0;
    let mut new = |make: fn(u64) -> String| {
        next += 1;
        let secret = make(next);
        planted.push(secret.clone());
        secret
    };
    let [app, old, api, access] =
        [secret::app_password, secret::legacy, secret::api_token, secret::access_token];

    git2::Repository::init(sandbox.home().join("repo")).unwrap();
    sandbox.write(
        "repo/.git/config",
        format!(
            "[core]\n\tbare = false\n\
             [remote \"origin\"]\n\turl = https://u:{}@bitbucket.org/a/b.git\n\
             \tpushurl = https://u:{}@bitbucket.org/a/b.git # was https://u:{}@bitbucket.org/a/b\n\
             [http \"https://bitbucket.org\"]\n\textraHeader = Authorization: Basic {}\n\
             [url \"https://u:{}@bitbucket.org/\"]\n\tinsteadOf = bb:\n\
             [remote \"u:{}\"]\n\turl = https://u%40b.com:{}@bitbucket.org/a/b\n\
             [alias]\n\tup = \"!git fetch https://u:{}@bitbucket.org/a/b\"\n",
            new(app),
            new(old),
            new(app),
            STANDARD.encode(format!("someone:{}", new(app))),
            new(old),
            new(app),
            new(api),
            new(old),
        ),
    );
    git2::Repository::init(sandbox.home().join("corrupt")).unwrap();
    sandbox.write(
        "corrupt/.git/config",
        format!(
            "[remote \"origin\"]\n\turl = https://u:{}@bitbucket.org/a/b\n[remote \"{}\n",
            new(app),
            new(app)
        ),
    );
    git2::Repository::init(sandbox.home().join("base64")).unwrap();
    sandbox.write(
        "base64/.git/config",
        format!(
            "[http \"https://bitbucket.org\"]\n\textraHeader = Authorization: Basic {}*!*\n",
            STANDARD.encode(format!("someone:{}", new(app)))
        ),
    );
    sandbox.write(
        ".netrc",
        format!(
            "machine bitbucket.org login u password {} machine git.example.com login v password {}\n\
             machine api.bitbucket.org login u password \"{}\"\n\
             macdef init\nquote {}\n\n\
             default login anonymous password {}\n",
            new(app),
            new(old),
            new(old),
            new(old),
            new(app),
        ),
    );
    sandbox
        .write("odd/.netrc", format!("machine bitbucket.org login password password {}", new(old)));
    sandbox.write(
        ".git-credentials",
        format!(
            "https://u:{}@bitbucket.org\nhttps://u%40b.com:{}@bitbucket.org\n\
             https://v:{}@git.example.com\nnot a url {}\nhttps://%zz:{}@bitbucket.org\n",
            new(app),
            new(api).replace('=', "%3D"),
            new(old),
            new(app),
            new(app),
        ),
    );
    sandbox.write(
        "ci/build.sh",
        format!(
            "#!/bin/bash\n\
             git clone https://u:{}@bitbucket.org/a/b && git clone https://u:{}@bitbucket.org/c/d\n\
             git push https://x-token-auth:{}@bitbucket.org/a/b https://u:{}@bitbucket.org/a/b\n\
             # once: https://u:{}@bitbucket.org/a/b\n\
             curl -H 'Authorization: Basic {}' -u u:{} https://u:{}@api.bitbucket.org/2.0/user\n\
             export BITBUCKET_APP_PASSWORD='{}' TOKEN={} PASSWORD={}\n\
             pull https://u:%{:02X}{}@bitbucket.org:99999999/a https://u:{}@@bitbucket.org/a\n\
             echo {}\n",
            new(app),
            new(old),
            new(access),
            new(app),
            new(old),
            STANDARD.encode(format!("u:{}", new(app))),
            new(app),
            new(old),
            new(old),
            new(app),
            new(api),
            b'A',
            new(app),
            new(old),
            new(app),
        ),
    );
    sandbox.write(
        ".env",
        format!(
            "BITBUCKET_USERNAME=u\nBITBUCKET_APP_PASSWORD=\"{}\"\nBB_AUTH_STRING=u:{}\n\
             BITBUCKET_PASSWORD={} # for bitbucket.org\nOTHER={}\n",
            new(old),
            new(old),
            new(app),
            new(app),
        ),
    );
    sandbox.write(
        "config/settings.yml",
        format!(
            "bitbucket:\n  url: https://bitbucket.org\n  app_password: {}\n  appPassword: '{}'\n\
             \u{20} \"{}\": key\n  clone: \"https:\\/\\/u:{}@bitbucket.org\\/a\\/b\"\n",
            new(old),
            new(app),
            new(app),
            new(app),
        ),
    );
    sandbox.write(
        "config/package.json",
        format!(
            "{{\"repository\":\"git+https://u:{}@bitbucket.org/a/b.git\",\"x\":\"{}\",\
             \"auth\":{{\"BITBUCKET_APP_PASSWORD\":\"{}\"}},{}\"end\":\"https://u:{}@bitbucket.org\"}}",
            new(app),
            new(access),
            new(old),
            "\"pad\":\"0123456789\",".repeat(40),
            new(old),
        ),
    );
    let utf16 = format!("git clone https://u:{}@bitbucket.org/a/b # {}\r\n", new(app), new(app));
    let bytes: Vec<u8> =
        [0xFEFF].into_iter().chain(utf16.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    sandbox.write("win/deploy.ps1", bytes);
    sandbox.write("README.md", format!("Use `https://u:{}@bitbucket.org/a/b`.\n", new(app)));

    calls(sandbox, &mut new);

    // Names.
    let line = |secret: String| format!("git clone https://u:{secret}@bitbucket.org/a/b\n");
    sandbox.write(format!("names/dump-{}.sh", new(app)), line(new(app)));
    // Without a form of its own it is known because it stands in the file.
    let known = new(old);
    sandbox.write(format!("names/u:{known}@bitbucket.org/x.sh"), line(known.clone()));
    let mut raw = format!("names/\u{e9}-{}", new(app)).into_bytes();
    raw.push(0xFF);
    sandbox.write(Path::new(&OsString::from_vec(raw)), line(new(app)));
    let unreadable = sandbox.write(format!("names/locked-{}.sh", new(app)), line(new(app)));
    set_mode(&unreadable, 0);
    std::os::unix::fs::symlink(
        format!("gone-{}", new(app)),
        sandbox.home().join(format!("names/link-{}", new(app))),
    )
    .unwrap();
    planted
}

#[test]
fn no_scan_or_report_shows_a_secret() {
    let sandbox = Sandbox::new();
    let needles = Needles::new(&plant(&sandbox));
    let (mut found, mut planned) = (0, 0);
    for format in FORMATS {
        for flags in [
            &[][..],
            &["--verbose"],
            &["--notes"],
            &["--notes", "--verbose", "--color", "always"],
            &["--quiet"],
            &["--follow", "--git-config", "--keep-variable-names"],
        ] {
            let args = [&["scan", "--format", format], flags].concat();
            let ran = sandbox.run_unprivileged(&args).exits(1);
            needles.search_run(&format!("{args:?}"), &ran);
            if args == ["scan", "--format", "json"] {
                found = ran.json()["findings"].as_array().unwrap().len();
                planned = ran.json()["summary"]["token_plan"].as_array().unwrap().len();
            }
        }
        let saved = sandbox.beside(&format!("saved.{format}"));
        let args = ["scan", "--format", format, "--output", saved.to_str().unwrap()];
        needles.search_run(&format!("{args:?}"), &sandbox.run_unprivileged(args).exits(1));
        needles.search(&format!("{format} file"), &fs::read(&saved).unwrap());
    }
    // The search is worth something only if the tool saw what was planted.
    assert!(found >= 35, "only {found} findings");
    assert!(planned >= 30, "only {planned} credentials in the token plan");
    for saved in ["saved.json", "saved.jsonl"] {
        for format in FORMATS {
            let args =
                ["report", &format!("../{saved}"), "--format", format, "--verbose", "--notes"];
            needles.search_run(&format!("{args:?}"), &sandbox.run(args).exits(1));
        }
    }
}

#[test]
fn nothing_that_is_sent_shows_a_secret() {
    let sandbox = Sandbox::new();
    let secrets = plant(&sandbox);
    let needles = Needles::new(&secrets);
    for form in ["json", "slack", "teams"] {
        let listener = Listener::new(&[]);
        let url = listener.url();
        let ran = sandbox.run(["scan", "--quiet", "--notify", &url, "--notify-as", form]).exits(1);
        needles.search_run(form, &ran);
        let asked = format!("{:?}", listener.asked());
        assert!(asked.contains("env-variable"), "{asked}");
        needles.search(form, asked.as_bytes());
    }
    let listener = Listener::new(&[]);
    let post = format!("--post={}", listener.url());
    let at = ["--repository", "t/r", "--commit", "0123456789abcdef"];
    let ran = sandbox.run([&["scan", "--quiet", &post], &at[..]].concat()).exits(1);
    needles.search_run("--post", &ran);
    let asked = format!("{:?}", listener.asked());
    assert!(asked.contains("annotation_type"), "{asked}");
    needles.search("--post", asked.as_bytes());
}

#[test]
fn no_audit_or_baseline_shows_a_secret() {
    let sandbox = Sandbox::new();
    let needles = Needles::new(&plant(&sandbox));
    let mut outputs = String::new();
    for format in FORMATS {
        let line = format!("[[audit.output]]\nformat = \"{format}\"\npath = \"out/{format}\"\n");
        outputs.push_str(&line);
    }
    let config =
        format!("baseline = \"b.json\"\n[audit]\nroots = [\"../home\"]\nowners = true\n{outputs}");
    for folder in ["conf", "conf/out"] {
        fs::create_dir(sandbox.beside(folder)).unwrap();
    }
    let accept = ["baseline", "create", "--no-config", "--reason", "x", "--expires", "2026-01-02"];
    let more = ["--today", "2026-01-01", "--baseline", "../conf/b.json", "--disable", "netrc"];
    let ran = sandbox.run([&accept[..], &more].concat());
    needles.search_run("baseline create", &ran);
    fs::write(sandbox.beside("conf/bbsweep.toml"), config).unwrap();
    let args =
        ["audit", "--config", "../conf/bbsweep.toml", "--state-dir", "../state", "--verbose"];
    for day in ["2026-01-01", "2026-03-01"] {
        let ran = sandbox.run([&args[..], &["--today", day, "--history"]].concat());
        assert!(matches!(ran.status, 1 | 3), "{ran:?}");
        needles.search_run("audit", &ran);
    }
    for folder in ["conf", "state"] {
        let files = tree(&sandbox.beside(folder));
        assert!(files.len() > 3, "{files:?}");
        for (name, bytes) in &files {
            needles.search(&name.display().to_string(), bytes);
        }
    }
}

#[test]
fn no_single_file_or_standard_input_shows_a_secret() {
    let sandbox = Sandbox::new();
    let needles = Needles::new(&plant(&sandbox));
    for (file, bytes) in tree(&sandbox.home()) {
        for args in [
            ["scan", "--format", "terminal", "--verbose", "--notes"],
            ["scan", "--format", "jsonl", "--verbose", "--notes"],
        ] {
            let what = format!("{args:?} {}", file.display());
            let stdin = sandbox.run_with_stdin(args.iter().chain(&["-"]), &bytes);
            needles.search_run(&format!("{what} on stdin"), &stdin);
            let root: Vec<OsString> =
                args.iter().map(OsString::from).chain([file.clone().into_os_string()]).collect();
            needles.search_run(&what, &sandbox.run_unprivileged(root));
        }
    }
}

#[test]
fn no_patch_or_apply_shows_a_secret() {
    let token = secret::api_token(999);
    let sandbox = Sandbox::new();
    let mut planted = plant(&sandbox);
    planted.push(token.clone());
    let needles = Needles::new(&planted);

    for (index, flags) in
        [&[][..], &["--safe-only", "--verbose"], &["--format", "json"]].into_iter().enumerate()
    {
        let out = format!("../patches-{index}");
        let args = [&["patch", "-o", &out], flags].concat();
        needles.search_run(&format!("{args:?}"), &sandbox.run_unprivileged(&args).exits(1));
        let written = tree(&sandbox.beside(&format!("patches-{index}")));
        let review = String::from_utf8_lossy(&written[Path::new("review.md")]).into_owned();
        assert!(review.contains("\n## Token plan\n") && review.contains("\n### Credential 20: "));
        assert!(written.keys().any(|name| name.extension().is_some_and(|end| end == "patch")));
        for (name, bytes) in written {
            needles.search("a patch's name", name.as_os_str().as_encoded_bytes());
            if name.extension().is_none_or(|end| end != "patch") {
                needles.search(&name.display().to_string(), &bytes);
            }
        }
    }
    for format in ["terminal", "json"] {
        for flags in [&["--dry-run"][..], &["--dry-run", "--unsafe", "--verbose"]] {
            let args = [&["apply", "--format", format, "--token-stdin"], flags].concat();
            let ran = sandbox.run_with_stdin(&args, token.as_bytes()).exits(1);
            needles.search_run(&format!("{args:?}"), &ran);
        }
    }
    // Each edit shown, and one in the editor, which may see no secret either.
    let seen = sandbox.beside("seen");
    let editor = format!("cat >> '{}' <", seen.display());
    let answers = "e\nn\n".repeat(400);
    let mut child = sandbox.command(BIN);
    child.args(["apply", "--interactive", "--verbose", "--dry-run"]).env("EDITOR", editor);
    let ran = Sandbox::answer(child, answers.as_bytes());
    needles.search_run("apply --interactive", &ran);
    assert!(ran.stderr.contains("Make this edit"), "{}", ran.stderr);
    let seen = fs::read(seen).unwrap();
    assert!(seen.len() > 1000, "{}", seen.len());
    needles.search("the editor's file", &seen);
    let args = ["apply", "--unsafe", "--verbose", "--token-stdin", "--email", "me@example.com"];
    let ran = sandbox.run_with_stdin(args, token.as_bytes());
    needles.search_run("apply", &ran);
    // It was the token that went into the stores, and only there.
    for (file, bytes) in tree(&sandbox.home()) {
        let store = file.ends_with(".netrc")
            || file.ends_with(".git-credentials")
            || file.starts_with("repo/.git")
            || file.starts_with("base64/.git");
        let holds = String::from_utf8_lossy(&bytes).contains(&token[12..40]);
        assert!(!holds || store, "{}", file.display());
    }
}

#[test]
fn no_error_shows_a_secret() {
    let sandbox = Sandbox::new();
    let app = secret::app_password(500);
    let api = secret::api_token(501);
    let needles = Needles::new(&[app.clone(), api.clone()]);
    sandbox.write("full/x", "");
    sandbox.write("x.sh", format!("git clone https://u:{app}@bitbucket.org/a/b\n"));
    // A file that is no saved scan, and scans in which a secret stands where it does not belong.
    sandbox.write("wrong.json", format!("{{\"header\": \"{app}\"}}"));
    sandbox.run(["scan", "x.sh", "--format", "json", "-o", "saved.json"]).exits(1);
    let saved = fs::read_to_string(sandbox.home().join("saved.json")).unwrap();
    sandbox.write("state.json", saved.replace("\"app-password\"", &format!("\"{app}\"")));
    sandbox.write("field.json", saved.replacen("\"rule\"", &format!("\"{api}\""), 1));

    for secret in [app.clone(), api.clone(), format!("https://u:{app}@bitbucket.org/a/b")] {
        let path = format!("nowhere/{secret}");
        let inside = format!("full/x/{secret}");
        for args in [
            &["scan", &secret][..],
            &["scan", &path, "--format", "json"],
            &["scan", &path, "--verbose"],
            &["scan", &secret, "--format", "md"],
            &["scan", "--exclude", &format!("[{secret}")],
            &["scan", "--format", &secret],
            &["scan", "--threads", &secret],
            &["scan", "--max-filesize", &secret],
            &["scan", "--color", &secret],
            &["scan", "--today", &secret],
            &["scan", "--output", &inside],
            &["scan", "--fleet-key-file", &path],
            &["scan", "--token-variable", &secret],
            &["scan", &format!("--{secret}")],
            &["scan", &format!("--token={secret}")],
            &["scan", &format!("--one-file-system={secret}")],
            &["scan", "--exclude", &secret, "--format", "json", "x.sh"],
            &["apply", "--token", &secret],
            &["apply", "--token-env", &secret],
            &["apply", "--email", &secret],
            &["apply", &secret],
            &["patch", "-o", &inside],
            &["patch", &secret, "-o", "full"],
            &["report", &secret],
            &["report", &path],
            &["explain", &secret],
            &["rules", &secret],
            &["completions", &secret],
            &["man", &secret],
            &[&secret],
        ] {
            let ran = sandbox.run(args);
            assert_ne!(ran.status, 101, "{args:?}: {}", ran.stderr);
            needles.search_run(&format!("{args:?}"), &ran);
        }
    }
    for file in ["wrong.json", "state.json", "field.json", "x.sh"] {
        let ran = sandbox.run(["report", file]).exits(2);
        needles.search_run(file, &ran);
    }
    for wrong in [&app, "not a token"] {
        let ran = sandbox.run_with_stdin(["apply", "--token-stdin"], wrong.as_bytes()).exits(2);
        needles.search_run("--token-stdin", &ran);
    }
}

#[test]
fn a_leak_would_be_found() {
    let secret = secret::app_password(1);
    let needles = Needles::new(std::slice::from_ref(&secret));
    let reversed: String = secret.chars().rev().collect();
    for text in [
        format!("x{secret}x"),
        secret[8..22].to_owned(),
        reversed,
        STANDARD.encode(format!("user:{secret}")),
        STANDARD.encode(format!("users:{secret}")),
        STANDARD.encode(format!("username:{secret}")),
        format!("{}\u{1b}[31m{}", &secret[..9], &secret[9..]),
    ] {
        let found = std::panic::catch_unwind(|| needles.search("", text.as_bytes()));
        assert!(found.is_err(), "{text}");
    }
    needles.search("masked", format!("ATBB…{} (36)", &secret[32..]).as_bytes());
}
