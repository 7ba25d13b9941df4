//! `countersign read-document`: reads one document from standard input. Servers start it; people have no use for it.

use clap::Args;

use super::Outcome;
use crate::documents::child::{self, Allowed, Work};

/// Read one document from standard input, under limits on memory and time.
#[derive(Debug, Args)]
pub(super) struct ReadDocument {
    /// The way of reading, such as `pdf-1`, or `word-template`.
    #[arg(value_parser = work)]
    work: Work,
    /// The most memory, in MiB of address space.
    mebibytes: u64,
    /// The most time of the processor, in seconds.
    seconds: u64,
}

impl ReadDocument {
    /// Reads and prints, before any thread is started: threads need address space too.
    pub(super) fn run(&self) -> anyhow::Result<Outcome> {
        child::run(self.work, Allowed { mebibytes: self.mebibytes, seconds: self.seconds })?;
        Ok(Outcome::Fine)
    }
}

fn work(reader: &str) -> Result<Work, String> {
    Work::named(reader).ok_or_else(|| format!("`{reader}` is no way of reading"))
}
