//! Leaving a failing model server alone for a while, then trying it with one question.
//!
//! The usual circuit breaker (Nygard 2007, "Release It!"): closed, open, half open. It is told the time.

use std::collections::VecDeque;

use countersign_core::time::Timestamp;

/// When a server counts as failing, and how long it is then left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// So many failures within [`Patience::window_ms`] open the breaker.
    pub failures: usize,
    /// The time in which failures are counted, in milliseconds.
    pub window_ms: i64,
    /// How long an open breaker lets nothing through, in milliseconds.
    pub rest_ms: i64,
}

impl Default for Patience {
    /// Five failures in a minute; half a minute of rest.
    fn default() -> Self {
        Self { failures: 5, window_ms: 60_000, rest_ms: 30_000 }
    }
}

/// The breaker of one model.
#[derive(Clone, Debug)]
pub struct Breaker {
    patience: Patience,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Closed { failures: VecDeque<Timestamp> },
    Open { until: Timestamp },
    HalfOpen { since: Timestamp },
}

/// What a breaker is doing, for people and for measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// Questions go through.
    Closed,
    /// Nothing goes through before this instant.
    Open {
        /// When it is tried again.
        until: Timestamp,
    },
    /// One question is on its way to see whether the server is back.
    HalfOpen,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub const fn new(patience: Patience) -> Self {
        Self { patience, state: State::Closed { failures: VecDeque::new() } }
    }

    /// Whether a question may be sent now; the first one after the rest is the trial.
    pub fn permits(&mut self, now: Timestamp) -> bool {
        match &self.state {
            State::Closed { .. } => true,
            State::Open { until } if now < *until => false,
            // A trial whose answer never came back must not keep the server out for ever.
            State::HalfOpen { since } if now < since.plus_ms(self.patience.rest_ms) => false,
            State::Open { .. } | State::HalfOpen { .. } => {
                self.state = State::HalfOpen { since: now };
                true
            }
        }
    }

    /// The server answered.
    pub fn succeeded(&mut self) {
        self.state = State::Closed { failures: VecDeque::new() };
    }

    /// The server did not answer as a server should.
    pub fn failed(&mut self, now: Timestamp) {
        let open = State::Open { until: now.plus_ms(self.patience.rest_ms) };
        match &mut self.state {
            State::HalfOpen { .. } => self.state = open,
            State::Open { .. } => {}
            State::Closed { failures } => {
                failures.push_back(now);
                let begin = now.plus_ms(-self.patience.window_ms);
                while failures.front().is_some_and(|at| *at < begin) {
                    failures.pop_front();
                }
                if failures.len() >= self.patience.failures {
                    self.state = open;
                }
            }
        }
    }

    /// The server wants to be left alone until then.
    pub fn rest_until(&mut self, until: Timestamp) {
        self.state = State::Open { until };
    }

    /// What it is doing.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        match self.state {
            State::Closed { .. } => Standing::Closed,
            State::Open { until } => Standing::Open { until },
            State::HalfOpen { .. } => Standing::HalfOpen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays failures (`f`), answers (`a`) and questions (`?`) at seconds, and tells which questions go through.
    fn check(played: &[(i64, char)], through: &[bool]) {
        let mut breaker = Breaker::new(Patience::default());
        let mut seen = Vec::new();
        for (second, what) in played {
            let now = Timestamp(second * 1_000);
            match what {
                'f' => breaker.failed(now),
                'a' => breaker.succeeded(),
                _ => seen.push(breaker.permits(now)),
            }
        }
        assert_eq!(seen, through, "{played:?}");
    }

    #[test]
    fn five_failures_in_a_minute_open_it() {
        check(&[(0, 'f'), (1, 'f'), (2, 'f'), (3, 'f'), (4, '?')], &[true]);
        check(&[(0, 'f'), (1, 'f'), (2, 'f'), (3, 'f'), (4, 'f'), (5, '?')], &[false]);
        // The first has been forgotten when the fifth comes.
        check(&[(0, 'f'), (20, 'f'), (40, 'f'), (59, 'f'), (61, 'f'), (62, '?')], &[true]);
        check(&[(0, 'f'), (1, 'f'), (2, 'a'), (3, 'f'), (4, 'f'), (5, 'f'), (6, '?')], &[true]);
    }

    #[test]
    fn a_wish_to_be_left_alone_is_kept() {
        let mut breaker = Breaker::new(Patience::default());
        breaker.rest_until(Timestamp(300_000));
        assert!(!breaker.permits(Timestamp(299_999)));
        assert!(breaker.permits(Timestamp(300_000)));
    }

    #[test]
    fn after_its_rest_one_question_tries() {
        let open = [(0, 'f'), (0, 'f'), (0, 'f'), (0, 'f'), (0, 'f')];
        let then = |rest: &[(i64, char)]| open.iter().chain(rest).copied().collect::<Vec<_>>();
        check(&then(&[(29, '?'), (30, '?'), (31, '?')]), &[false, true, false]);
        check(&then(&[(30, '?'), (31, 'a'), (31, '?'), (31, '?')]), &[true, true, true]);
        check(&then(&[(30, '?'), (31, 'f'), (32, '?'), (61, '?')]), &[true, false, true]);
        // The trial's answer never came.
        check(&then(&[(30, '?'), (60, '?')]), &[true, true]);
    }
}
