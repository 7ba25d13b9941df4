//! When cases of a process start by themselves.

use serde::{Deserialize, Serialize};

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
