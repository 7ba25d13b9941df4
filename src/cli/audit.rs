//! `countersign audit`: whether the record is what was written, and checkpoints that it can be held against.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{Common, Outcome, case::progress, local, records::Records, say, say_json};
use crate::{
    resource::rfc3339,
    runtime::{Runtime, audit::Audit as Report, checkpoint::Checkpoint},
};

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Hash every log again, apply it again, and name the first row of each case that was altered, removed or moved.
    Verify(Verify),
    /// Export the last event of every case; keep it where whoever can write the database cannot.
    Checkpoint(Export),
    /// Tell what was changed outside cases, such as people, roles, absences, links and settings, and who did it.
    Records(Records),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A checkpoint to hold the record against; without one, a tail that was cut off cannot be seen.
    #[arg(long)]
    checkpoint: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The new file.
    file: PathBuf,
}

impl Audit {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let runtime = local::reading(common).await?;
        match self {
            Self::Verify(verify) => verify.run(&runtime, common).await,
            Self::Checkpoint(export) => export.run(&runtime, common).await,
            Self::Records(records) => records.run(&runtime, common).await,
        }
    }
}

impl Verify {
    async fn run(&self, runtime: &Runtime, common: &Common) -> anyhow::Result<Outcome> {
        let checkpoint = match &self.checkpoint {
            Some(file) => {
                let open = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
                Some(Checkpoint::read(BufReader::new(open)).with_context(|| file.display().to_string())?)
            }
            None => None,
        };
        let report = verify(runtime, checkpoint.as_ref()).await?;
        if common.json {
            say_json(&report)?;
        } else {
            tell(&report);
        }
        Ok(if report.found == 0 { Outcome::Fine } else { Outcome::Problems })
    }
}

impl Export {
    async fn run(&self, runtime: &Runtime, common: &Common) -> anyhow::Result<Outcome> {
        let file = local::new_private_file(&self.file)?;
        let (cases, digest) = runtime.write_checkpoint(BufWriter::new(&file), &rfc3339(runtime.clock().now())).await?;
        file.sync_all()?;
        if common.json {
            say_json(&serde_json::json!({ "cases": cases, "digest": digest }))?;
        } else {
            say(&format!("{cases} cases; the digest of the checkpoint is {digest}"));
        }
        Ok(Outcome::Fine)
    }
}

/// Audits with a progress bar.
pub(super) async fn verify(runtime: &Runtime, checkpoint: Option<&Checkpoint>) -> anyhow::Result<Report> {
    let bar = progress(0, "cases looked at");
    let report = runtime.audit(checkpoint, &|count| bar.set_position(count)).await?;
    bar.finish_and_clear();
    Ok(report)
}

fn tell(report: &Report) {
    for one in &report.differences {
        let case = one.case.as_deref().map(|case| format!("{case}: ")).unwrap_or_default();
        let event = one.event.map(|event| format!("event {event}: ")).unwrap_or_default();
        say(&format!("{case}{event}{}", one.what));
    }
    let (cases, events, erased, found) = (report.cases, report.events, report.erased, report.found);
    say(&format!("{cases} cases, {events} events, {erased} of them erased on request: {found} differences"));
    if let Some((at, digest)) = &report.checkpoint {
        say(&format!("held against the checkpoint of {at} with the digest {digest}"));
    }
    say("not seen by this:");
    report.unseen.iter().for_each(|what| say(&format!("- {what}")));
}
