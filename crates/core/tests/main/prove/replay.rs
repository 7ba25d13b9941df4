//! A counter-example becomes events, and the engine without its guard shows that the effect really leaves.

use std::collections::BTreeMap;

use countersign_core::{
    case::{Cursor, Document, Outcome, Task, Waiting},
    command::agent_key,
    decide::decide_unguarded,
    definition::{AgentWork, Definition, Field, FieldKind, Path, Signer, Step, WaitUntil, Who},
    event::{Acting, Event, EventKind},
    people::{Directory, Person},
    proposal::{CertificateUse, Evidence, GateFacts, Output, Proposal, Read},
    prove::{CounterExample, Happens, PROOF_AT, Told},
    time::{DAY_MS, Timestamp},
    value::{Date, Money, Value, Values},
    who::{self, Eligible},
};

use super::monitor::Monitor;
use crate::desk::{Desk, file};

/// Plays a counter-example; `Err` says why the effect did not leave unsigned.
pub fn replay(definition: &Definition, found: &CounterExample) -> Result<(), String> {
    let mut desk = Desk::new(definition.clone());
    desk.directory = everybody(definition);
    let mut player = Player { desk, monitor: Monitor::default(), at: PROOF_AT, count: 0, found, unsigned: false };
    for told in &found.steps {
        if !told.what.is_automatic() {
            player.play(told).map_err(|why| format!("{told:?}: {why}"))?;
        }
        if player.unsigned {
            return Ok(());
        }
    }
    Err(format!("the effect did not leave unsigned; the case stands at {:?}", player.desk.case.cursors))
}

/// Four holders of every role, and a requester who has no other role and no manager.
fn everybody(definition: &Definition) -> Directory {
    let mut roles = vec![definition.accountable.clone()];
    definition.walk(&mut |_, step| {
        for who in step.people() {
            if let Who::Role { role } = who {
                roles.push(role.clone());
            }
        }
    });
    let mut directory = Directory::default();
    let mut add = |id: String, role: &str| {
        let person = Person { name: id.clone(), roles: vec![role.to_owned()], ..Person::default() };
        directory.people.insert(id, person);
    };
    add(String::from("ana"), &definition.starter);
    for role in roles.iter().filter(|role| **role != definition.starter) {
        (0..4).for_each(|number| add(format!("{role} {number}"), role));
    }
    directory
}

struct Player<'a> {
    desk: Desk,
    monitor: Monitor,
    at: Timestamp,
    count: i64,
    found: &'a CounterExample,
    unsigned: bool,
}

impl Player<'_> {
    fn send(&mut self, by: Acting, kind: EventKind) -> Result<(), String> {
        let event = Event::new(self.at, by, kind);
        let before = self.desk.case.clone();
        let (case, commands) = decide_unguarded(&self.desk.context(), before.clone(), &event)
            .map_err(|rejected| format!("{} refused: {rejected}", event.kind.name()))?;
        self.desk.case = case;
        let unsigned = self.monitor.watch(&self.desk, &before, &event, &commands);
        self.unsigned |= unsigned.iter().any(|one| one.path == self.found.effect.path && one.by_the_text);
        Ok(())
    }

    fn play(&mut self, told: &Told) -> Result<(), String> {
        if told.what == Happens::Opened {
            let (values, documents) = self.filled(told, true);
            return self.send(Acting::person("ana"), EventKind::CaseOpened { number: 7, values, documents });
        }
        let stands = |player: &Self| player.desk.case.cursors.iter().find(|one| one.path == told.path).cloned();
        let Some(cursor) = stands(self) else {
            // A tick for another track has done it already, or the day that was waited for had come before.
            return Ok(());
        };
        let called = matches!(self.desk.definition.step(&told.path), Some(Step::System(_)));
        if called && told.what == Happens::Failed && matches!(cursor.waiting, Waiting::Task { .. }) {
            // A wait elsewhere took so long that the system's silence counted as a failure already.
            return Ok(());
        }
        self.happens(told, &cursor.waiting)?;
        if told.what != Happens::Passed && told.what != Happens::Rejected {
            return Ok(());
        }
        // A wait may end with somebody who looks, or who is asked when nothing has come.
        match stands(self).filter(|now| now.visit == cursor.visit) {
            Some(now) if now.waiting != cursor.waiting => self.happens(told, &now.waiting),
            _ => Ok(()),
        }
    }

    fn happens(&mut self, told: &Told, waiting: &Waiting) -> Result<(), String> {
        match waiting {
            Waiting::Agent => self.answered(told),
            Waiting::Task { task } => self.decided(*task, told),
            Waiting::Effect { key, .. } => {
                let key = key.clone();
                let kind = match told.what {
                    Happens::Failed => {
                        EventKind::EffectFailed { key, error: String::from("down"), outcome_unknown: false }
                    }
                    _ => EventKind::EffectDone { key, receipt: String::from("ok") },
                };
                self.send(Acting::System, kind)
            }
            Waiting::Until { at } => self.tick(*at),
            Waiting::Day => self.tick(self.day_of(&told.path)?),
            Waiting::Message { look_at, .. } if told.what == Happens::Rejected => self.tick(*look_at),
            Waiting::Message { name, .. } => {
                let kind = EventKind::MessageReceived { name: name.clone(), values: Values::new() };
                self.send(Acting::System, kind)
            }
            Waiting::LookUp { key, .. } => self.looked_up(key.clone(), told),
            other => Err(format!("the case waits for {other:?}")),
        }
    }

    fn tick(&mut self, at: Timestamp) -> Result<(), String> {
        self.at = self.at.max(at);
        self.send(Acting::System, EventKind::Ticked)
    }

    /// When the wait at this step for a day is over.
    fn day_of(&self, path: &Path) -> Result<Timestamp, String> {
        let Some(Step::Wait { until: WaitUntil::Date { field, offset } }) = self.desk.definition.step(path) else {
            return Err(String::from("no wait for a day"));
        };
        let Some(Value::Date(date)) = self.desk.case.value(field) else { return Err(String::from("no day")) };
        let day = self.desk.calendar.start_of(*date);
        Ok(match offset {
            None => day,
            Some(offset) if offset.before => self.desk.calendar.before(day, offset.span),
            Some(offset) => self.desk.calendar.after(day, offset.span),
        })
    }

    /// What the system says: a field that it leaves as it was has the same value.
    fn looked_up(&mut self, key: String, told: &Told) -> Result<(), String> {
        if told.what == Happens::Failed {
            return self.send(Acting::System, EventKind::LookUpFailed { key, error: String::from("down") });
        }
        let mut values = told.values.clone();
        for name in &told.writes {
            let field = self.desk.definition.field(name).cloned().ok_or("no field")?;
            values.insert(name.clone(), self.another(&field));
        }
        let sent = &self.found.effect.sends;
        for name in told.leaves_out.iter().filter(|name| !told.values.contains_key(*name) && sent.contains(name)) {
            values.extend(self.desk.case.value(name).map(|value| (name.clone(), value.clone())));
        }
        self.send(Acting::System, EventKind::LookedUp { key, values })
    }

    /// What the agent says; where it leaves a field as it was it could not answer.
    fn answered(&mut self, told: &Told) -> Result<(), String> {
        let at = |one: &&Cursor| one.path == told.path;
        let cursor = self.desk.case.cursors.iter().find(at).cloned().ok_or("no cursor")?;
        let key = agent_key(&self.desk.case.id, &cursor.path, cursor.visit);
        let says = !matches!(
            self.desk.definition.step(&told.path),
            Some(Step::Agent(agent)) if matches!(
                &agent.work,
                AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } if told.leaves_out.contains(field)
            )
        );
        if !says {
            return self.send(Acting::System, EventKind::ProposalFailed { key, error: String::from("no model") });
        }
        let (proposal, facts) = self.proposal(told);
        self.send(Acting::System, EventKind::ProposalReturned { key, proposal, facts })
    }

    fn decided(&mut self, number: u32, told: &Told) -> Result<(), String> {
        if let Happens::Approved { escalated } = told.what
            && escalated > 0
        {
            self.first_seats(number, &told.path, escalated)?;
            self.escalate(number, &told.path, escalated)?;
        }
        let outcome = match told.what {
            Happens::Approved { .. } => Outcome::Approved,
            Happens::Rejected => Outcome::Rejected,
            Happens::TriedAgain => Outcome::TryAgain,
            _ => Outcome::Completed,
        };
        let (mut values, mut documents) = self.filled(told, false);
        let writes = matches!(told.what, Happens::Completed | Happens::Answered);
        if !writes {
            (values, documents) = Default::default();
        }
        let mut waited = 0;
        loop {
            let task = self.desk.case.task(number).ok_or("no task")?.clone();
            if !task.is_open() {
                return Ok(());
            }
            let by = match &task.who {
                Who::Party { party } => Acting::Party { party: party.clone(), case: String::from("c") },
                _ => {
                    let able = who::eligible(&self.desk.context(), &self.desk.case, &task, self.at);
                    if able.is_empty() && task.escalated < 3 && waited < 3 {
                        // Whoever it is for first cannot be told; an escalation moves it on.
                        waited += 1;
                        self.at = self.at.plus_ms(7 * DAY_MS);
                        self.send(Acting::System, EventKind::Ticked)?;
                        continue;
                    }
                    let one = self.without_the_role(&task, &able).ok_or("nobody may decide it")?;
                    Acting::Person { person: one.person.clone(), standing_for: one.standing_for.clone() }
                }
            };
            let shown = self.desk.case.shown(number);
            let reason = Some(String::from("so"));
            let (values, documents) = (std::mem::take(&mut values), std::mem::take(&mut documents));
            self.send(by, EventKind::TaskDecided { task: number, outcome, reason, values, documents, shown })?;
        }
    }

    /// Somebody who does not hold the role that signs, where the text asks for another: it names no people.
    fn without_the_role<'a>(&self, task: &Task, able: &'a [Eligible]) -> Option<&'a Eligible> {
        let other = |one: &&Eligible| match &self.found.effect.signer {
            Signer::Role { role } if !self.found.effect.approvals.contains(&task.path) => {
                !self.desk.directory.people[&one.person].roles.contains(role)
            }
            _ => true,
        };
        able.iter().find(other).or_else(|| able.first())
    }

    /// An outside party takes only the last seat; the others are decided before it is escalated.
    fn first_seats(&mut self, number: u32, path: &Path, escalated: u8) -> Result<(), String> {
        let Some(Step::Human(human)) = self.desk.definition.step(path).cloned() else { return Ok(()) };
        if !matches!(human.escalations[usize::from(escalated) - 1].to, Who::Party { .. }) {
            return Ok(());
        }
        for _ in 1..human.needed {
            let task = self.desk.case.task(number).ok_or("no task")?.clone();
            let able = who::eligible(&self.desk.context(), &self.desk.case, &task, self.at);
            let by = Acting::person(able.first().ok_or("nobody may decide it")?.person.clone());
            let shown = self.desk.case.shown(number);
            let kind = EventKind::TaskDecided {
                task: number,
                outcome: Outcome::Approved,
                reason: None,
                values: Values::new(),
                documents: BTreeMap::new(),
                shown,
            };
            self.send(by, kind)?;
        }
        Ok(())
    }

    fn escalate(&mut self, number: u32, path: &Path, escalated: u8) -> Result<(), String> {
        let Some(Step::Human(human)) = self.desk.definition.step(path) else { return Err("no step".into()) };
        let after = human.escalations[usize::from(escalated) - 1].after;
        let opened = self.desk.case.task(number).ok_or("no task")?.opened_at;
        self.at = self.at.max(self.desk.calendar.after(opened, after));
        self.send(Acting::System, EventKind::Ticked)
    }

    /// The values that a counter-example asks for, and others where it leaves them open.
    fn filled(&mut self, told: &Told, opens: bool) -> (Values, BTreeMap<String, Document>) {
        let mut values = told.values.clone();
        for name in &told.writes {
            let Some(field) = self.desk.definition.field(name).cloned() else { continue };
            let sent = self.found.effect.sends.contains(name);
            if field.required || (sent && !opens) {
                let value = self.another(&field);
                values.insert(name.clone(), value);
            }
        }
        for name in &told.leaves_out {
            let field = self.desk.definition.field(name).cloned().filter(|field| field.required);
            if let Some(field) = field.filter(|_| self.desk.case.value(name).is_none()) {
                values.insert(name.clone(), self.another(&field));
            }
        }
        let mut documents = BTreeMap::new();
        for (name, value) in &values {
            if let Value::Document { document } = value {
                documents.insert(document.clone(), file(name, document));
            }
        }
        (values, documents)
    }

    /// A value of the field that it has not had before.
    fn another(&mut self, field: &Field) -> Value {
        self.count += 1;
        let count = self.count;
        let pick = |all: &[&str]| {
            let now = self.desk.case.value(&field.name).map(Value::plain);
            let other = all.iter().find(|one| now.as_deref() != Some(**one)).copied();
            Value::text(other.unwrap_or(all[0]))
        };
        match &field.kind {
            FieldKind::Text => Value::text(format!("words {count}")),
            FieldKind::Email => Value::text(format!("x{count}@example.org")),
            FieldKind::Iban => pick(&["DE89370400440532013000", "GB29NWBK60161331926819"]),
            FieldKind::Money => Value::Money(Money { minor: 7_000 + count, currency: String::from("EUR") }),
            FieldKind::Date => {
                Value::Date(Date::new(2026, 1 + (count / 28 % 12) as u8, 1 + (count % 28) as u8).unwrap())
            }
            FieldKind::Number => Value::Number { number: 7_000 + count },
            FieldKind::YesNo => {
                Value::YesNo { yes: self.desk.case.value(&field.name) != Some(&Value::YesNo { yes: true }) }
            }
            FieldKind::Choice { options } => {
                // None that the way names elsewhere, so that writing that one is a change.
                let now = self.desk.case.value(&field.name).map(Value::plain);
                let named = |one: &String| {
                    let values = self.found.steps.iter().filter_map(|told| told.values.get(&field.name));
                    values.map(Value::plain).any(|value| value == *one)
                };
                let mut fitting: Vec<&String> = options.iter().filter(|one| now.as_ref() != Some(one)).collect();
                fitting.sort_by_key(|one| named(one));
                Value::choice(fitting.first().map_or(&options[0], |one| one).clone())
            }
            FieldKind::Document => Value::Document { document: format!("new-{count}") },
            FieldKind::Person => {
                let now = self.desk.case.value(&field.name).map(Value::plain);
                let person = ["ana", "x"].into_iter().find(|one| now.as_deref() != Some(*one));
                Value::Person { person: person.unwrap_or("ana").to_owned() }
            }
            FieldKind::List { of } => {
                let item = match **of {
                    FieldKind::Number => Value::Number { number: count },
                    _ => Value::text(format!("item of {count}")),
                };
                Value::List { items: vec![item] }
            }
        }
    }

    fn proposal(&mut self, told: &Told) -> (Proposal, GateFacts) {
        let definition = self.desk.definition.clone();
        let Some(Step::Agent(agent)) = definition.step(&told.path) else { panic!("an agent's step") };
        let mut values = told.values.clone();
        for name in &told.writes {
            if let Some(field) = definition.field(name) {
                let value = self.another(field);
                values.insert(name.clone(), value);
            }
        }
        let output = match &agent.work {
            AgentWork::Extract { document, .. } => {
                let key = match self.desk.case.value(document) {
                    Some(Value::Document { document }) => document.clone(),
                    _ => String::from("none"),
                };
                let evidence =
                    Evidence { document: key, text: String::new(), start: 0, end: 1, quote: String::from("x") };
                let read = |value: &Value| Read { value: value.clone(), evidence: evidence.clone(), ambiguous: None };
                Output::Fields { fields: values.iter().map(|(name, value)| (name.clone(), read(value))).collect() }
            }
            AgentWork::Classify { field, .. } => Output::Label {
                field: field.clone(),
                label: values.get(field).map(Value::plain),
                alternatives: Vec::new(),
            },
            AgentWork::Score { field, .. } => {
                let mark = match values.get(field) {
                    Some(Value::Number { number }) => Some(*number),
                    _ => None,
                };
                Output::Mark { field: field.clone(), mark }
            }
            AgentWork::Judge { .. } => {
                let holds = Some(told.what == Happens::Judged { holds: true });
                Output::Judgement { holds, examples: Vec::new() }
            }
            AgentWork::Prepare { .. } => Output::Summary { sentences: vec![String::from("x")] },
            AgentWork::Draft { .. } => panic!("nobody is asked to fill a template in"),
        };
        let proposal = Proposal {
            output,
            reason: String::new(),
            score: Some(1_000),
            engine: String::from("offline"),
            input: String::new(),
            measured: None,
            prompt: None,
            cascade: None,
        };
        let certificate = Some(CertificateUse { id: String::from("k"), threshold: 1, labels: 100 });
        (proposal, GateFacts { certificate, ..GateFacts::default() })
    }
}
