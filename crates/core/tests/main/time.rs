//! Working days.

use countersign_core::time::{Calendar, DAY_MS, HOUR_MS, Span, Timestamp};
use proptest::prelude::*;

use crate::samples::{START, calendar};

fn at(day: i64, hour: i64) -> Timestamp {
    Timestamp(START + day * DAY_MS + (hour - 9) * HOUR_MS)
}

/// From a day and hour to a day and hour, so many working days on. Day 0 is a Monday; work is 9 to 17.
fn check(calendar: &Calendar, from: (i64, i64), count: u32, to: (i64, i64)) {
    let found = calendar.after(at(from.0, from.1), Span::WorkingDays(count));
    assert_eq!(found, at(to.0, to.1), "{count} working days after {from:?}");
}

#[test]
fn working_days() {
    let mut calendar = calendar();
    check(&calendar, (0, 10), 0, (0, 10));
    check(&calendar, (0, 10), 1, (1, 10));
    check(&calendar, (4, 16), 1, (7, 16));
    check(&calendar, (4, 17), 1, (8, 9));
    check(&calendar, (5, 12), 1, (8, 9));
    check(&calendar, (0, 3), 1, (1, 9));
    check(&calendar, (0, 20), 5, (8, 9));
    check(&calendar, (0, 10), 10, (14, 10));
    // Tuesday is a holiday, and Wednesday is short.
    calendar.working.remove(1);
    calendar.working[1].1 = at(2, 12);
    check(&calendar, (0, 10), 1, (2, 10));
    check(&calendar, (0, 16), 1, (2, 12));
    check(&calendar, (1, 10), 1, (3, 9));
}

#[test]
fn beyond_the_calendar_a_day_counts_as_24_hours() {
    let calendar = calendar();
    check(&calendar, (25, 10), 2, (27, 10));
    check(&calendar, (24, 10), 3, (27, 10));
    check(&calendar, (40, 10), 1, (41, 10));
    check(&Calendar::default(), (0, 10), 3, (3, 10));
    // Nothing overflows at the ends of time.
    for from in [i64::MIN, i64::MAX] {
        for span in [Span::Minutes(u32::MAX), Span::Days(u32::MAX), Span::WorkingDays(u32::MAX)] {
            assert!(calendar.after(Timestamp(from), span) >= Timestamp(from));
        }
    }
}

proptest! {
    /// Nothing is due before it was asked, and more days or a later start never make it earlier.
    #[test]
    fn later_is_never_earlier(from in -5_000_000_i64..3_000_000, more in 0_i64..900_000, count in 0_u32..40) {
        let calendar = calendar();
        let due = |from: i64, count| calendar.after(Timestamp(START + from * 1_000), Span::WorkingDays(count));
        prop_assert!(due(from, count) >= Timestamp(START + from * 1_000));
        prop_assert!(due(from, count + 1) >= due(from, count));
        prop_assert!(due(from + more, count) >= due(from, count));
    }
}
