//! Changes made on a drawing, written as sentences: only the sentences concerned are touched.
//!
//! Every change is first made on the definition, so that it is known what must come out. Then texts are tried, the
//! least change first: words inside a sentence, whole sentences, the step written anew, at last the step around it.
//! The first text that compiles to exactly what must come out is the answer; otherwise nothing is changed.

mod expect;
mod place;
mod words;

#[cfg(test)]
mod tests;

use countersign_core::{
    definition::{Definition, Path, Step, Who},
    time::Span,
};

use super::{
    Attachments, Compiled, compile,
    defaults::Reach,
    diagnostics::Diagnostic,
    lexer,
    meaning::Meaning,
    refuse,
    render::{sentence as as_sentence, span as span_words, who as who_words},
    render_steps::Writer,
    sentence,
};
use expect::{alike, block, block_mut, people_of, set_due, set_who, settle};
use place::Places;
pub use words::new_step;
use words::{find, indented, written_sentence};

/// How often the step around a step is tried, from the inside out.
const LEVELS_MAX: usize = 9;

/// A change of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A new step before it, in a sentence of its own.
    InsertBefore(String),
    /// A new step behind it.
    InsertAfter(String),
    /// It changes places with the step before it.
    MoveUp,
    /// It changes places with the step behind it.
    MoveDown,
    /// It goes.
    Delete,
    /// Somebody else is asked, told or takes over.
    Who(Who),
    /// Another time is given.
    Due(Span),
    /// The condition of one way of a choice, by its number from 0, in the words of a text.
    Condition(usize, String),
    /// It is done only under this condition.
    OnlyIf(String),
}

/// Why a change was not made. The text stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The text has problems of its own.
    #[error("the text is not understood as a whole yet: {0}; mend this first, then change the step")]
    Broken(String),
    /// There is no such step.
    #[error("the step is gone; look at the drawing again")]
    NoStep,
    /// The step has nothing of the kind.
    #[error("this step has no {0} that could be changed; choose another step")]
    NotFor(&'static str),
    /// It stands at the edge of its block.
    #[error("the step stands {0} in its row already; move the step around it instead")]
    AtEdge(&'static str),
    /// Nothing was written.
    #[error("nothing was written; choose what the new step is")]
    Empty,
    /// What would come out is not right.
    #[error("it would not be right: {message} ({why})")]
    Breaks {
        /// What the compiler says.
        message: String,
        /// Why.
        why: String,
    },
    /// No text could be written that says exactly this.
    #[error("it could not be written without changing more than was asked for; change the sentence itself")]
    NotWritable,
}

/// Everybody whom a picker can offer, as the text names them.
#[must_use]
pub fn people(definition: &Definition) -> Vec<(String, Who)> {
    people_of(definition).into_iter().map(|who| (who_words(definition, &who), who)).collect()
}

/// Makes a change and writes it down; the other sentences keep every byte.
///
/// # Errors
/// [`Refused`], and then nothing is changed.
pub fn edit(
    text: &str,
    attachments: &Attachments,
    compiled: &Compiled,
    path: &Path,
    edit: &Edit,
) -> Result<String, Refused> {
    let Some(definition) = &compiled.draft else {
        let first = compiled.diagnostics.iter().find(|found| found.is_error());
        return Err(Refused::Broken(first.map_or_else(String::new, |found| found.message.clone())));
    };
    let Some(step) = definition.step(path) else { return Err(Refused::NoStep) };
    let attempt = Attempt { text, attachments, compiled, definition, places: Places::new(text, compiled), path, step };
    match edit {
        Edit::InsertAfter(words) => attempt.insert(words, true),
        Edit::InsertBefore(words) => attempt.insert(words, false),
        Edit::MoveUp => attempt.swap(true),
        Edit::MoveDown => attempt.swap(false),
        Edit::Delete => attempt.delete(),
        Edit::Who(who) => attempt.who(who),
        Edit::Due(span) => attempt.due(*span),
        Edit::Condition(way, words) => attempt.condition(*way, words),
        Edit::OnlyIf(words) => attempt.only_if(words),
    }
}

/// One change in the making.
struct Attempt<'a> {
    text: &'a str,
    attachments: &'a Attachments,
    compiled: &'a Compiled,
    definition: &'a Definition,
    places: Places<'a>,
    path: &'a Path,
    step: &'a Step,
}

/// What came of the texts tried so far.
#[derive(Default)]
struct Tried(Option<Refused>);

impl Tried {
    fn refused(self) -> Refused {
        self.0.unwrap_or(Refused::NotWritable)
    }

    fn broke(&mut self, compiled: &Compiled) {
        if self.0.is_none() {
            self.0 = compiled.diagnostics.iter().find(|found| found.is_error()).map(breaks);
        }
    }
}

fn breaks(found: &Diagnostic) -> Refused {
    Refused::Breaks { message: found.message.clone(), why: found.why.clone() }
}

impl Attempt<'_> {
    /// The candidate, if it compiles to what is expected.
    fn accept(
        &self,
        candidate: Option<String>,
        tried: &mut Tried,
        right: &dyn Fn(&Definition) -> bool,
    ) -> Option<String> {
        let candidate = candidate?;
        let compiled = compile(&candidate, self.attachments);
        match &compiled.draft {
            Some(found) if right(found) => Some(candidate),
            Some(_) => None,
            None => {
                tried.broke(&compiled);
                None
            }
        }
    }

    /// Tries the candidates, then the step written anew, then each step around it.
    fn settle(
        &self,
        candidates: Vec<Option<String>>,
        expected: &Definition,
        from: Option<Path>,
    ) -> Result<String, Refused> {
        let mut tried = Tried::default();
        let right = |found: &Definition| alike(found, expected);
        for candidate in candidates {
            if let Some(text) = self.accept(candidate, &mut tried, &right) {
                return Ok(text);
            }
        }
        let mut around = from;
        for _ in 0..LEVELS_MAX {
            let Some(path) = around else { break };
            if let Some(text) = self.accept(self.anew(&path, expected), &mut tried, &right) {
                return Ok(text);
            }
            around = path.parent();
        }
        let stage = self.stage_anew(expected);
        self.accept(stage, &mut tried, &right).ok_or_else(|| tried.refused())
    }

    /// The text with the step at `path` written anew, as it stands in `expected`.
    fn anew(&self, path: &Path, expected: &Definition) -> Option<String> {
        let (start, end, indent) = self.places.bullets(path)?;
        let (steps, place) = block(expected, path)?;
        let (mut out, reach) = (String::new(), Reach::of(expected));
        let mut writer = Writer { definition: expected, reach: &reach, out: &mut out, indent: 0 };
        writer.one(steps, place, path);
        Some(self.replaced(start, end, &indented(&out, &indent)))
    }

    /// The text with every bullet of the stage written anew.
    fn stage_anew(&self, expected: &Definition) -> Option<String> {
        let stage = self.path.stage_index();
        let count = self.definition.stages.get(stage)?.steps.len();
        let number = u16::try_from(stage).ok()?;
        let place = |index: usize| Some(Path(vec![number, u16::try_from(index).ok()?]));
        let (start, _, indent) = self.places.bullets(&place(0)?)?;
        let (_, end, _) = self.places.bullets(&place(count.checked_sub(1)?)?)?;
        let (mut out, reach) = (String::new(), Reach::of(expected));
        let mut writer = Writer { definition: expected, reach: &reach, out: &mut out, indent: 0 };
        writer.block(&expected.stages.get(stage)?.steps, &Path(vec![number]));
        Some(self.replaced(start, end, &indented(&out, &indent)))
    }

    fn replaced(&self, start: usize, end: usize, with: &str) -> String {
        format!("{}{with}{}", &self.text[..start], &self.text[end..])
    }

    fn insert(&self, words: &str, after: bool) -> Result<String, Refused> {
        let words = written_sentence(words).ok_or(Refused::Empty)?;
        let mut tried = Tried::default();
        let index = usize::from(*self.path.0.last().ok_or(Refused::NoStep)?);
        let at = if after { index + 1 } else { index };
        let before = block(self.definition, self.path).map_or(0, |(steps, _)| steps.len());
        let right = |found: &Definition| {
            let mut found = found.clone();
            let Some(steps) = block_mut(&mut found, self.path) else { return false };
            let Some(new) = steps.len().checked_sub(before).filter(|new| *new > 0) else { return false };
            if at + new > steps.len() {
                return false;
            }
            steps.drain(at..at + new);
            alike(&found, self.definition)
        };
        let own_bullet = self.places.bullets(self.path).map(|(start, end, indent)| {
            if after {
                self.replaced(end, end, &format!("{indent}- {words}\n"))
            } else {
                self.replaced(start, start, &format!("{indent}- {words}\n"))
            }
        });
        let in_row = self.places.extent(self.path).map(|(start, end)| {
            if after {
                self.replaced(end, end, &format!(" {words}"))
            } else {
                self.replaced(start, start, &format!("{words} "))
            }
        });
        let inline = if self.places.shared(self.path) && !after { None } else { in_row };
        for candidate in [own_bullet, inline] {
            if let Some(text) = self.accept(candidate, &mut tried, &right) {
                return Ok(text);
            }
        }
        let steps = self.compiled_alone(&words, &mut tried).ok_or_else(|| tried.refused())?;
        let mut expected = self.definition.clone();
        settle(&mut expected, |marked| {
            if let Some(block) = block_mut(marked, self.path) {
                let at = at.min(block.len());
                block.splice(at..at, steps);
            }
        });
        self.settle(Vec::new(), &expected, self.path.parent())
    }

    /// The steps that a sentence makes, tried at the nearest place around this step that has a bullet of its own.
    fn compiled_alone(&self, words: &str, tried: &mut Tried) -> Option<Vec<Step>> {
        let mut around = self.path.parent();
        while let Some(path) = around {
            if let Some((_, end, indent)) = self.places.bullets(&path) {
                let text = self.replaced(end, end, &format!("{indent}- {words}\n"));
                let compiled = compile(&text, self.attachments);
                let Some(found) = &compiled.draft else {
                    tried.broke(&compiled);
                    return None;
                };
                let (steps, place) = block(found, &path)?;
                let old = block(self.definition, &path)?.0.len();
                let new = steps.len().checked_sub(old)?;
                return Some(steps.get(place + 1..place + 1 + new)?.to_vec());
            }
            around = path.parent();
        }
        None
    }

    fn swap(&self, up: bool) -> Result<String, Refused> {
        let index = usize::from(*self.path.0.last().ok_or(Refused::NoStep)?);
        let length = block(self.definition, self.path).map_or(0, |(steps, _)| steps.len());
        let first = if up { index.checked_sub(1).ok_or(Refused::AtEdge("first"))? } else { index };
        if first + 1 >= length {
            return Err(Refused::AtEdge("last"));
        }
        let mut expected = self.definition.clone();
        settle(&mut expected, |marked| {
            if let Some(block) = block_mut(marked, self.path) {
                block.swap(first, first + 1);
            }
        });
        let sibling = |place: usize| {
            let mut path = self.path.clone();
            if let (Some(last), Ok(place)) = (path.0.last_mut(), u16::try_from(place)) {
                *last = place;
            }
            path
        };
        let (one, two) = (sibling(first), sibling(first + 1));
        let exchanged = |one: Option<(usize, usize)>, two: Option<(usize, usize)>| {
            let ((a, b), (c, d)) = (one?, two?);
            (b <= c).then(|| {
                let text = self.text;
                format!("{}{}{}{}{}", &text[..a], &text[c..d], &text[b..c], &text[a..b], &text[d..])
            })
        };
        let lines = |path: &Path| self.places.bullets(path).map(|(start, end, _)| (start, end));
        let by_lines = exchanged(lines(&one), lines(&two));
        let inline = !self.places.shared(&one) && !self.places.shared(&two);
        let in_row = if inline { exchanged(self.places.extent(&one), self.places.extent(&two)) } else { None };
        self.settle(vec![by_lines, in_row], &expected, self.path.parent())
    }

    fn delete(&self) -> Result<String, Refused> {
        let mut expected = self.definition.clone();
        settle(&mut expected, |marked| {
            let place = self.path.0.last().copied().map_or(0, usize::from);
            if let Some(block) = block_mut(marked, self.path).filter(|block| place < block.len()) {
                block.remove(place);
            }
        });
        let lines = self.places.bullets(self.path).map(|(start, end, _)| self.replaced(start, end, ""));
        let in_row = self.places.extent(self.path).filter(|_| !self.places.shared(self.path)).map(|(start, end)| {
            let before = self.text[..start].trim_end_matches(' ').len();
            self.replaced(before, end, "")
        });
        self.settle(vec![lines, in_row], &expected, self.path.parent())
    }

    fn who(&self, who: &Who) -> Result<String, Refused> {
        let mut expected = self.definition.clone();
        let mut old = None;
        settle(&mut expected, |marked| old = set_who(marked, self.path, who));
        let old = old.ok_or(Refused::NotFor("person"))?;
        let (old, new) = (who_words(self.definition, &old), who_words(self.definition, who));
        let first = self.places.own(self.path).first().copied();
        let everywhere = self.places.own(self.path);
        let candidates = vec![
            self.with_words(&first.into_iter().collect::<Vec<_>>(), &old, &new),
            self.with_words(&everywhere, &old, &new),
        ];
        self.settle(candidates, &expected, Some(self.path.clone()))
    }

    fn due(&self, span: Span) -> Result<String, Refused> {
        let mut expected = self.definition.clone();
        let mut old = None;
        settle(&mut expected, |marked| old = set_due(marked, self.path, span));
        let old = old.ok_or(Refused::NotFor("time"))?;
        let (old, new) = (span_words(old), span_words(span));
        let mut candidates = Vec::new();
        for sentence in self.places.own(self.path) {
            candidates.push(self.with_words(&[sentence], &old, &new));
        }
        if let (Step::Human(_), Some(first)) = (self.step, self.places.own(self.path).first()) {
            let end = self.compiled.sentences.get(*first).map_or(0, |sentence| sentence.end);
            let end = self.text[..end].trim_end_matches('.').len();
            candidates.push(Some(self.replaced(end, end, &format!(" within {new}"))));
        }
        self.settle(candidates, &expected, Some(self.path.clone()))
    }

    fn condition(&self, way: usize, words: &str) -> Result<String, Refused> {
        let Step::Choice { branches, .. } = self.step else { return Err(Refused::NotFor("condition")) };
        if way >= branches.len() {
            return Err(Refused::NotFor("condition"));
        }
        let words = words.trim().trim_end_matches('.');
        if words.is_empty() {
            return Err(Refused::Empty);
        }
        let (start, end) = self.condition_of(way).ok_or(Refused::NotWritable)?;
        let right = |found: &Definition| {
            let Some(Step::Choice { branches: new, .. }) = found.step(self.path) else { return false };
            let Some(guard) = new.get(way).map(|branch| branch.guard.clone()) else { return false };
            let mut expected = self.definition.clone();
            if let Some((Step::Choice { branches, .. }, branch)) = block_mut(&mut expected, self.path)
                .and_then(|block| Some((block.get_mut(usize::from(*self.path.0.last()?))?, way)))
                && let Some(branch) = branches.get_mut(branch)
            {
                branch.guard = guard;
            }
            alike(found, &expected)
        };
        let mut tried = Tried::default();
        let candidate = self.replaced(start, end, words);
        self.accept(Some(candidate), &mut tried, &right).ok_or_else(|| tried.refused())
    }

    /// Where the words of a condition stand.
    fn condition_of(&self, way: usize) -> Option<(usize, usize)> {
        let split = sentence::split(self.text, &lexer::tokens(self.text));
        let listed = refuse::listed(self.text, &split.sentences);
        let conditions = self.compiled.sentences.iter().enumerate().filter_map(|(index, sentence)| {
            if sentence.path.as_ref() != Some(self.path) {
                return None;
            }
            let raw = split.sentences.get(index)?;
            match refuse::read(self.text, raw, &listed, &mut Vec::new())? {
                Meaning::If { condition, .. } => Some((condition.words.start, condition.words.end)),
                _ => None,
            }
        });
        conditions.into_iter().nth(way)
    }

    fn only_if(&self, words: &str) -> Result<String, Refused> {
        let words = words.trim().trim_end_matches('.');
        if words.is_empty() {
            return Err(Refused::Empty);
        }
        let (start, _) = self.places.extent(self.path).ok_or(Refused::NotWritable)?;
        if self.places.shared(self.path) || self.places.bullets(self.path).is_none() {
            return Err(Refused::NotWritable);
        }
        let first = self.text[start..].chars().next().ok_or(Refused::NotWritable)?;
        let lower: String = first.to_lowercase().collect();
        let candidate = self.replaced(start, start + first.len_utf8(), &format!("If {words}, {lower}"));
        let right = |found: &Definition| {
            let Some(Step::Choice { branches, otherwise }) = found.step(self.path) else { return false };
            let [branch] = branches.as_slice() else { return false };
            let [inner] = branch.steps.as_slice() else { return false };
            let mut unwrapped = found.clone();
            let place = self.path.0.last().copied().map_or(0, usize::from);
            let Some(slot) = block_mut(&mut unwrapped, self.path).and_then(|block| block.get_mut(place)) else {
                return false;
            };
            *slot = inner.clone();
            otherwise.is_empty() && alike(&unwrapped, self.definition)
        };
        let mut tried = Tried::default();
        self.accept(Some(candidate), &mut tried, &right).ok_or_else(|| tried.refused())
    }

    /// The text with `old` said as `new` in these sentences; `None` when it is said in none.
    fn with_words(&self, sentences: &[usize], old: &str, new: &str) -> Option<String> {
        let mut text = String::with_capacity(self.text.len());
        let (mut from, mut found) = (0, false);
        for sentence in sentences.iter().filter_map(|index| self.compiled.sentences.get(*index)) {
            let mut at = sentence.start;
            while let Some(place) = find(&self.text[at..sentence.end], old).map(|place| at + place) {
                let capital =
                    self.text[place..].starts_with(char::is_uppercase) && !old.starts_with(char::is_uppercase);
                text.push_str(&self.text[from..place]);
                text.push_str(&if capital {
                    as_sentence(new).trim_end_matches('.').to_owned()
                } else {
                    new.to_owned()
                });
                from = place + old.len();
                at = from;
                found = true;
            }
        }
        text.push_str(&self.text[from..]);
        found.then_some(text)
    }
}
