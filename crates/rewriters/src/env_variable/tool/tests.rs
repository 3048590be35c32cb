use bbsweep_scanner_core::document::Document;

use super::insert;

/// The file with `NEW` set to `v` beside `NAME`; the same file where it cannot be.
fn beside(path: &str, text: &str) -> String {
    let doc = Document::new(path, text.as_bytes());
    let at = text.find("NAME").unwrap();
    let Some(place) = insert::place(&doc, &(at..at + 4)) else { return text.to_owned() };
    let (at, new) = place.write("NEW", "v");
    format!("{}{new}{}", &text[..at], &text[at..])
}

#[test]
fn another_assignment_in_the_same_syntax() {
    for (path, text, expected) in [
        (".env", "A=1\nNAME=x\n", "A=1\nNEW=v\nNAME=x\n"),
        (".env", "NAME=\"x\"\r\n", "NEW=\"v\"\r\nNAME=\"x\"\r\n"),
        (".env", "export NAME='x'", "export NEW='v'\nexport NAME='x'"),
        ("a.sh", "  export NAME='x y'\n", "  export NEW=\"v\"\n  export NAME='x y'\n"),
        ("a.sh", "docker run -e NAME=x a\n", "docker run -e NEW=\"v\" -e NAME=x a\n"),
        ("a.yml", "env:\n  NAME: x\n", "env:\n  NEW: v\n  NAME: x\n"),
        ("a.yml", "env:\n  \"NAME\": 'x'\n", "env:\n  \"NEW\": 'v'\n  \"NAME\": 'x'\n"),
        ("a.yml", "env:\n  - NAME=x\n", "env:\n  - NEW=v\n  - NAME=x\n"),
        ("a.yml", "env:\n  - \"NAME=x\"\n", "env:\n  - \"NEW=v\"\n  - \"NAME=x\"\n"),
        ("a.yml", "env:\n  NAME:\n    from: x\n", "env:\n  NEW: v\n  NAME:\n    from: x\n"),
        (
            "a.yml",
            "env:\n- name: NAME\n  value: x\n",
            "env:\n- name: NEW\n  value: v\n- name: NAME\n  value: x\n",
        ),
        ("a.json", "{\n  \"NAME\": \"x\"\n}", "{\n  \"NEW\": \"v\",\n  \"NAME\": \"x\"\n}"),
        ("Dockerfile", "FROM a\nENV NAME=x\n", "FROM a\nENV NEW=v\nENV NAME=x\n"),
        (
            "a.service",
            "[Service]\nEnvironment=\"NAME=x\"\n",
            "[Service]\nEnvironment=\"NEW=v\"\nEnvironment=\"NAME=x\"\n",
        ),
        ("a.ps1", "$env:NAME = 'x'\n", "$env:NEW = 'v'\n$env:NAME = 'x'\n"),
    ] {
        assert_eq!(beside(path, text), expected, "{path}");
    }
}

#[test]
fn what_cannot_be_written_twice_is_left() {
    for (path, text) in [
        ("a.sh", "echo $NAME\n"),
        ("a.sh", "export NAME\n"),
        ("a.sh", "NAME=x command\n"),
        ("a.sh", "export NAME=$(cat \"$file\")\n"),
        ("a.sh", "export A=1 NAME=x\n"),
        ("a.sh", "docker run -e NAME a\n"),
        ("a.yml", "- NAME: x\n"),
        ("a.yml", "env: {NAME: x}\n"),
        ("a.yml", "env:\n  - NAME\n"),
        ("a.yml", "- value: x\n  name: NAME\n"),
        ("a.json", "{\"NAME\": \"x\"}"),
        ("Dockerfile", "ENV A=1 \\\n  NAME=x\n"),
        ("Dockerfile", "ENV NAME=x \\\n  A=1\n"),
        ("Dockerfile", "ENV NAME=x A=1\n"),
        ("a.service", "Environment=\"A=1\" \"NAME=x\"\n"),
    ] {
        assert_eq!(beside(path, text), text, "{path}");
    }
}
