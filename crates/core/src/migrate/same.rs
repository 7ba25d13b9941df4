//! Which step of one version is which step of another.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde_json::Value as Json;

use crate::{
    case::Case,
    definition::{Definition, HumanVerb, Path, Step, WaitUntil},
    migrate::Place,
};

/// The steps of two versions, paired.
pub(super) struct Same<'a> {
    old: &'a Definition,
    new: &'a Definition,
    steps: BTreeMap<Path, Path>,
    /// Steps of the same name and kind, which differ in something else than time.
    alike: BTreeMap<Path, Path>,
}

/// What a step is known by: the name of its stage, its own content, and what kinds of step it stands in.
type Identity = (String, String, String);

impl<'a> Same<'a> {
    /// Pairs the steps of two versions. Of several that are alike, the first is the first, as long as there are
    /// as many of them in both; else which is which is for a person to say.
    pub(super) fn between(old: &'a Definition, new: &'a Definition) -> Self {
        let paired = |by: fn(&Step) -> Option<String>| {
            let (before, now) = (identities(old, by), identities(new, by));
            let mut pairs = BTreeMap::new();
            for (identity, places) in &before {
                if let Some(others) = now.get(identity).filter(|others| others.len() == places.len()) {
                    pairs.extend(places.iter().cloned().zip(others.iter().cloned()));
                }
            }
            pairs
        };
        let steps: BTreeMap<Path, Path> = paired(|step| Some(content(step).to_string()));
        let mut alike: BTreeMap<Path, Path> = paired(named);
        alike.retain(|from, to| !steps.contains_key(from) && !steps.values().any(|taken| taken == to));
        Self { old, new, steps, alike }
    }

    /// The step of the same name and kind at which a cursor begins anew: in the same tracks, and in no list.
    pub(super) fn alike(&self, case: &Case, path: &Path) -> Option<Path> {
        let to = self.alike.get(path)?;
        (self.held_fast(case, path).is_none() && self.stands_alike(path, to)).then(|| to.clone())
    }

    /// What changes for a case at the steps where it stands, a sentence each.
    pub(super) fn changes(&self, case: &Case, places: &BTreeMap<Path, Place>) -> Vec<String> {
        let mut all = Vec::new();
        for cursor in &case.cursors {
            let Some((Some(before), place)) =
                places.get(&cursor.path).map(|place| (self.old.step(&cursor.path), place))
            else {
                continue;
            };
            let Some(now) = self.new.step(&place.to) else { continue };
            let name = sentence(&name_of(before));
            if !place.carried {
                if self.alike.get(&cursor.path) == Some(&place.to) {
                    let parts = differences(before, now).join(", ");
                    all.push(format!("{name} is another one in the new version ({parts}): it begins anew."));
                }
            } else if full(before) != full(now) {
                all.push(format!(
                    "{name} has another time or wording in the new version: what is open keeps its time."
                ));
            }
        }
        all
    }

    /// The same step in the new version.
    pub(super) fn step(&self, path: &Path) -> Option<Path> {
        self.steps.get(path).cloned()
    }

    /// Where a cursor goes on that is carried over: at the same step, in the same tracks.
    pub(super) fn carried(&self, path: &Path) -> Option<Path> {
        let to = match self.old.step(path) {
            Some(_) => self.step(path)?,
            // Past the last step of a block: after the step that is the same as the last one.
            None => {
                let (last, block) = path.0.split_last()?;
                let mut before = block.to_vec();
                before.push(last.checked_sub(1)?);
                let to = self.step(&Path(before))?.next();
                if self.new.step(&to).is_some() {
                    return None;
                }
                to
            }
        };
        self.stands_alike(path, &to).then_some(to)
    }

    /// Whether a cursor, or all of those of a split, may go on at `to`.
    pub(super) fn may_go(&self, from: &Path, to: &Path) -> bool {
        self.new.step(to).is_some() && self.stands_alike(from, to)
    }

    /// The outermost step around a place that keeps account of it: a split, or a step over a list.
    pub(super) fn outermost(&self, path: &Path) -> Option<Path> {
        holders(self.old, path).into_iter().next().map(|(holder, _)| holder)
    }

    /// Why a cursor that is not carried over can go nowhere else either.
    pub(super) fn held_fast(&self, case: &Case, path: &Path) -> Option<&'static str> {
        holders(self.old, path).into_iter().find_map(|(holder, _)| match self.old.step(&holder) {
            Some(Step::Each { .. }) => Some(
                "it is in the middle of a list whose steps are others in the new version; wait until it is through",
            ),
            // A track that runs on after its join has nobody who waits for it, wherever it went.
            Some(_) if !case.cursors.iter().any(|cursor| cursor.path == holder) => {
                Some("a track runs on that is another one in the new version; wait until it has ended")
            }
            Some(_) | None => None,
        })
    }

    /// The step of the new version that comes nearest to an old one; it may stand anywhere but in a track.
    pub(super) fn nearest(&self, path: &Path) -> Option<Path> {
        let stage = self.old.stages.get(path.stage_index())?;
        let step = self.old.step(path)?;
        let mut best: Option<(u32, Path)> = None;
        self.new.walk(&mut |place, other| {
            let alike = likeness(step, other);
            if alike == 0 || !self.may_go(path, place) {
                return;
            }
            let here = self.new.stages.get(place.stage_index()).is_some_and(|one| one.name == stage.name);
            let score = alike + u32::from(here);
            if best.as_ref().is_none_or(|(known, _)| *known < score) {
                best = Some((score, place.clone()));
            }
        });
        let begin = || {
            let index = self.new.stages.iter().position(|one| one.name == stage.name)?;
            let place = Path::stage(crate::definition::index_u16(index));
            self.may_go(path, &place).then_some(place)
        };
        best.map(|(_, place)| place).or_else(begin)
    }

    /// How the system of a call is named.
    pub(super) fn system_of(&self, path: &Path) -> String {
        match self.old.step(path) {
            Some(Step::System(call)) => format!("the {}", call.system),
            Some(_) | None => "another system".to_string(),
        }
    }

    /// Whether both places stand in the same splits, each in the same track.
    fn stands_alike(&self, from: &Path, to: &Path) -> bool {
        let (before, now) = (holders(self.old, from), holders(self.new, to));
        before.len() == now.len()
            && before.iter().zip(&now).all(|((old, block), (new, other))| {
                block == other && self.steps.get(old).is_some_and(|same| same == new)
            })
    }
}

/// The splits and the steps over lists around a place, from the outside in, with the block that it stands in.
fn holders(definition: &Definition, path: &Path) -> Vec<(Path, u16)> {
    (2..path.0.len())
        .step_by(2)
        .filter_map(|length| {
            let outer = Path(path.0[..length].to_vec());
            let holds = definition.step(&outer).is_some_and(keeps_account);
            holds.then(|| (outer, path.0[length]))
        })
        .collect()
}

/// Whether a case keeps account of the step while something inside it runs.
const fn keeps_account(step: &Step) -> bool {
    matches!(step, Step::Parallel { .. } | Step::Each { .. })
}

fn identities(definition: &Definition, by: fn(&Step) -> Option<String>) -> BTreeMap<Identity, Vec<Path>> {
    let mut all: BTreeMap<Identity, Vec<Path>> = BTreeMap::new();
    definition.walk(&mut |path, step| {
        let Some(known_by) = by(step) else { return };
        let stage = definition.stages.get(path.stage_index()).map(|stage| stage.name.clone()).unwrap_or_default();
        let around: Vec<String> = (2..path.0.len())
            .step_by(2)
            .filter_map(|length| {
                let outer = definition.step(&Path(path.0[..length].to_vec()))?;
                // Which track it is matters; which branch it is does not, since guards may have changed.
                Some(match outer {
                    Step::Parallel { .. } => format!("parallel {}", path.0[length]),
                    Step::Human(_) => "rejected".to_string(),
                    _ => kind(outer),
                })
            })
            .collect();
        all.entry((stage, known_by, around.join(" / "))).or_default().push(path.clone());
    });
    all
}

/// What people call a step at which a case may wait; `None` for one that has no name.
fn named(step: &Step) -> Option<String> {
    Some(match step {
        Step::Human(human) => format!("{:?} {}", human.verb, human.subject),
        Step::Agent(agent) => format!("agent {}", serde_json::to_string(&agent.work).ok()?),
        Step::LookUp(look) => format!("look up {} {}", look.system, look.fields.join(" ")),
        Step::Wait { until: WaitUntil::Message { name, .. } } => format!("message {name}"),
        Step::Wait { until: WaitUntil::Look { .. } } => String::from("look"),
        Step::HandOver { .. } => String::from("hand over"),
        _ => return None,
    })
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a reader calls a step.
fn name_of(step: &Step) -> String {
    match step {
        Step::Human(human) => {
            let verb = match human.verb {
                HumanVerb::Provide => "handing in",
                HumanVerb::Approve => "approving",
                HumanVerb::Review => "reviewing",
                HumanVerb::Do => "doing",
            };
            format!("{verb} {}", human.subject)
        }
        Step::System(call) => format!("the call to the {}", call.system),
        Step::LookUp(look) => format!("the question to the {}", look.system),
        Step::Agent(_) => String::from("the agent's step"),
        Step::Wait { .. } => String::from("the wait"),
        _ => String::from("the step"),
    }
}

/// The parts of a step that differ, in words.
fn differences(before: &Step, now: &Step) -> Vec<&'static str> {
    let (before, now) = (full(before), full(now));
    let parts = [
        ("who", "who is asked"),
        ("on_unsure", "who is asked"),
        ("on_failure", "who takes over"),
        ("escalations", "who decides when it takes too long"),
        ("fields", "what is asked for"),
        ("seats", "how many decide"),
        ("needed", "how many must agree"),
        ("by", "what is looked up by"),
        ("until", "what is waited for"),
        ("due", "the time"),
    ];
    let mut all: Vec<&str> =
        parts.iter().filter(|(name, _)| before.get(name) != now.get(name)).map(|(_, words)| *words).collect();
    if all.is_empty() {
        all.push("what belongs to it");
    }
    all
}

/// A step without the steps inside it and without its times and wording, in a form that can be compared.
///
/// How long something may take says nothing about what it is, so that an open task stays as it is.
pub(super) fn content(step: &Step) -> Json {
    let mut json = full(step);
    if let Json::Object(members) = &mut json {
        for time in ["due", "remind_every", "answer_within"] {
            members.remove(time);
        }
        if let Step::Check(_) = step {
            members.remove("words");
        }
        if let Some(Json::Array(upward)) = members.get_mut("escalations") {
            upward.iter_mut().filter_map(Json::as_object_mut).for_each(|one| drop(one.remove("after")));
        }
        if let Some(Json::Object(until)) = members.get_mut("until") {
            for time in ["span", "within", "every", "offset"] {
                until.remove(time);
            }
        }
    }
    json
}

/// A step without the steps inside it.
fn full(step: &Step) -> Json {
    let mut json = serde_json::to_value(step).unwrap_or(Json::Null);
    if let Json::Object(members) = &mut json {
        for inner in ["on_rejected", "failure", "steps", "otherwise"] {
            members.remove(inner);
        }
        for list in ["branches", "tracks"] {
            if let Some(Json::Array(parts)) = members.get_mut(list) {
                for part in parts.iter_mut().filter_map(Json::as_object_mut) {
                    part.remove("steps");
                }
            }
        }
    }
    json
}

fn kind(step: &Step) -> String {
    let json = content(step);
    json.get("step").and_then(Json::as_str).unwrap_or_default().to_string()
}

/// How alike two steps are; 0 means that they are of different kinds.
fn likeness(one: &Step, other: &Step) -> u32 {
    let (one, other) = (content(one), content(other));
    if one.get("step") != other.get("step") {
        return 0;
    }
    let (Json::Object(one), Json::Object(other)) = (&one, &other) else {
        return 1;
    };
    let equal = one.iter().filter(|(name, value)| other.get(*name) == Some(value)).count();
    // What a person does, what is called and who is asked weigh more than deadlines.
    let weighs = ["verb", "who", "subject", "system", "operation", "to", "work"];
    let heavy = weighs.iter().filter(|name| one.contains_key(**name) && one.get(**name) == other.get(**name)).count();
    u32::try_from(equal + 2 * heavy).unwrap_or(u32::MAX).saturating_add(1)
}
