//! `audit install` and `uninstall`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Sandbox, tree};

/// What an installation below another root writes, by name.
fn installed(sandbox: &Sandbox, flags: &[&str]) -> Vec<(String, String)> {
    let args = ["audit", "install", "--root", "../root", "--program", "/usr/local/bin/bbsweep"];
    sandbox.run([&args[..], flags].concat()).exits(0);
    let files = tree(&sandbox.beside("root"));
    let out = ["audit", "uninstall", "--root", "../root"];
    sandbox.run([&out[..], flags].concat()).exits(0);
    assert_eq!(tree(&sandbox.beside("root")).len(), 0);
    let again = sandbox.run([&out[..], flags].concat()).exits(2);
    assert!(again.stderr.contains("nothing of it is installed"), "{}", again.stderr);
    files
        .into_iter()
        .map(|(path, bytes)| (path.display().to_string(), String::from_utf8(bytes).unwrap()))
        .collect()
}

#[test]
fn each_scheduler_gets_its_files() {
    let sandbox = Sandbox::new();
    let names = |files: &[(String, String)]| -> Vec<String> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    let systemd = installed(&sandbox, &["--systemd"]);
    assert_eq!(
        names(&systemd),
        ["etc/systemd/system/bbsweep-audit.service", "etc/systemd/system/bbsweep-audit.timer"]
    );
    let run = "ExecStart=\"/usr/local/bin/bbsweep\" audit --config \"/etc/bbsweep/bbsweep.toml\" --quiet\n";
    assert!(systemd[0].1.contains(run), "{}", systemd[0].1);
    assert!(systemd[1].1.contains("OnCalendar=daily\n"));
    let cron = installed(&sandbox, &["--cron", "--when", "weekly"]);
    assert_eq!(names(&cron), ["etc/cron.d/bbsweep-audit"]);
    assert!(cron[0].1.contains("\n17 3 * * 0 root nice -n 10 '/usr/local/bin/bbsweep' audit"));
    let launchd = installed(&sandbox, &["--launchd"]);
    assert_eq!(names(&launchd), ["Library/LaunchDaemons/org.bbsweep.audit.plist"]);
    let windows = installed(&sandbox, &["--windows-task", "--when", "hourly"]);
    assert_eq!(names(&windows), ["etc/bbsweep/bbsweep-audit.xml"]);
    assert!(windows[0].1.contains("<Interval>PT1H</Interval>"));
    let user = installed(&sandbox, &["--systemd", "--user"]);
    assert!(user[0].0.ends_with(".config/systemd/user/bbsweep-audit.service"), "{user:?}");
    assert!(!user[0].1.contains("PrivateNetwork"));
}

#[test]
fn the_network_is_open_where_a_webhook_is_told_and_nowhere_else() {
    let sandbox = Sandbox::new();
    let run = |flags: &[&str]| {
        let ran = sandbox.run([&["audit", "install", "--dry-run"], flags].concat()).exits(0);
        ran.stdout
    };
    let told = ["--notify", "/etc/bbsweep/hook"];
    let alone = run(&["--systemd"]);
    assert!(alone.contains("PrivateNetwork=yes\nIPAddressDeny=any\n"), "{alone}");
    assert!(alone.contains("RestrictAddressFamilies=AF_UNIX\n") && !alone.contains("--notify"));
    let telling = run(&[&["--systemd"], &told[..]].concat());
    assert!(!telling.contains("PrivateNetwork") && !telling.contains("IPAddressDeny"), "{telling}");
    assert!(telling.contains("AF_UNIX AF_INET AF_INET6\n"), "{telling}");
    let args = "--quiet --notify \"@/etc/bbsweep/hook\" --notify-on trouble\n";
    assert!(telling.contains(args), "{telling}");
    let cron = run(&[&["--cron"], &told[..]].concat());
    assert!(cron.contains("--quiet --notify '@/etc/bbsweep/hook' --notify-on trouble\n"), "{cron}");
    let launchd = run(&[&["--launchd"], &told[..]].concat());
    assert!(launchd.contains("<string>@/etc/bbsweep/hook</string>\n"), "{launchd}");
    let windows = run(&[&["--windows-task"], &told[..]].concat());
    assert!(
        windows.contains("--notify \"@/etc/bbsweep/hook\" --notify-on trouble</Arg"),
        "{windows}"
    );
}

#[test]
fn what_the_config_writes_may_be_written() {
    let sandbox = Sandbox::new();
    let config = sandbox.write(
        "etc/bbsweep.toml",
        "[audit]\nroots = [\"/srv\"]\n[[audit.output]]\nformat = \"prometheus\"\n\
         path = \"/var/lib/node_exporter/bbsweep.prom\"\n",
    );
    let args = ["audit", "install", "--systemd", "--dry-run", "--config", config.to_str().unwrap()];
    let ran = sandbox.run(args).exits(0);
    assert!(ran.stdout.contains("ReadWritePaths=\"-/var/lib/node_exporter\"\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("systemctl enable --now bbsweep-audit.timer"), "{}", ran.stdout);
    // Nothing was written.
    assert!(!sandbox.beside("root").exists());
    let odd = ["audit", "install", "--cron", "--dry-run", "--program", "/a'b/bbsweep"];
    let ran = sandbox.run(odd).exits(2);
    assert!(ran.stderr.contains("schedulers read as their own"), "{}", ran.stderr);
    let ran = sandbox.run(["audit", "install", "--cron"]).exits(2);
    assert!(ran.stderr.contains("bbsweep.toml is no file"), "{}", ran.stderr);
}

#[test]
fn the_users_crontab_keeps_its_lines() {
    let sandbox = Sandbox::new();
    sandbox.write(".config/bbsweep/bbsweep.toml", "[audit]\nroots = [\"~\"]\n");
    // As the real one: no crontab is an error.
    let script = "#!/bin/sh\nfile=$HOME/crontab\nif [ \"$1\" = -l ]; then\n  \
                  cat \"$file\" 2>/dev/null || { echo 'no crontab for me' >&2; exit 1; }\nelse cat > \"$file\"; fi\n";
    let program = sandbox.write("bin/crontab", script);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", sandbox.home().join("bin").display());
    let run = |task: &str| {
        let mut command = sandbox.command(crate::support::BIN);
        command.args(["audit", task, "--cron", "--user"]).env("PATH", &path);
        crate::support::Ran::of(&command.output().unwrap())
    };
    let file = sandbox.home().join("crontab");
    run("install").exits(0);
    let first = fs::read_to_string(&file).unwrap();
    assert!(first.contains("17 3 * * * nice -n 10 '"), "{first}");
    fs::write(&file, format!("0 0 * * * mine\n{first}")).unwrap();
    run("install").exits(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("0 0 * * * mine\n{first}"));
    run("uninstall").exits(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "0 0 * * * mine\n");
    assert!(run("uninstall").exits(2).stderr.contains("has no lines of bbsweep"));
}
