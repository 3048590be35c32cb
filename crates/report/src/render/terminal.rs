//! `terminal`: for people, on a screen. Findings by repository, then what to know and to do.

mod finding;
mod page;
mod summary;
mod view;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::RenderOptions;
use super::layout::{Shared, by_severity, groups, shared_steps};
use crate::model::Report;

use page::Page;

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CAREFUL: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const CALM: Style = AnsiColor::Cyan.on_default().bold();

pub(super) fn render(
    report: &Report,
    options: RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, options);
    if options.quiet {
        return summary::line(report, options, &mut page);
    }
    let shared = shared_steps(report, options.notes);
    let nothing = Shared::default();
    let elsewhere = if options.verbose { &nothing } else { &shared };
    let groups = groups(report, options.notes);
    let gutter = groups
        .iter()
        .flat_map(|group| &group.findings)
        .map(|finding| finding.line.to_string().len())
        .max()
        .unwrap_or(1);
    for group in &groups {
        let counts = by_severity(group.findings.iter().copied());
        let counts = match group.remark {
            Some(remark) => format!("{remark} · {counts}"),
            None => counts,
        };
        let title = group.title.as_deref().unwrap_or_else(|title| title);
        page.heading(title, &counts)?;
        for finding in &group.findings {
            page.end()?;
            finding::render(report, finding, gutter, elsewhere, &mut page)?;
        }
        page.end()?;
    }
    if options.brief {
        return summary::unread(report, options, &mut page);
    }
    summary::render(report, options, &shared, &mut page)
}
