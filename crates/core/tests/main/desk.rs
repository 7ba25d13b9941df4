//! Scenarios as text: a script of events goes in, a log of commands and of where the case stands comes out.
//!
//! A line is `HOURS ACTOR VERB ARGUMENTS`, with hours since Monday 09:00. An actor is a person, `sam~lea` for
//! Sam in Lea's place, `@supplier` for an outside party, or `sys`. `= 412.50EUR` style values follow the field.

use std::{collections::BTreeMap, fmt::Write as _};

use countersign_core::{
    Context,
    canonical::{Digest, digest},
    case::{Ask, Case, Document, EffectState, Outcome, Status, TaskState, Waiting},
    command::{Command, agent_key, look_up_key},
    decide,
    definition::{AgentWork, CitedExample, CriterionExample, Definition, FieldKind, RightAnswer, Step, Who},
    event::{Acting, Addition, ENGINE_REVISION, Event, EventKind, MoveKind, Requirement},
    people::Directory,
    proposal::{CertificateUse, Evidence, GateFacts, Output, PolicyFinding, Proposal, Read},
    release::{Excess, Within},
    time::{Calendar, HOUR_MS, Span, Timestamp},
    value::{Date, Money, Value, Values},
    wake_at, who, with_additions,
};

use crate::samples::{START, calendar, people};

/// One case, the world around it, and the script that it follows.
pub struct Desk {
    /// As it was published.
    pub base: Definition,
    pub definition: Definition,
    pub version: Digest,
    pub directory: Directory,
    pub calendar: Calendar,
    pub case: Case,
    seen: BTreeMap<(String, u32), Digest>,
    last: Option<EventKind>,
    /// The engine revision that events are decided with.
    pub engine: u16,
    pub log: String,
}

/// Runs a script and returns what happened, line by line.
pub fn check(definition: Definition, script: &str) -> String {
    Desk::new(definition).run(script)
}

impl Desk {
    pub fn new(definition: Definition) -> Self {
        Self {
            version: digest(&definition),
            base: definition.clone(),
            definition,
            directory: people(),
            calendar: calendar(),
            case: Case::unopened("c"),
            seen: BTreeMap::new(),
            last: None,
            engine: ENGINE_REVISION,
            log: String::new(),
        }
    }

    pub fn context(&self) -> Context<'_> {
        Context {
            definition: &self.definition,
            version: &self.version,
            directory: &self.directory,
            calendar: &self.calendar,
        }
    }

    /// Takes a state in; the definition is the version's, with what was added to the case.
    pub fn take(&mut self, case: Case) {
        self.definition = with_additions(&self.base, &case).unwrap_or_else(|| self.base.clone());
        self.case = case;
    }

    /// From now on the case runs this version.
    pub fn runs(&mut self, base: Definition) {
        self.version = digest(&base);
        self.definition = with_additions(&base, &self.case).unwrap_or_else(|| base.clone());
        self.base = base;
    }

    pub fn run(mut self, script: &str) -> String {
        self.play(script);
        self.log
    }

    /// Plays a script whose events all must be accepted, and forgets its log.
    pub fn after(mut self, script: &str) -> Self {
        self.play(script);
        assert!(!self.log.contains("refused"), "the prelude was refused:\n{}", self.log);
        self.log.clear();
        self
    }

    pub fn play(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [hours, who, verb, rest @ ..] = words.as_slice() else { panic!("no event: {line}") };
        let at = Timestamp(START + (hours.parse::<f64>().unwrap() * 60.0) as i64 * (HOUR_MS / 60));
        let by = actor(who);
        writeln!(self.log, "> {line}").unwrap();
        if *verb == "looks" {
            let task = rest[0].parse().unwrap();
            self.seen.insert(((*who).to_owned(), task), self.case.shown(task));
            return;
        }
        let kind = match *verb {
            "repeats" => self.last.clone().unwrap(),
            _ => self.event(who, verb, rest),
        };
        self.last = Some(kind.clone());
        let event = Event { engine: self.engine, ..Event::new(at, by, kind) };
        match decide(&self.context(), self.case.clone(), &event) {
            Ok((case, commands)) => {
                self.take(case);
                for command in &commands {
                    let told = self.told(command);
                    writeln!(self.log, "  {told}").unwrap();
                }
                let stands = self.stands(at);
                writeln!(self.log, "  = {stands}").unwrap();
            }
            Err(rejected) => writeln!(self.log, "  refused: {rejected}").unwrap(),
        }
    }

    fn event(&mut self, who: &str, verb: &str, rest: &[&str]) -> EventKind {
        let task = rest.first().and_then(|word| word.parse().ok()).unwrap_or(0);
        let text = |from: usize| rest.get(from..).unwrap_or_default().join(" ");
        let decided = |desk: &mut Self, outcome| desk.decided(who, task, outcome, &rest[1..]);
        match verb {
            "opens" => {
                let (values, documents, _) = self.values(rest);
                EventKind::CaseOpened { number: 7, values, documents }
            }
            "claims" => EventKind::TaskClaimed { task },
            "releases" => EventKind::TaskReleased { task },
            "delegates" => EventKind::TaskDelegated { task, to: rest[1].to_owned() },
            "approves" => decided(self, Outcome::Approved),
            "rejects" => decided(self, Outcome::Rejected),
            "completes" => decided(self, Outcome::Completed),
            "retries" => decided(self, Outcome::TryAgain),
            "asks" => EventKind::QuestionAsked { task, question: text(1) },
            "edits" => {
                let (values, _, reason) = self.values(rest);
                EventKind::FieldsEdited { values, reason: reason.join(" ") }
            }
            "reads" | "labels" | "sums" | "marks" | "judges" => self.proposed(verb, rest),
            "unanswered" => EventKind::ProposalFailed { key: self.asked(), error: text(0) },
            "done" => EventKind::EffectDone { key: self.effect(rest), receipt: String::from("ok") },
            "fails" | "loses" => EventKind::EffectFailed {
                key: self.effect(rest),
                error: String::from("no connection"),
                outcome_unknown: verb == "loses",
            },
            "withholds" | "suspects" => self.withheld(rest, verb == "suspects"),
            "sends" => {
                let (values, _, name) = self.values(rest);
                EventKind::MessageReceived { name: name.join(" "), values }
            }
            "withdraws" => EventKind::CaseWithdrawn { reason: None },
            "answers" => EventKind::LookedUp { key: self.question(), values: self.values(rest).0 },
            "cannot" => EventKind::LookUpFailed { key: self.question(), error: text(0) },
            "schedules" => EventKind::CaseScheduled { number: 7, requester: rest[0].to_owned(), due: Timestamp(START) },
            "resolves" => EventKind::IncidentResolved { incident: task },
            "advances" | "returns" | "skips" => {
                let kind = match verb {
                    "advances" => MoveKind::Advance,
                    "returns" => MoveKind::Return,
                    _ => MoveKind::Skip,
                };
                let named = rest.first().and_then(|word| word.strip_prefix('>')).map(str::to_owned);
                let reason = text(usize::from(named.is_some()));
                EventKind::StageMoved { kind, to_stage: named, reason }
            }
            // adds document|review ana|>role name ... : what for
            "adds" => {
                let (name, reason) = rest[2..].split_at(rest[2..].iter().position(|word| *word == ":").unwrap());
                let (name, reason) = (name.join(" "), reason[1..].join(" "));
                let requirement = match rest[0] {
                    "document" => Requirement::Document { name },
                    _ => Requirement::Review { name },
                };
                let (who, person) = match rest[1].strip_prefix('>') {
                    Some("requester") => (Who::Requester, None),
                    Some(role) => (Who::Role { role: role.to_owned() }, None),
                    None => (Who::Requester, Some(rest[1].to_owned())),
                };
                let what = Addition { requirement, who, person, due: Span::WorkingDays(2) };
                EventKind::RequirementAdded { what, reason }
            }
            "holds" => EventKind::CaseHeld { reason: text(0) },
            "resumes" => EventKind::CaseResumed,
            "ticks" => EventKind::Ticked,
            other => panic!("no verb {other}"),
        }
    }

    fn decided(&mut self, who: &str, task: u32, outcome: Outcome, rest: &[&str]) -> EventKind {
        let (values, documents, reason) = self.values(rest);
        let shown = self.seen.remove(&(who.to_owned(), task)).unwrap_or_else(|| self.case.shown(task));
        let reason = (!reason.is_empty()).then(|| reason.join(" "));
        EventKind::TaskDecided { task, outcome, reason, values, documents, shown }
    }

    /// More would leave than may; or nobody knows whether it has left already.
    fn withheld(&self, rest: &[&str], outcome_unknown: bool) -> EventKind {
        let euro = |amount: &str| Money::parse(amount, "EUR").unwrap();
        let (carries, limit, released) = (euro("412.50"), euro("400"), euro("0"));
        let why = Excess::Over { carries, limit, within: Within::Case, released };
        EventKind::EffectHeld { key: self.effect(rest), why, outcome_unknown }
    }

    /// Splits `field=value` from other words; a document's value is its key.
    fn values(&self, words: &[&str]) -> (Values, BTreeMap<String, Document>, Vec<String>) {
        let (mut values, mut documents, mut other) = (Values::new(), BTreeMap::new(), Vec::new());
        for word in words {
            let Some((name, text)) = word.split_once('=') else {
                other.push((*word).to_owned());
                continue;
            };
            let value = value(self.definition.field(name).map(|field| &field.kind), text);
            if let Value::Document { document } = &value {
                documents.insert(document.clone(), file(name, text));
            }
            values.insert(name.to_owned(), value);
        }
        (values, documents, other)
    }

    /// The key of the question that waits for an agent, or of the first one put when nothing waits.
    fn asked(&self) -> String {
        let waits = self.case.cursors.iter().find(|cursor| cursor.waiting == Waiting::Agent);
        waits.map_or_else(|| String::from("c/0.0/1/ask"), |one| agent_key(&self.case.id, &one.path, one.visit))
    }

    /// The key of the newest question to a system.
    fn question(&self) -> String {
        let mut asked = self.case.cursors.iter().filter_map(|cursor| match &cursor.waiting {
            Waiting::LookUp { key, .. } => Some(key.clone()),
            _ => None,
        });
        let put = self.case.visits.iter().rev().find_map(|(path, visit)| match self.definition.step(path) {
            Some(Step::LookUp(_)) => Some(look_up_key(&self.case.id, path, *visit)),
            _ => None,
        });
        asked.next().or(put).unwrap_or_else(|| String::from("c/0.0/1/look"))
    }

    fn proposed(&self, verb: &str, rest: &[&str]) -> EventKind {
        let mut facts = GateFacts::default();
        let mut words = Vec::new();
        for word in rest {
            match word.split_once(':') {
                Some(("certified", at)) => {
                    let threshold = at.parse().unwrap();
                    facts.certificate = Some(CertificateUse { id: String::from("k"), threshold, labels: 100 });
                }
                Some(("denied", message)) => facts.denials.push(message.to_owned()),
                Some(("looked", message)) => {
                    facts.escalations.push(PolicyFinding { code: String::from("p"), message: message.to_owned() });
                }
                Some(("unproven", field)) => facts.missing_evidence.push(field.to_owned()),
                Some(("audit", _)) => facts.audit_draw = true,
                _ => words.push(*word),
            }
        }
        let output = match verb {
            "reads" => Output::Fields { fields: self.read(&words) },
            "labels" => Output::Label {
                field: String::from("category"),
                label: words.first().filter(|word| **word != "nothing").map(|word| (*word).to_owned()),
                alternatives: Vec::new(),
            },
            "marks" => {
                Output::Mark { field: String::from("risk"), mark: words.first().and_then(|word| word.parse().ok()) }
            }
            "judges" => Output::Judgement {
                holds: words.first().map(|word| *word == "yes"),
                examples: words.iter().skip(1).map(|number| like(number.parse().unwrap())).collect(),
            },
            _ => Output::Summary { sentences: vec![words.join(" ")] },
        };
        let proposal = Proposal {
            output,
            reason: String::from("so it seems"),
            score: Some(900),
            engine: String::from("offline"),
            input: Digest::new(),
            measured: None,
            prompt: None,
            cascade: None,
        };
        EventKind::ProposalReturned { key: self.asked(), proposal, facts }
    }

    fn read(&self, words: &[&str]) -> BTreeMap<String, Read> {
        let document = match self.case.value("receipt") {
            Some(Value::Document { document }) => document.clone(),
            _ => String::from("none"),
        };
        let mut fields = BTreeMap::new();
        for word in words {
            let (name, text) = word.split_once('=').unwrap();
            let (text, document) = text.split_once('<').unwrap_or((text, &document));
            let value = value(self.definition.field(name).map(|field| &field.kind), text);
            let quote = text.to_owned();
            let evidence = Evidence { document: document.to_owned(), text: Digest::new(), start: 0, end: 1, quote };
            fields.insert(name.to_owned(), Read { value, evidence, ambiguous: None });
        }
        fields
    }

    /// The key of an effect: named, or the newest that is not acknowledged.
    fn effect(&self, rest: &[&str]) -> String {
        if let Some(key) = rest.first() {
            return format!("c/{key}");
        }
        let open = |state: &EffectState| !matches!(state, EffectState::Done { .. });
        let newest = self.case.effects.iter().rev().find(|(key, effect)| {
            let calls = matches!(self.definition.step(&effect.path), Some(Step::System(_)));
            calls && open(&effect.state) && key.starts_with("c/")
        });
        newest.map_or_else(|| String::from("c/none"), |(key, _)| key.clone())
    }

    fn told(&self, command: &Command) -> String {
        let key = command.key().strip_prefix("c/").unwrap_or("a key of another case");
        match command {
            Command::AskAgent { path, .. } => {
                let work = match self.definition.step(path) {
                    Some(Step::Agent(step)) => match &step.work {
                        AgentWork::Extract { document, .. } => format!("read the {document}"),
                        AgentWork::Classify { field, .. } => format!("choose the {field}"),
                        AgentWork::Score { field, .. } => format!("score the {field}"),
                        AgentWork::Judge { .. } => String::from("judge"),
                        AgentWork::Prepare { .. } => String::from("prepare a summary"),
                        AgentWork::Draft { template, .. } => format!("fill in {template}"),
                    },
                    _ => String::from("something that is no agent's step"),
                };
                format!("ask an agent to {work} [{key}]")
            }
            Command::CallSystem { system, payload, .. } => {
                let sent: Vec<String> =
                    payload.iter().map(|(name, value)| format!("{name}={}", value.plain())).collect();
                format!("call {system} with {} [{key}]", sent.join(" "))
            }
            Command::LookUp { system, by, fields, .. } => {
                let sent: Vec<String> = by.iter().map(|(name, value)| format!("{name}={}", value.plain())).collect();
                format!("look {} up in {system} by {} [{key}]", fields.join(" "), sent.join(" "))
            }
            Command::SendMessage { people, party, text, .. } => {
                let to =
                    party.as_ref().map_or_else(|| people.join(" "), |(name, address)| format!("{name} <{address}>"));
                format!("tell {to}: {text} [{key}]")
            }
            Command::Notify { people, task, notice, .. } => {
                format!("notify {} of {task}: {notice:?}", people.join(" "))
            }
        }
    }

    fn stands(&self, at: Timestamp) -> String {
        if let Status::Closed { closing, success, .. } = &self.case.status {
            return format!("closed as {closing}{}", if *success { ", a success" } else { "" });
        }
        let context = self.context();
        let mut parts = Vec::new();
        for task in self.case.open_tasks() {
            let able: Vec<String> = who::eligible(&context, &self.case, task, at)
                .into_iter()
                .map(|one| one.standing_for.map_or(one.person.clone(), |absent| format!("{}~{absent}", one.person)))
                .collect();
            let signed = task.decisions().count();
            let so_far = if signed > 0 { format!(" {signed}/{}", task.needed) } else { String::new() };
            parts.push(format!("task {} {}{so_far}: {}", task.number, ask(&task.ask), able.join(" ")));
        }
        for cursor in &self.case.cursors {
            parts.extend(match &cursor.waiting {
                Waiting::Agent => Some(String::from("an agent")),
                Waiting::Effect { .. } | Waiting::LookUp { .. } => Some(String::from("a system")),
                Waiting::Day => Some(String::from("a day")),
                Waiting::Until { .. } => Some(String::from("a time")),
                Waiting::Message { name, .. } => Some(name.clone()),
                Waiting::Nothing => Some(String::from("the next turn")),
                Waiting::Task { .. } | Waiting::Tracks | Waiting::Incident { .. } => None,
            });
        }
        parts.extend(self.case.held.as_ref().map(|hold| format!("on hold: {}", hold.reason)));
        parts.extend(self.case.open_incidents().map(|one| format!("incident {}: {}", one.number, one.what)));
        let wake = wake_at(&context, &self.case).expect("an open case has a next look");
        format!("{} (next look {}h)", parts.join(" | "), (wake.0 - START).div_euclid(HOUR_MS))
    }
}

/// How each task ended, for scenarios about tasks.
pub fn ends(case: &Case) -> String {
    let end = |state: &TaskState| match state {
        TaskState::Open => String::from("open"),
        TaskState::Closed { outcome, .. } => outcome.to_string(),
        TaskState::Cancelled { .. } => String::from("cancelled"),
    };
    let all: Vec<String> = case.tasks.iter().map(|task| format!("{} {}", task.number, end(&task.state))).collect();
    all.join(", ")
}

fn ask(ask: &Ask) -> String {
    match ask {
        Ask::Provide { .. } => String::from("provide"),
        Ask::Approve { again: None } => String::from("approve"),
        Ask::Approve { again: Some(field) } => format!("approve again ({field})"),
        Ask::Review => String::from("review"),
        Ask::Do { .. } => String::from("do"),
        Ask::Confirm { field, .. } => format!("confirm {field}"),
        Ask::Judge { .. } => String::from("judge"),
        Ask::Look => String::from("look"),
        Ask::Answer { of, .. } => format!("answer for {of}"),
        Ask::TakeOver { .. } => String::from("take over"),
    }
}

pub fn actor(text: &str) -> Acting {
    if text == "sys" {
        return Acting::System;
    }
    if let Some(party) = text.strip_prefix('@') {
        return Acting::Party { party: party.to_owned(), case: String::from("c") };
    }
    let (person, standing_for) = match text.split_once('~') {
        Some((person, absent)) => (person, Some(absent.to_owned())),
        None => (text, None),
    };
    Acting::Person { person: person.to_owned(), standing_for }
}

pub fn file(field: &str, key: &str) -> Document {
    Document {
        field: field.to_owned(),
        name: format!("{key}.pdf"),
        media_type: String::from("application/pdf"),
        size: 1,
        bytes: digest(&key),
        text: None,
        reader: None,
        no_text: None,
    }
}

fn value(kind: Option<&FieldKind>, text: &str) -> Value {
    match kind {
        Some(FieldKind::Money) => {
            let (amount, currency) = text.split_at(text.len() - 3);
            Value::Money(Money::parse(amount, currency).unwrap())
        }
        Some(FieldKind::Date) => Value::Date(Date::parse(text).unwrap()),
        Some(FieldKind::Number) => Value::Number { number: text.parse().unwrap() },
        Some(FieldKind::YesNo) => Value::YesNo { yes: text == "yes" },
        Some(FieldKind::Choice { .. }) => Value::choice(text),
        Some(FieldKind::Person) => Value::Person { person: text.to_owned() },
        Some(FieldKind::List { of }) => {
            Value::List { items: text.split('+').map(|item| value(Some(of), item)).collect() }
        }
        Some(FieldKind::Document) => Value::Document { document: text.to_owned() },
        Some(FieldKind::Text | FieldKind::Email | FieldKind::Iban) | None => Value::text(text),
    }
}

/// The example of this number, as an agent names it: each is the number in letters, and passes.
pub fn like(number: u32) -> CitedExample {
    let example = CriterionExample { text: number.to_string(), answer: RightAnswer::Pass, because: String::new() };
    CitedExample { number, example }
}
