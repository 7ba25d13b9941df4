//! Where each sentence of a text stands, and what belongs to it.

use std::collections::BTreeMap;

use countersign_core::canonical::digest_bytes;
use serde::{Deserialize, Serialize};

use crate::{
    compile::MAX_TEXT,
    lexer,
    sentence::{self, Item, Raw, RawKind},
};

/// So many digits of a sentence's digest name it.
const ID_DIGITS: usize = 12;

/// The name of a sentence: a hash of its words, and which of several with the same words it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SentenceId(pub String);

/// A sentence with its name and place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// Its name.
    pub id: SentenceId,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its words, as written.
    pub text: String,
}

/// The sentences of a text with their names, in the order of [`crate::Compiled::sentences`].
#[must_use]
pub fn sentences(text: &str) -> Vec<Placed> {
    let Ok(layout) = Layout::of(text) else { return Vec::new() };
    let places = layout.raws.iter().zip(&layout.ids);
    places
        .map(|(raw, id)| Placed {
            id: id.clone(),
            start: raw.start,
            end: raw.end,
            text: text.get(raw.start..raw.end).unwrap_or_default().to_owned(),
        })
        .collect()
}

/// A bullet or a line with its sentences.
pub(super) struct Spot {
    /// The first byte of its line.
    pub line: usize,
    /// What stands on the line before its first sentence: blanks and the bullet.
    pub prefix: String,
    /// Its own sentences.
    pub own: Vec<usize>,
    /// The last sentence of it and of all that stands below it.
    pub last: usize,
    /// The last sentence of the line of its own under which it stands.
    pub top_last: usize,
    /// The first bullet below it.
    pub child: Option<usize>,
}

/// A text taken apart.
pub(super) struct Layout<'a> {
    pub text: &'a str,
    pub raws: Vec<Raw>,
    pub ids: Vec<SentenceId>,
    pub spots: Vec<Spot>,
    /// The spot of each sentence; a comment has none.
    pub of: Vec<Option<usize>>,
}

impl<'a> Layout<'a> {
    /// Takes a text apart.
    pub fn of(text: &'a str) -> Result<Self, String> {
        if text.len() > MAX_TEXT {
            return Err(format!("the text has {} bytes; at most {MAX_TEXT} can be changed", text.len()));
        }
        let split = sentence::split(text, &lexer::tokens(text));
        let ids = ids(text, &split.sentences);
        let of = vec![None; split.sentences.len()];
        let mut layout = Self { text, raws: split.sentences, ids, spots: Vec::new(), of };
        for item in &split.items {
            let first = layout.spots.len();
            let last = layout.add(item);
            layout.spots[first..].iter_mut().for_each(|spot| spot.top_last = last);
        }
        Ok(layout)
    }

    /// How many sentences there are.
    pub fn len(&self) -> usize {
        self.raws.len()
    }

    /// The sentence of this name.
    pub fn find(&self, id: &SentenceId) -> Result<usize, String> {
        self.ids.iter().position(|known| known == id).ok_or_else(|| {
            format!("there is no sentence `{}`; somebody may have changed it: look at the text again", id.0)
        })
    }

    /// The words of a sentence.
    pub fn words(&self, sentence: usize) -> &'a str {
        self.raws.get(sentence).and_then(|raw| self.text.get(raw.start..raw.end)).unwrap_or_default()
    }

    /// Whether a sentence ends with a colon, so that bullets may stand below it.
    pub fn opens(&self, sentence: usize) -> bool {
        self.words(sentence).ends_with(':')
    }

    /// The first byte of the line behind a sentence, or the end of the text.
    pub fn line_after(&self, sentence: usize) -> usize {
        let end = self.raws.get(sentence).map_or(self.text.len(), |raw| raw.end);
        self.text.get(end..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |at| end + at + 1)
    }

    /// Whether every sentence that nobody touched stands in the new text as it is.
    pub fn kept(&self, touched: &[bool], new: &str) -> Result<(), String> {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for raw in Layout::of(new)?.raws {
            *found.entry(hash(new.get(raw.start..raw.end).unwrap_or_default())).or_default() += 1;
        }
        for (index, _) in self.raws.iter().enumerate().filter(|(index, _)| !touched[*index]) {
            match found.get_mut(&hash(self.words(index))) {
                Some(count) if *count > 0 => *count -= 1,
                _ => {
                    let words = one_line(self.words(index));
                    return Err(format!(
                        "this would also change `{words}`, which nobody asked for; end each sentence with a full stop"
                    ));
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, item: &Item) -> usize {
        let place = self.spots.len();
        let first = item.sentences.first().copied().unwrap_or_default();
        let start = self.raws.get(first).map_or(0, |raw| raw.start);
        let line = self.text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let prefix = self.text.get(line..start).unwrap_or_default();
        // What is no blank and no bullet is a comment in front of the sentence; it is not copied.
        let prefix =
            if prefix.trim_matches([' ', '\t', '-', '*']).is_empty() { prefix.to_owned() } else { String::new() };
        for sentence in &item.sentences {
            self.of[*sentence] = Some(place);
        }
        let own = item.sentences.clone();
        let mut last = own.last().copied().unwrap_or(first);
        self.spots.push(Spot { line, prefix, own, last, top_last: last, child: None });
        for child in &item.children {
            let at = self.spots.len();
            last = last.max(self.add(child));
            self.spots[place].child.get_or_insert(at);
        }
        self.spots[place].last = last;
        last
    }
}

/// Words on one line, as the hash sees them.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The hash of a sentence's words; how they are broken into lines does not count.
pub(super) fn hash(words: &str) -> String {
    let mut digest = digest_bytes(one_line(words).as_bytes());
    digest.truncate(ID_DIGITS);
    digest
}

fn ids(text: &str, raws: &[Raw]) -> Vec<SentenceId> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    raws.iter()
        .map(|raw| {
            let hash = hash(text.get(raw.start..raw.end).unwrap_or_default());
            let count = seen.entry(hash.clone()).or_default();
            *count += 1;
            SentenceId(if *count == 1 { hash } else { format!("{hash}-{count}") })
        })
        .collect()
}

/// Whether a sentence runs on to the end of its line, so that nothing can stand beside it.
pub(super) const fn takes_its_line(raw: &Raw) -> bool {
    !matches!(raw.kind, RawKind::Plain)
}
