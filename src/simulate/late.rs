//! What comes to a case that nobody waits for: answers to earlier visits, results that are known already, and
//! operators who are just faster than the program.

use countersign_core::{
    canonical::Digest,
    case::{Case, EffectState, Waiting},
    command::{agent_key, look_up_key},
    definition::{Path, Step},
    event::{Acting, EventKind},
    proposal::{GateFacts, Output, Proposal},
    release::{Excess, Within},
    value::{Money, Values},
};

use super::{
    acts::{Sight, What, one_value, operator},
    random::Random,
};

/// An answer or a result that the case has had, or that nobody ever asked for: it must change nothing.
pub(super) fn answer(random: &mut Random, sight: &Sight<'_>) -> (Acting, What) {
    let case = sight.case;
    let error = "it came late".to_owned();
    let kind = match random.below(8) {
        0 => {
            EventKind::ProposalReturned { key: asked(random, sight), proposal: proposal(), facts: GateFacts::default() }
        }
        1 => EventKind::ProposalFailed { key: asked(random, sight), error },
        2 => EventKind::LookedUp { key: looked_up(random, sight), values: Values::new() },
        3 => EventKind::LookUpFailed { key: looked_up(random, sight), error },
        4 => EventKind::EffectDone { key: done(random, case), receipt: "booked".to_owned() },
        5 => EventKind::EffectFailed { key: done(random, case), error, outcome_unknown: random.one_in(2) },
        6 => EventKind::EffectWithdrawn { key: done(random, case) },
        _ => {
            let limit = Money { minor: 50_000, currency: "EUR".to_owned() };
            let why = Excess::NotCountable { limit, within: Within::Case };
            EventKind::EffectHeld { key: done(random, case), why, outcome_unknown: random.one_in(2) }
        }
    };
    (Acting::System, What::Apply { case: case.id.clone(), kind })
}

/// Whether a program is at work for the case, so that somebody may be faster than it.
pub(super) fn is_worked_on(case: &Case) -> bool {
    let machine = |waiting: &Waiting| {
        matches!(waiting, Waiting::Agent | Waiting::Effect { .. } | Waiting::LookUp { .. } | Waiting::Nothing)
    };
    case.cursors.iter().any(|cursor| machine(&cursor.waiting))
}

/// Somebody stops a case, or changes its data, while a program is at work for it.
pub(super) fn faster(random: &mut Random, sight: &Sight<'_>) -> (Acting, What) {
    let case = sight.case.id.clone();
    let reason = "before it leaves".to_owned();
    let kind = if random.one_in(2) {
        EventKind::CaseHeld { reason }
    } else {
        EventKind::FieldsEdited { values: one_value(random), reason }
    };
    (operator(random), What::Apply { case, kind })
}

/// The key of a question to an agent that is not open any more.
fn asked(random: &mut Random, sight: &Sight<'_>) -> String {
    let (path, visit) = earlier(random, sight, |step| matches!(step, Step::Agent(_)));
    agent_key(&sight.case.id, &path, visit)
}

/// The key of a look-up that is not open any more.
fn looked_up(random: &mut Random, sight: &Sight<'_>) -> String {
    let (path, visit) = earlier(random, sight, |step| matches!(step, Step::LookUp(_)));
    look_up_key(&sight.case.id, &path, visit)
}

/// A step of this kind and a visit of it that is over; visit 0 is none.
fn earlier(random: &mut Random, sight: &Sight<'_>, fits: impl Fn(&Step) -> bool) -> (Path, u32) {
    let visited: Vec<(&Path, u32)> = sight
        .case
        .visits
        .iter()
        .filter(|(path, _)| sight.definition.step(path).is_some_and(&fits))
        .map(|(path, visits)| (path, *visits))
        .collect();
    let Some((path, visits)) = random.of(&visited) else { return (Path::stage(0), 0) };
    let stands = sight.case.cursors.iter().any(|cursor| cursor.path == **path && cursor.visit == *visits);
    let over = visits.saturating_sub(u32::from(stands));
    // Mostly the visit before this one, which is the one that a slow answer belongs to.
    let back = if random.one_in(4) { random.below(over as usize + 1) } else { 0 };
    ((*path).clone(), over.saturating_sub(u32::try_from(back).unwrap_or_default()))
}

/// The key of an effect that was acknowledged, or of none.
fn done(random: &mut Random, case: &Case) -> String {
    let done = case.effects.iter().filter(|(_, effect)| matches!(effect.state, EffectState::Done { .. }));
    let keys: Vec<&String> = done.map(|(key, _)| key).collect();
    random.of(&keys).map_or_else(|| format!("{}/nothing", case.id), |key| (*key).clone())
}

fn proposal() -> Proposal {
    Proposal {
        output: Output::Judgement { holds: Some(true), examples: Vec::new() },
        reason: String::new(),
        score: Some(1_000),
        engine: "scripted".to_owned(),
        input: Digest::new(),
        measured: None,
        prompt: None,
        cascade: None,
    }
}
