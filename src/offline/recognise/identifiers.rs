//! E-mail addresses and bank account numbers.

use super::Span;
use super::tokens::{Kind, Token, tokens};

/// How long the account number of a country is (ISO 13616 registry).
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BR", 29),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("XK", 20),
];
/// An address is at most this many bytes (RFC 5321, 4.5.3.1).
const LONGEST_EMAIL: usize = 254;

/// An e-mail address found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Where it was read.
    pub span: Span,
    /// The address with its domain in lower case.
    pub value: String,
}

/// A bank account number found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iban {
    /// Where it was read, blanks between its groups included.
    pub span: Span,
    /// The number in upper case without blanks.
    pub value: String,
    /// Whether its check digits are right (ISO 7064, mod 97-10).
    pub valid: bool,
}

/// All e-mail addresses, in order. Quoted local parts are not read.
pub fn emails(text: &str) -> Vec<Email> {
    let bytes = text.as_bytes();
    let mut found: Vec<Email> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let floor = found.last().map_or(0, |email| email.span.end).max(at.saturating_sub(LONGEST_EMAIL));
        let mut start = at;
        while start > floor && is_local(bytes[start - 1]) {
            start -= 1;
        }
        while start < at && bytes[start] == b'.' {
            start += 1;
        }
        let mut end = at + 1;
        while end < bytes.len() && end - start < LONGEST_EMAIL && is_domain(bytes[end]) {
            end += 1;
        }
        while end > at + 1 && matches!(bytes[end - 1], b'.' | b'-') {
            end -= 1;
        }
        let domain = &text[at + 1..end];
        let top = domain.rsplit('.').next().unwrap_or_default();
        let sound = domain.contains('.') && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
        let labels_sound = domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
        if start < at && sound && labels_sound && !text[start..at].contains("..") && bytes[at - 1] != b'.' {
            let value = format!("{}@{}", &text[start..at], domain.to_ascii_lowercase());
            found.push(Email { span: Span { start, end }, value });
        }
    }
    found
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

/// All numbers that have a country's prefix and length, in order; `valid` tells whether the check digits are right.
pub fn ibans(text: &str) -> Vec<Iban> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match iban(&tokens, at) {
            Some((iban, next)) => {
                found.push(iban);
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

fn iban(tokens: &[Token<'_>], first: usize) -> Option<(Iban, usize)> {
    let country = tokens[first].text.to_ascii_uppercase();
    let (_, length) = IBAN_LENGTHS.iter().find(|(name, _)| *name == country)?;
    let stuck = first.checked_sub(1).is_some_and(|before| matches!(tokens[before].kind, Kind::Digits));
    let digits = tokens.get(first + 1).filter(|token| token.kind == Kind::Digits && token.text.len() >= 2)?;
    if stuck || digits.start != tokens[first].end {
        return None;
    }
    let mut value = String::new();
    for (at, token) in tokens.iter().enumerate().skip(first) {
        match token.kind {
            Kind::Digits => value.push_str(token.text),
            Kind::Letters if token.text.is_ascii() => value.push_str(&token.text.to_ascii_uppercase()),
            Kind::Blank if token.text.chars().count() == 1 => continue,
            _ => return None,
        }
        if value.len() > *length {
            return None;
        }
        let next = tokens.get(at + 1);
        if value.len() == *length && !next.is_some_and(|next| matches!(next.kind, Kind::Digits | Kind::Letters)) {
            let span = Span { start: tokens[first].start, end: token.end };
            return Some((Iban { span, valid: check_digits_right(&value), value }, at + 1));
        }
    }
    None
}

/// Moves the first four characters to the end, reads letters as 10 to 35, and wants 1 as the rest by 97.
fn check_digits_right(number: &str) -> bool {
    let (head, tail) = number.split_at(4);
    let rest = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, character| {
        let digit = character.to_digit(36)?;
        Some(if digit < 10 { (rest * 10 + digit) % 97 } else { (rest * 100 + digit) % 97 })
    });
    rest == Some(1)
}
