//! How wide words are, without a font at hand: estimated widths, on the safe side.

/// The size of the text in the drawing, in units of the drawing; the style sheet says the same.
pub(super) const SIZE: f64 = 13.0;
/// The height of a line.
pub(super) const LINE: f64 = 18.0;
/// Words longer than this are cut with an ellipsis.
const LINES_MAX: usize = 6;

/// The width of a text in units of the drawing.
pub(super) fn width(text: &str) -> f64 {
    let units: f64 = text
        .chars()
        .map(|letter| match letter {
            'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')' | ' ' => 0.31,
            'f' | 'r' | 't' | '-' | 'I' | '"' => 0.40,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.88,
            _ if letter.is_uppercase() => 0.70,
            _ if letter.is_ascii() => 0.58,
            // Letters outside ASCII may be as wide as they are high.
            _ => 1.0,
        })
        .sum();
    units * SIZE
}

/// The text in lines that fit; words too long for a line are broken.
pub(super) fn wrap(text: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        loop {
            let joined = if line.is_empty() { rest.to_owned() } else { format!("{line} {rest}") };
            if width(&joined) <= room {
                line = joined;
                break;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                continue;
            }
            let cut = fitting(rest, room);
            lines.push(rest[..cut].to_owned());
            rest = &rest[cut..];
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > LINES_MAX {
        lines.truncate(LINES_MAX);
        if let Some(last) = lines.last_mut() {
            last.push('\u{2026}');
        }
    }
    lines
}

/// How many bytes of a word fit, at least one letter.
fn fitting(word: &str, room: f64) -> usize {
    let mut end = word.chars().next().map_or(0, char::len_utf8);
    for (at, letter) in word.char_indices() {
        let next = at + letter.len_utf8();
        if width(&word[..next]) > room {
            break;
        }
        end = end.max(next);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, room: f64, expected: &[&str]) {
        assert_eq!(wrap(text, room), expected, "{text}");
    }

    #[test]
    fn lines_break_between_words_and_inside_a_word_that_fits_nowhere() {
        check("", 100.0, &[]);
        check("approve the claim", 500.0, &["approve the claim"]);
        check("approve the claim", 70.0, &["approve", "the claim"]);
        check("nnnnnnnnnn", 40.0, &["nnnnn", "nnnnn"]);
    }
}
