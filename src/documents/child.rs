//! The process that reads one document: bytes come in on standard input, one line of JSON goes out.
//!
//! Its libraries may panic, recurse without end or eat up memory on hostile bytes; then this process ends and nothing
//! else does. It has no environment, may write no file and open hardly any, and knows no address to send anything to.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::{Kind, NoText, text_of};
use crate::config::DOCUMENT_BYTES_MAX;

/// What the process says: the last line of its output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// The text.
    Text(String),
    /// Why there is none.
    NoText(NoText),
}

/// What the process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Address space, in MiB.
    pub mebibytes: u64,
    /// Time of the processor, in seconds.
    pub seconds: u64,
}

/// Reads the document on standard input, under the limits that this process sets for itself first.
///
/// # Errors
/// When the limits cannot be set or the streams are broken.
pub fn run(kind: Kind, allowed: Allowed) -> io::Result<()> {
    // A message of a panic could repeat what the document says.
    std::panic::set_hook(Box::new(|_| {}));
    limit(allowed)?;
    let mut bytes = Vec::new();
    let said = match io::stdin().lock().take(DOCUMENT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes) {
        Ok(_) => text_of(kind, &bytes, 0).map_or_else(Said::NoText, Said::Text),
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
