//! The drawing as SVG, and the same as a nested list for whoever does not see it.

use countersign_core::definition::{Definition, Path, Step};
use maud::{Markup, html};

use super::{
    Extras,
    graph::{INSET, Lines, What},
    layout::{Band, Drawing, HEADING, Line, PlacedNode},
    text,
    words::{self, StepWords},
};

/// How round the corners of lines are.
const CORNER: f64 = 6.0;
/// How far the words of a line stand above its lower edge.
const BASELINE: f64 = 5.0;

/// The breadth of a drawing is told in steps of this.
const BREADTH: f64 = 100.0;
/// So many steps at most.
const BREADTHS_MAX: f64 = 24.0;

/// The whole drawing.
pub(super) fn page(definition: &Definition, title: &str, drawing: &Drawing, extras: &Extras) -> Markup {
    let (width, height) = (number(drawing.width), number(drawing.height));
    html! {
        svg class={ "process " (breadth(drawing.width)) } xmlns="http://www.w3.org/2000/svg" width=(width) height=(height)
            viewBox={ "0 0 " (width) " " (height) } role="group" aria-label=(title) {
            title { (title) }
            @for (band, stage) in drawing.bands.iter().zip(&definition.stages) {
                rect.band x=(number(band.x)) y=(number(band.y)) width=(number(band.width))
                    height=(number(band.height)) rx="6" {}
                text.stage-name x=(number(band.x + INSET)) y=(number(band.y + HEADING - 12.0)) { (stage.name) }
            }
            @for line in &drawing.lines { (draw_line(line)) }
            @for band in &drawing.bands { (draw_band(definition, band, extras)) }
        }
    }
}

/// How broad the drawing is, as a class: the style sheet keeps its words readable when it is made to fit.
fn breadth(width: f64) -> String {
    let steps = (width / BREADTH).floor().clamp(1.0, BREADTHS_MAX);
    format!("breadth-{}", number(steps))
}

fn draw_line(line: &Line) -> Markup {
    let class = if line.back { "way back" } else { "way" };
    html! {
        path class=(class) d=(rounded(&line.points)) fill="none" {}
        @if line.arrow { path class=(if line.back { "head back" } else { "head" }) d=(head(&line.points)) {} }
    }
}

fn draw_band(definition: &Definition, band: &Band, extras: &Extras) -> Markup {
    html! {
        @if band.too_large {
            text.label x=(number(band.x + INSET)) y=(number(band.y + HEADING + 4.0)) { (words::TOO_LARGE) }
        }
        @for node in &band.nodes {
            @match &node.what {
                What::Gate | What::Bend => {}
                What::Bar { path, begins: true } => {
                    @let words = words::at(definition, path).map(|words| words.what).unwrap_or_default();
                    a.fork href=(href(extras, path)) data-path=(path) data-sentence=(sentences(extras, path))
                        aria-label=(words) { title { (words) } (bar(node)) }
                }
                What::Bar { path, begins: false } => {
                    g data-path=(path) data-sentence=(sentences(extras, path)) { (bar(node)) }
                }
                What::Mark { path } => {
                    a.mark href=(href(extras, path)) data-path=(path) data-sentence=(sentences(extras, path))
                        aria-label=(words::DIVIDES) {
                        path d=(diamond(node)) {}
                        (standing_beside(node, path, extras))
                    }
                }
                What::Label { words, lines } => { (label(node, words, lines)) }
                What::Step { path, words, lines, .. } => { (card(node, path, words, lines, extras)) }
            }
        }
    }
}

fn bar(node: &PlacedNode) -> Markup {
    html! {
        rect.bar x=(number(node.x - node.width / 2.0)) y=(number(node.y)) width=(number(node.width))
            height=(number(node.height)) rx="2" {}
    }
}

fn standing_beside(node: &PlacedNode, path: &Path, extras: &Extras) -> Markup {
    let standing = extras.standing.get(path).filter(|standing| standing.here > 0);
    html! {
        @if let Some(standing) = standing {
            text class=(if standing.late > 0 { "standing late" } else { "standing" }) x=(number(node.x + node.width))
                y=(number(node.y + node.height - 2.0)) { (words::standing(standing.here, standing.late)) }
        }
    }
}

fn label(node: &PlacedNode, words: &str, lines: &[String]) -> Markup {
    html! {
        g {
            title { (words) }
            rect.behind x=(number(node.x - node.width / 2.0)) y=(number(node.y)) width=(number(node.width))
                height=(number(node.height)) {}
            @for (place, line) in lines.iter().enumerate() {
                text.label x=(number(node.x)) y=(number(baseline(node.y, place))) text-anchor="middle" { (line) }
            }
        }
    }
}

fn card(node: &PlacedNode, path: &Path, words: &StepWords, lines: &Lines, extras: &Extras) -> Markup {
    let left = node.x - node.width / 2.0;
    let chosen = extras.chosen.as_ref() == Some(path);
    let class = format!("step {}{}", words.kind.class(), if chosen { " chosen" } else { "" });
    let shape = if words.kind == words::Kind::End { "16" } else { "5" };
    let rows = lines.what.iter().map(|line| ("what", line));
    let rows = rows.chain(lines.who.iter().map(|line| ("who", line)));
    let rows = rows.chain(lines.when.iter().map(|line| ("when", line)));
    let standing = lines.standing.iter().map(|(line, late)| (if *late { "standing late" } else { "standing" }, line));
    html! {
        a class=(class) href=(href(extras, path)) data-path=(path) data-sentence=(sentences(extras, path))
            aria-current=[chosen.then_some("true")] {
            title { (in_one_line(words, lines)) }
            rect.card x=(number(left)) y=(number(node.y)) width=(number(node.width)) height=(number(node.height))
                rx=(shape) {}
            rect.side x=(number(left)) y=(number(node.y + 5.0)) width="3" height=(number(node.height - 10.0)) {}
            @for (place, (class, line)) in rows.chain(standing).enumerate() {
                text class=(class) x=(number(left + INSET)) y=(number(baseline(node.y + INSET - 4.0, place))) { (line) }
            }
        }
    }
}

fn in_one_line(words: &StepWords, lines: &Lines) -> String {
    let mut all = vec![words.what.clone()];
    all.extend(words.who.iter().cloned());
    all.extend(words.when.iter().cloned());
    all.extend(lines.standing.iter().map(|(line, _)| line.clone()));
    all.join("; ")
}

fn baseline(top: f64, place: usize) -> f64 {
    top + text::LINE * (place + 1) as f64 - BASELINE
}

/// Where a step leads to: what the page says, else its first sentence, else the step in the list.
fn href(extras: &Extras, path: &Path) -> String {
    match &extras.link {
        Some(link) => link.replace("{path}", &path.to_string()),
        None => match extras.sentences.get(path).and_then(|all| all.first()) {
            Some(sentence) => format!("#sentence-{sentence}"),
            None => format!("#step-{path}"),
        },
    }
}

fn sentences(extras: &Extras, path: &Path) -> String {
    let all: Vec<String> = extras.sentences.get(path).into_iter().flatten().map(ToString::to_string).collect();
    all.join(" ")
}

fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn diamond(node: &PlacedNode) -> String {
    let (x, y, half) = (node.x, node.y, node.height / 2.0);
    let point = |x: f64, y: f64| format!("{} {}", number(x), number(y));
    format!(
        "M{} L{} L{} L{} Z",
        point(x, y),
        point(x + half, y + half),
        point(x, y + 2.0 * half),
        point(x - half, y + half)
    )
}

/// A line through the points with round corners.
fn rounded(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let (before, after) = (index.checked_sub(1).and_then(|at| points.get(at)), points.get(index + 1));
        match (before, after) {
            (None, _) => d.push_str(&format!("M{} {}", number(*x), number(*y))),
            (Some(_), None) => d.push_str(&format!(" L{} {}", number(*x), number(*y))),
            (Some(before), Some(after)) => {
                let (enter, leave) = (towards((*x, *y), *before), towards((*x, *y), *after));
                d.push_str(&format!(
                    " L{} {} Q{} {} {} {}",
                    number(enter.0),
                    number(enter.1),
                    number(*x),
                    number(*y),
                    number(leave.0),
                    number(leave.1)
                ));
            }
        }
    }
    d
}

/// The point a corner's radius away from `from` on the way to `to`.
fn towards(from: (f64, f64), to: (f64, f64)) -> (f64, f64) {
    let length = (to.0 - from.0).hypot(to.1 - from.1);
    if length < f64::EPSILON {
        return from;
    }
    let share = (CORNER.min(length / 2.0)) / length;
    (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
}

fn head(points: &[(f64, f64)]) -> String {
    let Some(((x, y), before)) = points.split_last().and_then(|(last, rest)| Some((*last, *rest.last()?))) else {
        return String::new();
    };
    let point = |x: f64, y: f64| format!("{} {}", number(x), number(y));
    if (before.0 - x).abs() > (before.1 - y).abs() {
        let side = if before.0 < x { -6.0 } else { 6.0 };
        format!("M{} L{} L{} Z", point(x, y), point(x + side, y - 4.0), point(x + side, y + 4.0))
    } else {
        format!("M{} L{} L{} Z", point(x, y), point(x - 4.0, y - 6.0), point(x + 4.0, y - 6.0))
    }
}

/// The process as a nested list, in the order of the text.
#[must_use]
pub fn list(definition: &Definition, extras: &Extras) -> Markup {
    html! {
        ol.steps {
            @for (number, stage) in definition.stages.iter().enumerate() {
                li {
                    (stage.name)
                    (block(definition, &stage.steps, &Path(vec![u16::try_from(number).unwrap_or(u16::MAX)]), extras))
                }
            }
        }
    }
}

fn block(definition: &Definition, steps: &[Step], parent: &Path, extras: &Extras) -> Markup {
    html! {
        ol {
            @for (index, step) in steps.iter().enumerate() {
                (item(definition, step, &parent.child(u16::try_from(index).unwrap_or(u16::MAX)), extras))
            }
        }
    }
}

fn item(definition: &Definition, step: &Step, path: &Path, extras: &Extras) -> Markup {
    let words = words::of(definition, step);
    let mut about: Vec<String> = words.who.iter().cloned().chain(words.when.iter().cloned()).collect();
    if let Some(standing) = extras.standing.get(path).filter(|standing| standing.here > 0) {
        about.push(words::standing(standing.here, standing.late));
    }
    let blocks = step.blocks();
    html! {
        li id={ "step-" (path) } data-sentence=(sentences(extras, path)) {
            @if let Some(link) = &extras.link { a href=(link.replace("{path}", &path.to_string())) { (words.what) } }
            @else { (words.what) }
            @if !about.is_empty() { span.quiet { " \u{b7} " (about.join("; ")) } }
            @if blocks.iter().any(|block| !block.is_empty()) {
                ul {
                    @for (number, steps) in blocks.iter().enumerate() {
                        @if !steps.is_empty() {
                            @let inside = path.child(u16::try_from(number).unwrap_or(u16::MAX));
                            li {
                                (way(definition, step, number))
                                (block(definition, steps, &inside, extras))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The name of a way out of a step, by its number among the step's blocks.
fn way(definition: &Definition, step: &Step, number: usize) -> String {
    match step {
        Step::Choice { branches, .. } => branches.get(number).map_or_else(
            || words::OTHERWISE.to_owned(),
            |branch| words::if_words(&words::condition(definition, &branch.guard)),
        ),
        Step::Parallel { tracks, .. } => tracks.get(number).map_or_else(String::new, |track| track.name.clone()),
        Step::Human(human) => words::rejected(&human.subject),
        Step::System(call) => words::fails(&call.system),
        Step::Each { .. } => words::EACH_ROUND.to_owned(),
        _ => String::new(),
    }
}
