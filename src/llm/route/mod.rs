//! Which model answers: tiers of models in order, each with its breaker, its pace and its price.
//!
//! A question names what it is for. The router takes the tier that is set for that agent, and asks its models one
//! after the other until one answers: a model is passed over while its breaker is open, while it is at its pace,
//! and where it may not see the kind of data: it is then asked with placeholders, or passed over. Nothing is asked
//! once models are switched off or the budget is spent.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use countersign_core::{canonical::digest_bytes, time::Timestamp};
use futures_util::future::BoxFuture;

use super::{
    Answer, Provider, ProviderError, Request, Usage,
    breaker::{Breaker, Patience, Standing},
    cache::Cache,
    spending::{Cap, Cost, Ledger, Price, Reserved, Shares, Spent, at_most, reached},
};
use crate::clock::Clock;

/// The tier of an agent that none is set for.
pub const USUAL_TIER: &str = "small";

/// What is said of a question while agents are switched off.
pub const SWITCHED_OFF: &str = "agents are switched off";

/// A minute in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// A model as it stands in the configuration, with the means to ask it.
pub struct Member {
    /// Its name in the configuration.
    pub name: String,
    /// How it is asked.
    pub provider: Arc<dyn Provider>,
    /// What it costs.
    pub price: Price,
    /// How many questions a minute it takes; none is no limit.
    pub pace: Option<usize>,
    /// Whether it may see fields that only some may see.
    pub personal: bool,
    /// Whether it may otherwise be asked with placeholders in their place.
    pub placeholders: bool,
}

/// Who is asked, and what it may cost.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// For each tier its models by name, in the order in which they are asked; the number is a model's weight among
    /// neighbours of equal rank: rank first, then weight.
    pub tiers: BTreeMap<String, Vec<Choice>>,
    /// The tier of each agent.
    pub agents: BTreeMap<String, String>,
    /// What may be spent.
    pub caps: Shares<Cap>,
    /// When a model counts as failing.
    pub patience: Patience,
}

/// One model of a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name in the configuration.
    pub model: String,
    /// Models with the lower rank are asked first.
    pub rank: u32,
    /// Of models with the same rank, this share of the cases begins with this one.
    pub weight: u32,
}

/// Asks models by a plan.
pub struct Router {
    members: BTreeMap<String, Member>,
    watched: Mutex<BTreeMap<String, Watch>>,
    plan: Plan,
    ledger: Arc<dyn Ledger>,
    reserved: Reserved,
    cache: Cache,
    clock: Clock,
}

/// What is known of a model since the program began.
#[derive(Clone, Debug)]
struct Watch {
    breaker: Breaker,
    asked: VecDeque<Timestamp>,
}

/// How a model does, for people.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// Its name in the configuration.
    pub model: String,
    /// Provider and model for the record.
    pub engine: String,
    /// The tiers that it answers for.
    pub tiers: Vec<String>,
    /// Whether it is asked at the moment.
    pub breaker: Standing,
}

impl Router {
    /// A router over these models.
    ///
    /// # Errors
    /// When a tier names a model that is not there, or an agent a tier that is not there.
    pub fn new(members: Vec<Member>, plan: Plan, ledger: Arc<dyn Ledger>, clock: Clock) -> Result<Self, String> {
        let members: BTreeMap<String, Member> = members.into_iter().map(|one| (one.name.clone(), one)).collect();
        for (tier, choices) in &plan.tiers {
            if let Some(choice) = choices.iter().find(|choice| !members.contains_key(&choice.model)) {
                return Err(format!("the tier `{tier}` names the model `{}`, which is not set up", choice.model));
            }
        }
        if let Some((agent, tier)) = plan.agents.iter().find(|(_, tier)| !plan.tiers.contains_key(*tier)) {
            return Err(format!("the agent `{agent}` is to ask the tier `{tier}`, which is not set up"));
        }
        let fresh = Watch { breaker: Breaker::new(plan.patience), asked: VecDeque::new() };
        let watched = members.keys().map(|name| (name.clone(), fresh.clone())).collect();
        let (reserved, cache) = (Reserved::default(), Cache::default());
        Ok(Self { members, watched: Mutex::new(watched), plan, ledger, reserved, cache, clock })
    }

    /// How each model does.
    #[must_use]
    pub fn health(&self) -> Vec<Health> {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |member: &Member| Health {
            model: member.name.clone(),
            engine: member.provider.name(),
            tiers: self.plan.tiers.iter().filter(|(_, all)| names(all, &member.name)).map(|(t, _)| t.clone()).collect(),
            breaker: watched.get(&member.name).map_or(Standing::Closed, |watch| watch.breaker.standing()),
        };
        self.members.values().map(of).collect()
    }

    /// The model of a tier that is asked first for a decision.
    fn first_of(&self, tier: &str, decision: &str) -> String {
        self.first_member(tier, decision).map_or_else(|| "no model".to_owned(), |member| member.provider.name())
    }

    fn first_member(&self, tier: &str, decision: &str) -> Option<&Member> {
        let choices = self.plan.tiers.get(tier).map(Vec::as_slice).unwrap_or_default();
        in_order(choices, decision).into_iter().find_map(|choice| self.members.get(&choice.model))
    }

    /// Asks one model a question outside every tier, to see whether it works.
    ///
    /// # Errors
    /// What the model's server said, or that there is no such model.
    pub async fn check(&self, model: &str, request: &Request) -> Result<Answer, ProviderError> {
        let member = self.members.get(model);
        let member = member.ok_or_else(|| ProviderError::Terminal(format!("no model `{model}` is set up")))?;
        self.send(member, request, self.clock.now()).await
    }

    async fn answer(&self, request: &Request) -> Result<Answer, ProviderError> {
        let tier = self.plan.agents.get(&request.call.agent).map_or(USUAL_TIER, String::as_str);
        self.answer_from(tier, request).await
    }

    async fn answer_from(&self, tier: &str, request: &Request) -> Result<Answer, ProviderError> {
        let Some(choices) = self.plan.tiers.get(tier) else {
            return Err(ProviderError::Terminal(format!("no model is set up for the tier `{tier}`")));
        };
        let mut last = None;
        for choice in in_order(choices, &request.call.decision) {
            let Some(member) = self.members.get(&choice.model) else { continue };
            match self.ask(member, request).await {
                Ok(answer) => return Ok(Answer { engine: member.provider.name(), ..answer }),
                // What a switch or a budget forbids, another model may not do either.
                Err(Refused::All(why)) => return Err(ProviderError::Terminal(why)),
                Err(Refused::This(error)) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| ProviderError::Terminal(format!("the tier `{tier}` has no model"))))
    }

    async fn ask(&self, member: &Member, request: &Request) -> Result<Answer, Refused> {
        if !request.call.personal || member.personal {
            return self.ask_openly(member, request).await;
        }
        // Invariant: a model that is not trusted with a kind of data is never sent any of it.
        let Some(masked) = request.masked.as_ref().filter(|_| member.placeholders) else {
            let why = format!("the model `{}` may not see personal data", member.name);
            return Err(Refused::This(ProviderError::Terminal(why)));
        };
        Ok(masked.put_back(self.ask_openly(member, &masked.request(request)).await?))
    }

    async fn ask_openly(&self, member: &Member, request: &Request) -> Result<Answer, Refused> {
        if let Some(answer) = self.cache.get(&member.provider.name(), request, self.clock.now()) {
            return Ok(answer);
        }
        let foreseen = Cost::of(at_most(request), member.price);
        let (others, _reservation) = self.reserved.reserve(foreseen);
        self.allowed(request, others.plus(foreseen)).await?;
        let now = self.clock.now();
        self.admit(member, now)?;
        let answer = self.send(member, request, now).await.map_err(Refused::This)?;
        self.cache.put(&member.provider.name(), request, &answer, now);
        Ok(answer)
    }

    /// Whether models are on and the budget allows one call more.
    async fn allowed(&self, request: &Request, next: Cost) -> Result<(), Refused> {
        if self.ledger.switched_off().await.map_err(Refused::All)? {
            return Err(Refused::All(SWITCHED_OFF.to_owned()));
        }
        if self.plan.caps == Shares::default() {
            return Ok(());
        }
        let spent = self.ledger.spent(&request.call, self.clock.now()).await.map_err(Refused::All)?;
        match reached(&self.plan.caps, &spent, next) {
            Some(words) => Err(Refused::All(format!("{words}; raise it in the configuration and try again"))),
            None => Ok(()),
        }
    }

    /// Lets a question through to a model that is well and not at its pace.
    fn admit(&self, member: &Member, now: Timestamp) -> Result<(), Refused> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(watch) = watched.get_mut(&member.name) else { return Ok(()) };
        let later = |why: String| Err(Refused::This(ProviderError::Retryable(why)));
        if let Some(pace) = member.pace {
            let begin = now.plus_ms(-MINUTE_MS);
            while watch.asked.front().is_some_and(|at| *at <= begin) {
                watch.asked.pop_front();
            }
            if watch.asked.len() >= pace {
                return later(format!("the model `{}` has been asked {pace} times within a minute", member.name));
            }
        }
        if !watch.breaker.permits(now) {
            return later(format!("the model `{}` failed several times and is left alone for a while", member.name));
        }
        if member.pace.is_some() {
            watch.asked.push_back(now);
        }
        Ok(())
    }

    async fn send(&self, member: &Member, request: &Request, begun: Timestamp) -> Result<Answer, ProviderError> {
        let sent = member.provider.complete(request).await;
        let now = self.clock.now();
        self.remember(member, &sent, now);
        let cost = match &sent {
            Ok(answer) => Cost::of(answer.usage, member.price),
            // The server may have read the question, and charged for it, before it failed.
            Err(_) => Cost::of(Usage { output: 0, ..at_most(request) }, member.price),
        };
        let spent = Spent {
            at: begun,
            call: request.call.clone(),
            model: member.name.clone(),
            cost,
            took_ms: u64::try_from(now.0.saturating_sub(begun.0)).unwrap_or_default(),
            failure: sent.as_ref().err().map(ToString::to_string),
        };
        if let Err(why) = self.ledger.note(&spent).await {
            // An answer that is paid for is not thrown away because its price could not be written down.
            tracing::error!(model = member.name, why, "what a model cost could not be written down");
        }
        sent
    }
}

impl Router {
    fn remember(&self, member: &Member, sent: &Result<Answer, ProviderError>, now: Timestamp) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(watch) = watched.get_mut(&member.name) else { return };
        match sent {
            // That a question was refused says nothing against the server.
            Ok(_) | Err(ProviderError::Unfit(_)) => watch.breaker.succeeded(),
            Err(ProviderError::Busy { after, .. }) => {
                let after = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
                watch.breaker.rest_until(now.plus_ms(after));
            }
            Err(ProviderError::Retryable(_) | ProviderError::Terminal(_)) => watch.breaker.failed(now),
        }
    }
}

impl Provider for Router {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(self.answer(request))
    }

    fn name(&self) -> String {
        self.first_of(USUAL_TIER, "")
    }
}

/// The models of one tier of a router, whichever agent asks: one stage of a cascade.
pub struct OfTier {
    router: Arc<Router>,
    tier: String,
}

impl OfTier {
    /// A provider over one tier.
    #[must_use]
    pub const fn new(router: Arc<Router>, tier: String) -> Self {
        Self { router, tier }
    }
}

impl Provider for OfTier {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(self.router.answer_from(&self.tier, request))
    }

    fn name(&self) -> String {
        self.router.first_of(&self.tier, "")
    }

    fn engine_for(&self, decision: &str) -> String {
        self.router.first_of(&self.tier, decision)
    }

    fn tells_probability(&self, decision: &str) -> bool {
        let first = self.router.first_member(&self.tier, decision);
        first.is_some_and(|member| member.provider.tells_probability(decision))
    }
}

/// Whether to go on to the next model.
enum Refused {
    /// This one did not answer.
    This(ProviderError),
    /// None may be asked.
    All(String),
}

fn names(choices: &[Choice], model: &str) -> bool {
    choices.iter().any(|choice| choice.model == model)
}

/// The models of a tier in the order in which a decision asks them: by rank; among equals the decision's own
/// address chooses the first by weight, so that a repetition asks the same one.
fn in_order<'a>(choices: &'a [Choice], decision: &str) -> Vec<&'a Choice> {
    let mut ordered: Vec<&Choice> = choices.iter().collect();
    ordered.sort_by_key(|choice| choice.rank);
    for group in ordered.chunk_by_mut(|one, other| one.rank == other.rank) {
        let total: u64 = group.iter().map(|choice| u64::from(choice.weight)).sum();
        let Some(mut at) = share(decision).checked_rem(total) else { continue };
        for place in 0..group.len() {
            let weight = u64::from(group[place].weight);
            if at < weight {
                group[..=place].rotate_right(1);
                break;
            }
            at -= weight;
        }
    }
    ordered
}

/// A number that a text always has, spread evenly: the first hexadecimal digits of its digest.
fn share(text: &str) -> u64 {
    let digest = digest_bytes(text.as_bytes()).to_string();
    let digits: String = digest.chars().rev().take(12).collect();
    u64::from_str_radix(&digits, 16).unwrap_or_default()
}

#[cfg(test)]
mod tests;
