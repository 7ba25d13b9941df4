//! Servers that speak the chat completions format: OpenAI, and the many that follow it.

use std::{collections::BTreeMap, sync::Once, time::Duration};

use async_openai::{Client, config::OpenAIConfig};
use futures_util::future::BoxFuture;

use super::{
    Answer, Provider, ProviderError, Request, Secret,
    transport::Transport,
    wire::{self, Refusal},
};
use crate::config::Quirks;

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
/// A server that asks for a longer pause is waited for this long.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Where the model is and how to ask it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address up to and without `/chat/completions`, such as `https://api.openai.com/v1`.
    pub base_url: String,
    /// The key; empty for a server that asks for none.
    pub key: Secret,
    /// The model's name at that server.
    pub model: String,
    /// How long one question may take with all its attempts.
    pub time_limit: Duration,
    /// Further headers of each request.
    pub headers: BTreeMap<String, String>,
    /// What the server wants differently.
    pub quirks: Quirks,
}

/// A server that speaks the chat completions format.
pub struct OpenAi {
    client: Client<OpenAIConfig>,
    settings: Settings,
    first_pause: Duration,
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
            .connect_timeout(CONNECT_LIMIT)
            .read_timeout(IDLE_LIMIT)
            .timeout(settings.time_limit)
            .build()
            .map_err(|_| ProviderError::Terminal("the connection to the model server cannot be set up".to_owned()))?;
        Self::over(Transport::Network(http), settings, FIRST_PAUSE)
    }

    /// The same code over another transport.
    pub(super) fn over(transport: Transport, settings: Settings, first_pause: Duration) -> Result<Self, ProviderError> {
        let address = reqwest::Url::parse(&settings.base_url).ok();
        if !address.is_some_and(|url| matches!(url.scheme(), "http" | "https")) {
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
        Ok(Self { client, settings, first_pause })
    }

    async fn ask(&self, request: &Request) -> Result<Answer, ProviderError> {
        let mut pause = self.first_pause;
        let mut last = ProviderError::Retryable("the model server was not asked".to_owned());
        let mut wished = Duration::ZERO;
        for attempt in 1..=MAX_ATTEMPTS {
            if attempt > 1 {
                tokio::time::sleep(pause.max(wished)).await;
                pause *= 2;
            }
            match wire::send(&self.client, request, &self.settings).await {
                Err(Refusal { error: ProviderError::Retryable(words), ask_after }) => {
                    tracing::info!(attempt, "the model server did not answer: {words}");
                    wished = ask_after.unwrap_or_default().min(LONGEST_PAUSE);
                    last = ProviderError::Retryable(words);
                }
                Err(refusal) => return Err(refusal.error),
                Ok(answer) => return Ok(answer),
            }
        }
        Err(last)
    }
}

impl Provider for OpenAi {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move {
            let limit = self.settings.time_limit;
            tokio::time::timeout(limit, self.ask(request)).await.unwrap_or_else(|_| {
                Err(ProviderError::Retryable(format!("the model server did not answer within {} s", limit.as_secs())))
            })
        })
    }

    fn name(&self) -> String {
        format!("openai:{}", self.settings.model)
    }
}

impl std::fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenAi").field("settings", &self.settings).finish_non_exhaustive()
    }
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
