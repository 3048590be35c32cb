//! `docs/rules.md` is what the table of rules and the fixtures say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bbsweep_scanner_core::Rule;
use bbsweep_scanner_core::consumer::{Consumer, Renamed};
use bbsweep_scanner_core::rule::Section;
use serde_json::Value;

/// Set it to write the page anew.
const UPDATE: &str = "BBSWEEP_UPDATE_RULES";

/// What the findings of a rule in all fixtures show: states, uses, applicabilities.
#[derive(Default)]
struct Shown {
    states: BTreeSet<String>,
    uses: BTreeSet<String>,
    applicabilities: BTreeSet<String>,
}

#[test]
fn the_page_of_the_rules_is_current() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut shown = BTreeMap::new();
    collect(&top.join("fixtures"), &mut shown);
    let current = page(&shown);
    let path = top.join("docs/rules.md");
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, current).unwrap();
        return;
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == current,
        "docs/rules.md is not what the table of rules and the fixtures say. Run\n    {UPDATE}=1 cargo \
         test -p bbsweep --test cli rules_page\nand commit it."
    );
}

/// Reads the expected findings of every case below `dir`.
fn collect(dir: &Path, shown: &mut BTreeMap<String, Shown>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, shown);
        } else if path.file_name().is_some_and(|name| name == "expected.json") {
            let Ok(case) = serde_json::from_slice::<Value>(&fs::read(&path).unwrap()) else {
                continue;
            };
            for finding in case["findings"].as_array().into_iter().flatten() {
                // A note stands for itself: nothing is to do.
                if finding["severity"] == "note" {
                    continue;
                }
                let Some(rule) = finding["rule"].as_str() else { continue };
                let row = shown.entry(rule.to_owned()).or_default();
                for (key, set) in [
                    ("state", &mut row.states),
                    ("use", &mut row.uses),
                    ("applicability", &mut row.applicabilities),
                ] {
                    set.extend(finding[key].as_str().map(str::to_owned));
                }
            }
        }
    }
}

/// The sets in an order that means something.
fn list(set: &BTreeSet<String>, order: &[&str]) -> String {
    let known: Vec<&str> = order.iter().copied().filter(|name| set.contains(*name)).collect();
    assert_eq!(known.len(), set.len(), "{set:?}");
    known.join(", ")
}

fn page(shown: &BTreeMap<String, Shown>) -> String {
    let none = Shown::default();
    let mut out = format!(
        "# Rules\n\n\
         <!-- Written by {UPDATE}=1 cargo test -p bbsweep --test cli rules_page -->\n\n\
         What bbsweep recognises: the table, then each rule with an example. `bbsweep explain RULE` \
         says why it matters and what the rule does not see. States, uses and applicabilities are \
         those of the findings in `fixtures/`, notes left out. The username is what goes with an API \
         token: `static` is `x-bitbucket-api-token-auth`, `email` that of the Atlassian account, \
         `by-use` one or the other. The evidence says whether a source confirms that the consumer \
         takes API tokens so; without one an edit is never `safe`. Rules of the first table go by the place alone.\n\n"
    );
    for section in Section::ALL {
        let _ = writeln!(out, "## {}\n", section.title());
        let _ = writeln!(
            out,
            "| Rule | What | States | Uses | Applicability | Username | Evidence | Since |\n\
             |---|---|---|---|---|---|---|---|"
        );
        for rule in section.rules() {
            let row = shown.get(rule.id()).unwrap_or(&none);
            let facts = rule.consumer().map(Consumer::facts);
            let _ = writeln!(
                out,
                "| [`{id}`](#{id}) | {} | {} | {} | {} | {} | {} | {} |",
                cell(rule.info().summary),
                list(&row.states, &["app-password", "reference", "half-migrated", "dead-secret"]),
                list(&row.uses, &["git", "rest", "both", "unknown"]),
                list(&row.applicabilities, &["safe", "review", "manual"]),
                facts.as_ref().map_or("by-use", |facts| facts.username_form),
                facts.as_ref().map_or("", |facts| facts.evidence),
                facts.as_ref().and_then(|facts| facts.least_version).unwrap_or_default(),
                id = rule.id(),
            );
        }
        out.push('\n');
    }
    for section in Section::ALL {
        for rule in section.rules() {
            entry(rule, &mut out);
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn entry(rule: Rule, out: &mut String) {
    let info = rule.info();
    let _ = writeln!(out, "### {}\n\n{}.\n", info.id, prose(info.summary));
    if let Some(facts) = rule.consumer().map(Consumer::facts) {
        let mut rows = Vec::new();
        if let Some(instead) = facts.instead {
            rows.push(("instead", prose(instead)));
        }
        rows.push(("keys", names(&facts.keys)));
        rows.push(("variables", names(&facts.variables)));
        let files: Vec<_> = facts.files.iter().map(|file| format!("`{file}`")).collect();
        rows.push(("files", files.join(", ")));
        rows.retain(|(_, text)| !text.is_empty());
        for (name, text) in &rows {
            let _ = writeln!(out, "- {name}: {text}");
        }
        if !rows.is_empty() {
            out.push('\n');
        }
    }
    for (title, text) in [("Before", info.before), ("After", info.after)] {
        let _ = writeln!(out, "{title}:\n\n````text\n{}\n````\n", text.trim_end());
    }
    let _ = writeln!(out, "{}\n", prose(info.rewrite));
    let sources: Vec<_> = info.sources.iter().map(|source| format!("<{source}>")).collect();
    let _ = writeln!(out, "Sources: {}\n", sources.join(", "));
}

/// Names before and after.
fn names(rows: &[Renamed]) -> String {
    let name = |row: &Renamed| match row.before {
        Some(before) if before == row.after => format!("`{before}`"),
        Some(before) => format!("`{before}` becomes `{}`", row.after),
        None => format!("`{}` is added", row.after),
    };
    rows.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Running text: nothing in it is markup.
fn prose(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*").replace('<', "&lt;").replace('[', "\\[")
}

fn cell(text: &str) -> String {
    prose(text).replace('|', "\\|")
}
