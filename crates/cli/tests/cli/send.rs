//! `--notify` and `--post`, against servers of our own.

use std::collections::VecDeque;
use std::fs;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;
use tiny_http::{Header, Response, Server};

use crate::support::{BIN, Ran, Sandbox, secret};

/// What was asked of a server.
#[derive(Debug)]
pub(crate) struct Asked {
    method: String,
    /// As it stood in the first line.
    target: String,
    host: String,
    login: Option<String>,
    body: String,
}

impl Asked {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Answers with these statuses in turn, then with 200.
pub(crate) struct Listener {
    server: Arc<Server>,
    asked: Arc<Mutex<Vec<Asked>>>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub(crate) fn new(statuses: &[(u16, &str)]) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut statuses: VecDeque<(u16, String)> =
            statuses.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let (at, all) = (Arc::clone(&server), Arc::clone(&asked));
        let thread = std::thread::spawn(move || {
            while let Ok(mut request) = at.recv() {
                let header = |name: &'static str| {
                    let found = request.headers().iter().find(|row| row.field.equiv(name));
                    found.map(|row| row.value.to_string())
                };
                let mut row = Asked {
                    method: request.method().to_string(),
                    target: request.url().to_owned(),
                    host: header("Host").unwrap_or_default(),
                    login: header("Authorization"),
                    body: String::new(),
                };
                request.as_reader().read_to_string(&mut row.body).unwrap();
                all.lock().unwrap().push(row);
                let (status, body) = statuses.pop_front().unwrap_or((200, "{}".into()));
                let mut answer = Response::from_string(body).with_status_code(status);
                if status == 302 {
                    let away = "Location: http://127.0.0.1:1/away";
                    answer.add_header(away.parse::<Header>().unwrap());
                }
                if status == 429 {
                    answer.add_header("Retry-After: 0".parse::<Header>().unwrap());
                }
                request.respond(answer).unwrap();
            }
        });
        Self { server, asked, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.server_addr())
    }

    pub(crate) fn asked(mut self) -> Vec<Asked> {
        self.server.unblock();
        self.thread.take().unwrap().join().unwrap();
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let line =
        |n| format!("git clone https://joe:{}@bitbucket.org/t/r.git\n", secret::app_password(n));
    sandbox.write("src/a.sh", line(1));
    sandbox.write("src/*_b_<c>.sh", line(2));
    sandbox
}

/// Nothing of a secret, in whatever is sent or said.
#[track_caller]
fn clean(ran: &Ran, asked: &[Asked]) {
    let sent = format!("{asked:?}");
    for n in 1..3 {
        let part = &secret::app_password(n)[6..];
        assert!(!sent.contains(part) && !ran.stdout.contains(part) && !ran.stderr.contains(part));
    }
}

#[test]
fn a_webhook_is_told_in_its_own_form() {
    let sandbox = sandbox();
    for form in ["json", "slack", "teams"] {
        let listener = Listener::new(&[]);
        let url = format!("{}/services/T0/B0/hooksecret", listener.url());
        let ran =
            sandbox.run(["scan", "src", "--no-config", "--notify", &url, "--notify-as", form]);
        let ran = ran.exits(1);
        let asked = listener.asked();
        clean(&ran, &asked);
        assert!(!ran.stderr.contains("hooksecret"), "{}", ran.stderr);
        assert_eq!(asked.len(), 1);
        assert_eq!(
            (&asked[0].method[..], &asked[0].target[..]),
            ("POST", "/services/T0/B0/hooksecret")
        );
        let body = asked[0].json();
        match form {
            "json" => {
                assert_eq!((&body["schema"], &body["complete"]), (&1.into(), &true.into()));
                assert_eq!(body["severities"]["error"], 2);
                assert_eq!(body["findings"][1]["path"], "src/a.sh");
                assert_eq!(body["findings"][1]["line"], 1);
                assert_eq!(body["more"], 0);
            }
            "slack" => {
                let text = body["blocks"][2]["text"]["text"].as_str().unwrap();
                // Nothing in a path is markup.
                assert!(text.contains("&lt;c&gt;") && !text.contains("<c>"), "{text}");
                assert!(text.len() < 3000 && body["text"].as_str().unwrap().contains("2 findings"));
                assert!(body["blocks"].as_array().unwrap().len() < 50);
            }
            _ => {
                let card = &body["attachments"][0];
                assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
                assert_eq!(card["content"]["type"], "AdaptiveCard");
                assert!(card["content"]["body"].to_string().contains("src/a.sh:1"), "{card}");
            }
        }
    }
}

#[test]
fn nothing_is_sent_unless_it_is_asked_for() {
    let sandbox = sandbox();
    let listener = Listener::new(&[]);
    let url = format!("{}/hook", listener.url());
    // A variable of a pipeline is no wish.
    let mut command = sandbox.command(BIN);
    command.args(["scan", "src", "--no-config"]);
    command.env("BITBUCKET_REPO_FULL_NAME", "t/r").env("BITBUCKET_COMMIT", "0123456789abcdef");
    command.env("http_proxy", listener.url()).env("HTTPS_PROXY", listener.url());
    assert_eq!(Ran::of(&command.output().unwrap()).status, 1);
    // All is well: nothing to tell.
    sandbox.write("clean/a.sh", "echo\n");
    let args = ["scan", "clean", "--no-config", "--notify", &url, "--notify-on", "trouble"];
    sandbox.run(args).exits(0);
    assert_eq!(listener.asked().len(), 0);
}

#[test]
fn the_url_may_stand_in_a_file_and_is_never_shown() {
    let sandbox = sandbox();
    let listener = Listener::new(&[(500, ""), (429, ""), (200, "")]);
    sandbox.write("hook", format!("{}/hooksecret\n", listener.url()));
    let ran = sandbox.run(["scan", "src", "--no-config", "--notify", "@hook"]).exits(1);
    let asked = listener.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(!ran.stderr.contains("hooksecret"));
    for (status, why) in [(404, "404"), (302, "redirects are not followed"), (400, "400")] {
        let listener = Listener::new(&[(status, "hooksecret")]);
        let url = format!("{}/hooksecret", listener.url());
        // The report is written all the same.
        let args =
            ["scan", "src", "--no-config", "--format", "json", "-o", "r.json", "--notify", &url];
        let ran = sandbox.run(args).exits(2);
        assert!(ran.stderr.contains(why) && ran.stderr.contains("127.0.0.1"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hooksecret"), "{}", ran.stderr);
        assert_eq!(listener.asked().len(), 1);
        fs::remove_file(sandbox.home().join("r.json")).unwrap();
    }
    for wrong in ["ftp://example.com/hooksecret", "hooksecret", "@nowhere"] {
        let ran = sandbox.run(["scan", "src", "--no-config", "--notify", wrong]).exits(2);
        assert!(ran.stderr.contains("--notify: "), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hooksecret"), "{}", ran.stderr);
    }
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Posts through the proxy of a pipeline.
fn posted(sandbox: &Sandbox, listener: &Listener, folder: &str) -> Ran {
    let mut command = sandbox.command(BIN);
    let post = format!("--post={}", listener.url());
    command.args(["scan", folder, "--no-config", &post]);
    command.env("BITBUCKET_REPO_FULL_NAME", "t/r").env("BITBUCKET_COMMIT", COMMIT);
    // Not asked: the proxy is named.
    command.env("no_proxy", "*");
    Ran::of(&command.output().unwrap())
}

#[test]
fn insights_go_through_the_proxy_of_the_pipeline() {
    let sandbox = sandbox();
    let listener = Listener::new(&[(404, "{}"), (503, "")]);
    let ran = posted(&sandbox, &listener, "src").exits(1);
    let asked = listener.asked();
    clean(&ran, &asked);
    let rows: Vec<String> =
        asked.iter().map(|row| format!("{} {}", row.method, row.target)).collect();
    // The whole address, as a proxy is asked.
    let report =
        format!("http://api.bitbucket.org/2.0/repositories/t/r/commit/{COMMIT}/reports/bbsweep");
    assert_eq!(
        rows,
        [
            format!("DELETE {report}"),
            format!("PUT {report}"),
            format!("PUT {report}"),
            format!("POST {report}/annotations")
        ]
    );
    assert!(asked.iter().all(|row| row.host == "api.bitbucket.org" && row.login.is_none()));
    assert_eq!(asked[1].json()["report_type"], "SECURITY");
    assert_eq!(asked[3].json().as_array().unwrap().len(), 2);
    assert!(
        ran.stderr.contains("posted to api.bitbucket.org for t/r at 0123456789ab: 2"),
        "{}",
        ran.stderr
    );
}

#[test]
fn annotations_go_in_batches() {
    let sandbox = Sandbox::new();
    let clone =
        |n| format!("git clone https://joe:{}@bitbucket.org/t/r.git", secret::app_password(n));
    let lines = (0..230).map(clone).collect::<Vec<_>>().join("\n");
    sandbox.write("many/a.sh", lines);
    let listener = Listener::new(&[]);
    posted(&sandbox, &listener, "many").exits(1);
    let asked = listener.asked();
    let sizes: Vec<usize> =
        asked[2..].iter().map(|row| row.json().as_array().unwrap().len()).collect();
    assert_eq!(sizes, [100, 100, 30]);
}

#[test]
fn the_api_takes_a_token_from_the_environment() {
    let sandbox = sandbox();
    let token = secret::api_token(7);
    let run = |listener: &Listener, email: Option<&str>, token: Option<&str>, more: &[&str]| {
        let mut command = sandbox.command(BIN);
        let url = listener.url();
        command.args(["scan", "src", "--no-config", "--post=api", "--post-url", &url]);
        command.args(["--repository", "t/r"]).args(more);
        command.envs(email.map(|email| ("ATLASSIAN_ACCOUNT_EMAIL", email)));
        command.envs(token.map(|token| ("BITBUCKET_API_TOKEN", token)));
        let ran = Ran::of(&command.output().unwrap());
        assert!(
            !ran.stderr.contains(token.map_or("(none)", |token| &token[20..])),
            "{}",
            ran.stderr
        );
        ran
    };
    let at = ["--commit", COMMIT];
    let listener = Listener::new(&[]);
    run(&listener, Some("me@example.com"), Some(&token), &at).exits(1);
    let asked = listener.asked();
    assert!(
        asked.iter().all(|row| row.login.as_deref().is_some_and(|text| text.starts_with("Basic ")))
    );
    assert!(asked[0].target.starts_with("/2.0/repositories/t/r/commit/"), "{asked:?}");
    let listener = Listener::new(&[]);
    let access = secret::access_token(8);
    run(&listener, None, Some(&access), &at).exits(1);
    assert!(listener.asked().iter().all(|row| row.login == Some(format!("Bearer {access}"))));
    // Bitbucket takes no API token so.
    let listener = Listener::new(&[]);
    let ran = run(&listener, None, Some(&token), &at).exits(2);
    assert!(ran.stderr.contains("ATLASSIAN_ACCOUNT_EMAIL, which is not set"), "{}", ran.stderr);
    assert_eq!(listener.asked().len(), 0);
    // What Bitbucket says is told.
    let said = r#"{"type": "error", "error": {"message": "Token is invalid, expired, or not supported."}}"#;
    let listener = Listener::new(&[(401, said)]);
    let ran = run(&listener, Some("me@example.com"), Some(&token), &at).exits(2);
    assert!(ran.stderr.contains("401 Unauthorized: Token is invalid, expired"), "{}", ran.stderr);
    assert_eq!(listener.asked().len(), 1);
    let listener = Listener::new(&[]);
    let ran = run(&listener, None, None, &at).exits(2);
    assert!(ran.stderr.contains("BITBUCKET_API_TOKEN, which is not set"), "{}", ran.stderr);
    let token = Some(&token[..]);
    let ran = run(&listener, None, token, &["--commit", "HEAD"]).exits(2);
    assert!(ran.stderr.contains("--commit: expected a hash"), "{}", ran.stderr);
    let ran = run(&listener, None, token, &[]).exits(2);
    assert!(ran.stderr.contains("name the commit with --commit"), "{}", ran.stderr);
    assert_eq!(listener.asked().len(), 0);
    // A token is not sent in clear text.
    let mut command = sandbox.command(BIN);
    command.args([
        "scan",
        "src",
        "--no-config",
        "--post=api",
        "--post-url",
        "http://api.example.com",
    ]);
    command
        .args(["--repository", "t/r", "--commit", COMMIT])
        .env("BITBUCKET_API_TOKEN", secret::access_token(8));
    let ran = Ran::of(&command.output().unwrap()).exits(2);
    assert!(ran.stderr.contains("could be read on its way"), "{}", ran.stderr);
}
