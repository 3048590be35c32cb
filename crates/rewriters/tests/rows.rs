//! Every slot of the consumer table, end to end: a file is made that the row describes, and what is
//! wrong in it is seen, rewritten once and for all, or told.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_rewriters::{Applicability, Fix, PlanOptions, plan};
use bbsweep_scanner_core::consumer::{
    Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm, consumers,
};
use bbsweep_scanner_core::detect::structured::format_of;
use bbsweep_scanner_core::document::{Document, FileKind};
use bbsweep_scanner_core::{Finding, Severity, State};
use common::{Tree, api_token, app_password};
use serde_json::{Map, Value, json};

/// A path that a glob of a row fits.
fn path_of(glob: &str) -> String {
    glob.replace("**/", "").replace("**", "x").replace('*', "x")
}

/// Keys and items on a way, from the top.
type Way = Vec<String>;

fn step(way: &mut Way, segment: &str) {
    match segment {
        "" | "**" => {}
        ".." => {
            way.pop();
        }
        "*" => way.push("x".into()),
        "{bitbucket}" => way.push("bitbucket.org".into()),
        other => way.push(other.into()),
    }
}

fn along(from: &Way, path: &str) -> Way {
    let mut way = if path.starts_with('/') { Way::new() } else { from.clone() };
    path.split('/').for_each(|segment| step(&mut way, segment));
    way
}

fn put(value: &mut Value, way: &[String], new: Value) {
    let Some((first, rest)) = way.split_first() else {
        if !value.is_object() || !new.is_object() {
            *value = new;
        }
        return;
    };
    if first == "[]" {
        if !value.is_array() {
            *value = json!([null]);
        }
        put(&mut value.as_array_mut().unwrap()[0], rest, new);
    } else {
        if !value.is_object() {
            *value = Value::Object(Map::new());
        }
        put(value.as_object_mut().unwrap().entry(first.as_str()).or_insert(Value::Null), rest, new);
    }
}

fn get<'v>(value: &'v Value, way: &[String]) -> Option<&'v Value> {
    way.iter().try_fold(value, |value, key| match &**key {
        "[]" => value.get(0),
        key => value.get(key),
    })
}

/// Makes the condition hold.
fn hold(top: &mut Value, object: &Way, condition: &Condition, base64: bool) {
    let in_data = |way: &Way, text: &str| {
        if base64 && way.starts_with(object) { STANDARD.encode(text) } else { text.to_owned() }
    };
    match *condition {
        Condition::Is(path, values) => {
            let way = along(object, path);
            let text = in_data(&way, values[0]);
            put(top, &way, text.into());
        }
        Condition::Cloud(path) => {
            let way = along(object, path);
            let text = in_data(&way, "https://bitbucket.org/team/repo.git");
            put(top, &way, text.into());
        }
        Condition::Contains(path, part) => {
            let way = along(object, path);
            let text = match get(top, &way).and_then(Value::as_str) {
                Some(text) if text.contains(part) => text.to_owned(),
                Some(text) => format!("{text} {part}"),
                None => in_data(&way, part),
            };
            put(top, &way, text.into());
        }
        Condition::Has(path) => {
            let way = along(object, path);
            if get(top, &way).is_none() {
                put(top, &way, "x".into());
            }
        }
        // What the secret is, the test decides.
        Condition::Lacks(_) | Condition::AppPassword(_) => {}
        Condition::CloudInFile | Condition::InFile(_) => {
            let (key, text) = match *condition {
                Condition::InFile(text) => ("a-text", text),
                _ => ("a-url", "https://bitbucket.org/team/repo.git"),
            };
            let item = (!top.is_object()).then(|| "[]".to_owned());
            let way: Way = item.into_iter().chain([key.to_owned()]).collect();
            put(top, &way, text.into());
        }
        Condition::Any(conditions) => {
            // Rather by what stands beside the pair than by the pair itself.
            let beside = |condition: &&Condition| match condition {
                Condition::Is(path, _) | Condition::Cloud(path) | Condition::Contains(path, _) => {
                    get(top, &along(object, path)).is_none()
                }
                _ => true,
            };
            let condition = conditions.iter().find(beside).unwrap_or(&conditions[0]);
            hold(top, object, condition, base64);
        }
        Condition::All(conditions) => {
            for condition in conditions {
                hold(top, object, condition, base64);
            }
        }
    }
}

/// A document that the row describes. `None`: its shape cannot be made here.
fn document(row: &Slot, user: &str, secret: &str) -> Value {
    let mut top = Value::Null;
    let here = along(&Way::new(), row.path);
    let object = match row.shape {
        Shape::Pair | Shape::Secret => here[..here.len().saturating_sub(1)].to_vec(),
        _ => here.clone(),
    };
    let encode = |text: &str| if row.base64 { STANDARD.encode(text) } else { text.to_owned() };
    if matches!(row.shape, Shape::Items { .. }) {
        put(&mut top, &here, json!([]));
    } else {
        put(&mut top, &object, Value::Object(Map::new()));
    }
    match row.shape {
        Shape::Fields { username, secret: keys } => {
            if let Some(key) = username.first() {
                let lacks =
                    row.when.iter().any(|c| matches!(c, Condition::Lacks(path) if path == key));
                if !lacks {
                    put(&mut top, &along(&here, key), encode(user).into());
                }
            }
            put(&mut top, &along(&here, keys[0]), encode(secret).into());
        }
        Shape::Items { name, value, username, secret: keys } => {
            let mut items = Vec::new();
            for (key, text) in
                username.first().map(|key| (key, user)).into_iter().chain([(&keys[0], secret)])
            {
                let mut item = Value::Null;
                put(&mut item, &along(&Way::new(), name), (*key).into());
                put(&mut item, &along(&Way::new(), value), text.into());
                items.push(item);
            }
            put(&mut top, &here, items.into());
        }
        Shape::Pair => put(&mut top, &here, encode(&format!("{user}:{secret}")).into()),
        Shape::Secret => put(&mut top, &here, encode(secret).into()),
    }
    for condition in row.when {
        hold(&mut top, &object, condition, row.base64);
    }
    if let Some(pin) = &row.pin {
        let at = along(&object, pin.path);
        let known = pin.versions.iter().find(|(_, least)| least.is_some());
        let name = match known.or(pin.versions.first()) {
            Some((name, _)) => (*name).to_owned(),
            None => get(&top, &at).and_then(Value::as_str).unwrap_or_default().to_owned(),
        };
        let separator = match get(&top, &at).and_then(Value::as_str) {
            Some(text) if text.contains('@') => '@',
            _ => ':',
        };
        put(&mut top, &at, format!("{name}{separator}0.0.1").into());
    }
    top
}

fn xml(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let Some(map) = value.as_object() else {
        return value.as_str().unwrap_or_default().replace('&', "&amp;").replace('<', "&lt;");
    };
    let mut out = String::new();
    for (key, value) in map.iter().filter(|(key, _)| !key.starts_with('@')) {
        let mut attributes = String::new();
        if let Some(inner) = value.as_object() {
            for (key, value) in inner.iter().filter(|(key, _)| key.starts_with('@')) {
                write!(attributes, " {}=\"{}\"", &key[1..], value.as_str().unwrap()).unwrap();
            }
        }
        let inner = xml(value, indent + 2);
        let inner = if value.is_object() { format!("\n{inner}{pad}") } else { inner };
        writeln!(out, "{pad}<{key}{attributes}>{inner}</{key}>").unwrap();
    }
    out
}

fn toml(value: &Value) -> String {
    fn table(out: &mut String, name: &str, map: &Map<String, Value>) {
        let quoted = |key: &str| format!("{key:?}");
        for (key, value) in map {
            if let Some(text) = value.as_str() {
                writeln!(out, "{} = {text:?}", quoted(key)).unwrap();
            } else if let Some(text) = value.get(0).and_then(Value::as_str) {
                writeln!(out, "{} = [{text:?}]", quoted(key)).unwrap();
            }
        }
        for (key, value) in map {
            let dot = if name.is_empty() { "" } else { "." };
            let inner = format!("{name}{dot}{}", quoted(key));
            match value {
                Value::Object(map) => {
                    writeln!(out, "[{inner}]").unwrap();
                    table(out, &inner, map);
                }
                Value::Array(items) => {
                    for item in items.iter().filter_map(Value::as_object) {
                        writeln!(out, "[[{inner}]]").unwrap();
                        table(out, &inner, item);
                    }
                }
                _ => {}
            }
        }
    }
    let mut out = String::new();
    table(&mut out, "", value.as_object().unwrap());
    out
}

fn hcl(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut out = String::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        let blocks = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        for block in blocks {
            let line = match block.as_str() {
                Some(text) if text.starts_with("${") => {
                    format!("{pad}{key} = var.{}\n", text.trim_matches(['$', '{', '}']))
                }
                Some(text) => format!("{pad}{key} = {text:?}\n"),
                None => format!("{pad}{key} {{\n{}{pad}}}\n", hcl(&block, indent + 2)),
            };
            out.push_str(&line);
        }
    }
    out
}

/// Keys alone; sections where there are such.
fn ini(value: &Value) -> Option<String> {
    let mut out = String::new();
    let map = value.as_object()?;
    for (key, value) in map.iter().filter(|(_, value)| value.is_string()) {
        writeln!(out, "{key} = {}", value.as_str()?).unwrap();
    }
    for (section, value) in map.iter().filter(|(_, value)| !value.is_string()) {
        writeln!(out, "[{section}]").unwrap();
        for (key, value) in value.as_object()? {
            writeln!(out, "{key} = {}", value.as_str()?).unwrap();
        }
    }
    Some(out)
}

/// One way to write it for each format.
fn texts(row: &Slot, value: &Value) -> Vec<(Format, String)> {
    let formats: Vec<Format> = match row.formats {
        [] => vec![Format::Json],
        formats => formats.to_vec(),
    };
    formats
        .into_iter()
        .filter_map(|format| {
            let text = match format {
                Format::Json => serde_json::to_string_pretty(value).unwrap(),
                Format::Yaml => serde_yaml_ng::to_string(value).unwrap(),
                Format::Toml => toml(value),
                // An object for each item.
                Format::Xml if matches!(row.shape, Shape::Items { .. }) => return None,
                Format::Xml => xml(value, 0),
                Format::Hcl => hcl(value, 0),
                Format::Ini => ini(value)?,
                Format::Properties => ini(value).filter(|text| !text.contains('['))?,
            };
            Some((format, text))
        })
        .collect()
}

fn needs_app_password(condition: &Condition) -> bool {
    match *condition {
        Condition::AppPassword(_) => true,
        Condition::Any(conditions) | Condition::All(conditions) => {
            conditions.iter().any(needs_app_password)
        }
        _ => false,
    }
}

struct Done {
    found: Vec<Finding>,
    fixes: Vec<Fix>,
    after: String,
    left: Vec<Finding>,
}

fn run(path: &str, text: &str) -> Done {
    let tree = Tree::new();
    tree.put(path, text.as_bytes());
    let found = tree.scan();
    let options = PlanOptions::default();
    let planned = plan(&found, &options);
    tree.apply(&planned, Applicability::Review);
    let left = tree.scan();
    let again = plan(&left, &options);
    assert!(again.fixes.iter().all(|fix| fix.edits.is_empty()), "{path}: {:#?}", again.fixes);
    let after = std::fs::read_to_string(tree.path(path)).unwrap();
    Done { found, fixes: planned.fixes, after, left }
}

fn is_told(consumer: &Consumer, row: &Slot) -> bool {
    row.by_hand.is_some()
        || row.form == UsernameForm::Unsupported
        || consumer.form == UsernameForm::Unsupported
        || row.evidence.unwrap_or(consumer.evidence) == Evidence::Unknown
        || row.pin.is_some_and(|pin| pin.versions.iter().all(|(_, least)| least.is_none()))
        || row.form == UsernameForm::ByUse && row.shape != Shape::Secret
}

/// What is wrong with what is done about one state of a row's file.
fn wrong(consumer: &Consumer, state: State, path: &str, text: &str) -> Option<String> {
    let done = run(path, text);
    // Another row may describe the same place.
    let mut seen = done.found.iter().zip(&done.fixes);
    let Some((finding, fix)) = seen.find(|(finding, _)| finding.slot.is_some()) else {
        let rules: Vec<_> =
            done.found.iter().map(|f| format!("{:?} {}", f.rule, f.message)).collect();
        return Some(format!("not seen: {rules:?}"));
    };
    if finding.state != state {
        return Some(format!("{:?}, not {state:?}", finding.state));
    }
    let row = finding.slot.unwrap();
    let consumer = row.rule.consumer().unwrap_or(consumer);
    if is_told(consumer, row) {
        let quiet = fix.edits.is_empty();
        return (!quiet || fix.reason.is_empty()).then(|| format!("edited: {}", done.after));
    }
    if fix.edits.is_empty() {
        return Some(format!("not edited: {}", fix.reason));
    }
    let asking = done.left.iter().find(|left| left.severity > Severity::Note);
    asking.map(|left| format!("still there: {:?} {}\n{}", left.rule, left.message, done.after))
}

/// The files of a row in which a text of this format is read by it.
fn paths(row: &Slot, format: Format) -> impl Iterator<Item = String> {
    row.files.iter().map(|glob| path_of(glob)).filter(move |path| {
        Format::of(FileKind::of(path, b"")).is_none_or(|of_kind| of_kind == format)
            && format_of(&Document::new(path, b""), row) == Some(format)
    })
}

/// The pair that works stays as it is and is not told of.
#[test]
fn what_is_right_is_left_alone() {
    let mut problems = Vec::new();
    let api = api_token(1);
    for row in consumers().flat_map(|consumer| consumer.slots) {
        let user = match row.form {
            UsernameForm::Static => "x-bitbucket-api-token-auth",
            UsernameForm::Email => "dev@example.com",
            _ => continue,
        };
        let no_user = matches!(
            row.shape,
            Shape::Secret | Shape::Fields { username: [], .. } | Shape::Items { username: [], .. }
        );
        if no_user || !row.keys.is_empty() || !row.adds.is_empty() || row.pin.is_some() {
            continue;
        }
        for secret in [&*api, "${BITBUCKET_API_TOKEN}"] {
            let value = document(row, user, secret);
            for (format, text) in texts(row, &value) {
                let Some(path) = paths(row, format).next() else { continue };
                let found = run(&path, &text).found;
                // Another row may describe the place, and want another username.
                let of_row = |finding: &&Finding| finding.slot.is_none_or(|slot| slot == row);
                let asks = |finding: &&Finding| finding.severity > Severity::Note;
                if let Some(finding) = found.iter().filter(of_row).find(asks) {
                    problems.push(format!("{:?} {path}: {}\n{text}", row.rule, finding.message));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Where the example of a rule's page is a structured file, it becomes what the page says.
#[test]
fn the_pages_say_what_happens() {
    let mut problems = Vec::new();
    for consumer in consumers() {
        let page = &consumer.page;
        let seen = consumer.slots.iter().find_map(|row| {
            let formats: &[Format] =
                if row.formats.is_empty() { &[Format::Json] } else { row.formats };
            formats.iter().flat_map(|format| paths(row, *format)).find_map(|path| {
                let done = run(&path, page.before);
                let slot = done.found.iter().find_map(|finding| finding.slot)?;
                Some((slot, path, done.after))
            })
        });
        // Another rule may have the place.
        let Some((row, path, after)) = seen.filter(|(row, ..)| row.rule == consumer.rule) else {
            continue;
        };
        let told = is_told(consumer, row);
        if after != if told { page.before } else { page.after } {
            problems.push(format!("{} as {path}\n{after}\n-- not\n{}", page.id, page.after));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

#[test]
fn every_slot() {
    let (mut tried, mut problems) = (0, Vec::new());
    let (app, api) = (app_password(1), api_token(1));
    for consumer in consumers() {
        for (number, row) in consumer.slots.iter().enumerate() {
            if let Shape::Fields { secret: [], .. } | Shape::Items { secret: [], .. } = row.shape {
                problems.push(format!(
                    "## {} slot {number} has no key for the secret",
                    consumer.page.id
                ));
                continue;
            }
            let states: &[(State, &str, &str)] = if row.names_secret {
                &[(State::Reference, "ci-bot", "bitbucket-app-password")]
            } else {
                &[
                    (State::AppPassword, "ci-bot", &app),
                    (State::Reference, "ci-bot", "${BITBUCKET_APP_PASSWORD}"),
                    (State::HalfMigrated, "ci-bot", &api),
                ]
            };
            for (state, user, secret) in states {
                if *state != State::AppPassword && row.when.iter().any(needs_app_password) {
                    continue;
                }
                if *state == State::HalfMigrated
                    && (matches!(row.shape, Shape::Secret)
                        || matches!(row.shape, Shape::Fields { username: [], .. }))
                {
                    continue;
                }
                let Ok(value) = std::panic::catch_unwind(|| document(row, user, secret)) else {
                    problems.push(format!("## {} slot {number} cannot be made", consumer.page.id));
                    continue;
                };
                for (format, text) in texts(row, &value) {
                    let Some(path) = paths(row, format).next() else { continue };
                    tried += 1;
                    let problem =
                        std::panic::catch_unwind(|| wrong(consumer, *state, &path, &text));
                    if let Some(problem) = problem.unwrap_or_else(|_| Some("panicked".into())) {
                        problems.push(format!(
                            "## {} slot {number} {state:?} {path} {format:?}: {problem}\n{text}",
                            consumer.page.id
                        ));
                    }
                }
            }
        }
    }
    println!("{tried} files");
    assert!(problems.is_empty(), "{}\n{}", problems.join("\n"), problems.len());
}
