//! Many events in one transaction, written table by table.
//!
//! This is the road that goes well. As soon as anything is out of the ordinary the group says so; the caller undoes
//! what was written and commits the events one by one, which tells each its own fault.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use countersign_core::canonical::Digest;
use tokio::sync::oneshot;

use super::{
    Commit, CommitError, Committed, Lease, StoreError, TaskRow, aside,
    chain::{GENESIS, chain_hash},
    commit::Prepared,
    db::{Batch, Connection, Sql, padded, sql},
    decisions,
    effects::{self, Released},
    event_rows::{Accepted, NEW_CASES, NEXT_STATES, add_events, state_row},
    recent::Recent,
    tasks,
};

/// An event and whoever waits for it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) prepared: Arc<Prepared>,
    pub(super) reply: oneshot::Sender<Result<Committed, CommitError>>,
}

/// Tells everybody in a group what became of their event, which is on the disk now.
pub(super) fn answer(waiting: Vec<Waiting>, outcomes: Outcomes, recent: &Recent) {
    for (one, outcome) in waiting.into_iter().zip(outcomes) {
        if let Ok(Committed { hash, .. }) = &outcome {
            recent.keep(&one.prepared.commit.case, one.prepared.state.len(), hash.clone());
        }
        // Nobody listens any more when the caller has gone away; the event stands all the same.
        one.reply.send(outcome).ok();
    }
}

/// What became of each event of a group, in its order.
pub(super) type Outcomes = Vec<Result<Committed, CommitError>>;

/// Where the log of each case ends: the number of its last event and its hash.
type Heads = HashMap<String, (u64, Digest)>;

/// Writes a group. The transaction is the caller's.
///
/// `None` says that it has to be committed one by one. A file has one program that changes it, which hands in what it
/// knows of where the logs of the latest cases end.
pub(super) async fn write(
    connection: &mut Connection,
    group: &[Arc<Prepared>],
    known: Option<&Recent>,
) -> Result<Option<Outcomes>, StoreError> {
    let heads = match known {
        Some(recent) => known_heads(connection, group, recent).await?,
        None => heads(connection, group.iter().map(|prepared| prepared.commit.case.id.as_str()).collect()).await?,
    };
    let (outcomes, accepted) = in_turn(connection, group, heads).await?;
    Ok(write_accepted(connection, &accepted).await?.then_some(outcomes))
}

/// What becomes of each event of a group, and those of them that follow the event that they were decided on.
async fn in_turn<'a>(
    connection: &mut Connection,
    group: &'a [Arc<Prepared>],
    mut heads: Heads,
) -> Result<(Outcomes, Vec<Accepted<'a>>), StoreError> {
    let (mut outcomes, mut accepted) = (Vec::with_capacity(group.len()), Vec::with_capacity(group.len()));
    for prepared in group {
        let case = &prepared.commit.case;
        let head = heads.get(&case.id).cloned();
        let (found, prev_hash) = head.unwrap_or_else(|| (0, GENESIS.to_owned()));
        if found != prepared.commit.expected_seq {
            outcomes.push(Err(out_of_turn(connection, prepared, found).await?));
            continue;
        }
        let hash = chain_hash(&prepared.header.covered, &prepared.payload_hash, &prepared.state_hash, &prev_hash);
        heads.insert(case.id.clone(), (case.seq, hash.clone()));
        outcomes.push(Ok(Committed { seq: case.seq, hash: hash.clone() }));
        accepted.push(Accepted { prepared, hash });
    }
    Ok((outcomes, accepted))
}

/// Where the logs of the cases end, for whoever alone changes them. A case that is opened has none, unless it was
/// opened just now: where there is one all the same its row is there already, and the group is refused.
async fn known_heads(
    connection: &mut Connection,
    group: &[Arc<Prepared>],
    recent: &Recent,
) -> Result<Heads, StoreError> {
    let (mut known, mut asked) = (Heads::new(), BTreeSet::new());
    for commit in group.iter().map(|prepared| &prepared.commit) {
        match recent.end(&commit.case.id) {
            Some(end) => drop(known.insert(commit.case.id.clone(), end)),
            None if commit.expected_seq > 0 => drop(asked.insert(commit.case.id.as_str())),
            None => {}
        }
    }
    if !asked.is_empty() {
        known.extend(heads(connection, asked).await?);
    }
    Ok(known)
}

/// Where the logs of the cases end.
///
/// Invariant: whoever changes a case holds its row first. Every group holds them in the order of their identifiers,
/// so that no two groups wait for each other.
async fn heads(connection: &mut Connection, cases: BTreeSet<&str>) -> Result<Heads, StoreError> {
    let cases = padded(cases.into_iter().collect());
    if connection.is_shared() {
        let hold = within("select id from cases where id in", &cases, " order by id for update");
        hold.fetch_all(&mut *connection).await?;
    }
    // It is asked after the rows are held, so that it sees what others had committed by then.
    let ends = "select c.id, e.seq, e.hash from cases c join events e on e.case_id = c.id and e.seq = c.seq
         where c.id in";
    let rows = within(ends, &cases, "").fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.text("id")?, (row.count("seq")?, row.text("hash")?)))).collect()
}

/// A query about some cases.
fn within<'a>(text: &'static str, cases: &[&'a str], tail: &'static str) -> Sql<'a> {
    let mut query = sql(text);
    for (place, case) in cases.iter().enumerate() {
        query.push(if place == 0 { " (" } else { ", " }).push_bind(*case);
    }
    query.push(")").push(tail);
    query
}

/// Why an event does not follow the one that it was decided on.
async fn out_of_turn(connection: &mut Connection, prepared: &Prepared, found: u64) -> Result<CommitError, StoreError> {
    let commit = &prepared.commit;
    let repeated = sql("select seq from events where case_id = $1 and dedup = $2")
        .bind(&commit.case.id)
        .bind(&commit.dedup)
        .fetch_optional(connection)
        .await?;
    Ok(match repeated {
        Some(row) => CommitError::Duplicate { seq: row.count("seq")? },
        None => CommitError::Conflict { expected: commit.expected_seq, found },
    })
}

/// Writes everything that follows from the events; `false` when something is out of the ordinary.
async fn write_accepted(connection: &mut Connection, accepted: &[Accepted<'_>]) -> Result<bool, StoreError> {
    let acknowledged = acknowledged(accepted);
    if !acknowledged.is_empty() && effects::settle_all(connection, &acknowledged).await? != acknowledged.len() as u64 {
        return Ok(false);
    }
    if !have_keys_of_their_own(accepted) {
        return Ok(false);
    }
    let mut batch = Batch::default();
    if !add_accepted(&mut batch, accepted)? {
        return Ok(false);
    }
    batch.execute(connection).await?;
    Ok(true)
}

/// The attempts of effects whose results the events are.
fn acknowledged<'a>(accepted: &[Accepted<'a>]) -> Vec<&'a Lease> {
    accepted.iter().filter_map(|one| one.prepared.commit.acknowledged.as_ref()).collect()
}

/// Whether no two effects have one key: one statement cannot write one row twice.
fn have_keys_of_their_own(accepted: &[Accepted<'_>]) -> bool {
    let mut keys = BTreeSet::new();
    accepted.iter().flat_map(|one| &one.prepared.commit.commands).all(|command| keys.insert(command.key()))
}

/// Adds what follows from some events; `false` when something is out of the ordinary.
fn add_accepted<'a>(batch: &mut Batch<'a>, accepted: &'a [Accepted<'_>]) -> Result<bool, StoreError> {
    let commits: Vec<&Commit> = accepted.iter().map(|one| &one.prepared.commit).collect();
    let mut aside = Vec::new();
    for commit in &commits {
        aside.extend(commit.aside.iter().map(|one| (one, commit.now)));
    }
    if !aside::write(batch, aside)? {
        return Ok(false);
    }
    add_cases(batch, accepted)?;
    add_events(batch, accepted);
    let mut released = Vec::new();
    for Commit { case, commands, held_until, now, .. } in commits.iter().copied() {
        let of_command = |command| Released { case_id: &case.id, command, held_until: *held_until, now: *now };
        released.extend(commands.iter().map(of_command));
    }
    effects::insert_all(batch, released)?;
    // Of several events of one case the last one says which tasks are open.
    let open: BTreeMap<&str, &[TaskRow]> = commits.iter().map(|commit| (&*commit.case.id, &*commit.tasks)).collect();
    tasks::replace_all(batch, &open)?;
    let mut records = Vec::new();
    for commit in &commits {
        records.extend(commit.decision_record.as_ref().map(|record| (&*commit.case.id, commit.case.seq, record)));
    }
    decisions::insert_all(batch, &records)?;
    Ok(true)
}

/// The states that the events left behind, of each case the last one.
fn add_cases<'a>(batch: &mut Batch<'a>, accepted: &'a [Accepted<'_>]) -> Result<(), StoreError> {
    let new: BTreeSet<&str> = accepted
        .iter()
        .filter(|one| one.prepared.commit.expected_seq == 0)
        .map(|one| one.prepared.commit.case.id.as_str())
        .collect();
    // In the order of the identifiers, so that two groups that open the same cases do not wait for each other.
    let last: BTreeMap<&str, &Prepared> =
        accepted.iter().map(|one| (one.prepared.commit.case.id.as_str(), one.prepared)).collect();
    let (mut opened, mut changed) = (Vec::new(), Vec::new());
    for (id, prepared) in last {
        if new.contains(id) {
            opened.push(state_row(prepared)?);
        } else {
            changed.push(state_row(prepared)?);
        }
    }
    batch.add_rows(NEW_CASES, opened);
    batch.add_rows(NEXT_STATES, changed);
    Ok(())
}
