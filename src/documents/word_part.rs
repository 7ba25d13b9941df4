//! One part of a Word file with places: which letters stand where on the page, and the part with other letters there.
//!
//! What is not text of a paragraph is never touched: a part is copied byte by byte but for the letters that change.

use std::{fmt::Write as _, ops::Range};

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesDecl, BytesStart, Event},
    name::{Namespace, ResolveResult},
};

use super::{word, word_template::WordFault};

/// The names of the vocabulary of text documents, as most programs write it and in its strict form (ECMA-376).
const WORDS: [&str; 2] = [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
];
/// The vocabulary by which a drawing stands in a file twice, for newer and older programs (ECMA-376, part 3).
const COMPATIBILITY: &str = "http://schemas.openxmlformats.org/markup-compatibility/2006";
const TRACKED: &str = "tracked changes";

/// A part that was read.
#[derive(Debug)]
pub(super) struct Part {
    xml: String,
    paragraphs: usize,
    /// In the order of the file.
    stretches: Vec<Stretch>,
}

/// A stretch of the file that letters stand in, or that is left out of what is made from it.
#[derive(Debug)]
struct Stretch {
    source: Range<usize>,
    /// The paragraph, counted by where each begins, so that a text box comes after the paragraph that it hangs on.
    paragraph: usize,
    text: String,
    /// Where its text begins in the text of the template.
    at: usize,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// The letters of an element, which is named with this prefix.
    Letters(String),
    /// An element that stands for one letter.
    Sign,
    /// What programs would put in the place of the letters, or show instead.
    LeftOut,
}

/// An element that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Paragraph,
    Run,
    Letters,
    LeftOut(usize),
    Other,
}

impl Part {
    /// Reads a part.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, WordFault> {
        let xml = xml(bytes)?;
        let mut reading = Reading::default();
        reading.all(&xml)?;
        let Reading { paragraphs, stretches, .. } = reading;
        Ok(Self { xml, paragraphs, stretches })
    }

    /// Adds its text, a line for each paragraph; nothing when it has no letters.
    pub(super) fn tell(&mut self, text: &mut String) {
        if !self.stretches.iter().any(|stretch| !stretch.text.trim().is_empty()) {
            // Stretches of blanks stand nowhere in the text, so that nothing is ever put into them.
            self.stretches.retain(|stretch| stretch.kind == Kind::LeftOut);
            return;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let mut order: Vec<usize> = (0..self.stretches.len()).collect();
        order.sort_by_key(|index| self.stretches.get(*index).map(|stretch| stretch.paragraph));
        let mut line = 0;
        for index in order {
            let Some(stretch) = self.stretches.get_mut(index) else { continue };
            text.extend(std::iter::repeat_n('\n', stretch.paragraph.saturating_sub(line)));
            line = line.max(stretch.paragraph);
            stretch.at = text.len();
            text.push_str(&stretch.text);
        }
        text.extend(std::iter::repeat_n('\n', self.paragraphs.saturating_sub(line)));
    }

    /// The part with other words in places of the text: each `(from and to, words)`, in order.
    pub(super) fn with(&self, edits: &[(Range<usize>, &str)]) -> String {
        let mut out = String::with_capacity(self.xml.len());
        let mut copied = 0;
        for stretch in &self.stretches {
            let Some(new) = stretch.with(edits) else { continue };
            out.push_str(self.xml.get(copied..stretch.source.start).unwrap_or_default());
            out.push_str(&new);
            copied = stretch.source.end;
        }
        out.push_str(self.xml.get(copied..).unwrap_or_default());
        out
    }
}

impl Stretch {
    /// What takes its place; `None` when it stays as it is.
    fn with(&self, edits: &[(Range<usize>, &str)]) -> Option<String> {
        if self.kind == Kind::LeftOut {
            return Some(String::new());
        }
        let end = self.at + self.text.len();
        let first = edits.partition_point(|(range, _)| range.end <= self.at);
        let inside = edits.get(first..)?.iter().take_while(|(range, _)| range.start < end);
        let (mut words, mut done, mut touched) = (String::new(), self.at, false);
        for (range, put) in inside {
            touched = true;
            if range.start >= self.at {
                words.push_str(self.between(done, range.start));
                words.push_str(put);
            }
            done = range.end.min(end);
        }
        words.push_str(self.between(done, end));
        match &self.kind {
            _ if !touched => None,
            Kind::Letters(prefix) => Some(letters(prefix, &words)),
            Kind::Sign | Kind::LeftOut => Some(String::new()),
        }
    }

    fn between(&self, from: usize, to: usize) -> &str {
        self.text.get(from - self.at..to - self.at).unwrap_or_default()
    }
}

/// Words as elements of a run. Whatever they are, they come out as letters: no tag, no field and no link.
fn letters(prefix: &str, words: &str) -> String {
    let mut out = format!("<{prefix}t xml:space=\"preserve\">");
    for letter in words.chars() {
        // Writing to a string cannot fail.
        let _ = match letter {
            '\n' => write!(out, "</{prefix}t><{prefix}br/><{prefix}t xml:space=\"preserve\">"),
            '\t' => write!(out, "</{prefix}t><{prefix}tab/><{prefix}t xml:space=\"preserve\">"),
            '&' => out.write_str("&amp;"),
            '<' => out.write_str("&lt;"),
            '>' => out.write_str("&gt;"),
            // XML has no way to say these.
            '\u{fffe}' | '\u{ffff}' => Ok(()),
            other if other.is_control() => Ok(()),
            other => out.write_char(other),
        };
    }
    let _ = write!(out, "</{prefix}t>");
    out
}

/// Reading a part from its beginning to its end.
#[derive(Debug, Default)]
struct Reading {
    open: Vec<Open>,
    /// The paragraphs that are open, the innermost last.
    within: Vec<usize>,
    paragraphs: usize,
    stretches: Vec<Stretch>,
    /// Where the element with letters begins, and whether blanks at its ends count.
    letters_from: (usize, bool),
    letters: String,
}

impl Reading {
    fn all(&mut self, xml: &str) -> Result<(), WordFault> {
        let mut reader = NsReader::from_str(xml);
        loop {
            let from = position(&reader);
            let (space, event) = reader.read_resolved_event().map_err(|_| WordFault::Broken)?;
            let space = match space {
                ResolveResult::Bound(Namespace(name)) => name,
                ResolveResult::Unbound | ResolveResult::Unknown(_) => "",
            };
            match event {
                Event::Decl(decl) => is_utf8(&decl)?,
                // No program writes one here, and its entities are how small files become large.
                Event::DocType(_) => return Err(WordFault::Broken),
                Event::Start(tag) => {
                    let open = self.start(&tag, space, from)?;
                    self.open.push(open);
                }
                Event::Empty(tag) => {
                    let open = self.start(&tag, space, from)?;
                    self.end(open, "", from..position(&reader));
                }
                Event::End(tag) => {
                    let open = self.open.pop().ok_or(WordFault::Broken)?;
                    let name = tag.name();
                    self.end(open, name.into_inner(), from..position(&reader));
                }
                Event::Text(words) if self.is_in_letters() => {
                    self.letters.push_str(&words.xml_content(XmlVersion::Implicit1_0));
                }
                Event::CData(words) if self.is_in_letters() => {
                    self.letters.push_str(&words.xml_content(XmlVersion::Implicit1_0));
                }
                Event::GeneralRef(name) if self.is_in_letters() => {
                    self.letters.push_str(&word::character(&name).ok_or(WordFault::Broken)?);
                }
                Event::Eof if self.open.is_empty() => return Ok(()),
                Event::Eof => return Err(WordFault::Broken),
                _ => {}
            }
        }
    }

    fn is_in_letters(&self) -> bool {
        self.open.last() == Some(&Open::Letters)
    }

    /// What an element is that begins here.
    fn start(&mut self, tag: &BytesStart<'_>, space: &str, from: usize) -> Result<Open, WordFault> {
        if self.open.iter().any(|open| matches!(open, Open::LeftOut(_))) {
            return Ok(Open::Other);
        }
        if self.is_in_letters() {
            return Err(WordFault::Broken);
        }
        let local = tag.local_name();
        let name = local.into_inner();
        // Bound to other data of the file, the letters would be overwritten by it when the file is opened.
        if name == "dataBinding" || name == "Fallback" && space == COMPATIBILITY {
            return Ok(Open::LeftOut(from));
        }
        if !WORDS.contains(&space) {
            return Ok(Open::Other);
        }
        let in_run = self.open.last() == Some(&Open::Run);
        Ok(match name {
            "ins" | "del" | "moveFrom" | "moveTo" => return Err(WordFault::holds(TRACKED)),
            "p" => {
                self.within.push(self.paragraphs);
                self.paragraphs += 1;
                Open::Paragraph
            }
            "r" => Open::Run,
            "t" if in_run => {
                let mut said = tag.attributes().flatten();
                let preserve = said.any(|one| one.key.into_inner() == "xml:space" && one.value.as_ref() == "preserve");
                self.letters_from = (from, preserve);
                self.letters.clear();
                Open::Letters
            }
            "tab" if in_run => self.sign("\t", from),
            "br" | "cr" if in_run => self.sign("\n", from),
            "noBreakHyphen" if in_run => self.sign("-", from),
            _ => Open::Other,
        })
    }

    /// An element that stands for one letter; where it ends is known when it does.
    fn sign(&mut self, letter: &str, from: usize) -> Open {
        self.stretch(from..from, letter.to_owned(), Kind::Sign);
        Open::Other
    }

    fn end(&mut self, open: Open, name: &str, source: Range<usize>) {
        match open {
            Open::Paragraph => drop(self.within.pop()),
            Open::LeftOut(from) => self.stretch(from..source.end, String::new(), Kind::LeftOut),
            Open::Letters => {
                let (from, preserve) = self.letters_from;
                // Ends of lines within an element are blanks.
                let kept = |one: char| if matches!(one, '\n' | '\t') { Some(' ') } else { Some(one) };
                let text: String = self.letters.chars().filter_map(kept).filter(|one| !one.is_control()).collect();
                let text = if preserve { text } else { text.trim().to_owned() };
                let prefix = name.strip_suffix('t').unwrap_or_default().to_owned();
                if !text.is_empty() {
                    self.stretch(from..source.end, text, Kind::Letters(prefix));
                }
            }
            Open::Run | Open::Other => {
                let ends_here = |last: &&mut Stretch| last.source.is_empty() && last.kind == Kind::Sign;
                if let Some(sign) = self.stretches.last_mut().filter(ends_here) {
                    sign.source.end = source.end;
                }
            }
        }
    }

    fn stretch(&mut self, source: Range<usize>, text: String, kind: Kind) {
        // What stands in no paragraph stands on no page.
        let Some(paragraph) = self.within.last().copied().or((kind == Kind::LeftOut).then_some(0)) else { return };
        self.stretches.push(Stretch { source, paragraph, text, at: 0, kind });
    }
}

/// The XML of a part. Another encoding would be read otherwise by Word than here.
pub(super) fn xml(bytes: &[u8]) -> Result<String, WordFault> {
    let xml = std::str::from_utf8(bytes).ok().filter(|xml| !xml.contains('\0')).ok_or(WordFault::Broken)?;
    Ok(xml.trim_start_matches('\u{feff}').to_owned())
}

/// Refuses XML that claims to be in another encoding than the one that it is read and written in.
pub(super) fn is_utf8(decl: &BytesDecl<'_>) -> Result<(), WordFault> {
    let named = decl.encoding().transpose().map_err(|_| WordFault::Broken)?;
    let same = named.is_none_or(|name| AsRef::<str>::as_ref(&name).eq_ignore_ascii_case("utf-8"));
    if same { Ok(()) } else { Err(WordFault::Broken) }
}

fn position(reader: &NsReader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}
