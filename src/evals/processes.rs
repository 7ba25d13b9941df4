//! Scoring a describer: a prose goes in, who does what in which order comes out, and both are compared with what an
//! expert found. Metrics as in Bellan et al., PET (BPM 2022 workshops, arXiv 2203.04860): activities by verb and
//! object, who carries them out, gateways by kind, and order by what follows what.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use countersign_core::definition::{AgentWork, Definition, Step};
use serde::{Deserialize, Serialize};

use super::{
    EvalError,
    dataset::json_lines,
    suite::{CASES_FILE, SUITE_FILE},
};
use crate::language::{self, Attachments, GatewayKind, ProseOutline, stem};

/// The largest file with rows, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Words that tell nothing about what something is.
const EMPTY: &[&str] = &["the", "a", "an", "of", "to", "in", "on", "for", "and", "or", "its", "their", "this", "all"];

/// What a describer found in a prose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// The steps, in the order of the description.
    pub steps: Vec<DescribedStep>,
    /// Places where ways part, by kind.
    pub gateways: Vec<GatewayKind>,
    /// Whether it is a process that could be published.
    pub publishable: bool,
}

/// One step that a describer found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribedStep {
    /// What is done, and with what.
    pub words: String,
    /// By whom, where it says so.
    pub actor: Option<String>,
    /// Choices and tracks that it stands in, each with the way that it is on.
    pub ways: Vec<(usize, usize)>,
}

/// Makes something of a prose.
pub trait Describer {
    /// What the prose tells of.
    fn describe(&self, id: &str, prose: &str) -> Described;
}

/// The describer without a model: the outline of the prose.
#[derive(Clone, Copy, Debug)]
pub struct Offline;

impl Describer for Offline {
    fn describe(&self, _: &str, prose: &str) -> Described {
        let ProseOutline { steps, gateways } = language::outline(prose);
        let step = |step: language::ProseStep| DescribedStep {
            words: format!("{} {}", step.verb, step.object.unwrap_or_default()),
            actor: step.actor,
            ways: step.way.into_iter().collect(),
        };
        Described {
            steps: steps.into_iter().map(step).collect(),
            gateways: gateways.into_iter().map(|gateway| gateway.kind).collect(),
            publishable: false,
        }
    }
}

/// Process texts that somebody or something else wrote before, by the row's name.
#[derive(Clone, Debug, Default)]
pub struct Written(BTreeMap<String, String>);

#[derive(Deserialize)]
struct WrittenLine {
    id: String,
    text: String,
}

impl Written {
    /// Reads `{"id": .., "text": ..}` a line: the process text for the row of that name.
    ///
    /// # Errors
    /// [`EvalError`], when the file cannot be read or a line is not of this form.
    pub fn read(file: &Path) -> Result<Self, EvalError> {
        let lines: Vec<WrittenLine> = rows(file)?;
        Ok(Self(lines.into_iter().map(|line| (line.id, line.text)).collect()))
    }
}

impl Describer for Written {
    fn describe(&self, id: &str, _: &str) -> Described {
        self.0.get(id).map(|text| of_text(text)).unwrap_or_default()
    }
}

/// What a process text describes; what is only kept from being published by open questions counts as well.
pub(super) fn of_text(text: &str) -> Described {
    let compiled = language::compile(text, &Attachments::default());
    let publishable = compiled.definition.is_some();
    let definition = compiled.definition.or(compiled.draft);
    let mut described = definition.map(|definition| Described::of(&definition)).unwrap_or_default();
    described.publishable = publishable;
    described
}

impl Described {
    /// What a definition says, in the same terms.
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        let mut found = Self::default();
        let mut parting: Vec<(Vec<u16>, usize)> = Vec::new();
        definition.walk(&mut |path, step| {
            let ways = parting
                .iter()
                .filter(|(above, _)| path.0.starts_with(above) && path.0.len() > above.len())
                .map(|(above, gateway)| (*gateway, usize::from(path.0[above.len()])))
                .collect();
            let push = |words: String, actor: Option<String>| {
                found.steps.push(DescribedStep { words, actor, ways });
            };
            match step {
                Step::Human(human) => push(
                    format!("{:?} {}", human.verb, human.subject).to_lowercase(),
                    Some(language::who(definition, &human.who)),
                ),
                Step::System(call) => push(format!("{} {}", call.operation, call.system), None),
                Step::Message(message) => push(format!("inform {}", language::who(definition, &message.to)), None),
                Step::Check(check) => push(format!("check {}", check.words), None),
                Step::Agent(agent) => push(agent_words(&agent.work), None),
                Step::Choice { .. } => {
                    parting.push((path.0.clone(), found.gateways.len()));
                    found.gateways.push(GatewayKind::Choice);
                }
                Step::Parallel { .. } => {
                    parting.push((path.0.clone(), found.gateways.len()));
                    found.gateways.push(GatewayKind::Together);
                }
                _ => {}
            }
        });
        found
    }
}

fn agent_words(work: &AgentWork) -> String {
    match work {
        AgentWork::Extract { document, .. } => format!("read {document}"),
        AgentWork::Classify { field, .. } => format!("classify {field}"),
        _ => String::from("prepare"),
    }
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    id: String,
    input: String,
    gold: Gold,
}

#[derive(Deserialize)]
struct Gold {
    activities: Vec<Activity>,
    nodes: Vec<Node>,
    flow: Vec<(String, String)>,
    #[serde(default)]
    same_gateway: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Activity {
    id: String,
    verb: String,
    objects: Vec<String>,
    actors: Vec<String>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    r#type: String,
}

/// The figures over all rows. Shares are given in thousandths, so that they are exact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Descriptions.
    pub rows: usize,
    /// Activities that the expert found.
    pub gold_activities: usize,
    /// Steps that the describer found.
    pub described_steps: usize,
    /// Steps that are one of the expert's activities, one to one.
    pub matched_activities: usize,
    /// Balance of precision and recall over activities.
    pub activity_f1_thousandths: usize,
    /// Matched activities of which the expert names who does them.
    pub with_actor: usize,
    /// Those where the describer names the same.
    pub actor_right: usize,
    /// Their share.
    pub actor_accuracy_thousandths: usize,
    /// Gateways that the expert found.
    pub gold_gateways: usize,
    /// Gateways that the describer found.
    pub described_gateways: usize,
    /// As many of each kind as both found in a row.
    pub gateways_of_the_right_kind: usize,
    /// Balance of precision and recall over gateways by kind.
    pub gateway_f1_thousandths: usize,
    /// Pairs of matched activities of which one follows the other, by the expert.
    pub gold_follows: usize,
    /// The same by the describer.
    pub described_follows: usize,
    /// Pairs on which both agree.
    pub follows_right: usize,
    /// Balance of precision and recall over these pairs.
    pub order_f1_thousandths: usize,
    /// Descriptions that became a process that could be published.
    pub publishable: usize,
    /// Sentences of all descriptions.
    pub sentences: usize,
    /// Sentences that the process language accepts as they stand, each with what it takes them for.
    pub accepted: Vec<Accepted>,
}

/// A sentence of a prose that is accepted as a process text as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The row.
    pub row: String,
    /// The sentence.
    pub text: String,
    /// A sentence of the shape that it is taken for.
    pub like: String,
}

/// Whether the folder holds a suite for describers.
#[must_use]
pub fn is_suite(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join(SUITE_FILE)).unwrap_or_default();
    text.parse::<toml::Table>().is_ok_and(|suite| suite.get("agent").and_then(toml::Value::as_str) == Some("describe"))
}

/// Scores a describer on the rows of the files, or on the suite's own.
///
/// # Errors
/// [`EvalError`], when a file cannot be read or a row does not hold what it should.
pub fn score(suite: &Path, data: &[PathBuf], describer: &dyn Describer) -> Result<Figures, EvalError> {
    let mut figures = Figures::default();
    for file in own_files(suite, data) {
        for row in rows::<Row>(&file)? {
            figures.add(&row, &describer.describe(&row.id, &row.input));
        }
    }
    figures.close();
    Ok(figures)
}

/// The files that are named, or the suite's own.
pub(super) fn own_files(suite: &Path, data: &[PathBuf]) -> Vec<PathBuf> {
    if data.is_empty() { vec![suite.join(CASES_FILE)] } else { data.to_vec() }
}

pub(super) fn rows<T: serde::de::DeserializeOwned>(file: &Path) -> Result<Vec<T>, EvalError> {
    let unreadable = |why: String| EvalError::Unreadable { file: file.display().to_string(), why };
    let size = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(unreadable(format!("it has {size} bytes; {FILE_BYTES_MAX} is the most")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    json_lines(file, &text)
        .map(|(line, json)| {
            serde_json::from_value(json?).map_err(|error| EvalError::Row {
                file: file.display().to_string(),
                line,
                why: error.to_string(),
            })
        })
        .collect()
}

impl Figures {
    fn add(&mut self, row: &Row, described: &Described) {
        self.rows += 1;
        self.publishable += usize::from(described.publishable);
        let gold = &row.gold;
        self.gold_activities += gold.activities.len();
        self.described_steps += described.steps.len();
        let pairs = matched(&gold.activities, &described.steps);
        self.matched_activities += pairs.len();
        for (activity, step) in &pairs {
            let actors = &gold.activities[*activity].actors;
            if !actors.is_empty() {
                self.with_actor += 1;
                let actor = described.steps[*step].actor.as_deref().map(content).unwrap_or_default();
                self.actor_right += usize::from(actors.iter().any(|gold| !content(gold).is_disjoint(&actor)));
            }
        }
        self.gateways(gold, described);
        self.order(gold, described, &pairs);
        for sentence in language::nearest_shapes(&row.input) {
            self.sentences += 1;
            if let Some(taken) = sentence.taken_for {
                let like = String::from(taken.like);
                self.accepted.push(Accepted { row: row.id.clone(), text: sentence.text, like });
            }
        }
    }

    fn gateways(&mut self, gold: &Gold, described: &Described) {
        for (kind, word) in [(GatewayKind::Choice, "XOR"), (GatewayKind::Together, "AND")] {
            let mentions = gold.nodes.iter().filter(|node| node.r#type.starts_with(word));
            // Several mentions of one gateway count once.
            let again: BTreeSet<&str> = gold.same_gateway.iter().map(|(_, later)| later.as_str()).collect();
            let expected = mentions.filter(|node| !again.contains(node.id.as_str())).count();
            let found = described.gateways.iter().filter(|found| **found == kind).count();
            self.gold_gateways += expected;
            self.described_gateways += found;
            self.gateways_of_the_right_kind += expected.min(found);
        }
    }

    fn order(&mut self, gold: &Gold, described: &Described, pairs: &[(usize, usize)]) {
        let after = reachable(gold);
        for (first, (activity, step)) in pairs.iter().enumerate() {
            for (second, (other, later)) in pairs.iter().enumerate() {
                if first == second {
                    continue;
                }
                let ids = (gold.activities[*activity].id.as_str(), gold.activities[*other].id.as_str());
                let expected = after.get(ids.0).is_some_and(|after| after.contains(ids.1));
                let found = step < later && !apart(&described.steps[*step], &described.steps[*later]);
                self.gold_follows += usize::from(expected);
                self.described_follows += usize::from(found);
                self.follows_right += usize::from(expected && found);
            }
        }
    }

    fn close(&mut self) {
        self.activity_f1_thousandths = f1(self.matched_activities, self.gold_activities, self.described_steps);
        self.actor_accuracy_thousandths = (self.actor_right * 1_000).checked_div(self.with_actor).unwrap_or(0);
        self.gateway_f1_thousandths = f1(self.gateways_of_the_right_kind, self.gold_gateways, self.described_gateways);
        self.order_f1_thousandths = f1(self.follows_right, self.gold_follows, self.described_follows);
    }
}

/// Whether two steps stand on different ways of one place where ways part.
fn apart(one: &DescribedStep, other: &DescribedStep) -> bool {
    one.ways.iter().any(|(gateway, way)| other.ways.iter().any(|(same, else_)| gateway == same && way != else_))
}

/// Twice what is right over everything expected and found (van Rijsbergen), in thousandths.
fn f1(right: usize, expected: usize, found: usize) -> usize {
    (2_000 * right).checked_div(expected + found).unwrap_or(0)
}

/// The words that tell what something is, without their endings.
fn content(words: &str) -> BTreeSet<String> {
    words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !EMPTY.contains(&word.to_lowercase().as_str()))
        .map(stem)
        .collect()
}

/// Activities and steps that are the same, one to one, in the order of the text: the verb is the same, and the
/// objects share a word where both name one.
fn matched(activities: &[Activity], steps: &[DescribedStep]) -> Vec<(usize, usize)> {
    let mut free: BTreeSet<usize> = (0..steps.len()).collect();
    let mut pairs = Vec::new();
    for (index, activity) in activities.iter().enumerate() {
        let verb = content(&activity.verb);
        let objects: BTreeSet<String> = activity.objects.iter().flat_map(|object| content(object)).collect();
        let same = |step: &&usize| {
            let words = content(&steps[**step].words);
            let rest: BTreeSet<&String> = words.difference(&verb).collect();
            let shared = objects.iter().any(|object| rest.contains(object));
            verb.iter().any(|word| words.contains(word)) && (objects.is_empty() || rest.is_empty() || shared)
        };
        if let Some(step) = free.iter().find(same).copied() {
            free.remove(&step);
            pairs.push((index, step));
        }
    }
    pairs
}

/// What can come after each node. Mentions of one gateway are one node.
fn reachable(gold: &Gold) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut one: BTreeMap<&str, &str> = BTreeMap::new();
    for (first, again) in &gold.same_gateway {
        let root = one.get(first.as_str()).copied().unwrap_or(first);
        one.insert(again, root);
    }
    let node = |id| one.get(id).copied().unwrap_or(id);
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in &gold.flow {
        next.entry(node(from.as_str())).or_default().insert(node(to.as_str()));
    }
    let mut all = BTreeMap::new();
    for activity in &gold.activities {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![activity.id.as_str()];
        while let Some(at) = open.pop() {
            for to in next.get(at).into_iter().flatten() {
                if seen.insert(to) {
                    open.push(to);
                }
            }
        }
        all.insert(activity.id.as_str(), seen);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_the_own_rows_are_described() {
        let figures = score(Path::new("evals/processes"), &[], &Offline).unwrap();
        assert_eq!((figures.rows, figures.gold_activities, figures.matched_activities), (2, 8, 8));
        assert_eq!((figures.with_actor, figures.actor_right), (8, 8));
        assert_eq!((figures.gold_gateways, figures.gateways_of_the_right_kind), (2, 2));
        assert!(figures.order_f1_thousandths > 800, "{figures:?}");
    }

    #[test]
    fn check_a_written_process_is_scored_in_the_same_terms() {
        let text = "# T\n\nA guest can start this process.\nThe host is accountable for this process.\n\nThe form asks \
                    for the room (text).\n\nStage A:\n- The host does \"confirm the room\".\n- Close the case as done.\n";
        let written = Written(BTreeMap::from([(String::from("room"), String::from(text))]));
        let figures = score(Path::new("evals/processes"), &[], &written).unwrap();
        assert_eq!((figures.publishable, figures.described_steps, figures.matched_activities), (1, 1, 1));
        assert_eq!(figures.actor_right, 1);
    }
}
