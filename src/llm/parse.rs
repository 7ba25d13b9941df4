//! From an answer's text to JSON that fits a schema.
//!
//! An answer is read strictly first. Failing that, one object is looked for inside fences or prose, and what
//! had to be forgiven is recorded. Nothing is filled in, closed or guessed: an answer that was cut off has no
//! balanced object, and an answer with two objects leaves open which is meant.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A longer answer is not read.
pub const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// At most this many faults of one answer are told.
pub const MAX_FAULTS: usize = 20;
/// A fault is cut after so many characters, since it may repeat what a model wrote.
const MAX_FAULT_CHARS: usize = 200;

/// An answer as JSON, and what had to be forgiven to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The JSON.
    pub value: Json,
    /// What was forgiven; empty for a clean answer.
    pub coercions: Vec<Coercion>,
}

/// Something that was forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coercion {
    /// It stood in a fence of backticks.
    Fence,
    /// Words stood before it.
    WordsBefore,
    /// Words stood after it.
    WordsAfter,
}

/// Why an answer is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJson {
    /// Nothing came.
    #[error("the answer is empty")]
    Empty,
    /// It is too long.
    #[error("the answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    /// There is no object in it.
    #[error("the answer is prose without a JSON object")]
    Prose,
    /// An object begins and does not end.
    #[error("the answer breaks off inside its JSON object")]
    BrokenOff,
    /// Its object is not JSON.
    #[error("the answer's object is not valid JSON")]
    Invalid,
    /// There are several objects.
    #[error("the answer holds more than one JSON object, so it is open which is meant")]
    Several,
}

/// Reads an answer.
///
/// # Errors
/// [`NotJson`], which says what is wrong with it.
pub fn parse(text: &str) -> Result<Parsed, NotJson> {
    if text.len() > MAX_ANSWER_BYTES {
        return Err(NotJson::TooLong);
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(NotJson::Empty);
    }
    if let Ok(value) = serde_json::from_str::<Json>(text) {
        return Ok(Parsed { value, coercions: Vec::new() });
    }
    let start = text.find('{').ok_or(NotJson::Prose)?;
    let end = start + balanced(&text[start..]).ok_or(NotJson::BrokenOff)?;
    let value = serde_json::from_str(&text[start..end]).map_err(|_| NotJson::Invalid)?;
    let (before, after) = (text[..start].trim(), text[end..].trim());
    if after.contains('{') {
        return Err(NotJson::Several);
    }
    let fenced = before.ends_with("```") || before.ends_with("```json");
    let words_before = before.trim_end_matches("json").trim_end_matches('`').trim();
    let words_after = after.trim_start_matches('`').trim();
    let coercions = [
        (fenced, Coercion::Fence),
        (!words_before.is_empty(), Coercion::WordsBefore),
        (!words_after.is_empty(), Coercion::WordsAfter),
    ];
    let coercions = coercions.into_iter().filter_map(|(happened, what)| happened.then_some(what)).collect();
    Ok(Parsed { value, coercions })
}

/// The length of the balanced object that a text begins with, braces inside strings left out.
fn balanced(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Where a value breaks a schema: path and message; empty when it fits.
///
/// A schema that is itself broken is a fault of its own, so that nothing passes unchecked.
#[must_use]
pub fn faults(schema: &Json, value: &Json) -> Vec<String> {
    let validator = match jsonschema::validator_for(schema) {
        Ok(validator) => validator,
        Err(_) => {
            return vec!["the schema of this agent is not valid, so no answer can be checked".to_owned()];
        }
    };
    validator
        .iter_errors(value)
        .take(MAX_FAULTS)
        .map(|error| {
            let path = error.instance_path().to_string();
            let place = if path.is_empty() { "at the top".to_owned() } else { format!("at {path}") };
            format!("{place}: {error}").chars().take(MAX_FAULT_CHARS).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, expected: Result<&[Coercion], NotJson>) {
        let found = parse(text);
        let found = found.as_ref().map(|parsed| parsed.coercions.as_slice()).map_err(|fault| *fault);
        assert_eq!(found, expected, "for {text:?}");
    }

    #[test]
    fn answers_are_read_and_what_was_forgiven_is_told() {
        check(r#"{"a":1}"#, Ok(&[]));
        check("\u{feff} {\"a\":1}\n", Ok(&[]));
        check("```json\n{\"a\":1}\n```", Ok(&[Coercion::Fence]));
        check("```\n{\"a\":1}\n```", Ok(&[Coercion::Fence]));
        check("Here you are: {\"a\":\"}\\\"{\"}", Ok(&[Coercion::WordsBefore]));
        check(
            "Sure.\n```json\n{\"a\":1}\n```\nAnything else?",
            Ok(&[Coercion::Fence, Coercion::WordsBefore, Coercion::WordsAfter]),
        );
        check("", Err(NotJson::Empty));
        check("I cannot tell.", Err(NotJson::Prose));
        check("{\"a\": \"b", Err(NotJson::BrokenOff));
        check("so {a: 1}", Err(NotJson::Invalid));
        check("{\"a\":1} or {\"a\":2}", Err(NotJson::Several));
        check(&"x".repeat(MAX_ANSWER_BYTES + 1), Err(NotJson::TooLong));
    }

    #[test]
    fn faults_name_the_path() {
        let schema = json!({"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": ["a"],
            "additionalProperties": false});
        assert!(faults(&schema, &json!({"a": "x"})).is_empty());
        assert!(faults(&schema, &json!({"a": "y"}))[0].starts_with("at /a: "));
        assert!(faults(&schema, &json!({}))[0].starts_with("at the top: "));
        assert_eq!(faults(&schema, &json!({"a": "x", "b": 1})).len(), 1);
        assert_eq!(faults(&json!({"type": 7}), &json!({})).len(), 1);
    }
}
