//! The timeline: one entry for each event, saying who, what, when and why, and what came of it.

use countersign_core::{
    case::{Case, Origin, Status, Task, Void},
    definition::{AgentStep, Path, Step},
    event::{Acting, Event, EventKind},
    people::PersonId,
    proposal::{GateFacts, Output, Proposal, Verdict, verdict},
    time::Timestamp,
    value::Values,
    who::party,
};

use super::{Words, text};
use crate::web::format::{capital, list};

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What happened, as a sentence that begins with who did it.
    pub what: String,
    /// Why, in the words of whoever did it; an agent's words are marked as such by the page.
    pub why: Option<String>,
    /// What came of it.
    pub then: Vec<String>,
    /// Whether a machine's judgement, not code and not a person, brought it about.
    pub by_agent: bool,
}

impl Words<'_> {
    /// The entry of an event that took the case from `before` to `after`; `None` when nothing came of it that
    /// anybody would look for.
    #[must_use]
    pub fn entry(&self, before: &Case, event: &Event, after: &Case) -> Option<Entry> {
        let mut then = self.came_of_it(before, event, after);
        if let EventKind::Ticked = event.kind {
            then = [self.clock_did(before, after), then].concat();
            let what = then.first().cloned()?;
            return Some(Entry { at: event.at, what, why: None, then: then.split_off(1), by_agent: false });
        }
        let (what, why) = self.what(before, event, after);
        let by_agent = matches!(event.kind, EventKind::ProposalReturned { .. });
        Some(Entry { at: event.at, what: format!("{}.", capital(&what)), why, then, by_agent })
    }

    /// Who acts, with the person they stand in for.
    #[must_use]
    pub fn acting(&self, acting: &Acting) -> String {
        match acting {
            Acting::Person { person, standing_for: None } => self.person(person),
            Acting::Person { person, standing_for: Some(absent) } => {
                format!("{}, standing in for {},", self.person(person), self.person(absent))
            }
            Acting::Party { party, .. } => text::the(party),
            Acting::System => text::PROGRAM.to_owned(),
        }
    }

    fn what(&self, before: &Case, event: &Event, after: &Case) -> (String, Option<String>) {
        let who = self.acting(&event.by);
        let title = |task: &u32| after.task(*task).map_or_else(String::new, |task| self.task_title(after, task));
        match &event.kind {
            EventKind::CaseOpened { documents, .. } => {
                let seen = documents.values().filter(|document| !self.hidden.contains(&document.field));
                let names: Vec<String> = seen.map(|document| document.name.clone()).collect();
                let with = if names.is_empty() { String::new() } else { format!(" with {}", list(&names)) };
                (format!("{who} opened the case{with}"), None)
            }
            EventKind::CaseScheduled { requester, .. } => {
                (format!("the case opened by its schedule, for {}", self.person(requester)), None)
            }
            EventKind::TaskClaimed { task } => (format!("{who} took “{}”", title(task)), None),
            EventKind::TaskReleased { task } => (format!("{who} gave “{}” back", title(task)), None),
            EventKind::TaskDelegated { task, to } => {
                (format!("{who} gave “{}” to {}", title(task), self.person(to)), None)
            }
            EventKind::TaskDecided { task, outcome, reason, values, .. } => {
                let done = after.task(*task).map_or_else(
                    || outcome.to_string(),
                    |task| format!("{} {}", self.outcome(&task.ask, *outcome), self.subject(task)),
                );
                (format!("{who} {done}{}", self.changed(before, after, values)), reason.clone())
            }
            EventKind::QuestionAsked { question, .. } => (format!("{who} asked a question"), Some(question.clone())),
            EventKind::FieldsEdited { values, reason } => {
                (format!("{who} edited the case{}", self.changed(before, after, values)), Some(reason.clone()))
            }
            EventKind::ProposalReturned { key, proposal, .. } => self.returned(key, proposal, after),
            EventKind::ProposalFailed { error, .. } => (text::timeline::NO_AGENT.to_owned(), Some(error.clone())),
            EventKind::EffectDone { .. }
            | EventKind::EffectFailed { .. }
            | EventKind::EffectWithdrawn { .. }
            | EventKind::EffectHeld { .. } => self.became(before, &event.kind),
            EventKind::LookedUp { key, values } => {
                let what = if values.is_empty() { "nothing".to_owned() } else { self.fields(values.keys()) };
                (format!("{} answered with {what}", self.asked_system(key)), None)
            }
            EventKind::LookUpFailed { key, error } => {
                (format!("{} could not answer", self.asked_system(key)), Some(error.clone()))
            }
            EventKind::MessageReceived { name, .. } => (format!("the message “{name}” came in from outside"), None),
            EventKind::CaseWithdrawn { reason } => (format!("{who} withdrew the case"), reason.clone()),
            EventKind::IncidentResolved { incident } => {
                let place =
                    after.incidents.iter().find(|one| one.number == *incident).map_or("", |one| one.what.as_str());
                (format!("{who} had the program try again"), Some(place.to_owned()).filter(|place| !place.is_empty()))
            }
            EventKind::StageMoved { .. }
            | EventKind::CaseHeld { .. }
            | EventKind::CaseResumed
            | EventKind::CaseMigrated { .. }
            | EventKind::MigrationUndone
            | EventKind::RehearsalEnded
            | EventKind::RequirementAdded { .. } => self.steered(&who, before, &event.kind, after),
            EventKind::Ticked => (String::new(), None),
        }
    }

    /// What became of a call or a message.
    fn became(&self, before: &Case, kind: &EventKind) -> (String, Option<String>) {
        match kind {
            EventKind::EffectDone { key, receipt } => {
                let sent = before.effects.get(key).and_then(|effect| self.definition.step(&effect.path));
                let how = if matches!(sent, Some(Step::Message(_))) { "was delivered" } else { "was done" };
                (format!("{} {how}", self.effect(before, key)), Some(receipt.clone()))
            }
            EventKind::EffectFailed { key, error, outcome_unknown } => {
                let how = if *outcome_unknown { "was not answered" } else { "failed" };
                (format!("{} {how}", self.effect(before, key)), Some(error.clone()))
            }
            EventKind::EffectWithdrawn { key } => {
                (format!("{} was held back", self.effect(before, key)), Some(text::timeline::HELD_BACK.to_owned()))
            }
            EventKind::EffectHeld { key, why, .. } => (
                format!("{} was held back for a person", self.effect(before, key)),
                Some(self.excess(before, key, why)),
            ),
            _ => (String::new(), None),
        }
    }

    /// What an agent answered, and its reason as far as the reader may know it.
    fn returned(&self, key: &str, proposal: &Proposal, after: &Case) -> (String, Option<String>) {
        if self.is_withheld(key, proposal, after) {
            return (text::doubt::withheld(&self.answerer(proposal)), None);
        }
        let what = format!("{} {}", self.answerer(proposal), self.proposed(after, proposal));
        // A step that is unknown under this version may have looked at anything.
        let reason = match self.agent_step(key) {
            Some(step) => self.reason(&step.work, &proposal.reason),
            None if self.hidden.is_empty() => proposal.reason.clone(),
            None => String::new(),
        };
        (what, Some(reason).filter(|reason| !reason.is_empty()))
    }

    /// What answered, and as which stage where there are several.
    fn answerer(&self, proposal: &Proposal) -> String {
        let engine = self.engine(&proposal.engine);
        let stage = proposal.cascade.as_ref().and_then(|cascade| cascade.stages.get(cascade.answered as usize));
        stage.map_or_else(|| engine.clone(), |stage| text::doubt::as_stage(&engine, &stage.name))
    }

    /// Whether the answer is being checked by somebody who is not to know it. It is told when they have decided.
    fn is_withheld(&self, key: &str, proposal: &Proposal, after: &Case) -> bool {
        match &proposal.output {
            Output::Label { field, .. } | Output::Mark { field, .. } => after.is_checked(field),
            Output::Judgement { .. } => path_of(key).is_some_and(|path| after.is_checked_at(&path)),
            Output::Fields { .. } | Output::Summary { .. } => false,
        }
    }

    /// What somebody did who steers the case from outside its steps.
    fn steered(&self, who: &str, before: &Case, kind: &EventKind, after: &Case) -> (String, Option<String>) {
        match kind {
            EventKind::StageMoved { kind, to_stage, reason } => {
                let from = self.stage_of(before).unwrap_or_default();
                let to = self.stage_of(after).or(to_stage.as_deref()).unwrap_or_default();
                (text::steering::moved(who, *kind, from, to), Some(reason.clone()))
            }
            EventKind::CaseHeld { reason } => (text::steering::held(who), Some(reason.clone())),
            EventKind::CaseMigrated { to, .. } => (text::steering::migrated(who, to), None),
            EventKind::MigrationUndone => (text::steering::undone(who, &after.version), None),
            EventKind::RehearsalEnded => (text::steering::REHEARSAL_OVER.to_owned(), None),
            EventKind::RequirementAdded { what, reason } => {
                (text::steering::added(who, what.requirement.name()), Some(reason.clone()))
            }
            EventKind::CaseResumed => (text::steering::resumed(who), None),
            _ => (String::new(), None),
        }
    }

    /// What an event brought about, told by comparing the case before and after.
    fn came_of_it(&self, before: &Case, event: &Event, after: &Case) -> Vec<String> {
        let mut told = Vec::new();
        if let EventKind::ProposalReturned { key, proposal, facts } = &event.kind {
            told.extend(self.judged(key, proposal, facts));
            told.extend(self.resembled(key, proposal, after));
            let open = proposal.cascade.as_ref().filter(|_| !self.is_withheld(key, proposal, after));
            told.extend(open.map(text::doubt::stages));
        }
        told.extend(self.unread(before, after));
        if let EventKind::TaskDecided { task, outcome, values, .. } = &event.kind
            && let Some(task) = before.task(*task)
        {
            told.extend(self.revealed(before, task, *outcome, values));
        }
        for (path, finding) in &after.findings {
            if before.findings.get(path) != Some(finding) {
                told.push(format!("{}: {}.", self.finding(finding), finding.words));
            }
        }
        told.extend(self.filled_in(before, after));
        for (then, now) in before.sign_offs.iter().zip(&after.sign_offs) {
            match (&then.voided, &now.voided) {
                (None, Some(Void::FieldChanged { field })) => {
                    told.push(text::timeline::voided(&self.person(&now.by), &text::the(&self.field(field))));
                }
                (None, Some(Void::SentBack)) => {
                    told.push(text::timeline::sent_back(&self.person(&now.by)));
                }
                (None, Some(Void::OtherVersion)) => {
                    told.push(text::steering::void_by_version(&self.person(&now.by)));
                }
                (None, None) | (Some(_), _) => {}
            }
        }
        for task in after.tasks.iter().skip(before.tasks.len()) {
            told.push(self.opened(after, task));
        }
        for incident in after.incidents.iter().skip(before.incidents.len()) {
            told.push(text::timeline::incident(&incident.what, &incident.next_action));
        }
        if let (Status::Open | Status::Unopened, Status::Closed { closing, .. }) = (&before.status, &after.status) {
            told.push(format!("The case closed as {closing}."));
        }
        told
    }

    fn opened(&self, case: &Case, task: &Task) -> String {
        let due = self.reader.due(task.due_at).words;
        format!("“{}” waits for {}; {due}.", self.task_title(case, task), self.waits_for(case, task))
    }

    fn judged(&self, key: &str, proposal: &Proposal, facts: &GateFacts) -> Vec<String> {
        let mut told = Vec::new();
        if !facts.missing_evidence.is_empty() {
            told.push(text::timeline::dropped(&self.fields(&facts.missing_evidence)));
        }
        if let Some(step) = self.agent_step(key) {
            told.push(match (verdict(step, proposal, facts), &facts.certificate) {
                (Verdict::Act, Some(certificate)) => text::doubt::under_certificate(certificate.labels),
                (verdict, _) => self.verdict(&verdict),
            });
        }
        told
    }

    /// The examples that an answer says the case is like.
    fn resembled(&self, key: &str, proposal: &Proposal, after: &Case) -> Vec<String> {
        let (Output::Judgement { examples, .. }, Some(path)) = (&proposal.output, path_of(key)) else {
            return Vec::new();
        };
        self.examples(after, &path, examples).iter().map(text::doubt::like_in_full).collect()
    }

    /// What passing time did: reminders, escalations, waits that ended.
    fn clock_did(&self, before: &Case, after: &Case) -> Vec<String> {
        let mut told = Vec::new();
        for (then, now) in before.tasks.iter().zip(&after.tasks) {
            let title = self.task_title(after, now);
            if now.escalated > then.escalated {
                let whom = self.who(&now.who, after);
                told.push(match party(self.definition, now) {
                    Some(_) => format!("Nothing came in in time, so {whom} may now answer “{title}” too."),
                    None => format!("Nothing was decided in time, so {whom} now decides “{title}” instead."),
                });
            }
            if now.reminders > then.reminders {
                told.push(format!("{} was reminded of “{title}”.", capital(&self.waits_for(after, now))));
            }
        }
        if told.is_empty() && before.cursors != after.cursors {
            told.push(text::timeline::WAIT_OVER.to_owned());
        }
        told
    }

    /// Templates that were filled in, each with the digest that a sign-off over it holds.
    fn filled_in(&self, before: &Case, after: &Case) -> Vec<String> {
        let new = after.fields.iter().filter(|(name, entry)| before.fields.get(*name) != Some(entry));
        new.filter_map(|(name, entry)| {
            let Origin::Template { template, .. } = &entry.origin else { return None };
            Some(text::timeline::filled_in(&self.field(name), template, &after.field_digest(name)))
        })
        .collect()
    }

    /// Documents that came in and were not read, each with the reason.
    fn unread(&self, before: &Case, after: &Case) -> Vec<String> {
        let new = after.documents.iter().filter(|(key, _)| !before.documents.contains_key(*key));
        let shown = new.filter(|(_, document)| !self.hidden.contains(&document.field));
        shown
            .filter_map(|(_, document)| Some(text::timeline::unread(&document.name, document.no_text.as_ref()?)))
            .collect()
    }

    /// Values that a person changed, from what to what.
    fn changed(&self, before: &Case, after: &Case, values: &Values) -> String {
        let changes: Vec<String> = values
            .iter()
            .filter_map(|(field, value)| {
                let old = before.fields.get(field)?;
                let by_hand = !matches!(old.origin, Origin::Agent { .. });
                (old.value != *value && by_hand).then(|| {
                    let name = text::the(&self.field(field));
                    if self.hidden.contains(field) {
                        return name;
                    }
                    format!("{name} from {} to {}", self.value(before, &old.value), self.value(after, value))
                })
            })
            .collect();
        if changes.is_empty() { String::new() } else { format!(" and changed {}", list(&changes)) }
    }

    /// The name of the stage that the case stands in.
    fn stage_of(&self, case: &Case) -> Option<&str> {
        let stage = case.cursors.first()?.path.stage_index();
        self.definition.stages.get(stage).map(|stage| stage.name.as_str())
    }

    /// A call or a message, as in `“create” in the bank system`.
    pub(super) fn effect(&self, case: &Case, key: &str) -> String {
        match case.effects.get(key).and_then(|effect| self.definition.step(&effect.path)) {
            Some(Step::System(step)) => format!("“{}” in {}", step.operation, text::the(&step.system)),
            Some(Step::Message(step)) => format!("the message to {}", self.who(&step.to, case)),
            Some(_) | None => "a notice".to_owned(),
        }
    }

    /// The system that a question went to, by the question's key: case, path, visit, `look`.
    fn asked_system(&self, key: &str) -> String {
        let path = key.split('/').nth_back(2).and_then(|path| Path::try_from(path.to_owned()).ok());
        match path.and_then(|path| self.definition.step(&path)) {
            Some(Step::LookUp(step)) => text::the(&step.system),
            Some(_) | None => "another system".to_owned(),
        }
    }

    /// The agent's step that a key addresses: case, path, visit, `ask`.
    fn agent_step(&self, key: &str) -> Option<&AgentStep> {
        match self.definition.step(&path_of(key)?) {
            Some(Step::Agent(step)) => Some(step),
            Some(_) | None => None,
        }
    }

    /// Everybody who has had a hand in a case, in order of appearance.
    #[must_use]
    pub fn people_of(&self, case: &Case) -> Vec<(PersonId, String)> {
        let mut found: Vec<(PersonId, String)> = vec![(case.requester.clone(), text::case::OPENED_IT.to_owned())];
        for task in &case.tasks {
            for decision in task.decisions() {
                let did = format!("{} {}", self.outcome(&task.ask, decision.outcome), self.subject(task));
                found.push((decision.by.clone(), did));
            }
        }
        found
    }
}

/// The step in a key: case, path, visit, `ask`.
fn path_of(key: &str) -> Option<Path> {
    Path::try_from(key.split('/').nth_back(2)?.to_owned()).ok()
}
