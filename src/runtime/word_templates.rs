//! Word files that templates were read from: read when they are attached, kept with the version that has them, and
//! filled in when somebody asks for a letter.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign_core::{
    canonical::Digest,
    case::{Case, Origin},
    form::FieldFault,
    template::FromWord,
    value::Value,
};

use super::{Problem, Runtime};
use crate::{
    documents::{Reader, WordFault},
    language::{Attachments, WordTemplate},
};

/// The name under which files are kept as snapshots.
const KIND: &str = "word template";

/// Reads a Word file as a template: its text, and the file, which is still to be kept.
///
/// # Errors
/// When it is no Word file, or one that is not taken as a template.
pub async fn read(reader: &dyn Reader, file: &[u8]) -> Result<(String, WordTemplate), WordFault> {
    let text = reader.word_template(file).await?;
    Ok((text, WordTemplate::new(BASE64.encode(file))))
}

/// The letter in a field, and what it needs to be made as a Word file; `None` when it did not come from one, or when
/// somebody has written over it since.
#[must_use]
pub fn from_word<'a>(case: &'a Case, field: &str) -> Option<(&'a FromWord, &'a str)> {
    let entry = case.fields.get(field)?;
    match (&entry.origin, &entry.value) {
        (Origin::Template { word: Some(word), .. }, Value::Text { text }) => Some((word, text)),
        _ => None,
    }
}

impl Runtime {
    /// Reads a Word file that is attached as the template of this name.
    pub async fn read_word_template(&self, name: &str, file: &[u8]) -> Result<(String, WordTemplate), Problem> {
        read(self.reader(), file).await.map_err(|why| fault(&format!("the template “{name}”: {why}")))
    }

    /// Keeps the files of word templates that are not kept yet.
    pub(super) async fn keep_word_templates(&self, attachments: &Attachments) -> Result<(), Problem> {
        for word in attachments.word_templates.values() {
            self.keep_word_template(word).await?;
        }
        Ok(())
    }

    /// Keeps a file that is not kept yet.
    pub(super) async fn keep_word_template(&self, word: &WordTemplate) -> Result<(), Problem> {
        if let Some(file) = &word.file {
            self.store().put_snapshot(KIND, file).await?;
        }
        Ok(())
    }

    /// The Word file that is kept under this digest.
    pub async fn word_template(&self, digest: &Digest) -> Result<Vec<u8>, Problem> {
        let file: Option<String> = self.store().snapshot(digest).await?;
        let file = file.ok_or_else(|| Problem::NotFound(format!("Word file {digest}")))?;
        BASE64.decode(file).map_err(|error| Problem::Setup(format!("the Word file {digest} cannot be read: {error}")))
    }

    /// The letter in a field as a Word file. It is made anew each time and kept nowhere. Whether somebody may see the
    /// field is asked before.
    pub async fn letter(&self, case: &Case, field: &str) -> Result<Vec<u8>, Problem> {
        let none = || Problem::NotFound(format!("Word file of `{field}` in case {}", case.number));
        let (word, text) = from_word(case, field).ok_or_else(none)?;
        let words = word.words(text).ok_or_else(none)?;
        let file = self.word_template(&word.file).await?;
        let made = self.reader().fill(&file, &words).await;
        made.map_err(|why| fault(&format!("the letter cannot be made as a Word file: {why}")))
    }
}

fn fault(message: &str) -> Problem {
    Problem::Faults(vec![FieldFault { field: "word_templates".to_owned(), message: message.to_owned() }])
}
