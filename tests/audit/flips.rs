//! Bits that flip in the file: what the record says is never quietly another.

use countersign::{
    clock::Clock,
    runtime::Runtime,
    store::{Store, StoreError},
};
use countersign_core::{case::Outcome, time::Timestamp};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use tempfile::TempDir;

use super::{
    desk::{address, claim, config, decide, office},
    tampering::Random,
};

/// How many bits are flipped, one after the other, unless told otherwise.
const FLIPS: u64 = 200;

/// The tables and columns that the record is made of.
const RECORD: &[(&str, &str)] = &[
    ("events", "case_id, seq, at, kind, actor, header, payload_hash, state_hash, hash, dedup"),
    ("payloads", "case_id, seq, salt, body, erased_at"),
    ("cases", "id, number, process, version, state, state_hash, seq, status, closing, success, requester, opened_at"),
    ("snapshots", "hash, kind, body"),
    ("texts", "hash, text"),
    ("blobs", "hash, hex(bytes)"),
    ("versions", "hash, process, definition"),
];

/// Everything that the record says, as one text; `None` when the file cannot be read.
async fn told(folder: &TempDir, name: &str) -> Option<String> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join(name)).read_only(true);
    let mut connection: SqliteConnection = sqlx::ConnectOptions::connect(&options).await.ok()?;
    let mut all = String::new();
    for (table, columns) in RECORD {
        let text = format!("select json_array({columns}) as row from {table} order by rowid");
        let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut connection).await.ok()?;
        for row in rows {
            all.push_str(&row.try_get::<String, _>("row").ok()?);
        }
    }
    Some(all)
}

/// Whether the file is refused, or the audit stops at it or finds something.
async fn is_found(folder: &TempDir, name: &str) -> bool {
    let opened: Result<Store, StoreError> = Store::open_read_only(&address(folder, name)).await;
    let Ok(store) = opened else { return true };
    let runtime = Runtime::start_reading(store.clone(), Clock::fixed(Timestamp(1_795_250_000_000)), config()).await;
    let found = match &runtime {
        Ok(runtime) => runtime.audit(None, &|_| {}).await.map_or(true, |audit| audit.found > 0),
        Err(_) => true,
    };
    store.close().await;
    found
}

#[tokio::test]
async fn a_bit_that_flips_is_found_or_changes_nothing_of_the_record() {
    let number = |name: &str, otherwise| std::env::var(name).ok().and_then(|one| one.parse().ok()).unwrap_or(otherwise);
    let (seed, flips) = (number("COUNTERSIGN_SEED", 20_261_121), number("FLIPS", FLIPS));
    let folder = TempDir::new().unwrap();
    let runtime = office(&address(&folder, "live.db")).await;
    for (euros, outcome) in [(20, Some(Outcome::Approved)), (21, Some(Outcome::Rejected)), (22, None)] {
        let case = claim(&runtime, euros).await;
        if let Some(outcome) = outcome {
            decide(&runtime, &case, outcome).await;
        }
    }
    runtime.store().close().await;
    let sound = std::fs::read(folder.path().join("live.db")).unwrap();
    let before = told(&folder, "live.db").await.unwrap();
    assert!(!is_found(&folder, "live.db").await, "the file is sound before anything flips");
    let mut random = Random(seed);
    let mut found = 0;
    for _ in 0..flips {
        let (place, bit) = (random.below(sound.len() as u64), random.below(8));
        let mut flipped = sound.clone();
        flipped[usize::try_from(place).unwrap()] ^= 1 << bit;
        std::fs::write(folder.path().join("flipped.db"), &flipped).unwrap();
        if is_found(&folder, "flipped.db").await {
            found += 1;
        } else {
            let after = told(&folder, "flipped.db").await;
            assert_eq!(
                after.as_ref(),
                Some(&before),
                "bit {bit} of byte {place} changed the record and nobody noticed"
            );
        }
    }
    assert!(found > 0, "no flip was found at all");
    eprintln!("{flips} flips, seed {seed}: {found} found, the others changed nothing of the record");
}
