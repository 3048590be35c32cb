use std::path::Path;

use super::*;

fn parse(text: &str) -> Result<Config, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bbsweep.toml");
    std::fs::write(&path, text).unwrap();
    read(&path).map_err(|error| {
        let error = error.to_string();
        error.strip_prefix(&format!("{}/", dir.path().display())).unwrap_or(&error).to_owned()
    })
}

/// What the documentation shows.
const WHOLE: &str = include_str!("../../../../docs/bbsweep.toml");

#[test]
fn the_documented_config_sets_every_key() {
    let config = parse(WHOLE).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("None") || shown.contains("rule: None"), "{shown}");
    assert_eq!(config.allow.len(), 3);
    assert_eq!(config.max_filesize.map(|size| size.0), Some(50 << 20));
    assert_eq!(config.timeline.removed.map(|day| day.0.to_string()).as_deref(), Some("2026-07-28"));
}

#[test]
fn an_empty_config_sets_nothing() {
    for text in ["", "\u{FEFF}# nothing\n", "[rules]\n[hosts]\r\n"] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn errors_point_at_the_place() {
    for (text, error) in [
        (
            "exclude = []\nexcludes = [\"a\"]\n",
            "bbsweep.toml:2:1: unknown field `excludes`, expected one of `exclude`,",
        ),
        (
            "[rules]\ndisabled = []",
            "bbsweep.toml:2:1: unknown field `disabled`, expected `disable`",
        ),
        (
            "[rules]\ndisable = [\"netrc\", \"url\"]",
            "bbsweep.toml:2:21: no such rule; `bbsweep rules` lists them\n  |\n2 | disable = [\"netrc\", \"url\"]\n  |                     ^^^^^",
        ),
        ("exclude = [\"a[\"]", "bbsweep.toml:1:12: "),
        ("follow = \"yes\"", "bbsweep.toml:1:10: invalid type: string \"yes\", expected a boolean"),
        ("max-filesize = -1", "bbsweep.toml:1:16: a size is not negative"),
        ("max-filesize = \"1X\"", "bbsweep.toml:1:16: expected a number of bytes"),
        ("[hosts]\ngit = [\"https://x.org\"]", "bbsweep.toml:2:8: expected a full host name"),
        ("[names]\ntoken = \"A-B\"", "bbsweep.toml:2:9: expected letters, digits and _"),
        ("[variables]\nsecrets = [\"ok_name\",\n \"a b\"]", "bbsweep.toml:3:2: expected the name"),
        ("[timeline]\nremoved = \"soon\"", "bbsweep.toml:2:11: "),
        (
            "[timeline]\nremoved = 2026-07-28T00:00:00Z",
            "bbsweep.toml:2:11: expected a date without time",
        ),
        (
            "# x\n[[allow]]\nreason = \"x\"",
            "bbsweep.toml:2:1: an entry needs one of id, path and pattern",
        ),
        ("[[allow]]\nrule = \"netrc\"\nreason = \"x\"", "bbsweep.toml:1:1: a rule alone"),
        ("[[allow]]\npath = \"x\"\nreason = \" \"", "bbsweep.toml:1:1: say in reason why"),
        ("[[allow]]\npath = \"x\"", "bbsweep.toml:1:1: missing field `reason`"),
        ("[[allow]]\npattern = \"(\"\nreason = \"x\"", "bbsweep.toml:2:11: unclosed group"),
        ("[[allow]]\nid = \"x\"\nreason = \"x\"", "bbsweep.toml:2:6: expected the 32 hex digits"),
        ("exclude = [\n", "bbsweep.toml:"),
        ("\u{e9} = 1", "bbsweep.toml:1:1: "),
    ] {
        let got = parse(text).unwrap_err();
        assert!(got.starts_with(error), "{got}\nfor\n{text}");
        assert!(got.contains(" | "), "{got}");
    }
}

#[test]
fn no_secret_is_taken_or_shown() {
    let app = "ATBBexampleNotARealSecret0010A1B2C3D";
    let api = format!("ATATT3xFfGF0{}=0A1B2C3D", "exampleNotARealToken".repeat(8));
    for text in [
        format!("[[allow]]\npattern = \"{app}\"\nreason = \"x\""),
        format!("[account]\nemail = \"{api}\""),
        format!("# {app}\n"),
        format!("exclude = [\"https://joe:{app}@bitbucket.org/t/r\"]"),
        "exclude = [\"https://joe:exampleLegacyPw00001@bitbucket.org/t/r\"]".to_owned(),
        format!("unknown = \"{app}\""),
        format!("{app} = 1"),
    ] {
        let error = parse(&text).unwrap_err();
        assert!(!error.contains(&app[4..32]) && !error.contains("NotARealToken"), "{error}");
        assert!(!error.contains("exampleLegacyPw"), "{error}");
        assert!(error.contains("a secret stands here"), "{error}");
    }
}

#[test]
fn what_is_no_text_is_told_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bbsweep.toml");
    std::fs::write(&path, b"follow = true\n# \xff\n").unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.contains("bbsweep.toml:2:3: not UTF-8"), "{error}");
    let error = format!("{:#}", read(Path::new("/nonexistent/bbsweep.toml")).unwrap_err());
    assert!(error.starts_with("cannot read the config /nonexistent/bbsweep.toml: "), "{error}");
}

/// Set it to write the documents anew.
const UPDATE: &str = "BBSWEEP_UPDATE_DOCS";

fn schema() -> serde_json::Value {
    let mut schema = schemars::generate::SchemaSettings::draft07()
        .into_generator()
        .into_root_schema_for::<Config>();
    let id = "https://bitbucket.org/bbsweep/bbsweep/raw/main/docs/bbsweep.schema.json";
    schema.insert("$id".into(), id.into());
    schema.insert("title".into(), "bbsweep.toml".into());
    schema.to_value()
}

#[test]
fn the_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bbsweep.schema.json");
    let current = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == current,
        "docs/bbsweep.schema.json is not what the types say; run\n    \
         {UPDATE}=1 cargo test -p bbsweep the_schema_is\nand commit it."
    );
}

#[test]
fn the_documented_config_keeps_to_the_schema() {
    let validator = jsonschema::options().should_validate_formats(true).build(&schema()).unwrap();
    let json = |text: &str| {
        let value: toml::Table = text.parse().unwrap();
        // Dates are texts in JSON.
        let text = serde_json::to_string(&value).unwrap();
        let dates = regex::Regex::new(r#"\{"\$__toml_private_datetime":("[0-9-]+")\}"#).unwrap();
        serde_json::from_str::<serde_json::Value>(&dates.replace_all(&text, "$1")).unwrap()
    };
    let errors: Vec<_> =
        validator.iter_errors(&json(WHOLE)).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    for wrong in [
        "excludes = []",
        "[rules]\ndisable = [\"url\"]",
        "[[allow]]\npath = \"x\"",
        "[names]\ntoken = \"A-B\"",
        "max-filesize = \"1X\"",
        "[timeline]\nremoved = \"soon\"",
    ] {
        assert!(!validator.is_valid(&json(wrong)), "{wrong}");
    }
}
