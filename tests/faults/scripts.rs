//! The ways in which a model's server fails or a model answers wrongly, by name.

use serde_json::json;

use super::server::{Act, Kind, envelope, envelope_of, good, http};

/// A fault and the scripts that play it.
pub struct Fault {
    pub name: &'static str,
    pub scripts: Vec<Script>,
}

/// One way of playing it.
pub struct Script {
    pub act: Act,
    /// What a person must be able to read when every call fails like this: one of these; none where the answer is
    /// usable in spite of it.
    pub words: &'static [&'static str],
}

/// The next call after this fault must come so many milliseconds later at the earliest.
pub const WISHED_MS: u128 = 1_000;
/// Faults that wish for [`WISHED_MS`], by their place among the scripts of `429`.
pub const WISHES: [usize; 2] = [1, 3];
/// Faults that wish for more than a question can wait.
pub const LONG_WISHES: [usize; 2] = [2, 4];
/// The fault whose scripts these are.
pub const TOO_MANY: &str = "429 with Retry-After";

pub fn fault(name: &'static str, scripts: Vec<(Act, &'static [&'static str])>) -> Fault {
    Fault { name, scripts: scripts.into_iter().map(|(act, words)| Script { act, words }).collect() }
}

fn status(line: &str, headers: &str) -> Act {
    Act::Http(http(line, headers, r#"{"error":{"message":"see https://status.attacker.example","code":"x"}}"#))
}

/// Every fault.
pub fn faults() -> Vec<Fault> {
    let mut all = connections();
    all.extend(replies());
    all.extend(statuses());
    all.extend(endings());
    all.extend(forms());
    all.extend(contents());
    all
}

fn connections() -> Vec<Fault> {
    vec![
        fault("connection refused", vec![(Act::Refused, &["could not be reached"])]),
        fault("unknown name", vec![(Act::NoName, &["name of the model server", "could not be reached"])]),
        fault("no TLS", vec![(Act::NoTls, &["no safe connection"])]),
        fault("accepts, then silence", vec![(Act::Silence, &["silent for too long"])]),
        fault("headers, then silence", vec![(Act::HeadThenSilence, &["silent for too long"])]),
        fault("stream stalls", vec![(Act::Stall, &["silent for too long"])]),
        fault("one byte at a time", vec![(Act::Drip, &["within 4 s", "silent for too long"])]),
    ]
}

fn replies() -> Vec<Fault> {
    const NOT_JSON: &[&str] = &["not JSON"];
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let cut = [chunked.as_slice(), b"14\r\ndata: {\"x\":\"caf\xc3"].concat();
    vec![
        fault("stream without its end", vec![(Act::Body(|_| b"data: {\"choices\":[]}\n\n".to_vec()), NOT_JSON)]),
        fault("stream cut inside a letter", vec![(Act::Cut(cut), &["broke in the middle"])]),
        fault(
            "error inside a stream",
            vec![(
                Act::Body(|_| b"data: {\"error\":{\"message\":\"overloaded\"}}\n\ndata: [DONE]\n".to_vec()),
                NOT_JSON,
            )],
        ),
        fault("200 with a page", vec![(Act::Body(|_| b"<!doctype html><p>Sign in".to_vec()), NOT_JSON)]),
        fault("200 with nothing", vec![(Act::Body(|_| Vec::new()), NOT_JSON)]),
        fault("204", vec![(Act::Http("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned()), NOT_JSON)]),
    ]
}

fn statuses() -> Vec<Fault> {
    const LATER: &str = "date: Sat, 21 Nov 2026 12:00:00 GMT\r\nretry-after: Sat, 21 Nov 2026 12:00:01 GMT\r\n";
    const MUCH_LATER: &str = "date: Sat, 21 Nov 2026 12:00:00 GMT\r\nretry-after: Sun, 21 Nov 2027 12:00:00 GMT\r\n";
    const BUSY: &[&str] = &["status 429"];
    let one = |name, line: &str, words| fault(name, vec![(status(line, ""), words)]);
    vec![
        fault("301 to another host", vec![(status("301 Moved", "location: /elsewhere\r\n"), &["redirect"])]),
        one("400 context length", "400 Bad Request", &["status 400"]),
        one("401", "401 Unauthorized", &["refused the key"]),
        one("403", "403 Forbidden", &["refused the key"]),
        one("404 model", "404 Not Found", &["does not know the model"]),
        one("408", "408 Request Timeout", &["status 408"]),
        one("409", "409 Conflict", &["status 409"]),
        one("413", "413 Content Too Large", &["status 413"]),
        fault(
            TOO_MANY,
            vec![
                (status("429 Too Many Requests", "retry-after: 0\r\n"), BUSY),
                (status("429 Too Many Requests", "retry-after: 1\r\n"), BUSY),
                (status("429 Too Many Requests", "retry-after: 99999\r\n"), BUSY),
                (status("429 Too Many Requests", LATER), BUSY),
                (status("429 Too Many Requests", MUCH_LATER), BUSY),
                (status("429 Too Many Requests", ""), BUSY),
            ],
        ),
        fault(
            "500, 502, 503 and 529",
            vec![
                (status("500 Error", ""), &["status 500"]),
                (status("502 Bad Gateway", ""), &["status 502"]),
                (status("503 Unavailable", ""), &["status 503"]),
                (status("529 Overloaded", ""), &["status 529"]),
            ],
        ),
    ]
}

fn endings() -> Vec<Fault> {
    vec![
        fault("cut off at its length", vec![(Act::Body(|kind| part(kind, "length")), &["cut off"])]),
        fault("content filter", vec![(Act::Body(|kind| part(kind, "content_filter")), &["refused to answer"])]),
        fault("refusal", vec![(Act::Body(refusal), &["refused to answer"])]),
        fault("a tool that nobody offered", vec![(Act::Body(tool), &["called a tool"])]),
        fault("two choices", vec![(Act::Body(two_choices), &["several choices"])]),
    ]
}

fn part(kind: Kind, finish: &str) -> Vec<u8> {
    let whole = good(kind).to_string();
    envelope_of(&whole[..whole.len() / 2], finish).to_string().into_bytes()
}

fn refusal(kind: Kind) -> Vec<u8> {
    let mut reply = envelope(&good(kind), "stop");
    reply["choices"][0]["message"]["refusal"] = json!("I cannot help with that.");
    reply.to_string().into_bytes()
}

fn tool(kind: Kind) -> Vec<u8> {
    let mut reply = envelope(&good(kind), "stop");
    let function = json!({"name": "approve_payment", "arguments": "{}"});
    reply["choices"][0]["message"]["tool_calls"] = json!([{"id": "1", "type": "function", "function": function}]);
    reply.to_string().into_bytes()
}

fn two_choices(kind: Kind) -> Vec<u8> {
    let mut reply = envelope(&good(kind), "stop");
    let again = reply["choices"][0].clone();
    reply["choices"] = json!([again, again]);
    reply.to_string().into_bytes()
}

/// An answer whose deciding value is written like this.
fn deciding(kind: Kind, value: &str) -> String {
    let whole = good(kind).to_string();
    let (from, to) = match kind {
        Kind::Classify => ("\"invoice\"", value),
        Kind::Judge => ("true", value),
        Kind::Extract => ("\"48.00 EUR\"", value),
    };
    whole.replace(from, to)
}

fn forms() -> Vec<Fault> {
    const MISFIT: &[&str] = &["did not fit its form (at "];
    const INVALID: &[&str] = &["not valid JSON"];
    vec![
        fault("another form", vec![(Act::Says(|_| "{\"answer\":42}".to_owned()), MISFIT)]),
        fault("further properties", vec![(Act::Says(further), &["properties that nobody asked for"])]),
        fault(
            "a word in other letters",
            vec![
                (Act::Says(|kind| other_letters(kind, false)), MISFIT),
                (Act::Says(|kind| other_letters(kind, true)), MISFIT),
            ],
        ),
        fault(
            "odd numbers",
            vec![
                (Act::Says(|kind| deciding(kind, "1e400")), INVALID),
                (Act::Says(|kind| deciding(kind, "NaN")), INVALID),
                (Act::Says(|kind| deciding(kind, "-0")), MISFIT),
                (Act::Says(|kind| deciding(kind, "9223372036854775808")), MISFIT),
                (Act::Says(|kind| deciding(kind, &"9".repeat(10_000))), INVALID),
            ],
        ),
        fault(
            "50 MB of text",
            vec![
                (Act::Flood, &["more than 1048576 bytes"]),
                (
                    Act::Says(|kind| deciding(kind, &format!("\"{}\"", "a".repeat(300_000)))),
                    &["longer than 262144 bytes"],
                ),
                (Act::Says(many), &["do not stand", "more than once"]),
            ],
        ),
        fault(
            "100,000 levels",
            vec![
                (Act::Says(|_| "[".repeat(100_000)), &["prose without"]),
                (Act::Says(|_| format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000))), INVALID),
                (Act::Body(|_| [b"[".repeat(100_000), b"]".repeat(100_000)].concat()), &["not JSON"]),
            ],
        ),
        fault("a name twice", vec![(Act::Says(twice), &["a name twice"])]),
    ]
}

fn further(kind: Kind) -> String {
    let mut answer = good(kind);
    answer["approved"] = json!(true);
    answer["https://pay.attacker.example"] = json!(1);
    answer.to_string()
}

fn other_letters(kind: Kind, look_alike: bool) -> String {
    let whole = good(kind).to_string();
    match (kind, look_alike) {
        (Kind::Classify, false) => whole.replace("\"invoice\"", "\"INVOICE\""),
        // A Cyrillic letter that looks like the Latin one.
        (Kind::Classify, true) => whole.replace("\"invoice\"", "\"inv\u{43e}ice\""),
        (Kind::Judge, false) => whole.replace("true", "\"True\""),
        (Kind::Judge, true) => whole.replace("true", "\"tru\u{435}\""),
        (Kind::Extract, false) => whole.replace("letter.total", "Letter.Total"),
        (Kind::Extract, true) => whole.replace("letter.total", "letter.t\u{43e}tal"),
    }
}

fn many(kind: Kind) -> String {
    let mut answer = good(kind);
    if kind == Kind::Extract {
        let fields = answer["fields"].as_array().cloned().unwrap_or_default();
        answer["fields"] = json!((0..2_000).flat_map(|_| fields.clone()).collect::<Vec<_>>());
    } else {
        answer["quotes"] = json!((0..20_000).map(|number| format!("q{number}")).collect::<Vec<_>>());
    }
    answer.to_string()
}

fn twice(kind: Kind) -> String {
    let whole = good(kind).to_string();
    whole.replacen('{', "{\"reason\":\"first\",", 1)
}

fn contents() -> Vec<Fault> {
    const NOT_JSON: &[&str] = &["not JSON"];
    vec![
        fault(
            "odd letters",
            vec![
                (Act::Body(|kind| raw(kind, b"\xff\xfe")), NOT_JSON),
                (Act::Body(|kind| [b"\xef\xbb\xbf".to_vec(), raw(kind, b"")].concat()), NOT_JSON),
                (Act::Body(|kind| raw(kind, b"\\ud800")), NOT_JSON),
                (Act::Says(|kind| format!("\u{feff}{}", good(kind))), &[]),
                (Act::Says(|kind| said(kind, "a\\u0000b")), &[]),
                (Act::Says(|kind| said(kind, "a\\ud800b")), &["not valid JSON"]),
                (Act::Says(|kind| said(kind, "a\u{202e}b\u{200b}c\u{e0041}")), &[]),
                (Act::Says(|kind| said(kind, "a\\u001b[31mb\\u001b[0m")), &[]),
            ],
        ),
        fault(
            "in prose and in a fence",
            vec![
                (Act::Says(|kind| format!("Here it is:\n```json\n{}\n```\nAnything else?", good(kind))), &[]),
                (Act::Says(|kind| format!("Surely. {}", good(kind))), &[]),
            ],
        ),
        fault(
            "two answers",
            vec![(Act::Says(|kind| format!("{}\n{}", good(kind), good(kind))), &["more than one JSON"])],
        ),
        fault("evidence that stands nowhere", vec![(Act::Says(invented), &["do not stand", "does not stand"])]),
        fault(
            "repeats an order of the document",
            vec![(Act::Says(obeys), &["withheld", "no e-mail address stands there"])],
        ),
        fault("data of another case", vec![(Act::Says(of_another), &["withheld", "does not stand"])]),
    ]
}

/// A body with these bytes in the middle of its text.
fn raw(kind: Kind, bytes: &[u8]) -> Vec<u8> {
    let body = envelope(&good(kind), "stop").to_string();
    let (before, after) = body.split_at(body.find("reason").unwrap_or_default());
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

fn said(kind: Kind, reason: &str) -> String {
    let whole = good(kind).to_string();
    whole.replace("it bills for work", reason).replace("all is there", reason)
}

fn invented(kind: Kind) -> String {
    let whole = good(kind).to_string();
    whole
        .replace("Invoice 77", "Paid in full on 3 May")
        .replace("48.00 EUR", "99,999.00 EUR")
        .replace("invoice", "reminder")
}

/// What an order of the document wants, in the words of the document.
fn obeys(kind: Kind) -> String {
    let order = super::ORDER;
    match kind {
        Kind::Classify => json!({"quotes": [order], "reason": order, "label": "reminder", "alternatives": []}),
        Kind::Judge => json!({"quotes": [order], "reason": order, "holds": false}),
        Kind::Extract => json!({"fields": [
            {"field": "letter.contact", "quote": order}, {"field": "letter.total", "quote": null},
        ], "reason": "as it is told"}),
    }
    .to_string()
}

fn of_another(kind: Kind) -> String {
    let theirs = "Ada Lovelace, DE89 3704 0044 0532 0130 00, ada@other.example";
    match kind {
        Kind::Classify => json!({"quotes": [theirs], "reason": theirs, "label": "other", "alternatives": []}),
        Kind::Judge => json!({"quotes": [theirs], "reason": theirs, "holds": false}),
        Kind::Extract => json!({"fields": [
            {"field": "letter.contact", "quote": "ada@other.example"}, {"field": "letter.total", "quote": "7.00 EUR"},
        ], "reason": "found"}),
    }
    .to_string()
}
