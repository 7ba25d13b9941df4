//! `countersign prove FILE`: that no effect leaves unsigned, or the way on which one would.

use std::path::PathBuf;

use clap::Args;
use countersign_core::{
    definition::Definition,
    prove::{self, CounterExample, Effect, Proof},
};
use serde::Serialize;

use super::{Common, Outcome, check, say, say_json};
use crate::language;

#[derive(Debug, Args)]
pub(super) struct Prove {
    /// The process text. Examples are read from `examples.jsonl` beside it.
    file: PathBuf,
}

#[derive(Serialize)]
struct Report<'a> {
    proven: bool,
    process: &'a str,
    effects: Vec<Listed<'a>>,
    counter_examples: Vec<Refuted<'a>>,
}

/// An effect and who signs it.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    effect: &'a Effect,
    words: String,
}

/// A way on which an effect leaves unsigned.
#[derive(Serialize)]
struct Refuted<'a> {
    #[serde(flatten)]
    found: &'a CounterExample,
    headline: String,
    sentences: Vec<String>,
}

impl Prove {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let (text, attachments) = check::read(&self.file)?;
        let compiled = language::compile(&text, &attachments);
        let Some(definition) = &compiled.definition else {
            check::tell(&self.file, &text, &compiled);
            return Ok(Outcome::Problems);
        };
        let proof = prove::prove(definition);
        if common.json {
            say_json(&report(definition, &proof))?;
        } else {
            tell(definition, &proof);
        }
        Ok(match proof {
            Proof::Proven { .. } => Outcome::Fine,
            Proof::Refused { .. } => Outcome::Problems,
        })
    }
}

fn report<'a>(definition: &'a Definition, proof: &'a Proof) -> Report<'a> {
    let listed = |effect: &'a Effect| Listed { effect, words: prove::listed(definition, effect) };
    let refuted = |found: &'a CounterExample| Refuted {
        found,
        headline: prove::headline(definition, found),
        sentences: prove::sentences(definition, found),
    };
    let process = &definition.id;
    match proof {
        Proof::Proven { effects } => Report {
            proven: true,
            process,
            effects: effects.iter().map(listed).collect(),
            counter_examples: Vec::new(),
        },
        Proof::Refused { counter_examples } => Report {
            proven: false,
            process,
            effects: Vec::new(),
            counter_examples: counter_examples.iter().map(refuted).collect(),
        },
    }
}

fn tell(definition: &Definition, proof: &Proof) {
    let title = &definition.title;
    match proof {
        Proof::Proven { effects } if effects.is_empty() => {
            say(&format!("{title}: proven. Nothing leaves the house, so there is nothing to sign."));
        }
        Proof::Proven { effects } => {
            say(&format!("{title}: proven. Nothing leaves without the sign-off that the text names."));
            for effect in effects {
                say(&format!("  {}", prove::listed(definition, effect)));
            }
        }
        Proof::Refused { counter_examples } => {
            say(&format!("{title}: not proven, so it cannot be published."));
            for found in counter_examples {
                say(&format!("\n  {}:", prove::headline(definition, found)));
                for (index, sentence) in prove::sentences(definition, found).iter().enumerate() {
                    say(&format!("    {}. {sentence}", index + 1));
                }
            }
        }
    }
}
