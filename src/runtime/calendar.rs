//! The working calendar, built from the organisation's zone, hours and holidays.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use countersign_core::{
    canonical::{Digest, digest},
    time::{Calendar, DAY_MS, Timestamp},
};
use jiff::{ToSpan as _, civil, tz::TimeZone};

use crate::config::Organisation;

/// How many days before now the calendar begins, so that due dates of old tasks can be told again.
const DAYS_BACK: i64 = 400;
/// How many days after now it ends.
const DAYS_AHEAD: i64 = 800;

/// How many calendars are kept, each of another month; then the whole lot is dropped.
const CALENDARS_KEPT: usize = 24;

/// The calendars of one organisation by their first day, since one serves for a month.
#[derive(Debug)]
pub struct Calendars {
    organisation: Organisation,
    known: Mutex<BTreeMap<civil::Date, (Calendar, Digest)>>,
}

impl Calendars {
    /// Builds each calendar when it is first asked for.
    #[must_use]
    pub fn new(organisation: Organisation) -> Self {
        Self { organisation, known: Mutex::default() }
    }

    /// The working intervals around `now` and the digest that names them.
    ///
    /// # Errors
    /// When the organisation's zone, hours or holidays cannot be read.
    pub fn at(&self, now: Timestamp) -> Result<(Calendar, Digest), CalendarError> {
        let first = first_day(&zone_of(&self.organisation)?, now)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&first) {
            return Ok(found.clone());
        }
        let calendar = build(&self.organisation, now)?;
        let digest = digest(&calendar);
        if known.len() >= CALENDARS_KEPT {
            known.clear();
        }
        known.insert(first, (calendar.clone(), digest.clone()));
        Ok((calendar, digest))
    }
}

/// Why no calendar can be built.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// The zone is not known.
    #[error("the time zone `{0}` is not known; use an IANA name such as Europe/Berlin")]
    Zone(String),
    /// A time or a day cannot be read.
    #[error("`{0}` is not a {1}")]
    Unreadable(String, &'static str),
}

/// The working intervals around `now`, Monday to Friday without the holidays.
///
/// It begins at the first day of a month, so that the snapshot, and with it its digest, changes once a month.
pub fn build(organisation: &Organisation, now: Timestamp) -> Result<Calendar, CalendarError> {
    let zone = zone_of(organisation)?;
    let (starts, ends) = (time_of_day(&organisation.day_starts)?, time_of_day(&organisation.day_ends)?);
    let mut holidays = Vec::new();
    for text in &organisation.holidays {
        let day: civil::Date = text.parse().map_err(|_| CalendarError::Unreadable(text.clone(), "day"))?;
        holidays.push(day);
    }
    let first = first_day(&zone, now)?;
    let mut working = Vec::new();
    let mut day = first;
    for _ in 0..DAYS_BACK + DAYS_AHEAD {
        let weekend = matches!(day.weekday(), civil::Weekday::Saturday | civil::Weekday::Sunday);
        if !weekend && !holidays.contains(&day) {
            let instant = |time| zone.to_ambiguous_timestamp(day.to_datetime(time)).compatible();
            if let (Ok(start), Ok(end)) = (instant(starts), instant(ends)) {
                working.push((Timestamp(start.as_millisecond()), Timestamp(end.as_millisecond())));
            }
        }
        day = day.saturating_add(1.day());
    }
    let offsets = offsets(&zone, first);
    Ok(Calendar { zone: organisation.zone.clone(), working, offsets })
}

fn zone_of(organisation: &Organisation) -> Result<TimeZone, CalendarError> {
    TimeZone::get(&organisation.zone).map_err(|_| CalendarError::Zone(organisation.zone.clone()))
}

/// The day at which the calendar of an instant begins.
fn first_day(zone: &TimeZone, now: Timestamp) -> Result<civil::Date, CalendarError> {
    let unreadable = |_| CalendarError::Unreadable(now.0.to_string(), "time");
    let today = jiff::Timestamp::from_millisecond(now.0).map_err(unreadable)?.to_zoned(zone.clone()).date();
    Ok(today.first_of_month().saturating_sub(DAYS_BACK.days()))
}

/// From when on the zone is how many minutes east of UTC, over the days of the calendar.
fn offsets(zone: &TimeZone, first: civil::Date) -> Vec<(Timestamp, i32)> {
    let Ok(start) = zone.to_ambiguous_timestamp(first.to_datetime(civil::Time::midnight())).compatible() else {
        return Vec::new();
    };
    let minutes = |offset: jiff::tz::Offset| offset.seconds() / 60;
    let end = start.as_millisecond() + (DAYS_BACK + DAYS_AHEAD) * DAY_MS;
    let later = zone.following(start).take_while(|change| change.timestamp().as_millisecond() < end);
    let later = later.map(|change| (Timestamp(change.timestamp().as_millisecond()), minutes(change.offset())));
    std::iter::once((Timestamp(start.as_millisecond()), minutes(zone.to_offset(start)))).chain(later).collect()
}

fn time_of_day(text: &str) -> Result<civil::Time, CalendarError> {
    text.parse().map_err(|_| CalendarError::Unreadable(text.to_owned(), "time of day such as 09:00"))
}

#[cfg(test)]
mod tests {
    use countersign_core::time::Span;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond).unwrap_or_default())
    }

    #[track_caller]
    fn check(from: &str, days: u32, expected: &str) {
        let organisation = Organisation {
            zone: "Europe/Berlin".to_owned(),
            holidays: vec!["2026-12-25".to_owned()],
            ..Organisation::default()
        };
        let calendar = build(&organisation, at("2026-11-20T10:00:00Z")).unwrap_or_default();
        assert_eq!(calendar.after(at(from), Span::WorkingDays(days)), at(expected));
    }

    #[test]
    fn working_days_skip_week_ends_holidays_and_the_change_of_the_clocks() {
        check("2026-11-20T10:00:00Z", 2, "2026-11-24T10:00:00Z");
        check("2026-12-24T10:00:00Z", 1, "2026-12-28T10:00:00Z");
        // Eleven in the morning in Berlin stays eleven in the morning across the last Sunday of March.
        check("2027-03-26T10:00:00Z", 1, "2027-03-29T09:00:00Z");
        check("2026-11-21T22:00:00Z", 1, "2026-11-24T08:00:00Z");
    }
}
