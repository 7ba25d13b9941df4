//! A model that describes processes, asked as it is in the studio: once for each prose, checked by the same code.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    EvalError,
    processes::{Described, Describer, of_text, own_files, rows},
};
use crate::describe::{self, DescribeError};

/// The texts that a model wrote, and what they took.
#[derive(Clone, Debug, Default)]
pub struct Drafted {
    /// By the prose that they were written from.
    texts: BTreeMap<String, String>,
    /// One line for each row, as `--describer FILE.jsonl` reads it.
    pub lines: Vec<Line>,
    /// The figures of the writing itself.
    pub effort: Effort,
}

/// A process text for the row of this name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The row.
    pub id: String,
    /// The process text; empty when none came of it.
    pub text: String,
}

/// What a model took for all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Effort {
    /// The model.
    pub engine: String,
    /// Rows whose draft met every check, with its questions left open.
    pub complete: usize,
    /// Questions that the drafts leave open.
    pub open_questions: usize,
    /// How often the model was asked.
    pub asked: usize,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Why rows have no complete draft, by row.
    pub failed: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Prose {
    #[serde(default)]
    id: String,
    input: String,
}

impl Drafted {
    /// Has every prose of the files, or of the suite's own, written as a process text. `written` hears of each.
    ///
    /// # Errors
    /// [`EvalError`], when a file cannot be read or no model is set up. What a model cannot write is counted.
    pub async fn by(
        describer: &describe::Describer,
        suite: &Path,
        data: &[PathBuf],
        written: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, EvalError> {
        let mut drafted = Self::default();
        for file in own_files(suite, data) {
            for row in rows::<Prose>(&file)? {
                match describer.describe(&row.input).await {
                    Ok(described) => drafted.add(&row, described),
                    Err(error @ (DescribeError::NoModel | DescribeError::Prompt(_))) => {
                        return Err(EvalError::Run(error.to_string()));
                    }
                    Err(error @ (DescribeError::Empty(_) | DescribeError::TooLong { .. })) => {
                        drafted.effort.failed.insert(row.id.clone(), error.to_string());
                        drafted.lines.push(Line { id: row.id, text: String::new() });
                    }
                }
                written(drafted.lines.len());
            }
        }
        Ok(drafted)
    }

    fn add(&mut self, row: &Prose, described: describe::Described) {
        let effort = &mut self.effort;
        effort.engine = described.engine;
        effort.complete += usize::from(described.complete);
        effort.open_questions += described.questions.len();
        effort.asked += described.spent.questions;
        effort.input_tokens += described.spent.input_tokens;
        effort.output_tokens += described.spent.output_tokens;
        if let Some(stopped) = described.stopped {
            effort.failed.insert(row.id.clone(), stopped.words());
        }
        self.lines.push(Line { id: row.id.clone(), text: described.text.clone() });
        self.texts.insert(row.input.clone(), described.text);
    }
}

impl Describer for Drafted {
    fn describe(&self, _: &str, prose: &str) -> Described {
        self.texts.get(prose).map(|text| of_text(text)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::{describe::Limits, evals::processes, llm::scripted::Scripted};

    /// The shipped rows: the parcel, then the room.
    const SUITE: &str = "evals/processes";

    fn line(quote: Option<&str>, text: &str) -> Json {
        json!({"quote": quote, "text": text})
    }

    fn parcel() -> String {
        let lines = [
            line(None, "# Parcel"),
            line(None, "A clerk can start this process."),
            line(None, "The dispatcher is accountable for this process."),
            line(None, "The driver is a role."),
            line(None, "The parcel form asks for the address (text, optional)."),
            line(None, "Stage Tour:"),
            line(Some("The clerk checks the parcel."), "- The clerk does \"checks the parcel\"."),
            line(
                Some("If the address is missing, the clerk calls the sender."),
                "- If the address is missing, the clerk does \"calls the sender\".",
            ),
            line(Some("Otherwise, the clerk books the tour."), "- Otherwise, the clerk does \"books the tour\"."),
            line(Some("Then the driver delivers the parcel."), "- The driver does \"delivers the parcel\"."),
            line(None, "- Close the case as delivered."),
        ];
        let dropped = [json!({"quote": "The clerk weighs nothing.", "why": "no step"})];
        json!({"sentences": lines, "questions": [], "dropped": dropped}).to_string()
    }

    async fn drafted(script: Scripted) -> (Drafted, usize) {
        let provider = Arc::new(script);
        let describer = describe::Describer::new(Some(Arc::clone(&provider) as _), Limits::default()).unwrap();
        let drafted = Drafted::by(&describer, Path::new(SUITE), &[], &|_| {}).await.unwrap();
        (drafted, provider.requests().len())
    }

    #[tokio::test]
    async fn a_model_is_scored_by_what_its_drafts_compile_to() {
        let refuses = "I will not.";
        let script =
            [refuses; 4].iter().fold(Scripted::new().unwrap().says(parcel()), |script, words| script.says(*words));
        let (drafted, asked) = drafted(script).await;
        assert_eq!((drafted.effort.complete, drafted.effort.asked), (1, asked));
        assert_eq!(drafted.effort.failed.keys().collect::<Vec<_>>(), ["room"]);
        let figures = processes::score(Path::new(SUITE), &[], &drafted).unwrap();
        assert_eq!((figures.rows, figures.described_steps, figures.matched_activities), (2, 4, 4));
        assert_eq!((figures.actor_right, figures.gateways_of_the_right_kind, figures.publishable), (4, 1, 0));
        // What was assumed is a question, so that nothing can be published unseen.
        assert!(drafted.effort.open_questions > 0);
        // The same texts are scored the same again, without a model.
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("texts.jsonl");
        let lines: Vec<String> = drafted.lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        let written = processes::Written::read(&file).unwrap();
        assert_eq!(processes::score(Path::new(SUITE), &[], &written).unwrap(), figures);
    }

    #[tokio::test]
    async fn without_a_model_it_says_what_to_set() {
        let describer = describe::Describer::new(None, Limits::default()).unwrap();
        let error = Drafted::by(&describer, Path::new(SUITE), &[], &|_| {}).await.unwrap_err();
        assert!(error.to_string().contains("COUNTERSIGN_MODEL"), "{error}");
    }
}
