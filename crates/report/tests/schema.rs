//! The committed schemas are those of the types, and the documents keep to them.

#![allow(clippy::expect_used, reason = "a test may fail")]

mod common;

use std::path::PathBuf;

use bbsweep_report::{Format, schema};
use serde_json::{Value, json};

use common::{PLAIN, clean, rendered, report, whole};

/// Set it to write the schemas anew.
const UPDATE: &str = "BBSWEEP_UPDATE_SCHEMA";

#[test]
fn committed_schemas_are_current() {
    for (file, schema) in [("report-1.json", schema::report()), ("record-1.json", schema::record())]
    {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema").join(file);
        let current = format!("{}\n", serde_json::to_string_pretty(&schema).expect("it is JSON"));
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, current).expect("it can be written");
            continue;
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == current,
            "{file} is not what the types say. If the change is meant and additive, run\n    \
             {UPDATE}=1 cargo test -p bbsweep-report --test schema\nand commit it."
        );
    }
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .expect("the schema is a schema")
}

#[test]
fn documents_keep_to_the_schema() {
    assert!(jsonschema::meta::is_valid(&schema::report()));
    assert!(jsonschema::meta::is_valid(&schema::record()));
    let (document, record) = (validator(&schema::report()), validator(&schema::record()));
    for report in [report(), whole(), clean(true), clean(false)] {
        let json: Value =
            serde_json::from_str(&rendered(&report, Format::Json, PLAIN)).expect("it is JSON");
        let faults: Vec<_> = document.iter_errors(&json).map(|e| e.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new());
        for line in rendered(&report, Format::Jsonl, PLAIN).lines() {
            let json: Value = serde_json::from_str(line).expect("it is JSON");
            let faults: Vec<_> = record.iter_errors(&json).map(|e| e.to_string()).collect();
            assert_eq!(faults, Vec::<String>::new(), "{line}");
        }
    }
}

#[test]
fn a_broken_document_does_not() {
    let document = validator(&schema::report());
    let good: Value =
        serde_json::from_str(&rendered(&report(), Format::Json, PLAIN)).expect("it is JSON");
    assert!(document.is_valid(&good));
    let broken: [(&str, Value); 10] = [
        ("/header/schema", json!(2)),
        ("/header/started", json!("yesterday")),
        ("/findings", json!({})),
        ("/findings/0/state", json!("app_password")),
        ("/findings/0/use", json!(null)),
        ("/findings/0/line", json!(0)),
        ("/findings/0/rewrite/applicability", json!("unsafe")),
        ("/skipped/0/reason", json!("Permission denied")),
        ("/summary/findings/app-password", json!(-1)),
        ("/summary/calendar/today", json!("24.11.2026")),
    ];
    for (pointer, value) in broken {
        let mut document_ = good.clone();
        *document_.pointer_mut(pointer).expect(pointer) = value;
        assert!(!document.is_valid(&document_), "{pointer}");
    }
    for (parent, key) in [
        ("", "summary"),
        ("/header", "host"),
        ("/findings/0", "id"),
        ("/findings/0", "excerpt"),
        ("/summary", "complete"),
        ("/summary/findings", "dead-secret"),
        ("/summary/calendar", "removed"),
    ] {
        let mut document_ = good.clone();
        let object = document_.pointer_mut(parent).and_then(Value::as_object_mut).expect(parent);
        object.remove(key).expect(key);
        assert!(!document.is_valid(&document_), "{parent}/{key}");
    }
    let record = validator(&schema::record());
    assert!(!record.is_valid(&json!({ "type": "finding" })));
    assert!(!record.is_valid(&json!({ "type": "other" })));
}
