//! What can follow at a place of the text, while somebody types.

use axum::{Json, extract::State, response::IntoResponse as _};
use serde::Serialize;

use crate::{
    language::{self, Completion},
    runtime::drafts::TEXT_BYTES_MAX,
    web::{
        address::Path,
        front::Front,
        halt::{Answer, Halt},
        posted::Posted,
        session::SignedIn,
    },
};

/// How many ways to go on are sent to a page.
const OFFERED_MAX: usize = 60;

/// What can follow. Places are counted as a script counts them: in UTF-16 code units.
#[derive(Debug, Serialize)]
struct Offered {
    replace: (usize, usize),
    items: Vec<Completion>,
}

/// `POST /studio/{draft}/completions`: the text as it is typed and the place in it. It changes nothing.
pub(in crate::web) async fn completions(
    State(front): State<Front>,
    me: SignedIn,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    front.runtime().draft(&me.acting(), &id).await?;
    let text = posted.whole("text");
    if text.len() > TEXT_BYTES_MAX {
        return Err(Halt::too_large());
    }
    let mut offered = language::complete(text, bytes(text, posted.get("at").parse().unwrap_or_default()));
    offered.items.truncate(OFFERED_MAX);
    let (start, end) = offered.replace;
    Ok(Json(Offered { replace: (units(text, start), units(text, end)), items: offered.items }).into_response())
}

/// The byte at a place in UTF-16 code units; the end of the text when the place is beyond it.
fn bytes(text: &str, at: usize) -> usize {
    let mut left = at;
    for (byte, letter) in text.char_indices() {
        if left == 0 {
            return byte;
        }
        left = left.saturating_sub(letter.len_utf16());
    }
    text.len()
}

/// The place of a byte in UTF-16 code units.
fn units(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |before| before.encode_utf16().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_scripts_count_them() {
        let text = "a\u{e4}\u{1f600}b";
        let check = |at: usize, byte: usize| {
            assert_eq!(bytes(text, at), byte);
            assert_eq!(units(text, byte), at);
        };
        check(0, 0);
        check(1, 1);
        check(2, 3);
        check(4, 7);
        check(5, 8);
        assert_eq!(bytes(text, 99), 8);
        assert_eq!(bytes(text, 3), 7, "half a letter counts as the whole");
    }
}
