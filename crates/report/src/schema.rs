//! The JSON Schema (draft 2020-12) of the documents, made from the model's types. The committed
//! copies in `schema/` are compared with it by a test.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::{APPLICABILITIES, Record, Report, SEVERITIES, STATES};

/// The schema of a `json` document.
pub fn report() -> Value {
    root::<Report>("report", "A report of bbsweep")
}

/// The schema of one line of a `jsonl` document.
pub fn record() -> Value {
    root::<Record<'static>>("record", "One record of a bbsweep report in JSON Lines")
}

fn root<T: JsonSchema>(name: &str, title: &str) -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    schema
        .insert("$id".into(), json!(format!("urn:bbsweep:schema:{name}:{}", crate::model::SCHEMA)));
    schema.insert("title".into(), json!(title));
    schema.to_value()
}

pub(crate) fn by_state(_: &mut SchemaGenerator) -> Schema {
    counts(&STATES)
}

pub(crate) fn by_severity(_: &mut SchemaGenerator) -> Schema {
    counts(&SEVERITIES)
}

pub(crate) fn by_applicability(_: &mut SchemaGenerator) -> Schema {
    counts(&APPLICABILITIES)
}

/// An object with a count for each of `rows`, none missing.
fn counts<T: Serialize>(rows: &[T]) -> Schema {
    let names: Vec<String> = rows.iter().map(wire_name).collect();
    let properties: Map<String, Value> = names
        .iter()
        .map(|name| (name.clone(), json!({ "type": "integer", "minimum": 0 })))
        .collect();
    json_schema!({
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": { "type": "integer", "minimum": 0 },
    })
}

/// The name that a variant without data has on the wire.
pub(crate) fn wire_name<T: Serialize>(variant: &T) -> String {
    match serde_json::to_value(variant) {
        Ok(Value::String(name)) => name,
        other => unreachable!("a variant without data is a string: {other:?}"),
    }
}
