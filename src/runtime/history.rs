//! The log of a case, applied again from the first event.

use std::{collections::HashMap, sync::Arc};

use countersign_core::{Context, case::Case, decide, people::Directory, time::Calendar};

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
}

/// A log applied again.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The events that could be applied, in order.
    pub moments: Vec<Moment>,
    /// Why the log could not be applied to its end.
    pub stopped: Option<Stopped>,
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

impl Runtime {
    /// Applies the whole log of a case again, each event with the snapshots that it was decided with.
    pub async fn history(&self, case_id: &str) -> Result<History, Problem> {
        let mut history = History::default();
        let mut case = Case::unopened(case_id);
        let mut directories: HashMap<String, Arc<Directory>> = HashMap::new();
        let mut calendars: HashMap<String, Arc<Calendar>> = HashMap::new();
        for stored in self.store().events(case_id).await? {
            let seq = stored.seq;
            let Some(event) = stored.event.clone() else {
                history.stopped = Some(Stopped::Erased { seq });
                break;
            };
            let hashes = stored.context.clone();
            // Each event was decided with the version that the case ran or came to, and with what was added to it.
            let definition = self.effective(&hashes.definition, &case).await?;
            if let Some(why) = self.carried_otherwise(&case, &event.kind, &definition).await? {
                history.stopped = Some(Stopped::Differs { seq, why });
                break;
            }
            let Some(directory) = self.snapshot(&mut directories, &hashes.directory).await? else {
                history.stopped = Some(Stopped::SnapshotMissing { seq, what: "the directory".to_owned() });
                break;
            };
            let Some(calendar) = self.snapshot(&mut calendars, &hashes.calendar).await? else {
                history.stopped = Some(Stopped::SnapshotMissing { seq, what: "the calendar".to_owned() });
                break;
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
            match decide(&context, case.clone(), &event) {
                Ok((after, _)) => {
                    let before = std::mem::replace(&mut case, after.clone());
                    history.moments.push(Moment { stored, before, after });
                }
                Err(rejected) => {
                    history.stopped = Some(Stopped::Differs { seq, why: rejected.to_string() });
                    break;
                }
            }
        }
        Ok(history)
    }

    /// Whether the log of a case leads to its state; the difference in words when it does not.
    pub async fn fold_difference(&self, case_id: &str) -> Result<Option<String>, Problem> {
        let history = self.history(case_id).await?;
        if let Some(stopped) = history.stopped {
            return Ok(match stopped {
                Stopped::Erased { .. } => None,
                Stopped::Differs { .. } | Stopped::SnapshotMissing { .. } => Some(stopped.to_string()),
            });
        }
        let state = self.store().load(case_id).await?;
        let folded = history.moments.last().map(|moment| &moment.after);
        Ok((state.as_ref() != folded).then(|| "the log does not lead to the stored state".to_owned()))
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
