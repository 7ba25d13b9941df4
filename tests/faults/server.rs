//! A model on a loopback port that fails in a chosen way at a chosen call, and answers well at the others.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A byte of a drip comes after so long: often enough that the server is never silent for too long.
const DRIP: Duration = Duration::from_millis(100);
/// The flood: so many bytes of one text.
const FLOOD_BYTES: usize = 50 * 1024 * 1024;
/// A document names its case by these letters and four more.
pub const MARK: &str = "CASE-";

/// What an agent does in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Classify,
    Judge,
    Extract,
}

/// How a call fails.
#[derive(Clone)]
pub enum Act {
    /// Nobody listens at the address.
    Refused,
    /// Nobody has the name.
    NoName,
    /// What answers speaks no TLS.
    NoTls,
    /// It takes the question and says nothing.
    Silence,
    /// It says that it is well, and then nothing.
    HeadThenSilence,
    /// It begins and stops in the middle.
    Stall,
    /// One byte after the other, for ever.
    Drip,
    /// One text without end.
    Flood,
    /// Breaks off before its body is complete.
    Cut(Vec<u8>),
    /// A status line with headers and a body.
    Http(String),
    /// A body with status 200.
    Body(fn(Kind) -> Vec<u8>),
    /// An answer whose message is this.
    Says(fn(Kind) -> String),
}

impl Act {
    /// Whether it is the address that fails and not what answers there.
    pub const fn is_address(&self) -> bool {
        matches!(self, Self::Refused | Self::NoName | Self::NoTls)
    }

    /// Whether it is a limit of time that ends it.
    pub const fn takes_time(&self) -> bool {
        matches!(self, Self::Silence | Self::HeadThenSilence | Self::Stall | Self::Drip)
    }
}

/// What happens to the questions of one case.
#[derive(Clone)]
pub struct Plan {
    pub kind: Kind,
    pub act: Act,
    /// The call that fails, counted from 0; those before are turned away as if the server were busy. Without one every
    /// call fails.
    pub position: Option<usize>,
}

/// What was asked, by case.
#[derive(Default)]
struct Desk {
    plans: BTreeMap<String, Plan>,
    calls: BTreeMap<String, Vec<Instant>>,
    strayed: usize,
}

/// The server; it stops when it is dropped.
pub struct Loopback {
    pub port: u16,
    desk: Arc<Mutex<Desk>>,
    listening: JoinHandle<()>,
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Loopback {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let desk = Arc::new(Mutex::new(Desk::default()));
        let behind = Arc::clone(&desk);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&behind)));
            }
        });
        Self { port, desk, listening }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn plan(&self, mark: &str, plan: Plan) {
        self.desk().plans.insert(mark.to_owned(), plan);
    }

    /// When the questions of a case came.
    pub fn calls(&self, mark: &str) -> Vec<Instant> {
        self.desk().calls.get(mark).cloned().unwrap_or_default()
    }

    /// Requests for another page than the one that is asked: whoever follows a redirect comes here.
    pub fn strayed(&self) -> usize {
        self.desk().strayed
    }
}

/// The mark of the case in a text.
pub fn mark_of(text: &str) -> Option<&str> {
    text.find(MARK).and_then(|at| text.get(at..at + MARK.len() + 4))
}

async fn serve(mut stream: TcpStream, desk: Arc<Mutex<Desk>>) {
    let Some((head, body)) = read(&mut stream).await else { return };
    let mark = mark_of(&body).unwrap_or_default().to_owned();
    let (plan, number) = {
        let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
        if !["POST /v1/chat/completions ", "POST /v1/responses "].iter().any(|page| head.starts_with(page)) {
            desk.strayed += 1;
        }
        let calls = desk.calls.entry(mark.clone()).or_default();
        calls.push(Instant::now());
        let number = calls.len() - 1;
        (desk.plans.get(&mark).cloned(), number)
    };
    let Some(plan) = plan else { return };
    let fails = plan.position.is_none_or(|position| number == position);
    let before = plan.position.is_some_and(|position| number < position);
    // Whoever is asked hangs up when it has had enough, so that a failed write says nothing.
    let _ = match (fails && !plan.act.is_address(), before) {
        (true, _) => Box::pin(fail(&mut stream, &plan)).await,
        (false, true) => stream.write_all(http("503 Busy", "", "{}").as_bytes()).await,
        (false, false) => {
            let answer = good(plan.kind);
            let chat = head.starts_with("POST /v1/chat/");
            let reply = if chat { envelope(&answer, "stop") } else { response(&answer) };
            stream.write_all(&ok(reply.to_string().as_bytes())).await
        }
    };
}

/// The head and the body of a request.
async fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 8_192];
    loop {
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or_default() {
            return Some((head.to_owned(), body.to_owned()));
        }
    }
}

async fn fail(stream: &mut TcpStream, plan: &Plan) -> std::io::Result<()> {
    let begin = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 60000000\r\n\r\n";
    match &plan.act {
        Act::Silence | Act::Refused | Act::NoName | Act::NoTls => {}
        Act::HeadThenSilence => stream.write_all(begin.as_bytes()).await?,
        Act::Stall => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(format!("{head}a\r\ndata: {{\"ch\r\n").as_bytes()).await?;
        }
        Act::Drip => {
            stream.write_all(begin.as_bytes()).await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(DRIP).await;
            }
        }
        Act::Flood => {
            stream.write_all(begin.as_bytes()).await?;
            stream.write_all(b"{\"choices\":[{\"message\":{\"content\":\"").await?;
            let piece = vec![b'a'; 65_536];
            for _ in 0..FLOOD_BYTES / piece.len() {
                stream.write_all(&piece).await?;
            }
        }
        Act::Cut(bytes) => return stream.write_all(bytes).await,
        Act::Http(text) => return stream.write_all(text.as_bytes()).await,
        Act::Body(body) => return stream.write_all(&ok(&body(plan.kind))).await,
        Act::Says(text) => {
            let body = envelope_of(&text(plan.kind), "stop").to_string();
            return stream.write_all(&ok(body.as_bytes())).await;
        }
    }
    // It stays on the line until the other side hangs up.
    let mut rest = [0; 64];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// A reply with a status, further headers and a body.
pub fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = "content-type: application/json\r\nconnection: close\r\n";
    let mut all = format!("HTTP/1.1 200 OK\r\n{head}content-length: {}\r\n\r\n", body.len()).into_bytes();
    all.extend_from_slice(body);
    all
}

/// The answer of a model that does its work.
pub fn good(kind: Kind) -> Json {
    match kind {
        Kind::Classify => {
            json!({"quotes": ["Invoice 77"], "reason": "it bills for work", "label": "invoice", "alternatives": []})
        }
        Kind::Judge => json!({"quotes": ["Invoice 77"], "reason": "it bills for work", "holds": true}),
        Kind::Extract => json!({"fields": [
            {"field": "letter.contact", "quote": "billing@sender.example"}, {"field": "letter.total", "quote": "48.00 EUR"},
        ], "reason": "all is there"}),
    }
}

/// A reply in the format of responses.
pub fn response(content: &Json) -> Json {
    let part = json!({"type": "output_text", "text": content.to_string(), "annotations": []});
    let message = json!({"type": "message", "id": "m", "role": "assistant", "content": [part]});
    json!({
        "id": "loopback", "object": "response", "created_at": 0, "model": "loopback-model", "status": "completed",
        "error": null, "incomplete_details": null,
        "output": [{"type": "reasoning", "id": "r", "summary": []}, message],
        "usage": {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120},
    })
}

/// A reply in the chat completions format.
pub fn envelope(content: &Json, finish: &str) -> Json {
    envelope_of(&content.to_string(), finish)
}

pub fn envelope_of(content: &str, finish: &str) -> Json {
    json!({
        "id": "loopback", "object": "chat.completion", "created": 0, "model": "loopback-model",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    })
}
