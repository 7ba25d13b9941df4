//! Is the record what was written? Everything that can be told from the database is held against everything else.

use countersign_core::canonical::Digest;
use serde::Serialize;

use super::{
    Problem, Runtime,
    checkpoint::{Checkpoint, CheckpointError, Writing},
    publish::version_of,
};
use crate::store::StoreError;

/// How many cases are read at a time.
const CASES_A_PAGE: u32 = 200;
/// How many differences are told one by one; all are counted.
pub const DIFFERENCES_TOLD: usize = 100;

/// What is different from what was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The case; `None` when it is about a version, a document, a text or a snapshot.
    pub case: Option<String>,
    /// The first event that was altered, removed or moved; `None` when it is about the case's state or row.
    pub event: Option<u64>,
    /// What is wrong, in words.
    pub what: String,
}

/// What was looked at and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Cases looked at.
    pub cases: u64,
    /// Events whose chain was hashed again and which were applied again.
    pub events: u64,
    /// Of these, events whose payload was erased on request: their hashes hold, and their words are gone.
    pub erased: u64,
    /// How many differences there are.
    pub found: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
    /// When the checkpoint was made that the record was held against, and its digest.
    pub checkpoint: Option<(String, Digest)>,
    /// What such an audit cannot see.
    pub unseen: Vec<String>,
}

impl Runtime {
    /// Looks at everything; `looked` is called after each case, for a progress bar.
    pub async fn audit(
        &self,
        checkpoint: Option<&Checkpoint>,
        looked: &(dyn Fn(u64) + Sync),
    ) -> Result<Audit, Problem> {
        let mut audit = Audit::default();
        let mut after = String::new();
        loop {
            let page = self.store().case_ids(&after, CASES_A_PAGE).await?;
            for case_id in &page {
                self.audit_case(case_id, &mut audit).await?;
                audit.cases += 1;
                looked(audit.cases);
            }
            match page.last() {
                Some(last) => after.clone_from(last),
                None => break,
            }
        }
        for what in self.store().damage().await? {
            audit.add(None, None, what);
        }
        for what in self.store().strays().await? {
            audit.add(None, None, what);
        }
        for what in self.store().altered_contents().await? {
            audit.add(None, None, what);
        }
        self.audit_versions(&mut audit).await?;
        match checkpoint {
            Some(checkpoint) => self.compare(checkpoint, &mut audit).await?,
            None => audit.unseen.push(NO_CHECKPOINT.to_owned()),
        }
        audit.unseen.extend(NEVER_SEEN.iter().map(|&what| what.to_owned()));
        Ok(audit)
    }

    /// Writes a checkpoint of the record as it is now (`at` in RFC 3339); returns how many cases it holds, and its
    /// digest.
    pub async fn write_checkpoint(&self, out: impl std::io::Write + Send, at: &str) -> Result<(u64, Digest), Problem> {
        let failed = |error: CheckpointError| Problem::Setup(error.to_string());
        let mut writing = Writing::begin(out, at).map_err(failed)?;
        let (mut after, mut cases) = (String::new(), 0);
        loop {
            let heads = self.store().heads(&after, CASES_A_PAGE).await?;
            let Some(last) = heads.last() else { break };
            after.clone_from(&last.case_id);
            for head in heads {
                writing.add(head).map_err(failed)?;
                cases += 1;
            }
        }
        let (digest, _) = writing.end().map_err(failed)?;
        Ok((cases, digest))
    }

    async fn audit_case(&self, case_id: &str, audit: &mut Audit) -> Result<(), Problem> {
        let case = Some(case_id);
        let chain = match self.store().verify(case_id).await {
            Ok(chain) => chain,
            Err(error) => return audit.unreadable(case, error.into()),
        };
        audit.events += chain.events;
        audit.erased += chain.erased;
        if let Some(fault) = chain.fault {
            // Whatever follows from the first fault would be told again and again.
            audit.add(case, fault.seq, fault.what);
            return Ok(());
        }
        match self.store().case_row_fault(case_id).await {
            Ok(Some(what)) => audit.add(case, None, what),
            Ok(None) => {}
            Err(error) => return audit.unreadable(case, error.into()),
        }
        match self.fold_difference(case_id).await {
            Ok(Some(what)) => audit.add(case, None, what),
            Ok(None) => {}
            Err(problem) => return audit.unreadable(case, problem),
        }
        Ok(())
    }

    async fn audit_versions(&self, audit: &mut Audit) -> Result<(), Problem> {
        for hash in self.store().version_hashes().await? {
            let version = match self.store().version(&hash).await {
                Ok(version) => version,
                Err(error) => return audit.unreadable(None, error.into()),
            };
            let Some(version) = version else { continue };
            if version_of(&version.definition)? != hash {
                let what = format!(
                    "the version {hash} of `{}` does not have its digest: it was altered, or published by a program \
                     with other prompts",
                    version.process
                );
                audit.add(None, None, what);
            }
        }
        Ok(())
    }

    async fn compare(&self, checkpoint: &Checkpoint, audit: &mut Audit) -> Result<(), Problem> {
        let mut covered = 0;
        for head in &checkpoint.heads {
            covered += head.seq;
            let what = match self.store().event_hash(&head.case_id, head.seq).await? {
                Some(hash) if hash == head.hash => continue,
                Some(_) => "the event is another than at the checkpoint: the log up to it was written anew",
                None if self.store().event_hash(&head.case_id, 1).await?.is_some() => {
                    "the log ended here or later at the checkpoint, and its tail was cut off"
                }
                None => "the whole case was removed after the checkpoint",
            };
            audit.add(Some(&head.case_id), Some(head.seq), what.to_owned());
        }
        audit.checkpoint = Some((checkpoint.at.clone(), checkpoint.digest.clone()));
        audit.unseen.push(format!(
            "whether events after the checkpoint of {} were cut off at the end of a log, or whole cases opened after \
             it: {} of {} events are covered by it; export another one with `countersign audit checkpoint`",
            checkpoint.at,
            covered.min(audit.events),
            audit.events,
        ));
        Ok(())
    }
}

/// What is not seen without a checkpoint.
const NO_CHECKPOINT: &str = "whether the end of a log was cut off together with what its state row says, whether a \
     whole case was removed with everything of it, or whether a log was written anew with new hashes: no checkpoint \
     was given; export one with `countersign audit checkpoint` and keep it where whoever can write the database cannot";

/// What is never seen.
const NEVER_SEEN: &[&str] = &[
    "people, passwords, sessions, links, tokens, settings, drafts and the list of changes outside cases: they are no \
     part of the chain",
    "a process text and its examples as their author wrote them: the version is the digest of what they compiled to",
    "the lists that inboxes show: they are made anew from each case at its next event",
    "the raw words of models, and the records of agents' answers beyond what the events hold",
    "whether a payload was erased by right: the number of erased ones is told",
];

impl Audit {
    fn add(&mut self, case: Option<&str>, event: Option<u64>, what: String) {
        self.found += 1;
        if self.differences.len() < DIFFERENCES_TOLD {
            self.differences.push(Difference { case: case.map(str::to_owned), event, what });
        }
    }

    /// A row that cannot be read is a difference; a database that cannot be asked is an error.
    fn unreadable(&mut self, case: Option<&str>, problem: Problem) -> Result<(), Problem> {
        match problem {
            Problem::Store(StoreError::Unavailable { .. } | StoreError::Locked { .. }) | Problem::Setup(_) => {
                Err(problem)
            }
            other => {
                self.add(case, None, other.to_string());
                Ok(())
            }
        }
    }
}
