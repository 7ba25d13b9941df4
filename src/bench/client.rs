//! What a client does with a case: through the runtime in this process, or through the JSON API over a socket.

use std::sync::Arc;

use anyhow::Context as _;
use countersign_core::{
    case::Outcome,
    event::{Acting, EventKind},
};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch as signal,
    task::JoinSet,
};

use super::{
    approval::{self, PROCESS},
    place::{self, LEAD, Place, employee},
};
use crate::{
    runtime::{apply::TaskAnswer, intake::HandIn},
    web::{
        api::PREFIX,
        server,
        state::{AppState, Site},
    },
};

/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// A case as a client knows it.
pub(super) struct Known {
    pub(super) id: String,
    number: u64,
}

/// How a client reaches the program.
pub(super) enum Door {
    /// In this process.
    Runtime,
    /// Through the API, over connections that stay open.
    Http(Box<Connections>),
}

/// Who decides the case of this number.
fn approver(index: u64) -> String {
    if approval::is_large(index) { LEAD.to_owned() } else { place::desk(index) }
}

impl Door {
    /// Opens the case of this number.
    pub(super) async fn open(&mut self, place: &Place, turn: usize, index: u64, key: &str) -> anyhow::Result<Known> {
        match self {
            Self::Runtime => {
                let (acting, hand_in) = (employee(index), approval::hand_in(index));
                let applied = place.node(turn).open_case(&acting, PROCESS, hand_in, Some(key)).await?;
                Ok(Known { id: applied.loaded.case.id.clone(), number: applied.loaded.case.number })
            }
            Self::Http(connections) => {
                let invoice = json!({
                    "field": "invoice", "name": "invoice.txt", "text": approval::document(index),
                });
                let body =
                    json!({"process": PROCESS, "fields": approval::words(index), "documents": [invoice], "key": key});
                let answer = connections.post(turn, &employee(index).id(), "/cases", &body).await?;
                let number = answer["number"].as_u64().context("the answer names no case")?;
                let id = answer["id"].as_str().context("the answer names no case")?.to_owned();
                Ok(Known { id, number })
            }
        }
    }

    /// Takes the task of the case, and returns the digest of what is shown.
    pub(super) async fn claim(
        &mut self,
        place: &Place,
        turn: usize,
        index: u64,
        case: &Known,
        key: &str,
    ) -> anyhow::Result<String> {
        let person = approver(index);
        match self {
            Self::Runtime => {
                let acting = Acting::person(person);
                let kind = EventKind::TaskClaimed { task: 1 };
                let applied =
                    place.node(turn).apply(&case.id, &acting, &kind, &format!("task_claimed/1/{key}")).await?;
                Ok(applied.loaded.case.shown(1))
            }
            Self::Http(connections) => {
                let path = format!("/tasks/{}-1/claims", case.number);
                connections.post(turn, &person, &path, &json!({ "key": key })).await?;
                Ok(String::new())
            }
        }
    }

    /// Approves it.
    pub(super) async fn approve(
        &mut self,
        place: &Place,
        turn: usize,
        index: u64,
        case: &Known,
        shown: &str,
        key: &str,
    ) -> anyhow::Result<()> {
        let person = approver(index);
        match self {
            Self::Runtime => {
                let answer = TaskAnswer {
                    outcome: Outcome::Approved,
                    reason: None,
                    hand_in: HandIn::default(),
                    shown: shown.to_owned(),
                    key: key.to_owned(),
                };
                place.node(turn).decide_task(&case.id, 1, &Acting::person(person), answer).await?;
            }
            Self::Http(connections) => {
                let path = format!("/tasks/{}-1/decisions", case.number);
                connections.post(turn, &person, &path, &json!({"outcome": "approved", "key": key})).await?;
            }
        }
        Ok(())
    }
}

/// The API of every node on a loopback port of its own.
pub(super) struct Http {
    addresses: Vec<String>,
    tokens: Arc<std::collections::BTreeMap<String, String>>,
    _servers: JoinSet<std::io::Result<()>>,
    _stop: signal::Sender<bool>,
}

/// One client's connections, one for each node.
pub(super) struct Connections {
    streams: Vec<BufReader<TcpStream>>,
    tokens: Arc<std::collections::BTreeMap<String, String>>,
}

impl Http {
    pub(super) async fn serve(place: &Place) -> anyhow::Result<Self> {
        let mut tokens = std::collections::BTreeMap::new();
        let people = (0..64).flat_map(|index| [employee(index).id(), place::desk(index), LEAD.to_owned()]);
        for person in people.collect::<std::collections::BTreeSet<_>>() {
            let token = place::token(&place.nodes[0], &person).await?;
            tokens.insert(person, token);
        }
        let (stop, stopped) = signal::channel(false);
        let (mut addresses, mut servers) = (Vec::new(), JoinSet::new());
        for node in &place.nodes {
            let listener = TcpListener::bind("127.0.0.1:0").await.context("no loopback port is free")?;
            let address = listener.local_addr()?.to_string();
            let site = Site { base_url: format!("http://{address}"), secure: false, demo: false };
            let state = AppState { runtime: node.clone(), site: Arc::new(site) };
            servers.spawn(server::serve(listener, state, stopped.clone()));
            addresses.push(address);
        }
        Ok(Self { addresses, tokens: Arc::new(tokens), _servers: servers, _stop: stop })
    }

    pub(super) async fn connect(&self, _client: usize) -> anyhow::Result<Connections> {
        let mut streams = Vec::new();
        for address in &self.addresses {
            let stream = TcpStream::connect(address).await.context("cannot reach the loopback server")?;
            stream.set_nodelay(true)?;
            streams.push(BufReader::new(stream));
        }
        Ok(Connections { streams, tokens: Arc::clone(&self.tokens) })
    }
}

impl Connections {
    /// Sends one request and reads its answer; any other status than success is a fault of the run.
    async fn post(&mut self, turn: usize, person: &str, path: &str, body: &Json) -> anyhow::Result<Json> {
        let token = self.tokens.get(person).with_context(|| format!("{person} has no token"))?;
        let body = body.to_string();
        // The header about what is shown says that the decision is about what is shown at this moment.
        let request = format!(
            "POST {PREFIX}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\
             X-Countersign-Shown: now\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let place = turn % self.streams.len();
        let stream = &mut self.streams[place];
        stream.get_mut().write_all(request.as_bytes()).await?;
        let (status, body) = read_answer(stream).await?;
        let text = String::from_utf8_lossy(&body);
        anyhow::ensure!(status.starts_with('2'), "{path} was answered with {status}: {text}");
        serde_json::from_slice(&body).with_context(|| format!("{path} was answered with no JSON: {text}"))
    }
}

/// Status and body of one answer whose length is told (RFC 9112 section 6.2).
async fn read_answer(stream: &mut BufReader<TcpStream>) -> anyhow::Result<(String, Vec<u8>)> {
    let (mut line, mut status, mut length) = (String::new(), String::new(), 0);
    loop {
        line.clear();
        anyhow::ensure!(stream.read_line(&mut line).await? > 0, "the server closed the connection");
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if status.is_empty() {
            header.split(' ').nth(1).unwrap_or_default().clone_into(&mut status);
        } else if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().context("the answer's length is no number")?;
        }
    }
    anyhow::ensure!(length <= ANSWER_BYTES_MAX, "an answer of {length} bytes is not read");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((status, body))
}
