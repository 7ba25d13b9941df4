//! What a free text mentions that the inputs do not: links, addresses, account numbers and figures.
//!
//! Code finds them, policies judge them. A text that an outsider steered shows here: it sends the reader to
//! an address that nobody in the case has written. A document does not count for that: whoever wrote it may be the one
//! who steers. What was read from it into a field counts, since people see it there with its place in the document;
//! and so do its figures, which lead nobody anywhere.

use std::{borrow::Cow, cell::OnceCell, collections::BTreeSet, sync::LazyLock};

use countersign_core::value::{Value, Values};
use regex::Regex;
use serde::Serialize;

use super::evidence::{Source, is_invisible};

/// At most this many mentions of one text are looked at; a text with more is its own warning.
const MAX_MENTIONS: usize = 200;
/// Figures with fewer digits are everywhere, so that finding one says nothing.
const SHORTEST_FIGURE: usize = 3;

/// Something that a text mentions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// What it is: `link`, `email`, `iban` or `figure`.
    pub kind: &'static str,
    /// As it is written.
    pub text: String,
    /// Whether the inputs hold it as well.
    pub known: bool,
}

/// What the inputs mention. They are searched when the first mention is compared with them, since most texts have none.
pub struct Known<'a> {
    values: &'a Values,
    documents: &'a [Source<'a>],
    shown: &'a [String],
    items: OnceCell<BTreeSet<(&'static str, String)>>,
}

impl<'a> Known<'a> {
    /// The mentions of all inputs.
    pub const fn new(values: &'a Values, documents: &'a [Source<'a>], shown: &'a [String]) -> Self {
        Self { values, documents, shown, items: OnceCell::new() }
    }

    /// What a text mentions, each with whether the inputs hold it.
    pub fn mentions(&self, text: &str) -> Vec<Mention> {
        find(text, MAX_MENTIONS)
            .into_iter()
            .map(|found| {
                let known = self.items.get_or_init(|| self.search()).contains(&(found.0, key(&found)));
                Mention { kind: found.0, text: found.1, known }
            })
            .collect()
    }

    fn search(&self) -> BTreeSet<(&'static str, String)> {
        let plain: Vec<String> = self.values.values().map(Value::plain).collect();
        let told = plain.iter().map(String::as_str).chain(self.shown.iter().map(String::as_str));
        let told = told.flat_map(|text| find(text, usize::MAX));
        let documents = self.documents.iter().filter_map(|source| source.text);
        let figures = documents.flat_map(|text| find(text, usize::MAX)).filter(|(kind, _)| *kind == FIGURE);
        told.chain(figures).map(|found| (found.0, key(&found))).collect()
    }
}

/// The kind of mention that leads nowhere.
const FIGURE: &str = "figure";

type Found = (&'static str, String);

/// The pattern of each kind; the order is that of precedence, since an address is no link and holds no figure.
static PATTERNS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let patterns = [
        ("email", r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+"),
        ("link", r"(?i)(?:[a-z][a-z0-9+.-]{1,20}://|www\.|javascript:|mailto:|data:text)\S+|\[[^\]]*\]\([^)]*\)"),
        ("iban", r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"),
        (FIGURE, r"[0-9]+(?:[.,'’\u{a0} ][0-9]+)*"),
    ];
    patterns.into_iter().filter_map(|(kind, pattern)| Some((kind, Regex::new(pattern).ok()?))).collect()
});

fn find(text: &str, limit: usize) -> Vec<Found> {
    let mut rest: String = text.chars().filter(|character| !is_invisible(*character)).collect();
    let mut found = Vec::new();
    for (kind, pattern) in PATTERNS.iter() {
        found.extend(pattern.find_iter(&rest).take(limit).map(|hit| (*kind, hit.as_str().to_owned())));
        if let Cow::Owned(without) = pattern.replace_all(&rest, " / ") {
            rest = without;
        }
    }
    found.retain(|(kind, text)| *kind != FIGURE || digits(text).len() >= SHORTEST_FIGURE);
    found
}

/// The form in which two mentions are the same: case, blanks and grouping marks do not count.
fn key((kind, text): &Found) -> String {
    match *kind {
        FIGURE => digits(text),
        "iban" => text.replace(' ', ""),
        _ => text.trim_end_matches(['.', ',', ')', ';', '/']).to_lowercase(),
    }
}

/// The digits of a text, without anything between them.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str, bool)]) {
        let inputs = "Pay 1,240.50 EUR to DE89 3704 0044 0532 0130 00, ask jo@example.org, see https://example.org/a.";
        let (values, inputs) = (Values::new(), [inputs.to_owned()]);
        let known = Known::new(&values, &[], &inputs);
        let found = known.mentions(text);
        let found: Vec<(&str, &str, bool)> = found.iter().map(|one| (one.kind, one.text.as_str(), one.known)).collect();
        assert_eq!(found, expected, "in {text:?}");
    }

    /// A document's own ways out are known to nobody before they stand in a field.
    #[test]
    fn a_document_vouches_for_its_figures_alone() {
        let text = "Pay 1,240.50 EUR to DE89 3704 0044 0532 0130 00 and write to eve@evil.example, www.evil.example/x";
        let source = Source { key: "d1", field: "letter", text: Some(text), digest: None };
        let account = ("account".to_owned(), Value::text("DE89370400440532013000"));
        for (values, expected) in [(Values::new(), 1), (Values::from([account]), 2)] {
            let found = Known::new(&values, &[source], &[]).mentions(text);
            assert_eq!(found.len(), 4, "{found:?}");
            assert_eq!(found.iter().filter(|one| one.known).count(), expected, "{found:?}");
        }
    }

    #[test]
    fn what_the_inputs_do_not_hold_is_told_apart() {
        check("The total is 1240.50 EUR.", &[("figure", "1240.50", true)]);
        check("The total is 9,999 EUR.", &[("figure", "9,999", false)]);
        check("Page 1 of 12.", &[]);
        check(
            "Write to JO@example.org or eve@evil.example.",
            &[("email", "JO@example.org", true), ("email", "eve@evil.example.", false)]
                .map(|(kind, text, known)| (kind, text.trim_end_matches('.'), known)),
        );
        check(
            "See https://example.org/a and www.evil.example/x",
            &[("link", "https://example.org/a", true), ("link", "www.evil.example/x", false)],
        );
        check("[click](http://x.example)", &[("link", "[click](http://x.example)", false)]);
        check("h\u{200b}ttps://hidden.example", &[("link", "https://hidden.example", false)]);
        check(
            "DE89370400440532013000 and GB82 WEST 1234 5698 7654 32",
            &[("iban", "DE89370400440532013000", true), ("iban", "GB82 WEST 1234 5698 7654 32", false)],
        );
    }
}
