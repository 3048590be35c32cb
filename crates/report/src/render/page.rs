//! What the pages have in common.
//!
//! Nothing on them comes from elsewhere and nothing goes elsewhere: a content security policy allows
//! their own style and script alone, by their digests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::layout::{clean, command};
use super::plan::{general, token_plan};
use crate::model::Report;

/// The head of a page.
pub(crate) fn head(title: &str, style: &str, script: &str) -> Markup {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest(style),
        digest(script)
    );
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="robots" content="noindex";
            meta name="referrer" content="no-referrer";
            meta http-equiv="Content-Security-Policy" content=(policy);
            title { (title) " · bbsweep" }
            style { (PreEscaped(style)) }
        }
    }
}

/// As a content security policy names it.
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// The tokens to create and where they go.
pub(super) fn plan(report: &Report) -> Markup {
    let rows = token_plan(report);
    let steps = general(report);
    html! {
        @if !rows.is_empty() {
            details #plan open {
                summary { h2 { "Token plan" } }
                ol {
                    @for row in &rows {
                        li {
                            strong { (clean(&row.title)) } ": " (clean(&row.extent))
                            dl {
                                @for (name, fact) in &row.facts {
                                    dt { (name) }
                                    dd { (clean(fact)) }
                                }
                            }
                        }
                    }
                }
                @if !steps.is_empty() {
                    ul { @for one in &steps { li { (step(one)) } } }
                }
            }
        }
    }
}

/// A step, the command in it apart.
pub(super) fn step(one: &str) -> Markup {
    html! {
        @match command(one) {
            Some((purpose, command)) => { (clean(purpose)) ": " code.command { (clean(command)) } }
            None => { (clean(one)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_as_browsers_count_them() {
        // openssl dgst -sha256 -binary | base64
        assert_eq!(digest(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
