//! Steps with open ends to finished steps: defaults are filled in and told, and places are kept.

use std::collections::BTreeMap;

use countersign_core::definition::{
    AgentStep, AgentWork, Branch, Definition, HumanStep, Join, MessageStep, Path, Signer, Step, SystemStep, Track, Who,
};

use super::{
    DefaultUsed,
    clause::{is_inside, labels},
    defaults,
    diagnostics::Diagnostic,
    draft::{Draft, DraftCall, DraftHuman, Node},
    names::Names,
    render,
    sentence::Raw,
};

/// Finishes the steps of a text.
pub(crate) struct Finisher<'a> {
    pub names: &'a Names,
    pub raws: &'a [Raw],
    pub accountable: &'a str,
    /// The sentence that each step came from.
    pub places: Vec<(Path, usize)>,
    /// The first step that each sentence became or spoke about.
    pub paths: BTreeMap<usize, Path>,
    /// What was not said, by sentence.
    pub defaults: BTreeMap<usize, Vec<DefaultUsed>>,
    pub diagnostics: Vec<Diagnostic>,
    /// Steps whose lists of fields are open.
    open: Vec<(Path, usize)>,
}

impl<'a> Finisher<'a> {
    /// A finisher for one text.
    pub(crate) const fn new(names: &'a Names, raws: &'a [Raw], accountable: &'a str) -> Self {
        Self {
            names,
            raws,
            accountable,
            places: Vec::new(),
            paths: BTreeMap::new(),
            defaults: BTreeMap::new(),
            diagnostics: Vec::new(),
            open: Vec::new(),
        }
    }

    /// The finished steps of a block.
    pub(crate) fn block(&mut self, nodes: Vec<Node>, parent: &Path) -> Vec<Step> {
        let mut steps = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.into_iter().enumerate() {
            let path = parent.child(u16::try_from(index).unwrap_or(u16::MAX));
            self.places.push((path.clone(), node.sentence));
            for sentence in std::iter::once(node.sentence).chain(node.also.iter().copied()) {
                self.paths.entry(sentence).or_insert_with(|| path.clone());
            }
            steps.push(self.step(node, &path));
        }
        steps
    }

    fn say(&mut self, sentence: usize, what: &str, value: String) {
        let used = DefaultUsed { what: String::from(what), value };
        let list = self.defaults.entry(sentence).or_default();
        if !list.contains(&used) {
            list.push(used);
        }
    }

    fn accountable(&self) -> Who {
        Who::Role { role: String::from(self.accountable) }
    }

    fn step(&mut self, node: Node, path: &Path) -> Step {
        let sentence = node.sentence;
        match node.draft {
            Draft::Agent { work, open_subject, on_unsure, due } => {
                if open_subject {
                    self.open.push((path.clone(), sentence));
                }
                if on_unsure.is_none() {
                    self.say(sentence, "when the agent is not sure", format!("the {} decides", self.accountable));
                }
                if due.is_none() {
                    self.say(sentence, "time to decide when the agent is not sure", render::span(defaults::DUE));
                }
                let on_unsure = on_unsure.unwrap_or_else(|| self.accountable());
                Step::Agent(AgentStep { work, on_unsure, due: due.unwrap_or(defaults::DUE) })
            }
            Draft::Check(check) => Step::Check(check),
            Draft::Human(human) => self.human(human, sentence, path),
            Draft::Choice { branches, otherwise } => {
                let number = |index: usize| u16::try_from(index).unwrap_or(u16::MAX);
                let count = number(branches.len());
                let mut finished = Vec::new();
                for (index, (guard, steps)) in branches.into_iter().enumerate() {
                    finished.push(Branch { guard, steps: self.block(steps, &path.child(number(index))) });
                }
                let otherwise = self.block(otherwise.unwrap_or_default(), &path.child(count));
                Step::Choice { branches: finished, otherwise }
            }
            Draft::Parallel { tracks } => {
                let mut finished = Vec::new();
                for (index, (name, steps)) in tracks.into_iter().enumerate() {
                    let inner = path.child(u16::try_from(index).unwrap_or(u16::MAX));
                    finished.push(Track { name, steps: self.block(steps, &inner) });
                }
                Step::Parallel { tracks: finished, join: Join::All }
            }
            Draft::Call(call) => self.call(call, sentence, path),
            Draft::Message { to, text, signer } => {
                if signer.is_none() && !is_inside(&to) {
                    self.unsigned(sentence, "message to somebody outside", "message");
                }
                Step::Message(MessageStep { to, text, signer: signer.unwrap_or(Signer::Nobody) })
            }
            Draft::Wait(until) => Step::Wait { until },
            Draft::Return { stage, at_most, then } => {
                if at_most.is_none() {
                    self.say(sentence, "returns at most", format!("{} times", defaults::RETURNS));
                }
                if then.is_none() {
                    self.say(sentence, "after that", format!("the {} takes over", self.accountable));
                }
                let at_most = at_most.map_or(defaults::RETURNS, |times| u16::try_from(times).unwrap_or(u16::MAX));
                Step::Return { stage, at_most, then: then.unwrap_or_else(|| self.accountable()) }
            }
            Draft::End(closing) => Step::End { closing },
        }
    }

    fn human(&mut self, human: DraftHuman, sentence: usize, path: &Path) -> Step {
        if human.due.is_none() {
            self.say(sentence, "due", render::span(defaults::DUE));
        }
        if human.remind_every.is_none() {
            self.say(sentence, "reminder", String::from("every working day"));
        }
        let due = human.due.unwrap_or(defaults::DUE);
        let escalations = human.escalations.unwrap_or_else(|| {
            let chain = defaults::escalations(&human.who, due, self.accountable);
            for step in &chain {
                let value = format!("to the {} after {}", self.accountable, render::span(step.after));
                self.say(sentence, "escalation", value);
            }
            chain
        });
        if human.fields.is_none() {
            self.open.push((path.clone(), sentence));
        }
        Step::Human(HumanStep {
            verb: human.verb,
            who: human.who,
            subject: human.subject,
            fields: human.fields.unwrap_or_default(),
            seats: human.seats,
            needed: human.needed,
            due,
            remind_every: human.remind_every.unwrap_or(Some(defaults::REMIND)),
            escalations,
            on_rejected: self.block(human.on_rejected.unwrap_or_default(), &path.child(0)),
            accountable: None,
        })
    }

    fn call(&mut self, call: DraftCall, sentence: usize, path: &Path) -> Step {
        if call.payload.is_none() {
            self.open.push((path.clone(), sentence));
        }
        if call.signer.is_none() {
            self.unsigned(sentence, &format!("call of the {}", call.system), "call");
        }
        if call.answer_within.is_none() {
            self.say(sentence, "answer within", render::span(defaults::ANSWER));
        }
        if call.on_failure.is_none() {
            self.say(sentence, "when it fails", format!("the {} takes over", self.accountable));
        }
        Step::System(SystemStep {
            operation: call.operation,
            system: call.system,
            payload: call.payload.unwrap_or_default(),
            signer: call.signer.unwrap_or(Signer::Nobody),
            at_most_once: call.at_most_once,
            answer_within: call.answer_within.unwrap_or(defaults::ANSWER),
            on_failure: call.on_failure.unwrap_or_else(|| self.accountable()),
            failure: Vec::new(),
            accountable: None,
        })
    }

    fn unsigned(&mut self, sentence: usize, what: &str, kind: &str) {
        let raw = &self.raws[sentence];
        let end = raw.tokens.last().map_or(raw.end, |token| token.end);
        let why = "what leaves the organisation is signed by somebody, unless the text says that nobody signs it";
        self.diagnostics.push(
            Diagnostic::error("E511", (raw.start, raw.end), format!("nobody signs this {what}"), why)
                .fix("Let the approver sign", end, end, ", signed by the approver")
                .fix("Say that nobody signs it", end, end, format!("; nobody signs this {kind}")),
        );
    }

    /// Fills in the lists of fields that no sentence names, once the whole definition stands.
    pub(crate) fn fill(&mut self, definition: &mut Definition) {
        for (path, sentence) in std::mem::take(&mut self.open) {
            let (what, fields) = match definition.step(&path) {
                Some(Step::Human(_)) => ("shown", defaults::shown(definition, &path)),
                Some(Step::System(_)) => ("sent", defaults::payload(definition, &path)),
                Some(Step::Agent(_)) => ("classified by", defaults::subject(definition, &path)),
                _ => continue,
            };
            self.say(sentence, what, labels(self.names, &fields));
            let empty = fields.is_empty();
            match step_mut(definition, &path) {
                Some(Step::Human(human)) => human.fields = fields,
                Some(Step::System(call)) => call.payload = fields,
                Some(Step::Agent(AgentStep { work: AgentWork::Classify { subject, .. }, .. })) => {
                    *subject = fields;
                    if empty {
                        self.nothing_to_classify(sentence);
                    }
                }
                _ => {}
            }
        }
    }

    fn nothing_to_classify(&mut self, sentence: usize) {
        let raw = &self.raws[sentence];
        let why = "an agent classifies by text, and no form has asked for a text before this step";
        self.diagnostics.push(
            Diagnostic::error("E509", (raw.start, raw.end), "there is nothing to classify by", why).advise(
                "ask for a text in the form, or name the fields: `Classify the claim by the description as ...`",
            ),
        );
    }
}

/// The step at `path`, to be changed.
fn step_mut<'a>(definition: &'a mut Definition, path: &Path) -> Option<&'a mut Step> {
    let (stage, rest) = path.0.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let block = &mut definition.stages.get_mut(usize::from(*stage))?.steps;
    let mut step = block.get_mut(usize::from(*first))?;
    while let [inner, place, tail @ ..] = rest {
        let block: &mut Vec<Step> = match step {
            Step::Human(human) => &mut human.on_rejected,
            Step::System(call) => &mut call.failure,
            Step::Each { steps, .. } => steps,
            Step::Choice { branches, otherwise } => match branches.get_mut(usize::from(*inner)) {
                Some(branch) => &mut branch.steps,
                None => otherwise,
            },
            Step::Parallel { tracks, .. } => &mut tracks.get_mut(usize::from(*inner))?.steps,
            _ => return None,
        };
        step = block.get_mut(usize::from(*place))?;
        rest = tail;
    }
    Some(step)
}
