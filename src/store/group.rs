//! Many events in one transaction, written set by set: few statements for all of them instead of many for each.
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
    db::{Connection, Sql, padded, sql},
    decisions,
    effects::{self, Released},
    event_rows::{
        Accepted, CASE_DOCUMENTS, CASE_STATES, EVENTS, NEW_CASES, NEXT_STATES, PAYLOADS, RowOf, document_rows,
        event_row, kept_state_rows, payload_row, state_row,
    },
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
        if outcome.is_ok() {
            recent.keep(&one.prepared.case, one.prepared.state.len());
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
/// `None` says that it has to be committed one by one.
pub(super) async fn write(
    connection: &mut Connection,
    group: &[Arc<Prepared>],
) -> Result<Option<Outcomes>, StoreError> {
    let mut heads = heads(connection, group).await?;
    let (mut outcomes, mut accepted) = (Vec::with_capacity(group.len()), Vec::with_capacity(group.len()));
    for prepared in group {
        let case = &prepared.commit.case;
        let head = heads.get(&case.id).cloned();
        let (found, prev_hash) = head.unwrap_or_else(|| (0, GENESIS.to_owned()));
        if found != prepared.commit.expected_seq {
            outcomes.push(Err(out_of_turn(connection, prepared, found).await?));
            continue;
        }
        let hash = chain_hash(&prepared.header, &prepared.payload_hash, &prepared.state_hash, &prev_hash);
        heads.insert(case.id.clone(), (case.seq, hash.clone()));
        outcomes.push(Ok(Committed { seq: case.seq, hash: hash.clone() }));
        accepted.push(Accepted { prepared, prev_hash, hash });
    }
    Ok(write_accepted(connection, &accepted).await?.then_some(outcomes))
}

/// Where the logs of the cases end.
///
/// Invariant: whoever changes a case holds its row first. Every group holds them in the order of their identifiers,
/// so that no two groups wait for each other.
async fn heads(connection: &mut Connection, group: &[Arc<Prepared>]) -> Result<Heads, StoreError> {
    let cases: BTreeSet<&str> = group.iter().map(|prepared| prepared.commit.case.id.as_str()).collect();
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
    if accepted.is_empty() {
        return Ok(true);
    }
    let commits: Vec<&Commit> = accepted.iter().map(|one| &one.prepared.commit).collect();
    let acknowledged: Vec<&Lease> = commits.iter().filter_map(|commit| commit.acknowledged.as_ref()).collect();
    if !acknowledged.is_empty() && effects::settle_all(connection, &acknowledged).await? != acknowledged.len() as u64 {
        return Ok(false);
    }
    let mut released = BTreeMap::new();
    for commit in &commits {
        for command in &commit.commands {
            let Commit { case, held_until, now, .. } = commit;
            let one = Released { case_id: &case.id, command, held_until: *held_until, now: *now };
            // One statement cannot write one row twice.
            if released.insert(command.key(), one).is_some() {
                return Ok(false);
            }
        }
    }
    let mut aside = Vec::new();
    for commit in &commits {
        aside.extend(commit.aside.iter().map(|one| (one, commit.now)));
    }
    if !aside::write(connection, aside).await? {
        return Ok(false);
    }
    write_cases(connection, accepted).await?;
    let events: Vec<RowOf<'_>> = accepted.iter().map(event_row).collect();
    EVENTS.execute(connection, events).await?;
    let payloads: Vec<RowOf<'_>> = accepted.iter().map(payload_row).collect();
    PAYLOADS.execute(connection, payloads).await?;
    CASE_STATES.execute(connection, kept_state_rows(accepted)).await?;
    CASE_DOCUMENTS.execute(connection, document_rows(accepted)).await?;
    effects::insert_all(connection, released.into_values().collect()).await?;
    // Of several events of one case the last one says which tasks are open.
    let open: BTreeMap<&str, &[TaskRow]> = commits.iter().map(|commit| (&*commit.case.id, &*commit.tasks)).collect();
    tasks::replace_all(connection, &open).await?;
    let mut records = Vec::new();
    for commit in &commits {
        records.extend(commit.decision_record.as_ref().map(|record| (&*commit.case.id, commit.case.seq, record)));
    }
    decisions::insert_all(connection, &records).await?;
    Ok(true)
}

/// The states that the events left behind, of each case the last one.
async fn write_cases(connection: &mut Connection, accepted: &[Accepted<'_>]) -> Result<(), StoreError> {
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
    NEW_CASES.execute(connection, opened).await?;
    NEXT_STATES.execute(connection, changed).await?;
    Ok(())
}
