//! Where the sentences of a step stand in the text.

use std::collections::BTreeMap;

use countersign_core::definition::Path;

use crate::{Compiled, SentenceKind};

/// The sentences of every step.
pub(super) struct Places<'a> {
    text: &'a str,
    compiled: &'a Compiled,
    /// The sentences that each step became, or that say more about it.
    of: BTreeMap<Path, Vec<usize>>,
}

impl<'a> Places<'a> {
    /// The places of a compiled text.
    pub(super) fn new(text: &'a str, compiled: &'a Compiled) -> Self {
        let mut of: BTreeMap<Path, Vec<usize>> = BTreeMap::new();
        let spoken = compiled.sentences.iter().enumerate().filter_map(|(index, one)| Some((one.path.clone()?, index)));
        for (path, index) in compiled.places.iter().cloned().chain(spoken) {
            let list = of.entry(path).or_default();
            if !list.contains(&index) {
                list.push(index);
            }
        }
        of.values_mut().for_each(|list| list.sort_unstable());
        Self { text, compiled, of }
    }

    /// The sentences of the step itself, in order.
    pub(super) fn own(&self, path: &Path) -> Vec<usize> {
        self.of.get(path).cloned().unwrap_or_default()
    }

    /// The sentences of the step and of every step inside it, in order.
    fn all(&self, path: &Path) -> Vec<usize> {
        let mut all: Vec<usize> = self
            .of
            .iter()
            .filter(|(at, _)| *at == path || at.is_inside(path))
            .flat_map(|(_, list)| list.iter().copied())
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether its first sentence holds more than it: a condition, or a track that it stands in.
    pub(super) fn shared(&self, path: &Path) -> bool {
        let Some(first) = self.own(path).first().copied() else { return true };
        let mut around = path.parent();
        while let Some(outer) = around {
            if self.own(&outer).contains(&first) {
                return true;
            }
            around = outer.parent();
        }
        false
    }

    /// Its bytes from its first to its last sentence, when no other sentence stands in between.
    pub(super) fn extent(&self, path: &Path) -> Option<(usize, usize)> {
        let all = self.all(path);
        let (first, last) = (*all.first()?, *all.last()?);
        for index in first..=last {
            let sentence = self.compiled.sentences.get(index)?;
            // "Otherwise, go on." and the heading of a track stand inside without being a step of their own.
            let inside = all.contains(&index) || (sentence.kind == SentenceKind::Step && sentence.path.is_none());
            if !inside {
                return None;
            }
        }
        Some((self.compiled.sentences.get(first)?.start, self.compiled.sentences.get(last)?.end))
    }

    /// Its bytes as whole lines, when it begins a bullet and ends one, and the blanks before that bullet.
    pub(super) fn bullets(&self, path: &Path) -> Option<(usize, usize, String)> {
        let (start, end) = self.extent(path)?;
        if self.shared(path) {
            return None;
        }
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.text[line..start];
        let indent = before.trim_start_matches([' ', '\t']);
        let blanks = &before[..before.len() - indent.len()];
        if !indent.trim_end().eq("-") && !indent.trim_end().eq("*") {
            return None;
        }
        let rest = &self.text[end..];
        let stop = rest.find('\n').map_or(self.text.len(), |at| end + at + 1);
        if !self.text[end..stop].trim().is_empty() {
            return None;
        }
        Some((line, stop, blanks.to_owned()))
    }
}
