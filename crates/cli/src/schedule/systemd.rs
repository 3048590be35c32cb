//! A service that may read everything and write nearly nothing, and its timer.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Job, Plan, Unit, When, home};

const NAME: &str = "bbsweep-audit";

pub(super) fn plan(job: &Job) -> anyhow::Result<Plan> {
    let folder = if job.system {
        PathBuf::from("/etc/systemd/system")
    } else {
        home()?.join(".config/systemd/user")
    };
    let systemctl = |args: &[&str]| {
        let mut command = vec!["systemctl".to_owned()];
        if !job.system {
            command.push("--user".into());
        }
        command.extend(args.iter().map(ToString::to_string));
        command
    };
    let timer = format!("{NAME}.timer");
    Ok(Plan {
        units: vec![
            Unit { path: folder.join(format!("{NAME}.service")), text: service(job) },
            Unit { path: folder.join(&timer), text: self::timer(job) },
        ],
        enable: vec![systemctl(&["daemon-reload"]), systemctl(&["enable", "--now", &timer])],
        disable: vec![systemctl(&["disable", "--now", &timer])],
        crontab: None,
    })
}

/// For the system and for users: what needs no right to set up.
const SANDBOX: &str = "\
NoNewPrivileges=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
";

/// For the system: root without its rights, but for reading what belongs to others.
const SYSTEM: &str = "\
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateMounts=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RemoveIPC=yes
";

fn service(job: &Job) -> String {
    let (talks, families) = match job.notify {
        None => ("talks to nobody", "AF_UNIX"),
        Some(_) => ("tells one webhook what is new or wrong", "AF_UNIX AF_INET AF_INET6"),
    };
    let mut unit = format!(
        "[Unit]\n\
         Description=Audit for Bitbucket Cloud app passwords\n\
         Documentation=https://bitbucket.org/bbsweep/bbsweep\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         ExecStart=\"{}\" {}\n\
         Nice=10\n\
         IOSchedulingClass=idle\n\
         CPUSchedulingPolicy=batch\n\
         StateDirectory=bbsweep\n\
         StateDirectoryMode=0700\n\
         UMask=0077\n\
         TimeoutStartSec=infinity\n\
         \n\
         # It reads, writes its state and its reports, and {talks}.\n\
         RestrictAddressFamilies={families}\n\
         {SANDBOX}",
        job.program.display(),
        job.arguments(|word| format!("\"{word}\"")).join(" "),
    );
    if job.system {
        unit.push_str(SYSTEM);
        if job.notify.is_none() {
            unit.push_str("PrivateNetwork=yes\nIPAddressDeny=any\n");
        }
        for folder in &job.writes {
            let _ = writeln!(unit, "ReadWritePaths=\"-{}\"", folder.display());
        }
    }
    unit
}

fn timer(job: &Job) -> String {
    let (calendar, delay) = match job.when {
        When::Hourly => ("hourly", "10min"),
        When::Daily => ("daily", "4h"),
        When::Weekly => ("weekly", "12h"),
    };
    format!(
        "[Unit]\n\
         Description=Regular audit for Bitbucket Cloud app passwords\n\
         \n\
         [Timer]\n\
         OnCalendar={calendar}\n\
         # Not all hosts at once.\n\
         RandomizedDelaySec={delay}\n\
         Persistent=true\n\
         \n\
         [Install]\n\
         WantedBy=timers.target\n"
    )
}
