//! Two people changed the same words, and somebody chooses.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};

use super::{name_of, title_of};
use crate::{
    runtime::{drafts::Compared, merge},
    web::{
        address::Path,
        catalogue::text::studio as text,
        front::Front,
        halt::Answer,
        handlers::go_to,
        paths,
        posted::Posted,
        session::SignedIn,
        views::studio::aside::{AsideView, Part, page as aside_page},
    },
};

/// How many lines of what both texts have are shown at each end.
const LINES_SHOWN: usize = 2;

/// `GET /studio/{draft}/aside/{number}`.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path((id, number)): Path<(String, u64)>,
) -> Answer {
    let compared = front.runtime().compare_aside(&me.acting(), &id, number).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(aside_page(&shell, &view(&front, &me, &compared, None)).into_response())
}

/// `POST /studio/{draft}/aside/{number}`: the choice was made on the revision that the form names.
pub(in crate::web) async fn choose(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path((id, number)): Path<(String, u64)>,
    posted: Posted,
) -> Answer {
    let runtime = front.runtime();
    let compared = runtime.compare_aside(&me.acting(), &id, number).await?;
    let seen = posted.get("revision").parse().unwrap_or_default();
    if compared.draft.revision == seen {
        let chosen = chosen(&compared.parts, &posted);
        if runtime.settle_draft(&me.acting(), &id, number, seen, &chosen).await?.is_some() {
            front.say(&me, text::ASIDE_SETTLED);
            return Ok(go_to(&paths::draft(&id)));
        }
    }
    let compared = runtime.compare_aside(&me.acting(), &id, number).await?;
    let shell = front.shell(&me, uri.path()).await?;
    let view = view(&front, &me, &compared, Some(text::ASIDE_MOVED));
    Ok((StatusCode::CONFLICT, aside_page(&shell, &view)).into_response())
}

/// The text of these choices; where none was made, both stand, so that nothing is lost.
fn chosen(parts: &[merge::Part], posted: &Posted) -> String {
    let mut chosen = String::new();
    for (number, part) in parts.iter().enumerate() {
        match part {
            merge::Part::Agreed(words) => chosen.push_str(words),
            merge::Part::Both { mine, theirs, .. } => match posted.get(&format!("choice-{number}")) {
                "mine" => chosen.push_str(mine),
                "theirs" => chosen.push_str(theirs),
                _ => {
                    chosen.push_str(theirs);
                    if !theirs.is_empty() && !theirs.ends_with(char::is_whitespace) {
                        chosen.push(' ');
                    }
                    chosen.push_str(mine);
                }
            },
        }
    }
    chosen
}

fn view(front: &Front, me: &SignedIn, compared: &Compared, problem: Option<&str>) -> AsideView {
    let part = |(number, part): (usize, &merge::Part)| match part {
        merge::Part::Agreed(words) => Part::Agreed(ends(words)),
        merge::Part::Both { mine, theirs, .. } => Part::Choose { number, mine: mine.clone(), theirs: theirs.clone() },
    };
    AsideView {
        id: compared.draft.id.clone(),
        title: title_of(&compared.draft),
        number: compared.aside.number,
        revision: compared.draft.revision,
        mine: front.runtime().world().directory.name(&compared.aside.by).to_owned(),
        theirs: name_of(front, me, &compared.draft.changed_by),
        parts: compared.parts.iter().enumerate().map(part).collect(),
        problem: problem.map(str::to_owned),
    }
}

/// The first and the last lines of a long stretch.
fn ends(words: &str) -> String {
    let lines: Vec<&str> = words.lines().collect();
    if lines.len() <= 2 * LINES_SHOWN + 1 {
        return words.to_owned();
    }
    let (head, tail) = (&lines[..LINES_SHOWN], &lines[lines.len() - LINES_SHOWN..]);
    format!("{}\n\u{2026}\n{}\n", head.join("\n"), tail.join("\n"))
}
