//! Answers that were given to the same question a while ago: a repeated question costs nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use countersign_core::time::Timestamp;

use super::{Answer, Request, cassette::key};

/// So many answers are kept; the oldest goes first.
const KEPT_MAX: usize = 1_000;
/// An answer is kept for so long, in milliseconds: a day.
const KEPT_MS: i64 = 86_400_000;

/// The latest answers by question.
#[derive(Debug, Default)]
pub struct Cache {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    answers: BTreeMap<String, (Timestamp, Answer)>,
    order: VecDeque<String>,
}

impl Cache {
    /// The answer to the same question of the same model, if it is still kept. Questions that leave room for chance
    /// are asked again, since their spread is what one wants to know.
    pub fn get(&self, provider: &str, request: &Request, now: Timestamp) -> Option<Answer> {
        if request.temperature != Some(0) {
            return None;
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, answer) = kept.answers.get(&key(provider, request))?;
        (now < at.plus_ms(KEPT_MS)).then(|| answer.clone())
    }

    /// Keeps an answer.
    pub fn put(&self, provider: &str, request: &Request, answer: &Answer, now: Timestamp) {
        if request.temperature != Some(0) {
            return;
        }
        let key = key(provider, request);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.answers.insert(key.clone(), (now, answer.clone())).is_none() {
            kept.order.push_back(key);
        }
        while kept.order.len() > KEPT_MAX {
            if let Some(oldest) = kept.order.pop_front() {
                kept.answers.remove(&oldest);
            }
        }
    }
}
