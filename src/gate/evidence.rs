//! A quote must stand in the document that it names.
//!
//! The one normalisation, named `blanks`: characters that cannot be seen are left out, and each run of white
//! space counts as one blank. Letters, digits, marks and their case must agree exactly.

use std::ops::Range;

use countersign_core::{
    canonical::{Digest, digest_bytes},
    proposal::Evidence,
};

/// The name of the normalisation, for the record.
pub const NORMALISATION: &str = "blanks";
/// A longer quote proves nothing: it is a page, not a place.
pub const MAX_QUOTE_BYTES: usize = 2_000;
/// At most this many places of one quote are looked at.
pub const MAX_PLACES: usize = 200;

/// The text rendition of a document of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Its key in the case.
    pub key: &'a str,
    /// The field that it fills.
    pub field: &'a str,
    /// Its text; `None` when it has none that could be read.
    pub text: Option<&'a str>,
    /// The digest that the case holds for that text.
    pub digest: Option<&'a str>,
}

/// Whether a quote stands where the evidence says: in this document, in this rendition, at these bytes.
#[must_use]
pub fn stands(evidence: &Evidence, source: &Source<'_>) -> bool {
    let (Some(text), Some(digest)) = (source.text, source.digest) else {
        return false;
    };
    let same_text = evidence.text == digest && text_digest(text) == digest;
    let Some(range) = range(evidence) else {
        return false;
    };
    let Some(found) = text.get(range) else {
        return false;
    };
    let quote = normalise(&evidence.quote);
    evidence.document == source.key
        && same_text
        && !quote.is_empty()
        && evidence.quote.len() <= MAX_QUOTE_BYTES
        && normalise(found) == quote
}

/// The digest of a text rendition.
#[must_use]
pub fn text_digest(text: &str) -> Digest {
    digest_bytes(text.as_bytes())
}

/// A text under the normalisation `blanks`.
#[must_use]
pub fn normalise(text: &str) -> String {
    let seen: String = text.chars().filter(|character| !is_invisible(*character)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where a quote stands in a text under the normalisation; the first place, exact ones before others.
#[must_use]
pub fn locate(text: &str, quote: &str) -> Option<Range<usize>> {
    occurrences(text, quote).into_iter().next()
}

/// The places of a quote in a text, up to [`MAX_PLACES`]: the exact ones, or failing these those under the
/// normalisation.
#[must_use]
pub fn occurrences(text: &str, quote: &str) -> Vec<Range<usize>> {
    let wanted = normalise(quote);
    if wanted.is_empty() || quote.len() > MAX_QUOTE_BYTES {
        return Vec::new();
    }
    let exact = quote.trim();
    let places: Vec<_> =
        text.match_indices(exact).take(MAX_PLACES).map(|(start, _)| start..start + exact.len()).collect();
    if !places.is_empty() {
        return places;
    }
    let (normal, origins) = normal_with_places(text);
    let origin = |start: usize| Some(origins.get(start)?.start..origins.get(start + wanted.len() - 1)?.end);
    normal.match_indices(&wanted).take(MAX_PLACES).filter_map(|(start, _)| origin(start)).collect()
}

/// Whether a character has no width or steers the direction of writing, so that a reader cannot see it.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    let control = character.is_control() && !character.is_whitespace();
    control
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

fn range(evidence: &Evidence) -> Option<Range<usize>> {
    let start = usize::try_from(evidence.start).ok()?;
    let end = usize::try_from(evidence.end).ok()?;
    (start < end).then_some(start..end)
}

/// The normalised text, and for each of its bytes the bytes of the original that it came from.
fn normal_with_places(text: &str) -> (String, Vec<Range<usize>>) {
    let mut normal = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    let mut blank: Option<Range<usize>> = None;
    for (at, character) in text.char_indices() {
        let here = at..at + character.len_utf8();
        if is_invisible(character) {
            continue;
        }
        if character.is_whitespace() {
            blank = Some(blank.map_or(here.clone(), |before| before.start..here.end));
            continue;
        }
        if let Some(between) = blank.take()
            && !normal.is_empty()
        {
            normal.push(' ');
            places.push(between);
        }
        normal.push(character);
        places.extend(std::iter::repeat_n(here, character.len_utf8()));
    }
    (normal, places)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where a quote stands, as text.
    fn check(text: &str, quote: &str, expected: Option<&str>) {
        assert_eq!(locate(text, quote).and_then(|range| text.get(range)), expected, "{quote:?} in {text:?}");
    }

    #[test]
    fn quotes_are_found_under_one_normalisation_and_no_other() {
        check("Total  12.50\n EUR", "Total 12.50 EUR", Some("Total  12.50\n EUR"));
        check("Größe: 5 €\u{a0}netto", "5 € netto", Some("5 €\u{a0}netto"));
        check("Sum\u{200b}me 1", "Summe 1", Some("Sum\u{200b}me 1"));
        check("合計 1,200 円", "1,200 円", Some("1,200 円"));
        check("Total 12.50", "total 12.50", None);
        check("Total 12.50", "12.5 0", None);
        check("Total 12.50", "  ", None);
        check("", "x", None);
    }

    #[test]
    fn a_range_must_be_whole_characters_of_the_right_text() {
        let text = "Preis: 5 € netto";
        let digest = text_digest(text);
        let source = Source { key: "d1", field: "receipt", text: Some(text), digest: Some(&digest) };
        let at = |start: u32, end: u32, quote: &str| Evidence {
            document: "d1".to_owned(),
            text: digest.clone(),
            start,
            end,
            quote: quote.to_owned(),
        };
        let right = at(7, 12, "5 €");
        assert!(stands(&right, &source));
        assert!(!stands(&at(7, 11, "5 €"), &source), "inside a character");
        assert!(!stands(&at(12, 7, "5 €"), &source), "backwards");
        assert!(!stands(&at(7, 900, "5 €"), &source), "beyond the end");
        assert!(!stands(&at(0, 5, "5 €"), &source), "elsewhere");
        assert!(!stands(&Evidence { document: "d2".to_owned(), ..right.clone() }, &source));
        assert!(!stands(&Evidence { text: "0".repeat(64), ..right.clone() }, &source));
        let changed = Source { text: Some("Preis: 9 € netto"), ..source };
        assert!(!stands(&right, &changed), "the text is not the one that the case holds");
        assert!(!stands(&right, &Source { text: None, ..source }));
    }

    proptest! {
        #[test]
        fn whatever_is_located_stands(text in "\\PC{0,40}[ \n\u{200b}]{0,2}\\PC{0,40}", quote in "\\PC{0,12}") {
            if let Some(range) = locate(&text, &quote) {
                prop_assert_eq!(normalise(&text[range]), normalise(&quote));
            }
        }
    }
}
