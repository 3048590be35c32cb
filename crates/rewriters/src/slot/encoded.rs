//! Values in base64: `data` of a Kubernetes Secret.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, STANDARD_NO_PAD, URL_SAFE};
use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::consumer::{Shape, UsernameForm};
use bbsweep_scanner_core::{Role, State};

use super::{LOST, Made, Place};

/// A decoded value, and how it was written.
struct Decoded {
    text: String,
    engine: &'static GeneralPurpose,
    /// Blanks at its end, which somebody's `echo` left.
    tail: String,
}

impl Decoded {
    fn read(raw: &str) -> Result<Self, String> {
        if raw.contains(char::is_whitespace) {
            return Err("the base64 goes over several lines".to_owned());
        }
        [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE]
            .into_iter()
            .find_map(|engine| {
                let mut text = String::from_utf8(engine.decode(raw).ok()?).ok()?;
                let tail = text.split_off(text.trim_end().len());
                Some(Self { text, engine, tail })
            })
            .ok_or_else(|| "the value is not base64 of a text".to_owned())
    }

    fn write(&self, text: &str) -> String {
        self.engine.encode(format!("{text}{}", self.tail))
    }
}

/// A new value.
pub(super) fn plain(text: &str) -> String {
    STANDARD.encode(text)
}

impl Place<'_> {
    /// Decodes, changes and encodes again. Nothing is expanded in base64.
    pub(super) fn encoded(&self, made: &mut Made) -> Result<(), String> {
        let finding = self.subject.finding;
        let secret = self
            .subject
            .part_range(Role::Base64)
            .ok_or("something else fills in what is encoded there")?;
        let decoded = Decoded::read(self.text(&secret))?;
        if self.row.shape == Shape::Pair {
            let (user, old) = decoded.text.split_once(':').ok_or(LOST)?;
            let user = self.encoded_user(user, made)?;
            let new = match finding.state {
                State::AppPassword => self.token(made).text,
                _ => old.to_owned(),
            };
            let text = decoded.write(&format!("{user}:{new}"));
            if text != self.text(&secret) {
                made.edits.push(self.subject.edit(secret, text));
            }
            return Ok(());
        }
        if finding.state == State::AppPassword {
            let token = self.token(made).text;
            made.edits.push(self.subject.edit(secret, decoded.write(&token)));
        }
        if let Some(range) = self.subject.part_range(Role::Username) {
            let decoded = Decoded::read(self.text(&range))?;
            let user = self.encoded_user(&decoded.text, made)?;
            if user != decoded.text {
                made.edits.push(self.subject.edit(range, decoded.write(&user)));
            }
        } else if matches!(self.row.shape, Shape::Fields { username: [_, ..], .. }) {
            made.told.push(format!("the username beside it has to be {}", self.right_name()?));
        }
        Ok(())
    }

    fn encoded_user(&self, user: &str, made: &mut Made) -> Result<String, String> {
        Ok(match self.form(self.row.form)? {
            UsernameForm::Email if user.contains('@') => user.to_owned(),
            UsernameForm::Email => self.email(made).text,
            _ => GIT_API_TOKEN_USERNAME.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_it_was_read() {
        for (raw, expected) in [("am9l", "Ym9i"), ("am9lCg==", "Ym9iCg=="), ("am9lCg", "Ym9iCg")] {
            let decoded = Decoded::read(raw).unwrap();
            assert_eq!(decoded.text, "joe");
            assert_eq!(decoded.write("bob"), expected);
        }
        assert!(Decoded::read("am9l\nCg==").is_err());
        assert!(Decoded::read("joe!").is_err());
    }
}
