//! What a bug prints.

use std::panic::Location;

use crate::output;

/// Prints where a panic came from and nothing of its payload, which may quote the file that is
/// being scanned.
pub(crate) fn install_hook() {
    std::panic::set_hook(Box::new(|info| output::message(describe(info.location()))));
}

fn describe(location: Option<&Location<'_>>) -> String {
    let at = location.map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    format!(
        "internal error at {at}: this is a bug. Its message is withheld, because it may quote a \
         secret. Please report the place and bbsweep {}.",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_place() {
        let text = describe(Some(Location::caller()));
        assert!(text.contains("panic.rs:"), "{text}");
        assert!(text.contains("this is a bug"), "{text}");
    }
}
