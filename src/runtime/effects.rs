//! Carrying one effect out: at least once, always under its key, and its result becomes an event.

use countersign_core::{
    command::{Command, Notice},
    decide::may_still_leave,
    definition::is_rehearsal,
    event::{Acting, EventKind},
    people::PersonId,
    planted::planted,
    time::Timestamp,
    value::Values,
};

use super::{Problem, apply::Beside, engine::Engine, look_up::NOT_ASKED, rehearsal::NOT_SENT};
use crate::{
    config::{EFFECT_ATTEMPTS_MAX, System},
    connectors::{ConnectorError, SystemCall},
    gate::{self, EffectInput},
    metrics,
    store::{Aside, EffectRow, Mail, Notification},
};

/// The first pause before an effect is tried again, in milliseconds; each further one is twice as long.
const RETRY_FIRST_MS: i64 = 1_000;
/// The longest pause, in milliseconds.
const RETRY_LONGEST_MS: i64 = 10 * 60 * 1_000;

impl Engine {
    /// Carries out one claimed effect; whatever happens, it is acknowledged, tried again or given up.
    pub(crate) async fn carry_out(&self, effect: EffectRow) {
        if planted(18) {
            self.store().finish_effect(&effect.lease()).await.ok();
        }
        match self.rehearsed(&effect).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(problem) => return self.try_again(&effect, &problem.to_string()).await,
        }
        let outcome = match &effect.command {
            Command::AskAgent { key, path } => self.ask_agent(&effect, key, path).await,
            Command::CallSystem { system, operation, payload, .. } => {
                self.call_system(&effect, system, operation, payload).await
            }
            Command::LookUp { system, by, fields, .. } => self.look_up(&effect, system, by, fields).await,
            Command::SendMessage { people, party, text, .. } => {
                self.send_message(&effect, people, party.as_ref(), text).await
            }
            Command::Notify { people, task, notice, .. } => self.notify(&effect, people, *task, *notice).await,
        };
        if let Err(problem) = outcome {
            self.try_again(&effect, &problem.to_string()).await;
        }
    }

    /// Settles an effect of a rehearsal; `false` for a case that runs for good.
    ///
    /// Invariant: nothing leaves the house from a rehearsal. Every effect passes here before it is carried out.
    async fn rehearsed(&self, effect: &EffectRow) -> Result<bool, Problem> {
        let loaded = self.load(&effect.case_id).await?;
        if !is_rehearsal(&loaded.case.process) {
            return Ok(false);
        }
        match &effect.command {
            // Agents and people take part as they will when it is done in earnest.
            Command::AskAgent { .. } | Command::Notify { .. } => return Ok(false),
            Command::CallSystem { key, .. } => {
                let kind = EventKind::EffectDone { key: key.clone(), receipt: NOT_SENT.to_owned() };
                self.acknowledge(effect, &kind).await?;
            }
            Command::LookUp { .. } => self.look_up_failed(effect, NOT_ASKED).await?,
            Command::SendMessage { people, party, text, .. } => {
                let rehearsal = self.store().rehearsal(&loaded.case.process).await?;
                let person = rehearsal.map(|one| one.person).unwrap_or_default();
                self.redirect(effect, &person, people, party.as_ref(), text).await?;
            }
        }
        Ok(true)
    }

    async fn call_system(
        &self,
        effect: &EffectRow,
        system: &str,
        operation: &str,
        payload: &Values,
    ) -> Result<(), Problem> {
        let loaded = self.load(&effect.case_id).await?;
        let released = loaded.case.effects.get(&effect.key).is_some_and(|one| one.state.is_released());
        let first = effect.attempts <= 1;
        let stands = planted(20) || may_still_leave(&loaded.context(), &loaded.case, &effect.key, self.clock().now());
        if !released || first && !stands {
            return self.acknowledge(effect, &EventKind::EffectWithdrawn { key: effect.key.clone() }).await;
        }
        let values = loaded.case.fields.iter().map(|(name, entry)| (name.clone(), entry.value.clone())).collect();
        let facts = gate::examine_effect(&EffectInput {
            command: &effect.command,
            signed_by: loaded.case.sign_offs.last().map(|sign_off| sign_off.by.as_str()),
            values: &values,
            policies: &[self.policies()],
        });
        if let Some(objection) = facts.objection() {
            self.effect_failed(effect, &format!("a policy holds it back: {objection}"), false).await;
            return Ok(());
        }
        if let Some(why) = self.over_the_limit(&loaded, effect, payload, stands).await? {
            // Of a later attempt that was not counted nobody knows whether an earlier one was made.
            let held = EventKind::EffectHeld { key: effect.key.clone(), why, outcome_unknown: !first };
            return self.acknowledge(effect, &held).await;
        }
        let number = loaded.case.number;
        let call = SystemCall { key: &effect.key, case_number: number, operation, payload };
        match self.reach(system, &call).await {
            Ok(receipt) => {
                let written_down = self.practice_call(system, &call);
                let left_the_house = written_down.is_empty();
                let kind = EventKind::EffectDone { key: effect.key.clone(), receipt };
                match self.acknowledge_with(effect, &kind, written_down).await {
                    Err(problem) if effect.at_most_once && left_the_house => {
                        // Invariant: what must not be repeated is not tried again because it could not be noted. Its
                        // lease runs out, and then a person is asked.
                        tracing::error!(effect = effect.key, %problem, "a call was made and could not be noted");
                        Ok(())
                    }
                    told => told,
                }
            }
            Err(ConnectorError::Terminal(error)) => {
                self.effect_failed(effect, &error, false).await;
                Ok(())
            }
            Err(ConnectorError::OutcomeUnknown(error)) if effect.at_most_once && !planted(17) => {
                self.effect_failed(effect, &error, true).await;
                Ok(())
            }
            Err(ConnectorError::Retryable(error) | ConnectorError::OutcomeUnknown(error)) => {
                self.try_again(effect, &error).await;
                Ok(())
            }
        }
    }

    async fn reach(&self, system: &str, call: &SystemCall<'_>) -> Result<String, ConnectorError> {
        match self.config().system(system) {
            // Its ledger lies in this database, so that the call is written into it with the event that it was made.
            Some(System::Practice { .. }) => {
                Ok("written down by the practice system; nothing left this machine".to_owned())
            }
            Some(System::Http { url, token_variable }) => {
                let token = token_variable.as_ref().and_then(|name| std::env::var(name).ok());
                self.reach_out().call(url, token.as_deref(), call).await
            }
            None => Err(ConnectorError::Terminal(format!(
                "nothing is set for the system `{system}`; add it under [systems] in the configuration and try again"
            ))),
        }
    }

    /// The line in the ledger of the practice system; nothing for other systems.
    fn practice_call(&self, system: &str, call: &SystemCall<'_>) -> Vec<Aside> {
        let Some(System::Practice { .. }) = self.config().system(system) else { return Vec::new() };
        vec![Aside::PracticeCall {
            key: call.key.to_owned(),
            system: system.to_owned(),
            operation: call.operation.to_owned(),
            payload: call.payload.clone(),
        }]
    }

    async fn send_message(
        &self,
        effect: &EffectRow,
        people: &[PersonId],
        party: Option<&(String, String)>,
        text: &str,
    ) -> Result<(), Problem> {
        let at = self.clock().now();
        let world = self.world();
        let inside = people.iter().map(|id| {
            let address = world.directory.people.get(id).map(|person| person.email.clone()).unwrap_or_default();
            (world.directory.name(id).to_owned(), address)
        });
        let mails = inside.chain(party.cloned()).enumerate().map(|(place, (to_name, to_address))| {
            let key = format!("{}/{place}", effect.key);
            let case_id = Some(effect.case_id.clone());
            Aside::Mail(Mail { key, case_id, to_name, to_address, text: text.to_owned(), at })
        });
        let mails = mails.collect();
        let receipt = match party {
            Some((_, address)) if address.is_empty() => "kept: no address is known".to_owned(),
            Some((_, address)) => format!("kept for {address}"),
            None => "it stands among their messages".to_owned(),
        };
        self.acknowledge_with(effect, &EventKind::EffectDone { key: effect.key.clone(), receipt }, mails).await
    }

    /// Invariant: what a rehearsal says comes to whoever rehearses, and to nobody else.
    async fn redirect(
        &self,
        effect: &EffectRow,
        rehearser: &PersonId,
        people: &[PersonId],
        party: Option<&(String, String)>,
        text: &str,
    ) -> Result<(), Problem> {
        let world = self.world();
        let meant: Vec<String> = people
            .iter()
            .map(|id| world.directory.name(id).to_owned())
            .chain(party.map(|(name, _)| name.clone()))
            .collect();
        let address = world.directory.people.get(rehearser).map(|person| person.email.clone()).unwrap_or_default();
        let mail = Mail {
            key: format!("{}/0", effect.key),
            case_id: Some(effect.case_id.clone()),
            to_name: world.directory.name(rehearser).to_owned(),
            to_address: address,
            text: format!("[Rehearsal. Meant for {}.] {text}", meant.join(", ")),
            at: self.clock().now(),
        };
        let kind = EventKind::EffectDone { key: effect.key.clone(), receipt: NOT_SENT.to_owned() };
        self.acknowledge_with(effect, &kind, vec![Aside::Mail(mail)]).await
    }

    /// Programs before this one left these to be carried out; today they are kept with the event.
    async fn notify(&self, effect: &EffectRow, people: &[PersonId], task: u32, notice: Notice) -> Result<(), Problem> {
        let told = notifications(&effect.case_id, &effect.key, people, task, notice, self.clock().now());
        self.store().notify(told.collect()).await?;
        Ok(self.store().finish_effect(&effect.lease()).await?)
    }

    /// Records the result of an effect and deletes its row, in one commit.
    pub(super) async fn acknowledge(&self, effect: &EffectRow, kind: &EventKind) -> Result<(), Problem> {
        self.acknowledge_with(effect, kind, Vec::new()).await
    }

    async fn acknowledge_with(&self, effect: &EffectRow, kind: &EventKind, aside: Vec<Aside>) -> Result<(), Problem> {
        let beside = Beside { acknowledged: Some(effect.lease()), aside, ..Beside::default() };
        self.settle(effect, kind, &beside).await
    }

    pub(super) async fn settle(&self, effect: &EffectRow, kind: &EventKind, beside: &Beside) -> Result<(), Problem> {
        // An attempt that is told twice is one event: the key, the release and the number of the attempt name it.
        let (released, attempt) = (effect.created_at.0, effect.attempts);
        let dedup = format!("{}/{}/{released}/{attempt}", kind.name(), effect.key);
        let mut told = self.apply_beside(&effect.case_id, &Acting::System, kind, &dedup, beside).await;
        if let Ok(applied) = &told
            && applied.repeated
            && applied.loaded.case.effects.get(&effect.key).is_some_and(|one| one.state.is_released())
        {
            // A key that is released twice in one millisecond has two results of one name: this is the second one.
            let again = format!("{dedup}/{}", applied.loaded.case.seq);
            told = self.apply_beside(&effect.case_id, &Acting::System, kind, &again, beside).await;
        }
        match told {
            Ok(applied) if applied.repeated => Ok(self.store().finish_effect(&effect.lease()).await?),
            Ok(_) => {
                let result = match kind {
                    EventKind::EffectFailed { .. } | EventKind::ProposalFailed { .. } => "failed",
                    EventKind::EffectHeld { .. } => "held",
                    _ => "done",
                };
                metrics::effect_ended(effect.command.name(), result);
                Ok(())
            }
            Err(Problem::Rejected(rejected)) => {
                // Nobody waits for it any more, so that there is nothing left to do about it.
                tracing::info!(effect = effect.key, %rejected, "a result came too late");
                Ok(self.store().finish_effect(&effect.lease()).await?)
            }
            Err(problem) => Err(problem),
        }
    }

    pub(super) async fn effect_failed(&self, effect: &EffectRow, error: &str, outcome_unknown: bool) {
        let kind = EventKind::EffectFailed { key: effect.key.clone(), error: error.to_owned(), outcome_unknown };
        if let Err(problem) = self.acknowledge(effect, &kind).await {
            tracing::error!(effect = effect.key, %problem, "a failed effect could not be recorded");
        }
    }

    pub(super) async fn try_again(&self, effect: &EffectRow, error: &str) {
        if effect.attempts >= u64::from(EFFECT_ATTEMPTS_MAX) {
            self.give_up(effect, error).await;
            return;
        }
        metrics::effect_ended(effect.command.name(), "retried");
        let doublings = u32::try_from(effect.attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(20);
        let pause = RETRY_FIRST_MS.saturating_mul(1_i64 << doublings).min(RETRY_LONGEST_MS);
        let next: Timestamp = self.clock().now().plus_ms(pause);
        tracing::warn!(effect = effect.key, attempt = effect.attempts, error, "an effect is tried again later");
        if let Err(problem) = self.store().retry_effect(&effect.lease(), next, error).await {
            tracing::error!(effect = effect.key, %problem, "a retry could not be noted; its lease will run out");
        }
    }

    async fn give_up(&self, effect: &EffectRow, error: &str) {
        match &effect.command {
            Command::AskAgent { key, .. } => self.agent_failed(effect, key, error).await,
            Command::CallSystem { .. } => {
                let told = format!("{error} (after {} attempts)", effect.attempts);
                self.effect_failed(effect, &told, true).await;
            }
            Command::LookUp { .. } => {
                if let Err(problem) = self.look_up_failed(effect, error).await {
                    tracing::error!(effect = effect.key, %problem, "a failed look-up could not be recorded");
                }
            }
            Command::SendMessage { .. } => self.effect_failed(effect, error, false).await,
            Command::Notify { .. } => {
                if let Err(problem) = self.store().finish_effect(&effect.lease()).await {
                    tracing::error!(effect = effect.key, %problem, "a notice could not be given up");
                }
            }
        }
    }
}

/// What people are told about a task, each under a key of their own.
pub(super) fn notifications<'a>(
    case_id: &'a str,
    key: &'a str,
    people: &'a [PersonId],
    task: u32,
    notice: Notice,
    at: Timestamp,
) -> impl Iterator<Item = Notification> + 'a {
    people.iter().map(move |person| Notification {
        key: format!("{key}/{person}"),
        person: person.clone(),
        case_id: case_id.to_owned(),
        task,
        notice,
        at,
        seen_at: None,
    })
}
