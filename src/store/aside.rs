//! What is kept together with an event, in its commit: documents that it names, and what it lets people find.

use std::collections::BTreeMap;

use countersign_core::{canonical::Digest, time::Timestamp, value::Values};

use super::{
    Label, Mail, Notification, OwnerNotice, StoreError,
    blobs::check_size,
    db::{Batch, Rows, Value, to_bigint, to_json},
    labels, owner_notices,
};

/// Something that is kept with an event, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aside {
    /// A document.
    Document {
        /// Digest of its bytes.
        hash: Digest,
        /// Its media type as found.
        media_type: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The plain text of a document.
    Text {
        /// Its digest.
        hash: Digest,
        /// The text.
        text: String,
    },
    /// A mail; it is kept once for its key.
    Mail(Mail),
    /// What a person is told about a task; once for its key.
    Notification(Notification),
    /// A call of the practice system, see [`super::Store::record_practice_call`].
    PracticeCall {
        /// The idempotency key.
        key: String,
        /// The system's name in the process text.
        system: String,
        /// What was asked of it.
        operation: String,
        /// What was sent.
        payload: Values,
    },
    /// What a person decided about an agent's answer; one for each answer that the event settles.
    Label(Label),
    /// What whoever answers for the process is told; once for its key.
    OwnerNotice(OwnerNotice),
}

const DOCUMENTS: Rows = Rows {
    head: "insert into blobs (hash, media_type, size, bytes, put_at)",
    columns: 5,
    tail: " on conflict (hash) do update set put_at = excluded.put_at",
};

const TEXTS: Rows = Rows {
    head: "insert into texts (hash, text, put_at)",
    columns: 3,
    tail: " on conflict (hash) do update set put_at = excluded.put_at",
};

const MAILS: Rows = Rows {
    head: "insert into mails (key, case_id, to_name, to_address, text, at)",
    columns: 6,
    tail: " on conflict do nothing",
};

const NOTIFICATIONS: Rows = Rows {
    head: "insert into notifications (key, person, case_id, task, notice, at, seen_at)",
    columns: 7,
    tail: " on conflict do nothing",
};

const PRACTICE_CALLS: Rows = Rows {
    head: "insert into practice_calls (key, system, operation, payload, first_at, times)",
    columns: 6,
    tail: " on conflict (key) do update set times = practice_calls.times + 1",
};

/// Refuses what is too large to be kept.
pub(super) fn check(all: &[Aside]) -> Result<(), StoreError> {
    all.iter().try_for_each(|one| match one {
        Aside::Document { bytes, .. } => check_size("the document", bytes.len()),
        Aside::Text { text, .. } => check_size("the document's text", text.len()),
        Aside::Mail(_)
        | Aside::Notification(_)
        | Aside::PracticeCall { .. }
        | Aside::Label(_)
        | Aside::OwnerNotice(_) => Ok(()),
    })
}

/// Adds what is kept with events of these instants; `false`, with nothing added, when one call stands there twice.
pub(super) fn write<'a>(batch: &mut Batch<'a>, all: Vec<(&'a Aside, Timestamp)>) -> Result<bool, StoreError> {
    let (mut documents, mut texts, mut calls) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (mut mails, mut notifications, mut labelled) = (Vec::new(), Vec::new(), Vec::new());
    let mut notices = Vec::new();
    for (one, now) in all {
        match one {
            Aside::Document { hash, media_type, bytes } => {
                let size = to_bigint(bytes.len() as u64);
                let row: Vec<Value<'a>> =
                    vec![hash.into(), media_type.into(), size.into(), bytes.as_slice().into(), now.0.into()];
                documents.insert(hash, row);
            }
            Aside::Text { hash, text } => {
                texts.insert(hash, vec![hash.into(), text.into(), now.0.into()]);
            }
            Aside::Mail(mail) => mails.push(vec![
                (&mail.key).into(),
                (&mail.case_id).into(),
                (&mail.to_name).into(),
                (&mail.to_address).into(),
                (&mail.text).into(),
                mail.at.0.into(),
            ]),
            Aside::Notification(one) => notifications.push(vec![
                (&one.key).into(),
                (&one.person).into(),
                (&one.case_id).into(),
                i64::from(one.task).into(),
                to_json(&one.notice)?.into(),
                one.at.0.into(),
                one.seen_at.map(|at| at.0).into(),
            ]),
            Aside::Label(label) => labelled.push(labels::row(label)?),
            Aside::OwnerNotice(notice) => notices.push(owner_notices::row(notice)),
            Aside::PracticeCall { key, system, operation, payload } => {
                let payload = to_json(payload)?;
                let row: Vec<Value<'a>> =
                    vec![key.into(), system.into(), operation.into(), payload.into(), now.0.into(), 1.into()];
                // One statement cannot count one row twice.
                if calls.insert(key, row).is_some() {
                    return Ok(false);
                }
            }
        }
    }
    batch.add_rows(DOCUMENTS, documents.into_values().collect());
    batch.add_rows(TEXTS, texts.into_values().collect());
    batch.add_rows(labels::LABELS, labelled);
    batch.add_rows(owner_notices::NOTICES, notices);
    batch.add_rows(MAILS, mails);
    batch.add_rows(NOTIFICATIONS, notifications);
    batch.add_rows(PRACTICE_CALLS, calls.into_values().collect());
    Ok(true)
}
