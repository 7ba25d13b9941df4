//! Steps with open ends to finished steps: defaults are filled in and told, and places are kept.

use std::collections::BTreeMap;

use countersign_core::{
    definition::{
        AgentStep, AgentWork, Branch, Definition, HumanStep, HumanVerb, Join, LookUpStep, MessageStep, Path, Signer,
        Step, SystemStep, Track, Who,
    },
    guard::Guard,
    value::FieldName,
};

use super::{
    DefaultUsed,
    clause::{is_inside, labels},
    cover, defaults,
    diagnostics::{Diagnostic, Edit},
    draft::{Draft, DraftAgent, DraftCall, DraftHuman, DraftLook, Node},
    names::Names,
    render,
    sentence::Raw,
    stated::{Places, insert},
};

/// Finishes the steps of a text.
pub(crate) struct Finisher<'a> {
    places_in: Places<'a>,
    pub accountable: &'a str,
    /// The sentence that each step came from.
    pub places: Vec<(Path, usize)>,
    /// The first step that each sentence became or spoke about.
    pub paths: BTreeMap<usize, Path>,
    /// What was not said, by sentence.
    pub defaults: BTreeMap<usize, Vec<DefaultUsed>>,
    pub diagnostics: Vec<Diagnostic>,
    /// Steps whose lists of fields are open, with the sentence and the byte at which the list may stand.
    open: Vec<(Path, usize, usize)>,
}

/// An open list of fields with what holds by default.
type OpenList = (Path, usize, usize, &'static str, Vec<FieldName>);

impl<'a> Finisher<'a> {
    /// A finisher for one text.
    pub(crate) const fn new(text: &'a str, names: &'a Names, raws: &'a [Raw], accountable: &'a str) -> Self {
        Self {
            places_in: Places { text, names, raws },
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

    fn say(&mut self, sentence: usize, what: &str, value: String, edit: Option<Edit>) {
        let list = self.defaults.entry(sentence).or_default();
        // One sentence can be a step in two places; what differs between them cannot be said in it.
        let differs = list.iter().any(|used| used.what == what && (used.value != value || used.edit != edit));
        if differs {
            list.iter_mut().filter(|used| used.what == what).for_each(|used| used.edit = None);
        }
        let edit = if differs { None } else { edit };
        let used = DefaultUsed { what: String::from(what), value, edit };
        if !list.contains(&used) {
            list.push(used);
        }
    }

    fn accountable(&self) -> Who {
        Who::Role { role: String::from(self.accountable) }
    }

    /// Whoever is accountable, in words.
    fn accountable_words(&self) -> String {
        if self.accountable.is_empty() {
            return String::from("whoever is accountable");
        }
        format!("the {}", self.accountable)
    }

    /// Whether the text has a name for them: it has none for whoever is accountable while no sentence says who that is.
    fn is_named(&self, who: &Who) -> bool {
        !matches!(who, Who::Role { role } if role.is_empty())
    }

    /// How the text calls somebody.
    fn who(&self, who: &Who) -> String {
        if self.is_named(who) { self.places_in.who(who) } else { self.accountable_words() }
    }

    /// An edit that names whoever is accountable; there is none while no sentence says who that is.
    fn naming(&self, edit: Edit) -> Option<Edit> {
        (!self.accountable.is_empty()).then_some(edit)
    }

    fn step(&mut self, node: Node, path: &Path) -> Step {
        let sentence = node.sentence;
        match node.draft {
            Draft::Agent(agent) => self.agent(agent, sentence, path),
            Draft::Check(check) => Step::Check(check),
            Draft::Human(human) => self.human(human, sentence, path),
            Draft::Choice { branches, otherwise } => self.choice(branches, otherwise, path),
            Draft::Parallel { tracks, join } => {
                let mut finished = Vec::new();
                for (index, (name, steps)) in tracks.into_iter().enumerate() {
                    let inner = path.child(u16::try_from(index).unwrap_or(u16::MAX));
                    finished.push(Track { name, steps: self.block(steps, &inner) });
                }
                Step::Parallel { tracks: finished, join: join.unwrap_or(Join::All) }
            }
            Draft::Each { item, list, steps } => Step::Each { item, list, steps: self.block(steps, &path.child(0)) },
            Draft::LookUp(look) => self.look_up(look, sentence, path),
            Draft::HandOver { who, due } => {
                if due.is_none() {
                    let within = render::span(defaults::DUE);
                    let edit = self.places_in.clause(sentence, format!(" within {within}"));
                    self.say(sentence, "due", within, Some(edit));
                }
                Step::HandOver { who, due: due.unwrap_or(defaults::DUE) }
            }
            Draft::Call(call) => self.call(call, sentence, path),
            Draft::Message { to, text, signer } => {
                if signer.is_none() && !is_inside(&to) {
                    self.unsigned(sentence, "message to somebody outside", "message");
                }
                Step::Message(MessageStep { to, text, signer: signer.unwrap_or(Signer::Nobody) })
            }
            Draft::Wait(until) => Step::Wait { until },
            Draft::Return { stage, at_most, then, after_stage } => {
                if at_most.is_none() {
                    let times = format!("{} times", defaults::RETURNS);
                    let edit = insert(after_stage, format!(" at most {times}"));
                    self.say(sentence, "returns at most", times, Some(edit));
                }
                if then.is_none() {
                    let edit = self
                        .places_in
                        .clause(sentence, format!(", then hand over to {}", self.places_in.who(&self.accountable())));
                    let value = format!("{} takes over", self.accountable_words());
                    self.say(sentence, "after that", value, self.naming(edit));
                }
                let at_most = at_most.map_or(defaults::RETURNS, |times| u16::try_from(times).unwrap_or(u16::MAX));
                Step::Return { stage, at_most, then: then.unwrap_or_else(|| self.accountable()) }
            }
            Draft::End(closing) => Step::End { closing },
        }
    }

    fn choice(&mut self, branches: Vec<(Guard, usize, Vec<Node>)>, otherwise: Option<Vec<Node>>, path: &Path) -> Step {
        let number = |index: usize| u16::try_from(index).unwrap_or(u16::MAX);
        if let (None, [_, .., (_, last, _)]) = (&otherwise, branches.as_slice()) {
            let guards: Vec<&Guard> = branches.iter().map(|(guard, ..)| guard).collect();
            if let Some(gap) = cover::gap(&self.places_in.names.fields, &guards) {
                let raw = &self.places_in.raws[*last];
                let message = format!("no sentence says what happens when {gap}: the case goes on");
                let why = "several conditions about one field look as if they were all there are";
                self.diagnostics.push(
                    Diagnostic::warning("W208", (raw.start, raw.end), message, why)
                        .advise("write what happens `Otherwise, ...`, or `Otherwise, go on.`"),
                );
            }
        }
        let count = number(branches.len());
        let mut finished = Vec::new();
        for (index, (guard, sentence, steps)) in branches.into_iter().enumerate() {
            let inner = path.child(number(index));
            self.places.push((inner.clone(), sentence));
            finished.push(Branch { guard, steps: self.block(steps, &inner) });
        }
        let otherwise = self.block(otherwise.unwrap_or_default(), &path.child(count));
        Step::Choice { branches: finished, otherwise }
    }

    fn agent(&mut self, agent: DraftAgent, sentence: usize, path: &Path) -> Step {
        let DraftAgent { work, open_subject, on_unsure, due, unsure_said } = agent;
        if let Some(at) = open_subject {
            self.open.push((path.clone(), sentence, at));
        }
        let (places, role) = (self.places_in, self.accountable());
        let within = render::span(defaults::DUE);
        let edit = match unsure_said {
            Some(said) => Some(places.clause(said, format!(" within {within}"))),
            None => {
                let words = format!("if the agent is not sure, {} decides within {within}", places.who(&role));
                self.naming(places.sentence(sentence, &words))
            }
        };
        if on_unsure.is_none() {
            let value = format!("{} decides", self.accountable_words());
            self.say(sentence, "when the agent is not sure", value, edit.clone());
        }
        if due.is_none() {
            self.say(sentence, "time to decide when the agent is not sure", within, edit);
        }
        Step::Agent(AgentStep { work, on_unsure: on_unsure.unwrap_or(role), due: due.unwrap_or(defaults::DUE) })
    }

    fn human(&mut self, human: DraftHuman, sentence: usize, path: &Path) -> Step {
        let places = self.places_in;
        if let Some(verb) = human.owner_open {
            let edit = places.owner(sentence, verb, self.accountable).and_then(|edit| self.naming(edit));
            self.say(sentence, "owner", self.accountable_words(), edit);
        }
        if human.fields.is_none() {
            self.open.push((path.clone(), sentence, human.after_subject));
        }
        let due = human.due.unwrap_or(defaults::DUE);
        if human.due.is_none() {
            let within = render::span(defaults::DUE);
            let edit = places.clause(sentence, format!(" within {within}"));
            self.say(sentence, "due", within, Some(edit));
        }
        let decider = if human.verb == HumanVerb::Approve { &Who::Approver } else { &human.who };
        let (known, decider) = (self.is_named(decider), places.who(decider));
        if human.remind_every.is_none() {
            let every = format!("every {}", render::every(defaults::REMIND));
            let edit = places.sentence(sentence, &format!("remind {decider} {every}"));
            self.say(sentence, "reminder", every, Some(edit).filter(|_| known));
        }
        let escalations = human.escalations.unwrap_or_else(|| {
            let answers = human.accountable.clone().unwrap_or_else(|| self.accountable());
            let chain = defaults::escalations(&human.who, due, &answers);
            for step in &chain {
                let (after, to) = (render::span(step.after), self.who(&step.to));
                let words = format!("if {decider} does not decide within {after}, escalate to {to}");
                let value = format!("to {to} after {after}");
                let edit = Some(places.sentence(sentence, &words)).filter(|_| self.is_named(&step.to));
                self.say(sentence, "escalation", value, edit);
            }
            chain
        });
        if human.verb == HumanVerb::Approve && human.on_rejected.is_none() {
            // A sentence that says it would be a step of its own, so that it is told here and cannot be accepted.
            self.say(sentence, "rejection", String::from("the case closes as rejected"), None);
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
            accountable: human.accountable,
            on_rejected: self.block(human.on_rejected.unwrap_or_default(), &path.child(0)),
        })
    }

    fn call(&mut self, call: DraftCall, sentence: usize, path: &Path) -> Step {
        if call.payload.is_none() {
            self.open.push((path.clone(), sentence, call.after_system));
        }
        if call.signer.is_none() {
            self.unsigned(sentence, &format!("call of the {}", call.system), "call");
        }
        let answers = call.accountable.clone().unwrap_or_else(|| self.accountable());
        let known = (call.answer_within.is_some(), call.on_failure.is_some() || call.failure.is_some());
        self.answer(sentence, &call.system, call.failure_said, known, &answers);
        Step::System(SystemStep {
            operation: call.operation,
            system: call.system,
            payload: call.payload.unwrap_or_default(),
            signer: call.signer.unwrap_or(Signer::Nobody),
            at_most_once: call.at_most_once,
            answer_within: call.answer_within.unwrap_or(defaults::ANSWER),
            on_failure: call.on_failure.unwrap_or(answers),
            failure: self.block(call.failure.unwrap_or_default(), &path.child(0)),
            accountable: call.accountable,
        })
    }

    fn look_up(&mut self, look: DraftLook, sentence: usize, path: &Path) -> Step {
        let answers = self.accountable();
        let known = (look.answer_within.is_some(), look.on_failure.is_some() || look.failure.is_some());
        self.answer(sentence, &look.system, look.failure_said, known, &answers);
        Step::LookUp(LookUpStep {
            system: look.system,
            by: look.by,
            fields: look.fields,
            answer_within: look.answer_within.unwrap_or(defaults::ANSWER),
            on_failure: look.on_failure.unwrap_or(answers),
            failure: self.block(look.failure.unwrap_or_default(), &path.child(0)),
        })
    }

    /// What holds when no sentence says how long a system has, or what follows when it fails.
    fn answer(&mut self, sentence: usize, system: &str, said: Option<usize>, known: (bool, bool), answers: &Who) {
        let (places, within, to) = (self.places_in, render::span(defaults::ANSWER), self.who(answers));
        let edit = match said {
            Some(said) => places.answer(said, defaults::ANSWER),
            None => {
                let system = render::system(system);
                let words = format!("if {system} fails or does not answer within {within}, hand over to {to}");
                Some(places.sentence(sentence, &words)).filter(|_| self.is_named(answers))
            }
        };
        if !known.0 {
            self.say(sentence, "answer within", within, edit.clone());
        }
        if !known.1 {
            self.say(sentence, "when it fails", format!("{to} takes over"), edit);
        }
    }

    fn unsigned(&mut self, sentence: usize, what: &str, kind: &str) {
        let raw = &self.places_in.raws[sentence];
        let by = self.places_in.clause(sentence, String::from(", signed by the approver"));
        let nobody = self.places_in.clause(sentence, format!("; nobody signs this {kind}"));
        let why = "what leaves the organisation is signed by somebody, unless the text says that nobody signs it";
        self.diagnostics.push(
            Diagnostic::error("E511", (raw.start, raw.end), format!("nobody signs this {what}"), why)
                .fix("Let the approver sign", by.start, by.end, by.text)
                .fix("Say that nobody signs it", nobody.start, nobody.end, nobody.text),
        );
    }

    /// Fills in the lists of fields that no sentence names, once the whole definition stands.
    pub(crate) fn fill(&mut self, definition: &mut Definition) {
        for (path, sentence, at, what, fields) in self.by_default(definition) {
            let words = render::fields_words(definition, &fields);
            let words = if fields.is_empty() { String::from("no fields") } else { words };
            let edit = match what {
                "shown" => self.places_in.seeing(sentence, at, &words),
                "sent" => insert(at, format!(" with {words}")),
                _ if self.places_in.text.get(at..at + 4).is_some_and(|next| next.eq_ignore_ascii_case("into")) => {
                    insert(at, format!("by {words} "))
                }
                _ => insert(at, format!(" by {words}")),
            };
            self.say(sentence, what, labels(self.places_in.names, &fields), Some(edit));
            self.shown_first(sentence);
            let empty = fields.is_empty();
            match step_mut(definition, &path) {
                Some(Step::Human(human)) => human.fields = fields,
                Some(Step::System(call)) => call.payload = fields,
                Some(Step::Agent(AgentStep {
                    work: AgentWork::Classify { subject, .. } | AgentWork::Score { subject, .. },
                    ..
                })) => {
                    *subject = fields;
                    if empty {
                        self.nothing_to_classify(sentence);
                    }
                }
                _ => {}
            }
        }
    }

    /// Each open list: its step, its sentence, its place, what it is, and the fields that hold by default.
    fn by_default(&mut self, definition: &Definition) -> Vec<OpenList> {
        let reach = defaults::Reach::of(definition);
        let of = |(path, sentence, at): (Path, usize, usize)| {
            let (what, fields) = match definition.step(&path)? {
                Step::Human(_) => ("shown", reach.shown(&path)),
                Step::System(_) => ("sent", reach.payload(&path)),
                Step::Agent(_) => ("classified by", reach.subject(&path)),
                _ => return None,
            };
            Some((path, sentence, at, what, fields))
        };
        std::mem::take(&mut self.open).into_iter().filter_map(of).collect()
    }

    /// A list of fields stands in front of the time, where both are put at the end of a sentence.
    fn shown_first(&mut self, sentence: usize) {
        if let Some(list) = self.defaults.get_mut(&sentence) {
            list.sort_by_key(|used| !["shown", "sent", "classified by"].contains(&used.what.as_str()));
        }
    }

    fn nothing_to_classify(&mut self, sentence: usize) {
        let raw = &self.places_in.raws[sentence];
        let why = "an agent goes by text, and no form has asked for a text before this step";
        self.diagnostics.push(
            Diagnostic::error("E509", (raw.start, raw.end), "there is nothing to go by here", why).advise(
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
            Step::LookUp(look) => &mut look.failure,
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
