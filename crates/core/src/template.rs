//! Templates: texts with places in braces, which code fills with the values of a case.
//!
//! No agent says a word in what comes out: it is the template, and what stands in the fields that it names.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    canonical::Digest,
    definition::{Field, FieldKind},
    value::Value,
};

/// The longest template, in characters: what a text field holds.
pub const TEMPLATE_CHARACTERS_MAX: usize = crate::form::TEXT_CHARACTERS_MAX;
/// The place that the day takes on which a template is filled in.
pub const TODAY: &str = "today";
/// The place that the number of the case takes.
pub const CASE_NUMBER: &str = "case number";

/// A part of a template, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words that stay as they are.
    Words(&'a str),
    /// A place, by the words between its braces, with the byte at which it begins.
    Place(&'a str, usize),
}

/// What a place stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// The value of a field.
    Field(&'a Field),
    /// The day on which it is filled in, as the organisation's calendar has it.
    Today,
    /// The number of the case.
    CaseNumber,
}

/// What a letter needs besides its text to be made as a Word file.
///
/// It holds no word of the letter: what stands in the places is cut out of the field's value, so that it is gone when
/// the value is, and nobody sees it who may not see the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromWord {
    /// The digest of the Word file, see [`crate::definition::Definition::word_templates`].
    pub file: Digest,
    /// Where the words of each place stand in the letter, in bytes from and to, in the order of the template.
    pub places: Vec<(usize, usize)>,
}

impl FromWord {
    /// The words of each place; `None` when this is not the letter that was filled in.
    #[must_use]
    pub fn words<'a>(&self, letter: &'a str) -> Option<Vec<&'a str>> {
        self.places.iter().map(|(from, to)| letter.get(*from..*to)).collect()
    }
}

/// The parts of a template. Two braces of a kind stand for one that is shown.
///
/// # Errors
/// The byte of the first brace that has no partner.
pub fn pieces(template: &str) -> Result<Vec<Piece<'_>>, usize> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let here = template.len() - rest.len() + at;
        let brace = &rest[at..=at];
        let tail = &rest[at + 1..];
        if tail.starts_with(brace) {
            pieces.push(Piece::Words(&rest[..=at]));
            rest = &tail[1..];
            continue;
        }
        let end = tail.find(['{', '}']).filter(|end| brace == "{" && tail[*end..].starts_with('}')).ok_or(here)?;
        pieces.push(Piece::Words(&rest[..at]));
        pieces.push(Piece::Place(tail[..end].trim(), here));
        rest = &tail[end + 1..];
    }
    pieces.push(Piece::Words(rest));
    Ok(pieces)
}

/// What the words of a place stand for: a field by its label or name, else one of the fixed places.
#[must_use]
pub fn place<'a>(fields: &'a [Field], words: &str) -> Option<Place<'a>> {
    let said = plain(words);
    let named = |field: &&Field| field.name == words || plain(&field.label) == said;
    let fixed = || {
        let fixed = [(TODAY, Place::Today), (CASE_NUMBER, Place::CaseNumber)];
        fixed.into_iter().find_map(|(name, place)| (name == said).then_some(place))
    };
    fields.iter().find(named).map(Place::Field).or_else(fixed)
}

/// Whether a field's value can stand in a text.
#[must_use]
pub const fn can_stand(kind: &FieldKind) -> bool {
    !matches!(kind, FieldKind::Document)
}

/// Words without their case, and with single blanks between them.
fn plain(words: &str) -> String {
    words.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value as it stands in a text: as sentences write it, without characters that nobody sees.
#[must_use]
pub fn shown(value: &Value) -> String {
    value.words().chars().filter(|c| is_shown(*c)).collect()
}

/// Whether a character is seen, or parts words and lines. What turns the direction of reading would let a value change
/// how the words around it read.
fn is_shown(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => false,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' => false,
        _ => !c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec};

    #[track_caller]
    fn check(template: &str, expected: &[Piece<'_>]) {
        let found = pieces(template).unwrap();
        let told: Vec<Piece<'_>> = found.into_iter().filter(|piece| *piece != Piece::Words("")).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_template_is_words_and_places() {
        check("", &[]);
        check("Dear {customer name},", &[Piece::Words("Dear "), Piece::Place("customer name", 5), Piece::Words(",")]);
        check("{ a }{b}", &[Piece::Place("a", 0), Piece::Place("b", 5)]);
        check("{{a}} 1", &[Piece::Words("{"), Piece::Words("a}"), Piece::Words(" 1")]);
        assert_eq!(pieces("ab { c"), Err(3));
        assert_eq!(pieces("a } b"), Err(2));
        assert_eq!(pieces("{a {b}"), Err(0));
        assert_eq!(pieces("\u{e4}}"), Err(2));
    }

    #[test]
    fn a_place_is_a_field_or_a_fixed_one() {
        let field = |name: &str, label: &str| Field {
            name: name.to_string(),
            label: label.to_string(),
            kind: FieldKind::Text,
            required: true,
            source: crate::definition::FieldSource::Agent,
        };
        let fields = vec![field("full_name", "Full name"), field("receipt.total", "total on the receipt")];
        let named = |words: &str| match place(&fields, words) {
            Some(Place::Field(field)) => field.name.clone(),
            other => alloc::format!("{other:?}"),
        };
        assert_eq!(named("full  NAME"), "full_name");
        assert_eq!(named("full_name"), "full_name");
        assert_eq!(named("total on the receipt"), "receipt.total");
        assert_eq!(
            [named("Today"), named("case number"), named("salary")],
            ["Some(Today)", "Some(CaseNumber)", "None"]
        );
    }

    #[test]
    fn words_of_places_are_cut_out_of_the_letter() {
        let word = FromWord { file: Digest::new(), places: vec![(5, 8), (8, 8), (9, 11)] };
        assert_eq!(word.words("Dear Ida, \u{e4}!"), None, "no place ends inside a letter");
        assert_eq!(word.words("Dear Ida,\u{e4}!"), Some(vec!["Ida", "", "\u{e4}"]));
        assert_eq!(word.words("erased"), None);
    }

    #[test]
    fn a_value_brings_no_hidden_characters() {
        assert_eq!(shown(&Value::text("a\u{202e}b\u{200b}\u{7}\nc {amount}")), "ab\nc {amount}");
    }
}
