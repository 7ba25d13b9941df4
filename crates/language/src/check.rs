//! What a whole process must have besides sentences that are understood.

use std::collections::BTreeMap;

use countersign_core::{
    definition::{Definition, FieldKind, HumanVerb, Losers, Path, Prohibition, Signer, Step, Who},
    guard::Guard,
};

use super::{
    cover,
    diagnostics::{Diagnostic, either},
    explain::explain,
    flow::{Flow, Wrong},
    meaning::{Clause, Meaning, Name},
    names::{Names, Said, nearest, same, written},
    sentence::Raw,
};

/// How a case closes after a rejection about which the text says nothing.
const REJECTED: &str = "rejected";

/// Where steps stand in the text.
pub(crate) struct Places<'a> {
    pub text: &'a str,
    pub raws: &'a [Raw],
    /// The sentence of each step, and of each branch.
    pub steps: BTreeMap<&'a Path, usize>,
    /// The sentence of each stage.
    pub headings: &'a [usize],
    /// The sentences that each step is, or that say more about it.
    about: BTreeMap<&'a Path, Vec<usize>>,
}

impl<'a> Places<'a> {
    /// Where the steps of a text stand: by the sentence of each, and by the step that each sentence is about.
    pub fn new(
        (text, raws): (&'a str, &'a [Raw]),
        headings: &'a [usize],
        steps: &'a [(Path, usize)],
        about: &'a BTreeMap<usize, Path>,
    ) -> Self {
        let mut places = Self { text, raws, steps: BTreeMap::new(), headings, about: BTreeMap::new() };
        for (path, sentence) in steps {
            places.steps.entry(path).or_insert(*sentence);
        }
        for (sentence, path) in about {
            places.about.entry(path).or_default().push(*sentence);
        }
        places
    }

    /// The sentences that are the step or say more about it, in order, each with its meaning.
    pub fn about<'s>(&self, path: &Path, said: &'s [Said]) -> impl Iterator<Item = &'s Said> {
        let sentences = self.about.get(path).map(Vec::as_slice).unwrap_or_default();
        sentences.iter().filter_map(|sentence| found(said, *sentence))
    }

    pub fn sentence(&self, path: &Path) -> Option<usize> {
        if let [stage] = path.0.as_slice() {
            return self.headings.get(usize::from(*stage)).copied();
        }
        self.steps.get(path).copied()
    }

    pub fn span(&self, path: &Path) -> (usize, usize) {
        self.sentence(path).and_then(|index| self.raws.get(index)).map_or((0, 0), |raw| (raw.start, raw.end))
    }
}

/// The sentence of this number, when it has a meaning.
fn found(said: &[Said], sentence: usize) -> Option<&Said> {
    let place = said.binary_search_by_key(&sentence, |one| one.index).ok()?;
    said.get(place)
}

/// Checks a definition as a whole.
pub(crate) fn check(
    definition: &Definition,
    names: &Names,
    said: &[Said],
    places: &Places<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    essentials(definition, places, diagnostics);
    let understood = !diagnostics.iter().any(Diagnostic::is_error);
    people(definition, names, said, places, understood, diagnostics);
    closings(definition, said, diagnostics);
    examples(definition, diagnostics);
    super::criteria::check(definition, diagnostics);
    conditions(definition, places, diagnostics);
    if understood {
        unused_roles(definition, said, diagnostics);
        super::rules::check(definition, names, said, places, diagnostics);
    }
    for (path, wrong) in Flow::follow(definition) {
        // While sentences are missing, what seems to be missing may stand in one of them.
        if understood || matches!(wrong, Wrong::Unreachable | Wrong::UnreachableStage(_) | Wrong::ReturnsForward(_)) {
            diagnostics.push(explain(definition, places, &path, &wrong));
        }
    }
}

fn essentials(definition: &Definition, places: &Places<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let start = (0, places.text.find('\n').unwrap_or(places.text.len()));
    let first_line = start.1;
    if definition.title.is_empty() {
        let why = "people call a process by its title, and its short name is made from it";
        diagnostics.push(Diagnostic::error("E513", start, "the process has no title", why).fix(
            "Add a title",
            0,
            0,
            "# New process\n\n",
        ));
    }
    if definition.starter.is_empty() {
        let why = "somebody must be able to open a case, and the text calls them by that name";
        diagnostics.push(Diagnostic::error("E514", start, "no sentence says who can start this process", why).fix(
            "Let an employee start it",
            first_line,
            first_line,
            "\n\nAn employee can start this process.",
        ));
    }
    if definition.accountable.is_empty() {
        let why = "somebody answers for the outcome of every case and takes over when nobody else does";
        diagnostics.push(
            Diagnostic::error("E515", start, "no sentence says who is accountable for this process", why).fix(
                "Make a process owner accountable",
                first_line,
                first_line,
                "\n\nThe process owner is accountable for this process.",
            ),
        );
    }
    if definition.stages.is_empty() {
        let why = "a case always stands in a stage";
        let end = places.text.len();
        diagnostics.push(Diagnostic::error("E516", start, "the process has no stage", why).fix(
            "Add a stage",
            end,
            end,
            "\n\nStage Start:\n- Close the case as done.\n",
        ));
    }
    for (stage, heading) in definition.stages.iter().zip(places.headings) {
        let raw = &places.raws[*heading];
        if stage.steps.is_empty() && !diagnostics.iter().any(Diagnostic::is_error) {
            let message = format!("the stage `{}` has no step", stage.name);
            let why = "a case would pass it without anybody noticing";
            diagnostics.push(
                Diagnostic::error("E516", (raw.start, raw.end), message, why)
                    .advise("write its steps as bullets below it"),
            );
        }
    }
}

/// Who may not do what, and who must exist.
fn people(
    definition: &Definition,
    names: &Names,
    said: &[Said],
    places: &Places<'_>,
    understood: bool,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut approves = false;
    let mut asks_approver: Option<Path> = None;
    let mut wrong: Vec<(Path, String, String)> = Vec::new();
    definition.walk(&mut |path, step| {
        if asks_approver.is_none() && step.people().contains(&&Who::Approver) {
            asks_approver = Some(path.clone());
        }
        let Step::Human(human) = step else { return };
        if human.verb != HumanVerb::Approve {
            return;
        }
        approves = true;
        let deciders = std::iter::once(&human.who).chain(human.escalations.iter().map(|escalation| &escalation.to));
        for who in deciders {
            if let Some((message, why)) = forbidden(definition, who) {
                wrong.push((path.clone(), message, why));
            }
        }
    });
    for (path, message, why) in wrong {
        let found = Diagnostic::error("E517", places.span(&path), message, why);
        let name = places.sentence(&path).and_then(|index| decider(said, index));
        let starter = names.starter.clone().unwrap_or_default();
        let requester = name.filter(|name| same(&name.text, &starter) || same(&name.text, "requester"));
        diagnostics.push(match requester {
            Some(name) => {
                let manager = format!("manager of the {}", written(&starter));
                found.fix(format!("Let the {manager} approve"), name.start, name.end, manager)
            }
            None => found.advise("name somebody else"),
        });
    }
    // The approval may be the sentence that is not understood yet.
    if let (true, false, Some(path)) = (understood, approves, asks_approver) {
        let why = "the approver is whoever approves in this process";
        diagnostics.push(
            Diagnostic::error("E520", places.span(&path), "the approver is named, but nobody approves anything", why)
                .advise("name a role, or write a step such as `The finance lead approves the claim.`"),
        );
    }
}

/// The name of whoever decides in a sentence.
fn decider(said: &[Said], sentence: usize) -> Option<&Name> {
    let one = found(said, sentence)?;
    match one.meaning.clause() {
        Some(Clause::Decide { who, .. }) => Some(who.name()),
        _ => None,
    }
}

/// Why this person may not approve.
fn forbidden(definition: &Definition, who: &Who) -> Option<(String, String)> {
    if *who == Who::Requester {
        let message = format!("the {} would approve their own request", definition.starter);
        return Some((
            message,
            String::from("whoever asks for something never signs it, nor anybody standing in for them"),
        ));
    }
    if *who == Who::Approver {
        let message = String::from("the approver approves: nobody is named");
        return Some((message, String::from("the approver is whoever a sentence asks for an approval")));
    }
    let banned =
        definition.prohibitions.iter().any(|rule| matches!(rule, Prohibition::ApproverIs { who: no } if no == who));
    banned.then(|| {
        let name = super::render::who(definition, who);
        let message = format!("{name} approves here, but another sentence says `The approver must never be {name}`");
        (message, String::from("both cannot be true of one process"))
    })
}

/// Every role that a definition names, in the order in which it names them.
pub(crate) fn roles(definition: &Definition) -> Vec<String> {
    let mut found: Vec<String> = vec![definition.accountable.clone()];
    let mut add = |role: &String| {
        if !found.contains(role) {
            found.push(role.clone());
        }
    };
    let mut person = |who: &Who| {
        if let Who::Role { role } = who {
            add(role);
        }
    };
    definition.visibility.iter().flat_map(|visibility| &visibility.readers).for_each(&mut person);
    definition.readers.iter().flatten().for_each(&mut person);
    definition.owners.iter().flat_map(|list| list.owners.values()).for_each(&mut person);
    for rule in &definition.prohibitions {
        if let Prohibition::ApproverIs { who } = rule {
            person(who);
        }
    }
    let mut signers: Vec<String> = Vec::new();
    definition.walk(&mut |_, step| {
        step.people().into_iter().for_each(&mut person);
        let signer = match step {
            Step::System(call) => &call.signer,
            Step::Message(message) => &message.signer,
            _ => return,
        };
        if let Signer::Role { role } = signer {
            signers.push(role.clone());
        }
    });
    signers.iter().for_each(add);
    found
}

fn unused_roles(definition: &Definition, said: &[Said], diagnostics: &mut Vec<Diagnostic>) {
    let used = roles(definition);
    for one in said {
        let Meaning::Roles(roles) = &one.meaning else { continue };
        for role in roles.iter().filter(|role| !used.iter().any(|known| same(known, &role.text))) {
            let message = format!("nothing in this process is for the {}", role.text);
            let why = "a role without a step is often a sentence that is missing";
            diagnostics.push(
                Diagnostic::warning("W201", (role.start, role.end), message, why)
                    .advise("leave the role out, or write what it does"),
            );
        }
    }
}

/// A success must be a way in which a case can close.
fn closings(definition: &Definition, said: &[Said], diagnostics: &mut Vec<Diagnostic>) {
    let mut known: Vec<String> = definition.withdrawal.iter().map(|withdrawal| withdrawal.closing.clone()).collect();
    definition.walk(&mut |_, step| match step {
        Step::End { closing } => known.push(closing.clone()),
        Step::Human(human) if human.on_rejected.is_empty() => known.push(String::from(REJECTED)),
        _ => {}
    });
    known.dedup();
    for one in said {
        let Meaning::Success(successes) = &one.meaning else { continue };
        for success in successes.iter().filter(|success| !known.iter().any(|closing| same(closing, &success.text))) {
            let message = format!("no case closes as `{}`; cases close as {}", success.text, either(&known));
            let why = "a success that never happens would count every case as a failure";
            let mut found = Diagnostic::error("E209", (success.start, success.end), message, why);
            let all: Vec<&String> = known.iter().collect();
            let close = nearest(&success.text, &all).or_else(|| known.first().map(String::as_str));
            if let Some(close) = close {
                found = found.fix(format!("Use `{close}`"), success.start, success.end, written(close));
            }
            diagnostics.push(found.advise("write a step that closes the case so"));
        }
    }
}

fn examples(definition: &Definition, diagnostics: &mut Vec<Diagnostic>) {
    for (name, examples) in &definition.examples {
        let options = definition.field(name).and_then(|field| match &field.kind {
            FieldKind::Choice { options } => Some(options),
            _ => None,
        });
        let why = "an agent learns from the examples which word to choose";
        let Some(options) = options else {
            let message = format!("the examples are for `{name}`, which is no field with a list of words");
            diagnostics
                .push(Diagnostic::error("E210", (0, 0), message, why).advise("correct the name beside the examples"));
            continue;
        };
        if let Some(wrong) = examples.iter().find(|example| !options.contains(&example.label)) {
            let message =
                format!("an example for `{name}` has the label `{}`; it can be {}", wrong.label, either(options));
            diagnostics
                .push(Diagnostic::error("E210", (0, 0), message, why).advise("correct the label of the example"));
        }
    }
}

/// Conditions that can never hold where they stand.
fn conditions(definition: &Definition, places: &Places<'_>, diagnostics: &mut Vec<Diagnostic>) {
    definition.walk(&mut |path, step| match step {
        Step::Check(check) if cover::never(&definition.fields, &check.guard) => {
            let why = "no value lies in all of it, so the check fails in every case";
            diagnostics.push(
                Diagnostic::error("E521", places.span(path), "this can never hold", why)
                    .advise("correct one of the values, or write `or` for `and`"),
            );
        }
        Step::Parallel { tracks, join } if join.losers() == Some(Losers::Finish) => {
            for (index, track) in tracks.iter().enumerate() {
                let inner = path.child(u16::try_from(index).unwrap_or(u16::MAX));
                leaving(&track.steps, &inner, &mut |path| diagnostics.push(leaves(places.span(path))));
            }
        }
        Step::Choice { branches, .. } => {
            let guards: Vec<&Guard> = branches.iter().map(|branch| &branch.guard).collect();
            for index in cover::dead(&definition.fields, &guards) {
                let span = places.span(&path.child(u16::try_from(index).unwrap_or(u16::MAX)));
                diagnostics.push(dead_branch(definition, span, guards[index]));
            }
        }
        _ => {}
    });
}

/// Calls `found` with every step that would close or move the whole case.
fn leaving(steps: &[Step], parent: &Path, found: &mut dyn FnMut(&Path)) {
    for (index, step) in steps.iter().enumerate() {
        let path = parent.child(u16::try_from(index).unwrap_or(u16::MAX));
        let rejects = matches!(step, Step::Human(human) if human.on_rejected.is_empty()
            && matches!(human.verb, HumanVerb::Approve | HumanVerb::Review));
        if rejects || matches!(step, Step::End { .. } | Step::Return { .. }) {
            found(&path);
        }
        for (number, inner) in step.blocks().into_iter().enumerate() {
            leaving(inner, &path.child(u16::try_from(number).unwrap_or(u16::MAX)), found);
        }
    }
}

fn leaves(span: (usize, usize)) -> Diagnostic {
    let why = "the others are let finish while the case goes on, so that none of them may close or move it, \
               nor a rejection in one of them";
    Diagnostic::error("E526", span, "this would close or move the case from a track that nobody waits for", why)
        .advise("write `cancel the others`, or put this step behind the tracks")
}

fn dead_branch(definition: &Definition, span: (usize, usize), guard: &Guard) -> Diagnostic {
    let found = |message, why| Diagnostic::error("E521", span, message, why);
    if cover::never(&definition.fields, guard) {
        return found("this condition can never hold", "no value lies in all of it")
            .advise("correct one of the values, or write `or` for `and`");
    }
    found("no case ever comes here: the conditions before it take every such case", "the first one wins")
        .advise("put it in front of them, or leave it out")
}
