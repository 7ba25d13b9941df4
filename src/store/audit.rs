//! What an audit reads beside the chain of each case: heads, contents under their digest, and what rows repeat.

use super::{
    Store, StoreError,
    db::{Row, from_json, sql, to_bigint},
};
use countersign_core::{
    canonical::{Digest, digest_bytes},
    case::{Case, Status},
};

/// How many snapshots and texts are read at a time.
const CONTENTS_A_PAGE: i64 = 100;
/// How many documents are read at a time; one may have 20 MiB.
const BLOBS_A_PAGE: i64 = 4;
/// How many logs without a case are named.
const STRAYS_MAX: i64 = 100;

/// The last event of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The case.
    pub case_id: String,
    /// The number of the event.
    pub seq: u64,
    /// Its hash, which covers every event before it.
    pub hash: Digest,
}

impl Store {
    /// The last events of cases in the order of their identifiers, from the one after `after` on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heads(&self, after: &str, limit: u32) -> Result<Vec<Head>, StoreError> {
        let rows = sql("select c.id, e.seq, e.hash from cases c join events e on e.case_id = c.id and e.seq = c.seq
             where c.id > $1 order by c.id limit $2")
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(read_head).collect()
    }

    /// The hash of one event, if it is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn event_hash(&self, case_id: &str, seq: u64) -> Result<Option<Digest>, StoreError> {
        let row = sql("select hash from events where case_id = $1 and seq = $2")
            .bind(case_id)
            .bind(to_bigint(seq))
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| row.text("hash")).transpose()
    }

    /// The identifiers of cases in their order, from the one after `after` on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_ids(&self, after: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        let rows = sql("select id from cases where id > $1 order by id limit $2")
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| row.text("id")).collect()
    }

    /// What is left of cases that are gone, in words.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn strays(&self) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        for (statement, what) in [
            (
                "select distinct e.case_id from events e left join cases c on c.id = e.case_id
                 where c.id is null order by e.case_id limit $1",
                "the case was removed and its log was left",
            ),
            (
                "select distinct p.case_id from payloads p
                 left join events e on e.case_id = p.case_id and e.seq = p.seq
                 where e.case_id is null order by p.case_id limit $1",
                "an event was removed or moved and its payload was left",
            ),
        ] {
            let rows = sql(statement).bind(STRAYS_MAX).fetch_all(&self.readers).await?;
            for row in &rows {
                found.push(format!("{}: {what}", row.text("case_id")?));
            }
        }
        Ok(found)
    }

    /// What the row of a case repeats of its state and does not agree with it, in words.
    ///
    /// # Errors
    /// When the database fails or the state cannot be read.
    pub async fn case_row_fault(&self, case_id: &str) -> Result<Option<String>, StoreError> {
        let row =
            sql("select state, number, process, version, status, closing, success, requester, opened_at, closed_at
             from cases where id = $1")
            .bind(case_id)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let case: Case = from_json("state", &row.text("state")?)?;
        let (status, closing, success, closed_at) = match &case.status {
            Status::Unopened => ("unopened", None, None, None),
            Status::Open => ("open", None, None, None),
            Status::Closed { closing, success, at } => ("closed", Some(closing.clone()), Some(*success), Some(*at)),
        };
        let said = row.maybe_flag("success")?;
        let differing = [
            ("number", row.count("number")? != case.number),
            ("process", row.text("process")? != case.process),
            ("version", row.text("version")? != case.version),
            ("status", row.text("status")? != status),
            ("closing", row.maybe_text("closing")? != closing),
            ("success", said != success),
            ("requester", row.text("requester")? != case.requester),
            ("opened_at", row.time("opened_at")? != case.opened_at),
            ("closed_at", row.maybe_time("closed_at")? != closed_at),
        ];
        let columns: Vec<&str> = differing.iter().filter(|(_, differs)| *differs).map(|(column, _)| *column).collect();
        if !columns.is_empty() {
            return Ok(Some(format!("its row was altered: {} is not what its state says", columns.join(", "))));
        }
        if !self.is_kept("versions", &case.version).await? {
            return Ok(Some(format!("the version {} that it runs was removed", case.version)));
        }
        for (key, document) in &case.documents {
            let there = self.is_kept("blobs", &document.bytes).await?
                && match &document.text {
                    Some(text) => self.is_kept("texts", text).await?,
                    None => true,
                };
            if !there {
                return Ok(Some(format!("its document {key} was removed")));
            }
        }
        Ok(None)
    }

    async fn is_kept(&self, table: &'static str, hash: &str) -> Result<bool, StoreError> {
        let statement = match table {
            "blobs" => "select hash from blobs where hash = $1",
            "versions" => "select hash from versions where hash = $1",
            _ => "select hash from texts where hash = $1",
        };
        Ok(sql(statement).bind(hash).fetch_optional(&self.readers).await?.is_some())
    }

    /// Documents, texts and snapshots that are not what their digest says, in words.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn altered_contents(&self) -> Result<Vec<String>, StoreError> {
        let mut altered = Vec::new();
        for (what, statement, page) in [
            (
                "snapshot",
                "select hash, body as content from snapshots where hash > $1 order by hash limit $2",
                CONTENTS_A_PAGE,
            ),
            ("text", "select hash, text as content from texts where hash > $1 order by hash limit $2", CONTENTS_A_PAGE),
            (
                "document",
                "select hash, bytes as content from blobs where hash > $1 order by hash limit $2",
                BLOBS_A_PAGE,
            ),
        ] {
            let mut after = String::new();
            loop {
                let rows = sql(statement).bind(&after).bind(page).fetch_all(&self.readers).await?;
                for row in &rows {
                    after = row.text("hash")?;
                    let found = if what == "document" {
                        digest_bytes(&row.bytes("content")?)
                    } else {
                        digest_bytes(row.text("content")?.as_bytes())
                    };
                    if found != after {
                        altered.push(format!("the {what} {after} was altered after it was written"));
                    }
                }
                if i64::try_from(rows.len()).unwrap_or(i64::MAX) < page {
                    break;
                }
            }
        }
        Ok(altered)
    }

    /// Where the file of the database is damaged, in words: pages that do not fit together, and rows that an index does
    /// not find. A server looks after its own files.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn damage(&self) -> Result<Vec<String>, StoreError> {
        if self.is_shared() {
            return Ok(Vec::new());
        }
        let told: Vec<String> = sql("pragma integrity_check(20)").scalars(&self.readers).await?;
        Ok(told.into_iter().filter(|line| line != "ok").map(|line| format!("the file is damaged: {line}")).collect())
    }

    /// The digests of every published version, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn version_hashes(&self) -> Result<Vec<Digest>, StoreError> {
        let rows = sql("select hash from versions order by hash").fetch_all(&self.readers).await?;
        rows.iter().map(|row| row.text("hash")).collect()
    }
}

fn read_head(row: &Row) -> Result<Head, StoreError> {
    Ok(Head { case_id: row.text("id")?, seq: row.count("seq")?, hash: row.text("hash")? })
}
