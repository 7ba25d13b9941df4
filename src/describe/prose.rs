//! A description in sentences, and which of its words are accounted for.

use std::ops::Range;

use super::Passage;
use crate::gate::evidence;

/// So many words in a row that nobody accounts for are told; fewer are joints between quotes.
pub const MIN_LEFT_OVER_WORDS: usize = 5;
/// Words after which a full stop does not end a sentence.
const ABBREVIATIONS: [&str; 10] = ["e.g.", "i.e.", "etc.", "approx.", "mr.", "mrs.", "ms.", "dr.", "no.", "vs."];

/// The sentences of a text: up to a stop that a blank follows, or to an empty line, a bullet or a heading.
pub fn sentences(prose: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let characters: Vec<(usize, char)> = prose.char_indices().collect();
    for (index, (at, character)) in characters.iter().enumerate() {
        let next = characters.get(index + 1).map(|(_, next)| *next);
        let end = at + character.len_utf8();
        let stop = matches!(character, '.' | '!' | '?' | '。' | '…') && next.is_none_or(char::is_whitespace);
        let line = *character == '\n' && breaks(prose.get(end..).unwrap_or_default());
        if (stop && !abbreviated(prose.get(start..end).unwrap_or_default())) || line {
            push(prose, start..end, &mut found);
            start = end;
        }
    }
    push(prose, start..prose.len(), &mut found);
    found
}

/// Whether a new line begins something new: nothing, a bullet, a number or a heading.
fn breaks(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or_default().trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = number.len() < line.len() && number.starts_with(['.', ')']);
    line.is_empty() || numbered || line.starts_with(['-', '*', '#', '\u{2022}'])
}

fn abbreviated(sentence: &str) -> bool {
    let last = sentence.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    let number = last == sentence.trim() && last.trim_end_matches('.').bytes().all(|byte| byte.is_ascii_digit());
    number || ABBREVIATIONS.contains(&last.trim_start_matches('('))
}

fn push(prose: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let text = prose.get(range.clone()).unwrap_or_default();
    let lead = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    if trimmed.chars().any(char::is_alphanumeric) {
        let start = range.start + lead;
        found.push(start..start + trimmed.len());
    }
}

/// Words of the description with their place.
pub fn passage(prose: &str, range: Range<usize>) -> Passage {
    let text = prose.get(range.clone()).unwrap_or_default().to_owned();
    Passage { start: range.start, end: range.end, text }
}

/// Every place of a quote in the description, under the one normalisation of [`evidence`].
pub fn places(prose: &str, quote: &str) -> Vec<Range<usize>> {
    evidence::occurrences(prose, quote)
}

/// The parts of each sentence that none of the ranges covers: a whole sentence, or a long run of words.
pub fn left_over(prose: &str, covered: &[Range<usize>]) -> Vec<Passage> {
    let mut found = Vec::new();
    for sentence in sentences(prose) {
        let words = words(prose, sentence.clone());
        let is_covered =
            |word: &Range<usize>| covered.iter().any(|range| range.start < word.end && word.start < range.end);
        if !words.iter().any(is_covered) {
            found.push(passage(prose, sentence));
            continue;
        }
        let mut run: Vec<Range<usize>> = Vec::new();
        for word in words.into_iter().map(Some).chain(std::iter::once(None)) {
            match word.filter(|word| !is_covered(word)) {
                Some(word) => run.push(word),
                None => {
                    if let (Some(first), Some(last)) = (run.first(), run.last())
                        && run.len() >= MIN_LEFT_OVER_WORDS
                    {
                        found.push(passage(prose, first.start..last.end));
                    }
                    run.clear();
                }
            }
        }
    }
    found
}

fn words(prose: &str, sentence: Range<usize>) -> Vec<Range<usize>> {
    let text = prose.get(sentence.clone()).unwrap_or_default();
    let mut found = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        match (start, character.is_alphanumeric()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                found.push(sentence.start + from..sentence.start + at);
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// The sentences that a range of the description lies in, joined.
pub fn around(prose: &str, range: &Range<usize>) -> String {
    let touched = sentences(prose).into_iter().filter(|one| one.start < range.end && range.start < one.end);
    touched.filter_map(|one| prose.get(one)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prose: &str, expected: &[&str]) {
        let found: Vec<&str> = sentences(prose).into_iter().map(|range| &prose[range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn prose_is_split_as_people_read_it() {
        check("One. Two, e.g. this! Three?", &["One.", "Two, e.g. this!", "Three?"]);
        check("It costs 1.5 EUR. Then\nit ends", &["It costs 1.5 EUR.", "Then\nit ends"]);
        check("# Leave\n\n- ask\n- wait\n\n1. Go", &["# Leave", "- ask", "- wait", "1. Go"]);
        check(" \n", &[]);
    }

    #[test]
    fn what_nobody_accounts_for_is_found() {
        let prose = "The clerk checks the form. If it is over 10 EUR and somebody is away, the lead signs it. Done.";
        let covered: Vec<Range<usize>> =
            ["The clerk checks", "the lead signs it"].iter().flat_map(|quote| places(prose, quote)).collect();
        let left: Vec<String> = left_over(prose, &covered).into_iter().map(|one| one.text).collect();
        assert_eq!(left, ["If it is over 10 EUR and somebody is away", "Done."]);
        let whole = places(prose, prose);
        assert_eq!(left_over(prose, &whole), []);
    }
}
