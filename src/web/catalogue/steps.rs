//! A step of a process in a few words, for lists from which somebody picks one.

use countersign_core::{
    Context,
    definition::{AgentWork, Definition, HumanVerb, Path, Step, WaitUntil, Who},
    guard::words,
    people::Directory,
    time::Calendar,
    who,
};

use super::text::steering as text;

/// A step in a few words, with its stage: `Approval: the finance lead approves the claim`.
#[must_use]
pub fn step(definition: &Definition, path: &Path) -> String {
    let stage = definition.stages.get(path.stage_index()).map_or("", |stage| stage.name.as_str());
    let Some(step) = definition.step(path) else { return text::end_of_stage(stage) };
    let who = |who: &Who| named(definition, who);
    let what = match step {
        Step::Agent(agent) => match &agent.work {
            AgentWork::Extract { document, .. } => format!("the agent reads the {}", words(document)),
            AgentWork::Classify { field, .. } => format!("the agent chooses the {}", words(field)),
            AgentWork::Prepare { .. } => "the agent prepares the case".to_owned(),
            AgentWork::Score { field, .. } => format!("the agent scores the {}", words(field)),
            AgentWork::Judge { criterion, .. } => format!("the agent judges whether “{criterion}”"),
            AgentWork::Draft { field, .. } => format!("the {} is filled in from its template", words(field)),
        },
        Step::Check(check) => format!("a check that {}", check.words),
        Step::Human(human) => {
            let does = match human.verb {
                HumanVerb::Provide => "hands in",
                HumanVerb::Approve => "approves",
                HumanVerb::Review => "reviews",
                HumanVerb::Do => "does",
            };
            format!("{} {does} {}", who(&human.who), human.subject)
        }
        Step::Choice { .. } => "a choice".to_owned(),
        Step::Parallel { tracks, .. } => {
            let names: Vec<&str> = tracks.iter().map(|track| track.name.as_str()).collect();
            format!("side by side: {}", names.join(", "))
        }
        Step::Each { list, .. } => format!("for each of the {}", words(list)),
        Step::System(call) => format!("{} in the {}", call.operation, call.system),
        Step::LookUp(asked) => format!("the {} is asked", asked.system),
        Step::Message(message) => format!("{} is told", who(&message.to)),
        Step::Wait { until } => match until {
            WaitUntil::Message { name, .. } => format!("waiting for the {name}"),
            WaitUntil::Look { who: looks, .. } => format!("{} looks at it", who(looks)),
            WaitUntil::Passed { .. } | WaitUntil::Date { .. } => "waiting for a time".to_owned(),
        },
        Step::HandOver { who: to, .. } => format!("handed over to {}", who(to)),
        Step::Return { stage, .. } => format!("back to {stage}"),
        Step::End { closing } => format!("closed as {closing}"),
    };
    format!("{stage}: {what}")
}

/// Every step at which a case may go on from outside, in order: those that stand in no track and over no list.
#[must_use]
pub fn places(definition: &Definition) -> Vec<(Path, String)> {
    let mut all = Vec::new();
    definition.walk(&mut |path, _| {
        let held = (2..path.0.len()).step_by(2).any(|length| {
            let outer = definition.step(&Path(path.0[..length].to_vec()));
            matches!(outer, Some(Step::Parallel { .. } | Step::Each { .. }))
        });
        if !held {
            all.push((path.clone(), step(definition, path)));
        }
    });
    all
}

fn named(definition: &Definition, who: &Who) -> String {
    let (directory, calendar, version) = (Directory::default(), Calendar::default(), String::new());
    who::words(&Context { definition, version: &version, directory: &directory, calendar: &calendar }, who)
}
