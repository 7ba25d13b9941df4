//! `countersign sheet FILE`: every step with what it needs, does and leaves, and every system touched.

use std::path::PathBuf;

use clap::Args;

use super::{Common, Outcome, check, say, say_json};
use crate::{
    drawing::sheet::{SheetStep, Touched, step_sheet, touched},
    language,
};

#[derive(Debug, Args)]
pub(super) struct Sheet {
    /// The process text. Examples are read from `examples.jsonl` beside it.
    file: PathBuf,
}

impl Sheet {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let (text, attachments) = check::read(&self.file)?;
        let compiled = language::compile(&text, &attachments);
        let Some(definition) = &compiled.definition else {
            check::tell(&self.file, &text, &compiled);
            return Ok(Outcome::Problems);
        };
        let (stages, outside) = (step_sheet(definition), touched(definition));
        if common.json {
            say_json(&serde_json::json!({ "title": definition.title, "stages": stages, "touched": outside }))?;
            return Ok(Outcome::Fine);
        }
        say(&definition.title);
        for stage in &stages {
            say(&format!("\n{}", stage.name));
            stage.steps.iter().for_each(tell);
        }
        say("\nSystems and outside parties");
        outside.iter().for_each(tell_touched);
        Ok(Outcome::Fine)
    }
}

fn tell(step: &SheetStep) {
    say(&format!("\n  {} {}", step.number, step.what));
    let line = |name: &str, words: &str| {
        if !words.is_empty() {
            say(&format!("      {name:<16} {words}"));
        }
    };
    line("starts when", &step.trigger);
    line("done", &step.entry);
    line("over when", &step.exit);
    line("by", &step.owner);
    line("accountable", &step.accountable);
    line("system", step.system.as_deref().unwrap_or_default());
    line("data in", &step.data_in.join("; "));
    line("data out", &step.data_out.join("; "));
    line("due", &step.due.join("; "));
    line("next", &step.next);
}

fn tell_touched(outside: &Touched) {
    say(&format!("\n  {}", outside.name));
    for touch in &outside.touches {
        let sent = if touch.sent.is_empty() { "nothing".to_owned() } else { touch.sent.join("; ") };
        say(&format!("      {} {}: sends {sent}; {}", touch.number, touch.what, touch.signed));
        if let Some(failure) = &touch.failure {
            say(&format!("          {failure}"));
        }
    }
}
