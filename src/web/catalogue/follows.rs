//! What a choice sets in motion, read from the definition: the steps up to the next person or the end.

use countersign_core::{
    case::Case,
    definition::{AgentWork, HumanStep, HumanVerb, MessageText, Path, Step, WaitUntil},
    guard::Answer,
};

use super::{Words, text};
use crate::web::format::{list, span};

/// At most so many steps are told; what lies further away says little about the choice at hand.
const TOLD_AT_MOST: usize = 6;

/// One thing that follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    /// In words, as part of a sentence: `the bank system is asked to create a payment`.
    pub words: String,
    /// Whether it leaves the house and cannot be taken back.
    pub outside: bool,
    /// The operation, when it is a call to another system.
    pub operation: Option<String>,
}

impl Words<'_> {
    /// What follows when the step at `path` is done.
    #[must_use]
    pub fn follows(&self, case: &Case, path: &Path) -> Vec<Follow> {
        let mut told = Vec::new();
        self.walk_on(case, path.next(), &mut told);
        told
    }

    /// What follows when the step at `path` is rejected.
    #[must_use]
    pub fn follows_rejection(&self, case: &Case, path: &Path) -> Vec<Follow> {
        let mut told = Vec::new();
        match self.definition.step(path) {
            Some(Step::Human(step)) if !step.on_rejected.is_empty() => {
                self.walk_on(case, path.child(0).child(0), &mut told);
            }
            Some(_) | None => told.push(inside(text::follows::closes("rejected"))),
        }
        told
    }

    /// What follows when this person opens a case, as one sentence.
    #[must_use]
    pub fn starts_with(&self, requester: &str) -> String {
        let mut case = Case::unopened("");
        requester.clone_into(&mut case.requester);
        let mut told = Vec::new();
        self.walk_on(&case, Path::stage(0), &mut told);
        text::follows::sentence(told.iter().map(|follow| follow.words.as_str()))
    }

    /// The steps from `path` on, until a person is asked, the case ends or nobody can say.
    fn walk_on(&self, case: &Case, path: Path, told: &mut Vec<Follow>) {
        let mut next = Some(path);
        while let Some(path) = next.take() {
            if told.len() >= TOLD_AT_MOST {
                return;
            }
            match self.definition.step(&path) {
                Some(step) => {
                    if self.tell(case, &path, step, told) {
                        next = Some(path.next());
                    }
                }
                None => next = self.after_block(&path, told),
            }
        }
    }

    /// Where it goes on after the last step of a block; `None` when that is not for this step to say.
    fn after_block(&self, path: &Path, told: &mut Vec<Follow>) -> Option<Path> {
        let Some(parent) = path.parent() else {
            let stage = u16::try_from(path.stage_index() + 1).ok()?;
            return self.definition.stages.get(usize::from(stage)).map(|_| Path::stage(stage));
        };
        if let Some(Step::Parallel { tracks, .. }) = self.definition.step(&parent) {
            let own = path.0.get(parent.0.len()).copied().map(usize::from);
            let others: Vec<String> = tracks
                .iter()
                .enumerate()
                .filter(|(at, _)| Some(*at) != own)
                .map(|(_, track)| track.name.clone())
                .collect();
            told.push(inside(text::follows::joins(&list(&others))));
            return None;
        }
        Some(parent.next())
    }

    /// Tells one step; `true` when the next one follows at once.
    fn tell(&self, case: &Case, path: &Path, step: &Step, told: &mut Vec<Follow>) -> bool {
        match step {
            Step::Agent(_) | Step::Check(_) | Step::LookUp(_) => {
                let words = self.by_machine(step).filter(|words| told.iter().all(|one| one.words != *words));
                told.extend(words.map(inside));
                true
            }
            Step::Human(step) => {
                told.push(inside(self.next_person(case, step)));
                false
            }
            Step::System(step) => {
                told.push(Follow {
                    words: text::follows::system(&step.system, &step.operation),
                    outside: true,
                    operation: Some(step.operation.clone()),
                });
                true
            }
            Step::Message(step) => {
                let whom = self.who(&step.to, case);
                let words = match &step.text {
                    MessageText::Reason => text::follows::told_reason(&whom),
                    MessageText::Template { .. } => text::follows::told(&whom),
                };
                told.push(Follow { words, outside: true, operation: None });
                true
            }
            Step::Wait { until } => {
                told.push(inside(match until {
                    WaitUntil::Passed { span: length } => text::follows::waits(&span(*length)),
                    WaitUntil::Message { name, .. } => text::follows::waits_for_message(name),
                    WaitUntil::Date { field, .. } => text::follows::waits_for_day(&text::the(&self.field(field))),
                    WaitUntil::Look { who, every } => text::follows::stays(&self.who(who, case), &span(*every)),
                }));
                !matches!(until, WaitUntil::Look { .. })
            }
            Step::HandOver { who, .. } => {
                told.push(inside(text::follows::asked_to(&self.who(who, case), "look at it")));
                false
            }
            Step::Each { list, .. } => {
                told.push(inside(text::follows::each(&text::the(&self.field(list)))));
                self.walk_on(case, path.child(0).child(0), told);
                false
            }
            Step::Return { stage, .. } => {
                told.push(inside(text::follows::returns(stage)));
                false
            }
            Step::End { closing } => {
                told.push(inside(text::follows::closes(closing)));
                false
            }
            Step::Choice { .. } => self.tell_choice(case, path, step, told),
            Step::Parallel { tracks, .. } => {
                let names: Vec<String> = tracks.iter().map(|track| track.name.clone()).collect();
                told.push(inside(text::follows::side_by_side(&list(&names))));
                false
            }
        }
    }

    /// Follows the branch that holds on today's values; says so when it cannot be known yet.
    fn tell_choice(&self, case: &Case, path: &Path, step: &Step, told: &mut Vec<Follow>) -> bool {
        let Step::Choice { branches, otherwise } = step else { return true };
        for (number, branch) in branches.iter().enumerate() {
            match branch.guard.evaluate(case, self.reader.now(), false) {
                Answer::Yes => {
                    self.walk_on(case, path.child(u16::try_from(number).unwrap_or(u16::MAX)).child(0), told);
                    return false;
                }
                Answer::No => {}
                Answer::CannotTell { .. } => {
                    told.push(inside(text::follows::DEPENDS.to_owned()));
                    return false;
                }
            }
        }
        if otherwise.is_empty() {
            return true;
        }
        self.walk_on(case, path.child(u16::try_from(branches.len()).unwrap_or(u16::MAX)).child(0), told);
        false
    }

    fn by_machine(&self, step: &Step) -> Option<String> {
        match step {
            Step::Check(_) => Some(text::follows::CHECKED.to_owned()),
            Step::Agent(step) => match &step.work {
                AgentWork::Extract { document, .. } => Some(text::follows::read(&text::the(&self.field(document)))),
                AgentWork::Classify { field, .. } => Some(text::follows::suggested(&text::the(&self.field(field)))),
                AgentWork::Score { field, .. } => Some(text::follows::suggested(&text::the(&self.field(field)))),
                AgentWork::Judge { criterion, .. } => Some(text::follows::judged(criterion)),
                AgentWork::Draft { field, .. } => Some(text::follows::filled_in(&text::the(&self.field(field)))),
                AgentWork::Prepare { .. } => None,
            },
            Step::LookUp(step) => Some(text::follows::looked_up(&self.fields(&step.fields), &step.system)),
            Step::Human(_)
            | Step::Choice { .. }
            | Step::Parallel { .. }
            | Step::Each { .. }
            | Step::HandOver { .. }
            | Step::System(_)
            | Step::Message(_)
            | Step::Wait { .. }
            | Step::Return { .. }
            | Step::End { .. } => None,
        }
    }

    fn next_person(&self, case: &Case, step: &HumanStep) -> String {
        let whom = self.who(&step.who, case);
        match step.verb {
            HumanVerb::Provide => text::follows::asked_to(&whom, &format!("hand in {}", step.subject)),
            HumanVerb::Approve => text::follows::asked_to(&whom, &format!("approve {}", step.subject)),
            HumanVerb::Review => text::follows::asked_to(&whom, &format!("look at {}", step.subject)),
            HumanVerb::Do => text::follows::asked_to(&whom, &format!("do {}", step.subject)),
        }
    }
}

fn inside(words: String) -> Follow {
    Follow { words, outside: false, operation: None }
}
