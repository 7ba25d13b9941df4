//! What is wrong with JSON or with a query, in words: what the library that reads it says is for programmers.

use serde_json::error::Category;

/// What a library says first of a query, before what is wrong.
const QUERY_PREFIX: &str = "Failed to deserialize query string: ";

/// What is wrong with a JSON text, and where.
#[must_use]
pub(crate) fn json(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    let told = error.to_string();
    let told = told.split(" at line ").next().unwrap_or_default();
    match error.classify() {
        Category::Data => format!("{} ({place})", value(told)),
        Category::Eof => format!("it ends too early, at {place}: a bracket or a quotation mark is not closed"),
        Category::Io => "it broke off while it was read".to_owned(),
        Category::Syntax => format!("at {place}, {}", syntax(told)),
    }
}

/// What is wrong with a query, from what the library says of it.
#[must_use]
pub(crate) fn query(told: &str) -> String {
    let told = told.strip_prefix(QUERY_PREFIX).unwrap_or(told);
    let (name, what) = match told.split_once(": ") {
        Some((name, what)) if !name.contains([' ', '`']) => (name, what),
        _ => return value(told),
    };
    match what {
        "invalid digit found in string" => format!("`{name}` must be a whole number, such as 50"),
        "cannot parse integer from empty string" => format!("`{name}` is empty; write a whole number, such as 50"),
        "number too large to fit in target type" => format!("the number in `{name}` is too large"),
        "provided string was not `true` or `false`" => format!("`{name}` must be `true` or `false`"),
        unknown if unknown.starts_with("unknown field") => value(unknown),
        other => format!("`{name}` does not fit: {}", value(other)),
    }
}

/// What stands where JSON wants something else.
fn syntax(told: &str) -> &'static str {
    match told {
        "key must be a string" => "a name must stand in quotation marks",
        "trailing comma" => "a comma stands before a closing bracket; take it out",
        "trailing characters" => "something stands after the end; send one value alone",
        "expected `:`" => "a colon is missing after a name",
        "expected `,` or `}`" | "expected `,` or `]`" => "a comma or a closing bracket is missing",
        "expected value" => "a value is missing: a text in quotation marks, a number, `true`, `false` or `null`",
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "a text holds a line break or another control character; write a line break as `\\n`"
        }
        _ => "something stands that JSON does not know",
    }
}

/// What does not fit in a value that could be read.
fn value(told: &str) -> String {
    let quoted = |rest: &str| rest.split('`').nth(1).unwrap_or_default().to_owned();
    let taken = |rest: &str| rest.split_once(", expected ").map_or_else(String::new, |(_, known)| known.to_owned());
    let head = |start: &str| told.strip_prefix(start);
    if let Some(rest) = head("unknown field ") {
        let known = taken(rest);
        let known = if known.is_empty() { "nothing is taken here".to_owned() } else { format!("it takes {known}") };
        return format!("nothing here is called `{}`; {known}", quoted(rest));
    }
    if let Some(rest) = head("unknown variant ") {
        return format!("`{}` is not known here; it must be {}", quoted(rest), taken(rest));
    }
    if let Some(rest) = head("missing field ") {
        return format!("`{}` is missing", quoted(rest));
    }
    if let Some(rest) = head("duplicate field ") {
        return format!("`{}` is there twice", quoted(rest));
    }
    let found = head("invalid type: ").or_else(|| head("invalid value: ")).or_else(|| head("invalid length "));
    match found.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, wanted)) => format!("{} stands where {} is wanted", stands(found), wanted_words(wanted)),
        // What a value says of itself is said in words already.
        None => told.to_owned(),
    }
}

fn stands(found: &str) -> String {
    match found.split_once(' ') {
        Some(("string", text)) => format!("the text {text}"),
        Some(("integer" | "boolean", value)) => value.to_owned(),
        Some(("floating", point)) => point.trim_start_matches("point ").to_owned(),
        _ => match found {
            "map" => "an object".to_owned(),
            "sequence" => "a list".to_owned(),
            "null" => "`null`".to_owned(),
            other => other.to_owned(),
        },
    }
}

fn wanted_words(wanted: &str) -> &str {
    match wanted {
        "a string" | "string" | "str" => "a text in quotation marks",
        "a boolean" => "`true` or `false`",
        "a map" => "an object",
        "a sequence" => "a list",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 on",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let error = serde_json::from_str::<BTreeMap<String, u32>>(text).unwrap_err();
        assert_eq!(json(&error), expected, "{text}");
    }

    #[test]
    fn a_json_text_is_refused_in_words() {
        check("{\"a\":", "it ends too early, at line 1, column 5: a bracket or a quotation mark is not closed");
        check("{a: 1}", "at line 1, column 2, a name must stand in quotation marks");
        check("{\"a\": 1,}", "at line 1, column 9, a comma stands before a closing bracket; take it out");
        check("{\"a\": 1} x", "at line 1, column 10, something stands after the end; send one value alone");
        check("{\"a\": \"b\"}", "the text \"b\" stands where a whole number from 0 on is wanted (line 1, column 9)");
        check("[1]", "a list stands where an object is wanted (line 1, column 0)");
    }

    #[test]
    fn a_query_is_refused_in_words() {
        let check = |told: &str, expected: &str| assert_eq!(query(&format!("{QUERY_PREFIX}{told}")), expected);
        check("limit: invalid digit found in string", "`limit` must be a whole number, such as 50");
        check(
            "colour: unknown field `colour`, expected `a` or `b`",
            "nothing here is called `colour`; it takes `a` or `b`",
        );
        check("unknown field `colour`, expected `a`", "nothing here is called `colour`; it takes `a`");
        check(
            "state: unknown variant `x`, expected one of `open`, `closed`",
            "`state` does not fit: `x` is not known here; it must be one of `open`, `closed`",
        );
        check("missing field `state`", "`state` is missing");
    }
}
