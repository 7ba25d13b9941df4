//! A small organisation with two processes, two cases and a router, reached by personal tokens.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use countersign::{
    clock::Clock,
    config::Config,
    runtime::{Runtime, publish::version_of},
    store::{PersonRow, Store, Token, Version},
    web::{
        api,
        security::digest,
        state::{AppState, Site},
    },
};
use countersign_core::{
    definition::{
        DEFINITION_FORMAT, Definition, Field, FieldKind, FieldSource, HumanStep, HumanVerb, Reading, Stage, Step,
        Visibility, Who, Withdrawal,
    },
    people::Person,
    time::{Span, Timestamp},
};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// A Wednesday in September 2026.
const START: Timestamp = Timestamp(1_790_000_000_000);
/// What only the requester and the finance leads may read.
pub const SECRET: &str = "broken wrist, left";
/// A receipt that only they may read, too.
pub const RECEIPT: &str = "HOTEL ADLER\nTOTAL EUR 412.50\n";

/// Two processes, and the cases 1001 (waits for a finance lead) and 1002 (nobody can decide it).
pub struct World {
    router: Router,
    runtime: Runtime,
    pub store: Store,
    pub clock: Clock,
    /// The key of the receipt in case 1001.
    pub document: String,
    _place: TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    #[track_caller]
    pub fn must_be(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

impl World {
    pub async fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", place.path().join("countersign.db").display());
        let store = Store::open(&address).await.unwrap();
        for (id, name, roles) in [
            ("rosa", "Rosa Lind", vec!["employee"]),
            ("carla", "Carla Ruiz", vec!["employee", "finance lead"]),
            ("fiona", "Fiona Berg", vec!["finance lead"]),
            ("emil", "Emil Varga", vec!["finance director"]),
            ("otto", "Otto Stein", vec![]),
            ("ada", "Ada Novak", vec!["administrator"]),
        ] {
            let roles = roles.into_iter().map(str::to_owned).collect();
            let email = format!("{id}@example.org");
            let person = Person { name: name.to_owned(), email, roles, ..Person::default() };
            let row = PersonRow { id: id.to_owned(), person, sample: false };
            store.put_person(row, "test", "added", START).await.unwrap();
            add_token(&store, id, id).await;
        }
        add_token(&store, "carla", "revoked").await;
        assert!(store.revoke_token("carla", &digest(&secret("revoked")), START).await.unwrap());
        publish(&store, definition("expense-claim", "finance lead")).await;
        publish(&store, definition("advance", "treasurer")).await;
        let clock = Clock::fixed(START);
        let runtime = Runtime::start(store.clone(), clock.clone(), Config::default()).await.unwrap();
        let site = Site { base_url: "http://127.0.0.1:8080".to_owned(), secure: false, demo: false };
        let state = AppState { runtime: runtime.clone(), site: Arc::new(site) };
        let router = Router::new().nest(api::PREFIX, api::router()).with_state(state);
        let mut world = Self { router, runtime, store, clock, document: String::new(), _place: place };
        let opened = world.post("rosa", "/cases", &claim("expense-claim")).await.must_be(201).json();
        opened["documents"][0]["key"].as_str().unwrap().clone_into(&mut world.document);
        world.post("rosa", "/cases", &claim("advance")).await.must_be(201);
        world
    }

    pub async fn get(&self, person: &str, path: &str) -> Answer {
        self.send(ask("GET", Some(person), path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, person: &str, path: &str, body: &Json) -> Answer {
        let request = ask("POST", Some(person), path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Changes what is known of somebody.
    pub async fn put_person(&self, row: PersonRow) {
        self.runtime.put_person("test", &row.id, &row.person, row.sample).await.unwrap();
    }

    /// The digest of what whoever decides this task is shown now.
    pub async fn shown(&self, person: &str, label: &str) -> Json {
        self.get(person, &format!("/tasks/{label}")).await.must_be(200).json()["task"]["shown"].clone()
    }
}

/// A request with the token of this name, if one is named.
pub fn ask(method: &str, token: Option<&str>, path: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(format!("{}{path}", api::PREFIX));
    match token {
        Some(name) => request.header(header::AUTHORIZATION, format!("Bearer {}", secret(name))),
        None => request,
    }
}

/// The body that opens a case.
pub fn claim(process: &str) -> Json {
    json!({
        "process": process,
        "fields": { "purpose": "Trade fair in Leipzig", "amount": "412.50", "illness": SECRET },
        "documents": [{ "field": "receipt", "name": "adler.txt", "text": RECEIPT }],
    })
}

fn secret(name: &str) -> String {
    format!("secret-of-{name}")
}

async fn add_token(store: &Store, person: &str, name: &str) {
    let token = Token {
        token_hash: digest(&secret(name)),
        person: person.to_owned(),
        name: name.to_owned(),
        created_at: START,
        last_used_at: None,
        revoked_at: None,
    };
    store.create_token(token).await.unwrap();
}

async fn publish(store: &Store, definition: Definition) {
    let version = Version {
        hash: version_of(&definition).unwrap(),
        process: definition.id.clone(),
        text: format!("# {}\n", definition.title),
        examples: json!({}),
        definition,
        compiler_revision: 1,
        published_at: START,
        published_by: "test".to_owned(),
    };
    store.publish_version(version).await.unwrap();
}

fn role(role: &str) -> Who {
    Who::Role { role: role.to_owned() }
}

/// One approval by a role; the illness and the receipt are for the requester and the finance leads alone.
fn definition(id: &str, approver: &str) -> Definition {
    let field = |name: &str, kind: FieldKind, required: bool| Field {
        name: name.to_owned(),
        label: name.to_owned(),
        kind,
        required,
        source: FieldSource::Form { form: "claim form".to_owned(), start: true },
    };
    let readers = || vec![Who::Requester, role("finance lead")];
    let approval = HumanStep {
        verb: HumanVerb::Approve,
        who: role(approver),
        subject: "the claim".to_owned(),
        fields: Vec::new(),
        seats: 1,
        needed: 1,
        due: Span::Days(2),
        remind_every: None,
        escalations: Vec::new(),
        on_rejected: Vec::new(),
        accountable: None,
    };
    Definition {
        format: DEFINITION_FORMAT,
        id: id.to_owned(),
        title: id.to_owned(),
        starter: "employee".to_owned(),
        accountable: "finance director".to_owned(),
        successes: vec!["paid".to_owned()],
        stalls_at: None,
        reading: Reading { day_order: None, currency: Some("EUR".to_owned()) },
        fields: vec![
            field("purpose", FieldKind::Text, true),
            field("amount", FieldKind::Money, true),
            field("illness", FieldKind::Text, false),
            field("receipt", FieldKind::Document, true),
        ],
        parties: Vec::new(),
        visibility: ["illness", "receipt"]
            .map(|field| Visibility { field: field.to_owned(), readers: readers() })
            .into(),
        stages: vec![Stage {
            name: "Approval".to_owned(),
            steps: vec![Step::Human(approval), Step::End { closing: "paid".to_owned() }],
        }],
        withdrawal: Some(Withdrawal { before_stage: None, closing: "withdrawn".to_owned() }),
        prohibitions: Vec::new(),
        notes: Vec::new(),
        examples: BTreeMap::new(),
        owners: Vec::new(),
        guidelines: std::collections::BTreeMap::new(),
        templates: std::collections::BTreeMap::new(),
        word_templates: std::collections::BTreeMap::new(),
        criteria: std::collections::BTreeMap::new(),
        schedules: Vec::new(),
        readers: None,
    }
}
