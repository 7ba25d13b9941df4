//! Servers that speak the OpenAI protocol, as chat completions or as responses: OpenAI, and the many that follow it.

use std::{collections::BTreeMap, sync::Once, time::Duration};

use async_openai::{Client, config::OpenAIConfig};
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::{
    Answer, Provider, ProviderError, Request, Secret,
    transport::Transport,
    wire::{self, Refusal},
};
use crate::config::{Api, Quirks, is_web_address};

/// A request is sent at most this many times.
pub const MAX_ATTEMPTS: u32 = 3;
/// One question, with all its attempts, takes at most this long unless the settings say less.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);
/// A connection must stand within this time.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// A server that says nothing for this long in the middle of its answer is given up.
const IDLE_LIMIT: Duration = Duration::from_secs(30);
/// The pause before the second attempt; it doubles for the third.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// A server that asks for a longer pause is not asked again for the same question.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// A server that asks for a longer pause is left alone for this long.
const LONGEST_REST: Duration = Duration::from_secs(600);

/// How long a model is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One question with all its attempts.
    pub total: Duration,
    /// A server that says nothing for this long is given up.
    pub silence: Duration,
    /// A connection must stand within this time.
    pub connect: Duration,
    /// The pause before the second attempt; it doubles for the third.
    pub first_pause: Duration,
    /// A server that asks for a longer pause is not asked again for the same question.
    pub longest_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: TIME_LIMIT,
            silence: IDLE_LIMIT,
            connect: CONNECT_LIMIT,
            first_pause: FIRST_PAUSE,
            longest_pause: LONGEST_PAUSE,
        }
    }
}

/// Where the model is and how to ask it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address up to and without `/chat/completions` or `/responses`, such as `https://api.openai.com/v1`.
    pub base_url: String,
    /// The key; empty for a server that asks for none.
    pub key: Secret,
    /// The model's name at that server.
    pub model: String,
    /// How long it is waited for.
    pub limits: Limits,
    /// Further headers of each request.
    pub headers: BTreeMap<String, String>,
    /// In which of the two ways it is asked.
    pub api: Api,
    /// What the server wants differently.
    pub quirks: Quirks,
}

/// A server that speaks the OpenAI protocol.
pub struct OpenAi {
    client: Client<OpenAIConfig>,
    settings: Settings,
}

impl OpenAi {
    /// Prepares the connection; nothing is sent yet.
    ///
    /// # Errors
    /// Terminal, when the address is not one of http or https or the client cannot be built.
    pub fn new(settings: Settings) -> Result<Self, ProviderError> {
        install_tls();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.limits.connect)
            .read_timeout(settings.limits.silence)
            .timeout(settings.limits.total)
            .build()
            .map_err(|_| ProviderError::Terminal("the connection to the model server cannot be set up".to_owned()))?;
        Self::over(Transport::Network(http), settings)
    }

    /// The same code over another transport.
    pub(super) fn over(transport: Transport, settings: Settings) -> Result<Self, ProviderError> {
        if !is_web_address(&settings.base_url, true) {
            return Err(ProviderError::Terminal(
                "the address of the model server is not a web address; write it like https://api.openai.com/v1"
                    .to_owned(),
            ));
        }
        if !settings.key.reveal().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ProviderError::Terminal(
                "the key of the model server holds a blank or a special character; copy it again".to_owned(),
            ));
        }
        // Every part is set here, since the client would otherwise fill it from the environment.
        let mut config = OpenAIConfig::new()
            .with_api_base(settings.base_url.trim_end_matches('/'))
            .with_api_key(settings.key.reveal())
            .with_org_id("")
            .with_project_id("");
        for (name, value) in &settings.headers {
            let wrong = || ProviderError::Terminal(format!("`{name}` is no header of a model server that can be sent"));
            let header = reqwest::header::HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
            config = config.with_header(header, value.as_str()).map_err(|_| wrong())?;
        }
        let client = Client::build(plain_client()?, config).with_http_service(transport);
        Ok(Self { client, settings })
    }

    async fn ask(&self, request: &Request) -> Result<Answer, ProviderError> {
        let limits = self.settings.limits;
        let end = Instant::now() + limits.total;
        let most = if request.call.repair || request.call.sample > 0 { 1 } else { MAX_ATTEMPTS };
        let mut pause = limits.first_pause;
        let mut last: Option<String> = None;
        for attempt in 1..=most {
            let sent = wire::send(&self.client, request, &self.settings);
            let Ok(sent) = tokio::time::timeout_at(end, sent).await else {
                return Err(ProviderError::Retryable(too_late(limits.total, last.as_deref())));
            };
            let (words, wished) = match sent {
                Ok(answer) => return Ok(answer),
                Err(Refusal { error: ProviderError::Retryable(words), ask_after }) => {
                    (words, ask_after.unwrap_or_default())
                }
                Err(refusal) => return Err(refusal.error),
            };
            tracing::info!(attempt, "the model server did not answer: {words}");
            let next = pause.max(wished);
            // Nobody waits for a pause that is longer than the rest of the time.
            let in_vain = attempt < most && Instant::now() + next >= end;
            if wished > limits.longest_pause || (in_vain && !wished.is_zero()) {
                return Err(ProviderError::Busy { words, after: wished.min(LONGEST_REST) });
            }
            last = Some(words);
            if attempt == most || in_vain {
                break;
            }
            tokio::time::sleep(next).await;
            pause *= 2;
        }
        Err(ProviderError::Retryable(last.unwrap_or_else(|| "the model server was not asked".to_owned())))
    }
}

/// That a question took too long, and what kept it before that.
fn too_late(total: Duration, last: Option<&str>) -> String {
    let before = last.map(|words| format!("; before that, {words}")).unwrap_or_default();
    format!("the model server did not answer within {}{before}", told(total))
}

impl Provider for OpenAi {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(self.ask(request))
    }

    fn name(&self) -> String {
        format!("openai:{}", self.settings.model)
    }

    fn tells_probability(&self, _decision: &str) -> bool {
        self.settings.quirks.probabilities
    }
}

impl std::fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenAi").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A length of time for people.
pub(super) fn told(time: Duration) -> String {
    let ms = time.as_millis();
    if ms.is_multiple_of(1_000) { format!("{} s", ms / 1_000) } else { format!("{ms} ms") }
}

/// The client that only builds requests: the transport sends them.
fn plain_client() -> Result<reqwest::Client, ProviderError> {
    install_tls();
    reqwest::Client::builder()
        .build()
        .map_err(|_| ProviderError::Terminal("the connection to the model server cannot be set up".to_owned()))
}

/// Chooses the cryptography for TLS once in a process; a later caller finds it installed.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error only says that another part of the program has chosen already.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}
