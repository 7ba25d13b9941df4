//! From a document's bytes to the text that agents read and people see beside it.
//!
//! Plain text is read here. Everything else that is read at all is read by this program started once more, with its
//! own limits on time and memory ([`apart`]): what strangers send must not bring down what many work with. A document
//! that is not read goes to a person, who is told why.

pub mod apart;
mod archive;
pub mod child;
mod flow;
mod kind;
mod mail;
mod page;
mod pdf;
mod plain;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod word;
mod word_part;
mod word_template;

use countersign_core::canonical::{Digest, digest_bytes};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use self::kind::Found;

pub use self::{
    kind::Kind,
    word_template::{WORD_TEMPLATE_BYTES_MAX, WordFault},
};

/// A longer text is not read.
pub const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;
/// The longest reason that is kept of why a document was not read, in characters.
pub const MAX_REASON_CHARS: usize = 300;

/// A document's text, and the digest that evidence counts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// The text, without a byte order mark.
    pub text: String,
    /// Its digest.
    pub digest: Digest,
}

/// What became of reading a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The media type by the document's content: what a sender claims is not believed.
    pub media_type: &'static str,
    /// The way of reading with its revision, for the record; `None` for documents of a kind that is not read.
    pub reader: Option<&'static str>,
    /// Its text.
    pub text: Result<Rendition, NoText>,
}

/// Reads documents.
pub trait Reader: Send + Sync {
    /// Reads one document. Whatever is wrong with it becomes a [`NoText`].
    fn read<'a>(&'a self, name: &'a str, bytes: &'a [u8]) -> BoxFuture<'a, Outcome>;

    /// Reads a Word file with places: the text that it is as a template.
    fn word_template<'a>(&'a self, file: &'a [u8]) -> BoxFuture<'a, Result<String, WordFault>>;

    /// Puts words into the places of a Word file, in the order in which its text has them.
    fn fill<'a>(&'a self, file: &'a [u8], words: &'a [&'a str]) -> BoxFuture<'a, Result<Vec<u8>, WordFault>>;
}

/// Reads plain text and leaves everything else to people: for what runs without processes, such as a trial.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainOnly;

impl Reader for PlainOnly {
    fn read<'a>(&'a self, name: &'a str, bytes: &'a [u8]) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(read_plain(name, bytes)))
    }

    fn word_template<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<String, WordFault>> {
        Box::pin(std::future::ready(Err(WordFault::NoReader)))
    }

    fn fill<'a>(&'a self, _: &'a [u8], _: &'a [&'a str]) -> BoxFuture<'a, Result<Vec<u8>, WordFault>> {
        Box::pin(std::future::ready(Err(WordFault::NoReader)))
    }
}

/// Why a document has no text, in words for the person who looks at it instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoText {
    /// It is empty.
    #[error("the document is empty")]
    Empty,
    /// It is too long.
    #[error("the document's text is longer than {MAX_TEXT_BYTES} bytes, so it was not read")]
    TooLong,
    /// It is of no kind that is read.
    #[error("the document is of a kind that is not read (read are text, CSV, HTML, e-mail, PDF, DOCX and XLSX)")]
    OtherKind,
    /// It is an image.
    #[error("the document is a picture without text, so it was not read; a person looks at it")]
    Picture,
    /// It is a container of other files.
    #[error("the document is an archive, which is not opened; hand its files in one by one")]
    Archive,
    /// It is of an office program's old format.
    #[error("the document is of an old office format, so it was not read; save it as DOCX, XLSX or PDF")]
    OldOffice,
    /// It is text of an encoding that it does not name.
    #[error("the document's text is not in UTF-8 and names no encoding, so it was not read; a person looks at it")]
    NotUtf8,
    /// It has letters but none that can be seen.
    #[error("the document holds no visible text")]
    Blank,
    /// It has pages and nothing but pictures on them.
    #[error("the PDF has {pages} {} but no text layer: it is a scan, so a person reads it", page_or_pages(*.pages))]
    Scan {
        /// How many pages it has.
        pages: usize,
    },
    /// It opens only with a password.
    #[error("the document is protected by a password, so it was not read; ask for a copy without one")]
    Encrypted,
    /// It is not what it says it is.
    #[error("the {kind} cannot be opened: it is broken or cut off; ask for it again")]
    Broken {
        /// What it says it is.
        kind: String,
    },
    /// It unpacks to more than is taken.
    #[error("the document unpacks to far more than it holds, which is not normal, so reading it was stopped")]
    Expands,
    /// Reading took too much memory.
    #[error("reading the document took more than {mebibytes} MiB of memory, so it was stopped; a person looks at it")]
    Memory {
        /// How much was allowed.
        mebibytes: u64,
    },
    /// Reading took too long.
    #[error("reading the document took longer than {seconds} s, so it was stopped; a person looks at it")]
    Time {
        /// How long was allowed.
        seconds: u64,
    },
    /// The process that read it broke off.
    #[error("reading the document broke off, which damaged or unusual files cause; a person looks at it")]
    BrokeOff,
    /// Others were being read for too long.
    #[error("too many documents were being read at the same time, so this one was not; hand it in again")]
    Busy,
    /// The process that would read it could not be started.
    #[error("the document was not read because no reader could be started on this machine; tell an administrator")]
    NoReader,
    /// Only plain text is read where it came in.
    #[error("documents of this kind are not read here; a person looks at it")]
    NotHere,
}

impl NoText {
    /// A document that is not what it says it is.
    fn broken(kind: &str) -> Self {
        Self::Broken { kind: kind.to_owned() }
    }

    /// The reason as it is kept with the case.
    #[must_use]
    pub fn words(&self) -> String {
        self.to_string().chars().take(MAX_REASON_CHARS).collect()
    }
}

const fn page_or_pages(count: usize) -> &'static str {
    if count == 1 { "page" } else { "pages" }
}

/// Reads plain text; a document of any other kind has no text.
#[must_use]
pub fn read_plain(name: &str, bytes: &[u8]) -> Outcome {
    let Found { media_type, kind } = kind::find(name, bytes);
    let text = kind.clone().and_then(|kind| match kind {
        Kind::Plain => plain::text(bytes),
        _ => Err(NoText::NotHere),
    });
    Outcome { media_type, reader: kind.ok().map(Kind::reader), text: text.map(rendition) }
}

/// The text of a document of this kind. It may panic, recurse without end or eat up all memory: see [`child`].
fn text_of(kind: Kind, bytes: &[u8], depth: usize) -> Result<String, NoText> {
    let text = match kind {
        Kind::Plain => plain::text(bytes),
        Kind::Csv => table::csv(bytes),
        Kind::Page => page::text(bytes),
        Kind::Mail => mail::text(bytes, depth),
        Kind::Pdf => pdf::text(bytes),
        Kind::Word => word::text(bytes),
        Kind::Sheet => sheet::text(bytes),
    }?;
    if text.len() > MAX_TEXT_BYTES { Err(NoText::TooLong) } else { Ok(text) }
}

fn rendition(text: String) -> Rendition {
    Rendition { digest: digest_bytes(text.as_bytes()), text }
}
