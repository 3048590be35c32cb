//! Generated files with uses planted in them. What the edited file does is asked of the programs
//! that read it: shells and make run it, parsers parse it.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use bbsweep_rewriters::{Applicability, PlanOptions, plan};
use common::{Tree, app_password};
use proptest::prelude::*;
use proptest::sample::select;

const TOKEN: &str = "the-new-token";
const STATIC: &str = "x-bitbucket-api-token-auth";

/// A clone URL with its own secret.
fn url(n: usize) -> String {
    format!("https://bot{n}:{}@bitbucket.org/team/repo{n}.git", app_password(n))
}

/// Puts a URL, each another, in the place of each `@@`.
fn plant(template: &str) -> (String, usize) {
    let mut text = String::new();
    let mut count = 0;
    for piece in template.split_inclusive("@@") {
        match piece.strip_suffix("@@") {
            Some(piece) => {
                text += piece;
                text += &url(count);
                count += 1;
            }
            None => text += piece,
        }
    }
    (text, count)
}

/// Scans, plans and applies: the new text, and the applicability of each fix.
fn rewrite(path: &str, text: &str) -> (String, Vec<Applicability>) {
    let (new, fixes) = rewrite_any(path, text);
    for (_, reason) in &fixes {
        assert!(!reason.contains("edited file"), "{reason}\n{text}");
    }
    (new, fixes.into_iter().map(|(applicability, _)| applicability).collect())
}

/// As [`rewrite`], of a text that may be nonsense: what cannot be right there may be withdrawn. With the
/// reason of each fix.
fn rewrite_any(path: &str, text: &str) -> (String, Vec<(Applicability, String)>) {
    let tree = Tree::new();
    tree.put(path, text.as_bytes());
    let planned = plan(&tree.scan(), &PlanOptions::default());
    tree.apply(&planned, Applicability::Review);
    let again = plan(&tree.scan(), &PlanOptions::default());
    assert!(again.fixes.iter().all(|fix| fix.edits.is_empty()), "a second plan edits:\n{text}");
    let fixes = planned.fixes.into_iter().map(|fix| (fix.applicability, fix.reason)).collect();
    (std::fs::read_to_string(tree.path(path)).unwrap(), fixes)
}

/// `text` with every URL's user info taken out, old and new.
fn without_userinfo(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("https://") {
        let (before, url) = rest.split_at(at + "https://".len());
        out += before;
        let end = url.find("@bitbucket.org").map_or(0, |end| {
            let userinfo = &url[..end];
            let plain = userinfo.len() < 120 && !userinfo.contains(['\n', '/']);
            if plain { end } else { 0 }
        });
        rest = &url[end..];
    }
    out + rest
}

/// What a program prints, with the new token in its environment.
fn output(program: &str, args: &[&str], script: &str) -> Option<String> {
    use std::io::Write as _;
    let mut child = Command::new(program)
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH")?)
        .env("BITBUCKET_API_TOKEN", TOKEN)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{program}: {}\n{script}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What the old output becomes: in each URL the static name, and the new token where a variable is
/// expanded.
fn expected(old: &str, applicabilities: &[Applicability]) -> String {
    applicabilities.iter().enumerate().fold(old.to_owned(), |text, (n, applicability)| {
        let (userinfo, _) = url(n)
            .strip_prefix("https://")
            .unwrap()
            .split_once('@')
            .map(|(u, p)| (u.to_owned(), p.to_owned()))
            .unwrap();
        let new = match applicability {
            Applicability::Safe => format!("{STATIC}:{TOKEN}"),
            Applicability::Review => STATIC.to_owned(),
            Applicability::Manual => userinfo.clone(),
        };
        text.replace(&format!("{userinfo}@"), &format!("{new}@"))
    })
}

/// Statements that print what they hold, in ways in which shells quote. `dash` runs those without
/// `BASH`.
const SHELL: &[&str] = &[
    "printf '%s\\n' @@",
    "printf '%s\\n' \"@@\" '@@' @@",
    "printf '%s\\n' \"it's @@\" 'say \"@@\"' \\'@@\\'",
    "printf '%s\\n' \"a \\\"@@\\\" b\"",
    "x='@@'; printf '%s\\n' \"$x\"",
    "x=\"@@\"\nprintf '%s\\n' \"$x\"",
    "x=$(printf '%s' \"@@\" '@@'); printf '%s\\n' \"$x\"",
    "x=\"$(printf '%s' '@@' \"@@\")\"; printf '%s\\n' \"$x @@\"",
    "x=`printf '%s' '@@' @@`; printf '%s\\n' \"$x\"",
    "printf '%s\\n' \"${unset:-@@}\" \"${unset:-'@@'}\" ${unset:-'@@'}",
    "cat <<EOF\nit's @@ \"x\n$(printf '%s' '@@') \\$x \\`\nEOF",
    "cat <<'EOF'\n$x @@ `\nEOF",
    "cat <<-\"E F\"\n\t@@\n\tE F",
    "cat <<A; cat <<\\B\n@@\nA\n@@\nB",
    "case x in\n  y) printf '%s\\n' '@@' ;;\n  (x) printf '%s\\n' \"@@\" ;;\nesac",
    "x=$(case x in x) printf '%s' '@@' ;; esac); printf '%s\\n' \"$x\" \"@@\"",
    "(printf '%s\\n' '@@'; printf '%s\\n' @@)",
    "f() {\n\tprintf '%s\\n' \"$1\" # it's \"odd\n}\nf '@@'; f @@",
    "# don't @@\nprintf '%s\\n' '#@@' #'@@",
    "printf '%s\\n' a#'@@' $# ${#y} # '",
    "printf '%s\\n' one \\\n  '@@' \\\n  \"@@\"",
    "if [ \"${x#'}'}\" = '' ]; then printf '%s\\n' '@@'; fi; x=; printf '%s\\n' $((1 + 2)) \"@@\"",
    "sh -c \"printf '%s\\n' '@@'\"",
    "sh -c 'printf \"%s\\n\" \"@@\"'",
    "eval \"printf '%s\\\\n' @@\"",
    "printf '%s\\n' \"BASH\"; x=$'it\\'s @@'; printf '%s\\n' \"$x\" \"@@\"",
    "printf '%s\\n' BASH; cat <<< '@@'; cat <<< \"@@\"; (( x = 1 << 2 )); printf '%s\\n' '@@' \"$x\"",
    "printf '%s\\n' BASH; x=('@@' \"@@\" @@); printf '%s\\n' \"${x[@]}\"; cat <(printf '%s\\n' '@@')",
    "printf '%s\\n' BASH; [[ a =~ ^[^\\\"]+$ ]] && printf '%s\\n' '@@' $\"@@\"",
];

fn script() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(SHELL), 1..6).prop_map(|parts| parts.join("\n") + "\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// A shell prints the new token exactly where it expands variables.
    #[test]
    fn shells_run_the_new_script(template in script(), crlf_comment in any::<bool>()) {
        let (mut text, count) = plant(&template);
        if crlf_comment {
            text.push_str("# the end\r\n");
        }
        let (new, applicabilities) = rewrite("a.sh", &text);
        prop_assert_eq!(applicabilities.len(), count);
        let shell = if text.contains("BASH") { "bash" } else { "sh" };
        let (Some(old_output), Some(new_output)) = (output(shell, &[], &text), output(shell, &[], &new)) else {
            return Ok(());
        };
        prop_assert_eq!(new_output, expected(&old_output, &applicabilities), "{}", new);
    }

    /// So do scripts in the YAML of a CI system.
    #[test]
    fn shells_run_the_scripts_of_pipelines(
        templates in proptest::collection::vec((select(SHELL), 0..4_u8), 1..5),
        gitlab in any::<bool>(),
    ) {
        let mut yaml = if gitlab { "job:\n  script:\n".to_owned() } else { "pipelines:\n  default:\n  - step:\n      script:\n".to_owned() };
        let indent = if gitlab { "    " } else { "      " };
        for (template, style) in &templates {
            let line = template.replace("%s\\n", "%s ");
            match style {
                0 if !line.contains('\n') && !line.contains(" #") && !line.contains(": ") && !line.starts_with('#') => {
                    writeln!(yaml, "{indent}- {line}").unwrap();
                }
                1 if !line.contains('\n') => {
                    writeln!(yaml, "{indent}- '{}'", line.replace('\'', "''")).unwrap();
                }
                2 => writeln!(yaml, "{indent}- \"{}\"", line.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t")).unwrap(),
                _ => {
                    writeln!(yaml, "{indent}- |").unwrap();
                    for line in line.lines() {
                        writeln!(yaml, "{indent}  {line}").unwrap();
                    }
                }
            }
        }
        let (text, count) = plant(&yaml);
        let path = if gitlab { ".gitlab-ci.yml" } else { "bitbucket-pipelines.yml" };
        let (new, applicabilities) = rewrite(path, &text);
        prop_assert_eq!(applicabilities.len(), count, "{}", text);
        prop_assert_eq!(without_userinfo(&text), without_userinfo(&new));
        let (old_scripts, new_scripts) = (scripts(&text, gitlab), scripts(&new, gitlab));
        prop_assert_eq!(old_scripts.len(), new_scripts.len());
        for (old, new) in old_scripts.iter().zip(&new_scripts) {
            if let (Some(old_output), Some(new_output)) = (output("bash", &[], old), output("bash", &[], new)) {
                prop_assert_eq!(new_output, expected(&old_output, &applicabilities), "{}", new);
            }
        }
    }
}

/// Rules that print what they hold, in ways in which make and its shell quote.
const MAKE: &[&str] = &[
    "\t@printf '%s\\n' @@ '@@' \"@@\"\n",
    "\t@printf '%s\\n' \\\n\t  '@@' # it's\n",
    "\t@printf '%s\\n' $(URL) '$(URL)'\n",
    "\t@x='@@'; printf '%s\\n' \"$$x\"\n",
];

/// What stands in a file of key and value.
#[derive(Clone, Copy, Debug)]
enum Planted {
    Url,
    Secret,
    Reference,
    Text,
}

fn planted() -> impl Strategy<Value = Vec<(Planted, u8)>> {
    let kind = select(&[Planted::Url, Planted::Secret, Planted::Reference, Planted::Text][..]);
    proptest::collection::vec((kind, any::<u8>()), 1..8)
}

/// Key and value of each entry, and a number that chooses how it is written.
fn entries(planted: &[(Planted, u8)]) -> Vec<(String, String, u8)> {
    let mut secret_is_set = false;
    let entry = |(n, (planted, style)): (usize, &(Planted, u8))| {
        let (key, value) = match planted {
            Planted::Url => (format!("URL_{n}"), url(n)),
            // A key stands once in a file.
            Planted::Secret if !secret_is_set => {
                secret_is_set = true;
                ("BITBUCKET_APP_PASSWORD".into(), app_password(n))
            }
            Planted::Reference => (format!("REF_{n}"), "${BITBUCKET_APP_PASSWORD}".into()),
            Planted::Secret | Planted::Text => (format!("TEXT_{n}"), "it is é text".into()),
        };
        (key, value, *style)
    };
    planted.iter().enumerate().map(entry).collect()
}

/// What an entry becomes in a format that expands `${NAME}`, or nothing.
fn wanted_entry(key: &str, value: &str, expands: bool) -> (String, String) {
    let token = if expands { "${BITBUCKET_API_TOKEN}" } else { "REPLACE_WITH_BITBUCKET_API_TOKEN" };
    let key = key.replace("BITBUCKET_APP_PASSWORD", "BITBUCKET_API_TOKEN");
    let value = if let Some((_, path)) = value.split_once('@') {
        let token = if expands { format!(":{token}") } else { String::new() };
        format!("https://{STATIC}{token}@{path}")
    } else if value.starts_with("ATBB") {
        token.to_owned()
    } else {
        value.replace("BITBUCKET_APP_PASSWORD", "BITBUCKET_API_TOKEN")
    };
    (key, value)
}

fn wanted(entries: &[(String, String, u8)], expands: bool) -> BTreeMap<String, String> {
    entries.iter().map(|(key, value, _)| wanted_entry(key, value, expands)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn make_runs_the_new_makefile(rules in proptest::collection::vec(select(MAKE), 1..4)) {
        let mut text = "# it's a makefile\nURL := @@\nexport OTHER ?= x\nall:\n".to_owned();
        text.extend(rules);
        let (text, count) = plant(&text);
        let (new, applicabilities) = rewrite("Makefile", &text);
        prop_assert_eq!(applicabilities.len(), count);
        prop_assert!(applicabilities.iter().all(|a| *a == Applicability::Safe));
        let run = |text: &str| output("make", &["-f", "-"], text);
        if let (Some(old), Some(new)) = (run(&text), run(&new)) {
            prop_assert_eq!(new, expected(&old, &applicabilities));
        }
    }

    /// What the parsers of other people read in the new file is what was wanted, entry by entry.
    #[test]
    fn parsers_read_the_new_file(planted in planted(), pretty in any::<bool>()) {
        let entries = entries(&planted);
        let json: serde_json::Map<_, _> = entries
            .iter()
            .map(|(key, value, _)| (key.clone(), serde_json::Value::from(value.as_str())))
            .collect();
        let mut json = if pretty {
            serde_json::to_string_pretty(&json).unwrap()
        } else {
            serde_json::to_string(&json).unwrap()
        };
        if planted.len() % 2 == 0 {
            json = json.replace('/', "\\/");
        }
        let (new, _) = rewrite("a.json", &json);
        let read: BTreeMap<String, String> = serde_json::from_str(&new).unwrap();
        prop_assert_eq!(read, wanted(&entries, false));

        let quoted = |value: &str, style: u8| match style % 3 {
            0 => format!("'{value}'"),
            _ => format!("\"{value}\""),
        };
        let mut toml = "# it's\n[env]\n".to_owned();
        for (key, value, style) in &entries {
            writeln!(toml, "{key} = {} # {style}", quoted(value, *style)).unwrap();
        }
        let (new, _) = rewrite("a.toml", &toml);
        let read: toml_edit::DocumentMut = new.parse().unwrap();
        let read: BTreeMap<_, _> = read["env"]
            .as_table()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.to_owned(), value.as_str().unwrap().to_owned()))
            .collect();
        prop_assert_eq!(read, wanted(&entries, false));

        for (path, head, indent, expands) in [
            ("a.yaml", "env:\n", "  ", false),
            ("compose.yml", "services:\n  a:\n    environment:\n", "      ", true),
        ] {
            let mut yaml = head.to_owned();
            for (key, value, style) in &entries {
                let value = match style % 5 {
                    0 => format!("{value} # it's"),
                    1 => format!("&anchor{} {value}", key.to_lowercase()),
                    2 => format!(">-\n{indent}  {value}"),
                    style => format!("{} # it's", quoted(value, style)),
                };
                writeln!(yaml, "{indent}{key}: {value}").unwrap();
            }
            let (new, _) = rewrite(path, &yaml);
            let read: serde_yaml_ng::Value = serde_yaml_ng::from_str(&new).expect(&new);
            let map = if expands { &read["services"]["a"]["environment"] } else { &read["env"] };
            let read: BTreeMap<String, String> = serde_yaml_ng::from_value(map.clone()).unwrap();
            prop_assert_eq!(read, wanted(&entries, expands), "{}", yaml);
        }
    }

    /// Formats that are lines: each becomes what was wanted, and nothing else changes.
    #[test]
    fn lines_become_what_was_wanted(planted in planted(), crlf in any::<bool>()) {
        let end = if crlf { "\r\n" } else { "\n" };
        for path in [".env", "a.properties", "a.ini", "a.ps1"] {
            let write = |key: &str, value: &str, style: u8| {
                let quote = match style % 3 {
                    _ if path == "a.properties" => "",
                    0 => "'",
                    1 => "\"",
                    _ if path == "a.ps1" => "'",
                    _ => "",
                };
                match (path, style % 2) {
                    ("a.ps1", _) => format!("$env:{key} = {quote}{value}{quote}{end}"),
                    (".env", 0) => format!("export {key}={quote}{value}{quote}{end}"),
                    (".env", _) => format!("{key}={quote}{value}{quote}{end}"),
                    (_, _) => format!("{key} = {quote}{value}{quote}{end}"),
                }
            };
            let head = if path == "a.ini" { format!("[a]{end}") } else { format!("# it's{end}") };
            let entries = entries(&planted);
            let (mut old, mut wanted) = (head.clone(), head);
            for (key, value, style) in &entries {
                old += &write(key, value, *style);
                // PowerShell expands in double quotes.
                let expands = path == "a.ps1" && style % 3 == 1 && value.contains('@');
                let (key, mut value) = wanted_entry(key, value, false);
                if expands {
                    value = value.replace('@', ":${env:BITBUCKET_API_TOKEN}@");
                }
                wanted += &write(&key, &value, *style);
            }
            let (new, _) = rewrite(path, &old);
            prop_assert_eq!(new, wanted, "{}", path);
        }
    }

    /// Text that looks like scripts makes no rewriter panic, and what is planned applies.
    #[test]
    fn anything_is_planned(
        pieces in proptest::collection::vec(select(PIECES), 0..24),
        path in select(PATHS),
    ) {
        let (text, _) = plant(&pieces.concat());
        let (new, _) = rewrite_any(path, &text);
        prop_assert_eq!(new.lines().count(), text.lines().count(), "no line is lost");
    }
}

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "@@", "'@@'", "\"@@\"", " ", "\n", "\n  ", "\n- ", "'", "\"", "`", "$(", ")", "${x:-", "}", "{", "[", "]",
    "<<EOF\n", "\nEOF\n", "<<'E'\n", "\nE\n", "# ", "|\n", "case x in ", "esac", "\\", "RUN ", "a: ", "sh '",
    "'''", "\"\"\"", "@'\n", "\n'@", "((", "))", "BITBUCKET_APP_PASSWORD", "=", "export ", "script:\n", "é",
    "\t", "$'", ",",
];

#[rustfmt::skip]
const PATHS: &[&str] = &[
    "a.sh", "a.ps1", "a.bat", "Makefile", "Dockerfile", "compose.yml", "bitbucket-pipelines.yml",
    ".gitlab-ci.yml", ".github/workflows/a.yml", "azure-pipelines.yml", "Jenkinsfile", ".npmrc",
    "requirements.txt", ".env", "a.yaml", "a.json", "a.toml", "a.properties", "a.ini", "a.tf", "a.xml", "a.py",
    "a.go", "README.md", "a",
];

/// The script's items, as a YAML parser of its own hand reads them.
fn scripts(yaml: &str, gitlab: bool) -> Vec<String> {
    let value: serde_yaml_ng::Value = serde_yaml_ng::from_str(yaml).expect(yaml);
    let script = if gitlab {
        &value["job"]["script"]
    } else {
        &value["pipelines"]["default"][0]["step"]["script"]
    };
    script.as_sequence().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}
