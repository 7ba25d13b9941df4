//! Cases in memory: which are due, and the lists of them.

use countersign_core::{case::Status, time::Timestamp};

use super::{Kept, Tables};
use crate::store::{CaseFilter, CaseOrder, CaseRow, CaseState, ProcessRow};

/// The short number of the first case.
pub(super) const FIRST_CASE_NUMBER: u64 = 1_001;

impl Tables {
    pub(super) fn due_cases(&self, now: Timestamp, limit: u32) -> Vec<String> {
        let due = self.cases.iter().filter_map(|(id, kept)| Some((kept.wake_at.filter(|at| *at <= now)?, id)));
        let mut due: Vec<(Timestamp, &String)> = due.collect();
        due.sort();
        due.into_iter().take(limit as usize).map(|(_, id)| id.clone()).collect()
    }

    pub(super) fn cases(&self, filter: &CaseFilter) -> Vec<CaseRow> {
        let mut rows: Vec<CaseRow> =
            self.cases.values().filter(|kept| self.fits(kept, filter)).map(|kept| self.row(kept)).collect();
        match filter.order {
            CaseOrder::Newest => rows.sort_by_key(|row| std::cmp::Reverse((row.updated_at, row.number))),
            CaseOrder::MostUrgent => rows.sort_by_key(|row| {
                let due = row.overview.due_at;
                (!row.overview.stuck, due.is_none(), due, row.number)
            }),
        }
        rows.into_iter().skip(filter.offset as usize).take(filter.limit as usize).collect()
    }

    fn fits(&self, kept: &Kept, filter: &CaseFilter) -> bool {
        let case = &kept.case;
        let state = match filter.state {
            CaseState::Open => case.is_open(),
            CaseState::Closed => matches!(case.status, Status::Closed { .. }),
            CaseState::All => case.status != Status::Unopened,
        };
        let search = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
        state
            && filter.requester.as_ref().is_none_or(|requester| *requester == case.requester)
            && filter.process.as_ref().is_none_or(|process| *process == case.process)
            && filter.late_at.is_none_or(|at| case.is_open() && kept.overview.due_at.is_some_and(|due| due < at))
            && (!filter.stuck || case.is_open() && kept.overview.stuck)
            && search.is_none_or(|text| self.is_found(kept, text))
    }

    fn is_found(&self, kept: &Kept, text: &str) -> bool {
        let holds = |words: &str| words.to_lowercase().contains(&text.to_lowercase());
        holds(&kept.overview.subject)
            || self.people.get(&kept.case.requester).is_some_and(|row| holds(&row.person.name))
            || text.trim_start_matches('#').parse() == Ok(kept.case.number)
    }

    fn row(&self, kept: &Kept) -> CaseRow {
        let case = &kept.case;
        let (closing, success, closed_at) = match &case.status {
            Status::Closed { closing, success, at } => (Some(closing.clone()), Some(*success), Some(*at)),
            Status::Open | Status::Unopened => (None, None, None),
        };
        let title = self.current.get(&case.process).and_then(|hash| self.versions.get(hash));
        let requester = self.people.get(&case.requester);
        CaseRow {
            id: case.id.clone(),
            number: case.number,
            process: case.process.clone(),
            process_title: title.map_or_else(|| case.process.clone(), |version| version.definition.title.clone()),
            version: case.version.clone(),
            seq: case.seq,
            open: case.is_open(),
            closing,
            success,
            requester: case.requester.clone(),
            requester_name: requester.map_or_else(|| case.requester.clone(), |row| row.person.name.clone()),
            overview: kept.overview.clone(),
            wake_at: kept.wake_at,
            opened_at: case.opened_at,
            closed_at,
            updated_at: kept.updated_at,
        }
    }

    pub(super) fn list_processes(&self) -> Vec<ProcessRow> {
        let ended = |process: &String| self.rehearsals.get(process).is_some_and(|one| one.ended_at.is_some());
        let running = self.current.iter().filter(|(process, _)| !ended(process));
        let row = |(id, hash): (&String, &String)| ProcessRow {
            id: id.clone(),
            title: self.versions.get(hash).map_or_else(|| id.clone(), |version| version.definition.title.clone()),
            current_version: hash.clone(),
            open_cases: self.cases.values().filter(|kept| kept.case.process == *id && kept.case.is_open()).count()
                as u64,
        };
        let mut rows: Vec<ProcessRow> = running.map(row).collect();
        rows.sort_by(|a, b| (&a.title, &a.id).cmp(&(&b.title, &b.id)));
        rows
    }
}
