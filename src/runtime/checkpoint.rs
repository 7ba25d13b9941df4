//! A checkpoint: the last event of every case, on a medium that whoever can write the database cannot write.
//!
//! It is a text of JSON lines, so that it can be read in fifty years: what it is, one line for each case, and at the
//! end the digest of every line before. Whoever keeps only that digest can tell later whether a checkpoint is the one.

use std::io::{BufRead, Write};

use countersign_core::canonical::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::store::Head;

/// The number of the form of this text.
pub const CHECKPOINT_FORMAT: u32 = 1;
/// The longest line that is read, in bytes.
const LINE_BYTES_MAX: usize = 4_096;
/// The most cases that one holds.
const CASES_MAX: usize = 100_000_000;

/// What an earlier moment knew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// When it was made, RFC 3339.
    pub at: String,
    /// The last events, in the order of the cases' identifiers.
    pub heads: Vec<Head>,
    /// The digest at its end.
    pub digest: Digest,
}

#[derive(Serialize, Deserialize)]
struct First {
    countersign_checkpoint: u32,
    at: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    case: String,
    seq: u64,
    hash: Digest,
}

#[derive(Serialize, Deserialize)]
struct Last {
    cases: usize,
    digest: Digest,
}

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("the checkpoint cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// It is not what it should be.
    #[error("line {line} of the checkpoint is not right: {why}; use another copy of it")]
    Wrong {
        /// The line, from 1.
        line: usize,
        /// Why.
        why: String,
    },
}

/// Writes a checkpoint line by line.
pub struct Writing<W> {
    out: W,
    hash: Sha256,
    cases: usize,
}

impl<W: Write> Writing<W> {
    /// Begins one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(out: W, at: &str) -> Result<Self, CheckpointError> {
        let mut writing = Self { out, hash: Sha256::new(), cases: 0 };
        writing.line(&First { countersign_checkpoint: CHECKPOINT_FORMAT, at: at.to_owned() })?;
        Ok(writing)
    }

    /// Adds a case.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, head: Head) -> Result<(), CheckpointError> {
        self.cases += 1;
        self.line(&Line { case: head.case_id, seq: head.seq, hash: head.hash })
    }

    /// Ends it; returns its digest and what was written to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self) -> Result<(Digest, W), CheckpointError> {
        let digest = hex(&self.hash.clone().finalize());
        let cases = self.cases;
        self.line(&Last { cases, digest: digest.clone() })?;
        self.out.flush()?;
        Ok((digest, self.out))
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), CheckpointError> {
        let mut line = serde_json::to_string(value).map_err(std::io::Error::from)?;
        line.push('\n');
        self.hash.update(line.as_bytes());
        self.out.write_all(line.as_bytes())?;
        Ok(())
    }
}

impl Checkpoint {
    /// Reads one and holds its digest against its lines.
    ///
    /// # Errors
    /// When it cannot be read, was cut off or was altered.
    pub fn read(mut from: impl BufRead) -> Result<Self, CheckpointError> {
        let (mut read, mut hash, mut line) = (Self::default(), Sha256::new(), 0);
        let mut text = String::new();
        loop {
            text.clear();
            line += 1;
            let wrong = |why: &str| CheckpointError::Wrong { line, why: why.to_owned() };
            if std::io::Read::take(&mut from, LINE_BYTES_MAX as u64).read_line(&mut text)? == 0 {
                return Err(wrong("it ends without its digest, so that something was cut off"));
            }
            let whole = text.ends_with('\n');
            if line == 1 {
                let first: First = serde_json::from_str(&text).map_err(|_| wrong("it does not begin as one"))?;
                if first.countersign_checkpoint != CHECKPOINT_FORMAT {
                    return Err(wrong("it was written by a newer program"));
                }
                read.at = first.at;
            } else if let Ok(Line { case, seq, hash }) = serde_json::from_str(&text) {
                read.heads.push(Head { case_id: case, seq, hash });
            } else {
                let last: Last = serde_json::from_str(&text).map_err(|_| wrong("it is no line of a checkpoint"))?;
                let found = hex(&hash.finalize());
                if last.digest != found || last.cases != read.heads.len() {
                    return Err(wrong("its digest is not that of the lines before it"));
                }
                read.digest = last.digest;
                return Ok(read);
            }
            if !whole || read.heads.len() > CASES_MAX {
                return Err(wrong("it is longer than any"));
            }
            hash.update(text.as_bytes());
        }
    }
}

fn hex(bytes: &[u8]) -> Digest {
    countersign_core::canonical::hex(bytes)
}

#[cfg(test)]
mod tests {
    use countersign_core::canonical::digest_bytes;

    use super::*;

    fn written() -> String {
        let mut writing = Writing::begin(Vec::new(), "2026-11-21T08:00:00Z").unwrap();
        for (case, seq) in [("case_a", 3), ("case_b", 1)] {
            writing.add(Head { case_id: case.to_owned(), seq, hash: digest_bytes(case.as_bytes()) }).unwrap();
        }
        String::from_utf8(writing.end().unwrap().1).unwrap()
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let text = written();
        let read = Checkpoint::read(text.as_bytes()).unwrap();
        assert_eq!((read.heads.len(), read.heads[0].seq, read.heads[1].case_id.as_str()), (2, 3, "case_b"));
        let check = |text: &str| assert!(Checkpoint::read(text.as_bytes()).is_err(), "{text}");
        check(&text.replace("\"seq\":3", "\"seq\":2"));
        check(&text.replace("case_b", "case_c"));
        let lines: Vec<&str> = text.lines().collect();
        check(&format!("{}\n", lines[..3].join("\n")));
        check(&format!("{}\n{}\n{}\n", lines[0], lines[1], lines[3]));
        check("");
    }
}
