//! A hand-made outcome with one of everything that a report can hold.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::expect_used, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bbsweep_report::{
    Applicability, BuildOptions, Format, RenderOptions, Report, ReportSetting, Rewrite, TokenIn,
    render,
};
use bbsweep_scanner_core::bitbucket::{Scope, Timeline};
use bbsweep_scanner_core::finding::{Excerpt, Repository};
use bbsweep_scanner_core::{
    Commit, Confidence, CredentialKind, Finding, FormError, History, HistorySource, HistoryStats,
    Location, Outcome, Place, Rule, Secret, Severity, SkipReason, Skipped, Span, State, Stats, Use,
};
use jiff::civil::{Date, date};

/// A synthetic app password.
pub(crate) fn app_password() -> Secret {
    Secret::new(format!("ATBB{}10A1B2C3D", "exampleNotARealSecret00"))
}

pub(crate) const TODAY: Date = date(2026, 11, 24);

pub(crate) const PLAIN: RenderOptions = RenderOptions {
    color: false,
    width: 100,
    notes: false,
    suppressed: false,
    verbose: false,
    quiet: false,
    brief: false,
};

fn repository(name: &str) -> Arc<Repository> {
    Arc::new(Repository {
        name: name.into(),
        work_dir: Some(PathBuf::from("/home/ci").join(name)),
        git_dir: PathBuf::from("/home/ci").join(name).join(".git"),
        common_dir: PathBuf::from("/home/ci").join(name).join(".git"),
    })
}

/// A finding at `path`, whose use is what stands between `[` and `]` in `line`.
pub(crate) fn finding(rule: Rule, path: &str, (number, column): (u64, u64), line: &str) -> Finding {
    let start = line.find('[').expect("the use begins");
    let end = line.find(']').expect("the use ends") - 1;
    Finding {
        rule,
        via: rule,
        slot: None,
        state: State::AppPassword,
        form_error: None,
        usage: Use::Git,
        confidence: Confidence::Certain,
        severity: Severity::Error,
        place: Place::Active,
        location: Location {
            root: 0,
            path: path.into(),
            path_bytes: None,
            absolute: None,
            repository: None,
            commit: None,
            git_config_key: None,
            line: number,
            column,
        },
        history: None,
        span: Span::new(number * 40, number * 40 + (end - start) as u64),
        parts: Vec::new(),
        kind: CredentialKind::AppPassword,
        secret: Some(app_password()),
        username: Some("ci-bot".into()),
        variable: None,
        scopes: vec![Scope::ReadRepository],
        excerpt: Excerpt { text: line.replace(['[', ']'], ""), start, end },
        message: "an app password stands in a clone URL".into(),
        id: format!("{:0>32x}", number * 4_660 + column),
        credential_fingerprint: Some("run:1".into()),
    }
}

pub(crate) fn rewrite(
    applicability: Applicability,
    replacement: Option<&str>,
    reason: &str,
    steps: &[&str],
) -> Rewrite {
    Rewrite {
        applicability,
        replacement: replacement.map(Into::into),
        reason: reason.into(),
        steps: steps.iter().map(ToString::to_string).collect(),
        variables: Vec::new(),
        token_in: None,
        edits: Vec::new(),
    }
}

const KEEP: &str = "keep the token in a credential helper";
const REJECT: &str = "make git forget the old password: printf \
                      'protocol=https\\nhost=bitbucket.org\\n\\n' | git credential reject";
const REVOKE: &str = "tell the owner of the app password";

/// Every state, severity and applicability; a non-UTF-8 path, standard input, a file outside of the
/// roots, history, notes.
pub(crate) fn findings() -> Vec<(Finding, Rewrite)> {
    let payments = repository("work/payments");
    let mut all = Vec::new();

    let mut store = finding(
        Rule::GitCredentials,
        ".git-credentials",
        (1, 1),
        "[https://ci-bot:ATBB…2C3D@bitbucket.org]",
    );
    store.message = "git's credential store holds an app password".into();
    all.push((
        store,
        Rewrite {
            token_in: Some(TokenIn::Placeholder),
            ..rewrite(
                Applicability::Review,
                Some(
                    "https://x-bitbucket-api-token-auth:REPLACE_WITH_BITBUCKET_API_TOKEN@bitbucket.org",
                ),
                "a placeholder stands where the token has to go",
                &["write = as %3D", REVOKE],
            )
        },
    ));

    let mut remote = finding(
        Rule::GitConfigUrl,
        "work/payments/.git/config",
        (7, 8),
        "\turl = [https://ci-bot:ATBB…2C3D@bitbucket.org/acme/payments.git]",
    );
    remote.location.repository = Some(payments.clone());
    remote.location.git_config_key = Some("remote.origin.url".into());
    remote.message = "remote.origin.url holds an app password".into();
    all.push((
        remote,
        Rewrite {
            token_in: Some(TokenIn::CredentialHelper),
            ..rewrite(
                Applicability::Safe,
                Some("https://x-bitbucket-api-token-auth@bitbucket.org/acme/payments.git"),
                "git asks the credential helper, which keeps the token",
                &[KEEP, REJECT, REVOKE],
            )
        },
    ));

    let mut reference = finding(
        Rule::EnvVariable,
        "work/payments/bitbucket-pipelines.yml",
        (112, 23),
        "          - curl -s -u \"$BITBUCKET_USERNAME:$[BITBUCKET_APP_PASSWORD]\" -X POST \
         https://api.bitbucket.org/2.0/repositories/acme/payments/downloads -F files=@build/a|b.zip",
    );
    reference.location.repository = Some(payments.clone());
    reference.state = State::Reference;
    reference.severity = Severity::Warning;
    reference.usage = Use::Rest;
    reference.kind = CredentialKind::Reference;
    reference.secret = None;
    reference.credential_fingerprint = None;
    reference.username = Some("$BITBUCKET_USERNAME".into());
    reference.variable = Some("BITBUCKET_APP_PASSWORD".into());
    reference.scopes = vec![Scope::ReadRepository, Scope::WriteRepository];
    reference.message = "the variable BITBUCKET_APP_PASSWORD holds an app password".into();
    all.push((
        reference,
        Rewrite {
            variables: vec!["BITBUCKET_API_TOKEN".into()],
            ..rewrite(
                Applicability::Review,
                Some("BITBUCKET_API_TOKEN"),
                "the variable is renamed in every file of the repository, and has to be created",
                &["create the repository variable BITBUCKET_API_TOKEN, secured"],
            )
        },
    ));

    let mut half = finding(
        Rule::UrlUserinfo,
        "work/payments/ci/build.sh",
        (9, 11),
        "git clone '[https://joe%40acme.example:ATATT3…3C4D@bitbucket.org/acme/lib.git]' # `x` <b>",
    );
    half.location.repository = Some(payments.clone());
    half.state = State::HalfMigrated;
    half.form_error = Some(FormError::EmailForGit);
    half.confidence = Confidence::Likely;
    half.kind = CredentialKind::ApiToken;
    half.secret = None;
    half.username = Some("joe@acme.example".into());
    half.message = "git refuses the email as the username of an API token".into();
    all.push((
        half,
        rewrite(
            Applicability::Safe,
            Some("https://x-bitbucket-api-token-auth:ATATT3…3C4D@bitbucket.org/acme/lib.git"),
            "the token stays, under the username that git takes",
            &[],
        ),
    ));

    let mut dead = finding(
        Rule::AppPasswordLiteral,
        "work/payments/ci/old.sh",
        (31, 7),
        "# was [ATBB…2C3D] until May",
    );
    dead.location.repository = Some(payments.clone());
    dead.location.commit = Some("0123456789abcdef0123456789abcdef01234567".into());
    let commit = |id: &str, time| Commit {
        id: id.repeat(5),
        author: "Ada Lovelace <ada@acme.example>".into(),
        time,
    };
    dead.history = Some(Box::new(History {
        source: HistorySource::Blob,
        object: "89abcdef".repeat(5),
        path: dead.location.path.clone(),
        first: Some(commit("01234567", 1_500_000_000)),
        last: Some(commit("76543210", 1_600_000_000)),
        tips: Vec::new(),
        via: Some("the tag v1.0".into()),
        paths: vec!["old/name.sh".into()],
    }));
    dead.state = State::DeadSecret;
    dead.usage = Use::Unknown;
    dead.place = Place::Comment;
    dead.username = None;
    dead.scopes = Vec::new();
    dead.message = "an app password stands in a comment".into();
    all.push((dead, rewrite(Applicability::Manual, None, "a comment is not rewritten", &[REVOKE])));

    let mut note = finding(
        Rule::UrlUserinfo,
        "work/payments/docs/setup.md",
        (3, 11),
        "git clone [https://joe@bitbucket.org/acme/payments.git]",
    );
    note.location.repository = Some(payments);
    note.state = State::Reference;
    note.severity = Severity::Note;
    note.place = Place::Prose;
    note.kind = CredentialKind::Reference;
    note.secret = None;
    note.username = Some("joe".into());
    note.message = "a clone URL names a user and no password".into();
    all.push((note, rewrite(Applicability::Manual, None, "nothing to do here", &[])));

    let mut odd = finding(
        Rule::UrlUserinfo,
        "caf\u{FFFD}\u{1b}[31m/*a*_b_.sh",
        (2, 1),
        "[https://ci-bot:ATBB…2C3D@api.bitbucket.org/2.0/user]",
    );
    odd.location.path_bytes = Some(b"caf\xe9\x1b[31m/*a*_b_.sh".to_vec());
    odd.usage = Use::Both;
    odd.confidence = Confidence::Possible;
    all.push((
        odd,
        rewrite(
            Applicability::Manual,
            None,
            "the REST API takes the account email, which a URL cannot hold without encoding",
            &["use curl -u \"$ATLASSIAN_ACCOUNT_EMAIL:$BITBUCKET_API_TOKEN\"", REVOKE],
        ),
    ));

    let mut global = finding(
        Rule::GitConfigHeader,
        "/etc/gitconfig",
        (4, 16),
        "\textraHeader = [Authorization: Basic …]",
    );
    global.location.git_config_key = Some("http.https://bitbucket.org/.extraHeader".into());
    global.message = "an HTTP header for Bitbucket carries an app password".into();
    all.push((
        global,
        rewrite(
            Applicability::Review,
            Some(""),
            "without the header git asks the credential helper",
            &[KEEP, REJECT, REVOKE],
        ),
    ));

    let mut stdin = finding(
        Rule::Netrc,
        "-",
        (2, 1),
        "[machine bitbucket.org login ci-bot password ATBB…2C3D]",
    );
    stdin.location.root = 1;
    stdin.message = "a machine entry holds an app password".into();
    all.push((
        stdin,
        rewrite(
            Applicability::Review,
            Some(
                "machine bitbucket.org\n  login x-bitbucket-api-token-auth\n  password \
                 REPLACE_WITH_BITBUCKET_API_TOKEN",
            ),
            "a placeholder stands where the token has to go",
            &[KEEP, REVOKE],
        ),
    ));
    all
}

pub(crate) fn skipped(path: &str, reason: SkipReason, detail: &str) -> Skipped {
    Skipped { root: 0, path: path.into(), path_bytes: None, reason, detail: detail.into() }
}

/// All of the above, and a scan that is not whole.
pub(crate) fn outcome() -> (Outcome, Vec<Rewrite>) {
    let (findings, rewrites) = findings().into_iter().unzip();
    let skipped = vec![
        skipped(".netrc.gpg", SkipReason::Encrypted, "an encrypted netrc: look into it by hand"),
        skipped("big.iso", SkipReason::TooLarge, "4.1 GiB"),
        skipped("work/locked", SkipReason::PermissionDenied, "cannot open the folder"),
        Skipped {
            path_bytes: Some(b"x\xff|y".to_vec()),
            ..skipped(
                "x\u{FFFD}|y",
                SkipReason::Malformed,
                "a header of `http.extraHeader` is no base64",
            )
        },
    ];
    let mut counts: BTreeMap<SkipReason, u64> = BTreeMap::from([(SkipReason::SymbolicLink, 1_204)]);
    for skipped in &skipped {
        *counts.entry(skipped.reason).or_default() += 1;
    }
    let outcome = Outcome {
        cache_note: None,
        findings,
        skipped,
        suppressed: Vec::new(),
        repositories: vec![repository("work/payments")],
        stats: Stats {
            unchanged: Some(41_000),
            history: Some(HistoryStats {
                repositories: 2,
                commits: 12_345,
                objects: 99_876,
                bytes: 1 << 30,
            }),
            files: 41_207,
            bytes: 3_400_000_000,
            candidates: 9,
            repositories: 1,
            skipped: counts,
            elapsed: Duration::from_millis(2_345),
        },
        complete: false,
    };
    (outcome, rewrites)
}

pub(crate) fn options(today: Date) -> BuildOptions {
    BuildOptions {
        host: "build-7".into(),
        fleet_key_id: None,
        version: "0.1.0".into(),
        started: "2026-11-24T02:15:00Z".parse().expect("a time"),
        roots: vec!["/home/ci".into(), "-".into()],
        config: None,
        config_options: Vec::new(),
        options: BTreeMap::from([
            ("exclude".into(), "*.iso".into()),
            ("follow".into(), "false".into()),
            ("git-config".into(), "true".into()),
            ("one-file-system".into(), "true".into()),
        ]),
        today,
        timeline: Timeline::default(),
        ownership: None,
    }
}

pub(crate) fn settings() -> Vec<ReportSetting> {
    vec![ReportSetting {
        repository: "work/payments".into(),
        name: "BITBUCKET_API_TOKEN".into(),
        holds: "an API token with the scopes read:repository:bitbucket and \
                write:repository:bitbucket"
            .into(),
        replaces: vec!["BITBUCKET_APP_PASSWORD".into()],
        read_by: vec!["work/payments/bitbucket-pipelines.yml".into()],
        set: vec![
            "add BITBUCKET_API_TOKEN as a secured variable: Repository settings > Pipelines".into(),
        ],
    }]
}

/// The report of everything.
pub(crate) fn report() -> Report {
    let (outcome, rewrites) = outcome();
    Report::build(&outcome, rewrites, settings(), options(TODAY))
}

/// The same of a folder alone: no standard input, the scan whole.
pub(crate) fn whole() -> Report {
    let (mut outcome, mut rewrites) = outcome();
    outcome.skipped.retain(|skipped| !skipped.reason.breaks_completeness());
    outcome.stats.skipped.retain(|reason, _| !reason.breaks_completeness());
    outcome.complete = true;
    outcome.findings.pop();
    rewrites.pop();
    let options = BuildOptions { roots: vec!["/home/ci".into()], ..options(TODAY) };
    Report::build(&outcome, rewrites, settings(), options)
}

pub(crate) fn clean(complete: bool) -> Report {
    let mut outcome = Outcome { complete, ..Outcome::default() };
    outcome.stats.files = 412;
    outcome.stats.bytes = 3_400_000;
    outcome.stats.repositories = 5;
    outcome.stats.elapsed = Duration::from_millis(84);
    if !complete {
        outcome.skipped =
            vec![skipped("locked", SkipReason::PermissionDenied, "cannot open the folder")];
        outcome.stats.skipped = BTreeMap::from([(SkipReason::PermissionDenied, 1)]);
    }
    let options = BuildOptions { roots: vec![".".into()], ..options(TODAY) };
    Report::build(&outcome, Vec::new(), Vec::new(), options)
}

pub(crate) fn rendered(report: &Report, format: Format, options: RenderOptions) -> String {
    let mut out = Vec::new();
    render(report, format, options, &mut out).expect("memory takes it");
    String::from_utf8(out).expect("a document is UTF-8")
}
