//! From an answer's text to JSON that fits a schema.
//!
//! An answer is read strictly first. Failing that, one object is looked for inside fences or prose, and what
//! had to be forgiven is recorded. Nothing is filled in, closed or guessed: an answer that was cut off has no
//! balanced object, an answer with two objects leaves open which is meant, and so does a name that is given twice,
//! which readers of JSON take differently (RFC 8259, section 4).

use std::fmt;

use jsonschema::error::ValidationErrorKind;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value as Json};

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

/// What is left of a score after something was forgiven, in parts per thousand: each thing takes a tenth of it.
const LEFT: u32 = 900;

/// How sure one may be of an answer in which this was forgiven: a tenth less for each thing, rounded down.
///
/// Whoever does not keep to the form that was asked for may not have kept to the question either. How much that is
/// worth is for a certificate to measure: what people decide is held against the lowered score, which is the one that
/// a threshold is compared with.
#[must_use]
pub fn lowered(score: u32, forgiven: &[Coercion]) -> u32 {
    forgiven.iter().fold(score, |score, _| u32::try_from(u64::from(score) * u64::from(LEFT) / 1_000).unwrap_or(score))
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
    /// Its object gives a name twice.
    #[error("the answer's object gives a name twice, so it is open which value is meant")]
    Twice,
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
    match strictly(text) {
        Ok(value) => return Ok(Parsed { value, coercions: Vec::new() }),
        Err(NotJson::Twice) => return Err(NotJson::Twice),
        Err(_) => {}
    }
    let start = text.find('{').ok_or(NotJson::Prose)?;
    let end = start + balanced(&text[start..]).ok_or(NotJson::BrokenOff)?;
    let value = strictly(&text[start..end])?;
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

/// The JSON that a text is.
fn strictly(text: &str) -> Result<Json, NotJson> {
    let read: Result<Once, serde_json::Error> = serde_json::from_str(text);
    match read {
        Ok(Once(value)) => Ok(value),
        // Only a name that is given twice is refused by what reads here, and not by the form of JSON.
        Err(error) if error.is_data() => Err(NotJson::Twice),
        Err(_) => Err(NotJson::Invalid),
    }
}

/// JSON in which every object gives a name once.
struct Once(Json);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut all = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Json::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut all = Map::new();
        while let Some((name, Once(value))) = entries.next_entry::<String, Once>()? {
            if all.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is given twice"));
            }
        }
        Ok(Json::Object(all))
    }
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
/// A schema that is itself broken is a fault of its own, so that nothing passes unchecked. A fault repeats nothing that
/// a model wrote: people read it, too.
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
            let what = match error.kind() {
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    let count = unexpected.len();
                    if count == 1 {
                        "a property that nobody asked for".to_owned()
                    } else {
                        format!("{count} properties that nobody asked for")
                    }
                }
                _ => error.masked_with("the value").to_string(),
            };
            format!("{place}: {what}").chars().take(MAX_FAULT_CHARS).collect()
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
    fn what_is_forgiven_takes_a_tenth_each() {
        use Coercion::{Fence, WordsAfter, WordsBefore};
        for (score, forgiven, left) in [
            (1_000, &[][..], 1_000),
            (1_000, &[Fence][..], 900),
            (1_000, &[Fence, WordsBefore, WordsAfter][..], 729),
            (755, &[WordsAfter][..], 679),
            (1, &[Fence][..], 0),
            (0, &[Fence][..], 0),
            (u32::MAX, &[Fence][..], 3_865_470_565),
        ] {
            assert_eq!(lowered(score, forgiven), left, "{score} {forgiven:?}");
        }
    }

    /// Odd JSON that is what it says.
    const READ: &[&str] = &[
        "{}",
        "[]",
        "null",
        "true",
        "0",
        "-0",
        "\"a\"",
        "[1,[2,[3]]]",
        "{\"a\":{\"a\":{\"a\":1}}}",
        " \t\r\n{ } \n",
        "{\"\":1}",
        "{\"a b\":1}",
        "{\"A\":1,\"a\":2}",
        "{\"é\":1,\"e\u{301}\":2}",
        "1e2",
        "1E+2",
        "1.5e-3",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "0.1000000000000000055511151231257827",
        "\"\\u0041\\n\\t\\/\\\\\\\"\"",
        "\"\\ud83d\\ude00\"",
        "\"😀\"",
        "\"\\u0000\"",
        "\"\u{202e}\"",
        "\"\u{7f}\"",
        "\"\u{2028}\"",
        "{\"a\":\"}{\"}",
        "{\"a\":\"```\"}",
        "\u{feff}{}",
        "\u{feff}\u{feff}[]",
    ];

    /// What is no JSON, and nothing is made of it.
    const INVALID: &[&str] = &[
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{,}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":5.}",
        "{\"a\":1e}",
        "{\"a\":0x1f}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-}",
        "{\"a\":1e400}",
        "{\"a\":-1e400}",
        "{\"a\":True}",
        "{\"a\":None}",
        "{\"a\":undefined}",
        "{\"a\":nul}",
        "{\"a\":\"\\x41\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\\ud800\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\0\"}",
        "{/* no */\"a\":1}",
        "{\"a\":1 // no\n}",
        "{1:2}",
        "{null:1}",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}]}",
        "{[1]}",
    ];

    fn deep(depth: usize) -> String {
        format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth))
    }

    /// Odd JSON, as models and servers write it.
    #[test]
    fn odd_json_is_read_as_it_stands_or_not_at_all() {
        READ.iter().for_each(|text| check(text, Ok(&[])));
        INVALID.iter().for_each(|text| check(text, Err(NotJson::Invalid)));
        check(&deep(100), Ok(&[]));
        check(&format!("[{}]", vec!["1"; 50_000].join(",")), Ok(&[]));
        check(&format!("{{\"a\":{}}}", "9".repeat(10_000)), Err(NotJson::Invalid));
        check(&deep(100_000), Err(NotJson::Invalid));
        check(&"[".repeat(100_000), Err(NotJson::Prose));
        check(&"{\"a\":".repeat(30_000), Err(NotJson::BrokenOff));
        for text in
            ["[1,2", "1,2", "\"a", "truth", "--", "\u{0}", "a\u{feff}b", "\u{fffd}\u{fffd}", "]", "\\u007b\\u007d"]
        {
            check(text, Err(NotJson::Prose));
        }
        for text in ["", " ", "\n\t", "\u{feff}", "\u{feff} \n"] {
            check(text, Err(NotJson::Empty));
        }
        for text in ["{", "{\"a\":\"}", "{{}", "{\"a\":\"\\\"}", "```json\n{\"a\":1"] {
            check(text, Err(NotJson::BrokenOff));
        }
        // Two readers would take it differently.
        for text in
            ["{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "[{\"b\":{\"a\":1,\"a\":1}}]", "so {\"a\":1,\"a\":2}"]
        {
            check(text, Err(NotJson::Twice));
        }
        for text in ["{}{}", "{}\n{}", "data: {}\n\ndata: {}", "{\"a\":1} {", "} {} {"] {
            check(text, Err(NotJson::Several));
        }
        check("data: {}", Ok(&[Coercion::WordsBefore]));
        check("{} []", Ok(&[Coercion::WordsAfter]));
        check("\u{1b}[31m{}\u{1b}[0m", Ok(&[Coercion::WordsBefore, Coercion::WordsAfter]));
    }

    #[test]
    fn faults_repeat_nothing_that_a_model_wrote() {
        let schema = json!({"type": "object", "properties": {"a": {"enum": ["x"]}, "n": {"type": "integer"}},
            "required": ["a", "n"], "additionalProperties": false});
        let poison = "pay at https://pay.attacker.example";
        for value in
            [json!({"a": poison, "n": 1}), json!({"a": "x", "n": poison}), json!({"a": "x", "n": 1, poison: 1})]
        {
            let faults = faults(&schema, &value);
            assert!(faults.len() == 1 && !faults[0].contains("attacker"), "{faults:?}");
        }
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
