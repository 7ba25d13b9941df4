//! Characters that a reader cannot see, and sentences in another language.

use super::{
    diagnostics::Diagnostic,
    lexer::{Token, TokenKind},
};

/// How many hidden characters are shown one by one.
const SHOWN_MAX: usize = 20;

/// Characters that are not seen or turn the direction of reading, with the names that Unicode gives them.
const HIDDEN: &[(char, &str)] = &[
    ('\u{00ad}', "soft hyphen"),
    ('\u{034f}', "combining grapheme joiner"),
    ('\u{061c}', "Arabic letter mark"),
    ('\u{115f}', "Hangul choseong filler"),
    ('\u{180e}', "Mongolian vowel separator"),
    ('\u{200b}', "zero width space"),
    ('\u{200c}', "zero width non-joiner"),
    ('\u{200d}', "zero width joiner"),
    ('\u{200e}', "left-to-right mark"),
    ('\u{200f}', "right-to-left mark"),
    ('\u{2028}', "line separator"),
    ('\u{2029}', "paragraph separator"),
    ('\u{202a}', "left-to-right embedding"),
    ('\u{202b}', "right-to-left embedding"),
    ('\u{202c}', "pop directional formatting"),
    ('\u{202d}', "left-to-right override"),
    ('\u{202e}', "right-to-left override"),
    ('\u{2060}', "word joiner"),
    ('\u{2061}', "function application"),
    ('\u{2062}', "invisible times"),
    ('\u{2063}', "invisible separator"),
    ('\u{2064}', "invisible plus"),
    ('\u{2066}', "left-to-right isolate"),
    ('\u{2067}', "right-to-left isolate"),
    ('\u{2068}', "first strong isolate"),
    ('\u{2069}', "pop directional isolate"),
    ('\u{3164}', "Hangul filler"),
    ('\u{feff}', "zero width no-break space"),
];

/// A language that is recognised so that it can be named, with small words that it has and English has not.
const LANGUAGES: &[(&str, &[&str])] = &[
    (
        "German",
        &[
            "der",
            "das",
            "und",
            "ist",
            "ein",
            "eine",
            "einen",
            "einer",
            "wird",
            "wenn",
            "dann",
            "nicht",
            "mit",
            "f\u{fc}r",
            "von",
            "dem",
            "den",
            "im",
            "zu",
            "auf",
            "bei",
            "sind",
            "werden",
            "muss",
            "kann",
            "innerhalb",
            "dieser",
        ],
    ),
    (
        "French",
        &[
            "le", "la", "les", "une", "et", "est", "si", "alors", "pour", "dans", "avec", "du", "au", "sur", "doit",
            "ne", "pas", "ce", "cette", "peut", "qui", "par",
        ],
    ),
    (
        "Spanish",
        &[
            "el", "los", "las", "una", "y", "es", "para", "con", "del", "por", "en", "debe", "puede", "este", "que",
            "la",
        ],
    ),
    (
        "Italian",
        &[
            "il", "lo", "gli", "una", "\u{e8}", "per", "della", "del", "nel", "deve", "pu\u{f2}", "che", "di", "con",
            "la",
        ],
    ),
    (
        "Dutch",
        &["het", "een", "en", "voor", "van", "met", "wordt", "niet", "moet", "deze", "dit", "binnen", "de", "kan"],
    ),
    (
        "Portuguese",
        &["o", "os", "uma", "e", "para", "com", "do", "da", "por", "em", "deve", "pode", "este", "n\u{e3}o", "que"],
    ),
];

/// Small words of English.
const ENGLISH: &[&str] = &[
    "the", "an", "of", "is", "by", "to", "and", "or", "if", "within", "for", "from", "that", "this", "who", "when",
    "are", "it", "with", "as", "at", "then", "not",
];

/// Every hidden character of a text; nothing may be meant that a reader does not see.
pub(crate) fn hidden(text: &str) -> Vec<Diagnostic> {
    // The mark of a text's encoding at its very start says nothing.
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let places = text[start..].char_indices().map(|(at, character)| (start + at, character));
    let found = places.filter_map(|(at, character)| Some((at, character, name(character)?)));
    found.take(SHOWN_MAX).map(|(at, character, name)| refuse(at, character, name)).collect()
}

fn name(character: char) -> Option<&'static str> {
    if character.is_ascii() && !character.is_control() {
        return None;
    }
    let known = HIDDEN.iter().find(|(hidden, _)| *hidden == character).map(|(_, name)| *name);
    let control = character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    let tag = ('\u{e0000}'..='\u{e007f}').contains(&character);
    known.or_else(|| control.then_some("control character")).or_else(|| tag.then_some("tag character"))
}

fn refuse(at: usize, character: char, name: &str) -> Diagnostic {
    let end = at + character.len_utf8();
    let message = format!("a character stands here that nobody sees: U+{:04X}, {name}", u32::from(character));
    let why = "two readers could see different sentences, and the record shows only one";
    Diagnostic::error("E108", (at, end), message, why).fix("Take the character out", at, end, "")
}

/// The language that a sentence seems to be written in, when it is not English.
pub(crate) fn language(text: &str, tokens: &[Token]) -> Option<&'static str> {
    let words: Vec<String> = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| token.text(text).to_lowercase())
        .collect();
    let letters = words.iter().flat_map(|word| word.chars()).filter(|character| character.is_alphabetic());
    let (mut latin, mut other) = (0_usize, 0_usize);
    for letter in letters {
        if u32::from(letter) < 0x0250 { latin += 1 } else { other += 1 }
    }
    if other > latin {
        return Some("a language with another script");
    }
    let count = |list: &[&str]| words.iter().filter(|word| list.contains(&word.as_str())).count();
    let english = count(ENGLISH);
    let best = LANGUAGES.iter().map(|(language, list)| (count(list), *language)).max_by_key(|(count, _)| *count)?;
    (best.0 >= 2 && best.0 > english).then_some(best.1)
}

/// A sentence in another language.
pub(crate) fn refuse_language(span: (usize, usize), language: &str) -> Diagnostic {
    let message = format!("this seems to be {language}; process texts are written in English");
    let why = "the shapes of the sentences are English; names, forms and messages may be in any language";
    Diagnostic::error("E109", span, message, why)
        .advise("write the sentence in English, such as `The finance lead approves the claim.`")
        .advise("keep it as plain information: `Note: ...`")
}
