//! The same commands on SQLite and on PostgreSQL: every answer is the same, and so is every log that they leave.

use std::sync::Arc;

use countersign::store::{
    CaseFilter, CaseOrder, CaseState, Commit, InboxScope, Lease, Link, LinkPurpose, Mail, Store, StoredEvent,
};
use countersign_core::{
    case::Status,
    definition::Who,
    event::{Acting, Event, EventKind},
    time::Timestamp,
};

use super::world::{START, call, opening, task, tick};
use crate::postgres::Database;

/// Sequences that are tried, and that share a database; `DIFFERENTIAL_SEQUENCES=10000` tries more, and
/// `DIFFERENTIAL_FROM` goes on where such a run was broken off.
const SEQUENCES: u64 = 200;
/// Commands of each.
const COMMANDS: u64 = 30;
/// Cases that each is about.
const CASES: u64 = 3;
/// How long a lease lasts, in milliseconds; some run out in the middle of a sequence.
const LEASE_MS: i64 = 90;

/// Draws numbers; the same seed draws the same ones (SplitMix64, Steele, Lea and Flood 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// One sequence, as it goes on one store.
struct Player<'a> {
    store: &'a Store,
    draw: Draw,
    sequence: u64,
    now: Timestamp,
    leases: Vec<Lease>,
}

impl Player<'_> {
    fn case(&self, place: u64) -> String {
        // Of one width, so that no collation orders them in another way.
        format!("case_{:06}_{place}", self.sequence)
    }

    fn number(&self, place: u64) -> u64 {
        self.sequence * 10 + place
    }

    async fn play(mut self) -> Vec<String> {
        let mut answers = Vec::new();
        for command in 0..COMMANDS {
            self.now = self.now.plus_ms(i64::try_from(self.draw.below(40)).unwrap());
            answers.push(format!("{command}: {}", self.command().await));
        }
        for place in 0..CASES {
            answers.push(self.what_is_left(place).await);
        }
        answers
    }

    async fn command(&mut self) -> String {
        let place = self.draw.below(CASES);
        match self.draw.below(15) {
            0..4 => self.next_event(place).await,
            4 => self.stale_event(place).await,
            5 | 6 => self.claim().await,
            7 | 8 => self.settle().await,
            9 => self.look_at_lists(place).await,
            10 => self.look_at_what_is_due().await,
            11 => self.move_wake(place).await,
            12 => format!("{:?}", self.store.next_case_number().await),
            13 => self.keep_once(place).await,
            _ => self.let_in(place).await,
        }
    }

    /// Opens the case, or moves it on.
    async fn next_event(&mut self, place: u64) -> String {
        let id = self.case(place);
        let commit = match self.store.load(&id).await.unwrap() {
            None => opening(&id, self.number(place)),
            Some(case) => tick(&case, &format!("tick-{}", self.draw.below(12)), self.now),
        };
        let commit = self.dressed(commit);
        format!("{:?}", self.store.commit(commit).await.map(|committed| committed.seq))
    }

    /// What goes with an event, as it comes.
    fn dressed(&mut self, mut commit: Commit) -> Commit {
        let id = commit.case.id.clone();
        let effects = self.draw.below(3);
        commit.now = self.now;
        commit.commands = (0..effects).map(|effect| call(&format!("{id}/{effect}"), self.draw.below(4) == 0)).collect();
        let people = [["rosa", "omar"], ["ines", "rosa"]][usize::try_from(self.draw.below(2)).unwrap()];
        let finance = Who::Role { role: "finance lead".to_owned() };
        commit.tasks = (0..self.draw.below(3))
            .map(|number| task(&commit.case, u32::try_from(number + 1).unwrap(), finance.clone(), &people, self.now))
            .collect();
        commit.wake_at = (self.draw.below(3) > 0).then_some(self.now.plus_ms(50));
        commit.overview.stuck = self.draw.below(5) == 0;
        commit.overview.due_at = (self.draw.below(2) > 0).then_some(self.now);
        if !self.leases.is_empty() && self.draw.below(3) == 0 {
            commit.acknowledged = Some(self.one_lease());
        }
        if self.draw.below(12) == 0 {
            Arc::make_mut(&mut commit.case).status =
                Status::Closed { closing: "paid".to_owned(), success: true, at: self.now };
            commit.wake_at = None;
        }
        if self.draw.below(10) == 0 {
            let reason = Some("A word with ü, 名 and '; drop table".to_owned());
            commit.event = Event::new(self.now, Acting::person("rosa"), EventKind::CaseWithdrawn { reason });
        }
        commit
    }

    async fn stale_event(&mut self, place: u64) -> String {
        let id = self.case(place);
        let stale = tick(&opening(&id, self.number(place)).case, &format!("stale-{}", self.draw.below(3)), self.now);
        format!("{:?}", self.store.commit(stale).await.map(|committed| committed.seq))
    }

    async fn claim(&mut self) -> String {
        let limit = u32::try_from(1 + self.draw.below(3)).unwrap();
        let claimed = self.store.claim_effects(self.now, limit, LEASE_MS).await.unwrap();
        self.leases.extend(claimed.iter().map(countersign::store::EffectRow::lease));
        format!("{claimed:?}")
    }

    fn one_lease(&mut self) -> Lease {
        let place = self.draw.below(self.leases.len() as u64);
        self.leases[usize::try_from(place).unwrap()].clone()
    }

    async fn settle(&mut self) -> String {
        if self.leases.is_empty() {
            return String::new();
        }
        let (lease, later) = (self.one_lease(), self.now.plus_ms(30));
        match self.draw.below(5) {
            0 => format!("{:?}", self.store.retry_effect(&lease, later, "it did not answer").await),
            1 => format!("{:?}", self.store.park_effect(&lease, "it refuses").await),
            2 => format!("{:?}", self.store.finish_effect(&lease).await),
            3 => format!("{:?}", self.store.renew_leases(vec![lease], self.now.plus_ms(LEASE_MS)).await),
            _ => format!("{:?}", self.store.release_effect(&lease.key, self.now).await),
        }
    }

    async fn look_at_lists(&mut self, place: u64) -> String {
        let filter = CaseFilter {
            state: [CaseState::Open, CaseState::Closed, CaseState::All][usize::try_from(place).unwrap()],
            order: if self.draw.below(2) == 0 { CaseOrder::Newest } else { CaseOrder::MostUrgent },
            search: (self.draw.below(2) == 0).then(|| "trade".to_owned()),
            stuck: self.draw.below(3) == 0,
            limit: 20,
            ..CaseFilter::default()
        };
        let cases = self.store.cases(&filter).await.unwrap();
        let count = self.store.count_cases(&filter).await.unwrap();
        let inbox = self.store.inbox("rosa", InboxScope::All, 20, 0).await.unwrap();
        let waiting = self.store.count_inbox("omar", self.now, self.now.plus_ms(1_000)).await.unwrap();
        let counts = self.store.case_counts(None, self.now).await.unwrap();
        format!("{cases:?} {count} {inbox:?} {waiting:?} {counts:?}")
    }

    async fn look_at_what_is_due(&mut self) -> String {
        let due = self.store.due_cases(self.now, 20).await.unwrap();
        let wake = self.store.next_wake().await.unwrap();
        let effect = self.store.next_effect().await.unwrap();
        let stuck = self.store.stuck_effects().await.unwrap();
        let pulse = self.store.pulse(self.now).await.unwrap();
        let changed = self.store.changed_since(self.now.plus_ms(-50), 20).await.unwrap();
        format!("{due:?} {wake:?} {effect:?} {stuck:?} {pulse:?} {changed:?}")
    }

    async fn move_wake(&mut self, place: u64) -> String {
        let seq = 1 + self.draw.below(4);
        let moved = self.store.set_wake(&self.case(place), seq, Some(self.now)).await;
        let overview = countersign::store::CaseOverview { subject: "anew".to_owned(), ..Default::default() };
        let put = self.store.put_projection(&self.case(place), seq, None, overview, Vec::new()).await;
        format!("{moved:?} {put:?}")
    }

    async fn keep_once(&mut self, place: u64) -> String {
        let key = format!("{}/{}", self.case(place), self.draw.below(3));
        let mail = Mail {
            key: key.clone(),
            case_id: Some(self.case(place)),
            to_name: "Rosa".to_owned(),
            to_address: "rosa@example.org".to_owned(),
            text: "It was paid.".to_owned(),
            at: self.now,
        };
        let kept = self.store.put_mail(mail).await;
        let mails = self.store.mails(Some(&self.case(place)), 10).await;
        let paid = self.store.record_practice_call(&key, "bank", "pay", &Default::default(), self.now).await;
        format!("{kept:?} {mails:?} {paid:?}")
    }

    async fn let_in(&mut self, place: u64) -> String {
        let token_hash = format!("{}-{}", self.case(place), self.draw.below(1 << 40));
        let link = Link {
            token_hash: token_hash.clone(),
            purpose: LinkPurpose::Party,
            person: None,
            case_id: Some(self.case(place)),
            party: Some("supplier".to_owned()),
            task: Some(2),
            created_at: self.now,
            expires_at: self.now.plus_ms(100),
            used_at: None,
        };
        let made = self.store.create_link(link).await;
        let taken = self.store.take_link(&token_hash, LinkPurpose::Party, self.now).await;
        let again = self.store.take_link(&token_hash, LinkPurpose::Party, self.now).await;
        format!("{made:?} {taken:?} {again:?}")
    }

    /// The log and everything else that a case leaves behind.
    async fn what_is_left(&self, place: u64) -> String {
        let id = self.case(place);
        // Payloads are salted, so that the hashes differ by design.
        let log: Vec<StoredEvent> = self.store.events(&id).await.unwrap();
        let log: Vec<StoredEvent> = log.into_iter().map(|event| StoredEvent { hash: String::new(), ..event }).collect();
        let state = self.store.load(&id).await.unwrap();
        let effects = self.store.effects_of(&id).await.unwrap();
        let tasks = self.store.task_row(&id, 1).await.unwrap();
        let report = self.store.verify(&id).await.unwrap();
        assert!(report.fault.is_none() || log.is_empty(), "{report:?}");
        format!("{log:?} {state:?} {effects:?} {tasks:?}")
    }
}

#[tokio::test]
async fn both_databases_give_the_same_answers_and_the_same_logs() {
    let told = |name: &str| std::env::var(name).ok().map(|number| number.parse::<u64>().expect("a number"));
    let sequences = told("DIFFERENTIAL_SEQUENCES").unwrap_or(SEQUENCES);
    let mut first = told("DIFFERENTIAL_FROM").unwrap_or_default();
    while first < sequences {
        let Some(database) = Database::fresh().await else { return };
        let last = sequences.min(first + SEQUENCES);
        check(&database, first..last).await;
        database.remove().await;
        eprintln!("sequences {first} to {}: the same answers and the same logs", last - 1);
        first = last;
    }
}

/// Plays sequences on an empty file and an empty schema; each list is as long as these make it.
async fn check(database: &Database, sequences: std::ops::Range<u64>) {
    let file = Store::open("sqlite::memory:").await.unwrap();
    let server = Store::open(&database.address()).await.unwrap();
    // Numbers come from the store alone; these cases bring their own, so the first one is taken before any of them.
    assert_eq!(file.next_case_number().await.unwrap(), server.next_case_number().await.unwrap());
    let start = |store, sequence| Player {
        store,
        draw: Draw(sequence),
        sequence,
        now: START.plus_ms(i64::try_from(sequence).unwrap() * 10_000),
        leases: Vec::new(),
    };
    for sequence in sequences {
        let (on_file, on_server) = tokio::join!(start(&file, sequence).play(), start(&server, sequence).play());
        for (one, other) in on_file.iter().zip(&on_server) {
            assert_eq!(one, other, "sequence {sequence} goes another way");
        }
    }
    server.close().await;
    file.close().await;
}
