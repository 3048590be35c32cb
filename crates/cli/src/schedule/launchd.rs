//! launchd: a daemon of the system, or an agent of the user.

use std::path::PathBuf;

use super::{Job, Plan, Unit, When, home};

const LABEL: &str = "org.bbsweep.audit";

pub(super) fn plan(job: &Job) -> anyhow::Result<Plan> {
    let folder = if job.system {
        PathBuf::from("/Library/LaunchDaemons")
    } else {
        home()?.join("Library/LaunchAgents")
    };
    let path = folder.join(format!("{LABEL}.plist"));
    let domain = if job.system { "system".to_owned() } else { format!("gui/{}", user_id()) };
    let launchctl = |args: [&str; 3]| args.iter().map(ToString::to_string).collect::<Vec<String>>();
    let shown = path.to_string_lossy().into_owned();
    Ok(Plan {
        enable: vec![
            launchctl(["launchctl", "bootstrap", &domain]).into_iter().chain([shown]).collect(),
        ],
        disable: vec![launchctl(["launchctl", "bootout", &format!("{domain}/{LABEL}")])],
        units: vec![Unit { path, text: plist(job) }],
        crontab: None,
    })
}

#[cfg(unix)]
fn user_id() -> u32 {
    rustix::process::getuid().as_raw()
}

#[cfg(not(unix))]
fn user_id() -> u32 {
    0
}

fn plist(job: &Job) -> String {
    let when = match job.when {
        When::Hourly => "<key>Minute</key><integer>17</integer>",
        When::Daily => "<key>Hour</key><integer>3</integer><key>Minute</key><integer>17</integer>",
        When::Weekly => {
            "<key>Weekday</key><integer>0</integer><key>Hour</key><integer>3</integer>\
             <key>Minute</key><integer>17</integer>"
        }
    };
    let program = job.program.display().to_string();
    let words = std::iter::once(program).chain(job.arguments(str::to_owned));
    let strings: Vec<String> = words.map(|word| format!("\t\t<string>{word}</string>\n")).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>{LABEL}</string>
	<key>ProgramArguments</key>
	<array>
{}	</array>
	<key>StartCalendarInterval</key>
	<dict>{when}</dict>
	<key>ProcessType</key>
	<string>Background</string>
	<key>LowPriorityIO</key>
	<true/>
	<key>Nice</key>
	<integer>10</integer>
	<key>Umask</key>
	<integer>63</integer>
</dict>
</plist>
"#,
        strings.concat()
    )
}
