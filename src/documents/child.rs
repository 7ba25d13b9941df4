//! The process that reads one document, or fills in one Word file: bytes come in on standard input, one line of JSON
//! goes out.
//!
//! Its libraries may panic, recurse without end or eat up memory on hostile bytes; then this process ends and nothing
//! else does. It has no environment, may write no file and open hardly any, and knows no address to send anything to.

use std::io::{self, Read, Write};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};

use super::{Kind, NoText, WordFault, text_of, word_template};
use crate::config::DOCUMENT_BYTES_MAX;

/// What is done with the bytes on standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// They are a document, whose text is read.
    Read(Kind),
    /// They are an [`Asked`] about a Word file with places.
    WordTemplate,
}

impl Work {
    /// The name of a Word file's work; documents are read under the names of [`Kind::reader`].
    const WORD_TEMPLATE: &'static str = "word-template";

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read(kind) => kind.reader(),
            Self::WordTemplate => Self::WORD_TEMPLATE,
        }
    }

    /// The work of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == Self::WORD_TEMPLATE { Some(Self::WordTemplate) } else { Kind::read_by(name).map(Self::Read) }
    }
}

/// What is asked about a Word file with places.
#[derive(Serialize, Deserialize)]
pub(super) struct Asked<'a> {
    /// The file, in Base64.
    pub file: String,
    /// The words of its places; `None` when its text is asked for.
    #[serde(borrow)]
    pub words: Option<Vec<std::borrow::Cow<'a, str>>>,
}

/// What the process says: the last line of its output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// The text.
    Text(String),
    /// Why there is none.
    NoText(NoText),
    /// A Word file that was filled in, in Base64.
    Filled(String),
    /// Why a Word file is no template, or is not filled in.
    Fault(WordFault),
}

/// What the process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Address space, in MiB.
    pub mebibytes: u64,
    /// Time of the processor, in seconds.
    pub seconds: u64,
}

/// Does its work with what comes on standard input, under the limits that this process sets for itself first.
///
/// # Errors
/// When the limits cannot be set or the streams are broken.
pub fn run(work: Work, allowed: Allowed) -> io::Result<()> {
    // A message of a panic could repeat what the document says.
    std::panic::set_hook(Box::new(|_| {}));
    limit(allowed)?;
    let mut bytes = Vec::new();
    let said = match io::stdin().lock().take(DOCUMENT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes) {
        Ok(_) => match work {
            Work::Read(kind) => text_of(kind, &bytes, 0).map_or_else(Said::NoText, Said::Text),
            Work::WordTemplate => asked(&bytes).unwrap_or_else(Said::Fault),
        },
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
            Said::NoText(NoText::Memory { mebibytes: allowed.mebibytes })
        }
        Err(error) => return Err(error),
    };
    let mut out = io::stdout().lock();
    // A library may have printed something without an end of line.
    out.write_all(b"\n")?;
    serde_json::to_writer(&mut out, &said)?;
    out.flush()
}

fn asked(bytes: &[u8]) -> Result<Said, WordFault> {
    let asked: Asked<'_> = serde_json::from_slice(bytes).map_err(|_| WordFault::Stopped)?;
    let file = BASE64.decode(asked.file).map_err(|_| WordFault::NotWord)?;
    Ok(match asked.words {
        Some(words) => Said::Filled(BASE64.encode(word_template::filled(&file, &words)?)),
        None => Said::Text(word_template::text(&file)?),
    })
}

#[cfg(unix)]
fn limit(allowed: Allowed) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    /// Standard streams, and what the standard library opens for a moment.
    const FILES_MAX: u64 = 16;
    let hold = |what: Resource, most: u64| setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) });
    hold(Resource::As, allowed.mebibytes.saturating_mul(1024 * 1024))?;
    // At the first the process is told, which names the reason; at the second it is ended.
    let told = Rlimit { current: Some(allowed.seconds), maximum: Some(allowed.seconds.saturating_add(1)) };
    setrlimit(Resource::Cpu, told)?;
    hold(Resource::Fsize, 0)?;
    hold(Resource::Core, 0)?;
    hold(Resource::Nofile, FILES_MAX)?;
    Ok(())
}

#[cfg(not(unix))]
fn limit(_: Allowed) -> io::Result<()> {
    Err(io::Error::other("limits on memory cannot be set on this system"))
}
