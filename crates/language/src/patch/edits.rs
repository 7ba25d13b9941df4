//! Which bytes a patch puts where.

use super::{
    At, MAX_PATCH_BYTES, Patch, SentenceId, Splice,
    layout::{Layout, one_line, takes_its_line},
    set,
};
use crate::{
    build::is_step,
    lexer,
    meaning::Meaning,
    sentence::{self, RawKind},
    shapes,
};
use countersign_core::canonical::digest_bytes;

/// How far bullets below a bullet are moved in.
const INDENT: &str = "  ";

/// The splices of one patch, and a mark on each sentence whose words it changes or takes out.
pub(super) fn splices(layout: &Layout<'_>, patch: &Patch, touched: &mut [bool]) -> Result<Vec<Splice>, String> {
    match patch {
        Patch::Insert { after, at, text } => Ok(vec![insert(layout, after.as_ref(), *at, &sized(text)?)?]),
        Patch::Replace { sentence, text } => {
            let index = layout.find(sentence)?;
            touched[index] = true;
            let raw = &layout.raws[index];
            let column = layout.of[index].map_or(0, |spot| layout.spots[spot].prefix.chars().count());
            let text = lines(layout, index, &sized(text)?, column);
            Ok(vec![Splice { start: raw.start, end: raw.end, text }])
        }
        Patch::Delete { sentence } => {
            let index = layout.find(sentence)?;
            let (splice, gone) = delete(layout, index);
            gone.for_each(|one| touched[one] = true);
            Ok(vec![splice])
        }
        Patch::Move { sentence, after, at } => {
            let index = layout.find(sentence)?;
            let (gone, block) = delete(layout, index);
            if let Some(after) = after
                && block.contains(&layout.find(after)?)
            {
                return Err("a sentence cannot be put behind itself or behind what stands below it".to_owned());
            }
            let text = block_text(layout, index, *block.end());
            Ok(vec![gone, insert(layout, after.as_ref(), *at, &text)?])
        }
        Patch::Set { sentence, what, value } => {
            let index = layout.find(sentence)?;
            touched[index] = true;
            set::splices(layout, index, *what, &sized_or_empty(value)?)
        }
        Patch::Rename { .. } => Ok(Vec::new()),
        Patch::Restore { on, splices } => restore(layout, on, splices, touched),
    }
}

fn restore(layout: &Layout<'_>, on: &str, splices: &[Splice], touched: &mut [bool]) -> Result<Vec<Splice>, String> {
    if digest_bytes(layout.text.as_bytes()) != on {
        return Err("the text has been changed since, so this cannot be undone any more".to_owned());
    }
    if splices.iter().any(|splice| layout.text.get(splice.start..splice.end).is_none()) {
        return Err("this undo does not fit the text".to_owned());
    }
    touched.fill(true);
    Ok(splices.to_vec())
}

fn sized(text: &str) -> Result<String, String> {
    let text = sized_or_empty(text)?;
    if text.is_empty() { Err("there is nothing to write; say which sentence".to_owned()) } else { Ok(text) }
}

fn sized_or_empty(text: &str) -> Result<String, String> {
    if text.len() > MAX_PATCH_BYTES {
        return Err(format!("this is {} bytes; at most {MAX_PATCH_BYTES} go at once", text.len()));
    }
    Ok(text.trim_end().trim_start_matches('\n').to_owned())
}

/// A sentence ends with a full stop or a colon, so that nothing runs into it.
fn ended(text: &str) -> String {
    let bare = text.trim_end_matches(['"', '\u{201d}']);
    let comment = text.ends_with("-->");
    let ends = bare.ends_with(['.', '!', '?', ':']) || comment || text.trim_start().starts_with('#');
    if ends { text.to_owned() } else { format!("{text}.") }
}

/// New words in the place of a sentence: further lines stand under the first.
fn lines(layout: &Layout<'_>, index: usize, text: &str, column: usize) -> String {
    let own = text.trim_start().trim_start_matches(['-', '*']).trim_start();
    let last = layout.of[index].is_none_or(|spot| layout.spots[spot].own.last() == Some(&index));
    let text = own.replace('\n', &format!("\n{}", " ".repeat(column)));
    if last && matches!(layout.raws[index].kind, RawKind::Title | RawKind::Comment) { text } else { ended(&text) }
}

/// What goes with a sentence, and the splice that takes it all out.
fn delete(layout: &Layout<'_>, index: usize) -> (Splice, std::ops::RangeInclusive<usize>) {
    let raw = &layout.raws[index];
    let Some(spot) = layout.of[index].map(|spot| &layout.spots[spot]) else {
        return (Splice { start: raw.start, end: raw.end, text: String::new() }, index..=index);
    };
    let place = spot.own.iter().position(|own| *own == index).unwrap_or_default();
    let is_last = place + 1 == spot.own.len();
    let until = if is_last { spot.last } else { index };
    let end = layout.raws[until].end;
    let next = layout.line_after(until);
    let comment = layout.raws.iter().any(|other| {
        other.kind == RawKind::Comment
            && other.start >= spot.line
            && other.end <= next
            && other.start < next
            && !(raw.start <= other.start && other.end <= end)
    });
    let (start, end) = if spot.own.len() == 1 && !comment {
        // The last line of a text may have no line end; then the one before it goes.
        let before = spot.line.checked_sub(1).filter(|_| next == layout.text.len() && !layout.text.ends_with('\n'));
        (before.unwrap_or(spot.line), next)
    } else if place == 0 && !is_last {
        (raw.start, layout.raws[spot.own[1]].start)
    } else if place == 0 {
        (raw.start, end)
    } else {
        (layout.raws[spot.own[place - 1]].end, end)
    };
    (Splice { start, end, text: String::new() }, index..=until)
}

/// A sentence and what stands below it, as lines that begin at the left edge.
fn block_text(layout: &Layout<'_>, index: usize, last: usize) -> String {
    let (start, end) = (layout.raws[index].start, layout.raws[last].end);
    let text = layout.text.get(start..end).unwrap_or_default();
    let column = layout.of[index].map_or(0, |spot| layout.spots[spot].prefix.chars().take_while(|c| *c == ' ').count());
    let mut out = String::new();
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let blanks = line.chars().take_while(|c| *c == ' ').count().min(column);
        out.push_str(if number == 0 { line } else { line.get(blanks..).unwrap_or_default() });
    }
    out
}

/// The splice that writes text behind a sentence.
fn insert(layout: &Layout<'_>, after: Option<&SentenceId>, at: At, text: &str) -> Result<Splice, String> {
    let body = text.trim_start().trim_start_matches(['-', '*']).trim_start();
    let top = stands_alone(body);
    let Some(after) = after else {
        return Ok(new_line(layout, layout.text.len(), layout.len().checked_sub(1), "", body, top));
    };
    let index = layout.find(after)?;
    let raw = &layout.raws[index];
    let Some(spot) = layout.of[index].map(|spot| &layout.spots[spot]) else {
        return Ok(new_line(layout, layout.line_after(index), Some(index), "", body, top));
    };
    match at {
        At::Beside if layout.opens(index) => Err(format!(
            "nothing can stand beside `{}`, which ends with a colon; put it below",
            one_line(layout.words(index))
        )),
        At::Beside if !takes_its_line(raw) && !body.contains('\n') && !top => {
            Ok(Splice { start: raw.end, end: raw.end, text: format!(" {}", ended(body)) })
        }
        At::Below if !layout.opens(index) => {
            Err(format!("nothing can stand below `{}`, which does not end with a colon", one_line(layout.words(index))))
        }
        At::Below if !top => {
            let child = spot.child.map(|child| layout.spots[child].prefix.clone());
            let bullet = || {
                let blanks: String = spot.prefix.chars().take_while(|c| *c == ' ').collect();
                if spot.prefix.is_empty() { "- ".to_owned() } else { format!("{blanks}{INDENT}- ") }
            };
            let prefix = child.unwrap_or_else(bullet);
            Ok(new_line(layout, layout.line_after(index), Some(index), &prefix, body, false))
        }
        _ if top => Ok(new_line(layout, layout.line_after(spot.top_last), Some(spot.top_last), "", body, true)),
        _ => Ok(new_line(layout, layout.line_after(spot.last), Some(spot.last), &spot.prefix, body, false)),
    }
}

/// A line of its own that begins at this byte, behind the line that ends there.
fn new_line(layout: &Layout<'_>, at: usize, before: Option<usize>, prefix: &str, body: &str, top: bool) -> Splice {
    let blanks: String = prefix.chars().take_while(|c| *c == ' ').collect();
    let body = ended(&body.replace('\n', &format!("\n{blanks}"))).replace(&format!("\n{blanks}\n"), "\n\n");
    let is_bullet = prefix.trim_end().ends_with(['-', '*']);
    let open =
        before.is_some_and(|one| !takes_its_line(&layout.raws[one]) && ended(layout.words(one)) != layout.words(one));
    let heading = top && body.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("stage "));
    let blank = heading || (open && !is_bullet);
    let ended_line = at == 0 || layout.text.get(..at).is_some_and(|text| text.ends_with('\n'));
    let mut text = String::new();
    if !ended_line {
        text.push('\n');
    }
    if blank && at > 0 {
        text.push('\n');
    }
    text.push_str(prefix);
    text.push_str(&body);
    if ended_line {
        text.push('\n');
    }
    Splice { start: at, end: at, text }
}

/// Whether a sentence stands on a line of its own, outside the stages.
fn stands_alone(text: &str) -> bool {
    let split = sentence::split(text, &lexer::tokens(text));
    let Some(raw) = split.sentences.first() else { return false };
    match raw.kind {
        RawKind::Title => true,
        RawKind::Plain => match shapes::readings(text, &raw.tokens).as_slice() {
            [] => false,
            all => !all.iter().any(|meaning| is_step(meaning) || matches!(meaning, Meaning::Comment)),
        },
        RawKind::Note | RawKind::Question | RawKind::Comment => false,
    }
}
