//! The hash chain of a case, and the check that nobody has changed what is on the record.

use std::collections::BTreeMap;

use countersign_core::canonical::{Digest, digest_bytes};

use super::{
    Store, StoreError,
    db::{Connection, Row, close, sql},
    header::{Context, Written},
    states,
};

/// What stands before the first event.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The salted hash of a payload. It stays when the payload is erased, and without the salt it tells nothing.
pub(super) fn payload_hash(salt: &str, payload: &str) -> Digest {
    digest_bytes(format!("{salt}{payload}").as_bytes())
}

/// The hash of one event: it covers the header, the payload's hash, the state after it and the event before it.
pub(super) fn chain_hash(header: &str, payload_hash: &str, state_hash: &str, prev_hash: &str) -> Digest {
    digest_bytes(format!("{header}{payload_hash}{state_hash}{prev_hash}").as_bytes())
}

/// What the check of one case's chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// The case.
    pub case_id: String,
    /// How many events were checked.
    pub events: u64,
    /// How many of them have an erased payload. That is no fault.
    pub erased: u64,
    /// The first fault.
    pub fault: Option<Fault>,
}

/// A place where the record is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The event; `None` when the case's state is at fault.
    pub seq: Option<u64>,
    /// What is wrong, in words.
    pub what: String,
}

impl Store {
    /// Hashes a case's log again and reports the first row that was altered, removed or moved.
    ///
    /// It tells tampering with single rows, not the loss of a whole case with everything that belongs to it.
    ///
    /// # Errors
    /// When the database fails; a fault in the record is no error.
    pub async fn verify(&self, case_id: &str) -> Result<ChainReport, StoreError> {
        let mut reader = self.readers.begin().await?;
        let report = verify_case(&mut reader, case_id).await;
        close(reader).await;
        report
    }

    /// Checks every case, in the order of their identifiers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_all(&self) -> Result<Vec<ChainReport>, StoreError> {
        let cases: Vec<String> =
            sql("select id from cases union select case_id from events order by 1").scalars(&self.readers).await?;
        let mut reports = Vec::with_capacity(cases.len());
        for case_id in cases {
            reports.push(self.verify(&case_id).await?);
        }
        Ok(reports)
    }
}

async fn verify_case(reader: &mut Connection, case_id: &str) -> Result<ChainReport, StoreError> {
    let rows = sql("select e.seq, e.at, e.kind, e.actor, e.header, e.payload_hash, e.state_hash, e.hash, e.dedup,
                p.salt, p.body, p.erased_at
         from events e left join payloads p on p.case_id = e.case_id and p.seq = e.seq
         where e.case_id = $1 order by e.seq")
    .bind(case_id)
    .fetch_all(&mut *reader)
    .await?;
    let mut report = ChainReport { case_id: case_id.to_owned(), events: 0, erased: 0, fault: None };
    let (mut prev_hash, mut state_hash) = (GENESIS.to_owned(), String::new());
    let mut contexts = BTreeMap::new();
    for row in &rows {
        let seq = row.count("seq")?;
        if let Some(what) = check_event(row, case_id, report.events + 1, &prev_hash)? {
            report.fault = Some(Fault { seq: Some(seq.min(report.events + 1)), what });
            return Ok(report);
        }
        report.events += 1;
        report.erased += u64::from(row.maybe_time("erased_at")?.is_some());
        prev_hash = row.text("hash")?;
        state_hash = row.text("state_hash")?;
        if let Context::Named(context) = Written::read(row)?.context() {
            contexts.entry(context).or_insert(seq);
        }
    }
    if let Some(seq) = without_context(reader, contexts).await? {
        let what = format!("what event {seq} was decided with was removed");
        report.fault = Some(Fault { seq: Some(seq), what });
        return Ok(report);
    }
    report.fault = check_state(reader, case_id, report.events, &state_hash).await?;
    if report.fault.is_none()
        && let Some(seq) = states::altered(reader, case_id).await?
    {
        let what = format!("the kept state after event {seq} was altered after it was written");
        report.fault = Some(Fault { seq: Some(seq), what });
    }
    Ok(report)
}

/// The first event whose context, the snapshot of what it was decided with, is gone.
async fn without_context(reader: &mut Connection, contexts: BTreeMap<Digest, u64>) -> Result<Option<u64>, StoreError> {
    let mut gone = None;
    for (context, seq) in contexts {
        let kept: Option<String> =
            sql("select hash from snapshots where hash = $1").bind(context).scalar_optional(&mut *reader).await?;
        if kept.is_none() {
            gone = Some(gone.map_or(seq, |first: u64| first.min(seq)));
        }
    }
    Ok(gone)
}

/// What is wrong with one event, given its expected number and the hash before it.
fn check_event(row: &Row, case_id: &str, expected: u64, prev_hash: &str) -> Result<Option<String>, StoreError> {
    let seq = row.count("seq")?;
    if seq != expected {
        return Ok(Some(format!("event {expected} was removed or moved: event {seq} stands in its place")));
    }
    let (payload, state) = (row.text("payload_hash")?, row.text("state_hash")?);
    let Ok(written) = Written::read(row) else {
        return Ok(Some(format!("the header of event {seq} cannot be read: it was altered after it was written")));
    };
    let Some(covered) = written.covered(row, case_id)? else {
        return Ok(Some(format!("event {seq} was altered or moved: its columns are not what its header says")));
    };
    if chain_hash(&covered, &payload, &state, prev_hash) != row.text("hash")? {
        return Ok(Some(format!("event {seq}, or the one before it, was altered or moved after it was written")));
    }
    check_payload(row, seq, &payload)
}

fn check_payload(row: &Row, seq: u64, hash: &str) -> Result<Option<String>, StoreError> {
    let fault = match (row.maybe_text("salt")?, row.maybe_text("body")?, row.maybe_time("erased_at")?) {
        (None, ..) => Some(format!("the payload of event {seq} was removed")),
        (Some(_), None, Some(_)) => None,
        (Some(_), None, None) => Some(format!("the payload of event {seq} was removed without an erasure")),
        (Some(_), Some(_), Some(_)) => Some(format!("the payload of event {seq} was put back after its erasure")),
        (Some(salt), Some(body), None) if payload_hash(&salt, &body) == hash => None,
        (Some(_), Some(_), None) => Some(format!("the payload of event {seq} was altered after it was written")),
    };
    Ok(fault)
}

/// What is wrong with the state row, given what the log says.
async fn check_state(
    reader: &mut Connection,
    case_id: &str,
    events: u64,
    state_hash: &str,
) -> Result<Option<Fault>, StoreError> {
    let row =
        sql("select state, state_hash, seq from cases where id = $1").bind(case_id).fetch_optional(reader).await?;
    let Some(row) = row else {
        return Ok(Some(Fault { seq: None, what: "the case was removed and its log was left".to_owned() }));
    };
    let seq = row.count("seq")?;
    if seq > events {
        let what = format!("event {} was removed: the case is at event {seq}", events + 1);
        return Ok(Some(Fault { seq: Some(events + 1), what }));
    }
    let stored = digest_bytes(row.text("state")?.as_bytes());
    if seq < events || stored != state_hash || row.text("state_hash")? != state_hash {
        let what = format!("the state of the case is not the one that event {events} left behind");
        return Ok(Some(Fault { seq: None, what }));
    }
    Ok(None)
}
