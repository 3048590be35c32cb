//! A task of Windows' Task Scheduler.

use super::{Job, Plan, Unit, When, home};

const NAME: &str = "bbsweep audit";

pub(super) fn plan(job: &Job) -> anyhow::Result<Plan> {
    let folder = job.config.parent().map(ToOwned::to_owned);
    let path = folder.map_or_else(home, Ok)?.join("bbsweep-audit.xml");
    let schtasks = |args: &[&str]| {
        std::iter::once("schtasks").chain(args.iter().copied()).map(ToOwned::to_owned).collect()
    };
    let shown = path.to_string_lossy().into_owned();
    Ok(Plan {
        units: vec![Unit { path, text: task(job) }],
        enable: vec![schtasks(&["/Create", "/F", "/TN", NAME, "/XML", &shown])],
        disable: vec![schtasks(&["/Delete", "/F", "/TN", NAME])],
        crontab: None,
    })
}

fn task(job: &Job) -> String {
    let (schedule, repetition) = match job.when {
        When::Hourly => (
            "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>",
            "<Repetition><Interval>PT1H</Interval><Duration>P1D</Duration></Repetition>",
        ),
        When::Daily => ("<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>", ""),
        When::Weekly => (
            "<ScheduleByWeek><WeeksInterval>1</WeeksInterval><DaysOfWeek><Sunday/></DaysOfWeek>\
             </ScheduleByWeek>",
            "",
        ),
    };
    // The account of the service reads every profile; the user's own only theirs.
    let principal = if job.system {
        "<UserId>S-1-5-18</UserId>\n      <RunLevel>HighestAvailable</RunLevel>"
    } else {
        "<LogonType>InteractiveToken</LogonType>\n      <RunLevel>LeastPrivilege</RunLevel>"
    };
    format!(
        r#"<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Audit for Bitbucket Cloud app passwords</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      {repetition}<StartBoundary>2026-01-01T03:17:00</StartBoundary>
      <RandomDelay>PT1H</RandomDelay>
      {schedule}
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      {principal}
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{}</Command>
      <Arguments>{}</Arguments>
    </Exec>
  </Actions>
</Task>
"#,
        job.program.display(),
        job.arguments(|word| format!("\"{word}\"")).join(" ")
    )
}
