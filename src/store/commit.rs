//! One event of one case, committed as one unit: log, state, tasks, effects and wake-up together or not at all.

use std::sync::Arc;

use countersign_core::{
    canonical::{Digest, canonical, digest_bytes},
    case::Case,
    command::Command,
    event::Event,
    time::Timestamp,
};

use super::{
    Aside, CaseOverview, Changes, CommitError, Lease, NewDecisionRecord, Store, StoreError, TaskRow, aside,
    chain::{GENESIS, chain_hash, payload_hash},
    db::{Batch, Connection, sql},
    decisions,
    effects::{self, Settled},
    event_rows::{Accepted, NEW_CASE, NEXT_STATES, add_events, state_row},
    header::Header,
    read_only, tasks,
};
use crate::id::secret_hex;

/// The largest payload of one event, in bytes of canonical JSON.
pub const PAYLOAD_LIMIT: usize = 1024 * 1024;

/// Random bytes in front of a payload's hash, so that an erased payload cannot be guessed from it.
const SALT_BYTES: usize = 16;

/// One event that was decided outside on a case as it was loaded, with everything that follows from it.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The case after the event; its `seq` is one more than [`Commit::expected_seq`].
    pub case: Arc<Case>,
    /// The `seq` that the case was loaded with; 0 for a new case.
    pub expected_seq: u64,
    /// The event.
    pub event: Event,
    /// What makes this request the same request when it comes again.
    pub dedup: String,
    /// What the event was decided with.
    pub context: ContextHashes,
    /// What the world must do; each becomes an effect.
    pub commands: Vec<Command>,
    /// Until when whoever commits holds these effects and carries them out; `None` when anybody may take them.
    pub held_until: Option<Timestamp>,
    /// What is kept with the event.
    pub aside: Vec<Aside>,
    /// The attempt of an effect whose result this event is; the effect is done with it.
    pub acknowledged: Option<Lease>,
    /// When the case must next be looked at.
    pub wake_at: Option<Timestamp>,
    /// What lists show of the case.
    pub overview: CaseOverview,
    /// Every open task of the case; it replaces what stood there.
    pub tasks: Vec<TaskRow>,
    /// What an agent proposed and the gate found, when this event brings it.
    pub decision_record: Option<NewDecisionRecord>,
    /// The current instant.
    pub now: Timestamp,
}

/// The content hashes of what an event was decided with; each names a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextHashes {
    /// The effective definition.
    pub definition: Digest,
    /// The directory.
    pub directory: Digest,
    /// The calendar.
    pub calendar: Digest,
}

/// An event that is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its place in the case's order, from 1.
    pub seq: u64,
    /// Its hash in the chain.
    pub hash: Digest,
}

impl Store {
    /// Commits one event. When this returns, the event is on the disk.
    ///
    /// # Errors
    /// [`CommitError::Duplicate`] when the same request was applied before, [`CommitError::Conflict`] when the case
    /// has moved on since it was loaded, [`CommitError::Superseded`] when the effect whose result this is was taken
    /// over by somebody else, and [`CommitError::Store`] when the database fails or the payload is larger than
    /// [`PAYLOAD_LIMIT`]. In each case nothing of this commit is kept.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        let prepared = Prepared::new(commit)?;
        self.keep_context(&prepared.header).await?;
        match &self.changes {
            Some(Changes::Writer(writer)) => writer.commit(prepared).await,
            Some(Changes::Transactions { lanes, .. }) => lanes.commit(prepared).await,
            None => Err(read_only().into()),
        }
    }
}

/// A commit with everything computed that needs no database, so that the writer's time goes to writing.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) commit: Commit,
    pub(super) state: String,
    pub(super) state_hash: Digest,
    pub(super) payload: String,
    pub(super) payload_hash: Digest,
    pub(super) salt: String,
    pub(super) header: Header,
}

impl Prepared {
    fn new(commit: Commit) -> Result<Self, StoreError> {
        let place = format!("event {} of case {}", commit.case.seq, commit.case.number);
        let refuse = |why: String| StoreError::Refused { what: place.clone(), why };
        if commit.case.seq != commit.expected_seq + 1 {
            return Err(refuse(format!("it does not follow event {}, on which it was decided", commit.expected_seq)));
        }
        let state = canonical(&commit.case).map_err(|error| refuse(error.to_string()))?;
        let payload = canonical(&commit.event).map_err(|error| refuse(error.to_string()))?;
        if payload.len() > PAYLOAD_LIMIT {
            return Err(StoreError::TooLarge { what: place, size: payload.len(), limit: PAYLOAD_LIMIT });
        }
        aside::check(&commit.aside)?;
        let header = Header::of(&commit)?;
        let salt = secret_hex(SALT_BYTES);
        let payload_hash = payload_hash(&salt, &payload);
        let state_hash = digest_bytes(state.as_bytes());
        Ok(Self { commit, state, state_hash, payload, payload_hash, salt, header })
    }

    /// Writes the event alone, and tells exactly what is wrong with it.
    pub(super) async fn write(&self, connection: &mut Connection) -> Result<Committed, CommitError> {
        self.hold_case(connection).await?;
        let prev_hash = self.check_order(connection).await?;
        self.write_case(connection).await?;
        let hash = chain_hash(&self.header.covered, &self.payload_hash, &self.state_hash, &prev_hash);
        let accepted = [Accepted { prepared: self, hash }];
        let mut batch = Batch::default();
        add_events(&mut batch, &accepted);
        let Commit { case, commands, held_until, aside, acknowledged, tasks, decision_record, now, .. } = &self.commit;
        if let Some(lease) = acknowledged
            && effects::settle(connection, lease).await? == Settled::TakenOver
        {
            return Err(CommitError::Superseded { key: lease.key.clone() });
        }
        for one in aside {
            aside::write(&mut batch, vec![(one, *now)])?;
        }
        effects::insert(&mut batch, &case.id, commands, *held_until, *now)?;
        tasks::replace(&mut batch, &case.id, tasks)?;
        if let Some(record) = decision_record {
            decisions::insert_all(&mut batch, &[(&case.id, case.seq, record)])?;
        }
        batch.execute(connection).await.map_err(StoreError::from)?;
        let [Accepted { hash, .. }] = accepted;
        Ok(Committed { seq: case.seq, hash })
    }

    /// Invariant: whoever changes a case holds its row first, so that changes of one case wait for each other and
    /// nobody decides on what another is about to commit.
    async fn hold_case(&self, connection: &mut Connection) -> Result<(), StoreError> {
        if connection.is_shared() {
            let mut row = sql("select seq from cases where id = ");
            row.push_bind(&self.commit.case.id).push(connection.for_update());
            row.fetch_optional(connection).await?;
        }
        Ok(())
    }

    /// Refuses a repeated request and a stale one; returns the hash of the event before this one.
    async fn check_order(&self, connection: &mut Connection) -> Result<Digest, CommitError> {
        let Commit { case, expected_seq, dedup, .. } = &self.commit;
        let last = sql("select seq, hash, (select seq from events where case_id = $1 and dedup = $2) as repeated
             from events where case_id = $1 order by seq desc limit 1")
        .bind(&case.id)
        .bind(dedup)
        .fetch_optional(&mut *connection)
        .await?;
        let (found, hash) = match last {
            Some(row) => match row.maybe_count("repeated")? {
                Some(seq) => return Err(CommitError::Duplicate { seq }),
                None => (row.count("seq")?, row.text("hash")?),
            },
            None => (0, GENESIS.to_owned()),
        };
        if found != *expected_seq {
            return Err(CommitError::Conflict { expected: *expected_seq, found });
        }
        Ok(hash)
    }

    async fn write_case(&self, connection: &mut Connection) -> Result<(), CommitError> {
        let row = vec![state_row(self)?];
        if self.commit.expected_seq > 0 {
            NEXT_STATES.execute(connection, row).await?;
            return Ok(());
        }
        if NEW_CASE.execute(&mut *connection, row).await? > 0 {
            return Ok(());
        }
        // Somebody else has opened it between our look and our write.
        self.check_order(connection).await?;
        Err(CommitError::Conflict { expected: 0, found: 1 })
    }
}
