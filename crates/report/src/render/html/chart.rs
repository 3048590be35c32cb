//! Charts as SVG, which a page carries in itself.

use maud::{Markup, html};

use crate::render::layout::clean;

/// Width of the whole, of the names, and height of a bar with its gap: in units of the picture.
const FULL: u64 = 360;
const NAMES: u64 = 160;
const ROW: u64 = 24;
/// Characters of a name that fit.
const NAME: usize = 25;

/// Bars from left to right, one for each row, with its number.
pub(super) fn bars(title: &str, rows: &[(String, u64)]) -> Markup {
    let most = rows.iter().map(|(_, number)| *number).max().unwrap_or(0).max(1);
    let height = ROW * rows.len() as u64;
    let room = FULL - NAMES - 50;
    html! {
        figure {
            figcaption { (title) }
            svg role="img" aria-label={ (title) ": " (said(rows)) } viewBox={ "0 0 " (FULL) " " (height) } {
                @for (at, (name, number)) in (0..).zip(rows) {
                    g {
                        title { (clean(name)) ": " (number) }
                        text.name x=(NAMES - 8) y=(at * ROW + 16) text-anchor="end" { (short(name)) }
                        rect.bar x=(NAMES) y=(at * ROW + 4) width=(number * room / most) height=(ROW - 8) rx="2" {}
                        text.number x=(NAMES + number * room / most + 6) y=(at * ROW + 16) { (number) }
                    }
                }
            }
        }
    }
}

/// A line through what was left at each of these moments, oldest first; nothing for fewer than two.
pub(crate) fn line(title: &str, rows: &[(String, u64)]) -> Markup {
    // As wide as the bars, so that letters are as large.
    const WIDTH: u64 = FULL - 20;
    const HEIGHT: u64 = 110;
    let ([first, .., last], steps @ 1..) = (rows, rows.len().saturating_sub(1) as u64) else {
        return html! {};
    };
    let most = rows.iter().map(|(_, left)| *left).max().unwrap_or(0).max(1);
    let points: Vec<String> = (0..)
        .zip(rows)
        .map(|(at, (_, left))| {
            format!("{},{}", at * WIDTH / steps + 10, HEIGHT - left * HEIGHT / most + 10)
        })
        .collect();
    let said = format!("{title}: {} left {}, {} left {}", first.1, first.0, last.1, last.0);
    html! {
        figure {
            figcaption { (title) }
            svg role="img" aria-label=(said) viewBox={ "0 0 " (FULL) " " (HEIGHT + 40) } {
                polyline.line points=(points.join(" ")) {}
                text x="10" y=(HEIGHT + 32) { (first.0) ": " (first.1) }
                text x=(WIDTH) y=(HEIGHT + 32) text-anchor="end" { (last.0) ": " (last.1) }
            }
        }
    }
}

/// The chart for those who do not see it.
fn said(rows: &[(String, u64)]) -> String {
    rows.iter()
        .map(|(name, number)| format!("{} {number}", clean(name)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The end of a name says more than its beginning: paths.
fn short(name: &str) -> String {
    let name = clean(name);
    let length = name.chars().count();
    if length <= NAME {
        return name;
    }
    let tail: String = name.chars().skip(length - NAME + 1).collect();
    format!("…{tail}")
}
