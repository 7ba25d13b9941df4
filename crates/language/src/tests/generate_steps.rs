//! The steps of made definitions that hold others, wait, or ask other systems.

use countersign_core::{
    definition::{
        AgentWork, CheckStep, Definition, Every, Field, FieldKind, FieldSource, HumanVerb, Join, LookUpStep, Losers,
        Offset, OwnerList, ScaleMark, Schedule, Step, SystemStep, Track, WaitUntil, Weekday, Who,
    },
    time::Span,
};

use super::{
    super::{defaults, guard_words::guard_words},
    generate::{Known, Maker, TEXTS, add, has},
};

impl Maker {
    /// Owners, schedules and readers.
    pub(super) fn setting(&mut self, definition: &mut Definition) {
        if self.maybe() {
            let options = ["travel", "over budget", "amount", "no"];
            let owners = options.into_iter().map(|option| (String::from(option), self.role())).collect();
            definition.owners.push(OwnerList { field: String::from("kind"), owners });
        }
        if self.pick(4) == 3 {
            let every = [
                Every::Day,
                Every::WorkingDay,
                Every::Weekday(Weekday::Friday),
                Every::LastDayOfMonth,
                Every::DayOfMonth(22),
            ][self.pick(5)];
            definition.schedules.push(Schedule { every, at_minute: u16::try_from(self.pick(250)).unwrap() });
            definition.fields.iter_mut().for_each(|field| field.required = false);
        }
        if self.pick(4) == 3 {
            definition.readers = Some(vec![self.role(), Who::Requester]);
        }
    }

    pub(super) fn step(&mut self, definition: &mut Definition, known: &mut Known, depth: usize) -> Step {
        match self.pick(if depth == 0 { 10 } else { 14 }) {
            0 => self.agent(definition, known),
            1 => {
                let guard = self.possible(definition, known, &[], 1);
                Step::Check(CheckStep { words: guard_words(definition, &guard), guard })
            }
            2 | 3 => self.deciding(definition, known, depth),
            4 => self.working(definition, known),
            5 => self.call(definition, known, depth),
            6 => self.message(known),
            7 => Step::Wait { until: self.wait(known) },
            8 if !known.filled.is_empty() => self.look_up(definition, known, depth),
            9 => Step::HandOver { who: self.who(known), due: self.due() },
            10 => self.parallel(definition, known, depth),
            11 if has(known, "parts") => self.each(definition, known, depth),
            _ if depth == 0 => Step::Wait { until: self.wait(known) },
            _ => self.choice(definition, known, depth),
        }
    }

    fn parallel(&mut self, definition: &mut Definition, known: &Known, depth: usize) -> Step {
        let mut tracks = Vec::new();
        for name in ["Legal", "If so"] {
            let mut steps = self.block(definition, &mut known.clone(), depth - 1);
            steps.push(Step::Wait { until: WaitUntil::Passed { span: self.span() } });
            tracks.push(Track { name: String::from(name), steps });
        }
        let losers = if self.maybe() && !tracks.iter().any(|track| leaves(&track.steps)) {
            Losers::Finish
        } else {
            Losers::Cancel
        };
        let join = [Join::All, Join::Any { losers }, Join::Count { count: 2, losers }][self.pick(3)];
        Step::Parallel { tracks, join }
    }

    fn each(&mut self, definition: &mut Definition, known: &Known, depth: usize) -> Step {
        let source = FieldSource::Item { list: String::from("parts") };
        add(definition, "part", "part", FieldKind::Text, source, true);
        let mut inside = known.clone();
        inside.filled.push(String::from("part"));
        let mut steps = self.block(definition, &mut inside, depth - 1);
        steps.push(Step::Wait { until: WaitUntil::Passed { span: self.span() } });
        Step::Each { item: String::from("part"), list: String::from("parts"), steps }
    }

    fn look_up(&mut self, definition: &mut Definition, known: &mut Known, depth: usize) -> Step {
        let mut by = self.some(&known.filled);
        by.extend(known.filled.first().cloned().filter(|_| by.is_empty()));
        let system = self.of(&["credit system", "SAP"]);
        let name = if system == "SAP" { "cost centre" } else { "credit limit" };
        let field = name.replace(' ', "_");
        let source = FieldSource::System { system: system.clone() };
        if definition.field(&field).is_none() {
            let (name, label, required) = (field.clone(), String::from(name), self.maybe());
            definition.fields.push(Field { name, label, kind: FieldKind::Money, required, source });
        }
        let steps = depth > 0 && self.pick(3) == 2;
        let failure = if steps { self.block(definition, &mut known.clone(), depth - 1) } else { vec![] };
        let answers = Who::Role { role: definition.accountable.clone() };
        let on_failure = if failure.is_empty() { self.who(known) } else { answers };
        // When the case may go on without an answer, or an answer without a value, nothing is certain to be filled.
        if failure.is_empty() && definition.field(&field).is_some_and(|field| field.required) {
            known.filled.push(field.clone());
        }
        Step::LookUp(LookUpStep { system, by, fields: vec![field], answer_within: self.answer(), on_failure, failure })
    }

    fn answer(&mut self) -> Span {
        if self.maybe() { defaults::ANSWER } else { self.span() }
    }

    fn call(&mut self, definition: &mut Definition, known: &Known, depth: usize) -> Step {
        let accountable = (self.pick(4) == 3).then(|| self.role());
        let answers = accountable.clone().unwrap_or(Who::Role { role: definition.accountable.clone() });
        let steps = depth > 0 && self.pick(3) == 2;
        let call = SystemStep {
            operation: self.of(&["create a payment", "Create a payment", "frob the ledger", "send 2 things in euro"]),
            system: self.of(&["bank system", "SAP", "system of the year and month"]),
            payload: self.some(&known.filled),
            signer: self.signer(known),
            at_most_once: self.maybe(),
            answer_within: self.answer(),
            on_failure: if steps { answers } else { self.who(known) },
            failure: if steps { self.block(definition, &mut known.clone(), depth - 1) } else { vec![] },
            accountable,
        };
        let on_failure = match call.failure.is_empty() && steps {
            true => self.who(known),
            false => call.on_failure.clone(),
        };
        Step::System(SystemStep { on_failure, ..call })
    }

    fn wait(&mut self, known: &Known) -> WaitUntil {
        match self.pick(4) {
            0 if has(known, "day_of_purchase") => {
                let offset = self.maybe().then(|| Offset { before: self.maybe(), span: self.span() });
                WaitUntil::Date { field: String::from("day_of_purchase"), offset }
            }
            1 => WaitUntil::Look { who: self.who(known), every: self.span() },
            2 => WaitUntil::Message { name: self.of(&TEXTS), within: self.span(), otherwise: self.who(known) },
            _ => WaitUntil::Passed { span: self.span() },
        }
    }

    pub(super) fn score(&mut self, definition: &mut Definition, known: &mut Known) -> AgentWork {
        add(definition, "risk", "risk", FieldKind::Number, FieldSource::Agent, true);
        let mut subject = self.some(&known.filled);
        subject.extend(known.filled.first().cloned().filter(|_| subject.is_empty()));
        known.filled.push(String::from("risk"));
        let mark = |mark, words: &str| ScaleMark { mark, words: String::from(words) };
        let scale = vec![mark(1, "harmless"), mark(5, "\"stop\", and at once")];
        AgentWork::Score { field: String::from("risk"), subject, scale }
    }

    pub(super) fn judge(&mut self, definition: &mut Definition, known: &Known) -> AgentWork {
        let guideline = self.maybe().then(|| String::from("Business or private"));
        if let Some(name) = &guideline {
            definition.guidelines.insert(name.clone(), String::from("Business is what the employer asked for."));
        }
        AgentWork::Judge { criterion: self.of(&TEXTS), guideline, subject: self.some(&known.filled) }
    }
}

/// Whether a step inside closes or moves the whole case.
fn leaves(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let rejects = matches!(step, Step::Human(human) if human.on_rejected.is_empty()
            && matches!(human.verb, HumanVerb::Approve | HumanVerb::Review));
        let inside = step.blocks().into_iter().any(leaves);
        rejects || inside || matches!(step, Step::End { .. } | Step::Return { .. })
    })
}
