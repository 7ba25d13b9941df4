//! Records of earlier formats are read as if they had been written today.
//!
//! Every event, state and definition carries the number of the format that it was written in. A record of an earlier
//! format is lifted step by step, as JSON; what the chain hashes are the bytes as they were written, so that lifting
//! changes no hash. A record of a later format is refused before anything of it is read.

use alloc::string::{String, ToString};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value as Json;

use crate::{
    case::{CASE_FORMAT, Case},
    definition::{DEFINITION_FORMAT, Definition},
    event::{EVENT_FORMAT, Event},
};

/// Lifts a record of one format to the next one.
pub type Lift = fn(&mut Json);

/// Something that is stored with the number of its format, which stands in its member `format`.
pub trait Record: DeserializeOwned {
    /// The format that it is written in today.
    const FORMAT: u16;
    /// The format of the first record that there ever was.
    const FIRST: u16 = 1;
    /// What lifts a record from [`Record::FIRST`] on, one for each later format.
    const LIFTS: &'static [Lift] = &[];
}

impl Record for Event {
    const FORMAT: u16 = EVENT_FORMAT;
}

impl Record for Case {
    const FORMAT: u16 = CASE_FORMAT;
}

impl Record for Definition {
    const FORMAT: u16 = DEFINITION_FORMAT;
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It says no format.
    #[error("it does not say which format it is of, so that it is no record of this program")]
    NoFormat,
    /// It was written by a later program.
    #[error("it is of format {found}; this program knows up to {known}: update the program")]
    Newer {
        /// The format found.
        found: u16,
        /// The format written today.
        known: u16,
    },
    /// It is not what its format says.
    #[error("{0}")]
    Damaged(String),
}

#[derive(Deserialize)]
struct Stamp {
    format: Option<u16>,
}

/// Reads a record, lifting it where it is of an earlier format.
///
/// # Errors
/// [`Unreadable`], which says what to do.
pub fn read<T: Record>(text: &str) -> Result<T, Unreadable> {
    let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string());
    let Stamp { format } = serde_json::from_str(text).map_err(damaged)?;
    match format {
        None => Err(Unreadable::NoFormat),
        Some(found) if found > T::FORMAT => Err(Unreadable::Newer { found, known: T::FORMAT }),
        Some(found) if found == T::FORMAT => serde_json::from_str(text).map_err(damaged),
        Some(found) => {
            let mut json: Json = serde_json::from_str(text).map_err(damaged)?;
            lift(&mut json, found, T::FIRST, T::LIFTS)?;
            serde_json::from_value(json).map_err(damaged)
        }
    }
}

fn lift(json: &mut Json, found: u16, first: u16, lifts: &[Lift]) -> Result<(), Unreadable> {
    let steps = found.checked_sub(first).and_then(|place| lifts.get(usize::from(place)..));
    let Some(steps) = steps.filter(|steps| !steps.is_empty()) else {
        return Err(Unreadable::Damaged(alloc::format!("nothing is known of format {found}")));
    };
    for (place, step) in (found..).zip(steps) {
        step(json);
        json["format"] = Json::from(place + 1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::json;

    use super::*;

    /// A record whose first format called its field otherwise, and whose second one held a text.
    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Parcel {
        format: u16,
        grams: u32,
    }

    impl Record for Parcel {
        const FORMAT: u16 = 3;
        const LIFTS: &'static [Lift] = &[
            |json| json["grams"] = json["weight"].take(),
            |json| {
                let grams: u32 = json["grams"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
                json["grams"] = Json::from(grams);
            },
        ];
    }

    #[track_caller]
    fn check(record: &Json, expected: Result<u32, &str>) {
        let read = read::<Parcel>(&record.to_string());
        match expected {
            Ok(grams) => assert_eq!(read, Ok(Parcel { format: 3, grams })),
            Err(words) => assert!(matches!(&read, Err(error) if error.to_string().contains(words)), "{read:?}"),
        }
    }

    #[test]
    fn every_earlier_format_is_lifted_and_a_later_one_is_refused() {
        check(&json!({ "format": 1, "weight": "250" }), Ok(250));
        check(&json!({ "format": 2, "grams": "250" }), Ok(250));
        check(&json!({ "format": 3, "grams": 250 }), Ok(250));
        check(&json!({ "format": 4, "grams": { "whole": 250 } }), Err("knows up to 3: update the program"));
        check(&json!({ "format": 0, "grams": 250 }), Err("nothing is known of format 0"));
        check(&json!({ "grams": 250 }), Err("does not say which format"));
        check(&json!({ "format": 3, "grams": "heavy" }), Err("invalid type"));
    }

    #[test]
    fn every_kind_of_record_can_be_lifted_from_its_first_format() {
        fn whole<T: Record>() {
            assert_eq!(T::LIFTS.len(), usize::from(T::FORMAT - T::FIRST), "a lift is missing");
        }
        whole::<Event>();
        whole::<Case>();
        whole::<Definition>();
        whole::<Parcel>();
    }
}
