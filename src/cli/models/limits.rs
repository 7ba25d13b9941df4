//! `countersign models limits`: the answers of an agent that always go to a person.

use std::collections::BTreeSet;

use clap::Args;

use super::labels::Of;
use crate::cli::{Common, Outcome, local, remote, say};

#[derive(Debug, Args)]
pub(super) struct Limits {
    #[command(flatten)]
    of: Of,
    /// An answer that the agent never gives alone: a word, a mark, or `yes` and `no`. Without any, none is kept for
    /// people.
    #[arg(long, value_name = "ANSWER")]
    never: Vec<String>,
}

impl Limits {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let never: BTreeSet<String> = self.never.iter().cloned().collect();
        let told = if never.is_empty() {
            "no answers are kept for people any more".to_owned()
        } else {
            format!("always for people: {}", self.never.join(", "))
        };
        let Of { process, step, .. } = &self.of;
        if let Some(server) = &common.server {
            let body = serde_json::json!({ "process": process, "step": step, "never": never });
            return remote::steer(server, "agents/limits", &body, common.json, &told).await;
        }
        let acting = self.of.acting()?;
        let runtime = local::writing(common, common.database()).await?;
        runtime.keep_for_people(&acting, (process, step), never).await?;
        runtime.score_again(process).await?;
        runtime.store().close().await;
        say(&told);
        Ok(Outcome::Fine)
    }
}
