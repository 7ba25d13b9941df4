//! Definitions that the language can write, made from a row of random bytes.

use countersign_core::{
    definition::{
        AgentStep, AgentWork, Branch, DayOrder, Definition, Escalation, Example, Field, FieldKind, FieldSource,
        HumanStep, HumanVerb, MessageStep, MessageText, Party, Prohibition, Reading, Signer, Stage, Step, Visibility,
        WaitUntil, Who, Withdrawal,
    },
    guard::{Guard, Relation, Term},
    time::Span,
    value::{Date, Money, Value},
};
use proptest::prelude::*;

use super::super::{compile::slug, cover, defaults};

const ROLES: [&str; 6] =
    ["finance lead", "Head of EMEA and APAC", "IT desk", "level 2 desk", "board", "large accounts"];
const SUBJECTS: [&str; 6] =
    ["the claim", "a claim from abroad", "if and only if", "the \"odd\" one", "bank details", "\u{e9}t\u{e9}"];
const CLOSINGS: [&str; 5] = ["paid", "done", "not needed", "rejected", "Done for good"];
pub(super) const TEXTS: [&str; 4] = ["Hello", "Two\nlines", "a \"b\" \\ c", "Paid. Thank you."];
const STAGES: [&str; 3] = ["Check", "If needed", "pay out"];

/// A definition that `render` can write.
pub(crate) fn definition() -> impl Strategy<Value = Definition> {
    prop::collection::vec(any::<u8>(), 30..400).prop_map(|bytes| Maker { bytes, at: 0 }.definition())
}

pub(super) struct Maker {
    pub(super) bytes: Vec<u8>,
    pub(super) at: usize,
}

/// What holds on every path to the step at hand.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) filled: Vec<String>,
    pub(super) approved: bool,
    pub(super) roles: Vec<String>,
    pub(super) stage: usize,
    /// Whether the words of `kind` have owners.
    owned: bool,
}

impl Maker {
    /// A number below `below`; 0 when the bytes are used up.
    pub(super) fn pick(&mut self, below: usize) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte) % below
    }

    pub(super) fn of(&mut self, words: &[&str]) -> String {
        let index = self.pick(words.len());
        String::from(words[index])
    }

    pub(super) fn maybe(&mut self) -> bool {
        self.pick(2) == 1
    }

    pub(super) fn some(&mut self, all: &[String]) -> Vec<String> {
        all.iter().filter(|_| self.maybe()).cloned().collect()
    }

    pub(super) fn definition(mut self) -> Definition {
        let title = self.of(&["Expense claim", "R&D: phase 2 (new)", "A. B"]);
        let (starter, accountable) = (self.of(&["employee", "buyer", "someone not here"]), self.of(&ROLES));
        let mut definition = Definition {
            stalls_at: self.maybe().then(|| self.of(&SUBJECTS)),
            reading: Reading {
                day_order: [None, Some(DayOrder::DayFirst), Some(DayOrder::MonthFirst)][self.pick(3)],
                currency: self.maybe().then(|| String::from("EUR")),
            },
            fields: self.fields(),
            title: title.clone(),
            ..Definition::empty(&slug(&title), starter, accountable)
        };
        self.setting(&mut definition);
        definition.parties.push(Party { name: String::from("supplier"), email: String::from("e_mail") });
        let opened = definition.start_fields().filter(|_| definition.schedules.is_empty());
        let filled = opened.map(|field| field.name.clone()).collect();
        let mut known =
            Known { filled, approved: false, roles: vec![], stage: 0, owned: !definition.owners.is_empty() };
        let count = 1 + self.pick(3);
        for (index, name) in STAGES.iter().take(count).enumerate() {
            known.stage = index;
            let mut steps = self.block(&mut definition, &mut known, 2);
            if steps.is_empty() || index + 1 == count {
                let closing = self.of(&CLOSINGS);
                let last = Step::End { closing };
                steps.push(if index + 1 == count {
                    last
                } else {
                    Step::Wait { until: WaitUntil::Passed { span: Span::Days(1) } }
                });
            }
            definition.stages.push(Stage { name: String::from(*name), steps });
        }
        // A branch may have lost the steps that fill a field.
        let mut written: Vec<String> = Vec::new();
        definition.walk(&mut |_, step| written.extend(defaults::writes(step).into_iter().map(String::from)));
        definition
            .fields
            .retain(|field| matches!(field.source, FieldSource::Form { .. }) || written.contains(&field.name));
        self.rules(&mut definition, count);
        definition
    }

    pub(super) fn fields(&mut self) -> Vec<Field> {
        let options =
            || vec![String::from("travel"), String::from("over budget"), String::from("amount"), String::from("no")];
        let kinds = [
            ("amount", FieldKind::Money),
            ("E-mail", FieldKind::Email),
            ("receipt", FieldKind::Document),
            ("day of purchase", FieldKind::Date),
            ("IBAN", FieldKind::Iban),
            ("count of items", FieldKind::Number),
            ("paid with card and pin", FieldKind::YesNo),
            ("kind", FieldKind::Choice { options: options() }),
            ("reason", FieldKind::Text),
            ("details on site", FieldKind::Text),
            ("parts", FieldKind::List { of: Box::new(FieldKind::Text) }),
            ("new hire", FieldKind::Person),
        ];
        let split = 3 + self.pick(10);
        let second_starts = self.maybe() && split < kinds.len();
        let mut fields = Vec::new();
        for (index, (label, kind)) in kinds.into_iter().enumerate() {
            let first = index < split;
            let source = FieldSource::Form {
                form: String::from(if first { "claim form" } else { "form for the rest" }),
                start: first != second_starts,
            };
            let name = super::super::meaning::field_name(label);
            fields.push(Field { name, label: String::from(label), kind, required: self.maybe(), source });
        }
        fields
    }

    pub(super) fn rules(&mut self, definition: &mut Definition, stages: usize) {
        let mut closings = Vec::new();
        definition.walk(&mut |_, step| {
            if let Step::End { closing } = step {
                closings.push(closing.clone());
            }
        });
        closings.dedup();
        definition.successes = self.some(&closings);
        if self.maybe() {
            let before_stage = self.maybe().then(|| String::from(STAGES[self.pick(stages)]));
            definition.withdrawal = Some(Withdrawal { before_stage, closing: self.of(&CLOSINGS) });
        }
        if self.maybe() {
            definition.prohibitions.push(Prohibition::ApproverIs { who: Who::Requester });
            definition.prohibitions.push(Prohibition::AgentApproves { subject: self.of(&SUBJECTS) });
        }
        let mut told = false;
        definition.walk(&mut |_, step| {
            told |= matches!(step, Step::Message(MessageStep { text: MessageText::Template { template }, .. })
                if template.contains("{receipt}"));
        });
        if self.maybe() && !told {
            let readers = vec![self.role(), Who::Approver, Who::Requester];
            definition.visibility.push(Visibility { field: String::from("receipt"), readers });
        }
        if self.maybe() {
            definition.notes.push(String::from("plain words: e.g. this. And that, \"quoted\""));
            let example = Example { text: String::from("a flight"), label: String::from("travel") };
            definition.examples.insert(String::from("kind"), vec![example]);
        }
    }

    pub(super) fn role(&mut self) -> Who {
        Who::Role { role: self.of(&ROLES) }
    }

    pub(super) fn who(&mut self, known: &Known) -> Who {
        match self.pick(8) {
            6 if has(known, "new_hire") => Who::ManagerOf { field: String::from("new_hire") },
            7 if known.owned && has(known, "kind") => Who::OwnerOf { field: String::from("kind") },
            0 => Who::Requester,
            1 => Who::ManagerOfRequester,
            2 if known.approved => Who::Approver,
            3 if known.filled.iter().any(|field| field == "e_mail") => Who::Party { party: String::from("supplier") },
            _ => self.role(),
        }
    }

    pub(super) fn span(&mut self) -> Span {
        let count = u32::try_from(1 + self.pick(5)).unwrap();
        [Span::Minutes(count), Span::Hours(count), Span::Days(count), Span::WorkingDays(count)][self.pick(4)]
    }

    /// Steps that let a case through.
    pub(super) fn block(&mut self, definition: &mut Definition, known: &mut Known, depth: usize) -> Vec<Step> {
        (0..self.pick(5)).map(|_| self.step(definition, known, depth)).collect()
    }

    /// Steps that let no case through.
    pub(super) fn ending(&mut self, definition: &mut Definition, known: &Known) -> Vec<Step> {
        let mut known = known.clone();
        let mut steps = self.block(definition, &mut known, 0);
        steps.push(if self.maybe() {
            Step::End { closing: self.of(&CLOSINGS) }
        } else {
            let stage = String::from(STAGES[self.pick(known.stage + 1)]);
            Step::Return { stage, at_most: 1 + u16::try_from(self.pick(5)).unwrap(), then: self.who(&known) }
        });
        steps
    }

    pub(super) fn choice(&mut self, definition: &mut Definition, known: &Known, depth: usize) -> Step {
        let mut branches = Vec::new();
        for _ in 0..1 + self.pick(3) {
            let before: Vec<Guard> = branches.iter().map(|branch: &Branch| branch.guard.clone()).collect();
            let guard = self.possible(definition, known, &before, 2);
            let steps = match self.pick(3) {
                0 => self.ending(definition, known),
                _ => self.block(definition, &mut known.clone(), depth - 1),
            };
            branches.push(Branch { guard, steps });
            if cover::exhaustive(&definition.fields, &branches) {
                // The block must let cases through, and nothing is left for another branch.
                branches.last_mut().unwrap().steps.clear();
                break;
            }
        }
        Step::Choice { branches, otherwise: self.block(definition, &mut known.clone(), depth - 1) }
    }

    pub(super) fn agent(&mut self, definition: &mut Definition, known: &mut Known) -> Step {
        // Whoever is asked when the agent is not sure is found before it has filled anything.
        let before = known.clone();
        let work = match self.pick(5) {
            3 if !known.filled.is_empty() => self.score(definition, known),
            4 => self.judge(definition, known),
            0 if known.filled.iter().any(|field| field == "receipt") => self.extract(definition, known),
            1 if !known.filled.is_empty() => {
                let field = if self.maybe() { "kind" } else { "topic" };
                let options = vec![String::from("a"), String::from("not b")];
                let kind = FieldKind::Choice { options };
                add(definition, "topic", "topic", kind, FieldSource::Agent, field == "topic");
                let mut subject = self.some(&known.filled);
                subject.extend(known.filled.first().cloned().filter(|_| subject.is_empty()));
                known.filled.push(String::from(field));
                AgentWork::Classify { field: String::from(field), subject }
            }
            _ => AgentWork::Prepare { reader: self.who(known) },
        };
        let on_unsure =
            if self.maybe() { Who::Role { role: definition.accountable.clone() } } else { self.who(&before) };
        Step::Agent(AgentStep { work, on_unsure, due: self.due() })
    }

    pub(super) fn extract(&mut self, definition: &mut Definition, known: &mut Known) -> AgentWork {
        let mut fields = Vec::new();
        let choice = FieldKind::Choice { options: vec![String::from("yes"), String::from("no")] };
        for (label, kind) in [("amount", FieldKind::Money), ("total and tax", FieldKind::Text), ("card", choice)] {
            if self.maybe() || fields.is_empty() {
                let name = format!("receipt.{}", super::super::meaning::field_name(label));
                let source = FieldSource::Document { document: String::from("receipt") };
                add(definition, &name, &format!("{label} on the receipt"), kind, source, true);
                fields.push(name);
            }
        }
        known.filled.extend(fields.iter().cloned());
        AgentWork::Extract { document: String::from("receipt"), fields }
    }

    pub(super) fn due(&mut self) -> Span {
        if self.maybe() { defaults::DUE } else { self.span() }
    }

    pub(super) fn human(&mut self, definition: &Definition, known: &Known, verb: HumanVerb, who: Who) -> HumanStep {
        let due = self.due();
        let accountable = (self.pick(4) == 3).then(|| self.role());
        let answers = accountable.clone().unwrap_or(Who::Role { role: definition.accountable.clone() });
        let escalations = match self.pick(3) {
            0 => defaults::escalations(&who, due, &answers),
            1 => vec![],
            _ => {
                let first = Escalation { after: Span::Days(40), to: self.role() };
                let second = Escalation { after: Span::Days(90), to: Who::ManagerOfRequester };
                let mut able = vec![who.clone()];
                let mut chain = vec![first, second];
                chain.retain(|escalation| {
                    let fresh = !able.contains(&escalation.to);
                    able.push(escalation.to.clone());
                    fresh
                });
                chain
            }
        };
        HumanStep {
            verb,
            who,
            subject: self.of(&SUBJECTS),
            fields: self.some(&known.filled),
            seats: 1,
            needed: 1,
            due,
            remind_every: [None, Some(defaults::REMIND), Some(self.span())][self.pick(3)],
            escalations,
            on_rejected: vec![],
            accountable,
        }
    }

    pub(super) fn deciding(&mut self, definition: &mut Definition, known: &mut Known, depth: usize) -> Step {
        let verb = if self.maybe() { HumanVerb::Approve } else { HumanVerb::Review };
        let who = if self.maybe() { Who::ManagerOfRequester } else { self.role() };
        let mut human = self.human(definition, known, verb, who);
        if matches!(human.who, Who::Role { .. }) && self.maybe() {
            human.seats = 3;
            human.needed = u8::try_from(1 + self.pick(3)).unwrap();
        }
        if depth > 0 && self.maybe() {
            human.on_rejected = self.ending(definition, known);
        }
        if verb == HumanVerb::Approve {
            known.approved = true;
            if let Who::Role { role } = &human.who {
                known.roles.push(role.clone());
            }
        }
        Step::Human(human)
    }

    pub(super) fn working(&mut self, definition: &Definition, known: &mut Known) -> Step {
        let verb = if self.maybe() { HumanVerb::Provide } else { HumanVerb::Do };
        let who = self.who(known);
        let mut human = self.human(definition, known, verb, who);
        let of_form = definition
            .fields
            .iter()
            .filter(|field| matches!(&field.source, FieldSource::Form { form, .. } if form == "claim form"));
        human.fields = match self.pick(3) {
            0 if verb == HumanVerb::Do => vec![],
            1 => vec![String::from("reason"), String::from("details_on_site")],
            _ => of_form.map(|field| field.name.clone()).collect(),
        };
        human.subject = match self.pick(3) {
            0 => String::from("the claim form"),
            1 => String::from("the reason and the details on site"),
            _ => human.subject,
        };
        known.filled.extend(human.fields.iter().cloned());
        Step::Human(human)
    }

    pub(super) fn signer(&mut self, known: &Known) -> Signer {
        match self.pick(3) {
            0 if known.approved => Signer::Approver,
            1 if !known.roles.is_empty() => {
                let index = self.pick(known.roles.len());
                Signer::Role { role: known.roles[index].clone() }
            }
            _ => Signer::Nobody,
        }
    }

    pub(super) fn message(&mut self, known: &Known) -> Step {
        let text = match self.pick(3) {
            0 => MessageText::Reason,
            1 if !known.filled.is_empty() => {
                let index = self.pick(known.filled.len());
                MessageText::Template { template: format!("{{{}}} is it", known.filled[index]) }
            }
            _ => MessageText::Template { template: self.of(&TEXTS) },
        };
        Step::Message(MessageStep { to: self.who(known), text, signer: self.signer(known) })
    }

    /// A condition that some case can come to behind these.
    pub(super) fn possible(&mut self, definition: &Definition, known: &Known, before: &[Guard], depth: usize) -> Guard {
        loop {
            let guard = self.guard(definition, known, depth);
            let all: Vec<&Guard> = before.iter().chain([&guard]).collect();
            // Without bytes the same condition would come again and again.
            let used_up = self.at >= self.bytes.len();
            let fresh = Guard::Missing { field: String::from(["iban", "e_mail", "kind"][before.len() % 3]) };
            match cover::dead(&definition.fields, &all).is_empty() {
                true => return guard,
                false if used_up => return fresh,
                false => {}
            }
        }
    }

    pub(super) fn guard(&mut self, definition: &Definition, known: &Known, depth: usize) -> Guard {
        match self.pick(if depth == 0 { 7 } else { 10 }) {
            0 => Guard::CheckFailed,
            1 => Guard::Missing { field: String::from("reason") },
            2 if has(known, "day_of_purchase") => {
                Guard::AtMostDaysAgo { field: String::from("day_of_purchase"), days: 90 }
            }
            3 if has(known, "amount") && has(known, "receipt.amount") => Guard::Compare {
                left: Term::Field { field: String::from("amount") },
                relation: self.relation(),
                right: Term::Field { field: String::from("receipt.amount") },
            },
            7 => Guard::All {
                of: vec![self.guard(definition, known, depth - 1), self.guard(definition, known, depth - 1)],
            },
            8 => Guard::Any {
                of: vec![self.guard(definition, known, depth - 1), self.guard(definition, known, depth - 1)],
            },
            9 => Guard::Not { of: Box::new(self.guard(definition, known, depth - 1)) },
            _ => self.literal(definition, known),
        }
    }

    pub(super) fn relation(&mut self) -> Relation {
        [Relation::Same, Relation::Over, Relation::Under, Relation::AtLeast, Relation::AtMost][self.pick(5)]
    }

    pub(super) fn literal(&mut self, definition: &Definition, known: &Known) -> Guard {
        let index = self.pick(known.filled.len().max(1));
        let Some(field) = known.filled.get(index).and_then(|name| definition.field(name)) else {
            return Guard::CheckFailed;
        };
        let ordered = self.relation();
        let (relation, value) = match &field.kind {
            FieldKind::Money => {
                let minor = [50_000, 5, -1_250][self.pick(3)];
                (ordered, Value::Money(Money { minor, currency: self.of(&["EUR", "JPY", "BHD"]) }))
            }
            FieldKind::Date => (ordered, Value::Date(Date::new(2026, 2, 28).unwrap())),
            FieldKind::Number => (ordered, Value::Number { number: [3, -1, 10_000][self.pick(3)] }),
            FieldKind::YesNo => (Relation::Same, Value::YesNo { yes: self.maybe() }),
            FieldKind::Choice { options } => {
                let index = self.pick(options.len());
                (Relation::Same, Value::choice(options[index].clone()))
            }
            FieldKind::Text | FieldKind::Email | FieldKind::Iban => (Relation::Same, Value::text(self.of(&TEXTS))),
            FieldKind::Document | FieldKind::Person | FieldKind::List { .. } => {
                return Guard::Missing { field: field.name.clone() };
            }
        };
        let left = Term::Field { field: field.name.clone() };
        Guard::Compare { left, relation, right: Term::Literal { value } }
    }
}

pub(super) fn has(known: &Known, field: &str) -> bool {
    known.filled.iter().any(|filled| filled == field)
}

pub(super) fn add(
    definition: &mut Definition,
    name: &str,
    label: &str,
    kind: FieldKind,
    source: FieldSource,
    wanted: bool,
) {
    if wanted && definition.field(name).is_none() {
        let (name, label) = (String::from(name), String::from(label));
        definition.fields.push(Field { name, label, kind, required: false, source });
    }
}
