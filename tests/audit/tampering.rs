//! Random tampering by raw SQL: every one is found.

use countersign::runtime::Runtime;
use countersign_core::case::Outcome;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use tempfile::TempDir;

use super::desk::{address, claim, decide, office};

/// How many tamperings are tried unless told otherwise.
const TAMPERINGS: u64 = 1_000;

/// What whoever can write the database may change, and what kind of value stands there. A snapshot that nothing was
/// decided with and a text that no case names are nobody's record, so that only what is named is taken.
const PLACES: &[(&str, &[&str], &[&str])] = &[
    ("events", &["case_id", "kind", "actor", "header", "payload_hash", "state_hash", "hash", "dedup"], &["seq", "at"]),
    ("payloads", &["case_id", "salt", "body"], &["seq"]),
    ("cases", &["process", "version", "state", "state_hash", "status", "requester"], &["number", "seq", "opened_at"]),
    ("snapshots", &["hash", "body"], &[]),
    ("texts", &["hash", "text"], &[]),
    ("blobs", &["hash", "bytes"], &[]),
    ("versions", &["hash", "definition"], &[]),
];

/// A small generator, so that a seed tells everything (Marsaglia, "Xorshift RNGs", 2003).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}

async fn run(connection: &mut SqliteConnection, sql: &str) -> u64 {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}")).rows_affected()
}

/// One change to one table that is really one; `None` when the change drawn would change nothing.
async fn tampering(random: &mut Random, connection: &mut SqliteConnection) -> Option<(&'static str, String)> {
    let (table, texts, numbers) = random.of(PLACES);
    let named = match *table {
        "snapshots" => {
            "where exists (select 1 from events e where instr(e.header, snapshots.hash) > 0)
             or exists (select 1 from snapshots c where c.kind = 'context' and instr(c.body, snapshots.hash) > 0)"
        }
        _ => "",
    };
    let count: i64 = sqlx::query(AssertSqlSafe(format!("select count(*) as n from {table} {named}")))
        .fetch_one(&mut *connection)
        .await
        .unwrap()
        .get("n");
    let sql = format!("select rowid from {table} {named} order by rowid limit 1 offset ");
    let row = async |random: &mut Random, connection: &mut SqliteConnection| -> i64 {
        let offset = random.below(count.unsigned_abs());
        sqlx::query(AssertSqlSafe(format!("{sql}{offset}"))).fetch_one(connection).await.unwrap().get(0)
    };
    let (one, other) = (row(random, connection).await, row(random, connection).await);
    let column = *random.of(texts);
    let change = match random.below(6) {
        0 => format!("delete from {table} where rowid = {one}"),
        1 => format!("update {table} set {column} = {column} || 'x' where rowid = {one}"),
        2 => format!("update {table} set {column} = substr({column}, 2) where rowid = {one}"),
        3 if !numbers.is_empty() => {
            let column = *random.of(numbers);
            let by = 1 + random.below(1_000);
            format!("update {table} set {column} = {column} + {by} where rowid = {one}")
        }
        // Two rows change places in one column.
        4 if one != other && column != "case_id" => format!(
            "update {table} set {column} = case rowid
                 when {one} then (select {column} from {table} where rowid = {other})
                 else (select {column} from {table} where rowid = {one}) end
             where rowid in ({one}, {other}) and (select count(distinct {column}) from {table}
                 where rowid in ({one}, {other})) = 2"
        ),
        _ => {
            let digit = random.below(10);
            format!(
                "update {table} set {column} = '{digit}' || substr({column}, 2) where rowid = {one}
                 and substr({column}, 1, 1) <> '{digit}'"
            )
        }
    };
    let done = sqlx::raw_sql(AssertSqlSafe(change.clone())).execute(connection).await;
    // A key that exists already cannot be written twice, which is no tampering then.
    done.is_ok_and(|done| done.rows_affected() > 0).then_some((*table, change))
}

#[tokio::test]
async fn whatever_is_changed_behind_the_back_is_found() {
    let number = |name: &str, otherwise| std::env::var(name).ok().and_then(|one| one.parse().ok()).unwrap_or(otherwise);
    let (seed, wanted) = (number("COUNTERSIGN_SEED", 20_261_121), number("TAMPERINGS", TAMPERINGS));
    eprintln!("{wanted} tamperings, seed {seed}; set TAMPERINGS and COUNTERSIGN_SEED for others");
    let folder = TempDir::new().unwrap();
    let runtime = office(&address(&folder, "live.db")).await;
    for (euros, outcome) in [(20, Some(Outcome::Approved)), (21, Some(Outcome::Rejected)), (22, None)] {
        let case = claim(&runtime, euros).await;
        if let Some(outcome) = outcome {
            decide(&runtime, &case, outcome).await;
        }
    }
    assert_eq!(runtime.audit(None, &|_| {}).await.unwrap().differences, []);
    let copy = folder.path().join("copy.db");
    countersign::store::Store::backup(&address(&folder, "live.db"), &copy).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("live.db")).foreign_keys(false);
    let mut beside = sqlx::ConnectOptions::connect(&options).await.unwrap();
    run(&mut beside, &format!("attach '{}' as before", copy.display())).await;
    let mut random = Random(seed);
    let mut done = 0;
    while done < wanted {
        let Some((table, change)) = tampering(&mut random, &mut beside).await else { continue };
        done += 1;
        check(&runtime, &change).await;
        run(&mut beside, &format!("delete from main.{table}; insert into main.{table} select * from before.{table}"))
            .await;
    }
    assert_eq!(runtime.audit(None, &|_| {}).await.unwrap().differences, [], "all was put back");
}

async fn check(runtime: &Runtime, change: &str) {
    let audit = runtime.audit(None, &|_| {}).await.unwrap();
    assert!(audit.found > 0, "nothing was found after: {change}");
}
