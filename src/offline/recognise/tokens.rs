//! A text cut into runs of digits, runs of letters, runs of blanks and single marks.

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ASCII digits.
    Digits,
    /// Letters of any alphabet.
    Letters,
    /// Blanks within a line.
    Blank,
    /// The end of a line.
    Break,
    /// Any other single character.
    Mark(char),
}

/// A piece of the text.
#[derive(Debug, Clone, Copy)]
pub struct Token<'a> {
    /// What it is made of.
    pub kind: Kind,
    /// Its text.
    pub text: &'a str,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Token<'_> {
    /// Whether the token is this mark.
    pub fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// The value of a run of at most nine digits.
    pub fn number(&self) -> Option<u32> {
        if self.kind == Kind::Digits && self.text.len() <= 9 { self.text.parse().ok() } else { None }
    }
}

/// Cuts a text; the tokens cover it without gaps.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    for (at, character) in text.char_indices() {
        let kind = kind_of(character);
        let end = at + character.len_utf8();
        match tokens.last_mut() {
            Some(last) if last.kind == kind && !matches!(kind, Kind::Mark(_) | Kind::Break) => {
                last.end = end;
                last.text = &text[last.start..end];
            }
            _ => tokens.push(Token { kind, text: &text[at..end], start: at, end }),
        }
    }
    tokens
}

fn kind_of(character: char) -> Kind {
    match character {
        '\n' | '\r' | '\u{0b}' | '\u{0c}' | '\u{2028}' | '\u{2029}' => Kind::Break,
        _ if character.is_ascii_digit() => Kind::Digits,
        _ if character.is_alphabetic() => Kind::Letters,
        _ if character.is_whitespace() => Kind::Blank,
        _ => Kind::Mark(character),
    }
}
