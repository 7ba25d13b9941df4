//! `countersign publish FILE`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Common, Outcome, check, local, remote, say, say_json};
use crate::runtime::publish::Published;

#[derive(Debug, Args)]
pub(super) struct Publish {
    /// The process text. Examples are read from `examples.jsonl` beside it.
    file: PathBuf,
    /// In whose name: an administrator, or whoever is accountable for the process.
    #[arg(long = "as", value_name = "PERSON", env = "COUNTERSIGN_AS", default_value = "")]
    person: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    process: &'a str,
    version: &'a str,
    unchanged: bool,
}

impl Publish {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let (text, attachments) = check::read(&self.file)?;
        if let Some(server) = &common.server {
            return remote::publish(server, &text, &attachments, common.json).await;
        }
        anyhow::ensure!(!self.person.is_empty(), "say in whose name, with --as PERSON");
        let runtime = local::writing(common, common.database()).await?;
        let published = runtime.publish(&local::acting(&self.person), &text, &attachments).await?;
        runtime.store().close().await;
        match published {
            Published::Refused(compiled) => {
                check::tell(&self.file, &text, &compiled);
                Ok(Outcome::Problems)
            }
            Published::Version { version, process, unchanged } => {
                if common.json {
                    say_json(&Answer { process: &process, version: &version, unchanged })?;
                } else if unchanged {
                    say(&format!("{process} is published like this already ({})", &version[..12]));
                } else {
                    say(&format!("{process} is published ({}); new cases run it", &version[..12]));
                }
                Ok(Outcome::Fine)
            }
        }
    }
}
