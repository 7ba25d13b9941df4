//! Lines, and label and value pairs on them.

use super::Span;

/// A label is at most this many characters.
const LONGEST_LABEL: usize = 48;
/// A label has at most this many words.
const MOST_LABEL_WORDS: usize = 6;

/// A line without the blanks around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its place.
    pub span: Span,
}

/// How a label and its value lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `label: value`
    Colon,
    /// The label left of the value, with a gap between.
    Gap,
    /// The value on the line below its label.
    Below,
}

/// A label and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The label, without its colon.
    pub label: Span,
    /// The value, without blanks around it.
    pub value: Span,
    /// How they lie.
    pub layout: Layout,
}

/// The lines of a text that are not blank, in order.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    for piece in text.split(['\n', '\r']) {
        let trimmed = piece.trim();
        if !trimmed.is_empty() {
            let span = trimmed_span(text, start, start + piece.len());
            found.push(Line { text: trimmed, span });
        }
        start += piece.len() + 1;
    }
    found
}

/// All label and value pairs, in order of their labels.
pub fn pairs(text: &str) -> Vec<Pair> {
    let lines = lines(text);
    let mut pairs = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).copied();
        for cell in cells(text, *line) {
            pairs.extend(colon_pair(text, cell, *line, next));
        }
        pairs.extend(gap_pairs(text, *line));
    }
    pairs.sort_by_key(|pair| (pair.label.start, pair.value.start));
    pairs.dedup();
    pairs
}

/// The parts of a line between gaps of two or more blanks.
pub(super) fn cells(text: &str, line: Line<'_>) -> Vec<Span> {
    let mut cells = Vec::new();
    let mut start = line.span.start;
    for piece in line.text.split("  ").flat_map(|piece| piece.split('\t')) {
        let end = start + piece.len();
        let cell = trimmed_span(text, start, end);
        if cell.start < cell.end {
            cells.push(cell);
        }
        // A gap is two blanks or one tab.
        let gap = text.get(end..).map_or(1, |rest| if rest.starts_with("  ") { 2 } else { 1 });
        start = (end + gap).min(line.span.end);
    }
    cells
}

fn colon_pair(text: &str, cell: Span, line: Line<'_>, next: Option<Line<'_>>) -> Option<Pair> {
    let inside = cell.quote(text);
    let colon = inside.find(':')?;
    let label = trimmed_span(text, cell.start, cell.start + colon);
    if !is_label(label.quote(text)) {
        return None;
    }
    let value = trimmed_span(text, cell.start + colon + 1, cell.end);
    if value.start < value.end {
        return Some(Pair { label, value, layout: Layout::Colon });
    }
    let rest = trimmed_span(text, cell.end, line.span.end);
    if rest.start < rest.end {
        return Some(Pair { label, value: rest, layout: Layout::Colon });
    }
    // The label stands alone at the end of the line, so its value is on the next one.
    next.map(|next| Pair { label, value: next.span, layout: Layout::Below })
}

fn gap_pairs(text: &str, line: Line<'_>) -> Vec<Pair> {
    let cells = cells(text, line);
    let neighbours = cells.windows(2).filter(|pair| {
        let label = pair[0].quote(text);
        is_label(label.trim_end_matches(':')) && !pair[1].quote(text).starts_with(':')
    });
    let mut found: Vec<Pair> = neighbours
        .filter(|pair| !pair[0].quote(text).contains(':'))
        .map(|pair| Pair { label: pair[0], value: pair[1], layout: Layout::Gap })
        .collect();
    // `label  : value` in columns.
    for pair in cells.windows(2) {
        let second = pair[1].quote(text);
        if is_label(pair[0].quote(text)) && second.starts_with(':') {
            let value = trimmed_span(text, pair[1].start + 1, pair[1].end);
            if value.start < value.end {
                found.push(Pair { label: pair[0], value, layout: Layout::Colon });
            } else if let Some(third) = cells.iter().find(|cell| cell.start >= pair[1].end) {
                found.push(Pair { label: pair[0], value: *third, layout: Layout::Colon });
            }
        }
    }
    found
}

fn is_label(label: &str) -> bool {
    label.chars().any(char::is_alphabetic)
        && label.chars().count() <= LONGEST_LABEL
        && label.split_whitespace().count() <= MOST_LABEL_WORDS
}

/// The span between two bytes without the blanks at its ends.
pub(super) fn trimmed_span(text: &str, start: usize, end: usize) -> Span {
    let Some(inside) = text.get(start..end) else {
        return Span { start, end: start };
    };
    let front = inside.len() - inside.trim_start().len();
    Span { start: start + front, end: start + front + inside.trim().len() }
}
