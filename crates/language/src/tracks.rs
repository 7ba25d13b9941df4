//! Tracks that run side by side, and how they come together.

use countersign_core::definition::{Join, Losers};

use super::{
    build::Builder,
    diagnostics::Diagnostic,
    draft::{Draft, Node},
    meaning::Meaning,
    names::same,
    sentence::Item,
};

impl Builder<'_> {
    pub(super) fn together(&mut self, index: usize, children: &[Item], block: &mut Vec<Node>, depth: usize) {
        let mut tracks = Vec::new();
        for item in children {
            let track = item.sentences.first().and_then(|index| self.meanings[*index].as_ref());
            match track {
                Some(Meaning::Track(name)) => {
                    let mut steps = Vec::new();
                    self.at_start = false;
                    self.items(&item.children, &mut steps, depth + 2);
                    tracks.push((name.text.clone(), steps));
                }
                Some(_) => {
                    let raw = item.sentences.first().map(|index| &self.raws[*index]);
                    let (start, end) = raw.map_or((0, 0), |raw| (raw.start, raw.end));
                    let why = "what runs at the same time is shown by its name";
                    self.diagnostics.push(
                        Diagnostic::error("E509", (start, end), "this stands in no track", why)
                            .advise("put it under a bullet such as `Track Legal:`"),
                    );
                }
                None => {}
            }
        }
        if tracks.len() < 2 {
            let raw = &self.raws[index];
            let why = "one track alone is a row of steps";
            self.diagnostics.push(
                Diagnostic::error("E509", (raw.start, raw.end), "fewer than two tracks stand here", why)
                    .advise("add a bullet such as `Track Legal:` with its steps below it"),
            );
        }
        let doubled = tracks
            .iter()
            .enumerate()
            .any(|(place, (name, _))| tracks[..place].iter().any(|(other, _)| same(other, name)));
        if doubled {
            let raw = &self.raws[index];
            let why = "a name must mean one thing";
            self.diagnostics.push(
                Diagnostic::error("E504", (raw.start, raw.end), "two of these tracks have the same name", why)
                    .advise("rename one of them"),
            );
        }
        block.push(Node { sentence: index, also: Vec::new(), draft: Draft::Parallel { tracks, join: None } });
    }

    /// "When any of these is done, ...": the tracks just before it come together earlier.
    pub(super) fn join(&mut self, index: usize, needed: Option<u32>, losers: Losers, block: &mut [Node]) {
        let Some(Node { draft: Draft::Parallel { tracks, join }, also, .. }) = block.last_mut() else {
            self.nothing_before(index, "tracks that run at the same time");
            return;
        };
        let count = u8::try_from(needed.unwrap_or(1)).unwrap_or(u8::MAX);
        let fits = (1..=tracks.len()).contains(&usize::from(count));
        let said = if needed.is_some() { Join::Count { count, losers } } else { Join::Any { losers } };
        let again = join.replace(said).is_some();
        let earlier = again.then(|| also.first().copied()).flatten();
        also.push(index);
        self.only_once(index, earlier);
        if !fits {
            let raw = &self.raws[index];
            let why = "the case would wait for a track that does not exist, or for none";
            self.diagnostics.push(
                Diagnostic::error("E509", (raw.start, raw.end), "there are not so many tracks", why)
                    .advise("write a number from one to the number of tracks"),
            );
        }
    }
}
