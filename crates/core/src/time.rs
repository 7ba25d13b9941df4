//! Instants, durations and the working calendar, as plain numbers.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::value::Date;

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
    /// From when on the zone is so many minutes east of UTC, sorted; empty means UTC.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offsets: Vec<(Timestamp, i32)>,
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

    /// The instant that lies `span` before `day`, the start of a day.
    ///
    /// Working days count back from the first working day that begins on the day or later: "3 working days
    /// before Monday" is the start of the Wednesday before. Before the calendar's first interval a working day
    /// counts as 24 hours.
    #[must_use]
    pub fn before(&self, day: Timestamp, span: Span) -> Timestamp {
        let back = |milliseconds: i64| day.plus_ms(milliseconds.saturating_neg());
        match span {
            Span::Minutes(count) => back(i64::from(count) * MINUTE_MS),
            Span::Hours(count) => back(i64::from(count) * HOUR_MS),
            Span::Days(count) => back(i64::from(count) * DAY_MS),
            Span::WorkingDays(count) => {
                let first = self.working.partition_point(|(start, _)| *start < day);
                let target = first.checked_sub(count as usize).and_then(|place| self.working.get(place));
                // The whole working day counts, so that it begins when its day does.
                target.map_or_else(|| back(i64::from(count) * DAY_MS), |(start, _)| self.start_of_local_day(*start))
            }
        }
    }

    /// The first instant of a day in the organisation's zone.
    #[must_use]
    pub fn start_of(&self, date: Date) -> Timestamp {
        self.local(date.days(), 0)
    }

    /// The instant at which clocks in the zone show this minute of this day, counted from 1970-01-01.
    ///
    /// A minute that the clocks skip is the instant at which they skip it; of one that they show twice, the first.
    #[must_use]
    pub fn local(&self, day: i64, minute: u16) -> Timestamp {
        let plain = Timestamp(day.saturating_mul(DAY_MS)).plus_ms(i64::from(minute) * MINUTE_MS);
        let shown = |at: Timestamp| at.plus_ms(self.offset_ms(at));
        let guesses = [-DAY_MS, DAY_MS].map(|away| plain.plus_ms(-self.offset_ms(plain.plus_ms(away))));
        let right = guesses.iter().filter(|guess| shown(**guess) == plain).min();
        let change = self
            .offsets
            .iter()
            .map(|(from, _)| *from)
            .find(|from| guesses.iter().any(|guess| guess >= from) && guesses.iter().any(|guess| guess <= from));
        right.copied().or(change).unwrap_or(guesses[0])
    }

    /// The day that calendars in the zone show at an instant, counted from 1970-01-01.
    #[must_use]
    pub fn local_day(&self, at: Timestamp) -> i64 {
        at.plus_ms(self.offset_ms(at)).day()
    }

    fn start_of_local_day(&self, at: Timestamp) -> Timestamp {
        self.local(self.local_day(at), 0)
    }

    fn offset_ms(&self, at: Timestamp) -> i64 {
        let after = self.offsets.partition_point(|(from, _)| *from <= at);
        let known = after.checked_sub(1).or(Some(0)).and_then(|place| self.offsets.get(place));
        known.map_or(0, |(_, minutes)| i64::from(*minutes) * MINUTE_MS)
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
