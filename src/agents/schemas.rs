//! The schemas of what agents are shown and what they answer, made from the Rust types.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value as Json, json};

/// The schema of a type: every property required, none besides, nothing referred to elsewhere.
pub fn schema<T: JsonSchema>() -> Json {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    close(&mut schema);
    schema
}

/// Narrows the text at a JSON pointer to the given words; `nullable` adds null.
///
/// A schema without that place stays as it is, and the test of each agent's schema would show it.
pub fn narrow(schema: &mut Json, pointer: &str, words: &[String], nullable: bool) {
    if let Some(place) = schema.pointer_mut(pointer) {
        let mut allowed: Vec<Json> = words.iter().map(|word| json!(word)).collect();
        if nullable {
            allowed.push(Json::Null);
        }
        place["enum"] = Json::Array(allowed);
    }
}

/// Forbids further properties wherever an object names its own.
fn close(schema: &mut Json) {
    match schema {
        Json::Object(map) => {
            if map.get("properties").is_some_and(Json::is_object) && map.contains_key("type") {
                map.insert("additionalProperties".to_owned(), Json::Bool(false));
            }
            map.values_mut().for_each(close);
        }
        Json::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::{
        agents::{classify, extract, judge, prepare, score},
        describe,
        llm::strict::strict,
    };

    /// Compares a schema with its file; `UPDATE=1` writes the file anew.
    fn check(agent: &str, file: &str, schema: &Json) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts").join(agent).join(file);
        let now = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
        if std::env::var("UPDATE").is_ok() {
            fs::write(&path, &now).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, now, "prompts/{agent}/{file} is out of date; run the tests with UPDATE=1");
    }

    #[test]
    fn the_schemas_beside_the_prompts_are_those_of_the_code() {
        check("extract", "input.schema.json", &schema::<extract::Shown>());
        check("extract", "output.schema.json", &schema::<extract::Answer>());
        check("classify", "input.schema.json", &schema::<classify::Shown>());
        check("classify", "output.schema.json", &schema::<classify::Answer>());
        check("prepare", "input.schema.json", &schema::<prepare::Shown>());
        check("prepare", "output.schema.json", &schema::<prepare::Answer>());
        check("score", "input.schema.json", &schema::<score::Shown>());
        check("score", "output.schema.json", &schema::<score::Answer>());
        check("judge", "input.schema.json", &schema::<judge::Shown>());
        check("judge", "output.schema.json", &schema::<judge::Answer>());
        check("judge_by_examples", "input.schema.json", &schema::<judge::ShownByExamples>());
        check("judge_by_examples", "output.schema.json", &schema::<judge::AnswerByExamples>());
        check("describe", "input.schema.json", &schema::<describe::DescribeShown>());
        check("describe", "output.schema.json", &schema::<describe::DescribeAnswer>());
        check("change", "input.schema.json", &schema::<describe::ChangeShown>());
        check("change", "output.schema.json", &schema::<describe::ChangeAnswer>());
    }

    #[test]
    fn evidence_is_declared_before_what_follows_from_it_and_every_property_is_required() {
        let order = |schema: &Json, pointer: &str| -> Vec<String> {
            let strict = strict(schema).unwrap();
            let object = strict.pointer(pointer).unwrap();
            let names: Vec<String> = object["properties"].as_object().unwrap().keys().cloned().collect();
            assert_eq!(object["required"], json!(names));
            assert_eq!(schema.pointer(pointer).unwrap()["required"], json!(names), "the original requires all too");
            names
        };
        assert_eq!(order(&schema::<classify::Answer>(), ""), ["quotes", "reason", "label", "alternatives"]);
        assert_eq!(order(&schema::<extract::Answer>(), ""), ["fields", "reason"]);
        assert_eq!(order(&schema::<score::Answer>(), ""), ["quotes", "reason", "mark"]);
        assert_eq!(order(&schema::<judge::Answer>(), ""), ["quotes", "reason", "holds"]);
        let by_examples = order(&schema::<judge::AnswerByExamples>(), "");
        assert_eq!(by_examples, ["quotes", "examples", "reason", "holds"]);
        assert_eq!(order(&schema::<extract::Answer>(), "/properties/fields/items"), ["field", "quote"]);
        assert_eq!(order(&schema::<prepare::Answer>(), "/properties/sentences/items"), ["facts", "text"]);
    }

    #[test]
    fn narrowing_reaches_the_places_that_it_names() {
        let words = ["a".to_owned(), "b".to_owned()];
        for (schema, pointer) in [
            (schema::<classify::Answer>(), classify::LABEL),
            (schema::<classify::Answer>(), classify::ALTERNATIVES),
            (schema::<extract::Answer>(), extract::FIELD),
            (schema::<prepare::Answer>(), prepare::FACTS),
            (schema::<judge::AnswerByExamples>(), judge::CITED),
        ] {
            let mut narrowed = schema.clone();
            narrow(&mut narrowed, pointer, &words, true);
            assert_eq!(narrowed.pointer(pointer).unwrap()["enum"], json!(["a", "b", null]), "{pointer}");
        }
    }
}
