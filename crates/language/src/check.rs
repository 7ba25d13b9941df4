//! What a whole process must have besides sentences that are understood.

use countersign_core::definition::{
    AgentWork, Definition, FieldKind, HumanVerb, Path, Prohibition, Signer, Step, WaitUntil, Who,
};

use super::{
    diagnostics::{Diagnostic, either, whole_line},
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
    pub steps: &'a [(Path, usize)],
    /// The sentence of each stage.
    pub headings: &'a [usize],
}

impl Places<'_> {
    fn sentence(&self, path: &Path) -> Option<usize> {
        if let [stage] = path.0.as_slice() {
            return self.headings.get(usize::from(*stage)).copied();
        }
        self.steps.iter().find(|(known, _)| known == path).map(|(_, sentence)| *sentence)
    }

    fn span(&self, path: &Path) -> (usize, usize) {
        self.sentence(path).and_then(|index| self.raws.get(index)).map_or((0, 0), |raw| (raw.start, raw.end))
    }
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
    people(definition, names, said, places, diagnostics);
    closings(definition, said, diagnostics);
    examples(definition, diagnostics);
    unused_roles(definition, said, diagnostics);
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
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut approves = false;
    let mut asks_approver: Option<Path> = None;
    let mut wrong: Vec<(Path, String, String)> = Vec::new();
    definition.walk(&mut |path, step| {
        if asks_approver.is_none() && involved(step).contains(&&Who::Approver) {
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
    if let (false, Some(path)) = (approves, asks_approver) {
        let why = "the approver is whoever approves in this process";
        diagnostics.push(
            Diagnostic::error("E520", places.span(&path), "the approver is named, but nobody approves anything", why)
                .advise("name a role, or write a step such as `The finance lead approves the claim.`"),
        );
    }
}

/// The name of whoever decides in a sentence.
fn decider(said: &[Said], sentence: usize) -> Option<&Name> {
    let one = said.iter().find(|one| one.index == sentence)?;
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

/// Everybody that a step involves.
pub(crate) fn involved(step: &Step) -> Vec<&Who> {
    match step {
        Step::Agent(agent) => {
            let reader = if let AgentWork::Prepare { reader } = &agent.work { Some(reader) } else { None };
            reader.into_iter().chain([&agent.on_unsure]).collect()
        }
        Step::Human(human) => {
            std::iter::once(&human.who).chain(human.escalations.iter().map(|escalation| &escalation.to)).collect()
        }
        Step::System(call) => vec![&call.on_failure],
        Step::Message(message) => vec![&message.to],
        Step::Wait { until: WaitUntil::Message { otherwise, .. } } => vec![otherwise],
        Step::Return { then, .. } => vec![then],
        Step::Wait { until: WaitUntil::Look { who, .. } } | Step::HandOver { who, .. } => vec![who],
        Step::LookUp(look) => vec![&look.on_failure],
        Step::Wait { .. }
        | Step::Check(_)
        | Step::Choice { .. }
        | Step::Parallel { .. }
        | Step::Each { .. }
        | Step::End { .. } => Vec::new(),
    }
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
    for rule in &definition.prohibitions {
        if let Prohibition::ApproverIs { who } = rule {
            person(who);
        }
    }
    let mut signers: Vec<String> = Vec::new();
    definition.walk(&mut |_, step| {
        involved(step).into_iter().for_each(&mut person);
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

fn explain(definition: &Definition, places: &Places<'_>, path: &Path, wrong: &Wrong) -> Diagnostic {
    let span = places.span(path);
    match wrong {
        Wrong::Unreachable => {
            let why = "the step before it closes the case or sends it back on every path";
            let line = whole_line(places.text, span);
            Diagnostic::error("E501", span, "no case ever comes to this step", why)
                .fix("Leave this sentence out", line.0, line.1, "")
                .advise("move it to where cases come by")
        }
        Wrong::UnreachableStage(index) => {
            let name = definition.stages.get(*index).map_or("", |stage| stage.name.as_str());
            let why = "every path of the stages before it closes the case or sends it back";
            Diagnostic::error("E501", span, format!("no case ever comes to the stage `{name}`"), why)
                .advise("leave the stage out, or close the case only under a condition")
        }
        Wrong::NotFilled(field) => not_filled(definition, span, field),
        Wrong::NotApproved(who) => {
            let message = format!("the {who} signs this, but on some path to it the {who} has approved nothing");
            let why = "what needs a signature is never sent without one that was really given";
            Diagnostic::error("E512", span, message, why)
                .advise(format!("write a step before it in which the {who} approves, on every path"))
                .advise("say that nobody signs it")
        }
        Wrong::RejectionGoesOn => {
            let why = "what was rejected must not go on as if it had been approved";
            Diagnostic::error("E519", span, "after a rejection here the case would go on", why)
                .advise("end the sentences about the rejection with `Close the case as rejected.` or `Return to ...`")
        }
        Wrong::ReturnsForward(stage) => {
            let why = "a case returns to something that it has been through; forward it goes by itself";
            let message = format!("the stage `{stage}` comes later, so no case can return to it");
            let found = Diagnostic::error("E518", span, message, why);
            let here = definition.stages.get(path.stage_index());
            let sentence = &places.text[span.0..span.1];
            match (here, sentence.to_lowercase().find(&format!("return to {}", stage.to_lowercase()))) {
                (Some(here), Some(at)) => {
                    let start = span.0 + at + "return to ".len();
                    found.fix(format!("Return to `{}`", here.name), start, start + stage.len(), written(&here.name))
                }
                _ => found.advise("name an earlier stage"),
            }
        }
        Wrong::DeadEnd => dead_end(definition, places, path),
    }
}

fn not_filled(definition: &Definition, span: (usize, usize), field: &str) -> Diagnostic {
    let label = definition.field(field).map_or(field, |field| field.label.as_str());
    let message = format!("on some path to this step nobody has filled `{label}` yet");
    let why = "a step that needs a value that is not there would be stuck";
    let found = Diagnostic::error("E508", span, message, why);
    match definition.field(field).map(|field| &field.source) {
        Some(countersign_core::definition::FieldSource::Form { form, .. }) => {
            found.advise(format!("write a step before it in which somebody fills in the {form}"))
        }
        Some(countersign_core::definition::FieldSource::Document { document }) => {
            found.advise(format!("read it from the {} before", document.replace('_', " ")))
        }
        _ => found.advise("let an agent classify it before"),
    }
}

fn dead_end(definition: &Definition, places: &Places<'_>, path: &Path) -> Diagnostic {
    let stage = path.stage_index();
    let mut inside = places.steps.iter().filter(|(step, _)| step.stage_index() == stage);
    let first = inside.clone().map(|(_, sentence)| *sentence).min();
    let last = inside.by_ref().map(|(_, sentence)| *sentence).max();
    // Sentences that say more about the last step stand behind it in the same bullets.
    let next = places.headings.iter().copied().filter(|heading| Some(*heading) > last).min();
    let plain = |index: &usize| places.raws.get(*index).is_some_and(|raw| is_bulleted(places.text, raw));
    let upper = next.unwrap_or(places.raws.len());
    let end = last.map(|last| (last..upper).take_while(plain).last().unwrap_or(last));
    let raw = end.and_then(|index| places.raws.get(index));
    let span = raw.map_or_else(|| places.span(path), |raw| (raw.start, raw.end));
    let name = definition.stages.get(stage).map_or("", |stage| stage.name.as_str());
    let message = format!("the stage `{name}` can end here without the case being closed");
    let why = "a case that nobody closes would stay open for ever";
    let found = Diagnostic::error("E502", span, message, why);
    match (first.and_then(|index| places.raws.get(index)), raw) {
        (Some(first), Some(last)) => {
            let line = places.text[..first.start].rfind('\n').map_or(0, |at| at + 1);
            let blanks: String = places.text[line..first.start].chars().take_while(|c| c.is_whitespace()).collect();
            let stop = if places.text[..last.end].ends_with(['.', ':']) { "" } else { "." };
            let text = format!("{stop}\n{blanks}- Close the case as done.");
            found.fix("Close the case there", last.end, last.end, text)
        }
        _ => found.advise("end the last stage with a sentence such as `Close the case as paid.`"),
    }
}

/// Whether the sentence stands in a bullet.
fn is_bulleted(text: &str, raw: &Raw) -> bool {
    let line = text[..raw.start].rfind('\n').map_or(0, |at| at + 1);
    text[line..].trim_start().starts_with(['-', '*'])
}
