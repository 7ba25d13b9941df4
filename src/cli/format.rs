//! `countersign format FILE`: one layout for a process text.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::{Common, Outcome, note, say};
use crate::language;

#[derive(Debug, Args)]
pub(super) struct Format {
    /// The process text.
    file: PathBuf,
    /// Change nothing; say whether the layout is right.
    #[arg(long)]
    check: bool,
}

impl Format {
    pub(super) fn run(&self, _common: &Common) -> anyhow::Result<Outcome> {
        let (text, _) = super::check::read(&self.file)?;
        let file = self.file.display();
        let laid_out = match language::format(&text) {
            Ok(laid_out) => laid_out,
            Err(found) => {
                note(&super::draw::draw(&file.to_string(), &text, &found));
                say(&format!("{file}: nothing was changed, since some sentences are not understood"));
                return Ok(Outcome::Problems);
            }
        };
        if laid_out == text {
            say(&format!("{file}: the layout is right"));
            return Ok(Outcome::Fine);
        }
        if self.check {
            say(&format!("{file}: the layout differs; `countersign format {file}` puts it right"));
            return Ok(Outcome::Problems);
        }
        std::fs::write(&self.file, laid_out).with_context(|| format!("cannot write {file}"))?;
        say(&format!("{file}: laid out"));
        Ok(Outcome::Fine)
    }
}
