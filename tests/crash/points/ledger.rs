//! A system that honours idempotency keys and writes down every call before it answers, in a file that is synced.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write as _,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use tokio::{net::TcpListener, task::AbortHandle};

/// The system.
pub struct Ledger {
    /// Where it takes calls.
    pub url: String,
    book: Arc<Mutex<Book>>,
    server: AbortHandle,
}

struct Book {
    file: File,
    /// What was sent under each key the first time, and how often it was applied: that is the promise.
    applied: BTreeMap<String, (Bytes, u64)>,
    raw: u64,
    differing: u64,
}

impl Ledger {
    /// Opens it on a loopback port.
    pub async fn open() -> Self {
        let file = tempfile::tempfile().expect("a file");
        let book = Arc::new(Mutex::new(Book { file, applied: BTreeMap::new(), raw: 0, differing: 0 }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/calls", listener.local_addr().expect("an address"));
        let router = Router::new().route("/calls", post(take)).with_state(Arc::clone(&book));
        let server = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        Self { url, book, server }
    }

    /// The keys that were applied, and how often.
    pub fn applied(&self) -> BTreeMap<String, u64> {
        let book = self.book.lock().expect("no panic in the ledger");
        book.applied.iter().map(|(key, (_, times))| (key.clone(), *times)).collect()
    }

    /// How many calls came beyond the first of their key.
    pub fn repeated(&self) -> u64 {
        let book = self.book.lock().expect("no panic in the ledger");
        book.raw - book.applied.len() as u64
    }

    /// How many calls came under a known key with another body.
    pub fn differing(&self) -> u64 {
        self.book.lock().expect("no panic in the ledger").differing
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(State(book): State<Arc<Mutex<Book>>>, headers: HeaderMap, body: Bytes) -> String {
    let key = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok()).expect("a call has a key").to_owned();
    let mut book = book.lock().expect("no panic in the ledger");
    book.raw += 1;
    let known = book.applied.get(&key).map(|(first, _)| *first == body);
    let line = format!("{} {key}\n", if known.is_none() { "applied" } else { "known" });
    book.file.write_all(line.as_bytes()).and_then(|()| book.file.sync_data()).expect("the ledger can be written");
    match known {
        None => drop(book.applied.insert(key, (body, 1))),
        Some(same) => book.differing += u64::from(!same),
    }
    "taken".to_owned()
}
