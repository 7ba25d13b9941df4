//! Text to tokens, without loss: the tokens' spans join up to the whole text.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Letters, with digits, hyphens, apostrophes and `&` inside.
    Word,
    /// Digits with grouping commas and a decimal point inside.
    Number,
    /// A day written as year-month-day.
    Date,
    /// A text in quotation marks, marks included.
    Quote,
    /// A quotation mark that is not closed on its line.
    OpenQuote,
    /// One other visible character.
    Mark,
    /// Blanks inside a line.
    Space,
    /// One line end.
    Newline,
    /// `<!-- ... -->`.
    Comment,
    /// A comment that is not closed; it reaches to the end of the text.
    OpenComment,
}

/// One token: its kind and its bytes, from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

impl Token {
    /// The token's text.
    pub fn text(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether the token is this word or mark, upper and lower case alike.
    pub fn is(self, source: &str, word: &str) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Mark) && self.text(source).eq_ignore_ascii_case(word)
    }

    /// Whether the token carries meaning.
    pub const fn matters(self) -> bool {
        !matches!(self.kind, TokenKind::Space | TokenKind::Newline | TokenKind::Comment | TokenKind::OpenComment)
    }
}

/// Splits a text into tokens. Every byte belongs to exactly one token; the time is linear in the text.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match first {
            '\n' => (TokenKind::Newline, 1),
            '<' if rest.starts_with("<!--") => comment(rest),
            '"' | '\u{201c}' | '\u{201d}' => quote(rest, first),
            '\u{feff}' if at == 0 => (TokenKind::Space, first.len_utf8()),
            _ if first.is_whitespace() => (TokenKind::Space, run(rest, |_, c, _| c.is_whitespace() && c != '\n')),
            _ if first.is_ascii_digit() => number(rest),
            _ if first.is_alphabetic() => (TokenKind::Word, word(rest)),
            _ => (TokenKind::Mark, first.len_utf8()),
        };
        found.push(Token { kind, start: at, end: at + length });
        at += length;
    }
    found
}

/// The bytes of the longest start of `rest` whose characters pass; the test sees the ones on both sides.
fn run(rest: &str, passes: impl Fn(Option<char>, char, Option<char>) -> bool) -> usize {
    let mut before = None;
    let mut characters = rest.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        let after = characters.peek().map(|(_, next)| *next);
        if !passes(before, character, after) {
            return index;
        }
        before = Some(character);
    }
    rest.len()
}

fn word(rest: &str) -> usize {
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    run(rest, |before, character, after| {
        let between = before.is_some_and(inner) && after.is_some_and(inner);
        inner(character) || (between && matches!(character, '-' | '\'' | '\u{2019}' | '&')) || {
            // `e.g.` and the like are one word: a point between single letters.
            character == '.' && between && dotted(rest)
        }
    })
}

/// Whether the text starts with single letters joined by points, such as `e.g`.
fn dotted(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    let letter = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_alphabetic);
    letter(0) && bytes.get(1) == Some(&b'.') && letter(2) && !letter(3)
}

fn number(rest: &str) -> (TokenKind, usize) {
    let shape = rest.as_bytes().get(..10);
    let is_date = shape.is_some_and(|bytes| {
        bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    });
    if is_date && !rest[10..].starts_with(|c: char| c.is_alphanumeric()) {
        return (TokenKind::Date, 10);
    }
    let length = run(rest, |before, character, after| {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        character.is_ascii_digit() || (matches!(character, ',' | '.') && digit(before) && digit(after))
    });
    if rest[length..].starts_with(char::is_alphabetic) {
        return (TokenKind::Word, length + word(&rest[length..]));
    }
    (TokenKind::Number, length)
}

fn quote(rest: &str, first: char) -> (TokenKind, usize) {
    let mut escaped = false;
    for (index, character) in rest.char_indices().skip(1) {
        match character {
            '\n' => break,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' | '\u{201c}' | '\u{201d}' => return (TokenKind::Quote, index + character.len_utf8()),
            _ => {}
        }
    }
    (TokenKind::OpenQuote, first.len_utf8())
}

fn comment(rest: &str) -> (TokenKind, usize) {
    match rest.find("-->") {
        Some(end) => (TokenKind::Comment, end + 3),
        None => (TokenKind::OpenComment, rest.len()),
    }
}

/// The text inside quotation marks: `\"`, `\\` and `\n` stand for a mark, a backslash and a line end.
pub(crate) fn unquote(quoted: &str) -> String {
    let mut inner = quoted.chars();
    inner.next();
    inner.next_back();
    let mut text = String::new();
    let mut escaped = false;
    for character in inner {
        match character {
            'n' if escaped => text.push('\n'),
            _ if escaped => text.push(character),
            '\\' => {
                escaped = true;
                continue;
            }
            _ => text.push(character),
        }
        escaped = false;
    }
    text
}

/// A text in quotation marks, such that [`unquote`] gives it back.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '"' | '\\' | '\u{201c}' | '\u{201d}' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_tokens_join_up_to_the_text() {
        let text = "Tell me \u{201c}caf\u{e9}\u{201d}, e.g. 10,000.50 EUR by 2026-03-31. <!-- no --> R&D's 3rd \"x";
        let found = tokens(text);
        let joined: String = found.iter().map(|token| token.text(text)).collect();
        assert_eq!(joined, text);
        let kinds: Vec<_> =
            found.iter().filter(|token| token.kind != TokenKind::Space).map(|token| token.text(text)).collect();
        assert_eq!(
            kinds,
            [
                "Tell",
                "me",
                "\u{201c}caf\u{e9}\u{201d}",
                ",",
                "e.g",
                ".",
                "10,000.50",
                "EUR",
                "by",
                "2026-03-31",
                ".",
                "<!-- no -->",
                "R&D's",
                "3rd",
                "\"",
                "x"
            ]
        );
    }

    #[test]
    fn check_quotes_come_back() {
        for text in ["plain", "a \"b\" \\ c", "two\nlines", "\u{201c}curly\u{201d}", ""] {
            assert_eq!(unquote(&quoted(text)), text);
        }
    }
}
