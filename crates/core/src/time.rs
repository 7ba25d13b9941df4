//! Instants, durations and the working calendar, as plain numbers.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z. It enters the core only inside an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60_000;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in a day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A length of time as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "unit", content = "count", rename_all = "snake_case")]
pub enum Span {
    /// So many minutes by the clock.
    Minutes(u32),
    /// So many hours by the clock.
    Hours(u32),
    /// So many days of 24 hours.
    Days(u32),
    /// So many days on which the organisation works, by its [`Calendar`].
    WorkingDays(u32),
}

/// When the organisation works: intervals in UTC, sorted, not overlapping, at most one a day.
///
/// It is built outside the core from the organisation's time zone, working hours and holidays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// The zone it was built from, an IANA name, so that a reader can tell.
    pub zone: alloc::string::String,
    /// Start and end of each working day.
    pub working: Vec<(Timestamp, Timestamp)>,
}

impl Timestamp {
    /// This instant moved by so many milliseconds; it stops at the end of the range.
    #[must_use]
    pub const fn plus_ms(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// The day in UTC, counted from 1970-01-01.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY_MS)
    }
}

impl Calendar {
    /// The instant that lies `span` after `from`.
    ///
    /// A working day later means: the same distance into the next working interval. From outside
    /// working hours the count begins at the start of the next interval, so "within 1 working day"
    /// asked on a Saturday is due at the end of Monday's first full day: Tuesday morning.
    /// Beyond the calendar's last interval a working day counts as a day of 24 hours, so that a
    /// short calendar can make a due date early by a weekend but never lose it.
    #[must_use]
    pub fn after(&self, from: Timestamp, span: Span) -> Timestamp {
        match span {
            Span::Minutes(count) => from.plus_ms(i64::from(count) * MINUTE_MS),
            Span::Hours(count) => from.plus_ms(i64::from(count) * HOUR_MS),
            Span::Days(count) => from.plus_ms(i64::from(count) * DAY_MS),
            Span::WorkingDays(count) => self.working_days_after(from, count),
        }
    }

    fn working_days_after(&self, from: Timestamp, count: u32) -> Timestamp {
        let first = self.working.partition_point(|(_, end)| *end <= from);
        let Some((start, _)) = self.working.get(first) else {
            return from.plus_ms(i64::from(count) * DAY_MS);
        };
        let into = from.0.saturating_sub(start.0).max(0);
        let target = first.saturating_add(count as usize);
        let last = target.min(self.working.len() - 1);
        let (start, end) = self.working[last];
        let beyond = i64::try_from(target - last).unwrap_or(i64::MAX);
        // From the last known day on, each missing day counts as 24 hours: later days stay later.
        Timestamp(start.0.saturating_add(into).min(end.0)).plus_ms(beyond.saturating_mul(DAY_MS))
    }
}
