//! When cases of a process start by themselves.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::{
    time::{Calendar, Timestamp},
    value::Date,
};

/// The most starts that one look makes up for; later ones follow at the next look.
pub const DUE_AT_ONCE_MAX: usize = 100;

/// One rule such as `Every Monday at 09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// On which days.
    pub every: Every,
    /// At which minute of the day, from 0 to 1439, by the clock of the organisation.
    pub at_minute: u16,
}

/// The days of a schedule, in the organisation's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "every", content = "on", rename_all = "snake_case")]
pub enum Every {
    /// Each day.
    Day,
    /// Each day on which the organisation works.
    WorkingDay,
    /// One day of each week.
    Weekday(Weekday),
    /// The last day of each month.
    LastDayOfMonth,
    /// A day of each month, from 1 to 28.
    DayOfMonth(u8),
}

impl Schedule {
    /// The instants of this schedule after `after` and up to `until`, at most [`DUE_AT_ONCE_MAX`] of them.
    #[must_use]
    pub fn due(&self, calendar: &Calendar, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let (first, last) = (calendar.local_day(after), calendar.local_day(until));
        let days = (first..=last).filter(|day| self.every.is_on(calendar, *day));
        let instants = days.map(|day| calendar.local(day, self.at_minute));
        instants.filter(|at| after < *at && *at <= until).take(DUE_AT_ONCE_MAX).collect()
    }
}

impl Every {
    /// Whether a day, counted from 1970-01-01, is one of these days.
    #[must_use]
    pub fn is_on(self, calendar: &Calendar, day: i64) -> bool {
        match self {
            Self::Day => true,
            Self::WorkingDay => calendar.working.iter().any(|(start, _)| calendar.local_day(*start) == day),
            // The first of January 1970 was a Thursday.
            Self::Weekday(weekday) => (day + 3).rem_euclid(7) == weekday as i64,
            Self::LastDayOfMonth => Date::of_days(day + 1).day == 1,
            Self::DayOfMonth(of_month) => Date::of_days(day).day == of_month,
        }
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}
