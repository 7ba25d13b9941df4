//! The copy of a schema that goes on the wire.
//!
//! Servers that hold a model to a schema accept a subset of JSON Schema, the "strict" profile: every property
//! required, no further ones, `anyOf` alone for alternatives, and no bounds. The answer is still validated
//! against the original. Properties keep their declared order, since a model writes them in that order: what
//! it should find first (the quote) is declared before what follows from it (the label).

use serde_json::{Map, Value as Json, json};

/// Schemas nest at most this deep in the strict profile.
pub const MAX_DEPTH: usize = 10;
/// A schema has at most this many properties in the strict profile.
pub const MAX_PROPERTIES: usize = 5_000;
/// A schema lists at most this many words in the strict profile.
pub const MAX_ENUM_VALUES: usize = 1_000;

/// Bounds and remarks that the strict profile does not know; the original schema still checks them.
const DROPPED: &[&str] = &[
    "$schema",
    "$id",
    "$comment",
    "title",
    "format",
    "pattern",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "unevaluatedProperties",
];
/// Keywords whose meaning would be lost, so that a schema with one is refused.
const REFUSED: &[&str] = &[
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "propertyNames",
    "dependentSchemas",
    "dependentRequired",
    "prefixItems",
    "contains",
    "unevaluatedItems",
];

/// Why a schema has no strict copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStrict {
    /// A map, whose keys the profile cannot name.
    #[error("the schema has a map at {at}; use a list of entries with a name each")]
    Map {
        /// Where.
        at: String,
    },
    /// A place that allows anything.
    #[error("the schema allows anything at {at}; say what it may be")]
    Anything {
        /// Where.
        at: String,
    },
    /// A keyword without a counterpart.
    #[error("the schema uses {keyword} at {at}, which model servers do not know; write it another way")]
    Keyword {
        /// The keyword.
        keyword: String,
        /// Where.
        at: String,
    },
    /// The outermost schema is not a plain object.
    #[error("the outermost schema must be an object with properties; put the alternatives into a property")]
    Root,
    /// Too large for the profile.
    #[error("the schema has more than {limit} {what}; split the question")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
}

/// The strict copy of a schema.
///
/// # Errors
/// [`NotStrict`] when the copy would lose meaning.
pub fn strict(schema: &Json) -> Result<Json, NotStrict> {
    let mut counts = Counts::default();
    let copy = convert(schema, "the root", 0, &mut counts)?;
    if copy["type"] != "object" || copy.get("anyOf").is_some() { Err(NotStrict::Root) } else { Ok(copy) }
}

#[derive(Default)]
struct Counts {
    properties: usize,
    values: usize,
}

fn convert(schema: &Json, at: &str, depth: usize, counts: &mut Counts) -> Result<Json, NotStrict> {
    if depth > MAX_DEPTH {
        return Err(NotStrict::TooLarge { what: "levels", limit: MAX_DEPTH });
    }
    let Some(source) = schema.as_object().filter(|source| !source.is_empty()) else {
        return Err(NotStrict::Anything { at: at.to_owned() });
    };
    if let Some(reference) = source.get("$ref") {
        return with_definitions(json!({"$ref": reference}), source, at, counts);
    }
    if let Some(keyword) = REFUSED.iter().find(|keyword| source.contains_key(**keyword)) {
        return Err(NotStrict::Keyword { keyword: (*keyword).to_owned(), at: at.to_owned() });
    }
    let mut copy = Map::new();
    for (keyword, value) in source {
        match keyword.as_str() {
            dropped if DROPPED.contains(&dropped) => {}
            "const" => {
                copy.insert("enum".to_owned(), json!([value]));
            }
            "oneOf" | "anyOf" => {
                copy.insert("anyOf".to_owned(), each(value, &format!("{at}/anyOf"), depth, counts)?);
            }
            "allOf" => merge_only(value, &mut copy, at, depth, counts)?,
            "items" => {
                copy.insert("items".to_owned(), convert(value, &format!("{at}/items"), depth + 1, counts)?);
            }
            // These are written together, below.
            "properties" | "required" | "additionalProperties" | "$defs" | "definitions" => {}
            _ => {
                copy.insert(keyword.clone(), value.clone());
            }
        }
    }
    counts.values += copy.get("enum").and_then(Json::as_array).map_or(0, Vec::len);
    if counts.values > MAX_ENUM_VALUES {
        return Err(NotStrict::TooLarge { what: "words in lists", limit: MAX_ENUM_VALUES });
    }
    if allows(source, "object") || source.contains_key("properties") {
        object(source, &mut copy, at, depth, counts)?;
    }
    if !["type", "enum", "anyOf"].iter().any(|keyword| copy.contains_key(*keyword)) {
        return Err(NotStrict::Anything { at: at.to_owned() });
    }
    with_definitions(Json::Object(copy), source, at, counts)
}

/// Writes the parts of an object: every property required, none besides.
fn object(
    source: &Map<String, Json>,
    copy: &mut Map<String, Json>,
    at: &str,
    depth: usize,
    counts: &mut Counts,
) -> Result<(), NotStrict> {
    let open = source.get("additionalProperties").is_some_and(|more| *more != Json::Bool(false));
    let properties = source.get("properties").and_then(Json::as_object).filter(|properties| !properties.is_empty());
    let (Some(properties), false) = (properties, open) else {
        return Err(NotStrict::Map { at: at.to_owned() });
    };
    counts.properties += properties.len();
    if counts.properties > MAX_PROPERTIES {
        return Err(NotStrict::TooLarge { what: "properties", limit: MAX_PROPERTIES });
    }
    let required = source.get("required").and_then(Json::as_array);
    let mut converted = Map::new();
    for (name, property) in properties {
        let strict = convert(property, &format!("{at}/{name}"), depth + 1, counts)?;
        let stated = required.is_some_and(|required| required.iter().any(|stated| stated == name));
        converted.insert(name.clone(), if stated { strict } else { nullable(strict) });
    }
    copy.insert("required".to_owned(), converted.keys().cloned().collect());
    copy.insert("properties".to_owned(), Json::Object(converted));
    copy.insert("additionalProperties".to_owned(), Json::Bool(false));
    Ok(())
}

/// A list of alternatives, each converted.
fn each(list: &Json, at: &str, depth: usize, counts: &mut Counts) -> Result<Json, NotStrict> {
    let alternatives = list.as_array().map(Vec::as_slice).unwrap_or_default();
    alternatives.iter().map(|one| convert(one, at, depth + 1, counts)).collect()
}

/// Takes over the one member of an `allOf`; several have no counterpart.
fn merge_only(
    list: &Json,
    copy: &mut Map<String, Json>,
    at: &str,
    depth: usize,
    counts: &mut Counts,
) -> Result<(), NotStrict> {
    match list.as_array().map(Vec::as_slice) {
        Some([only]) => {
            if let Json::Object(inner) = convert(only, at, depth, counts)? {
                copy.extend(inner);
            }
            Ok(())
        }
        _ => Err(NotStrict::Keyword { keyword: "allOf".to_owned(), at: at.to_owned() }),
    }
}

/// Adds the converted definitions that references point to.
fn with_definitions(
    mut copy: Json,
    source: &Map<String, Json>,
    at: &str,
    counts: &mut Counts,
) -> Result<Json, NotStrict> {
    for keyword in ["$defs", "definitions"] {
        let Some(definitions) = source.get(keyword).and_then(Json::as_object) else {
            continue;
        };
        let mut converted = Map::new();
        for (name, definition) in definitions {
            converted.insert(name.clone(), convert(definition, &format!("{at}/{keyword}/{name}"), 0, counts)?);
        }
        copy[keyword] = Json::Object(converted);
    }
    Ok(copy)
}

/// The same schema, or nothing: an optional property is a required one that may be null.
fn nullable(mut schema: Json) -> Json {
    if schema.get("anyOf").is_none() && schema.get("$ref").is_none() {
        if let Some(words) = schema.get_mut("enum").and_then(Json::as_array_mut)
            && !words.contains(&Json::Null)
        {
            words.push(Json::Null);
        }
        match schema.get_mut("type") {
            Some(Json::String(name)) if name != "null" => {
                let name = name.clone();
                schema["type"] = json!([name, "null"]);
            }
            Some(Json::Array(names)) if !names.contains(&json!("null")) => names.push(json!("null")),
            _ => {}
        }
        return schema;
    }
    let allows_null = |one: &Json| one.as_object().is_some_and(|one| allows(one, "null"));
    match schema.get_mut("anyOf").and_then(Json::as_array_mut) {
        Some(alternatives) if alternatives.iter().any(allows_null) => schema,
        Some(alternatives) => {
            alternatives.push(json!({"type": "null"}));
            schema
        }
        None => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

fn allows(schema: &Map<String, Json>, kind: &str) -> bool {
    match schema.get("type") {
        Some(Json::String(name)) => name == kind,
        Some(Json::Array(names)) => names.iter().any(|name| name == kind),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The strict copy of a property `a` of this schema.
    fn check(property: &Json, expected: &Json) {
        let schema = json!({"type": "object", "properties": {"a": property}, "required": ["a"]});
        let copy = strict(&schema).unwrap();
        assert_eq!(&copy["properties"]["a"], expected, "for {property}");
    }

    #[test]
    fn each_rule_of_the_profile() {
        check(&json!({"type": "string", "format": "date", "minLength": 1, "title": "A"}), &json!({"type": "string"}));
        check(&json!({"type": "integer", "minimum": 0, "maximum": 9}), &json!({"type": "integer"}));
        check(&json!({"type": "string", "description": "kept"}), &json!({"type": "string", "description": "kept"}));
        check(&json!({"type": "string", "const": "x"}), &json!({"type": "string", "enum": ["x"]}));
        check(
            &json!({"oneOf": [{"type": "string"}, {"type": "null"}]}),
            &json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        );
        check(&json!({"allOf": [{"type": "string", "pattern": "x"}]}), &json!({"type": "string"}));
        check(
            &json!({"type": "array", "items": {"const": 1}, "maxItems": 3}),
            &json!({
                "type": "array", "items": {"enum": [1]}
            }),
        );
        check(
            &json!({"$ref": "#/$defs/x", "description": "dropped beside a reference"}),
            &json!({"$ref": "#/$defs/x"}),
        );
    }

    #[test]
    fn an_optional_property_is_required_and_nullable() {
        let schema = json!({"type": "object", "properties": {
            "word": {"type": "string", "enum": ["x"]},
            "many": {"type": ["string", "integer"]},
            "other": {"$ref": "#/$defs/o"},
            "either": {"anyOf": [{"type": "string"}]},
        }, "$defs": {"o": {"type": "string"}}});
        let copy = strict(&schema).unwrap();
        assert_eq!(copy["required"], json!(["word", "many", "other", "either"]));
        assert_eq!(copy["properties"]["word"], json!({"type": ["string", "null"], "enum": ["x", null]}));
        assert_eq!(copy["properties"]["many"], json!({"type": ["string", "integer", "null"]}));
        assert_eq!(copy["properties"]["other"], json!({"anyOf": [{"$ref": "#/$defs/o"}, {"type": "null"}]}));
        assert_eq!(copy["properties"]["either"], json!({"anyOf": [{"type": "string"}, {"type": "null"}]}));
    }

    #[test]
    fn order_is_kept_and_objects_are_closed_at_every_level() {
        let schema = json!({"$schema": "x", "type": "object", "properties": {
            "zebra": {"$ref": "#/$defs/inner"}, "ant": {"type": "string"},
        }, "$defs": {"inner": {"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "string"}}}}});
        let copy = strict(&schema).unwrap();
        assert_eq!(copy["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), ["zebra", "ant"]);
        assert_eq!(copy["additionalProperties"], false);
        assert_eq!(copy["$defs"]["inner"]["additionalProperties"], false);
        assert_eq!(copy["$defs"]["inner"]["required"], json!(["z", "a"]));
        assert!(copy.get("$schema").is_none());
    }

    #[test]
    fn what_would_lose_meaning_is_refused() {
        let refused =
            |property: Json| strict(&json!({"type": "object", "properties": {"a": property}})).unwrap_err().to_string();
        for map in [json!({"type": "object", "additionalProperties": {"type": "string"}}), json!({"type": "object"})] {
            assert!(refused(map).contains("map at the root/a"));
        }
        let open = json!({"type": "object", "properties": {"x": {"type": "string"}}, "additionalProperties": true});
        assert!(refused(open).contains("map"));
        assert!(refused(json!({"not": {"type": "string"}})).contains("uses not"));
        assert!(refused(json!({"allOf": [{"type": "string"}, {"type": "string"}]})).contains("uses allOf"));
        assert!(refused(json!({"type": "array", "prefixItems": []})).contains("prefixItems"));
        assert!(refused(json!(true)).contains("anything"));
        assert!(refused(json!({"description": "no type"})).contains("anything"));
        assert_eq!(strict(&json!({"anyOf": [{"type": "string"}]})), Err(NotStrict::Root));
        let words: Vec<String> = (0..=MAX_ENUM_VALUES).map(|word| word.to_string()).collect();
        assert!(refused(json!({"enum": words})).contains("words in lists"));
        let deep = (0..=MAX_DEPTH).fold(json!({"type": "string"}), |inner, _| json!({"type": "array", "items": inner}));
        assert!(refused(deep).contains("levels"));
    }
}
