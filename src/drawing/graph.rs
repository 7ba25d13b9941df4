//! A stage as a graph without circles: steps, the words on its ways, forks and joins.

use countersign_core::definition::{Definition, LookUpStep, Path, Step, SystemStep};

use super::{
    Extras, STEPS_A_STAGE_MAX, text,
    words::{self, StepWords},
};

/// The width of a step.
const STEP_WIDTH: f64 = 216.0;
/// The widest label on a way.
const LABEL_WIDTH: f64 = 168.0;
/// The room between a step's edge and its words.
pub(super) const INSET: f64 = 12.0;
/// The thickness of the bar of a fork or join.
const BAR: f64 = 5.0;
/// The length of the bar of a fork or join.
const BAR_WIDTH: f64 = 150.0;
/// The size of the mark at which the way divides.
const MARK: f64 = 14.0;

/// What stands at one place of the drawing.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Where the stage begins or ends; not drawn.
    Gate,
    /// A step.
    Step { path: Path, words: StepWords, lines: Lines, back: Option<usize> },
    /// Where the way divides by conditions.
    Mark { path: Path },
    /// Words on a way.
    Label { words: String, lines: Vec<String> },
    /// Where tracks begin, or end.
    Bar { path: Path, begins: bool },
    /// A line passes by.
    Bend,
}

/// The wrapped words of a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    pub what: Vec<String>,
    pub who: Vec<String>,
    pub when: Vec<String>,
    pub standing: Option<(String, bool)>,
}

/// One place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub what: What,
    pub width: f64,
    pub height: f64,
    pub row: usize,
}

/// The graph of one stage. Node 0 is where it begins; a later gate, if there is one, is where it ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<(usize, usize)>,
    /// Whether it has too many steps to be drawn.
    pub too_large: bool,
}

struct Builder<'a> {
    definition: &'a Definition,
    extras: &'a Extras,
    graph: Graph,
}

/// The graph of the stage with this number, with every line cut at each row that it passes.
pub(super) fn stage(definition: &Definition, number: usize, extras: &Extras) -> Graph {
    let mut builder = Builder { definition, extras, graph: Graph::default() };
    let start = builder.add(What::Gate, 8.0, 0.0);
    let Some(stage) = definition.stages.get(number) else { return builder.graph };
    if count(&stage.steps) > STEPS_A_STAGE_MAX {
        builder.graph.too_large = true;
        return builder.graph;
    }
    let path = Path(vec![u16::try_from(number).unwrap_or(u16::MAX)]);
    let open = builder.block(&stage.steps, &path, vec![start]);
    if !open.is_empty() {
        let end = builder.add(What::Gate, 8.0, 0.0);
        builder.join(&open, end);
    }
    rows(&mut builder.graph);
    bends(&mut builder.graph);
    builder.graph
}

fn count(steps: &[Step]) -> usize {
    steps.iter().map(|step| 1 + step.blocks().into_iter().map(count).sum::<usize>()).sum()
}

impl Builder<'_> {
    fn add(&mut self, what: What, width: f64, height: f64) -> usize {
        self.graph.nodes.push(Node { what, width, height, row: 0 });
        self.graph.nodes.len() - 1
    }

    fn join(&mut self, from: &[usize], to: usize) {
        self.graph.edges.extend(from.iter().map(|from| (*from, to)));
    }

    /// Adds the steps of a block behind `open`; returns the places from which it goes on.
    fn block(&mut self, steps: &[Step], parent: &Path, mut open: Vec<usize>) -> Vec<usize> {
        for (index, step) in steps.iter().enumerate() {
            open = self.step(step, &parent.child(u16::try_from(index).unwrap_or(u16::MAX)), &open);
        }
        open
    }

    fn step(&mut self, step: &Step, path: &Path, open: &[usize]) -> Vec<usize> {
        let inner = |index: usize| path.child(u16::try_from(index).unwrap_or(u16::MAX));
        match step {
            Step::Choice { branches, otherwise } => {
                let mark = self.add(What::Mark { path: path.clone() }, MARK, MARK);
                self.join(open, mark);
                let mut ends = Vec::new();
                for (index, branch) in branches.iter().enumerate() {
                    let words = words::if_words(&words::condition(self.definition, &branch.guard));
                    let label = self.label(&words, &[mark]);
                    ends.extend(self.block(&branch.steps, &inner(index), vec![label]));
                }
                let label = self.label(words::OTHERWISE, &[mark]);
                ends.extend(self.block(otherwise, &inner(branches.len()), vec![label]));
                ends
            }
            Step::Parallel { tracks, join } => {
                let fork = self.add(What::Bar { path: path.clone(), begins: true }, BAR_WIDTH, BAR);
                self.join(open, fork);
                let mut ends = Vec::new();
                for (index, track) in tracks.iter().enumerate() {
                    let label = self.label(&track.name, &[fork]);
                    ends.extend(self.block(&track.steps, &inner(index), vec![label]));
                }
                if ends.is_empty() {
                    return ends;
                }
                let bar = self.add(What::Bar { path: path.clone(), begins: false }, BAR_WIDTH, BAR);
                self.join(&ends, bar);
                vec![self.label(&words::join(*join), &[bar])]
            }
            Step::Human(human) => {
                let node = self.card(step, path, open);
                let mut ends = vec![node];
                if !human.on_rejected.is_empty() {
                    let label = self.label(&words::rejected(&human.subject), &[node]);
                    ends.extend(self.block(&human.on_rejected, &path.child(0), vec![label]));
                }
                ends
            }
            Step::System(SystemStep { system, failure, .. }) | Step::LookUp(LookUpStep { system, failure, .. }) => {
                let node = self.card(step, path, open);
                let mut ends = vec![node];
                if !failure.is_empty() {
                    let label = self.label(&words::fails(system), &[node]);
                    ends.extend(self.block(failure, &path.child(0), vec![label]));
                }
                ends
            }
            Step::Each { steps, .. } => {
                let node = self.card(step, path, open);
                let label = self.label(words::EACH_ROUND, &[node]);
                let round = self.block(steps, &path.child(0), vec![label]);
                if round.is_empty() {
                    return vec![node];
                }
                vec![self.label(words::EACH_DONE, &round)]
            }
            Step::Return { .. } | Step::End { .. } => {
                self.card(step, path, open);
                Vec::new()
            }
            Step::Agent(_) | Step::Check(_) | Step::Message(_) | Step::Wait { .. } | Step::HandOver { .. } => {
                vec![self.card(step, path, open)]
            }
        }
    }

    fn label(&mut self, words: &str, from: &[usize]) -> usize {
        let lines = text::wrap(words, LABEL_WIDTH);
        let width = lines.iter().map(|line| text::width(line)).fold(20.0, f64::max) + 2.0 * INSET;
        let height = lines.len() as f64 * text::LINE;
        let label = self.add(What::Label { words: words.to_owned(), lines }, width, height);
        self.join(from, label);
        label
    }

    fn card(&mut self, step: &Step, path: &Path, open: &[usize]) -> usize {
        let words = words::of(self.definition, step);
        let room = STEP_WIDTH - 2.0 * INSET;
        // The first line is set in bold, which is wider.
        let mut lines = Lines {
            what: text::wrap(&words.what, room * 0.93),
            who: words.who.as_ref().map(|who| text::wrap(who, room)).unwrap_or_default(),
            when: words.when.iter().flat_map(|when| text::wrap(when, room)).collect(),
            standing: None,
        };
        if let Some(standing) = self.extras.standing.get(path).filter(|standing| standing.here > 0) {
            lines.standing = Some((words::standing(standing.here, standing.late), standing.late > 0));
        }
        let count = lines.what.len() + lines.who.len() + lines.when.len() + usize::from(lines.standing.is_some());
        let height = count as f64 * text::LINE + 2.0 * INSET - 4.0;
        let back = match step {
            Step::Return { stage, .. } => self.definition.stages.iter().position(|known| known.name == *stage),
            _ => None,
        };
        let node = self.add(What::Step { path: path.clone(), words, lines, back }, STEP_WIDTH, height);
        self.join(open, node);
        node
    }
}

/// The longest way from the start gives the row. Edges are listed so that they always lead to later nodes.
fn rows(graph: &mut Graph) {
    let mut edges = graph.edges.clone();
    edges.sort_by_key(|(_, to)| *to);
    for (from, to) in edges {
        let row = graph.nodes[from].row + 1;
        let node = &mut graph.nodes[to];
        node.row = node.row.max(row);
    }
    // The way to the next stage leaves below everything else.
    let last = graph.nodes.iter().map(|node| node.row).max().unwrap_or(0);
    if let Some(end) = graph.nodes.iter_mut().skip(1).find(|node| matches!(node.what, What::Gate)) {
        end.row = last;
    }
}

/// Puts a bend into every row that a line passes, so that each line leads to the very next row.
fn bends(graph: &mut Graph) {
    let mut short = Vec::with_capacity(graph.edges.len());
    for (from, to) in std::mem::take(&mut graph.edges) {
        let (first, last) = (graph.nodes[from].row, graph.nodes[to].row);
        let mut before = from;
        for row in first + 1..last {
            graph.nodes.push(Node { what: What::Bend, width: 12.0, height: 0.0, row });
            short.push((before, graph.nodes.len() - 1));
            before = graph.nodes.len() - 1;
        }
        short.push((before, to));
    }
    graph.edges = short;
}
