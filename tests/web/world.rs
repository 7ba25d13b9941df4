//! A small organisation with three processes and three cases, reached as a browser reaches it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, BodyDataStream, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use countersign::{
    clock::Clock,
    config::Config,
    llm::scripted::Scripted,
    runtime::{
        Runtime,
        drafts::NewDraft,
        intake::{HandIn, Upload},
        publish::version_of,
    },
    store::{Link, LinkPurpose, PersonRow, Session, Store, Version},
    web::{
        security::{csrf_token, digest},
        server,
        state::{AppState, Site},
    },
};
use countersign_core::{
    definition::{
        DEFINITION_FORMAT, Definition, Field, FieldKind, FieldSource, HumanStep, HumanVerb, Party, Reading, Stage,
        Step, Visibility, Who, Withdrawal,
    },
    event::Acting,
    people::Person,
    time::{DAY_MS, Span, Timestamp},
};
use regex::Regex;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::runtime::documents;

/// A Wednesday in September 2026.
pub const START: Timestamp = Timestamp(1_790_000_000_000);
/// What only the requester and the finance leads may read.
pub const SECRET: &str = "broken wrist, left";
/// Who sends this is told the figures.
pub const FIGURES_TOKEN: &str = "for the monitoring alone";
/// What tries to be more than text, in every field and name.
pub const SCRIPT: &str = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>";

/// Where the organisation is reached unless a test says otherwise.
const LOOPBACK: &str = "http://127.0.0.1:8080";

/// Cases 1001 (waits for a finance lead), 1002 (stuck: nobody can decide it) and 1003 (waits for a supplier).
pub struct World {
    router: Router,
    pub runtime: Runtime,
    pub store: Store,
    pub clock: Clock,
    /// The key of the receipt in case 1001.
    pub document: String,
    /// A draft of the next version of `expense-claim`, which nobody has open.
    pub draft: String,
    pages: AtomicU32,
    _place: TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn must_be(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text.contains(words), "`{words}` is not said in {}", self.text);
        self
    }

    #[track_caller]
    pub fn says_nothing_of(self, words: &str) -> Self {
        assert!(!self.text.contains(words), "`{words}` is said in {}", self.text);
        self
    }

    /// Where it leads.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The value of a hidden input.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let pattern = Regex::new(&format!("name=\"{name}\" value=\"([^\"]*)\"")).unwrap();
        pattern.captures(&self.text).unwrap_or_else(|| panic!("no {name} in {}", self.text))[1].to_owned()
    }

    /// The session cookie that it sets.
    pub fn cookie(&self) -> String {
        let cookie = self.headers[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(false, false, None).await
    }

    /// The organisation behind this address.
    pub async fn at(base_url: &str) -> Self {
        Self::built(false, false, None, base_url, Some(FIGURES_TOKEN)).await
    }

    /// The organisation, without a token for the figures.
    pub async fn without_figures() -> Self {
        Self::built(false, false, None, LOOPBACK, None).await
    }

    /// The organisation as a demo: everybody is a sample.
    pub async fn demo() -> Self {
        Self::with(false, true, None).await
    }

    /// Nobody and nothing.
    pub async fn empty() -> Self {
        Self::with(true, false, None).await
    }

    /// The organisation with a model that answers from a list.
    pub async fn writing(script: Arc<Scripted>) -> Self {
        Self::with(false, false, Some(script)).await
    }

    async fn with(empty: bool, demo: bool, model: Option<Arc<Scripted>>) -> Self {
        Self::built(empty, demo, model, LOOPBACK, Some(FIGURES_TOKEN)).await
    }

    async fn built(
        empty: bool,
        demo: bool,
        model: Option<Arc<Scripted>>,
        base_url: &str,
        figures: Option<&str>,
    ) -> Self {
        let place = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", place.path().join("countersign.db").display());
        let store = Store::open(&address).await.unwrap();
        if !empty {
            add_people(&store, demo).await;
            publish(&store, claim("expense-claim", "finance lead")).await;
            publish(&store, claim("advance", "treasurer")).await;
            publish(&store, onboarding()).await;
        }
        let metrics_token = figures.map(str::to_owned);
        let config = Config { metrics_token, reader: Some(documents::program()), ..Config::default() };
        let clock = Clock::fixed(START);
        let opened = (store.clone(), clock.clone());
        let runtime = match model {
            Some(model) => Runtime::with_provider(opened.0, opened.1, config, model).await.unwrap(),
            None => Runtime::start(opened.0, opened.1, config).await.unwrap(),
        };
        let site = Site { base_url: base_url.to_owned(), secure: base_url.starts_with("https://"), demo };
        let state = AppState { runtime: runtime.clone(), site: Arc::new(site) };
        let router = server::router(state);
        let mut world = Self {
            router,
            runtime,
            store,
            clock,
            document: String::new(),
            draft: String::new(),
            pages: AtomicU32::new(0),
            _place: place,
        };
        if !empty {
            let opened = world.open("rosa", "expense-claim", words("Trade fair in Leipzig")).await;
            world.document =
                world.runtime.load_number(opened).await.unwrap().case.documents.keys().next().unwrap().clone();
            world.open("rosa", "advance", words("Advance for the fair")).await;
            world.open("rosa", "onboarding", BTreeMap::from([("company", "Druckerei Sommer")])).await;
            let new = NewDraft { process: Some("expense-claim".to_owned()), ..NewDraft::default() };
            world.draft = world.runtime.begin_draft(&Acting::person("ada"), new).await.unwrap();
            for id in ["rosa", "carla", "fiona", "emil", "otto", "ada"] {
                world.sign_in(id).await;
            }
        }
        world
    }

    /// Opens a case past the pages and returns its number.
    pub async fn open(&self, person: &str, process: &str, words: BTreeMap<&str, &str>) -> u64 {
        let words = words.into_iter().map(|(name, words)| (name.to_owned(), words.to_owned())).collect();
        let receipt = Upload {
            field: "receipt".to_owned(),
            name: "adler.txt".to_owned(),
            bytes: b"HOTEL ADLER\nTOTAL EUR 412.50\n".to_vec(),
        };
        let uploads = if process == "onboarding" { Vec::new() } else { vec![receipt] };
        let opened = self.runtime.open_case(&Acting::person(person), process, HandIn { words, uploads }, None).await;
        opened.unwrap().loaded.case.number
    }

    /// Gives a person a session whose cookie [`cookie`] makes.
    pub async fn sign_in(&self, person: &str) {
        let session = Session {
            token_hash: digest(&secret(person)),
            person: person.to_owned(),
            csrf: csrf_token(&secret(person)),
            created_at: START,
            expires_at: START.plus_ms(DAY_MS),
        };
        self.store.create_session(session).await.unwrap();
    }

    /// The form token of one page of a person's session; every call is another page.
    pub fn token(&self, person: &str) -> String {
        format!("{}.{}", csrf_token(&secret(person)), self.pages.fetch_add(1, Ordering::SeqCst))
    }

    pub async fn get(&self, person: &str, path: &str) -> Answer {
        self.send(ask("GET", Some(person), path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form from a page of its own.
    pub async fn post(&self, person: &str, path: &str, words: &[(&str, &str)]) -> Answer {
        self.post_from(person, path, &self.token(person), words).await
    }

    /// Sends a form from a page with this token.
    pub async fn post_from(&self, person: &str, path: &str, token: &str, words: &[(&str, &str)]) -> Answer {
        let mut all = vec![("_csrf", token)];
        all.extend_from_slice(words);
        self.send(form(ask("POST", Some(person), path), &all)).await
    }

    /// Sends a form with files: field, name, bytes.
    pub async fn upload(
        &self,
        person: &str,
        path: &str,
        words: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        let token = self.token(person);
        let mut all = vec![("_csrf", token.as_str())];
        all.extend_from_slice(words);
        self.send(multipart(ask("POST", Some(person), path), &all, files)).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// What a page of this person hears.
    pub async fn listen(&self, person: &str) -> BodyDataStream {
        self.stream(ask("GET", Some(person), "/events").body(Body::empty()).unwrap()).await
    }

    /// The body of an answer, piece by piece.
    pub async fn stream(&self, request: Request<Body>) -> BodyDataStream {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body().into_data_stream()
    }

    /// How many events a case has.
    pub async fn seq(&self, number: u64) -> u64 {
        self.runtime.load_number(number).await.unwrap().case.seq
    }

    /// The digest of what whoever decides a task is shown now.
    pub async fn shown(&self, number: u64, task: u32) -> String {
        self.runtime.load_number(number).await.unwrap().case.shown(task)
    }

    /// A link of this purpose; returns its secret.
    pub async fn link(&self, purpose: LinkPurpose, person: Option<&str>, party: Option<(&str, &str)>) -> String {
        let token = format!("{:064}", self.pages.fetch_add(1, Ordering::SeqCst));
        let link = Link {
            token_hash: digest(&token),
            purpose,
            person: person.map(str::to_owned),
            case_id: party.map(|(case, _)| case.to_owned()),
            party: party.map(|(_, party)| party.to_owned()),
            task: None,
            created_at: START,
            expires_at: START.plus_ms(DAY_MS),
            used_at: None,
        };
        self.store.create_link(link).await.unwrap();
        token
    }

    /// A link for the supplier of case 1003.
    pub async fn supplier_link(&self) -> String {
        let case = self.store.case_id(1003).await.unwrap().unwrap();
        self.link(LinkPurpose::Party, None, Some((&case, "supplier"))).await
    }
}

/// A request of a person's browser, or of nobody's.
pub fn ask(method: &str, person: Option<&str>, path: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8080");
    match person {
        Some(person) => request.header(header::COOKIE, format!("countersign={}", secret(person))),
        None => request,
    }
}

/// A form as browsers send it without files.
pub fn form(request: axum::http::request::Builder, words: &[(&str, &str)]) -> Request<Body> {
    let pairs: Vec<String> =
        words.iter().map(|(name, words)| format!("{}={}", encoded(name), encoded(words))).collect();
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(Body::from(pairs.join("&"))).unwrap()
}

/// A form as browsers send it with files.
pub fn multipart(
    request: axum::http::request::Builder,
    words: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
) -> Request<Body> {
    let mut body = Vec::new();
    for (name, words) in words {
        body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{words}\r\n").bytes());
    }
    for (field, name, bytes) in files {
        body.extend(
            format!("--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n").bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge").body(Body::from(body)).unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn secret(person: &str) -> String {
    format!("secret-of-{person}")
}

/// The words of a claim.
pub fn words(purpose: &str) -> BTreeMap<&str, &str> {
    BTreeMap::from([("purpose", purpose), ("amount", "412.50 EUR"), ("illness", SECRET)])
}

async fn add_people(store: &Store, sample: bool) {
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
        store.put_person(PersonRow { id: id.to_owned(), person, sample }, "test", "added", START).await.unwrap();
    }
}

async fn publish(store: &Store, definition: Definition) {
    let version = Version {
        hash: version_of(&definition).unwrap(),
        process: definition.id.clone(),
        text: format!("# {}\n\nAn employee can start this process.\n", definition.title),
        examples: serde_json::json!({}),
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

fn human(verb: HumanVerb, who: Who, subject: &str, fields: &[&str]) -> Step {
    Step::Human(HumanStep {
        verb,
        who,
        subject: subject.to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        seats: 1,
        needed: 1,
        due: Span::Days(2),
        remind_every: None,
        escalations: Vec::new(),
        on_rejected: Vec::new(),
        accountable: None,
    })
}

fn field(name: &str, kind: FieldKind, required: bool, start: bool) -> Field {
    let source = FieldSource::Form { form: "the form".to_owned(), start };
    Field { name: name.to_owned(), label: name.replace('_', " "), kind, required, source }
}

/// One approval by a role; the illness is for the requester and the finance leads alone.
fn claim(id: &str, approver: &str) -> Definition {
    let fields = vec![
        field("purpose", FieldKind::Text, true, true),
        field("amount", FieldKind::Money, true, true),
        field("illness", FieldKind::Text, false, true),
        field("receipt", FieldKind::Document, true, true),
    ];
    let steps =
        vec![human(HumanVerb::Approve, role(approver), "the claim", &[]), Step::End { closing: "paid".to_owned() }];
    let readers = vec![Who::Requester, role("finance lead")];
    Definition {
        visibility: vec![Visibility { field: "illness".to_owned(), readers }],
        ..definition(id, fields, steps)
    }
}

/// A supplier from outside fills in a form.
fn onboarding() -> Definition {
    let fields = vec![
        field("company", FieldKind::Text, true, true),
        field("supplier_email", FieldKind::Email, false, true),
        field("legal_name", FieldKind::Text, true, false),
        field("bank_letter", FieldKind::Document, true, false),
    ];
    let supplier = Who::Party { party: "supplier".to_owned() };
    let steps = vec![
        human(HumanVerb::Provide, supplier, "the supplier form", &["legal_name", "bank_letter"]),
        Step::End { closing: "active".to_owned() },
    ];
    Definition {
        parties: vec![Party { name: "supplier".to_owned(), email: "supplier_email".to_owned() }],
        ..definition("onboarding", fields, steps)
    }
}

fn definition(id: &str, fields: Vec<Field>, steps: Vec<Step>) -> Definition {
    Definition {
        format: DEFINITION_FORMAT,
        id: id.to_owned(),
        title: id.to_owned(),
        starter: "employee".to_owned(),
        accountable: "finance director".to_owned(),
        successes: vec!["paid".to_owned()],
        stalls_at: None,
        reading: Reading { day_order: None, currency: Some("EUR".to_owned()) },
        fields,
        parties: Vec::new(),
        visibility: Vec::new(),
        stages: vec![Stage { name: "Approval".to_owned(), steps }],
        withdrawal: Some(Withdrawal { before_stage: None, closing: "withdrawn".to_owned() }),
        prohibitions: Vec::new(),
        notes: Vec::new(),
        examples: BTreeMap::new(),
        owners: Vec::new(),
        guidelines: BTreeMap::new(),
        templates: BTreeMap::new(),
        word_templates: BTreeMap::new(),
        criteria: BTreeMap::new(),
        schedules: Vec::new(),
        readers: None,
    }
}
