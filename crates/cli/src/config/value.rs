//! Values of the config that are checked where they stand, so that an error points at them.

use std::fmt;
use std::str::FromStr;

use bbsweep_scanner_core::Rule;
use bbsweep_scanner_core::settings::PathGlob;
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::args::value as arg;

/// Takes a text that `parse` can read. What it cannot is told with its place, which the parser of
/// TOML would give for the array around it.
fn checked<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    let text = toml::Spanned::<String>::deserialize(deserializer)?;
    let span = text.span();
    parse(text.get_ref())
        .map_err(|error| D::Error::custom(format!("@{}..{}@{error}", span.start, span.end)))
}

/// A text with a form of its own.
#[derive(Clone, Debug)]
pub(crate) struct Text<T>(pub(crate) T);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, str::parse).map(Self)
    }
}

impl<T> JsonSchema for Text<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

/// A name, or several.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum OneOrMore {
    /// The one.
    One(String),
    /// All of them.
    More(Vec<String>),
}

/// Who answers for which paths, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Owners(pub(crate) Vec<(PathGlob, Vec<String>)>);

impl<'de> Deserialize<'de> for Owners {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Owners;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("globs and owners")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Owners, A::Error> {
                let mut rows = Vec::new();
                while let Some((glob, owners)) = map.next_entry::<Text<PathGlob>, OneOrMore>()? {
                    let owners = match owners {
                        OneOrMore::One(owner) => vec![owner],
                        OneOrMore::More(owners) => owners,
                    };
                    rows.push((glob.0, owners));
                }
                Ok(Owners(rows))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Makes a newtype that takes its value from a text, by a function that says what is wrong.
macro_rules! text {
    ($(#[doc = $doc:literal])* $name:ident($inner:ty) = $parse:expr, $schema:expr) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                checked(deserializer, $parse).map(Self)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

text! {
    /// How long a run may take.
    Limit(std::time::Duration) = crate::audit::duration, {
        json_schema!({ "type": "string", "examples": ["45m", "2h 30m"] })
    }
}

text! {
    /// The id of a rule.
    RuleId(Rule) = super::rule, {
        let ids: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        json_schema!({ "type": "string", "enum": ids })
    }
}

text! {
    /// The fingerprint of a finding.
    FindingId(String) = arg::fingerprint, json_schema!({
        "type": "string",
        "pattern": "^[0-9a-f]{32}$",
    })
}

text! {
    /// The name of an environment variable that every shell takes.
    EnvName(String) = arg::variable, json_schema!({
        "type": "string",
        "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
    })
}

text! {
    /// The email of an account.
    MailAddress(arg::Email) = str::parse::<arg::Email>, json_schema!({
        "type": "string",
        "format": "email",
    })
}

text! {
    /// A line as in `.gitignore`.
    Glob(String) = glob, json_schema!({ "type": "string", "minLength": 1 })
}

fn glob(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("expected a glob".into());
    }
    bbsweep_scanner_core::source::check_exclude(text)?;
    Ok(text.to_owned())
}

/// A size in bytes: a number, or a text with a unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size(pub(crate) u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bytes, or a text such as \"10M\"")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Size, E> {
                u64::try_from(number).map(Size).map_err(|_| E::custom("a size is not negative"))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Size, E> {
                Ok(Size(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                arg::size(text).map(Size).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Size {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": "^[0-9]+([KkMmGgTt]([Ii]?[Bb])?|[Bb])?$",
        })
    }
}

/// A TOML date without time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day(pub(crate) Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || D::Error::custom("expected a date without time, such as 2026-07-28");
        let toml::value::Datetime { date: Some(date), time: None, offset: None } =
            toml::value::Datetime::deserialize(deserializer)?
        else {
            return Err(wrong());
        };
        let part = |number: u8| i8::try_from(number).map_err(|_| wrong());
        let year = i16::try_from(date.year).map_err(|_| wrong())?;
        Date::new(year, part(date.month)?, part(date.day)?).map(Self).map_err(|_| wrong())
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}
