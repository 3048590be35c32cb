use super::*;

fn owners(dialect: Dialect, text: &str, path: &str) -> String {
    CodeOwners::parse(text, Some(dialect)).owners(path).join(" ")
}

#[test]
fn github_takes_the_last_line_that_matches() {
    let text = "# comment
*       @global-1 @global-2   # inline
*.js    @js
/build/logs/ @doctocat
docs/*  docs@example.com
apps/   @octocat
/scripts @scripts
**/logs @logs
/apps/github
[odd] @odd
bad owner-without-at
a\\ b @space
src/**/deep.txt @deep
";
    let of = |path| owners(Dialect::GitHub, text, path);
    assert_eq!(of("README"), "@global-1 @global-2");
    assert_eq!(of("a/b/c.js"), "@js");
    assert_eq!(of("build/logs/x/y"), "@logs");
    assert_eq!(of("docs/getting-started.md"), "docs@example.com");
    // Not deeper.
    assert_eq!(of("docs/build-app/troubleshooting.md"), "@global-1 @global-2");
    assert_eq!(of("x/docs/a.md"), "@global-1 @global-2");
    assert_eq!(of("x/apps/a"), "@octocat");
    assert_eq!(of("scripts/a/b"), "@scripts");
    assert_eq!(of("x/scripts/a"), "@global-1 @global-2");
    assert_eq!(of("deeply/nested/logs/a"), "@logs");
    // Nobody owns it.
    assert_eq!(of("apps/github/x"), "");
    assert_eq!(of("[odd]"), "@odd");
    assert_eq!(of("o"), "@global-1 @global-2");
    assert_eq!(of("bad"), "@global-1 @global-2");
    assert_eq!(of("a b"), "@space");
    assert_eq!(of("src/deep.txt"), "@deep");
    assert_eq!(of("src/a/b/deep.txt"), "@deep");
}

#[test]
fn gitlab_adds_up_sections() {
    let text = "* @default
\\#hash @hash
LICENSE @legal janedoe@example.com # and @bob
path\\ with\\ spaces/ @space
[Documentation][2] @docs
docs/
README.md
/root-docs/* @root
^[Database] @db
model/db/
model/db/setup.md @docs-db
!model/db/generated/
[DOCUMENTATION]
more.txt
lib @lib
[x]y] @odd
/config/ @@maintainer
";
    let of = |path| owners(Dialect::GitLab, text, path);
    assert_eq!(of("a"), "@default");
    assert_eq!(of("#hash"), "@hash");
    assert_eq!(of("x/LICENSE"), "@legal janedoe@example.com @bob");
    assert_eq!(of("path with spaces/a/b"), "@space");
    assert_eq!(of("a/docs/b"), "@default @docs");
    assert_eq!(of("a/README.md"), "@default @docs");
    assert_eq!(of("root-docs/a"), "@default @root");
    assert_eq!(of("root-docs/a/b"), "@default");
    assert_eq!(of("x/model/db/schema"), "@default @db");
    assert_eq!(of("model/db/setup.md"), "@default @docs-db");
    assert_eq!(of("model/db/generated/x"), "@default");
    // The section goes on.
    assert_eq!(of("more.txt"), "@default @docs");
    // A path without a slash is a file, not a folder.
    assert_eq!(of("lib"), "@default @lib");
    assert_eq!(of("lib/a"), "@default");
    assert_eq!(of("config/a"), "@default @@maintainer");
}

#[test]
fn bitbucket_has_groups_and_the_app_its_own() {
    let text = "@@@Devs @ann @bob
CODEOWNERS.toplevel.assignment_routing random 2
Check(@@Seniors >= 1)
* individual@example.com
*.css @front-user
*.scala @workspace-slug/reviewer-group:random(2) @workspace-slug/other:least_busy(1)
src/{main/**,test/**} @@Devs @\"Michael Foo\"
\"a/path with spaces/*\" docs@example.com
nobody/
!ci/playgrounds.yml
ci/ @ci
";
    let of = |path| owners(Dialect::Bitbucket, text, path);
    assert_eq!(of("x"), "individual@example.com");
    assert_eq!(of("a/b.css"), "@front-user");
    assert_eq!(of("a.scala"), "@workspace-slug/reviewer-group @workspace-slug/other");
    assert_eq!(of("src/test/a/b"), "@@Devs @Michael Foo");
    assert_eq!(of("a/path with spaces/x"), "docs@example.com");
    // A line without owners is no rule.
    assert_eq!(of("nobody/x"), "individual@example.com");
    assert_eq!(of("ci/x"), "@ci");
    assert_eq!(of("ci/playgrounds.yml"), "");
}

#[test]
fn a_file_that_several_read_tells_its_form() {
    let of = |text: &str, path: &str| CodeOwners::parse(text, None).owners(path).join(" ");
    assert_eq!(of("[Docs] @docs\ndocs/\n", "docs/a"), "@docs");
    assert_eq!(of("@@@A @a\n* @@A\n", "x"), "@@A");
    assert_eq!(of("\u{feff}* @a\r\n", "x"), "@a");
    assert_eq!(of("", "x"), "");
}

#[test]
fn the_host_decides_where_the_file_is_looked_for() {
    let first = |host| places(host)[0].0;
    assert_eq!(first(None), ".bitbucket/CODEOWNERS");
    assert_eq!(first(Dialect::of_host("github.example.com")), ".github/CODEOWNERS");
    assert_eq!(first(Dialect::of_host("GitLab.com")), "CODEOWNERS");
    assert_eq!(places(Some(Dialect::GitLab))[0].1, Some(Dialect::GitLab));
    assert_eq!(places(None).len(), 5);
    assert_eq!(Dialect::of_host("example.com"), None);
}
