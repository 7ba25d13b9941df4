//! Word files with places: the text that such a file is as a template, and the file with words in its places.
//!
//! The text and the places come from one reading, so that the words of a letter go where the letter has them.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    io::{Cursor, Write as _},
    ops::Range,
};

use countersign_core::template::{Piece, pieces};
use serde::{Deserialize, Serialize};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    NoText,
    archive::Archive,
    kind::Kind,
    kind::{self, Found},
    word_part::{Part, is_utf8, xml},
};

/// The largest Word file that is a template, in bytes.
pub const WORD_TEMPLATE_BYTES_MAX: usize = 256 * 1024;

/// The text itself.
const BODY: &str = "word/document.xml";
/// What stands beside it on pages, in this order and by name.
const BESIDE_BODY: [&str; 4] = ["word/header", "word/footer", "word/footnotes", "word/endnotes"];
/// The list of what the parts of the file are.
const TYPES: &str = "[Content_Types].xml";
/// What the text itself must be there: not a document with macros, and not what Word begins new documents from.
const TYPE_OF_BODY: &str = "wordprocessingml.document.main+xml";
/// What is not taken, by words of a part's name, its type or its relation to another, and how people call it.
const NOT_TAKEN: [(&str, &str); 7] = [
    ("vbaproject", "macros"),
    ("macroenabled", "macros"),
    ("activex", "controls that run a program"),
    ("relationships/control", "controls that run a program"),
    ("oleobject", "an object of another program"),
    ("afchunk", "another file"),
    ("_xmlsignatures", "a digital signature, which filling it in would break"),
];
/// The one relation that may lead out of the file: it is followed when somebody clicks.
const LINK: &str = "/hyperlink";

/// Why a Word file is no template, or is not filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WordFault {
    /// It is something else.
    #[error("the file is not a Word file; save it in Word as a document (.docx) and attach that")]
    NotWord,
    /// It is too large.
    #[error("the Word file has more than {WORD_TEMPLATE_BYTES_MAX} bytes; make its pictures smaller or take them out")]
    TooLarge,
    /// It opens only with a password.
    #[error("the Word file is protected by a password; attach a copy without one")]
    Encrypted,
    /// It cannot be read.
    #[error("the Word file cannot be read: it is broken or unusual; open it in Word, save it as .docx and attach that")]
    Broken,
    /// It unpacks to more than is taken.
    #[error("the Word file unpacks to far more than it holds, which is not normal; save it anew in Word")]
    Expands,
    /// It has no letters.
    #[error("the Word file has no text; write the letter in it, with places such as {{amount}}")]
    Blank,
    /// It holds something that does not belong in a letter.
    #[error("the Word file holds {what}; take that out in Word, save it as .docx and attach that")]
    Holds {
        /// What.
        what: String,
    },
    /// The letter has other places than the file.
    #[error("the letter has words for {words} places and the Word file has {places}; fill the letter in again")]
    Differs {
        /// How many places have words.
        words: usize,
        /// How many the file has.
        places: usize,
    },
    /// A limit on time or memory was reached, or the process ended.
    #[error("reading the Word file took too much time or memory, or broke off; make the file simpler")]
    Stopped,
    /// Others were being read for too long.
    #[error("too many documents are being read at the same time; try again in a minute")]
    Busy,
    /// The process that would read it could not be started.
    #[error("the Word file was not read because no reader could be started on this machine; tell an administrator")]
    NoReader,
}

impl WordFault {
    pub(super) fn holds(what: &str) -> Self {
        Self::Holds { what: what.to_owned() }
    }
}

impl From<NoText> for WordFault {
    fn from(why: NoText) -> Self {
        match why {
            NoText::Encrypted => Self::Encrypted,
            NoText::Expands => Self::Expands,
            NoText::Broken { .. } => Self::Broken,
            NoText::Blank => Self::Blank,
            NoText::Busy => Self::Busy,
            NoText::NoReader => Self::NoReader,
            NoText::Memory { .. } | NoText::Time { .. } | NoText::BrokeOff | NoText::TooLong => Self::Stopped,
            NoText::NotHere => Self::NoReader,
            NoText::Empty | NoText::OtherKind | NoText::Picture | NoText::Archive | NoText::OldOffice => Self::NotWord,
            NoText::NotUtf8 | NoText::Scan { .. } => Self::NotWord,
        }
    }
}

/// The text of a Word file as a template: a line for each paragraph, then what stands at the top and foot of pages.
///
/// # Errors
/// When it is no Word file, or one that is not taken as a template.
pub(super) fn text(file: &[u8]) -> Result<String, WordFault> {
    let form = Form::read(file)?;
    let text = form.text.trim();
    if text.is_empty() { Err(WordFault::Blank) } else { Ok(text.to_owned()) }
}

/// A Word file with words in its places.
///
/// # Errors
/// As for [`text`], and when there are not as many words as places.
pub(super) fn filled(file: &[u8], words: &[Cow<'_, str>]) -> Result<Vec<u8>, WordFault> {
    let form = Form::read(file)?;
    let edits = edits(&form.text, words)?;
    let broken = |_| WordFault::Broken;
    let mut zip = ZipArchive::new(Cursor::new(file)).map_err(broken)?;
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        match form.parts.iter().find(|(known, _)| *known == name) {
            Some((_, part)) => {
                out.start_file(name, SimpleFileOptions::default()).map_err(broken)?;
                out.write_all(part.with(&edits).as_bytes()).map_err(|_| WordFault::Broken)?;
            }
            None => out.raw_copy_file(entry).map_err(broken)?,
        }
    }
    Ok(out.finish().map_err(broken)?.into_inner())
}

/// A Word file that was looked through.
struct Form {
    /// The parts with letters, by name.
    parts: Vec<(String, Part)>,
    text: String,
}

impl Form {
    fn read(file: &[u8]) -> Result<Self, WordFault> {
        if file.len() > WORD_TEMPLATE_BYTES_MAX {
            return Err(WordFault::TooLarge);
        }
        match kind::find("template.docx", file) {
            Found { kind: Ok(Kind::Word), .. } => {}
            Found { kind: Err(NoText::Encrypted), .. } => return Err(WordFault::Encrypted),
            Found { .. } => return Err(WordFault::NotWord),
        }
        let mut archive = Archive::open(file, "Word file")?;
        // What is copied as it is has been unpacked once within the limits.
        archive.check_all()?;
        let names = archive.names();
        look_through(&mut archive, &names)?;
        let beside = BESIDE_BODY.iter().flat_map(|start| {
            names.iter().filter(move |name| like(name, |name| name.starts_with(start) && name.ends_with(".xml")))
        });
        let (mut parts, mut text) = (Vec::new(), String::new());
        for name in std::iter::once(&BODY.to_owned()).chain(beside) {
            let bytes = archive.entry(name)?.ok_or(WordFault::Broken)?;
            let mut part = Part::read(&bytes)?;
            fields(&xml(&bytes)?)?;
            part.tell(&mut text);
            parts.push((name.clone(), part));
        }
        Ok(Self { parts, text })
    }
}

/// Whether a name is like this. Programs that open such files tell no case of letters (part 2, section 6.3).
fn like(name: &str, like: impl Fn(&str) -> bool) -> bool {
    like(&name.to_lowercase())
}

/// Refuses what runs by itself, what is fetched from elsewhere, and what would break.
fn look_through(archive: &mut Archive<'_>, names: &[String]) -> Result<(), WordFault> {
    let different: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    if different.len() < names.len() || names.iter().any(|name| name.contains('\\') || name.starts_with('/')) {
        return Err(WordFault::Broken);
    }
    let types = xml(&archive.entry(TYPES)?.ok_or(WordFault::Broken)?)?;
    // Written in another way than letter by letter, a type could not be told.
    if types.contains('&') {
        return Err(WordFault::Broken);
    }
    let mut said = names.join("\n") + &types;
    for name in names.iter().filter(|name| like(name, |name| name.ends_with(".rels"))) {
        let listed = xml(&archive.entry(name)?.ok_or(WordFault::Broken)?)?;
        outside(name, &listed)?;
        said.push_str(&listed);
    }
    let said = said.to_lowercase();
    if let Some((_, what)) = NOT_TAKEN.iter().find(|(sign, _)| said.contains(sign)) {
        return Err(WordFault::holds(what));
    }
    if types.contains(TYPE_OF_BODY) { Ok(()) } else { Err(WordFault::NotWord) }
}

/// What one part of the file says of another.
struct Relation {
    kind: String,
    target: String,
    outside: bool,
}

/// The relations that a part of the file lists. Whatever could be read in two ways is refused.
fn relations(listed: &str) -> Result<Vec<Relation>, WordFault> {
    let mut reader = quick_xml::Reader::from_str(listed);
    let mut found = Vec::new();
    loop {
        use quick_xml::events::Event;
        match reader.read_event().map_err(|_| WordFault::Broken)? {
            Event::Start(tag) | Event::Empty(tag) => {
                let (mut one, mut mode) =
                    (Relation { kind: String::new(), target: String::new(), outside: false }, String::new());
                for attribute in tag.attributes() {
                    let attribute = attribute.map_err(|_| WordFault::Broken)?;
                    let (name, value) = (attribute.key.into_inner(), attribute.value.trim());
                    match name {
                        "Type" => one.kind = value.to_owned(),
                        "TargetMode" => mode = value.to_owned(),
                        "Target" => one.target = value.to_owned(),
                        // One with a prefix could be taken for the one without.
                        other if other.contains(':') && !other.starts_with("xmlns") => return Err(WordFault::Broken),
                        _ => {}
                    }
                }
                if mode.contains('&') || one.kind.contains('&') {
                    return Err(WordFault::Broken);
                }
                one.outside = mode.eq_ignore_ascii_case("external");
                found.push(one);
            }
            Event::Decl(decl) => is_utf8(&decl)?,
            Event::DocType(_) => return Err(WordFault::Broken),
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// Refuses relations that a program follows by itself to somewhere outside the file, such as a template elsewhere, and
/// those that make something else the text than what was read.
fn outside(of: &str, listed: &str) -> Result<(), WordFault> {
    let elsewhere = || WordFault::holds("something that is fetched from elsewhere when it is opened");
    for Relation { kind, target, outside } in relations(listed)? {
        if outside {
            if !kind.ends_with(LINK) {
                return Err(elsewhere());
            }
            continue;
        }
        if target.contains("://") || target.starts_with("//") || target.contains('\\') {
            return Err(elsewhere());
        }
        let of = of.to_lowercase();
        let folder = of.split("_rels/").next().unwrap_or_default();
        if !matches!(folder, "" | "word/") {
            continue;
        }
        let part = target.strip_prefix('/').map_or_else(|| format!("{folder}{target}"), str::to_owned);
        let part = part.to_lowercase();
        let read = match kind.rsplit('/').next().unwrap_or_default() {
            "officeDocument" => part == BODY,
            "header" | "footer" | "footnotes" | "endnotes" => {
                BESIDE_BODY.iter().any(|start| part.starts_with(start)) && part.ends_with(".xml")
            }
            _ => true,
        };
        if !read {
            return Err(WordFault::Broken);
        }
    }
    Ok(())
}

/// Refuses fields that fetch something or talk to another program when the file is opened, and pictures that lie
/// elsewhere.
fn fields(part: &str) -> Result<(), WordFault> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(part);
    let (mut codes, mut inside) = (String::new(), false);
    loop {
        let event = reader.read_event().map_err(|_| WordFault::Broken)?;
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                let code = tag.local_name().into_inner().to_owned();
                inside = code == "instrText" && matches!(event, Event::Start(_));
                for attribute in tag.attributes() {
                    let attribute = attribute.map_err(|_| WordFault::Broken)?;
                    match attribute.key.local_name().into_inner() {
                        "instr" => codes.push_str(&attribute.value),
                        "link" if attribute.key.into_inner().contains(':') => {
                            return Err(WordFault::holds("a picture that lies elsewhere"));
                        }
                        _ => {}
                    }
                }
            }
            Event::Text(text) if inside => codes.push_str(&String::from_utf8_lossy(text.as_ref().as_bytes())),
            Event::CData(text) if inside => codes.push_str(&String::from_utf8_lossy(text.as_ref().as_bytes())),
            Event::GeneralRef(name) if inside && name.as_ref().starts_with('#') => codes.push_str("&#"),
            Event::End(_) => inside = false,
            Event::Eof => break,
            _ => {}
        }
    }
    // A link to click on may stand there; a code that is written in another way than letter by letter may not.
    let codes = codes.to_uppercase().replace("&QUOT;", "").replace("&AMP;", "").replace("HYPERLINK", "");
    let fetches = ["DDE", "INCLUDE", "LINK", "IMPORT", "DATABASE", "&#"].iter().any(|code| codes.contains(code));
    if fetches { Err(WordFault::holds("a field that fetches something from elsewhere")) } else { Ok(()) }
}

/// What changes in the text: words take their places, and of two braces that stand for one the second goes.
fn edits<'a>(text: &str, words: &'a [Cow<'a, str>]) -> Result<Vec<(Range<usize>, &'a str)>, WordFault> {
    let pieces = pieces(text).map_err(|_| WordFault::Broken)?;
    let places = pieces.iter().filter(|piece| matches!(piece, Piece::Place(..))).count();
    if places != words.len() {
        return Err(WordFault::Differs { words: words.len(), places });
    }
    let (mut edits, mut at, mut words) = (Vec::with_capacity(places), 0, words.iter());
    for piece in pieces {
        match piece {
            Piece::Words(said) => {
                at += said.len();
                // Words end with a brace only where two of them stand for one.
                if said.ends_with(['{', '}']) {
                    edits.push((at..at + 1, ""));
                    at += 1;
                }
            }
            Piece::Place(_, from) => {
                let end = text.get(from..).and_then(|rest| rest.find('}')).map_or(text.len(), |end| from + end + 1);
                edits.push((from..end, words.next().map_or("", AsRef::as_ref)));
                at = end;
            }
        }
    }
    Ok(edits)
}
