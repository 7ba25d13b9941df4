//! How probable a model held what it answered, where its server tells the probability of each piece of its text.

use std::ops::Range;

use serde_json::Value as Json;

/// How probable the value of one property of an answer was, in parts per thousand: the product of the probabilities of
/// the pieces that it is written with. `pieces` is `choices[0].logprobs.content` of a chat completion.
///
/// `None` where the pieces are not the text, or the property does not stand in its outermost object.
pub(super) fn of(property: &str, text: &str, pieces: &Json) -> Option<u32> {
    let place = place(property, text)?;
    let (mut at, mut sum) = (0, 0.0);
    for piece in pieces.as_array()? {
        let token = piece["token"].as_str()?;
        if !text.get(at..)?.starts_with(token) {
            return None;
        }
        let end = at + token.len();
        if at < place.end && place.start < end {
            // A probability is at most one, whatever a server rounds it to.
            sum += piece["logprob"].as_f64().filter(|number| number.is_finite())?.min(0.0);
        }
        at = end;
    }
    (at == text.len()).then(|| (sum.exp() * 1_000.0).round() as u32)
}

/// Where the value of a property stands that belongs to the first object of a text.
fn place(property: &str, text: &str) -> Option<Range<usize>> {
    let (mut depth, mut begun, mut escaped) = (0_usize, None, false);
    let (mut name, mut value): (Option<&str>, Option<usize>) = (None, None);
    for (at, letter) in text.char_indices() {
        if let Some(from) = begun {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    begun = None;
                    if depth == 1 && value.is_none() {
                        name = text.get(from + 1..at);
                    }
                }
                _ => {}
            }
            continue;
        }
        match letter {
            // Words may stand before the object.
            '"' if depth > 0 => begun = Some(at),
            '{' | '[' if depth > 0 || letter == '{' => depth += 1,
            ':' if depth == 1 && value.is_none() => value = Some(at + 1),
            ',' | '}' if depth == 1 => {
                if name == Some(property)
                    && let Some(from) = value
                {
                    let blank = text[from..at].len() - text[from..at].trim_start().len();
                    return Some(from + blank..from + text[from..at].trim_end().len());
                }
                if letter == '}' {
                    return None;
                }
                (name, value) = (None, None);
            }
            '}' | ']' if depth > 0 => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The probability of `label` in an answer that comes in these pieces, each with its probability in parts per
    /// thousand.
    fn check(pieces: &[(&str, u32)], expected: Option<u32>) {
        let text: String = pieces.iter().map(|(piece, _)| *piece).collect();
        let told: Vec<Json> = pieces
            .iter()
            .map(|(piece, share)| json!({"token": piece, "logprob": (f64::from(*share) / 1_000.0).ln()}))
            .collect();
        assert_eq!(of("label", &text, &json!(told)), expected, "{text}");
    }

    #[test]
    fn only_the_pieces_of_the_value_count() {
        check(&[("{\"a\":[\"label\"", 100), (",{}],\"label\": \"", 1_000), ("tra", 500), ("vel\"}", 800)], Some(400));
        check(&[("{\"label\":", 300), ("null", 900), ("}", 100)], Some(900));
        check(&[("{\"label\"", 300), (" : ", 300), ("true", 700), (" , \"b\":1}", 100)], Some(700));
        check(&[("Here: ", 100), ("{\"label\":", 100), ("7", 250), ("}", 100)], Some(250));
        check(&[("{\"b\":\"\\\"label\\\":1\",\"label\":", 100), ("2", 600), ("}", 100)], Some(600));
    }

    #[test]
    fn what_cannot_be_told_is_not() {
        check(&[("{\"other\":", 900), ("1", 900), ("}", 900)], None);
        check(&[("{\"in\":{\"label\":", 900), ("1", 900), ("}}", 900)], None);
        check(&[("no object", 900)], None);
        let told = json!([{"token": "{\"label\":1", "logprob": -0.1}]);
        assert_eq!(of("label", "{\"label\":1}", &told), None, "a piece is missing");
        assert_eq!(of("label", "{\"label\":1}", &Json::Null), None, "the server told nothing");
        let odd = json!([{"token": "{\"label\":1}", "logprob": "x"}]);
        assert_eq!(of("label", "{\"label\":1}", &odd), None);
    }
}
