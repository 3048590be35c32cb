use super::*;

/// The configs of a tree of repositories: which secrets show, where, and whose.
fn owned(outcome: &Outcome) -> Vec<(String, u32, Option<String>)> {
    seen(outcome)
        .into_iter()
        .zip(&outcome.findings)
        .map(|((path, _, number), finding)| {
            (path, number, finding.location.repository.as_ref().map(|r| r.name.clone()))
        })
        .collect()
}

fn row(path: &str, number: u32, repository: &str) -> (String, u32, Option<String>) {
    (path.into(), number, Some(repository.into()))
}

fn remote(n: u32) -> String {
    format!("[remote \"origin\"]\n\turl = {}\n", url(n))
}

#[test]
fn work_trees_bare_ones_worktrees_and_submodules() {
    let tree = Tree::new();
    tree.file("main/.git/HEAD", "ref: refs/heads/main\n");
    tree.file("main/.git/config", remote(1));
    tree.file("main/.git/objects/info/x", url(90));
    tree.file("main/.git/hooks/pre-push", format!("#!/bin/sh\ngit fetch {}\n", url(2)));
    tree.file("main/.git/hooks/pre-commit.sample", url(91));
    tree.file("main/.git/.git-credentials", format!("{}\n", url(3)));
    tree.file("main/ci.sh", format!("git clone {}\n", url(4)));
    tree.file("main/.git/worktrees/w/commondir", "../..\n");
    tree.file("main/.git/worktrees/w/config.worktree", remote(5));
    tree.file("w/.git", format!("gitdir: {}\n", tree.at("main/.git/worktrees/w").display()));
    tree.file("w/ci.sh", format!("git clone {}\n", url(6)));
    for (dir, n) in [("main/.git/modules/sub", 7), ("main/.git/modules/gone", 8), ("bare", 9)] {
        tree.file(&format!("{dir}/HEAD"), "ref: refs/heads/main\n");
        tree.file(&format!("{dir}/refs/x"), "");
        tree.file(&format!("{dir}/objects/x"), url(92));
        tree.file(&format!("{dir}/config"), remote(n));
    }
    tree.file("main/sub/.git", "gitdir: ../.git/modules/sub\n");
    tree.file("main/sub/ci.sh", format!("git clone {}\n", url(10)));
    tree.file("empty/.git/notes.txt", url(11));
    tree.file("templates/hooks/pre-push.sample", url(12));

    let outcome = tree.scan();
    assert_eq!(skipped(&outcome), []);
    assert_eq!(
        owned(&outcome),
        [
            row("bare/config", 9, "bare"),
            ("empty/.git/notes.txt".into(), 11, None),
            row("main/.git/.git-credentials", 3, "main"),
            row("main/.git/config", 1, "main"),
            row("main/.git/hooks/pre-push", 2, "main"),
            row("main/.git/modules/gone/config", 8, "main/.git/modules/gone"),
            row("main/.git/modules/sub/config", 7, "main/sub"),
            row("main/.git/worktrees/w/config.worktree", 5, "w"),
            row("main/ci.sh", 4, "main"),
            row("main/sub/ci.sh", 10, "main/sub"),
            ("templates/hooks/pre-push.sample".into(), 12, None),
            row("w/ci.sh", 6, "w"),
        ]
    );
    let names: Vec<_> = outcome.repositories.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["bare", "main", "main/.git/modules/gone", "main/sub", "w"]);
    assert_eq!(outcome.stats.repositories, 5);
    let w = &outcome.repositories[4];
    assert_eq!(w.work_dir, Some(tree.at("w")));
    assert_eq!(w.git_dir, tree.at("main/.git/worktrees/w"));
    assert_eq!(w.common_dir, tree.at("main/.git"));
    assert!(outcome.complete);
}

#[test]
fn ids_are_those_of_the_repository_wherever_it_is() {
    let tree = Tree::new();
    for top in ["a/x", "b"] {
        tree.file(&format!("{top}/.git/HEAD"), "");
        tree.file(&format!("{top}/.git/config"), remote(1));
        tree.file(&format!("{top}/ci/x.sh"), format!("git clone {}", url(2)));
    }
    let outcome = tree.scan();
    let ids: Vec<_> = outcome.findings.iter().map(|finding| &finding.id).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(ids[..2], ids[2..]);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_root_inside_a_repository_leads_to_it() {
    let mut tree = Tree::new();
    tree.file("r/.git/HEAD", "");
    tree.file("r/.git/config", remote(1));
    tree.file("r/ci/deep/x.sh", url(2));
    let config = tree.at("r/.git/config").display().to_string();
    tree.options.roots = vec![tree.at("r/ci")];
    let outcome = tree.scan();
    assert_eq!(owned(&outcome), [row(&config, 1, ".."), row("deep/x.sh", 2, "..")]);

    // A single file is what was asked for, and no more.
    tree.options.roots = vec![tree.at("r/ci/deep/x.sh")];
    let outcome = tree.scan();
    assert_eq!(owned(&outcome), [row(&tree.options.roots[0].display().to_string(), 2, "../..")]);

    // The git directory itself, and a folder in it.
    tree.file("r/.git/hooks/x", url(3));
    tree.options.roots = vec![tree.at("r/.git")];
    let outcome = tree.scan();
    assert_eq!(owned(&outcome).iter().map(|f| f.1).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(outcome.repositories.len(), 1);
    assert_eq!(outcome.repositories[0].work_dir, Some(tree.at("r")));
    tree.options.roots = vec![tree.at("r/.git/hooks")];
    let outcome = tree.scan();
    assert_eq!(owned(&outcome).iter().map(|f| f.1).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(outcome.repositories[0].work_dir, Some(tree.at("r")));
}

#[test]
fn the_root_is_called_dot_and_twins_by_their_roots() {
    let mut tree = Tree::new();
    for top in ["a", "b"] {
        tree.file(&format!("{top}/.git/HEAD"), "");
    }
    let names = |outcome: &Outcome| -> Vec<String> {
        outcome.repositories.iter().map(|r| r.name.clone()).collect()
    };
    tree.options.roots = vec![tree.at("a")];
    assert_eq!(names(&tree.scan()), ["."]);
    tree.options.roots = vec![tree.at("a"), tree.at("b")];
    let shown = ["a", "b"].map(|top| tree.at(top).display().to_string());
    assert_eq!(names(&tree.scan()), shown);
}

#[test]
fn includes_are_read_whatever_their_condition() {
    let mut tree = Tree::new();
    tree.places.home = Some(tree.at("home"));
    tree.file("r/.git/HEAD", "");
    tree.file(
        "r/.git/config",
        "[include]\n\tpath = ../inc/a\n\tpath = missing\n\
         [includeIf \"gitdir:/never/\"]\n\tpath = ~/b.inc\n",
    );
    // In a circle, and met by the walk as well.
    tree.file("r/inc/a", format!("[include]\n\tpath = a\n\tpath = ../.git/config\n{}", remote(1)));
    tree.file("home/b.inc", remote(2));
    tree.options.roots = vec![tree.at("r")];
    let outcome = tree.scan();
    let inc = tree.at("home/b.inc").display().to_string();
    assert_eq!(owned(&outcome), [(inc, 2, None), row("inc/a", 1, ".")]);
    assert_eq!(skipped(&outcome), []);
    assert_eq!(outcome.stats.files, 3);
}

#[test]
fn the_users_configs_are_read_when_asked_for_or_at_home() {
    let mut tree = Tree::new();
    let work = tree.at("work");
    fs::create_dir_all(&work).unwrap();
    tree.places.home = Some(tree.at("home"));
    tree.places.configs = ["etc/gitconfig", "home/.config/git/config", "home/.gitconfig", "none"]
        .map(|path| tree.at(path))
        .to_vec();
    tree.file("etc/gitconfig", remote(1));
    tree.file("home/.config/git/config", remote(2));
    tree.file("home/.gitconfig", remote(3));
    let numbers = |outcome: &Outcome| seen(outcome).iter().map(|f| f.2).collect::<Vec<_>>();

    tree.options.roots = vec![work.clone()];
    assert_eq!(numbers(&tree.scan()), [0; 0]);
    tree.options.git_config = true;
    let outcome = tree.scan();
    assert_eq!(numbers(&outcome), [1, 2, 3]);
    assert_eq!(outcome.findings[0].location.path, tree.at("etc/gitconfig").display().to_string());

    tree.options.git_config = false;
    tree.options.roots = vec![tree.at("home")];
    let outcome = tree.scan();
    // Those in the home once, as the walk shows them.
    assert_eq!(
        seen(&outcome),
        [
            (".config/git/config".into(), 2, 2),
            (".gitconfig".into(), 2, 3),
            (tree.at("etc/gitconfig").display().to_string(), 2, 1),
        ]
    );
    assert_eq!(outcome.stats.files, 3);
}

#[test]
fn a_corrupt_config_is_named_and_still_read() {
    let tree = Tree::new();
    tree.file("r/.git/HEAD", "");
    tree.file(
        "r/.git/config",
        format!("[core]\n\tbare = false\n[remote \"origin\n\turl = x\n{}", remote(1)),
    );
    tree.file("s/.git", "gitdir: ../nowhere\n");
    tree.file("s/x", url(2));
    let outcome = tree.scan();
    assert_eq!(
        skipped(&outcome),
        named(&[("r/.git/config", SkipReason::CorruptGit), ("s/.git", SkipReason::CorruptGit)])
    );
    assert!(outcome.skipped[0].detail.contains("line 3"), "{:?}", outcome.skipped);
    assert_eq!(paths(&outcome), ["r/.git/config", "s/x"]);
    assert!(!outcome.complete);
}

#[test]
fn what_libgit2_cannot_open_is_read_all_the_same() {
    let tree = Tree::new();
    let format = "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n";
    tree.file("sha256/.git/HEAD", "ref: refs/heads/main\n");
    tree.file("sha256/.git/objects/x", "");
    tree.file("sha256/.git/refs/x", "");
    tree.file("sha256/.git/config", format!("{format}{}", remote(1)));
    let outcome = tree.scan();
    assert_eq!(paths(&outcome), ["sha256/.git/config"]);
    assert!(outcome.complete);
}

#[test]
fn excluded_configs_are_left_out() {
    let mut tree = Tree::new();
    tree.file("a/.git/HEAD", "");
    tree.file("a/.git/config", remote(1));
    tree.file("b/.git/HEAD", "");
    tree.file("b/.git/config", remote(2));
    tree.options.exclude = vec!["/a/.git".into(), "/b/.git/config".into()];
    let outcome = tree.scan();
    assert_eq!(paths(&outcome), [""; 0]);
    assert_eq!(outcome.stats.skipped[&SkipReason::Excluded], 2);
}
