//! What one event writes into each table, as rows: alone or in a group, they are the same.

use countersign_core::{
    canonical::Digest,
    case::{Document, Status},
    event::EventKind,
};

use super::{
    StoreError,
    commit::Prepared,
    db::{Batch, Rows, Value, maybe_ms, to_bigint, to_json},
    states::STATE_EVERY,
};

/// One row of values.
pub(super) type RowOf<'a> = Vec<Value<'a>>;

/// An event that will be written, with its place in the chain.
pub(super) struct Accepted<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) hash: Digest,
}

const STATE: &str = "insert into cases (id, version, state, state_hash, seq, wake_at, status, closing, success, stage,
         subject, waiting_for, waiting_since, due_at, stuck, closed_at, updated_at, number, process,
         requester, opened_at)";

/// A case that is not there yet. That somebody else opens it at the same time is a fault, and no change of theirs.
pub(super) const NEW_CASES: Rows = Rows { head: STATE, columns: 21, tail: "" };

/// The same where somebody else may be opening it just now: then nothing is written.
pub(super) const NEW_CASE: Rows = Rows { tail: " on conflict (id) do nothing", ..NEW_CASES };

/// A case that is there and held by this transaction.
pub(super) const NEXT_STATES: Rows = Rows {
    head: STATE,
    columns: 21,
    tail: " on conflict (id) do update set
         version = excluded.version, state = excluded.state, state_hash = excluded.state_hash, seq = excluded.seq,
         wake_at = excluded.wake_at, status = excluded.status, closing = excluded.closing, success = excluded.success,
         stage = excluded.stage, subject = excluded.subject, waiting_for = excluded.waiting_for,
         waiting_since = excluded.waiting_since, due_at = excluded.due_at, stuck = excluded.stuck,
         closed_at = excluded.closed_at, updated_at = excluded.updated_at",
};

const EVENTS: Rows = Rows {
    head: "insert into events
         (case_id, seq, at, kind, actor, header, payload_hash, state_hash, hash, dedup)",
    columns: 10,
    tail: "",
};

const PAYLOADS: Rows = Rows { head: "insert into payloads (case_id, seq, salt, body)", columns: 4, tail: "" };

const CASE_STATES: Rows = Rows { head: "insert into case_states (case_id, seq, state)", columns: 3, tail: "" };

const CASE_DOCUMENTS: Rows =
    Rows { head: "insert into case_documents (case_id, hash)", columns: 2, tail: " on conflict do nothing" };

/// The state that an event left behind, with what lists show of it.
pub(super) fn state_row(prepared: &Prepared) -> Result<RowOf<'_>, StoreError> {
    let commit = &prepared.commit;
    let (case, overview) = (&commit.case, &commit.overview);
    let (status, closing, success, closed_at) = match &case.status {
        Status::Unopened => ("unopened", None, None, None),
        Status::Open => ("open", None, None, None),
        Status::Closed { closing, success, at } => ("closed", Some(closing), Some(*success), Some(at.0)),
    };
    Ok(vec![
        (&case.id).into(),
        (&case.version).into(),
        (&prepared.state).into(),
        (&prepared.state_hash).into(),
        to_bigint(case.seq).into(),
        maybe_ms(commit.wake_at).into(),
        status.into(),
        closing.into(),
        success.into(),
        (&overview.stage).into(),
        (&overview.subject).into(),
        to_json(&overview.waiting_for)?.into(),
        maybe_ms(overview.waiting_since).into(),
        maybe_ms(overview.due_at).into(),
        overview.stuck.into(),
        closed_at.into(),
        commit.now.0.into(),
        to_bigint(case.number).into(),
        (&case.process).into(),
        (&case.requester).into(),
        case.opened_at.0.into(),
    ])
}

/// Everything that events write besides the states that they leave behind.
pub(super) fn add_events<'a>(batch: &mut Batch<'a>, accepted: &'a [Accepted<'_>]) {
    batch.add_rows(EVENTS, accepted.iter().map(event_row).collect());
    batch.add_rows(PAYLOADS, accepted.iter().map(payload_row).collect());
    batch.add_rows(CASE_STATES, kept_state_rows(accepted));
    batch.add_rows(CASE_DOCUMENTS, document_rows(accepted));
}

/// The event, with its place in the chain.
fn event_row<'a>(one: &'a Accepted<'_>) -> RowOf<'a> {
    let Prepared { commit, header, payload_hash, state_hash, .. } = one.prepared;
    vec![
        (&commit.case.id).into(),
        to_bigint(commit.case.seq).into(),
        commit.event.at.0.into(),
        commit.event.kind.name().into(),
        commit.event.by.id().into(),
        (&header.written).into(),
        payload_hash.into(),
        state_hash.into(),
        (&one.hash).into(),
        (&commit.dedup).into(),
    ]
}

/// What the event says, apart from it so that it can be erased.
fn payload_row<'a>(one: &'a Accepted<'_>) -> RowOf<'a> {
    let Prepared { commit, salt, payload, .. } = one.prepared;
    vec![(&commit.case.id).into(), to_bigint(commit.case.seq).into(), salt.into(), payload.into()]
}

/// The states that are kept along the log.
fn kept_state_rows<'a>(accepted: &'a [Accepted<'_>]) -> Vec<RowOf<'a>> {
    let states = accepted.iter().map(|one| (&one.prepared.commit.case, &one.prepared.state));
    let kept = states.filter(|(case, _)| case.seq.is_multiple_of(STATE_EVERY));
    kept.map(|(case, state)| vec![(&case.id).into(), to_bigint(case.seq).into(), state.into()]).collect()
}

/// The documents that events bring, so that they are not collected as unreferenced.
fn document_rows<'a>(accepted: &'a [Accepted<'_>]) -> Vec<RowOf<'a>> {
    let mut rows = Vec::new();
    for commit in accepted.iter().map(|one| &one.prepared.commit) {
        let (EventKind::CaseOpened { documents, .. } | EventKind::TaskDecided { documents, .. }) = &commit.event.kind
        else {
            continue;
        };
        for Document { bytes, text, .. } in documents.values() {
            rows.extend(std::iter::once(bytes).chain(text).map(|hash| vec![(&commit.case.id).into(), hash.into()]));
        }
    }
    rows
}
