//! The log of a case, applied again: from its first event to check it, or its latest part to tell it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use countersign_core::{Context, case::Case, decide, definition::Definition, people::Directory, time::Calendar};

use super::{Problem, Runtime};
use crate::store::StoredEvent;

/// One event and the case as it was after it.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The event as it is stored.
    pub stored: StoredEvent,
    /// The case before it.
    pub before: Case,
    /// The case after it.
    pub after: Case,
    /// The version that it was decided with, and what was added to it by then.
    pub definition: Arc<Definition>,
}

/// A log, or a part of it, applied again.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// How many events stand before the first of [`History::moments`].
    pub earlier: u64,
    /// The events that could be applied, in order.
    pub moments: Vec<Moment>,
    /// Why the log could not be applied to its end.
    pub stopped: Option<Stopped>,
    /// What an event changed outside the case, in words: an agent's certificate that it brought or ended.
    pub remarks: BTreeMap<u64, Vec<String>>,
}

/// Why a log cannot be applied again beyond some event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// What the event held has been erased on request.
    #[error("what event {seq} held has been erased on request")]
    Erased {
        /// The event.
        seq: u64,
    },
    /// The engine decides otherwise today.
    #[error("event {seq} would be decided otherwise today: {why}")]
    Differs {
        /// The event.
        seq: u64,
        /// How.
        why: String,
    },
    /// A snapshot that the event was decided with is gone.
    #[error("what event {seq} was decided with is missing: {what}")]
    SnapshotMissing {
        /// The event.
        seq: u64,
        /// Which snapshot.
        what: String,
    },
}

/// The most events that one page of a timeline shows.
pub const TIMELINE_PAGE: u64 = 200;

/// The last event of a page of a timeline: the case's last one, or the one before `before`.
#[must_use]
pub fn up_to(last: u64, before: Option<u64>) -> u64 {
    before.map_or(last, |before| before.saturating_sub(1).min(last))
}

/// Snapshots that were read already.
#[derive(Default)]
struct Known {
    directories: HashMap<String, Arc<Directory>>,
    calendars: HashMap<String, Arc<Calendar>>,
}

impl Runtime {
    /// The events of a case up to one of them, at most [`TIMELINE_PAGE`], each with the case before and after it.
    ///
    /// It begins at the state that is kept nearest before them, so that it takes as long in an old case as in a new
    /// one.
    pub async fn timeline(&self, case_id: &str, upto: u64) -> Result<History, Problem> {
        let earlier = upto.saturating_sub(TIMELINE_PAGE);
        let kept = self.store().state_at_or_before(case_id, earlier).await?;
        let mut moments = Vec::new();
        let keep = |stored, before, after: &Case, definition| {
            moments.push(Moment { stored, before, after: after.clone(), definition });
        };
        let from = kept.unwrap_or_else(|| Case::unopened(case_id));
        let (_, stopped) = self.fold(from, (earlier, upto), keep).await?;
        Ok(History { earlier, moments, stopped, remarks: self.turns_of(case_id).await? })
    }

    /// Whether the log of a case, applied from its first event, leads to its state; the difference in words when it
    /// does not.
    pub async fn fold_difference(&self, case_id: &str) -> Result<Option<String>, Problem> {
        let nothing = |_, _, _: &Case, _| {};
        let (folded, stopped) = self.fold(Case::unopened(case_id), (u64::MAX, u64::MAX), nothing).await?;
        if let Some(stopped) = stopped {
            return Ok(match stopped {
                Stopped::Erased { .. } => None,
                Stopped::Differs { .. } | Stopped::SnapshotMissing { .. } => Some(stopped.to_string()),
            });
        }
        let state = self.store().load(case_id).await?;
        let same = state.map_or(folded.seq == 0, |state| *state == folded);
        Ok((!same).then(|| "the log does not lead to the stored state".to_owned()))
    }

    /// Applies the log from a state on up to an event, each event with the snapshots that it was decided with; those
    /// after `quiet` are told with the case before and after them.
    async fn fold(
        &self,
        mut case: Case,
        (quiet, upto): (u64, u64),
        mut told: impl FnMut(StoredEvent, Case, &Case, Arc<Definition>) + Send,
    ) -> Result<(Case, Option<Stopped>), Problem> {
        let mut known = Known::default();
        let case_id = case.id.clone();
        while case.seq < upto {
            let events = self.store().events_after(&case_id, case.seq, upto).await?;
            if events.is_empty() {
                break;
            }
            for stored in events {
                let before = (stored.seq > quiet).then(|| case.clone());
                let definition = match self.applied(&mut known, case, &stored).await? {
                    Ok((after, definition)) => {
                        case = after;
                        definition
                    }
                    Err(stopped) => return Ok((Case::unopened(&case_id), Some(stopped))),
                };
                if let Some(before) = before {
                    told(stored, before, &case, definition);
                }
            }
        }
        Ok((case, None))
    }

    /// The case after one event of its log, and what that was decided with.
    async fn applied(
        &self,
        known: &mut Known,
        mut case: Case,
        stored: &StoredEvent,
    ) -> Result<Result<(Case, Arc<Definition>), Stopped>, Problem> {
        let seq = stored.seq;
        let Some(event) = &stored.event else { return Ok(Err(Stopped::Erased { seq })) };
        let missing = |what: &str| Ok(Err(Stopped::SnapshotMissing { seq, what: what.to_owned() }));
        let Some(hashes) = &stored.context else { return missing("the context") };
        // Each event was decided with the version that the case ran or came to, and with what was added to it.
        let definition = self.effective(&hashes.definition, &case).await?;
        if let Some(why) = self.carried_otherwise(&case, &event.kind, &definition).await? {
            return Ok(Err(Stopped::Differs { seq, why }));
        }
        let Some(directory) = self.snapshot(&mut known.directories, &hashes.directory).await? else {
            return missing("the directory");
        };
        let Some(calendar) = self.snapshot(&mut known.calendars, &hashes.calendar).await? else {
            return missing("the calendar");
        };
        if case.seq == 0 {
            case.version.clone_from(&hashes.definition);
        }
        let context = Context {
            definition: &definition,
            version: &hashes.definition,
            directory: &directory,
            calendar: &calendar,
        };
        Ok(match decide(&context, case, event) {
            Ok((after, _)) => Ok((after, definition)),
            Err(rejected) => Err(Stopped::Differs { seq, why: rejected.to_string() }),
        })
    }

    async fn snapshot<T: serde::de::DeserializeOwned>(
        &self,
        known: &mut HashMap<String, Arc<T>>,
        hash: &str,
    ) -> Result<Option<Arc<T>>, Problem> {
        if let Some(value) = known.get(hash) {
            return Ok(Some(Arc::clone(value)));
        }
        let Some(value) = self.store().snapshot::<T>(hash).await? else { return Ok(None) };
        let value = Arc::new(value);
        known.insert(hash.to_owned(), Arc::clone(&value));
        Ok(Some(value))
    }
}
