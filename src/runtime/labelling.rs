//! Labels from ordinary decisions: whether what a person decided is what an agent had answered.

use std::collections::BTreeSet;

use countersign_core::{
    Verb, authorise,
    canonical::{Digest, digest},
    case::{Ask, Case, Origin, Outcome, Task, TaskState, Waiting},
    command::agent_key,
    definition::{AgentStep, AgentWork, CriterionExample, Definition, Path, Step},
    event::{Acting, EventKind},
    proposal::{Cascade, Doubt, Measure, Proposal, Stage, Verdict, yes_or_no},
    time::Timestamp,
    value::{FieldName, Value, Values},
};

use serde::Serialize;

use super::{
    Problem,
    engine::Engine,
    limits::{apart, limited},
    world::Loaded,
};
use crate::{
    certificate::{Labelled, StageLabel, WENT_AHEAD},
    store::{Answerer, Label, LabelOrigin},
};

/// The revision of how answers are scored, the built-in engine's too. With another rule scores mean something else, so
/// that nobody keeps a certificate for them: 2 lowers a model's for what was forgiven, see
/// [`crate::llm::parse::lowered`], and 3 for repairs; the built-in engine's come from held-back machines that learn for
/// fewer rounds.
pub(super) const SCORING: u32 = 3;

/// What a person decided, and when.
#[derive(Clone, Copy)]
pub(super) struct Deciding<'a> {
    pub(super) acting: &'a Acting,
    pub(super) kind: &'a EventKind,
    pub(super) at: Timestamp,
}

/// What a person's word says about an answer.
pub(super) struct Measured {
    pub(super) labelled: Labelled,
    /// The same for each stage of a cascade; empty where one alone answered.
    pub(super) stages: Vec<StageLabel>,
}

/// A question that an agent was asked in this case, and what a person said to it.
struct Settled<'a> {
    path: Path,
    visit: u32,
    step: &'a AgentStep,
    said: Said,
    audit: bool,
}

/// What a person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A word or a mark.
    Value(Value),
    /// Whether a criterion holds.
    Holds(bool),
}

impl Engine {
    /// What an event says about agents' answers: a person settles with it a suggestion that waited for nothing else,
    /// or decides later on the path what an agent had filled in.
    ///
    /// Only what nothing but the want of a certificate, its threshold or a check kept from going ahead counts, and what
    /// went ahead: what policies and forms hold back would be held back with a certificate too, and says nothing about
    /// what it lets go ahead.
    pub(super) async fn labels_of(
        &self,
        before: &Loaded,
        after: &Case,
        deciding: Deciding<'_>,
    ) -> Result<Vec<Label>, Problem> {
        let EventKind::TaskDecided { task, outcome, values, .. } = deciding.kind else { return Ok(Vec::new()) };
        let Some(asked) = before.case.task(*task) else { return Ok(Vec::new()) };
        if !after.task(*task).is_some_and(|task| matches!(task.state, TaskState::Closed { .. })) {
            return Ok(Vec::new());
        }
        let mut labels = Vec::new();
        let questions = match own_question(before, asked, *outcome, values) {
            Some(own) => vec![vec![own]],
            None => later_questions(before, after, asked, deciding),
        };
        for candidates in questions {
            for settled in candidates {
                if let Some(label) = self.label_of(before, after, &settled, deciding.at).await? {
                    labels.push(label);
                    break;
                }
            }
        }
        Ok(labels)
    }

    async fn label_of(
        &self,
        before: &Loaded,
        after: &Case,
        settled: &Settled<'_>,
        at: Timestamp,
    ) -> Result<Option<Label>, Problem> {
        let key = agent_key(&before.case.id, &settled.path, settled.visit);
        let Some(proposed) = self.store().proposed(&before.case.id, &key).await? else { return Ok(None) };
        let counts = match &proposed.verdict {
            Some(Verdict::Act) => true,
            Some(Verdict::Suggest { why }) => counts(why),
            Some(Verdict::Escalate { .. }) | None => false,
        };
        if !counts {
            return Ok(None);
        }
        let proposal = proposed.proposal;
        let matter = matter(&settled.step.work, &settled.path);
        let limits = self.store().limits(&before.case.process, &matter).await?;
        let measured = measured(&before.definition, settled.step, (&proposal, &limited(&limits)), &settled.said);
        let Some(Measured { mut labelled, stages }) = measured else { return Ok(None) };
        let went = matches!(proposed.verdict, Some(Verdict::Act | Verdict::Suggest { why: Doubt::Audit }));
        if !stages.is_empty() && went {
            labelled.score = WENT_AHEAD;
        }
        let of = answerer(&before.definition, &before.case.process, (&settled.path, settled.step), &proposal);
        Ok(Some(Label {
            of: apart(of, &limits, &proposal),
            key,
            matter,
            case_id: before.case.id.clone(),
            seq: after.seq,
            origin: LabelOrigin::Decided,
            at,
            labelled,
            stages,
            audit: settled.audit,
        }))
    }
}

const fn counts(why: &Doubt) -> bool {
    matches!(why, Doubt::ForPeople | Doubt::NotCertified | Doubt::BelowThreshold | Doubt::Audit)
}

/// The question of a task that asks for nothing but what the agent was asked.
fn own_question<'a>(before: &'a Loaded, asked: &Task, outcome: Outcome, values: &Values) -> Option<Settled<'a>> {
    let (Ask::Confirm { why: Some(why), .. } | Ask::Judge { why: Some(why), .. }) = &asked.ask else { return None };
    let waits = Waiting::Task { task: asked.number };
    let cursor = before.case.cursors.iter().find(|cursor| cursor.waiting == waits)?;
    let Some(Step::Agent(step)) = before.definition.step(&cursor.path) else { return None };
    let said = match &asked.ask {
        Ask::Confirm { field, .. } => Said::Value(values.get(field)?.clone()),
        _ => Said::Holds(outcome != Outcome::Rejected),
    };
    let audit = *why == Doubt::Audit;
    counts(why).then(|| Settled { path: cursor.path.clone(), visit: cursor.visit, step, said, audit })
}

/// What somebody decides who approves the case, or fills in a form that asks for what an agent had filled in: for each
/// field the steps that may have filled it, the latest first. What they may not see they do not decide.
fn later_questions<'a>(
    before: &'a Loaded,
    after: &Case,
    asked: &Task,
    deciding: Deciding<'_>,
) -> Vec<Vec<Settled<'a>>> {
    let EventKind::TaskDecided { outcome, values, .. } = deciding.kind else { return Vec::new() };
    let said = |field: &FieldName| match (&asked.ask, outcome) {
        (Ask::Approve { .. }, Outcome::Approved) => after.value(field).cloned(),
        (Ask::Provide { fields } | Ask::Do { fields }, Outcome::Completed) if fields.contains(field) => {
            values.get(field).cloned()
        }
        _ => None,
    };
    let sees = |field: &FieldName| {
        let verb = Verb::ReadField(field.clone());
        authorise(&before.context(), Some(&before.case), deciding.acting, &verb, deciding.at).is_ok()
    };
    filled_by_agents(&before.case)
        .filter_map(|field| Some((field, said(field)?)))
        .filter(|(field, _)| sees(field))
        .map(|(field, said)| {
            let steps = steps_filling(&before.definition, field).into_iter().rev();
            let asked = steps.filter_map(|(path, step)| {
                let visit = before.case.visits.get(&path).copied().filter(|visit| *visit > 0)?;
                Some(Settled { path, visit, step, said: Said::Value(said.clone()), audit: false })
            });
            asked.collect()
        })
        .collect()
}

/// Fields that hold an agent's word, or have one beside them, that no person has settled yet.
fn filled_by_agents(case: &Case) -> impl Iterator<Item = &FieldName> {
    let suggested = case.suggestions.iter().filter(|(_, one)| one.value.is_some()).map(|(field, _)| field);
    let written = case.fields.iter().filter(|(field, entry)| {
        matches!(entry.origin, Origin::Agent { .. }) && !case.suggestions.contains_key(*field)
    });
    suggested.chain(written.map(|(field, _)| field))
}

/// The steps of agents that decide this field, in the order of the text.
pub(super) fn steps_filling<'a>(definition: &'a Definition, field: &str) -> Vec<(Path, &'a AgentStep)> {
    let mut steps = Vec::new();
    definition.walk(&mut |path, step| {
        if let Step::Agent(step) = step
            && filled(&step.work).flatten().is_some_and(|name| name == field)
        {
            steps.push((path.clone(), step));
        }
    });
    steps
}

/// What is decided, wherever the text says it: a field, or a criterion. With other words it is another criterion.
pub(super) fn matter(work: &AgentWork, path: &Path) -> String {
    match work {
        AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } => field.clone(),
        AgentWork::Judge { criterion, .. } => criterion.clone(),
        AgentWork::Extract { .. } | AgentWork::Prepare { .. } | AgentWork::Draft { .. } => path.to_string(),
    }
}

/// Who is measured by this proposal. What an agent is told apart from the case belongs to it: with another text,
/// list, example or prompt it is another agent, about which nothing is known. So is a cascade with another stage, or
/// with another model at one.
pub(super) fn answerer(
    definition: &Definition,
    process: &str,
    of: (&Path, &AgentStep),
    proposal: &Proposal,
) -> Answerer {
    match &proposal.cascade {
        Some(cascade) => cascade_of(definition, process, of, cascade),
        None => {
            let mind = (proposal.engine.clone(), proposal.prompt.as_ref(), vec![proposal.measured]);
            who(definition, process, of, mind)
        }
    }
}

/// Who is measured where these stages answer as one.
pub(super) fn cascade_of(
    definition: &Definition,
    process: &str,
    of: (&Path, &AgentStep),
    cascade: &Cascade,
) -> Answerer {
    let measures = cascade.stages.iter().map(|stage| stage.measured).collect();
    who(definition, process, of, (cascade.engine(), cascade.prompt.as_ref(), measures))
}

fn who(
    definition: &Definition,
    process: &str,
    (path, step): (&Path, &AgentStep),
    (engine, prompt, measures): (String, Option<&Digest>, Vec<Option<Measure>>),
) -> Answerer {
    let field = filled(&step.work).flatten();
    let guideline = match &step.work {
        AgentWork::Judge { guideline: Some(name), .. } => definition.guidelines.get(name),
        _ => None,
    };
    let criterion = match &step.work {
        AgentWork::Judge { criterion, .. } => definition.criterion_examples(criterion),
        _ => &[],
    };
    let kind = field.and_then(|name| definition.field(name)).map(|field| &field.kind);
    let examples = field.and_then(|name| definition.examples.get(name));
    let about = (&step.work, kind, examples, guideline, (prompt, SCORING));
    let prompt = match &step.work {
        // With another cut-off other marks are right.
        AgentWork::Score { field, .. } => digest(&(about, measures, definition.cut_offs(field))),
        _ if measures.iter().all(Option::is_none) => told(&about, criterion),
        _ => told(&(about, measures), criterion),
    };
    Answerer { process: process.to_owned(), step: path.to_string(), engine, prompt }
}

/// Digest of everything that an agent is told apart from the case. Where its criterion has no examples it is what it
/// was before criteria could have some, so that nobody loses a certificate by a new version of the program.
fn told(about: &impl Serialize, criterion: &[CriterionExample]) -> Digest {
    if criterion.is_empty() { digest(about) } else { digest(&(about, criterion)) }
}

/// The field that an agent fills where its word chooses a path; `None` for work that needs no certificate.
pub(super) const fn filled(work: &AgentWork) -> Option<Option<&FieldName>> {
    match work {
        AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } => Some(Some(field)),
        AgentWork::Judge { .. } => Some(None),
        AgentWork::Extract { .. } | AgentWork::Prepare { .. } | AgentWork::Draft { .. } => None,
    }
}

/// What a person's word says about an answer: `None` when it said nothing, or nobody could say how sure they were.
pub(super) fn measured(
    definition: &Definition,
    step: &AgentStep,
    (proposal, kept): (&Proposal, &BTreeSet<String>),
    said: &Said,
) -> Option<Measured> {
    let right = agrees(definition, &step.work, &proposal.output.said()?, said);
    let Some(cascade) = &proposal.cascade else {
        return Some(Measured { labelled: Labelled { score: proposal.score?, right }, stages: Vec::new() });
    };
    let of_stage = |stage: &Stage| {
        let answer = stage.asked.as_ref()?;
        let right = agrees(definition, &step.work, answer.said.as_ref()?, said);
        Some(StageLabel { score: answer.score_unless(kept), right })
    };
    let stages: Vec<StageLabel> = cascade.stages.iter().map(|stage| of_stage(stage).unwrap_or_default()).collect();
    // What did not go ahead, see `WENT_AHEAD`.
    let labelled = Labelled { score: 0, right };
    stages.iter().any(|stage| stage.score.is_some()).then_some(Measured { labelled, stages })
}

/// Whether a person said what an agent had answered. A mark need not be the same where the process goes by its cut-offs
/// alone: then it is right when the case goes the same way.
fn agrees(definition: &Definition, work: &AgentWork, answered: &str, said: &Said) -> bool {
    match (work, said) {
        (_, Said::Holds(holds)) => answered == yes_or_no(*holds),
        (AgentWork::Score { field, .. }, Said::Value(said)) => {
            answered.parse().is_ok_and(|number| definition.goes_the_same_way(field, &Value::Number { number }, said))
        }
        (_, Said::Value(said)) => answered == said.plain(),
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::definition::RightAnswer;

    use super::*;

    #[test]
    fn examples_make_another_agent_and_their_lack_the_same_as_ever() {
        let about = ("work", 3);
        let example =
            |text: &str| CriterionExample { text: text.to_owned(), answer: RightAnswer::Pass, because: String::new() };
        assert_eq!(told(&about, &[]), digest(&about));
        let (one, other) = (told(&about, &[example("a")]), told(&about, &[example("b")]));
        assert!(one != other && one != told(&about, &[]));
    }
}
