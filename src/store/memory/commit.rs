//! One event of one case, committed as one unit, in memory.

use countersign_core::{
    canonical::{Digest, canonical, digest_bytes},
    planted::planted,
};

use super::{Kept, Tables};
use crate::store::{
    Aside, Commit, CommitError, Committed, Notification, PAYLOAD_LIMIT, StoreError,
    chain::{GENESIS, chain_hash, payload_hash},
    header::Header,
};

/// One event of a log, with everything that its hash covers.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) state_hash: Digest,
    pub(crate) hash: Digest,
    prev_hash: Digest,
    header: String,
    payload: String,
    salt: String,
}

impl Tables {
    /// Keeps an event with all that follows from it, or nothing of it.
    pub(super) fn commit(&mut self, commit: Commit) -> Result<Committed, CommitError> {
        let prev_hash = self.check_order(&commit)?;
        if let Some(lease) = &commit.acknowledged
            && self.is_taken_over(lease)
        {
            return Err(CommitError::Superseded { key: lease.key.clone() });
        }
        let logged = self.logged(&commit, prev_hash)?;
        let Commit { case, dedup, commands, held_until, aside, acknowledged, wake_at, overview, tasks, now, .. } =
            commit;
        let committed = Committed { seq: case.seq, hash: logged.hash.clone() };
        if let Some(lease) = &acknowledged {
            self.effects.remove(&lease.key);
        }
        for one in aside {
            self.keep_aside(one);
        }
        if !(planted(23) && acknowledged.is_some()) {
            self.insert_effects(&case.id, commands, held_until, now);
        }
        let seq = case.seq;
        let id = case.id.clone();
        let (mut log, mut applied) = self.cases.remove(&id).map(|kept| (kept.log, kept.applied)).unwrap_or_default();
        log.push(logged);
        applied.insert(dedup, seq);
        self.cases.insert(id, Kept { case, wake_at, overview, tasks, updated_at: now, log, applied });
        Ok(committed)
    }

    fn keep_aside(&mut self, one: Aside) {
        match one {
            Aside::Document { hash, .. } => drop(self.blobs.insert(hash)),
            Aside::Text { hash, text } => drop(self.texts.insert(hash, text)),
            Aside::Mail(mail) => drop(self.mails.entry(mail.key.clone()).or_insert(mail)),
            Aside::Notification(Notification { key, person, notice, .. }) => {
                self.notices.insert((key, person), notice);
            }
            Aside::PracticeCall { key, .. } => *self.practice.entry(key).or_default() += 1,
            // Nothing is labelled here, see [`Port::proposed`](super::super::Port::proposed), and nobody told of it.
            Aside::Label(_) | Aside::OwnerNotice(_) => {}
        }
    }

    /// Refuses a repeated request and a stale one; returns the hash of the event before this one.
    fn check_order(&self, commit: &Commit) -> Result<Digest, CommitError> {
        let Commit { case, expected_seq, dedup, .. } = commit;
        let kept = self.cases.get(&case.id);
        if let Some(seq) = kept.and_then(|kept| kept.applied.get(dedup)).filter(|_| !planted(21)) {
            return Err(CommitError::Duplicate { seq: *seq });
        }
        let found = kept.map_or(0, |kept| kept.case.seq);
        if found != *expected_seq && !planted(22) {
            return Err(CommitError::Conflict { expected: *expected_seq, found });
        }
        let last = kept.and_then(|kept| kept.log.last());
        Ok(last.map_or_else(|| GENESIS.to_owned(), |last| last.hash.clone()))
    }

    fn logged(&mut self, commit: &Commit, prev_hash: Digest) -> Result<Logged, StoreError> {
        let what = || format!("event {} of case {}", commit.case.seq, commit.case.number);
        let refuse = |why: String| StoreError::Refused { what: what(), why };
        if commit.case.seq != commit.expected_seq + 1 {
            return Err(refuse(format!("it does not follow event {}, on which it was decided", commit.expected_seq)));
        }
        let state = canonical(&commit.case).map_err(|error| refuse(error.to_string()))?;
        let payload = canonical(&commit.event).map_err(|error| refuse(error.to_string()))?;
        if payload.len() > PAYLOAD_LIMIT {
            return Err(StoreError::TooLarge { what: what(), size: payload.len(), limit: PAYLOAD_LIMIT });
        }
        let header = Header::of(commit)?.covered;
        // Nobody can read this memory who could not read the payload, so that a number serves as the salt.
        self.salts += 1;
        let salt = format!("{:032x}", self.salts);
        let state_hash = digest_bytes(state.as_bytes());
        let hash = chain_hash(&header, &payload_hash(&salt, &payload), &state_hash, &prev_hash);
        Ok(Logged { state_hash, hash, prev_hash, header, payload, salt })
    }
}

impl Logged {
    /// Whether its hash covers what stands here, and the event before it.
    pub(crate) fn stands_on(&self, before: Option<&Self>) -> bool {
        let prev_hash = before.map_or(GENESIS, |before| before.hash.as_str());
        let hash = chain_hash(&self.header, &payload_hash(&self.salt, &self.payload), &self.state_hash, prev_hash);
        self.prev_hash == prev_hash && self.hash == hash
    }
}
