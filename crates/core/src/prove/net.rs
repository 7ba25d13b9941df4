//! A definition as numbered steps, each with the place to which the case goes from it.

use alloc::{collections::BTreeMap, vec::Vec};

use crate::definition::{Definition, HumanStep, HumanVerb, Path, Step, index_u16};

/// The number of a step in a [`Net`], in the order of the text.
pub(crate) type Number = u16;

/// Where a case goes from the end of a step or of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Goto {
    /// To a step.
    To(Number),
    /// To the end of a track of this split.
    Join(Number),
    /// To the next item of this step over a list.
    Round(Number),
    /// To the stage of this number, when nothing holds the case in the one before it.
    Stage(usize),
    /// The case closes, as after a rejection that leads nowhere.
    Closed,
    /// The text ends here without closing the case.
    Nowhere,
}

/// One step and its ways out.
pub(crate) struct Node<'a> {
    pub path: Path,
    pub step: &'a Step,
    /// Where the case goes when the step is done.
    pub then: Goto,
    /// Where each block of the step begins, numbered as by [`Step::blocks`].
    pub blocks: Vec<Goto>,
}

/// A definition as numbered steps.
pub(crate) struct Net<'a> {
    pub definition: &'a Definition,
    pub nodes: Vec<Node<'a>>,
    /// Where each stage begins.
    pub stages: Vec<Goto>,
    numbers: BTreeMap<Path, Number>,
}

impl<'a> Net<'a> {
    pub(crate) fn new(definition: &'a Definition) -> Self {
        let mut net = Self { definition, nodes: Vec::new(), stages: Vec::new(), numbers: BTreeMap::new() };
        definition.walk(&mut |path, step| {
            net.numbers.insert(path.clone(), index_u16(net.nodes.len()));
            net.nodes.push(Node { path: path.clone(), step, then: Goto::Nowhere, blocks: Vec::new() });
        });
        for index in 0..net.nodes.len() {
            let path = net.nodes[index].path.clone();
            let blocks = net.nodes[index].step.blocks().len();
            net.nodes[index].then = net.place(&path.next());
            net.nodes[index].blocks =
                (0..blocks).map(|block| net.place(&path.child(index_u16(block)).child(0))).collect();
        }
        net.stages = (0..definition.stages.len()).map(|stage| net.place(&Path::stage(index_u16(stage)))).collect();
        net
    }

    pub(crate) fn node(&self, number: Number) -> &Node<'a> {
        &self.nodes[usize::from(number)]
    }

    pub(crate) fn number(&self, path: &Path) -> Option<Number> {
        self.numbers.get(path).copied()
    }

    /// The stage of this name.
    pub(crate) fn stage(&self, name: &str) -> Option<usize> {
        self.definition.stages.iter().position(|stage| stage.name == name)
    }

    /// Whether a step lies inside another.
    pub(crate) fn is_inside(&self, inner: Number, outer: Number) -> bool {
        self.node(inner).path.is_inside(&self.node(outer).path)
    }

    /// The step at a path, or where the case goes from the end of that block.
    pub(crate) fn place(&self, path: &Path) -> Goto {
        if let Some(number) = self.number(path) {
            return Goto::To(number);
        }
        let Some(outer) = path.parent() else {
            let next = path.stage_index() + 1;
            let stages = self.definition.stages.len();
            return if next < stages { Goto::Stage(next) } else { Goto::Nowhere };
        };
        match (self.definition.step(&outer), self.number(&outer)) {
            (Some(Step::Parallel { .. }), Some(split)) => Goto::Join(split),
            (Some(Step::Each { .. }), Some(each)) => Goto::Round(each),
            (Some(Step::Human(_)), _) => Goto::Closed,
            _ => self.place(&outer.next()),
        }
    }

    /// Every approval and its step.
    pub(crate) fn approvals(&self) -> impl Iterator<Item = (Number, &'a HumanStep)> {
        self.nodes.iter().enumerate().filter_map(|(index, node)| match node.step {
            Step::Human(human) if human.verb == HumanVerb::Approve => Some((index_u16(index), human)),
            _ => None,
        })
    }

    /// Whether one place is passed before another on some way through the text.
    ///
    /// A place inside a rejection's steps leads nowhere else, and one track of a split does not wait for another.
    pub(crate) fn comes_before(&self, place: &Path, path: &Path) -> bool {
        let handler = (2..place.0.len()).step_by(2).any(|length| {
            let outer = Path(place.0[..length].to_vec());
            !path.0.starts_with(&place.0[..=length]) && matches!(self.definition.step(&outer), Some(Step::Human(_)))
        });
        let common = place.0.iter().zip(&path.0).take_while(|(a, b)| a == b).count();
        !handler
            && match (place.0.get(common), path.0.get(common)) {
                (Some(_), Some(_)) if common >= 2 && common.is_multiple_of(2) => {
                    let outer = Path(place.0[..common].to_vec());
                    matches!(self.definition.step(&outer), Some(Step::Choice { .. }))
                }
                (Some(one), Some(other)) => one < other,
                (None, Some(_)) => true,
                (_, None) => false,
            }
    }
}
