//! What holds for every process and every order of events. A failure names its seed: `only(SEED)` runs it again.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    Context,
    canonical::Digest,
    case::{Case, EffectState, Outcome, Status, TaskState, Void, Waiting},
    command::Command,
    decide,
    definition::{Definition, HumanStep, MessageText, Path, Signer, Step, Who},
    event::{Acting, Event, EventKind, MoveKind},
    people::Directory,
    time::Timestamp,
    value::Value,
    wake_at, who, with_additions,
};

use crate::{
    desk::Desk,
    follow::checks_are_up_to_date,
    processes::definition,
    random::{Random, clock, event, opened},
    samples::START,
    versions::{alike, migration, signed_effects},
};

/// Cases a run; each has a process of its own.
const CASES: u64 = 150;
/// Events a case at most.
const EVENTS: usize = 50;

#[test]
fn laws_hold_for_random_processes_and_events() {
    let mut accepted: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut commands: BTreeMap<&'static str, u32> = BTreeMap::new();
    for seed in 0..CASES {
        let run = std::panic::catch_unwind(|| only(seed));
        let Ok((events, told)) = run else { panic!("a law is broken with seed {seed}") };
        for (name, count) in events {
            *accepted.entry(name).or_default() += count;
        }
        for (name, count) in told {
            *commands.entry(name).or_default() += count;
        }
    }
    let kinds = [
        "case_opened",
        "task_claimed",
        "task_released",
        "task_delegated",
        "task_decided",
        "question_asked",
        "fields_edited",
        "proposal_returned",
        "proposal_failed",
        "effect_done",
        "effect_failed",
        "looked_up",
        "look_up_failed",
        "message_received",
        "case_withdrawn",
        "incident_resolved",
        "stage_moved",
        "case_held",
        "case_resumed",
        "case_migrated",
        "migration_undone",
        "requirement_added",
        "ticked",
    ];
    for kind in kinds {
        assert!(accepted.get(kind).is_some_and(|count| *count > 0), "{kind} was never accepted: {accepted:?}");
    }
    assert_eq!(accepted.len(), kinds.len(), "a kind of event is not counted: {accepted:?}");
    for kind in ["ask_agent", "call_system", "look_up", "send_message", "notify", "signed call", "signed again"] {
        assert!(commands.get(kind).is_some_and(|count| *count > 0), "{kind} never happened: {commands:?}");
    }
}

type Counts = BTreeMap<&'static str, u32>;

/// One case from its seed: what was accepted, and what was commanded.
fn only(seed: u64) -> (Counts, Counts) {
    let mut random = Random(seed.wrapping_mul(0x1_0000_0001));
    let mut desk = Desk::new(definition(&mut random));
    let mut watch = Watch::default();
    let (mut at, mut migrated) = (Timestamp(START), false);
    for turn in 0..EVENTS {
        let (by, kind) = if turn == 0 {
            (Acting::person(random.of(&["ana", "lea", "mia", "sam"])), opened(&mut random))
        } else {
            event(&mut random, &desk, at, turn)
        };
        at = clock(&mut random, at);
        if turn > 0 && random.one_in(20) {
            watch.migrate(&mut random, &mut desk, at);
            migrated = true;
            continue;
        }
        let event = Event::new(at, by, kind);
        let before = desk.case.clone();
        match decide(&desk.context(), desk.case.clone(), &event) {
            Ok((case, commands)) => {
                desk.take(case);
                watch.accepted(&desk, &before, event, &commands);
                // Another version may have put another check in the place of the one that found something.
                if !migrated {
                    checks_are_up_to_date(&desk);
                }
            }
            Err(rejected) => {
                assert!(!rejected.to_string().is_empty());
                watch.refused(&before, &event, &rejected.to_string());
            }
        }
        if !desk.case.is_open() && random.one_in(4) {
            break;
        }
    }
    watch.folds(&desk);
    (watch.events, watch.commands)
}

/// What the test remembers by itself, without asking the engine.
#[derive(Default)]
struct Watch {
    log: Vec<(String, Digest)>,
    versions: BTreeMap<Digest, Definition>,
    before_migration: Option<Vec<Approval>>,
    keys: BTreeMap<String, String>,
    approvals: Vec<Approval>,
    events: Counts,
    commands: Counts,
}

/// An approval as the log tells it.
#[derive(Clone)]
struct Approval {
    path: Path,
    by: Acting,
    values: BTreeMap<String, String>,
    entitled: bool,
}

impl Watch {
    fn refused(&self, before: &Case, event: &Event, rejected: &str) {
        // Whoever is entitled, sees the case as it is and gives a fitting answer is never called stale.
        if let EventKind::TaskDecided { task, shown, .. } = &event.kind
            && *shown == before.shown(*task)
        {
            assert!(!rejected.contains("changed since"), "{rejected}");
        }
    }

    fn accepted(&mut self, desk: &Desk, before: &Case, event: Event, commands: &[Command]) {
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event, "an event survives JSON");
        let state = serde_json::to_string(&desk.case).unwrap();
        assert_eq!(serde_json::from_str::<Case>(&state).unwrap(), desk.case, "a state survives JSON");
        *self.events.entry(event.kind.name()).or_default() += 1;
        assert_eq!(desk.case.seq, before.seq + 1);
        self.tasks(before, &desk.case, &event);
        if let EventKind::StageMoved { kind: MoveKind::Return, .. } = &event.kind {
            // What was approved in a stage that the case went back over is to be approved again.
            let reached = desk.case.sign_offs.iter().filter(|one| one.voided == Some(Void::SentBack));
            let gone: BTreeSet<&Path> = reached.map(|one| &one.path).collect();
            self.approvals.retain(|one| !gone.contains(&one.path));
        }
        self.held(before, &desk.case, &event, commands);
        self.remember_approvals(desk, before, &event);
        for command in commands {
            let json = serde_json::to_string(command).unwrap();
            assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), *command);
            *self.commands.entry(command.name()).or_default() += 1;
            self.key_is_unique(before, command);
            self.is_signed(desk, command);
        }
        calls_are_distinct(desk);
        if desk.case.is_open() {
            is_not_stuck(desk);
        } else {
            assert!(desk.case.open_tasks().next().is_none() && desk.case.cursors.is_empty(), "closed means closed");
            assert_eq!(wake_at(&desk.context(), &desk.case), None);
        }
        second_tick_is_idle(desk, event.at);
        self.versions.entry(desk.version.clone()).or_insert_with(|| desk.base.clone());
        self.log.push((json, desk.version.clone()));
    }

    /// A task closes at most once; each seat is one person's, in one place.
    fn tasks(&self, before: &Case, after: &Case, event: &Event) {
        for (old, new) in before.tasks.iter().zip(&after.tasks) {
            // Whoever undoes a migration has back what it had called off.
            let undone = matches!((&event.kind, &old.state), (EventKind::MigrationUndone, TaskState::Cancelled { .. }));
            if old.state != TaskState::Open && !undone {
                assert_eq!(old.state, new.state, "task {} closed a second time", old.number);
                assert_eq!(old.seats, new.seats, "task {} changed after it closed", old.number);
            }
        }
        for task in &after.tasks {
            let people: Vec<&String> = task.decisions().map(|one| &one.by).collect();
            let places: Vec<&String> =
                task.decisions().map(|one| one.standing_for.as_ref().unwrap_or(&one.by)).collect();
            for all in [people, places] {
                assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "one seat a person: {:?}", task.seats);
            }
            assert!(task.decisions().count() <= task.seats.len());
        }
        assert!(before.tasks.len() <= after.tasks.len());
    }

    /// No move makes a sign-off; nothing leaves and nothing is decided while a case is on hold.
    fn held(&self, before: &Case, after: &Case, event: &Event, commands: &[Command]) {
        if matches!(event.kind, EventKind::StageMoved { .. } | EventKind::CaseHeld { .. } | EventKind::CaseResumed) {
            assert_eq!(before.sign_offs.len(), after.sign_offs.len(), "a move made a sign-off");
        }
        if after.held.is_some() {
            let notices = commands.iter().all(|command| matches!(command, Command::Notify { .. }));
            assert!(notices || before.held.is_none() && before.touched_at == after.touched_at, "{commands:?}");
        }
    }

    fn remember_approvals(&mut self, desk: &Desk, before: &Case, event: &Event) {
        if !matches!(event.kind, EventKind::CaseMigrated { .. } | EventKind::MigrationUndone) {
            self.forget_what_was_sent_back(desk, before);
        }
        let EventKind::TaskDecided { task, outcome: Outcome::Approved, .. } = &event.kind else {
            return;
        };
        let task = desk.case.task(*task).unwrap();
        if !matches!(task.state, TaskState::Closed { outcome: Outcome::Approved, .. }) {
            return;
        }
        let Some(Step::Human(step)) = desk.definition.step(&task.path) else {
            panic!("an approval that no step asks for")
        };
        self.approvals.push(Approval {
            path: task.path.clone(),
            by: event.by.clone(),
            values: snapshot(&desk.case),
            entitled: entitled(&desk.directory, &desk.case, step, &event.by),
        });
    }

    /// Another version comes in; mostly the case goes over to it, and now and then back at once.
    fn migrate(&mut self, random: &mut Random, desk: &mut Desk, at: Timestamp) {
        if !desk.case.is_open() {
            return;
        }
        let old = desk.base.clone();
        let Some((new, kind)) = migration(random, desk) else { return };
        let (before, approvals) = (desk.case.clone(), self.approvals.clone());
        desk.runs(new.clone());
        let event = Event::new(at, Acting::person("con"), kind.clone());
        let Ok((case, commands)) = decide(&desk.context(), desk.case.clone(), &event) else {
            panic!("a case that fits was not moved: {:?}", decide(&desk.context(), desk.case.clone(), &event));
        };
        let EventKind::CaseMigrated { mapping, .. } = kind else { return };
        desk.take(case);
        // What was approved counts for the same step, the same data and the same effects.
        let effects_stay = signed_effects(&old) == signed_effects(&new);
        self.approvals.retain_mut(|one| {
            let Some(to) = mapping.steps.get(&one.path).cloned() else { return false };
            let same = effects_stay && alike(old.step(&one.path), new.step(&to));
            one.path = to;
            let stands = desk.case.sign_offs.iter().any(|sign| sign.path == one.path && sign.voided.is_none());
            same && stands
        });
        self.accepted(desk, &before, event, &commands);
        self.before_migration = Some(approvals);
        if desk.case.migrated.is_some() && random.one_in(2) {
            let moved = desk.case.clone();
            desk.runs(old);
            let event = Event::new(at, Acting::person("root"), EventKind::MigrationUndone);
            let (case, commands) = decide(&desk.context(), desk.case.clone(), &event).unwrap();
            desk.take(case);
            self.approvals = self.before_migration.take().unwrap();
            assert_eq!(desk.case.cursors, before.cursors, "the case stands where it stood");
            assert_eq!(desk.case.sign_offs, before.sign_offs);
            self.accepted(desk, &moved, event, &commands);
        }
    }

    fn forget_what_was_sent_back(&mut self, desk: &Desk, before: &Case) {
        let definition = &desk.definition;
        definition.walk(&mut |path, step| {
            let Step::Return { stage, at_most, .. } = step else {
                return;
            };
            let visits = |case: &Case| case.visits.get(path).copied().unwrap_or(0);
            let target = definition.stages.iter().position(|one| one.name == *stage).unwrap();
            if visits(&desk.case) > visits(before) && visits(before) < u32::from(*at_most) {
                self.approvals.retain(|one| one.path.stage_index() < target);
            }
        });
        // What has been written since no longer stands as it was approved.
        let now = snapshot(&desk.case);
        for approval in &mut self.approvals {
            approval.values.retain(|name, value| now.get(name) == Some(value));
        }
    }

    /// No effect that names a signer leaves without a sign-off by an entitled person over all that is sent.
    fn is_signed(&mut self, desk: &Desk, command: &Command) {
        let (Command::CallSystem { key, .. } | Command::SendMessage { key, .. }) = command else {
            return;
        };
        let path = Path::try_from(key.split('/').nth(1).unwrap().to_owned()).unwrap();
        let (signer, sent) = match desk.definition.step(&path).unwrap() {
            Step::System(step) => (&step.signer, step.payload.clone()),
            Step::Message(step) => (&step.signer, placeholders(&step.text)),
            other => panic!("{other:?} sends nothing"),
        };
        if *signer == Signer::Nobody {
            return;
        }
        *self.commands.entry("signed call").or_default() += 1;
        let again = desk
            .case
            .tasks
            .iter()
            .any(|task| matches!(&task.ask, countersign_core::case::Ask::Approve { again: Some(_) }));
        *self.commands.entry("signed again").or_default() += u32::from(again && !self.approvals.is_empty());
        let now = snapshot(&desk.case);
        let covers = |approval: &Approval| sent.iter().all(|name| approval.values.get(name) == now.get(name));
        let released = self.approvals.iter().any(|approval| {
            let person = approval.by.id();
            let absent = approval.by.standing_for();
            let requester = &desk.case.requester;
            person != *requester
                && absent != Some(requester)
                && approval.entitled
                && covers(approval)
                && match signer {
                    Signer::Role { role } => of_role(desk, approval, role),
                    Signer::Approver | Signer::Nobody => true,
                }
        });
        assert!(released, "{command:?} left without a fresh sign-off");
    }

    fn key_is_unique(&mut self, before: &Case, command: &Command) {
        let what = format!("{command:?}");
        let Some(earlier) = self.keys.insert(command.key().to_owned(), what.clone()) else {
            return;
        };
        match command {
            Command::AskAgent { .. } | Command::LookUp { .. } => assert_eq!(earlier, what),
            Command::CallSystem { key, .. } => {
                assert_eq!(earlier, what, "the same key for something else");
                let state = &before.effects[key].state;
                assert!(!matches!(state, EffectState::Done { .. }), "{key} was acknowledged before");
            }
            Command::SendMessage { .. } | Command::Notify { .. } => {
                panic!("a key is used twice: {what}")
            }
        }
    }

    /// The state is what the log makes of it, also when both have been through JSON.
    fn folds(&self, desk: &Desk) {
        let definition: Definition = serde_json::from_str(&serde_json::to_string(&desk.definition).unwrap()).unwrap();
        assert_eq!(definition, desk.definition);
        let mut case = Case::unopened("c");
        for (line, version) in &self.log {
            let event: Event = serde_json::from_str(line).unwrap();
            let base = &self.versions[version];
            let definition = with_additions(base, &case).unwrap_or_else(|| base.clone());
            let context = Context { definition: &definition, version, ..desk.context() };
            let (next, _) = decide(&context, case, &event).unwrap();
            case = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
        }
        assert_eq!(case, desk.case, "the log does not make the state");
    }
}

/// Each value as text, with a document's bytes; a field without one is named as empty.
fn snapshot(case: &Case) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> =
        ["amount", "day", "email", "receipt", "receipt.total", "count", "category", "parts", "part", "limit"]
            .into_iter()
            .map(|name| (name.to_owned(), String::from("nothing")))
            .collect();
    for (name, entry) in &case.fields {
        let bytes = match &entry.value {
            Value::Document { document } => case.documents[document].bytes.clone(),
            _ => String::new(),
        };
        all.insert(name.clone(), format!("{:?} {bytes}", entry.value));
    }
    all
}

fn placeholders(text: &MessageText) -> Vec<String> {
    let MessageText::Template { template } = text else {
        return Vec::new();
    };
    template.split('{').skip(1).map(|part| part.split('}').next().unwrap().to_owned()).collect()
}

/// Whether the text names this person for the approval, at first or after an escalation.
fn entitled(directory: &Directory, case: &Case, step: &HumanStep, by: &Acting) -> bool {
    let Acting::Person { person, standing_for } = by else {
        return false;
    };
    let place = standing_for.as_ref().unwrap_or(person);
    let named = |who: &Who| match who {
        Who::Role { role } => directory.people[place].roles.contains(role),
        Who::ManagerOfRequester => {
            let manager = directory.people[&case.requester].manager.as_ref();
            manager
                .map_or_else(|| directory.people[place].roles.contains(&String::from("controller")), |one| one == place)
        }
        // Whoever approved before, or is to approve; the engine's own list is not asked.
        Who::Approver => true,
        Who::Requester | Who::Party { .. } | Who::OwnerOf { .. } | Who::ManagerOf { .. } => false,
    };
    !directory.people[person].disabled
        && std::iter::once(&step.who).chain(step.escalations.iter().map(|one| &one.to)).any(named)
}

fn of_role(desk: &Desk, approval: &Approval, role: &str) -> bool {
    let holds = |person: &String| desk.directory.people[person].roles.iter().any(|held| held == role);
    let asked = matches!(desk.definition.step(&approval.path), Some(Step::Human(step)) if step.who == Who::Role { role: role.to_owned() });
    asked || holds(&approval.by.id()) || approval.by.standing_for().is_some_and(holds)
}

/// No two calls of one step that are not acknowledged send the same.
fn calls_are_distinct(desk: &Desk) {
    let case = &desk.case;
    let mut seen = BTreeSet::new();
    for effect in case.effects.values().filter(|one| !matches!(one.state, EffectState::Done { .. })) {
        let calls = matches!(desk.definition.step(&effect.path), Some(Step::System(_)));
        assert!(
            !calls || seen.insert((effect.path.clone(), effect.payload.clone(), effect.rounds.clone())),
            "one effect under two keys"
        );
    }
}

/// An open case waits for somebody who can act, for a machine that is due, or at an incident.
fn is_not_stuck(desk: &Desk) {
    let context = desk.context();
    assert!(wake_at(&context, &desk.case).is_some(), "no next look");
    assert_eq!(desk.case.status, Status::Open);
    let at = desk.case.touched_at;
    let person = desk
        .case
        .open_tasks()
        .any(|task| matches!(task.who, Who::Party { .. }) || !who::eligible(&context, &desk.case, task, at).is_empty());
    let machine = desk
        .case
        .cursors
        .iter()
        .any(|cursor| !matches!(cursor.waiting, Waiting::Task { .. } | Waiting::Tracks | Waiting::Incident { .. }));
    let incident = desk.case.open_incidents().next().is_some();
    // Every cursor by itself: none waits for a task or an incident that is over.
    for cursor in &desk.case.cursors {
        let alive = match &cursor.waiting {
            Waiting::Task { task } => desk.case.task(*task).unwrap().is_open(),
            Waiting::Incident { incident } => desk.case.open_incidents().any(|one| one.number == *incident),
            Waiting::Tracks => desk.case.cursors.iter().any(|other| other.path.is_inside(&cursor.path)),
            _ => true,
        };
        assert!(alive, "nothing will move the cursor {cursor:?}");
    }
    assert!(person || machine || incident, "stuck silently: {:?}", desk.case.cursors);
}

fn second_tick_is_idle(desk: &Desk, at: Timestamp) {
    if !desk.case.is_open() {
        return;
    }
    let tick = Event::new(at, Acting::System, EventKind::Ticked);
    let (once, _) = decide(&desk.context(), desk.case.clone(), &tick).unwrap();
    let held = once.held.is_some();
    if !once.is_open() || !held && once.cursors.iter().any(|cursor| cursor.waiting == Waiting::Nothing) {
        return;
    }
    let (mut twice, commands) = decide(&desk.context(), once.clone(), &tick).unwrap();
    twice.seq -= 1;
    assert_eq!(commands, [], "a second tick at the same time does something");
    assert_eq!(twice, once);
}
