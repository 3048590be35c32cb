use super::*;

/// All keys and scalars, a line each: way, style, what stands there, and what it says if that
/// differs.
fn shown(text: &[u8], format: Format) -> String {
    let tree = parse(text, format).unwrap();
    let mut lines = String::new();
    for document in &tree.documents {
        show(text, document, "", &mut lines);
    }
    lines
}

fn show(text: &[u8], node: &Node, path: &str, lines: &mut String) {
    use std::fmt::Write as _;
    match &node.value {
        Value::Scalar(scalar) => {
            let raw = String::from_utf8_lossy(&text[scalar.content.clone()]);
            write!(lines, "{path} {:?} {raw:?}", scalar.style).unwrap();
            if raw != scalar.text {
                write!(lines, " = {:?}", scalar.text).unwrap();
            }
            lines.push('\n');
        }
        Value::Map(entries) => {
            if entries.is_empty() {
                writeln!(lines, "{path} {{}}").unwrap();
            }
            for entry in entries {
                let raw = String::from_utf8_lossy(&text[entry.key_range.clone()]);
                let key = if raw == entry.key {
                    entry.key.clone()
                } else {
                    format!("{}<{raw}>", entry.key)
                };
                show(text, &entry.node, &format!("{path}/{key}"), lines);
            }
        }
        Value::List(items) => {
            if items.is_empty() {
                writeln!(lines, "{path} []").unwrap();
            }
            for item in items {
                show(text, item, &format!("{path}/[]"), lines);
            }
        }
    }
}

#[track_caller]
fn check(format: Format, text: &str, expected: &[&str]) {
    let shown = shown(text.as_bytes(), format);
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected, "{text}");
}

#[test]
fn yaml() {
    let check = |text, expected: &[&str]| check(Format::Yaml, text, expected);
    check(
        "a: b@c # d\nk: 'it''s'\n\"q\": \"x\\ty\" # c\n",
        &[r#"/a Plain "b@c""#, r#"/k Single "it''s" = "it's""#, r#"/q Double "x\\ty" = "x\ty""#],
    );
    check(
        "n:\nm: ~\nl:\n  - 1\n  -\n  - {a: b, c: [d, \"e\"]}\n  - []\n",
        &[
            r#"/n Plain """#,
            r#"/m Plain "~""#,
            r#"/l/[] Plain "1""#,
            r#"/l/[] Plain """#,
            r#"/l/[]/a Plain "b""#,
            r#"/l/[]/c/[] Plain "d""#,
            r#"/l/[]/c/[] Double "e""#,
            "/l/[] []",
        ],
    );
    check(
        "b: |\n  x\n   y\n\nf: >-\n  one\n  two\n# c\np: a\n  b\nd: c\n",
        &[
            r#"/b Block "x\n   y" = "x\n y\n""#,
            r#"/f Block "one\n  two" = "one two""#,
            r#"/p Plain "a\n  b" = "a b""#,
            r#"/d Plain "c""#,
        ],
    );
    // Tags: YAML's own are none, others say that something else is meant than what is written.
    check(
        "r: !Ref Foo\ns: !!str foo\nt: !<x> &b 'c'\nu: &c !!str \"d\"\n",
        &[
            r#"/r Expression "!Ref Foo""#,
            r#"/s Plain "foo""#,
            r#"/t Expression "!<x> &b 'c'""#,
            r#"/u Double "d""#,
        ],
    );
    check(
        "x: &x 'a'\nz: *x\nh: &h\n  i: j\nm:\n  <<: *h\n  u: *h\n---\n- é: ü x\n  b: 'ö'\n",
        &[
            r#"/x Single "a""#,
            r#"/z Single "a""#,
            r#"/h/i Plain "j""#,
            r#"/m/<</i Plain "j""#,
            r#"/m/u/i Plain "j""#,
            r#"/[]/é Plain "ü x""#,
            r#"/[]/b Single "ö""#,
        ],
    );
    check(
        "a:\r\n  - |\r\n    x\r\n    y\r\n  - b: c\r\n    d: \"é\"\r\n    e:\r\n",
        &[
            r#"/a/[] Block "x\r\n    y" = "x\ny\n""#,
            r#"/a/[]/b Plain "c""#,
            r#"/a/[]/d Double "é""#,
            r#"/a/[]/e Plain """#,
        ],
    );
    check("? [a, b]\n: c\na: &a [*a]\n", &[r#"/[a, b] Plain "c""#, r#"/a/[] Expression "*a""#]);
}

#[test]
fn json() {
    let check = |text, expected: &[&str]| check(Format::Json, text, expected);
    check(
        "// c\n{\"a\": \"x\\ny\", b: 'z', \"é\": [1, true, null, {}, \"ü\"], /* d */ }",
        &[
            r#"/a Double "x\\ny" = "x\ny""#,
            r#"/b Single "z""#,
            r#"/é/[] Plain "1""#,
            r#"/é/[] Plain "true""#,
            r#"/é/[] Plain "null""#,
            "/é/[] {}",
            r#"/é/[] Double "ü""#,
        ],
    );
    check("{\"a\": 1}\r\n\r\n{\"a\": \"\"}\r\n", &[r#"/a Plain "1""#, r#"/a Double """#]);
    check(r#"{"a\u0041<b": {}}"#, &[r"/aA<b<a\u0041<b> {}"]);
    check(" \n", &[]);
}

#[test]
fn toml() {
    let check = |text, expected: &[&str]| check(Format::Toml, text, expected);
    check(
        "a = 1\nb.c = 'x'\n[t]\n\"q.é\" = \"y\\n\"\nin = { u = \"v\", w.x = 2 }\n[t.s.u]\nm = 1\n",
        &[
            r#"/a Plain "1""#,
            r#"/b/c Single "x""#,
            r#"/t/q.é Double "y\\n" = "y\n""#,
            r#"/t/in/u Double "v""#,
            r#"/t/in/w/x Plain "2""#,
            r#"/t/s/u/m Plain "1""#,
        ],
    );
    check(
        "[[s]]\r\nn = '''\r\na'''\r\n[[s]]\r\nn = \"\"\"b\"\"\"\r\n[e]\r\n[t.z]\r\nq=[1,\"2\",{r = \"\"}]\r\n",
        &[
            r#"/s/[]/n Block "a""#,
            r#"/s/[]/n Block "b""#,
            "/e {}",
            r#"/t/z/q/[] Plain "1""#,
            r#"/t/z/q/[] Double "2""#,
            r#"/t/z/q/[]/r Double """#,
        ],
    );
    // A table that is opened twice is one.
    check(
        "[b.y]\nk = 1\n[a]\nk = 2\n[b.x]\nk = 3\n",
        &[r#"/b/y/k Plain "1""#, r#"/b/x/k Plain "3""#, r#"/a/k Plain "2""#],
    );
}

#[test]
fn xml() {
    let check = |text, expected: &[&str]| check(Format::Xml, text, expected);
    check(
        "<?xml version=\"1.0\"?>\n<s xmlns=\"u\" a='1' b=\"x&amp;y\"><t>\n hi &lt;é\n</t><e/><f></f></s>",
        &[
            r#"/s/@a<a> Single "1""#,
            r#"/s/@b<b> Double "x&amp;y" = "x&y""#,
            r#"/s/t Plain "hi &lt;é" = "hi <é""#,
            r#"/s/e Plain """#,
            r#"/s/f Plain """#,
        ],
    );
    check(
        "<s><c><![CDATA[ <z> ]]></c><p:q xmlns:p=\"v\" p:k=\">\">txt</p:q ><m><!-- no -->yes</m></s>",
        &[
            r#"/s/c Block "<z>""#,
            r#"/s/q/@k<k> Double ">""#,
            r#"/s/q/#text<q> Plain "txt""#,
            r#"/s/m Plain "yes""#,
        ],
    );
    let tree = parse(b"<a b='c'>d</a>", Format::Xml).unwrap();
    assert_eq!(tree.documents[0].get("a").next().unwrap().scalar().unwrap().text, "d");
}

#[test]
fn ini() {
    let check = |text, expected: &[&str]| check(Format::Ini, text, expected);
    check(
        "top = 1\r\n[a.b]\r\nk = v ; c\r\nq = \"x y\"\r\n  # no\r\n\tind = 3\r\n; no\r\n[x \"y\"] # c\r\nkey: val\r\n",
        &[
            r#"/top Plain "1""#,
            r#"/a.b/k Plain "v""#,
            r#"/a.b/q Double "x y""#,
            r#"/a.b/ind Plain "3""#,
            r#"/x "y"/key Plain "val""#,
        ],
    );
    check(
        "//registry.npmjs.org/:_authToken=tok\nnoproxy\nlist =\n  one\n  two = 3\nurl = https://x/#y\n  [ s ]\n",
        &[
            r#"///registry.npmjs.org/:_authToken Plain "tok""#,
            r#"/noproxy Plain """#,
            r#"/list Block "one\n  two = 3" = "one\ntwo = 3""#,
            r#"/url Block "https://x/#y\n  [ s ]" = "https://x/#y\n[ s ]""#,
        ],
    );
    let latin = b"[s]\nk\xE9y = \xFC\n";
    assert_eq!(shown(latin, Format::Ini), "/s/k\u{fffd}y Plain \"\u{fffd}\"\n");
}

#[test]
fn properties() {
    let check = |text, expected: &[&str]| check(Format::Properties, text, expected);
    check(
        "# c\\\na=b\r\nexport C = \"d e\" # x\n! no = no\nf: g\\\n   h\nurl=https\\://x\nspaced value\nempty=\n",
        &[
            r#"/a Plain "b""#,
            r#"/C Double "d e""#,
            r#"/f Plain "g\\\n   h" = "gh""#,
            r#"/url Plain "https\\://x" = "https://x""#,
            r#"/spaced Plain "value""#,
            r#"/empty Plain """#,
        ],
    );
    check(
        "m='x\ny'\nn='tis # not\no=don't\np=a#b\nq=\"\\\"\"\nr=\\u00fc\\ux\nu=\nv",
        &[
            r#"/m Single "x\ny""#,
            r#"/n Plain "'tis""#,
            r#"/o Plain "don't""#,
            r#"/p Plain "a#b""#,
            r#"/q Double "\\\"" = "\"""#,
            r#"/r Plain "\\u00fc\\ux" = "üux""#,
            r#"/u Plain """#,
            r#"/v Plain """#,
        ],
    );
}

#[test]
fn hcl() {
    let check = |text, expected: &[&str]| check(Format::Hcl, text, expected);
    check(
        "provider \"bitbucket\" {\n  username = \"é\"\n  password = var.p # c\n  t = \"a${b}c\"\n  n = 3\n  l = [\"q\", 1]\n}\n",
        &[
            r#"/provider/bitbucket/username Double "é""#,
            r#"/provider/bitbucket/password Expression "var.p""#,
            r#"/provider/bitbucket/t Double "a${b}c""#,
            r#"/provider/bitbucket/n Plain "3""#,
            r#"/provider/bitbucket/l/[] Double "q""#,
            r#"/provider/bitbucket/l/[] Plain "1""#,
        ],
    );
    check(
        "o = { a = \"b\", \"c\" : d(), (e) = null }\nh = <<EOF\n  abc\nEOF\nhh = <<-EOT\n    abc\n    ${x}\n    EOT\nb {}\n",
        &[
            r#"/o/a Double "b""#,
            r#"/o/c Expression "d()""#,
            r#"/o/(e) Plain "null""#,
            r#"/h Block "abc""#,
            r#"/hh Block "abc\n    ${x}""#,
            "/b {}",
        ],
    );
}

#[test]
fn merged_keys_are_found() {
    let text = b"a: &a {u: 1, v: 2}\nb:\n  <<: [*a]\n  v: 3\n";
    let tree = parse(text, Format::Yaml).unwrap();
    let b = tree.documents[0].get("b").next().unwrap();
    let said =
        |key| b.get(key).filter_map(Node::scalar).map(|s| s.text.clone()).collect::<Vec<_>>();
    assert_eq!(said("u"), ["1"]);
    assert_eq!(said("v"), ["3"]);
    assert_eq!(tree.nodes().filter(|node| node.scalar().is_some()).count(), 5);
}

#[test]
fn faults_say_where_and_not_what() {
    for (format, text, fault) in [
        (Format::Yaml, &b"a: 1\nb: [s3cret\n"[..], "not valid YAML (line 2)"),
        (Format::Yaml, b"a: 1\nb: \xff", "not valid UTF-8 (line 2)"),
        (Format::Json, b"{\"a\":\n s3cret}", "not valid JSON (line 2)"),
        (Format::Json, b"{\"a\": 1 \"b\": 2}", "not valid JSON (line 1)"),
        (Format::Json, b"{} {}", "not valid JSON (line 1)"),
        (Format::Toml, b"\na = s3cret", "not valid TOML (line 2)"),
        (Format::Xml, b"<a>\n<b>s3cret</a>", "not valid XML (line 2)"),
        (Format::Xml, b"<a>\ns3cret", "not valid XML (line 2)"),
        (
            Format::Xml,
            b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "XML with a DTD is not read (line 1)",
        ),
        (Format::Ini, b"\n[s3cret", "a section without its closing bracket (line 2)"),
        (Format::Hcl, b"a = 1\nb = = s3cret", "not valid HCL (line 2)"),
    ] {
        assert_eq!(parse(text, format).unwrap_err().to_string(), fault);
    }
}

#[test]
fn depth_is_bounded() {
    let many = |part: &str| part.repeat(50_000);
    for (format, text) in [
        (Format::Yaml, many("[")),
        (Format::Yaml, many("- ")),
        (Format::Yaml, many("? ")),
        (Format::Yaml, many("{a: ")),
        (Format::Json, many("[")),
        (Format::Json, many("{\"a\":")),
        (Format::Toml, format!("a = {}", many("["))),
        (Format::Toml, format!("a = {}", many("{a="))),
        (Format::Toml, format!("{}b = 1", many("a."))),
        (Format::Toml, format!("[{}b]", many("a."))),
        (Format::Xml, format!("{}{}", many("<a>"), many("</a>"))),
        (Format::Hcl, format!("a = {}", many("["))),
        (Format::Hcl, format!("a = {}", many("("))),
        (Format::Hcl, format!("a = {}", many("{a="))),
        (Format::Hcl, format!("a = {}", many("!"))),
        (Format::Hcl, format!("a = \"{}", many("${\""))),
        (Format::Hcl, many("a {\n")),
        (Format::Hcl, format!("a {} {{}}", many("\"b\" "))),
    ] {
        assert!(parse(text.as_bytes(), format).is_err(), "{format:?} {}", &text[..9]);
    }
    // What is not nested may be as long as it likes.
    for (format, text) in [
        (Format::Yaml, many("- a\n")),
        (Format::Json, many("[1]\n")),
        (Format::Ini, many("[a]\nb=c\n")),
        (Format::Properties, many("a='\nb=\"\n")),
        (Format::Xml, format!("<a>{}</a>", many("<b c='d'/>"))),
        (Format::Hcl, many("a {}\n")),
    ] {
        assert!(parse(text.as_bytes(), format).is_ok(), "{format:?}");
    }
    // Both bounds of the parser of TOML, one in the other.
    let keys = format!("{{{}b = ", "a.".repeat(60));
    let text = format!("b = {}1{}", keys.repeat(60), "}".repeat(60));
    assert!(parse(text.as_bytes(), Format::Toml).is_err());
}

#[test]
fn alias_bombs_are_refused() {
    let mut bomb = "a: &a ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x']\n".to_owned();
    for (from, to) in ('a'..'k').zip('b'..) {
        let copies = vec![format!("*{from}"); 8].join(", ");
        bomb.extend([to.to_string(), format!(": &{to} [{copies}]\n")]);
    }
    let fault = parse(bomb.as_bytes(), Format::Yaml).unwrap_err();
    assert_eq!(fault.reason, "aliases copy too much");
}

mod any_text {
    use proptest::prelude::*;

    use super::*;

    const FORMATS: [Format; 7] = [
        Format::Yaml,
        Format::Json,
        Format::Toml,
        Format::Xml,
        Format::Ini,
        Format::Properties,
        Format::Hcl,
    ];

    fn lies_within(text: &[u8], node: &Node) {
        for node in node.nodes() {
            let _ = &text[node.range.clone()];
            for entry in node.entries() {
                let _ = &text[entry.key_range.clone()];
            }
            let Value::Scalar(scalar) = &node.value else { continue };
            assert!(
                node.range.start <= scalar.content.start && scalar.content.end <= node.range.end,
                "{node:?}"
            );
            let raw = &text[scalar.content.clone()];
            let plain = !raw.iter().any(|b| b"\\&\n\r'\"".contains(b)) && raw.is_ascii();
            if plain && scalar.style != Style::Block {
                let said = scalar.text.as_bytes();
                assert_eq!(said, raw, "{node:?} {:?}", String::from_utf8_lossy(text));
            }
        }
    }

    fn check(text: &[u8]) {
        for format in FORMATS {
            if let Ok(tree) = parse(text, format) {
                tree.documents.iter().for_each(|node| lies_within(text, node));
            }
        }
    }

    proptest! {
        #[test]
        fn bytes(text in proptest::collection::vec(any::<u8>(), 0..80)) {
            check(&text);
        }

        #[test]
        fn pieces(parts in proptest::collection::vec(proptest::sample::select(vec![
            "a", "b c", "é", "'", "\"", ":", ": ", "=", " = ", "\n", "\r\n", "  ", "\t", "- ",
            "? ", "|\n", ">-\n", "&x ", "*x", "!t ", "!!str ", "<<", "[", "]", "{", "}", ",", "#",
            " # ", ";", "\\", "\\u0041", "<a>", "</a>", "<a b='", "/>", "<![CDATA[", "]]>", "<!--",
            "-->", "&amp;", "${", "<<EOF\n", "\nEOF\n", "\"\"\"", "'''", "[[", "]]", ".", "//",
            "/*", "*/", "export ", "1", "true", "---\n", "...\n", "%", "~", "\u{feff}", "\u{85}",
        ]), 0..24)) {
            check(parts.concat().as_bytes());
        }
    }
}
