//! From a wish to patches, carried out on a copy.

use serde::Serialize;
use serde_json::Value as Json;

use super::{
    Asked, DescribeError,
    answer::{AnsweredChange, ChangeAnswer, ChangeShown, Op, Part, Place, shapes},
    budget::{Limits, Spent},
    draft::{found, in_words, one_line, sentence},
    rounds::{Judged, Question, Round, Stopped, Talk},
    support,
};
use crate::{
    agents::{
        prompts::Prompt,
        quarantine::clean,
        schemas::{narrow, schema},
    },
    language::{
        self, Attachments,
        patch::{Applied, At, Change, Patch, SentenceId, What, apply, sentences},
    },
    llm::Provider,
};

/// With more sentences than this their names are checked by code alone and not listed in the schema.
const MAX_LISTED: usize = 400;
/// The model's reason why a wish cannot be carried out is cut after so many characters.
const MAX_REASON_CHARS: usize = 400;

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Whether the patches fit and their result is understood.
    pub complete: bool,
    /// Why the model was not asked further; none when it was not necessary.
    pub stopped: Option<Stopped>,
    /// The patches, questions about assumptions among them; empty when there is nothing to carry out.
    pub patches: Vec<Patch>,
    /// The copy after the patches, with its difference and what undoes it.
    pub applied: Option<Applied>,
    /// What the change assumes and nobody said. Each blocks publishing.
    pub questions: Vec<Asked>,
    /// Why the wish cannot be carried out as a change of the text, as the model says.
    pub cannot: Option<String>,
    /// Each time that the model was asked, and what was wrong with its answer.
    pub rounds: Vec<Round>,
    /// What it cost.
    pub spent: Spent,
    /// The model that was asked.
    pub engine: String,
    /// The digest of the prompt that it was asked with.
    pub prompt: String,
}

/// What one answer came to.
#[derive(Default)]
struct Outcome {
    patches: Vec<Patch>,
    applied: Option<Applied>,
    questions: Vec<Asked>,
    cannot: Option<String>,
}

/// Asks for patches until they fit or a limit is met.
pub async fn change(
    provider: &dyn Provider,
    prompt: &Prompt,
    limits: &Limits,
    (text, attachments): (&str, &Attachments),
    request: &str,
) -> Result<Changed, DescribeError> {
    let (listed, ids) = listing(text);
    let shown = ChangeShown { shapes: shapes(), sentences: listed, request: request.to_owned() };
    let mut schema = schema::<ChangeAnswer>();
    if ids.len() <= MAX_LISTED {
        for name in ["sentence", "after"] {
            narrow(&mut schema, &format!("/properties/changes/items/properties/{name}"), &ids, true);
        }
    }
    let question = Question { provider, prompt, limits, rendered: prompt.render(&shown)?, schema };
    let judge = |json| judge(text, attachments, request, json);
    let Talk { best, stopped, rounds, spent } = question.ask(&judge).await?;
    let (outcome, complete) = best.unwrap_or_default();
    Ok(Changed {
        complete,
        stopped,
        patches: outcome.patches,
        applied: outcome.applied,
        questions: outcome.questions,
        cannot: outcome.cannot,
        rounds,
        spent,
        engine: provider.name(),
        prompt: prompt.digest.clone(),
    })
}

/// The sentences of a text, one a line, each behind its name, and the names.
fn listing(text: &str) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut ids = Vec::new();
    for placed in sentences(text) {
        let line = text.get(..placed.start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
        let lead = if line.trim_matches([' ', '-', '*']).is_empty() { line } else { "  ... " };
        out.push_str(&format!("[{}] {lead}{}\n", placed.id.0, one_line(&placed.text)));
        ids.push(placed.id.0);
    }
    (out, ids)
}

fn judge(text: &str, attachments: &Attachments, request: &str, json: Json) -> Judged<Outcome> {
    let faulty = |faults: Vec<String>| Judged { result: Outcome::default(), faults };
    let Ok(answer) = serde_json::from_value::<ChangeAnswer>(json) else {
        return faulty(vec!["the answer has another form than its schema".to_owned()]);
    };
    if answer.changes.is_empty() {
        let cannot = answer.cannot.map(|why| one_line(&clean(&why)).chars().take(MAX_REASON_CHARS).collect());
        let faults = if cannot.is_none() { vec!["there is no change and no reason".to_owned()] } else { Vec::new() };
        return Judged { result: Outcome { cannot, ..Outcome::default() }, faults };
    }
    let patches: Result<Vec<Patch>, String> = answer.changes.into_iter().map(patch).collect();
    let mut patches = match patches {
        Ok(patches) => patches,
        Err(fault) => return faulty(vec![fault]),
    };
    let first = match apply(text, attachments, &patches) {
        Ok(applied) => applied,
        Err(why) => {
            let compiled = language::compile(&why.text, attachments);
            let errors = why.diagnostics.iter().filter(|found| found.is_error());
            let errors = errors.map(|found| in_words(found, &compiled.sentences));
            return faulty(std::iter::once(why.message.clone()).chain(errors).collect());
        }
    };
    let questions = assumed(&first, request);
    patches.extend(questions.iter().map(|asked| Patch::Insert { after: None, at: At::Next, text: sentence(asked) }));
    match apply(text, attachments, &patches) {
        Ok(applied) => {
            let result = Outcome { patches, applied: Some(applied), questions, cannot: None };
            Judged { result, faults: Vec::new() }
        }
        Err(why) => faulty(vec![why.message]),
    }
}

/// Figures that neither the wish nor the sentence before gives.
fn assumed(applied: &Applied, request: &str) -> Vec<Asked> {
    let changed = applied.diff.iter().filter(|one| one.change != Change::Moved);
    changed
        .filter_map(|one| {
            let new = one.new.as_ref()?;
            let old = one.old.as_ref().map_or("", |old| old.sentence.text.as_str());
            let unsaid = support::unsaid_figures(&new.sentence.text, &format!("{request} {old}"));
            let shown = one_line(&new.sentence.text);
            let ask = format!("is {} right in `{shown}`? Nobody has said so.", unsaid.join(" and "));
            (!unsaid.is_empty()).then(|| found(shown, ask))
        })
        .collect()
}

fn patch(change: AnsweredChange) -> Result<Patch, String> {
    let AnsweredChange { op, sentence, after, at, what, text, from } = change;
    let need = |part: Option<String>, name: &str| part.ok_or_else(|| format!("this change needs `{name}`"));
    let after = after.map(SentenceId);
    let at = match at {
        None | Some(Place::Next) => At::Next,
        Some(Place::Beside) => At::Beside,
        Some(Place::Below) => At::Below,
    };
    Ok(match op {
        Op::Insert => Patch::Insert { after, at, text: need(text, "text")? },
        Op::Replace => Patch::Replace { sentence: SentenceId(need(sentence, "sentence")?), text: need(text, "text")? },
        Op::Delete => Patch::Delete { sentence: SentenceId(need(sentence, "sentence")?) },
        Op::Move => Patch::Move { sentence: SentenceId(need(sentence, "sentence")?), after, at },
        Op::Rename => Patch::Rename { from: need(from, "from")?, to: need(text, "text")? },
        Op::Set => {
            let what = match what.ok_or("this change needs `what`")? {
                Part::Who => What::Who,
                Part::Due => What::Due,
                Part::Condition => What::Condition,
            };
            let value = need(text, "text")?;
            Patch::Set { sentence: SentenceId(need(sentence, "sentence")?), what, value }
        }
    })
}
