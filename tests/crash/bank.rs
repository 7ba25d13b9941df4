//! A bank that honours idempotency keys, and that can have the program killed after it has paid.

use std::{
    collections::BTreeMap,
    process::Command,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::State, http::HeaderMap, routing::post};
use tokio::net::TcpListener;

/// The bank.
pub struct Bank {
    /// Where it takes payments.
    pub url: String,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    /// How often each key was asked for; it is applied the first time only.
    asked: BTreeMap<String, u64>,
    kill_next: Option<u32>,
}

impl Bank {
    /// Opens the bank on a loopback port.
    pub async fn start() -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/payments", listener.local_addr().expect("an address"));
        let router = Router::new().route("/payments", post(pay)).with_state(Arc::clone(&book));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, book }
    }

    /// The program with this process id is killed when the next payment has been made.
    pub fn kill_at_next_payment(&self, process: Option<u32>) {
        self.book.lock().expect("no panic in the bank").kill_next = process;
    }

    /// The keys that were paid, and how often each was asked for.
    pub fn payments(&self) -> BTreeMap<String, u64> {
        self.book.lock().expect("no panic in the bank").asked.clone()
    }
}

async fn pay(State(book): State<Arc<Mutex<Book>>>, headers: HeaderMap) -> String {
    let key = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok()).expect("a call has a key").to_owned();
    let mut book = book.lock().expect("no panic in the bank");
    *book.asked.entry(key).or_default() += 1;
    if let Some(process) = book.kill_next.take() {
        // SIGKILL by the system's own tool: the program gets no chance to note anything.
        let _ = Command::new("kill").args(["-9", &process.to_string()]).status();
    }
    "paid".to_owned()
}
