//! From a model's answer to a process text of which every sentence is accounted for.

use std::{fmt::Write as _, ops::Range};

use serde_json::Value as Json;

use super::{
    Asked, DescribeError, Described, Dropped, Passage, Provenance, Refused, Written,
    answer::{AnsweredLine, AnsweredQuestion, DescribeAnswer, DescribeShown, shapes},
    budget::Limits,
    prose,
    rounds::{Judged, Question, Talk},
    support,
};
use crate::{
    agents::{prompts::Prompt, quarantine::clean, schemas::schema},
    gate::evidence::is_invisible,
    language::{self, Attachments, Compiled, Diagnostic, Sentence, SentenceKind},
    llm::Provider,
};

/// A quote has at least so many words, unless it is a whole sentence of the description.
pub const MIN_QUOTE_WORDS: usize = 2;
/// Words of a model that go into a question are cut after so many characters.
const MAX_SAID_CHARS: usize = 300;
/// At most so many answers are offered with a question.
const MAX_OPTIONS: usize = 6;
/// The code of an open question, which is no fault of a draft.
const OPEN_QUESTION: &str = "E602";

/// Asks for a process text until it has no fault or a limit is met.
pub async fn describe(
    provider: &dyn Provider,
    prompt: &Prompt,
    limits: &Limits,
    prose: &str,
) -> Result<Described, DescribeError> {
    let rendered = prompt.render(&DescribeShown { shapes: shapes(), prose: prose.to_owned() })?;
    let question = Question { provider, prompt, limits, rendered, schema: schema::<DescribeAnswer>() };
    let Talk { best, stopped, rounds, spent } = question.ask(&|json| judge(prose, json)).await?;
    let (draft, complete) = best.unwrap_or_default();
    Ok(Described {
        complete,
        stopped,
        text: draft.text,
        sentences: draft.sentences,
        questions: draft.questions,
        dropped: draft.dropped,
        refused: draft.refused,
        unaccounted: draft.unaccounted,
        diagnostics: draft.diagnostics,
        rounds,
        spent,
        engine: provider.name(),
        prompt: prompt.digest.clone(),
    })
}

/// What one answer came to.
#[derive(Default)]
struct Draft {
    text: String,
    sentences: Vec<Written>,
    questions: Vec<Asked>,
    dropped: Vec<Dropped>,
    refused: Vec<Refused>,
    unaccounted: Vec<Passage>,
    diagnostics: Vec<Diagnostic>,
}

/// The text that is being put together, and where each of its lines comes from.
#[derive(Default)]
struct Lines {
    text: String,
    from: Vec<(Range<usize>, Option<Range<usize>>)>,
}

fn judge(prose: &str, json: Json) -> Judged<Draft> {
    let Ok(answer) = serde_json::from_value::<DescribeAnswer>(json) else {
        let faults = vec!["the answer has another form than its schema".to_owned()];
        return Judged { result: Draft::default(), faults };
    };
    let mut draft = Draft::default();
    let mut faults = Vec::new();
    let mut covered = Vec::new();
    let mut lines = Lines::default();
    for line in answer.sentences {
        draft.take(prose, line, &mut lines, &mut covered);
    }
    for drop in answer.dropped {
        let places = prose::places(prose, &drop.quote);
        let Some(first) = places.first().cloned() else {
            faults.push(format!("dropped: `{}` does not stand in the description", said(&drop.quote)));
            continue;
        };
        covered.extend(places);
        draft.dropped.push(Dropped { quote: prose::passage(prose, first), why: said(&drop.why) });
    }
    for asked in answer.questions {
        // A question about words of the description keeps them from being lost: it stands in the text.
        covered.extend(prose::places(prose, &asked.about).into_iter().filter(|_| has_words(&asked.about)));
        draft.questions.push(question(asked));
    }
    draft.text.clone_from(&lines.text);
    draft.unaccounted = prose::left_over(prose, &covered);
    let compiled = language::compile(&draft.text, &Attachments::default());
    draft.provenance(prose, &lines, &compiled);
    draft.assumptions(prose, &compiled);
    faults.extend(draft.faults(&compiled));
    draft.close();
    Judged { result: draft, faults }
}

impl Draft {
    /// Takes a line over, if its quote stands in the description.
    fn take(&mut self, prose: &str, line: AnsweredLine, lines: &mut Lines, covered: &mut Vec<Range<usize>>) {
        let quote = line.quote.filter(|quote| !quote.trim().is_empty());
        let place = match quote {
            None => None,
            Some(quote) => {
                let places = prose::places(prose, &quote);
                let whole = || {
                    let first = places.first().and_then(|place| prose.get(place.clone()));
                    prose::sentences(prose).into_iter().any(|sentence| {
                        let sentence = prose.get(sentence).unwrap_or_default();
                        first.is_some_and(|quote| sentence.trim_matches(|c: char| !c.is_alphanumeric()) == quote)
                    })
                };
                let why = match places.first() {
                    None => Some("its quote does not stand in the description"),
                    Some(_) if !has_words(&quote) && !whole() => Some("its quote is too short to say it"),
                    Some(_) => None,
                };
                if let Some(why) = why {
                    let (text, quote) = (said(&line.text), said(&quote));
                    self.refused.push(Refused { text, quote, why: why.to_owned() });
                    return;
                }
                covered.extend(places.iter().cloned());
                places.into_iter().next()
            }
        };
        lines.push(&line.text, place.as_ref());
    }

    /// Says of each sentence where it comes from.
    fn provenance(&mut self, prose: &str, lines: &Lines, compiled: &Compiled) {
        for sentence in &compiled.sentences {
            let line = lines.from.iter().find(|(range, _)| range.contains(&sentence.start));
            let quote = line.and_then(|(_, quote)| quote.clone()).map(|range| prose::passage(prose, range));
            let provenance = match &quote {
                Some(_) => Provenance::Stated,
                None if is_structure(sentence) => Provenance::Structure,
                None => Provenance::Assumed,
            };
            let Sentence { start, end, .. } = *sentence;
            self.sentences.push(Written { start, end, text: sentence.text.clone(), quote, provenance });
        }
    }

    /// Asks about everything that the text says and the description does not.
    fn assumptions(&mut self, prose: &str, compiled: &Compiled) {
        for written in &self.sentences {
            let shown = one_line(&written.text);
            let ask = match (written.provenance, &written.quote) {
                (Provenance::Assumed, _) => {
                    format!("is it right that `{shown}`? The description does not say so.")
                }
                (Provenance::Stated, Some(quote)) => {
                    let near = prose::around(prose, &(quote.start..quote.end));
                    let unsaid = support::unsaid_figures(&written.text, &near);
                    if unsaid.is_empty() {
                        continue;
                    }
                    let unsaid = unsaid.join(" and ");
                    format!("is {unsaid} right in `{shown}`? The description does not give it there.")
                }
                _ => continue,
            };
            self.questions.push(found(shown, ask));
        }
        if let Some(definition) = &compiled.draft {
            for role in support::unsaid_people(definition, prose) {
                let ask = format!("who is the {role}? The description does not name them.");
                self.questions.push(found(role, ask));
            }
        }
        for passage in &self.unaccounted {
            let about = said(&passage.text);
            let ask = format!("what of `{about}`? The description says it, and the text does not use it.");
            self.questions.push(found(about, ask));
        }
    }

    /// What goes back to the model.
    fn faults(&self, compiled: &Compiled) -> Vec<String> {
        let refused = self.refused.iter().map(|one| format!("`{}`: {} (`{}`)", one.text, one.why, one.quote));
        let wrong = compiled.diagnostics.iter().filter(|found| found.is_error() && found.code != OPEN_QUESTION);
        let wrong = wrong.map(|found| in_words(found, &compiled.sentences));
        let lost = self.unaccounted.iter().map(|one| format!("neither used nor dropped: `{}`", one.text));
        refused.chain(wrong).chain(lost).collect()
    }

    /// Writes the questions below the text, and compiles it for the last time.
    fn close(&mut self) {
        if !self.questions.is_empty() && !self.text.is_empty() {
            self.text.push('\n');
        }
        for asked in &self.questions {
            self.text.push_str(&sentence(asked));
            self.text.push('\n');
        }
        self.diagnostics = language::compile(&self.text, &Attachments::default()).diagnostics;
    }
}

impl Lines {
    fn push(&mut self, text: &str, quote: Option<&Range<usize>>) {
        let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        for line in visible.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()) {
            let bullet = |line: &str| line.trim_start().starts_with(['-', '*']);
            let last = self.text.lines().next_back().unwrap_or_default();
            let heading = line.starts_with("Stage ") || last.starts_with('#');
            if !self.text.is_empty() && (heading || (bullet(last) && !bullet(line) && !line.starts_with(' '))) {
                self.text.push('\n');
            }
            let start = self.text.len();
            self.text.push_str(&ended(line));
            self.from.push((start..self.text.len(), quote.cloned()));
            self.text.push('\n');
        }
    }
}

/// A line with a stop at its end, so that the next one does not run into it: a note takes all that follows.
fn ended(line: &str) -> String {
    let bare = line.trim_end_matches(['"', '\u{201d}']);
    let free = line.trim_start_matches(['-', '*', ' ']).get(..5).is_some_and(|word| word.eq_ignore_ascii_case("note:"));
    let stops: &[char] = if free { &['.', '!', '?'] } else { &['.', '!', '?', ':'] };
    let is_ended = line.starts_with('#') || line.ends_with("-->") || bare.ends_with(stops);
    if is_ended && !(free && bare != line) { line.to_owned() } else { format!("{line}.") }
}

/// Whether a sentence only orders or names what others say.
fn is_structure(sentence: &Sentence) -> bool {
    let words = sentence.text.to_lowercase();
    let names = words.contains("is a role") || words.contains("roles are");
    match sentence.kind {
        SentenceKind::Title | SentenceKind::Comment | SentenceKind::Question => true,
        SentenceKind::Declaration => words.starts_with("stage ") || names,
        SentenceKind::Step => words.starts_with("track ") || words == "at the same time:" || words == "otherwise:",
        SentenceKind::Note | SentenceKind::Rule | SentenceKind::NotUnderstood => false,
    }
}

fn has_words(quote: &str) -> bool {
    quote.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count() >= MIN_QUOTE_WORDS
}

fn question(asked: AnsweredQuestion) -> Asked {
    let options = asked.options.iter().take(MAX_OPTIONS).map(|option| said(option));
    Asked {
        about: said(&asked.about),
        ask: said(&asked.ask),
        options: options.filter(|option| !option.is_empty()).collect(),
        default: asked.default.map(|default| said(&default)).filter(|default| !default.is_empty()),
        found_by_code: false,
    }
}

pub(super) fn found(about: String, ask: String) -> Asked {
    Asked { about, ask, options: Vec::new(), default: None, found_by_code: true }
}

/// A question as it stands in a process text.
pub(super) fn sentence(asked: &Asked) -> String {
    let mut words = format!("Question: {}", asked.ask);
    if !asked.options.is_empty() {
        let _ = write!(words, " Options: {}.", asked.options.join("; "));
    }
    if let Some(default) = &asked.default {
        let _ = write!(words, " Assumed: {}.", default.trim_end_matches('.'));
    }
    if words.ends_with(['.', '?', '!']) { words } else { words + "." }
}

/// Words of somebody else on one line, without what cannot be seen and without the marks of a comment.
fn said(text: &str) -> String {
    let one = one_line(&clean(text).replace("<!--", "").replace("-->", ""));
    one.chars().take(MAX_SAID_CHARS).collect()
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A finding with its sentence, for the model.
pub(super) fn in_words(found: &Diagnostic, sentences: &[Sentence]) -> String {
    let about = sentences.iter().find(|sentence| sentence.start <= found.start && found.start < sentence.end);
    let about = about.map_or_else(|| "the text".to_owned(), |sentence| format!("`{}`", one_line(&sentence.text)));
    let ways: Vec<&str> = found.suggestions.iter().map(|way| way.title.as_str()).collect();
    let ways = if ways.is_empty() { String::new() } else { format!("; {}", ways.join("; or: ")) };
    format!("{about}: {} ({}){ways}", found.message, found.why)
}
