//! From a graph to places: columns by `rust-sugiyama`, rows counted here, lines in the gaps between the rows.

use rust_sugiyama::configure::{Config, CrossingMinimization, RankingType};

use super::graph::{Graph, Node, What};

/// The room between two columns.
const COLUMN_GAP: f64 = 20.0;
/// The room between two rows, in which lines turn.
pub(super) const ROW_GAP: f64 = 26.0;
/// The height of a stage's heading.
pub(super) const HEADING: f64 = 34.0;
/// The room between two stages.
const STAGE_GAP: f64 = 22.0;
/// The room at the sides of a stage.
const SIDE: f64 = 14.0;
/// The room left of the stages for the first line that leads back, and for each further one.
const LANES: (f64, f64) = (16.0, 7.0);
/// Lines that lead back beyond this many share a lane.
const LANES_MAX: usize = 6;

/// A stage with places for everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Placed {
    pub nodes: Vec<PlacedNode>,
    pub edges: Vec<(usize, usize)>,
    pub too_large: bool,
    width: f64,
    height: f64,
}

/// Something with its place: the middle of its upper edge.
#[derive(Clone, Debug)]
pub(super) struct PlacedNode {
    pub what: What,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    /// Where its row ends.
    pub bottom: f64,
}

/// The whole drawing.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawing {
    pub width: f64,
    pub height: f64,
    pub bands: Vec<Band>,
    pub lines: Vec<Line>,
}

/// One stage in the whole drawing.
#[derive(Clone, Debug)]
pub(super) struct Band {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub nodes: Vec<PlacedNode>,
    pub too_large: bool,
}

/// A line through these points.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub points: Vec<(f64, f64)>,
    /// Whether it ends at something, so that it has a head.
    pub arrow: bool,
    /// Whether it leads back to an earlier stage.
    pub back: bool,
}

/// Finds places for one stage.
pub(super) fn place(graph: &Graph) -> Placed {
    let columns = columns(graph);
    let rows = graph.nodes.iter().map(|node| node.row + 1).max().unwrap_or(0);
    let mut heights = vec![0.0_f64; rows];
    for node in &graph.nodes {
        heights[node.row] = heights[node.row].max(node.height);
    }
    let mut tops = Vec::with_capacity(rows);
    let mut bottoms = Vec::with_capacity(rows);
    let mut y = 0.0;
    for (row, height) in heights.iter().enumerate() {
        tops.push(y);
        bottoms.push(y + height);
        // The gate of a stage has no height; the first step stands just below the heading.
        y += height + if row == 0 { ROW_GAP / 2.0 } else { ROW_GAP };
    }
    let left = graph.nodes.iter().zip(&columns).map(|(node, x)| x - node.width / 2.0).fold(f64::MAX, f64::min);
    let nodes: Vec<PlacedNode> = graph
        .nodes
        .iter()
        .zip(&columns)
        .map(|(node, x)| {
            let bend = matches!(node.what, What::Bend);
            PlacedNode {
                what: node.what.clone(),
                x: x - left,
                y: tops[node.row],
                width: node.width,
                height: if bend { heights[node.row] } else { node.height },
                bottom: bottoms[node.row],
            }
        })
        .collect();
    let width = nodes.iter().map(|node| node.x + node.width / 2.0).fold(0.0, f64::max);
    let height = bottoms.last().copied().unwrap_or_default();
    Placed { nodes, edges: graph.edges.clone(), too_large: graph.too_large, width, height }
}

/// The middle of each node's column.
fn columns(graph: &Graph) -> Vec<f64> {
    let mut columns = vec![0.0; graph.nodes.len()];
    if graph.edges.is_empty() {
        return columns;
    }
    let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
    let vertices: Vec<(u32, (f64, f64))> =
        graph.nodes.iter().enumerate().map(|(index, node)| (number(index), (node.width, 1.0))).collect();
    let edges: Vec<(u32, u32)> = graph.edges.iter().map(|(from, to)| (number(*from), number(*to))).collect();
    let config = Config {
        vertex_spacing: COLUMN_GAP,
        ranking_type: RankingType::Up,
        c_minimization: CrossingMinimization::Barycenter,
        transpose: false,
        ..Config::default()
    };
    for (places, _, _) in rust_sugiyama::from_vertices_and_edges(&vertices, &edges, &config) {
        for (index, (x, _)) in places {
            if let Some(column) = columns.get_mut(index) {
                *column = x;
            }
        }
    }
    if reads_backwards(&graph.nodes, &graph.edges, &columns) {
        columns.iter_mut().for_each(|x| *x = -*x);
    }
    columns
}

/// Whether more ways stand right of their later neighbours than left; the drawing is turned over then, so that the
/// first way of a choice stands left, as it stands first in the text.
fn reads_backwards(nodes: &[Node], edges: &[(usize, usize)], columns: &[f64]) -> bool {
    let (mut forwards, mut backwards) = (0_usize, 0_usize);
    for (index, _) in nodes.iter().enumerate() {
        let mut ways: Vec<usize> = edges.iter().filter(|(from, _)| *from == index).map(|(_, to)| *to).collect();
        ways.sort_unstable();
        for pair in ways.windows(2) {
            if columns[pair[0]] < columns[pair[1]] { forwards += 1 } else { backwards += 1 }
        }
    }
    backwards > forwards
}

/// Puts the stages below each other and draws the lines.
pub(super) fn stack(stages: Vec<Placed>) -> Drawing {
    let backs: usize = stages.iter().flat_map(|stage| &stage.nodes).filter(|node| leads_back(node).is_some()).count();
    let lanes = backs.min(LANES_MAX);
    let gutter = if lanes == 0 { 2.0 } else { LANES.0 + LANES.1 * (lanes - 1) as f64 };
    let gate = |stage: &Placed| stage.nodes.first().map_or(0.0, |node| node.x);
    let middle = stages.iter().map(gate).fold(0.0, f64::max);
    let width =
        stages.iter().map(|stage| middle - gate(stage) + stage.width).fold(0.0, f64::max).max(220.0) + 2.0 * SIDE;
    let mut drawing = Drawing { width: gutter + width + 2.0, ..Drawing::default() };
    let mut y = 1.0;
    for mut stage in stages {
        let shift = (gutter + SIDE + middle - gate(&stage), y + HEADING);
        for node in &mut stage.nodes {
            node.x += shift.0;
            node.y += shift.1;
            node.bottom += shift.1;
        }
        let height = HEADING + stage.height + ROW_GAP;
        edges(&stage, y + height, &mut drawing.lines);
        let band = Band { x: gutter, y, width, height, nodes: Vec::new(), too_large: stage.too_large };
        drawing.bands.push(Band { nodes: std::mem::take(&mut stage.nodes), ..band });
        y += height + STAGE_GAP;
    }
    drawing.height = (y - STAGE_GAP + 1.0).max(1.0);
    drawing.between_stages();
    drawing.lead_back(lanes);
    drawing
}

fn leads_back(node: &PlacedNode) -> Option<usize> {
    match &node.what {
        What::Step { back, .. } => *back,
        _ => None,
    }
}

/// The lines inside a stage: down, across in the gap, down; the last one to the floor of the stage.
fn edges(stage: &Placed, floor: f64, lines: &mut Vec<Line>) {
    for (from, to) in &stage.edges {
        let (from, to) = (&stage.nodes[*from], &stage.nodes[*to]);
        // A line that passes a row begins where it came in, so that nothing of it is missing beside the steps there.
        let passes = matches!(from.what, What::Bend);
        let start = (from.x, if passes { from.y } else { from.y + from.height });
        let gap = from.bottom + (to.y - from.bottom) / 2.0;
        let mut points = vec![start];
        if (from.x - to.x).abs() > 0.5 {
            points.push((from.x, gap));
            points.push((to.x, gap));
        }
        let ends = matches!(to.what, What::Gate);
        points.push((to.x, if ends { floor } else { to.y }));
        let arrow = matches!(to.what, What::Step { .. } | What::Mark { .. } | What::Bar { .. });
        lines.push(Line { points, arrow, back: false });
    }
}

impl Drawing {
    fn between_stages(&mut self) {
        for pair in self.bands.windows(2) {
            let [above, below] = pair else { continue };
            let end = above.nodes.iter().skip(1).find(|node| matches!(node.what, What::Gate));
            let (Some(end), Some(start)) = (end, below.nodes.first()) else { continue };
            let leave = above.y + above.height;
            let gap = leave + STAGE_GAP / 2.0;
            let mut points = vec![(end.x, leave)];
            if (end.x - start.x).abs() > 0.5 {
                points.push((end.x, gap));
                points.push((start.x, gap));
            }
            points.push((start.x, below.y));
            self.lines.push(Line { points, arrow: true, back: false });
            self.lines.push(Line { points: vec![(start.x, below.y), (start.x, start.y)], arrow: false, back: false });
        }
    }

    fn lead_back(&mut self, lanes: usize) {
        let mut lane = 0;
        let mut lines = Vec::new();
        for band in &self.bands {
            for node in &band.nodes {
                let Some(target) = leads_back(node).and_then(|stage| self.bands.get(stage)) else { continue };
                let x = target.x - 8.0 - LANES.1 * (lane % lanes.max(1)) as f64;
                let gap = node.bottom + ROW_GAP * 0.78;
                let into = target.y + HEADING / 2.0;
                let points = vec![(node.x, node.y + node.height), (node.x, gap), (x, gap), (x, into), (target.x, into)];
                lines.push(Line { points, arrow: true, back: true });
                lane += 1;
            }
        }
        self.lines.extend(lines);
    }
}
