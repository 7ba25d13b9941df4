//! Logs of every released format, kept as files: whatever this program becomes, it reads them and comes to the same
//! states, byte for byte.
//!
//! `UPDATE=1` writes the files of today's format anew; files of an earlier format are never written again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use countersign_core::{
    Context,
    canonical::{canonical, digest_bytes},
    case::Case,
    decide,
    definition::Definition,
    event::{ENGINE_REVISION, EVENT_FORMAT, Event},
    people::Directory,
    time::Calendar,
    upcast, with_additions,
};
use serde::{Deserialize, Serialize};

use super::{golden_cases, world::World};

/// The file of a folder that holds what the logs were decided with.
const PIECES: &str = "pieces.jsonl";

/// One line of a file. Every text is kept as the store keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum Line {
    /// A definition, a directory or a calendar, under the hash that events name it by.
    Piece { hash: String, text: String },
    /// One event, and what it was decided with.
    Event { definition: String, directory: String, calendar: String, text: String },
    /// The state that the log leads to, and its hash in the chain.
    State { hash: String, text: String },
}

/// A log with everything that it was decided with.
#[derive(Default)]
struct Log {
    lines: Vec<Line>,
    pieces: BTreeMap<String, String>,
}

fn folder(format: u16) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format.to_string())
}

fn lines(file: &Path) -> Vec<Line> {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn write(file: &Path, lines: &[Line]) {
    let text: String = lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect();
    fs::write(file, text).unwrap();
}

/// What the store holds of a case.
async fn export(world: &World, number: u64) -> Log {
    let mut log = Log::default();
    let case = world.case(number).await;
    for stored in world.store.events(&case.id).await.unwrap() {
        let hashes = stored.context.unwrap();
        let definition = world.store.version(&hashes.definition).await.unwrap().unwrap().definition;
        let directory: Directory = world.store.snapshot(&hashes.directory).await.unwrap().unwrap();
        let calendar: Calendar = world.store.snapshot(&hashes.calendar).await.unwrap().unwrap();
        log.pieces.insert(hashes.definition.clone(), serde_json::to_string(&definition).unwrap());
        log.pieces.insert(hashes.directory.clone(), canonical(&directory).unwrap());
        log.pieces.insert(hashes.calendar.clone(), canonical(&calendar).unwrap());
        let text = serde_json::to_string(&stored.event.unwrap()).unwrap();
        let (definition, directory, calendar) = (hashes.definition, hashes.directory, hashes.calendar);
        log.lines.push(Line::Event { definition, directory, calendar, text });
    }
    let text = serde_json::to_string(&case).unwrap();
    log.lines.push(Line::State { hash: digest_bytes(text.as_bytes()), text });
    log
}

/// Folds a log and holds every text against what this program writes; returns the kinds of its events.
#[track_caller]
fn check(name: &str, log: &Log) -> BTreeSet<&'static str> {
    let piece = |hash: &str| log.pieces.get(hash).unwrap_or_else(|| panic!("{name}: {hash} is not there")).as_str();
    let mut kinds = BTreeSet::new();
    let mut case: Option<Case> = None;
    for line in &log.lines {
        match line {
            Line::Piece { .. } => panic!("{name}: a piece stands among events"),
            Line::Event { definition: version, directory, calendar, text } => {
                let event: Event = upcast::read(text).unwrap_or_else(|why| panic!("{name}: {why}"));
                kinds.insert(event.kind.name());
                assert!(event.engine <= ENGINE_REVISION, "{name}: no program has had an engine that new");
                if event.format == EVENT_FORMAT && text.contains(&format!("\"format\":{EVENT_FORMAT}")) {
                    assert_eq!(serde_json::to_string(&event).unwrap(), *text, "{name}: it would be written otherwise");
                }
                let definition: Definition = upcast::read(piece(version)).unwrap();
                let directory: Directory = serde_json::from_str(piece(directory)).unwrap();
                let calendar: Calendar = serde_json::from_str(piece(calendar)).unwrap();
                let before = case.take().unwrap_or_else(|| {
                    let mut case = Case::unopened(id_of(log));
                    case.version.clone_from(version);
                    case
                });
                let definition = with_additions(&definition, &before).unwrap_or(definition);
                let context = Context { definition: &definition, version, directory: &directory, calendar: &calendar };
                let (after, _) = decide(&context, before, &event)
                    .unwrap_or_else(|why| panic!("{name}: {} is decided otherwise: {why}", event.kind.name()));
                case = Some(after);
            }
            Line::State { hash, text } => {
                assert_eq!(digest_bytes(text.as_bytes()), *hash, "{name}: the state's text was altered");
                let stored: Case = upcast::read(text).unwrap();
                let folded = serde_json::to_string(case.as_ref().unwrap()).unwrap();
                assert_eq!(folded, serde_json::to_string(&stored).unwrap(), "{name}: the log leads to another state");
                if text.contains(&format!("\"format\":{}", stored.format)) {
                    assert_eq!(folded, *text, "{name}: the state would be written otherwise");
                }
            }
        }
    }
    kinds
}

/// The identifier of the case that a log belongs to.
fn id_of(log: &Log) -> String {
    let state = log.lines.iter().find_map(|line| match line {
        Line::State { text, .. } => Some(text),
        Line::Piece { .. } | Line::Event { .. } => None,
    });
    upcast::read::<Case>(state.unwrap()).unwrap().id
}

/// The logs of a folder.
fn kept(folder: &Path) -> Vec<(String, Log)> {
    let mut pieces = BTreeMap::new();
    for line in lines(&folder.join(PIECES)) {
        let Line::Piece { hash, text } = line else { panic!("{PIECES} holds pieces alone") };
        pieces.insert(hash, text);
    }
    let mut logs = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if !file.ends_with(PIECES) {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            logs.push((name, Log { lines: lines(&file), pieces: pieces.clone() }));
        }
    }
    logs
}

#[test]
fn logs_of_every_format_lead_to_the_same_states() {
    for format in 1..=EVENT_FORMAT {
        let mut kinds = BTreeSet::new();
        let logs = kept(&folder(format));
        assert!(logs.len() >= golden_cases::NAMES.len(), "format {format} has {} logs", logs.len());
        for (name, log) in &logs {
            kinds.extend(check(&format!("{format}/{name}"), log));
        }
        let missing: Vec<&&str> = golden_cases::KINDS.iter().filter(|kind| !kinds.contains(**kind)).collect();
        assert!(missing.is_empty(), "no log of format {format} holds {missing:?}");
    }
}

#[tokio::test]
async fn what_is_written_today_is_read_the_same() {
    let mut pieces = BTreeMap::new();
    let mut kinds = BTreeSet::new();
    let update = std::env::var("UPDATE").is_ok();
    for (name, world, number) in Box::pin(golden_cases::play()).await {
        world.folds(number).await;
        let log = export(&world, number).await;
        kinds.extend(check(name, &log));
        if update {
            fs::create_dir_all(folder(EVENT_FORMAT)).unwrap();
            write(&folder(EVENT_FORMAT).join(format!("{name}.jsonl")), &log.lines);
        }
        pieces.extend(log.pieces);
    }
    if update {
        let pieces: Vec<Line> = pieces.into_iter().map(|(hash, text)| Line::Piece { hash, text }).collect();
        write(&folder(EVENT_FORMAT).join(PIECES), &pieces);
    }
    let missing: Vec<&&str> = golden_cases::KINDS.iter().filter(|kind| !kinds.contains(**kind)).collect();
    assert!(missing.is_empty(), "no case holds {missing:?}");
}

/// A line that somebody altered is told from one that the engine decides otherwise.
#[test]
fn an_altered_log_does_not_pass() {
    let (_, log) = kept(&folder(EVENT_FORMAT)).remove(0);
    let altered = |place: usize, from: &str, to: &str| {
        let mut lines = log.lines.clone();
        match &mut lines[place] {
            Line::Event { text, .. } | Line::State { text, .. } | Line::Piece { text, .. } => {
                assert!(text.contains(from), "{text}");
                *text = text.replacen(from, to, 1);
            }
        }
        let altered = Log { lines, pieces: log.pieces.clone() };
        std::panic::catch_unwind(|| check("altered", &altered)).is_err()
    };
    let last = log.lines.len() - 1;
    assert!(altered(last, "\"requester\":\"ana\"", "\"requester\":\"ben\""));
    assert!(altered(0, "\"person\":\"ana\"", "\"person\":\"ben\""));
    assert!(altered(0, "\"format\":1", "\"format\":2"));
}
