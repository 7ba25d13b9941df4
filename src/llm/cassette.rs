//! Answers of models kept as files, so that a suite runs again without a network and says the same.
//!
//! A file's name is the digest of everything that could change the answer: provider, model, the rendered question
//! with its schema and limits, and which sample it is. Only the answer is kept, never a key or an address.

use std::{path::PathBuf, sync::Arc};

use countersign_core::canonical::digest_bytes;
use futures_util::future::BoxFuture;

use super::{Answer, Provider, ProviderError, Request};

/// A kept answer may have at most this many bytes.
const KEPT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What to do with the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Leave it alone and ask the model.
    Live,
    /// Ask the model and keep its answer, over an earlier one.
    Record,
    /// Take the kept answer, and ask the model where there is none.
    Replay,
    /// Take the kept answer, and fail where there is none: nothing leaves the machine.
    ReplayOrFail,
}

/// A model whose answers are kept.
pub struct Cassette {
    inner: Arc<dyn Provider>,
    folder: PathBuf,
    mode: Mode,
}

impl Cassette {
    /// Keeps the answers of `inner` in a folder, which is made when the first one is kept.
    #[must_use]
    pub fn new(inner: Arc<dyn Provider>, folder: PathBuf, mode: Mode) -> Self {
        Self { inner, folder, mode }
    }

    async fn answer(&self, request: &Request) -> Result<Answer, ProviderError> {
        let file = self.folder.join(format!("{}.json", key(&self.inner.name(), request)));
        if matches!(self.mode, Mode::Replay | Mode::ReplayOrFail) {
            match kept(&file).await? {
                Some(answer) => return Ok(answer),
                None if self.mode == Mode::ReplayOrFail => {
                    return Err(ProviderError::Terminal(format!(
                        "no answer is kept for this question ({}); record it once with the model",
                        file.display()
                    )));
                }
                None => {}
            }
        }
        let answer = self.inner.complete(request).await?;
        if self.mode != Mode::Live {
            keep(&file, &answer).await?;
        }
        Ok(answer)
    }
}

impl Provider for Cassette {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(self.answer(request))
    }

    fn name(&self) -> String {
        self.inner.name()
    }

    fn tells_probability(&self, decision: &str) -> bool {
        self.inner.tells_probability(decision)
    }
}

/// What names an answer: two questions that could be answered differently have different keys.
#[must_use]
pub fn key(provider: &str, request: &Request) -> String {
    // The schema keeps its declared order here, since a model sees that order.
    let parts = serde_json::json!([provider, request, request.call.sample]);
    digest_bytes(parts.to_string().as_bytes()).to_string()
}

async fn kept(file: &std::path::Path) -> Result<Option<Answer>, ProviderError> {
    let wrong =
        |why: String| ProviderError::Terminal(format!("the kept answer {} cannot be used: {why}", file.display()));
    match tokio::fs::metadata(file).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(error.to_string())),
        Ok(about) if about.len() > KEPT_BYTES_MAX => return Err(wrong(format!("it is over {KEPT_BYTES_MAX} bytes"))),
        Ok(_) => {}
    }
    let text = tokio::fs::read_to_string(file).await.map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map(Some).map_err(|error| wrong(error.to_string()))
}

async fn keep(file: &std::path::Path, answer: &Answer) -> Result<(), ProviderError> {
    let wrong =
        |why: String| ProviderError::Terminal(format!("the answer cannot be kept in {}: {why}", file.display()));
    let text = serde_json::to_string_pretty(answer).map_err(|error| wrong(error.to_string()))?;
    if let Some(folder) = file.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(|error| wrong(error.to_string()))?;
    }
    tokio::fs::write(file, text).await.map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::{Call, scripted::Scripted};

    fn request(user: &str, sample: u32) -> Request {
        Request {
            system: "Say one word.".to_owned(),
            user: user.to_owned(),
            schema: serde_json::json!({"type": "object"}),
            schema_name: "word".to_owned(),
            max_tokens: 50,
            temperature: Some(0),
            call: Call { sample, ..Call::default() },
            masked: None,
        }
    }

    fn over(folder: &tempfile::TempDir, script: Scripted, mode: Mode) -> Cassette {
        Cassette::new(Arc::new(script), folder.path().join("kept"), mode)
    }

    fn silent() -> Scripted {
        Scripted::new().unwrap()
    }

    #[tokio::test]
    async fn what_was_recorded_is_said_again_without_the_model() {
        let folder = tempfile::tempdir().unwrap();
        let recorded = over(&folder, silent().says("yes"), Mode::Record).complete(&request("Which?", 0)).await.unwrap();
        let replayed = over(&folder, silent(), Mode::ReplayOrFail).complete(&request("Which?", 0)).await.unwrap();
        assert_eq!(recorded, replayed);
        // Another sample and another question are other answers.
        for other in [request("Which?", 1), request("What?", 0)] {
            let refused = over(&folder, silent().says("no"), Mode::ReplayOrFail).complete(&other).await;
            assert!(matches!(&refused, Err(ProviderError::Terminal(why)) if why.contains("record it")), "{refused:?}");
            let asked = over(&folder, silent().says("no"), Mode::Replay).complete(&other).await.unwrap();
            assert_eq!(asked.text, "no");
        }
        let live = over(&folder, silent().says("anew"), Mode::Live).complete(&request("Which?", 0)).await.unwrap();
        assert_eq!(live.text, "anew");
    }
}
