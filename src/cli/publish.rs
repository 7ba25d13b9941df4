//! `countersign publish FILE`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Common, Outcome, check, local, remote, say, say_json};
use crate::{
    runtime::publish::Published,
    store::Baseline,
    web::catalogue::publication::{Group, groups},
};

#[derive(Debug, Args)]
pub(super) struct Publish {
    /// The process text. Examples are read from `examples.jsonl` beside it.
    file: PathBuf,
    /// In whose name: an administrator, or whoever is accountable for the process.
    #[arg(long = "as", value_name = "PERSON", env = "COUNTERSIGN_AS", default_value = "")]
    person: String,
    /// Only say what would change.
    #[arg(long)]
    changes: bool,
    /// How long a case takes today, in hours; kept with the version. Left out: not measured.
    #[arg(long, value_name = "HOURS")]
    cycle_hours: Option<u32>,
    /// How many cases come in a week today; kept with the version. Left out: not measured.
    #[arg(long, value_name = "CASES")]
    weekly_cases: Option<u32>,
}

#[derive(Serialize)]
struct Answer<'a> {
    process: &'a str,
    version: &'a str,
    unchanged: bool,
    groups: &'a [Group],
}

impl Publish {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let (text, attachments) = check::read(&self.file)?;
        if let Some(server) = &common.server {
            remote::nobody_named(&self.person)?;
            anyhow::ensure!(!self.changes, "what would change is told by the server's page, or by the file");
            return remote::publish(server, &text, &attachments, self.baseline(), common.json).await;
        }
        anyhow::ensure!(!self.person.is_empty(), "say in whose name, with --as PERSON");
        let runtime = local::writing(common, common.database()).await?;
        let acting = local::acting(&runtime, &self.person)?;
        // What changes is told against the version that is current until now.
        let publication = match runtime.publication(&acting, &text, &attachments).await? {
            Ok(publication) => publication,
            Err(compiled) => {
                runtime.store().close().await;
                check::tell(&self.file, &text, &compiled);
                return Ok(Outcome::Problems);
            }
        };
        let groups = groups(&publication);
        if !common.json {
            tell(&groups);
        }
        if self.changes {
            runtime.store().close().await;
            if common.json {
                let (process, version, unchanged) = (&publication.process, &publication.version, publication.unchanged);
                say_json(&Answer { process, version, unchanged, groups: &groups })?;
            }
            return Ok(Outcome::Fine);
        }
        let published = runtime.publish_measured(&acting, &text, &attachments, self.baseline()).await?;
        runtime.store().close().await;
        match published {
            Published::Refused(compiled) => {
                check::tell(&self.file, &text, &compiled);
                Ok(Outcome::Problems)
            }
            Published::Version { version, process, unchanged } => {
                if common.json {
                    say_json(&Answer { process: &process, version: &version, unchanged, groups: &groups })?;
                } else if unchanged {
                    say(&format!("{process} is published like this already ({})", &version[..12]));
                } else {
                    say(&format!("{process} is published ({}); new cases run it", &version[..12]));
                }
                Ok(Outcome::Fine)
            }
        }
    }

    /// What was measured before, as far as it was said.
    fn baseline(&self) -> Option<Baseline> {
        let known = self.cycle_hours.is_some() || self.weekly_cases.is_some();
        known.then_some(Baseline { cycle_hours: self.cycle_hours, weekly_cases: self.weekly_cases })
    }
}

/// Prints what publishing changes.
fn tell(groups: &[Group]) {
    for group in groups {
        say(&group.heading);
        for line in &group.lines {
            say(&format!("  {line}"));
        }
    }
}
