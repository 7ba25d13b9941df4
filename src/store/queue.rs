//! The way into a queue of changes: it is never endless, and nobody waits for room in it for ever.

use std::time::Duration;

use tokio::sync::mpsc;

use super::{StoreError, error::unavailable};

/// Changes that may wait in a queue; more are turned away after [`PATIENCE`].
pub(super) const QUEUE_LIMIT: usize = 4_096;

/// How long a change may wait for room in its queue.
const PATIENCE: Duration = Duration::from_secs(5);

/// Puts a change into its queue.
///
/// # Errors
/// When the queue has been closed, or stays full.
pub(super) async fn send<T>(queue: &mpsc::Sender<T>, change: T) -> Result<(), StoreError> {
    match tokio::time::timeout(PATIENCE, queue.send(change)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(unavailable("it has been closed", "start the server again")),
        Err(_) => Err(unavailable("too many changes are waiting", "try again in a moment")),
    }
}

/// What is said to somebody whose change was taken and never answered.
pub(super) fn interrupted() -> StoreError {
    unavailable("a fault interrupted the change", "send it again: a change that was applied is not applied twice")
}
