//! Text as it is put together from the parts of a document: lines, paragraphs, rows of cells.

use super::{MAX_TEXT_BYTES, NoText, table};

/// Stands between the cells of a row until the row is written; control characters of documents are left out before.
const CELL: char = '\u{1f}';

/// A text under construction.
#[derive(Debug, Default)]
pub(super) struct Flow {
    text: String,
    row_at: usize,
}

impl Flow {
    /// Adds text as it stands. Characters that steer machines are left out.
    pub(super) fn add(&mut self, words: &str) -> Result<(), NoText> {
        let words = words.chars().filter(|one| !one.is_control() || matches!(one, '\n' | '\t'));
        self.text.extend(words);
        if self.text.len() > MAX_TEXT_BYTES { Err(NoText::TooLong) } else { Ok(()) }
    }

    /// Adds text in which every run of white space is one blank.
    pub(super) fn add_words(&mut self, words: &str) -> Result<(), NoText> {
        if words.starts_with(char::is_whitespace) && !self.at_blank() {
            self.text.push(' ');
        }
        let mut first = true;
        for word in words.split_whitespace() {
            if !first {
                self.text.push(' ');
            }
            first = false;
            self.add(word)?;
        }
        if words.ends_with(char::is_whitespace) && !first {
            self.text.push(' ');
        }
        Ok(())
    }

    /// Ends the line, if it holds anything.
    pub(super) fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(['\n', CELL]) {
            self.text.push('\n');
        }
    }

    /// Ends the line and leaves one free.
    pub(super) fn gap(&mut self) {
        self.line();
        if !self.text.is_empty() && !self.text.ends_with(CELL) && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Begins a row of a table.
    pub(super) fn row(&mut self) {
        self.line();
        self.row_at = self.text.len();
    }

    /// Begins a cell of a row.
    pub(super) fn cell(&mut self) {
        let kept = self.text.trim_end_matches([' ', '\n']).len().max(self.row_at);
        self.text.truncate(kept);
        if kept > self.row_at {
            self.text.push(CELL);
        }
    }

    /// The text, with its rows written out, at most one free line in a place, and none around it.
    pub(super) fn finish(self) -> Result<String, NoText> {
        let mut out = String::with_capacity(self.text.len());
        for line in self.text.lines() {
            let line = match line.contains(CELL) {
                true => {
                    let cells = line.split(CELL).map(str::trim).filter(|cell| !cell.is_empty());
                    table::row(&cells.collect::<Vec<_>>())
                }
                false => line.trim_end().to_owned(),
            };
            if !line.is_empty() || !(out.is_empty() || out.ends_with("\n\n")) {
                out.push_str(&line);
                out.push('\n');
            }
        }
        out.truncate(out.trim_end().len());
        if out.trim().is_empty() { Err(NoText::Blank) } else { Ok(out) }
    }

    fn at_blank(&self) -> bool {
        self.text.is_empty() || self.text.ends_with([' ', '\n', CELL])
    }
}
