//! PDF (ISO 32000): the letters of its text layer, put into lines by where they stand on the page.

use std::{collections::BTreeMap, fmt};

use pdf_extract::{Document, MediaBox, OutputDev, OutputError, Transform, output_doc};

use super::{MAX_TEXT_BYTES, NoText};

const KIND: &str = "PDF";
/// The entry of the trailer that says how a document is protected (ISO 32000-2, section 7.6).
const ENCRYPT: &[u8] = b"/Encrypt";
/// The most pages of a document that is read.
const PAGES_MAX: usize = 2_000;
/// Letters whose base lines differ by less than this share of their size stand on one line.
const SAME_LINE: f64 = 0.4;
/// A space between letters, as a share of their size, that is a blank.
const BLANK: f64 = 0.15;
/// A step down, as a multiple of the letters' size, that is a free line.
const FREE_LINE: f64 = 2.2;

/// The text of a document, page by page.
pub(super) fn text(bytes: &[u8]) -> Result<String, NoText> {
    let sealed = bytes.windows(ENCRYPT.len()).any(|window| window == ENCRYPT);
    pages(bytes).map_err(|why| match why {
        // What nobody can open without a password looks broken to whoever has none.
        NoText::Broken { .. } if sealed => NoText::Encrypted,
        why => why,
    })
}

fn pages(bytes: &[u8]) -> Result<String, NoText> {
    let mut document = Document::load_mem(bytes).map_err(|_| NoText::broken(KIND))?;
    if document.is_encrypted() && document.decrypt("").is_err() {
        return Err(NoText::Encrypted);
    }
    let pages = document.get_pages().len();
    if pages == 0 {
        return Err(NoText::broken(KIND));
    }
    if pages > PAGES_MAX {
        return Err(NoText::TooLong);
    }
    let mut output = Output::default();
    let done = output_doc(&document, &mut output);
    if output.length > MAX_TEXT_BYTES {
        return Err(NoText::TooLong);
    }
    done.map_err(|_| NoText::broken(KIND))?;
    output.finish(pages)
}

/// A few letters and where they stand, in points from the lower left.
#[derive(Clone, Debug)]
struct Piece {
    x: f64,
    end: f64,
    y: f64,
    size: f64,
    text: String,
}

/// Takes the letters of each page.
#[derive(Debug, Default)]
struct Output {
    page: u32,
    pieces: Vec<Piece>,
    texts: BTreeMap<u32, String>,
    length: usize,
}

impl Output {
    fn finish(self, pages: usize) -> Result<String, NoText> {
        let seen = |text: &str| text.chars().any(char::is_alphanumeric);
        if !self.texts.values().any(|text| seen(text)) {
            return Err(NoText::Scan { pages });
        }
        let mut all = Vec::new();
        for (number, text) in self.texts {
            // Whoever reads on must know that something was not read.
            all.push(if seen(&text) { text } else { format!("(Page {number} has no text layer.)") });
        }
        Ok(all.join("\n\n"))
    }
}

impl OutputDev for Output {
    fn begin_page(&mut self, page_num: u32, _: &MediaBox, _: Option<(f64, f64, f64, f64)>) -> Result<(), OutputError> {
        self.page = page_num;
        self.pieces.clear();
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        let text = lines(std::mem::take(&mut self.pieces));
        self.texts.insert(self.page, text);
        Ok(())
    }

    fn output_character(
        &mut self,
        trm: &Transform,
        width: f64,
        _: f64,
        font_size: f64,
        char: &str,
    ) -> Result<(), OutputError> {
        self.length += char.len();
        if self.length > MAX_TEXT_BYTES {
            return Err(OutputError::FormatError(fmt::Error));
        }
        let scale = (trm.m11 * trm.m22 - trm.m12 * trm.m21).abs().sqrt();
        let size = (scale * font_size).max(0.1);
        let (x, y) = (trm.m31, trm.m32);
        let text: String = char.chars().filter(|one| !one.is_control()).collect();
        if !text.is_empty() && x.is_finite() && y.is_finite() {
            self.pieces.push(Piece { x, end: x + width * size, y, size, text });
        }
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

/// The letters of a page as lines, from the top down and from left to right.
fn lines(mut pieces: Vec<Piece>) -> String {
    pieces.sort_by(|one, other| other.y.total_cmp(&one.y));
    let mut text = String::new();
    let mut before: Option<f64> = None;
    let mut rest = pieces.as_slice();
    while let Some(first) = rest.first() {
        let near = |piece: &Piece| first.y - piece.y < SAME_LINE * piece.size.min(first.size);
        let count = rest.iter().position(|piece| !near(piece)).unwrap_or(rest.len()).max(1);
        let (line, after) = rest.split_at(count);
        let free = before.is_some_and(|y| y - first.y > FREE_LINE * first.size);
        if free {
            text.push('\n');
        }
        let written = one_line(line.to_vec());
        if !written.is_empty() {
            text.push_str(&written);
            text.push('\n');
            before = Some(first.y);
        }
        rest = after;
    }
    text.trim_end().to_owned()
}

fn one_line(mut pieces: Vec<Piece>) -> String {
    // Letters of one place stay in the order in which they were drawn.
    pieces.sort_by(|one, other| one.x.total_cmp(&other.x));
    let mut text = String::new();
    let mut last: Option<&Piece> = None;
    for piece in &pieces {
        if let Some(last) = last {
            // Bold letters are sometimes drawn twice, a hair apart.
            if last.text == piece.text && (piece.x - last.x).abs() < 0.1 * piece.size {
                continue;
            }
            if piece.x - last.end > BLANK * piece.size && !text.ends_with(' ') && !piece.text.starts_with(' ') {
                text.push(' ');
            }
        }
        text.push_str(&piece.text);
        last = Some(piece);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
