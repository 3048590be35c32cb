//! cron: a file of the system's, or lines in the user's own crontab.

use super::{Job, Plan, Unit, When};

const BEGIN: &str = "# BEGIN bbsweep audit";
const END: &str = "# END bbsweep audit";

pub(super) fn plan(job: &Job) -> Plan {
    let when = match job.when {
        When::Hourly => "17 * * * *",
        When::Daily => "17 3 * * *",
        When::Weekly => "17 3 * * 0",
    };
    let user = if job.system { "root " } else { "" };
    let command = format!(
        "{when} {user}nice -n 10 '{}' {}",
        job.program.display(),
        job.arguments(|word| format!("'{word}'")).join(" ")
    );
    let mut plan =
        Plan { units: Vec::new(), enable: Vec::new(), disable: Vec::new(), crontab: None };
    if job.system {
        plan.units.push(Unit {
            path: "/etc/cron.d/bbsweep-audit".into(),
            text: format!(
                "# Audit for Bitbucket Cloud app passwords; cron mails what it prints.\n\
                 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n{command}\n"
            ),
        });
    } else {
        plan.crontab = Some(format!("{BEGIN}\n{command}\n{END}"));
    }
    plan
}

/// A crontab with these lines of ours, in the place of those that it had.
pub(super) fn with_block(crontab: &str, block: Option<&str>) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut inside = false;
    for line in crontab.lines() {
        if line == BEGIN {
            inside = true;
        } else if line == END {
            inside = false;
        } else if !inside {
            lines.push(line);
        }
    }
    lines.extend(block);
    if lines.is_empty() { String::new() } else { lines.join("\n") + "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_lines_of_a_crontab_stay() {
        let own = format!("{BEGIN}\n1 2 3 4 5 x\n{END}");
        let with = with_block("# mine\n0 0 * * * y\n", Some(&own));
        assert_eq!(with, format!("# mine\n0 0 * * * y\n{own}\n"));
        assert_eq!(with_block(&with, Some(&own)), with);
        assert_eq!(with_block(&with, None), "# mine\n0 0 * * * y\n");
        assert_eq!(with_block(&with_block("", Some(&own)), None), "");
    }
}
