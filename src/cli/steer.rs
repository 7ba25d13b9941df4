//! `countersign case move | hold | resume | migrate`.

use clap::{Args, ValueEnum};
use countersign_core::{
    definition::Path,
    event::{Acting, EventKind, MoveKind},
    migrate::Fit,
};
use serde::Serialize;
use serde_json::json;

use super::{Common, Outcome, local, note, remote, say, say_json};
use crate::{
    id::new_id,
    resource::{self, Reader},
    runtime::{
        Runtime,
        versions::{Chosen, Looked},
    },
    web::catalogue::steps,
};

/// In whose name, and which case.
#[derive(Debug, Args)]
struct Whose {
    /// The case's short number.
    number: u64,
    /// In whose name: whoever is accountable for the process, or an administrator.
    #[arg(long = "as", value_name = "PERSON", env = "COUNTERSIGN_AS", default_value = "")]
    person: String,
}

#[derive(Debug, Args)]
pub(super) struct Move {
    #[command(flatten)]
    whose: Whose,
    /// On to the next stage, back, or past one or more.
    #[arg(value_enum)]
    kind: Kind,
    /// The stage; without it the next one, or the one before for a return.
    #[arg(long)]
    to: Option<String>,
    /// Why.
    #[arg(long)]
    reason: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Advance,
    Return,
    Skip,
}

#[derive(Debug, Args)]
pub(super) struct Hold {
    #[command(flatten)]
    whose: Whose,
    /// Why.
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
pub(super) struct Resume {
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    whose: Whose,
    /// Only say whether it fits.
    #[arg(long)]
    look: bool,
    /// Take the case back, as long as it has taken no step since.
    #[arg(long, conflicts_with = "look")]
    undo: bool,
    /// Where the case goes on from a step that the new version does not have, as the addresses of both.
    #[arg(long = "place", value_name = "OLD=NEW")]
    places: Vec<String>,
}

#[derive(Serialize)]
struct FitAnswer {
    case: u64,
    fit: &'static str,
    says: Vec<String>,
}

impl Move {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let (kind, word) = match self.kind {
            Kind::Advance => (MoveKind::Advance, "advance"),
            Kind::Return => (MoveKind::Return, "return"),
            Kind::Skip => (MoveKind::Skip, "skip"),
        };
        let body = json!({ "kind": word, "stage": self.to, "reason": self.reason, "key": new_id("cli") });
        let event = EventKind::StageMoved { kind, to_stage: self.to.clone(), reason: self.reason.clone() };
        self.whose.steer(common, "moves", &body, &event, "was moved").await
    }
}

impl Hold {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let body = json!({ "reason": self.reason, "key": new_id("cli") });
        let event = EventKind::CaseHeld { reason: self.reason.clone() };
        self.whose.steer(common, "holds", &body, &event, "is on hold").await
    }
}

impl Resume {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let body = json!({ "key": new_id("cli") });
        self.whose.steer(common, "holds/end", &body, &EventKind::CaseResumed, "goes on").await
    }
}

impl Whose {
    async fn steer(
        &self,
        common: &Common,
        part: &str,
        body: &serde_json::Value,
        event: &EventKind,
        done: &str,
    ) -> anyhow::Result<Outcome> {
        let told = format!("case {} {done}", self.number);
        if let Some(server) = &common.server {
            remote::nobody_named(&self.person)?;
            let path = format!("cases/{}/{part}", self.number);
            return remote::steer(server, &path, body, common.json, &told).await;
        }
        let (runtime, acting) = self.writing(common).await?;
        let case = runtime.load_number(self.number).await?.case.id.clone();
        let dedup = format!("{}/{}", event.name(), new_id("cli"));
        runtime.apply(&case, &acting, event, &dedup).await?;
        self.finish(&runtime, &acting, common, &told).await
    }

    async fn writing(&self, common: &Common) -> anyhow::Result<(Runtime, Acting)> {
        anyhow::ensure!(!self.person.is_empty(), "say in whose name, with --as PERSON");
        let runtime = local::writing(common, common.database()).await?;
        let acting = local::acting(&runtime, &self.person)?;
        Ok((runtime, acting))
    }

    /// Runs what is automatic, and says how the case stands then.
    async fn finish(&self, runtime: &Runtime, acting: &Acting, common: &Common, told: &str) -> anyhow::Result<Outcome> {
        runtime.run_until_quiet().await?;
        let loaded = runtime.load_number(self.number).await?;
        let case = resource::case(&loaded, Reader::Acting(acting), runtime.clock().now());
        runtime.store().close().await;
        if common.json {
            say_json(&case)?;
        } else {
            say(&format!("{told}; {}", super::case::waiting(&case)));
        }
        Ok(Outcome::Fine)
    }
}

impl Migrate {
    /// Whether nothing is changed.
    pub(super) const fn only_looks(&self) -> bool {
        self.look
    }

    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let number = self.whose.number;
        if self.look {
            return self.tell_fit(common).await;
        }
        if let Some(server) = &common.server {
            remote::nobody_named(&self.whose.person)?;
            let (part, body, told) = if self.undo {
                ("migration/undo", json!({ "key": new_id("cli") }), "is back on the version that it ran before")
            } else {
                let places: serde_json::Map<String, serde_json::Value> =
                    self.chosen()?.into_iter().map(|(from, to)| (from.to_string(), json!(to.to_string()))).collect();
                ("migration", json!({ "places": places, "key": new_id("cli") }), "runs the newest version now")
            };
            let path = format!("cases/{number}/{part}");
            return remote::steer(server, &path, &body, common.json, &format!("case {number} {told}")).await;
        }
        let (runtime, acting) = self.whose.writing(common).await?;
        let key = new_id("cli");
        let loaded = runtime.load_number(number).await?;
        let told = if self.undo {
            runtime.undo_migration(&acting, &loaded.case.id, &key).await?;
            "is back on the version that it ran before"
        } else {
            let to = newest(&runtime, &loaded.case.process).await?;
            runtime.migrate(&acting, &loaded.case.id, &to, &self.chosen()?, &key).await?;
            "runs the newest version now"
        };
        self.whose.finish(&runtime, &acting, common, &format!("case {number} {told}")).await
    }

    async fn tell_fit(&self, common: &Common) -> anyhow::Result<Outcome> {
        let runtime = local::reading(common).await?;
        let loaded = runtime.load_number(self.whose.number).await?;
        let to = newest(&runtime, &loaded.case.process).await?;
        let looked = runtime.look(loaded, &to, &self.chosen()?).await?;
        let answer = fit(&looked);
        let fits = answer.fit == "fits";
        if common.json {
            say_json(&answer)?;
        } else {
            say(&format!("case {}: {}", answer.case, answer.fit));
            answer.says.iter().for_each(|line| note(line));
        }
        Ok(if fits { Outcome::Fine } else { Outcome::Problems })
    }

    fn chosen(&self) -> anyhow::Result<Chosen> {
        let path = |text: &str| Path::try_from(text.to_owned()).map_err(|error| anyhow::anyhow!(error));
        let one = |place: &String| {
            let (from, to) = place.split_once('=').ok_or_else(|| anyhow::anyhow!("say --place as OLD=NEW"))?;
            Ok((path(from)?, path(to)?))
        };
        self.places.iter().map(one).collect()
    }
}

async fn newest(runtime: &Runtime, process: &str) -> anyhow::Result<String> {
    let version = runtime.store().current_version(process).await?;
    Ok(version.ok_or_else(|| anyhow::anyhow!("there is no published process `{process}`"))?.hash)
}

fn fit(looked: &Looked) -> FitAnswer {
    let (case, old) = (&looked.loaded.case, &looked.loaded.definition);
    let (fit, says) = match &looked.fit {
        Fit::Refused { reason } => ("refused", vec![reason.clone()]),
        Fit::Fits { asked_again, voided, changes, .. } => {
            let again = asked_again.iter().map(|task| format!("task {}-{task} is asked again", case.number));
            let void =
                voided.iter().map(|task| format!("the sign-off of task {}-{task} no longer counts", case.number));
            ("fits", changes.iter().cloned().chain(again).chain(void).collect())
        }
        Fit::NeedsMapping { unplaced } => {
            let says = unplaced.iter().map(|one| {
                let offered = one.offered.as_ref().map_or_else(
                    || "nothing comes near; name a step".to_owned(),
                    |offered| format!("try --place {}={offered} ({})", one.step, steps::step(&looked.new, offered)),
                );
                format!("it waits at {} ({}): {offered}", one.step, steps::step(old, &one.step))
            });
            ("needs a mapping", says.collect())
        }
    };
    FitAnswer { case: case.number, fit, says }
}
