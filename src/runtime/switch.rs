//! How agents and models do, and the switch that sends everything to people.

use countersign_core::{
    Context, Refusal, Verb, authorise,
    definition::Definition,
    event::Acting,
    time::{Calendar, DAY_MS},
};
use serde::Serialize;

use super::{
    Problem, Runtime,
    autonomy::Earned,
    models::{currency, day_of},
    release::ReleasedToday,
};
use crate::{
    config::Stages,
    llm::route::{Health, Router},
    store::{ModelFigures, PERSON, Share},
};

/// How agents and models do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AgentsOverview {
    /// Whether agents are switched off, the built-in engine too, so that people decide everything.
    pub switched_off: bool,
    /// The currency in which models' prices stand.
    pub currency: Option<String>,
    /// The models that are set up.
    pub models: Vec<ModelToday>,
    /// The agents that people's decisions have been counted for.
    pub earned: Vec<Earned>,
    /// What settled the questions of the last [`SHARES_DAYS`] days, by agent, in the order in which they are asked.
    pub shares: Vec<Share>,
    /// The processes in which agents decide: identifier and title.
    pub deciding: Vec<(String, String)>,
    /// What may leave without a signature on an agent's word, and what has; none where no limit is set.
    pub released: Option<ReleasedToday>,
}

/// So many days are looked back on for what settled questions.
pub const SHARES_DAYS: i64 = 30;

/// A model, and what it did since the day began (UTC).
#[derive(Clone, Debug, Serialize)]
pub struct ModelToday {
    /// What it is and whether it is asked.
    pub model: Health,
    /// What it did; none when it was not asked.
    pub today: Option<ModelFigures>,
}

impl Runtime {
    /// How agents and models do now.
    pub async fn agents_overview(&self) -> Result<AgentsOverview, Problem> {
        let figures = self.store().model_figures(day_of(self.clock().now())).await?;
        let health = self.router().map(Router::health).unwrap_or_default();
        let of = |model: Health| {
            let today = figures.iter().find(|row| row.model == model.model).cloned();
            ModelToday { model, today }
        };
        Ok(AgentsOverview {
            switched_off: self.books().off().await?,
            currency: currency(self.config())?.map(str::to_owned),
            models: health.into_iter().map(of).collect(),
            earned: self.earned("").await?,
            shares: self.shares().await?,
            deciding: self.processes_with_deciding_agents().await?,
            released: self.released_today().await?,
        })
    }

    async fn shares(&self) -> Result<Vec<Share>, Problem> {
        let mut shares = self.store().shares(self.clock().now().plus_ms(-SHARES_DAYS * DAY_MS)).await?;
        // Stages in their order, then what is no stage any more, then people.
        let place = |share: &Share| {
            let names = self.config().agents.get(&share.agent).map(Stages::names).unwrap_or_default();
            let place = names.iter().position(|name| *name == share.settled).unwrap_or(names.len());
            (share.settled == PERSON, place)
        };
        shares.sort_by(|one, other| (&one.agent, place(one)).cmp(&(&other.agent, place(other))));
        Ok(shares)
    }

    /// Switches agents off or on, for every program on the database; who did it is on the record. Questions that are
    /// already on their way are answered, and no other is asked.
    ///
    /// The caller has asked [`Runtime::allows`].
    pub async fn switch_agents(&self, by: &Acting, off: bool) -> Result<(), Problem> {
        if self.books().off().await? == off {
            return Ok(());
        }
        Ok(self.books().switch(off, &by.id(), self.clock().now()).await?)
    }

    /// Whether somebody may do what belongs to no case and no process.
    ///
    /// # Errors
    /// Why not, and who could.
    pub fn allows(&self, acting: &Acting, verb: &Verb) -> Result<(), Refusal> {
        let (world, definition, calendar) = (self.world(), Definition::empty("", "", ""), Calendar::default());
        let version = String::new();
        let context =
            Context { definition: &definition, version: &version, directory: &world.directory, calendar: &calendar };
        authorise(&context, None, acting, verb, self.clock().now())
    }
}
