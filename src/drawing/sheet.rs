//! The step sheet: everything that a step says, in a form that can be printed and walked through.

use std::collections::BTreeMap;

use countersign_core::definition::{
    AgentWork, Definition, FieldSource, HumanStep, HumanVerb, LookUpStep, MessageText, Path, Signer, Step, SystemStep,
    WaitUntil, Who,
};
use serde::Serialize;

use super::words::{self, Kind, capital, list};
use crate::language;

/// One step of the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetStep {
    /// Where it stands.
    pub path: Path,
    /// Its number on the sheet: stage and place, such as `2.3`.
    pub number: String,
    /// What is done.
    pub what: String,
    /// Who carries it out.
    pub kind: Kind,
    /// What starts it.
    pub trigger: String,
    /// When it is done at all.
    pub entry: String,
    /// What must have happened before the case goes on.
    pub exit: String,
    /// Who does it.
    pub owner: String,
    /// Who answers for it.
    pub accountable: String,
    /// The other system that is called.
    pub system: Option<String>,
    /// The data that it needs.
    pub data_in: Vec<String>,
    /// The data that it leaves behind.
    pub data_out: Vec<String>,
    /// What the next step expects.
    pub next: String,
    /// By when, and what happens then.
    pub due: Vec<String>,
}

/// A stage of the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetStage {
    /// Its name.
    pub name: String,
    /// Its steps, in the order of the text.
    pub steps: Vec<SheetStep>,
}

/// Something outside that a process touches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// The system, or the party that is written to.
    pub name: String,
    /// Every way in which it is touched.
    pub touches: Vec<Touch>,
}

/// One call or message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Touch {
    /// The step on the sheet.
    pub number: String,
    /// What is done there.
    pub what: String,
    /// What is sent.
    pub sent: Vec<String>,
    /// Who signs it.
    pub signed: String,
    /// Whether nobody signs it.
    pub unsigned: bool,
    /// What happens when it fails.
    pub failure: Option<String>,
}

/// Every step of a process with what it needs, does and leaves.
#[must_use]
pub fn step_sheet(definition: &Definition) -> Vec<SheetStage> {
    let numbers = numbers(definition);
    let mut stages: Vec<SheetStage> =
        definition.stages.iter().map(|stage| SheetStage { name: stage.name.clone(), steps: Vec::new() }).collect();
    let sheet = Sheet { definition, numbers: &numbers };
    definition.walk(&mut |path, step| {
        if let (Some(number), Some(stage)) = (numbers.get(path), stages.get_mut(path.stage_index())) {
            stage.steps.push(sheet.step(path, step, number));
        }
    });
    stages
}

/// Every system and every outside party that a process touches, with what is sent and who signs.
#[must_use]
pub fn touched(definition: &Definition) -> Vec<Touched> {
    let numbers = numbers(definition);
    let mut all: Vec<Touched> = Vec::new();
    definition.walk(&mut |path, step| {
        let number = numbers.get(path).cloned().unwrap_or_default();
        let (name, touch) = match step {
            Step::LookUp(look) => {
                let else_ = language::who(definition, &look.on_failure);
                let then = words::takes_over(&else_, &words::within(look.answer_within));
                let touch = Touch {
                    number,
                    what: words::of(definition, step).what,
                    sent: fields(definition, &look.by),
                    signed: words::ONLY_READS.to_owned(),
                    unsigned: false,
                    failure: Some(if look.failure.is_empty() { then } else { words::STEPS.to_owned() }),
                };
                (format!("the {}", look.system), touch)
            }
            Step::System(call) => (format!("the {}", call.system), called(definition, call, number)),
            Step::Message(message) if matches!(message.to, Who::Party { .. }) => {
                let sent = match &message.text {
                    MessageText::Template { template } => placeholders(definition, template),
                    MessageText::Reason => vec![words::REASON.to_owned()],
                };
                let touch = Touch {
                    number,
                    what: words::of(definition, step).what,
                    sent,
                    signed: words::signed(&message.signer),
                    unsigned: message.signer == Signer::Nobody,
                    failure: None,
                };
                (language::who(definition, &message.to), touch)
            }
            _ => return,
        };
        match all.iter_mut().find(|known| known.name == name) {
            Some(known) => known.touches.push(touch),
            None => all.push(Touched { name, touches: vec![touch] }),
        }
    });
    all
}

fn called(definition: &Definition, call: &SystemStep, number: String) -> Touch {
    let once = if call.at_most_once { words::AT_MOST_ONCE } else { words::SAME_KEY };
    let then = words::takes_over(&language::who(definition, &call.on_failure), &words::within(call.answer_within));
    let failure = if call.failure.is_empty() { format!("{once}; {then}") } else { format!("{once}; {}", words::STEPS) };
    Touch {
        number,
        what: capital(&call.operation),
        sent: fields(definition, &call.payload),
        signed: words::signed(&call.signer),
        unsigned: call.signer == Signer::Nobody,
        failure: Some(failure),
    }
}

/// The numbers of the steps: stage and place in the order of the text. Where the way only divides is no step.
fn numbers(definition: &Definition) -> BTreeMap<Path, String> {
    let mut numbers = BTreeMap::new();
    let mut places = vec![0_usize; definition.stages.len()];
    definition.walk(&mut |path, step| {
        if matches!(step, Step::Choice { .. } | Step::Parallel { .. }) {
            return;
        }
        if let Some(place) = places.get_mut(path.stage_index()) {
            *place += 1;
            numbers.insert(path.clone(), format!("{}.{place}", path.stage_index() + 1));
        }
    });
    numbers
}

struct Sheet<'a> {
    definition: &'a Definition,
    numbers: &'a BTreeMap<Path, String>,
}

impl Sheet<'_> {
    fn step(&self, path: &Path, step: &Step, number: &str) -> SheetStep {
        let said = words::of(self.definition, step);
        let own = match step {
            Step::Human(human) => human.accountable.as_ref(),
            Step::System(call) => call.accountable.as_ref(),
            _ => None,
        };
        let accountable = own
            .map_or_else(|| format!("the {}", self.definition.accountable), |who| language::who(self.definition, who));
        let owner = match step {
            Step::Human(_) => said.who.clone().unwrap_or_default(),
            Step::Agent(agent) => words::agent_else(&language::who(self.definition, &agent.on_unsure)),
            Step::Wait { until: WaitUntil::Look { who, .. } } | Step::HandOver { who, .. } => {
                language::who(self.definition, who)
            }
            Step::Wait { until: WaitUntil::Message { otherwise, .. } } => {
                words::nobody_else(&language::who(self.definition, otherwise))
            }
            Step::System(SystemStep { on_failure, failure, .. })
            | Step::LookUp(LookUpStep { on_failure, failure, .. })
                if failure.is_empty() =>
            {
                words::program_else(&language::who(self.definition, on_failure))
            }
            _ => words::PROGRAM.to_owned(),
        };
        SheetStep {
            path: path.clone(),
            number: number.to_owned(),
            what: said.what,
            kind: said.kind,
            trigger: self.trigger(path),
            entry: self.entry(path),
            exit: self.exit(step),
            owner,
            accountable,
            system: match step {
                Step::System(SystemStep { system, .. }) | Step::LookUp(LookUpStep { system, .. }) => {
                    Some(format!("the {system}"))
                }
                _ => None,
            },
            data_in: self.data_in(step),
            data_out: self.data_out(step),
            next: self.next(path, step),
            due: said.when,
        }
    }

    fn name(&self, path: &Path) -> String {
        let what = words::at(self.definition, path).map(|said| said.what).unwrap_or_default();
        match self.numbers.get(path) {
            Some(number) => format!("{number} {what}"),
            None => what,
        }
    }

    /// The step before it in the text, or what opens the case or its way.
    fn trigger(&self, path: &Path) -> String {
        if let Some((last, _)) = path.0.split_last().filter(|(last, _)| **last > 0) {
            let mut before = path.clone();
            if let Some(place) = before.0.last_mut() {
                *place = last - 1;
            }
            return match self.definition.step(&before) {
                Some(Step::Choice { .. }) => words::WAY_IS_OVER.to_owned(),
                _ => words::is_over(&self.name(&before)),
            };
        }
        match path.parent() {
            Some(parent) => match self.definition.step(&parent) {
                Some(Step::Human(human)) => words::is_rejected(&human.subject),
                Some(Step::System(call)) => words::has_failed(&call.system),
                Some(Step::Parallel { .. }) => words::begins_beside(&self.trigger(&parent)),
                _ => self.trigger(&parent),
            },
            None if path.stage_index() == 0 => self.opens(),
            None => {
                let before = self.definition.stages.get(path.stage_index() - 1);
                words::is_over(before.map_or("", |stage| stage.name.as_str()))
            }
        }
    }

    fn opens(&self) -> String {
        let form = self.definition.start_fields().find_map(|field| match &field.source {
            FieldSource::Form { form, .. } => Some(form.as_str()),
            _ => None,
        });
        words::opens(&self.definition.starter, form)
    }

    /// The conditions of every way that leads to it.
    fn entry(&self, path: &Path) -> String {
        let mut conditions = Vec::new();
        let mut inner = path.clone();
        while let Some(parent) = inner.parent() {
            let way = inner.0.get(parent.0.len()).copied().map_or(0, usize::from);
            match self.definition.step(&parent) {
                Some(Step::Choice { branches, .. }) => {
                    let said =
                        |at: usize| branches.get(at).map(|branch| words::condition(self.definition, &branch.guard));
                    conditions.push(match said(way) {
                        Some(condition) if way == 0 => words::if_words(&condition),
                        Some(condition) => words::only_else_if(&condition),
                        None => {
                            let all: Vec<String> = (0..branches.len()).filter_map(said).collect();
                            words::only_if_not(&all)
                        }
                    });
                }
                Some(Step::Parallel { tracks, .. }) => {
                    conditions.push(words::in_track(tracks.get(way).map_or("", |track| track.name.as_str())));
                }
                Some(Step::Human(human)) => conditions.push(words::rejected(&human.subject)),
                Some(Step::System(call)) => conditions.push(words::fails(&call.system)),
                Some(each @ Step::Each { .. }) => conditions.push(words::of(self.definition, each).what),
                _ => {}
            }
            inner = parent;
        }
        conditions.reverse();
        if conditions.is_empty() { words::ALWAYS.to_owned() } else { conditions.join("; ") }
    }

    fn exit(&self, step: &Step) -> String {
        match step {
            Step::Human(human) => exit_of_person(self.definition, human),
            Step::Agent(agent) => match &agent.work {
                AgentWork::Prepare { .. } => words::PREPARED.to_owned(),
                AgentWork::Draft { .. } => words::FILLED_IN.to_owned(),
                AgentWork::Extract { .. }
                | AgentWork::Classify { .. }
                | AgentWork::Score { .. }
                | AgentWork::Judge { .. } => {
                    words::accepted_or_confirmed(&language::who(self.definition, &agent.on_unsure))
                }
            },
            Step::Check(_) => words::RECORDED.to_owned(),
            Step::System(SystemStep { system, on_failure, failure, .. })
            | Step::LookUp(LookUpStep { system, on_failure, failure, .. }) => {
                let else_ = failure.is_empty().then(|| language::who(self.definition, on_failure));
                words::answered(system, else_.as_deref())
            }
            Step::Message(_) => words::HANDED_OVER.to_owned(),
            Step::Wait { until: WaitUntil::Passed { .. } | WaitUntil::Date { .. } } => words::TIME_PASSED.to_owned(),
            Step::Wait { until: WaitUntil::Look { who, .. } } | Step::HandOver { who, .. } => {
                words::says_go_on(&language::who(self.definition, who))
            }
            Step::Wait { until: WaitUntil::Message { name, .. } } => words::arrived(name),
            Step::Return { stage, .. } => words::stands_again(stage),
            Step::End { closing } => words::is_closed(closing, self.definition.successes.contains(closing)),
            Step::Each { .. } => words::EACH_DONE.to_owned(),
            Step::Choice { .. } | Step::Parallel { .. } => String::new(),
        }
    }

    fn data_in(&self, step: &Step) -> Vec<String> {
        match step {
            Step::Human(human) if matches!(human.verb, HumanVerb::Approve | HumanVerb::Review) => {
                fields(self.definition, &human.fields)
            }
            Step::Agent(agent) => match &agent.work {
                AgentWork::Extract { document, .. } => fields(self.definition, std::slice::from_ref(document)),
                AgentWork::Judge { subject, .. } if subject.is_empty() => vec![words::EVERYTHING.to_owned()],
                AgentWork::Classify { subject, .. }
                | AgentWork::Score { subject, .. }
                | AgentWork::Judge { subject, .. } => fields(self.definition, subject),
                AgentWork::Draft { fields: placed, .. } => fields(self.definition, placed),
                AgentWork::Prepare { .. } => vec![words::EVERYTHING.to_owned()],
            },
            Step::Check(check) => {
                let mut compared: Vec<String> = Vec::new();
                check.guard.fields(&mut |field| {
                    if !compared.iter().any(|known| known == field) {
                        compared.push(field.to_owned());
                    }
                });
                fields(self.definition, &compared)
            }
            Step::System(call) => fields(self.definition, &call.payload),
            Step::LookUp(look) => fields(self.definition, &look.by),
            Step::Each { list, .. } | Step::Wait { until: WaitUntil::Date { field: list, .. } } => {
                fields(self.definition, std::slice::from_ref(list))
            }
            Step::Message(message) => match &message.text {
                MessageText::Template { template } => placeholders(self.definition, template),
                MessageText::Reason => vec![words::REASON.to_owned()],
            },
            _ => Vec::new(),
        }
    }

    fn data_out(&self, step: &Step) -> Vec<String> {
        match step {
            Step::Human(human) => match human.verb {
                HumanVerb::Approve => vec![words::SIGN_OFF.to_owned()],
                HumanVerb::Review => vec![words::CONFIRMATION.to_owned()],
                HumanVerb::Provide | HumanVerb::Do => fields(self.definition, &human.fields),
            },
            Step::Agent(agent) => match &agent.work {
                AgentWork::Extract { fields: read, .. } => fields(self.definition, read),
                AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } | AgentWork::Draft { field, .. } => {
                    fields(self.definition, std::slice::from_ref(field))
                }
                AgentWork::Judge { .. } => vec![words::FINDING.to_owned()],
                AgentWork::Prepare { .. } => vec![words::SUMMARY.to_owned()],
            },
            Step::Check(_) => vec![words::FINDING.to_owned()],
            Step::System(_) => vec![words::RECEIPT.to_owned()],
            Step::LookUp(look) => fields(self.definition, &look.fields),
            Step::Each { item, .. } => fields(self.definition, std::slice::from_ref(item)),
            _ => Vec::new(),
        }
    }

    /// The next step with what it needs.
    fn next(&self, path: &Path, step: &Step) -> String {
        if let Step::End { .. } = step {
            return words::NOTHING_MORE.to_owned();
        }
        if let Step::Return { stage, .. } = step {
            return words::begins_again(stage);
        }
        let Some(next) = self.after(path) else { return words::NOTHING_MORE.to_owned() };
        let Some(step) = self.definition.step(&next) else { return words::NOTHING_MORE.to_owned() };
        if let Step::Choice { .. } | Step::Parallel { .. } = step {
            return self.name(&next);
        }
        let needs = self.data_in(step);
        let name = self.name(&next);
        if needs.is_empty() { name } else { words::expects(&name, &list(&needs)) }
    }

    /// The step that follows in the text when this one is over.
    fn after(&self, path: &Path) -> Option<Path> {
        let next = path.next();
        if self.definition.step(&next).is_some() {
            return Some(next);
        }
        match path.parent() {
            Some(parent) => self.after(&parent),
            None => {
                let stage = u16::try_from(path.stage_index() + 1).ok()?;
                self.definition.stages.get(usize::from(stage)).map(|_| Path::stage(stage))
            }
        }
    }
}

fn exit_of_person(definition: &Definition, human: &HumanStep) -> String {
    let who = language::who(definition, &human.who);
    let after = |closes: &str| if human.on_rejected.is_empty() { closes.to_owned() } else { String::new() };
    match human.verb {
        HumanVerb::Approve => words::has(&who, "approved", &human.subject, &after(words::REJECTION_CLOSES)),
        HumanVerb::Review => words::has(&who, "confirmed", &human.subject, &after(words::REJECTION_CLOSES)),
        HumanVerb::Provide => words::has(&who, "handed in", &human.subject, ""),
        HumanVerb::Do => words::has(&who, "done", &human.subject, ""),
    }
}

fn fields(definition: &Definition, names: &[String]) -> Vec<String> {
    names.iter().map(|name| language::field(definition, name)).collect()
}

/// The fields that a message names in braces.
fn placeholders(definition: &Definition, template: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in template.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}') {
            let key = name.trim().replace(' ', "_");
            let words = match definition.field(&key) {
                Some(_) => language::field(definition, &key),
                None => name.trim().to_owned(),
            };
            if !found.contains(&words) {
                found.push(words);
            }
        }
    }
    found
}
