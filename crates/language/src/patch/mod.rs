//! Changing a text sentence by sentence: atomic, undoable, and no other sentence is touched.
//!
//! A patch names its sentence by a hash of its words, so that it still means the same sentence when the text has
//! moved around it. All patches of one call name sentences of the text as it was; they are carried out on a copy,
//! and the copy is taken only when it has no fault that the text did not have.

mod diff;
mod edits;
mod layout;
mod rename;
mod set;

use countersign_core::canonical::{Digest, digest_bytes};
use serde::{Deserialize, Serialize};

use self::layout::Layout;
use super::{Attachments, Compiled, Diagnostic, compile, diagnostics::OPEN_QUESTION};

pub use self::{
    diff::{Change, SentenceDiff, Side, diff_sentences},
    layout::{Placed, SentenceId, sentences},
};

/// The most patches of one call.
pub const MAX_PATCHES: usize = 200;
/// The longest text that one patch brings, in bytes.
pub const MAX_PATCH_BYTES: usize = 20_000;

/// One change to a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Patch {
    /// Writes new sentences.
    Insert {
        /// Behind which sentence; nothing stands for the end of the text.
        after: Option<SentenceId>,
        /// Where from there.
        #[serde(default)]
        at: At,
        /// The sentences, with or without the bullet in front.
        text: String,
    },
    /// Writes a sentence anew. What stands below it stays below it.
    Replace {
        /// Which.
        sentence: SentenceId,
        /// Its new words.
        text: String,
    },
    /// Takes a sentence out, with what stands below it.
    Delete {
        /// Which.
        sentence: SentenceId,
    },
    /// Puts a sentence elsewhere, with what stands below it.
    Move {
        /// Which.
        sentence: SentenceId,
        /// Behind which sentence; nothing stands for the end of the text.
        after: Option<SentenceId>,
        /// Where from there.
        #[serde(default)]
        at: At,
    },
    /// Changes one part of a sentence.
    Set {
        /// Which.
        sentence: SentenceId,
        /// Which part.
        what: What,
        /// Its new words, such as `3 days`; for a due date nothing stands for the default.
        value: String,
    },
    /// Gives a name another name, in every sentence.
    Rename {
        /// The name as it is written now, such as `finance lead`.
        from: String,
        /// The new name.
        to: String,
    },
    /// Puts bytes back; this is how other patches are undone.
    Restore {
        /// The digest of the text that it may be carried out on.
        on: Digest,
        /// What is put where, in the order of the text.
        splices: Vec<Splice>,
    },
}

/// Where something is put, seen from a sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// On a line or in a bullet of its own behind the sentence's, on the same level.
    #[default]
    Next,
    /// In the same bullet, directly behind the sentence.
    Beside,
    /// First of what stands below the sentence, which ends with a colon.
    Below,
}

/// A part of a sentence that can be changed alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Who does it.
    Who,
    /// By when it is due.
    Due,
    /// Under which condition it happens.
    Condition,
}

/// New text for a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Splice {
    /// The first byte that goes.
    pub start: usize,
    /// The byte after the last that goes.
    pub end: usize,
    /// What comes in their place.
    pub text: String,
}

/// A text after its patches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The text.
    pub text: String,
    /// Which sentences are new, gone, changed or elsewhere.
    pub diff: Vec<SentenceDiff>,
    /// Applied to this text, it gives the bytes of the text before back.
    pub inverse: Vec<Patch>,
}

/// Why patches were not carried out. The text is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotApplied {
    /// What is wrong and what to do.
    pub message: String,
    /// Which of the patches it is about, from 0.
    pub patch: Option<usize>,
    /// The copy that was not taken; empty when it did not come to one.
    pub text: String,
    /// What is wrong with the copy.
    pub diagnostics: Vec<Diagnostic>,
}

impl std::fmt::Display for NotApplied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NotApplied {}

/// Carries patches out on a copy of a text, and compiles the copy.
///
/// # Errors
/// [`NotApplied`], when a patch does not fit the text, or when the copy has faults that the text did not have.
pub fn apply(text: &str, attachments: &Attachments, patches: &[Patch]) -> Result<Applied, NotApplied> {
    let applied = edit(text, patches)?;
    let (before, after) = (compile(text, attachments), compile(&applied.text, attachments));
    // What is undone was there before, whatever its faults.
    let undoes = patches.iter().all(|patch| matches!(patch, Patch::Restore { .. }));
    if !undoes && faults(&after) > faults(&before) {
        let first = after.diagnostics.iter().find(|found| is_fault(found) && !before.diagnostics.contains(found));
        let what = first.map_or_else(String::new, |found| format!(": {}", found.message));
        return Err(NotApplied {
            message: format!("with this change the text would not be understood{what}"),
            patch: None,
            text: applied.text,
            diagnostics: after.diagnostics,
        });
    }
    Ok(applied)
}

/// Carries patches out on a copy of a text, whether or not the result is understood; for drafts.
///
/// # Errors
/// [`NotApplied`], when a patch does not fit the text.
pub fn edit(text: &str, patches: &[Patch]) -> Result<Applied, NotApplied> {
    if patches.len() > MAX_PATCHES {
        let message = format!("these are {} changes; at most {MAX_PATCHES} go at once", patches.len());
        return Err(NotApplied { message, patch: None, text: String::new(), diagnostics: Vec::new() });
    }
    let layout = Layout::of(text).map_err(|message| not_applied(None, message))?;
    let mut splices: Vec<Splice> = Vec::new();
    let mut touched = vec![false; layout.len()];
    for (index, patch) in patches.iter().enumerate() {
        let mut found =
            edits::splices(&layout, patch, &mut touched).map_err(|message| not_applied(Some(index), message))?;
        splices.append(&mut found);
    }
    // Insertions at one place keep the order in which they were asked for.
    splices.sort_by_key(|splice| (splice.start, splice.end));
    if splices.windows(2).any(|pair| pair[0].end > pair[1].start) {
        let message = "two of these changes are about the same words; make one after the other";
        return Err(not_applied(None, message.to_owned()));
    }
    let mut new = spliced(text, &splices);
    layout.kept(&touched, &new).map_err(|message| not_applied(None, message))?;
    for (index, patch) in patches.iter().enumerate() {
        let Patch::Rename { from, to } = patch else { continue };
        let before = Layout::of(&new).map_err(|message| not_applied(Some(index), message))?;
        let found = rename::splices(&before, from, to).map_err(|message| not_applied(Some(index), message))?;
        new = spliced(&new, &found);
    }
    let (diff, inverse) = (diff_sentences(text, &new), vec![undo(text, &new)]);
    Ok(Applied { text: new, diff, inverse })
}

/// A text with the splices put in, which stand in order and do not overlap.
fn spliced(text: &str, splices: &[Splice]) -> String {
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for splice in splices {
        new.push_str(text.get(at..splice.start).unwrap_or_default());
        new.push_str(&splice.text);
        at = splice.end;
    }
    new.push_str(text.get(at..).unwrap_or_default());
    new
}

/// The patch that turns `new` back into `text`: what differs, between what begins and ends alike.
fn undo(text: &str, new: &str) -> Patch {
    let mut head = text.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    while !(text.is_char_boundary(head) && new.is_char_boundary(head)) {
        head -= 1;
    }
    let (old_rest, new_rest) = (&text[head..], &new[head..]);
    let mut tail = old_rest.bytes().rev().zip(new_rest.bytes().rev()).take_while(|(a, b)| a == b).count();
    while !(text.is_char_boundary(text.len() - tail) && new.is_char_boundary(new.len() - tail)) {
        tail -= 1;
    }
    let old = text[head..text.len() - tail].to_owned();
    let splices = vec![Splice { start: head, end: new.len() - tail, text: old }];
    Patch::Restore { on: digest_bytes(new.as_bytes()), splices }
}

fn is_fault(found: &Diagnostic) -> bool {
    found.is_error() && found.code != OPEN_QUESTION
}

fn faults(compiled: &Compiled) -> usize {
    compiled.diagnostics.iter().filter(|found| is_fault(found)).count()
}

fn not_applied(patch: Option<usize>, message: String) -> NotApplied {
    NotApplied { message, patch, text: String::new(), diagnostics: Vec::new() }
}

#[cfg(test)]
mod tests;
