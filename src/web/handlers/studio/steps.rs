//! The drawing of a draft, and its pickers: what is changed there is written as a sentence.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::{
    definition::{Definition, HumanVerb, Path as StepPath},
    time::Span,
};
use maud::{Markup, html};

use super::title_of;
use crate::{
    drawing::{self, Extras},
    language::{
        self, Compiled,
        rewrite::{self, Edit, Refused},
    },
    runtime::drafts::{Beside, Save, Saved},
    store::Draft,
    web::{
        address::Path,
        catalogue::text::drawn as text,
        front::Front,
        halt::{Answer, Halt},
        handlers::go_to,
        paths,
        posted::Posted,
        session::SignedIn,
        views::{
            process::pane,
            sheet::{SheetView, page as sheet_page},
            studio::step::{StepView, page as step_page},
        },
    },
};

/// The longest time that a picker takes, in its unit.
const COUNT_MAX: u32 = 1_000;

/// `GET /studio/{draft}/steps/{path}`: the pickers of one step.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path((id, path)): Path<(String, String)>,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    // A drawing that is still open elsewhere may lead here while the text is being mended.
    if compiled(&draft).draft.is_none() {
        front.say(&me, text::TRIAL_NOT_YET);
        return Ok(go_to(&paths::draft(&id)));
    }
    let view = view(&draft, &path, None)?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(step_page(&shell, &view).into_response())
}

/// `POST /studio/{draft}/steps/{path}/edits`: one change, written as sentences and saved like a typed one.
pub(in crate::web) async fn change(
    State(front): State<Front>,
    me: SignedIn,
    Path((id, path)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let (runtime, acting) = (front.runtime(), me.acting());
    let draft = runtime.draft(&acting, &id).await?;
    let seen = posted.get("revision").parse().unwrap_or_default();
    // The path counts steps of the revision that was shown; another one may have other steps there.
    let text = match runtime.store().draft_revision(&id, seen).await? {
        Some(revision) => revision.text,
        None => draft.text.clone(),
    };
    let (attachments, path_read) = (Beside::of(&draft).attachments(), read(&path)?);
    let compiled = language::compile(&text, &attachments);
    let changed = match &compiled.draft {
        Some(definition) => edit(definition, &path_read, &posted)
            .and_then(|edit| rewrite::edit(&text, &attachments, &compiled, &path_read, &edit)),
        None => rewrite::edit(&text, &attachments, &compiled, &path_read, &Edit::Delete),
    };
    let text = match changed {
        Ok(text) => text,
        Err(refused) => {
            let view = view(&draft, &path, Some(&refused))?;
            let shell = front.shell(&me, &paths::draft_step(&id, &path)).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, step_page(&shell, &view)).into_response());
        }
    };
    match runtime.save_draft(&acting, &id, Save { base: seen, text, aside: None }).await? {
        Saved::Shown { .. } => front.say(&me, text::WRITTEN),
        Saved::Aside { .. } => front.say(&me, text::WRITTEN_ASIDE),
    }
    Ok(go_to(&paths::draft(&id)))
}

/// `GET /studio/{draft}/sheet`.
pub(in crate::web) async fn sheet(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let Some(definition) = compiled(&draft).draft else {
        front.say(&me, text::TRIAL_NOT_YET);
        return Ok(go_to(&paths::draft(&id)));
    };
    let view = SheetView::new(&definition, (paths::draft(&id), title_of(&draft)), None);
    let shell = front.shell(&me, uri.path()).await?;
    Ok(sheet_page(&shell, &view).into_response())
}

/// The drawing of a draft; empty while its text is not understood as a whole.
pub(super) fn drawing_of(draft: &Draft, compiled: &Compiled) -> Markup {
    let Some(definition) = &compiled.draft else { return Markup::default() };
    let extras = extras(draft, compiled, None);
    let drawing = drawing::draw(definition, &text::drawing_of(&definition.title), &extras);
    html! {
        (pane(&drawing, &drawing::list(definition, &extras)))
        p.links { a href=(paths::draft_part(&draft.id, "sheet")) { (text::SHEET) } }
    }
}

pub(super) fn compiled(draft: &Draft) -> Compiled {
    language::compile(&draft.text, &Beside::of(draft).attachments())
}

fn extras(draft: &Draft, compiled: &Compiled, chosen: Option<StepPath>) -> Extras {
    Extras {
        sentences: drawing::sentences(compiled),
        link: Some(paths::draft_step(&draft.id, "{path}")),
        chosen,
        ..Extras::default()
    }
}

fn view(draft: &Draft, path: &str, refused: Option<&Refused>) -> Result<StepView, Halt> {
    let (path, compiled) = (read(path)?, compiled(draft));
    let Some(definition) = &compiled.draft else { return Err(Halt::not_found()) };
    let step = definition.step(&path).ok_or_else(Halt::not_found)?;
    let extras = extras(draft, &compiled, Some(path.clone()));
    let own = extras.sentences.get(&path).map(Vec::as_slice).unwrap_or_default();
    let sentences = own.iter().filter_map(|at| compiled.sentences.get(*at)).map(|one| one.text.clone()).collect();
    Ok(StepView {
        draft: draft.id.clone(),
        title: title_of(draft),
        revision: draft.revision,
        words: drawing::words::of(definition, step),
        sentences,
        picks: StepView::picks(definition, step),
        people: rewrite::people(definition).into_iter().map(|(words, _)| words).collect(),
        fields: definition.fields.iter().map(|field| language::field(definition, &field.name)).collect(),
        drawing: drawing::draw(definition, &text::drawing_of(&definition.title), &extras),
        list: drawing::list(definition, &extras),
        problem: refused.map(ToString::to_string),
        path,
    })
}

fn read(path: &str) -> Result<StepPath, Halt> {
    StepPath::try_from(path.to_owned()).map_err(|_| Halt::not_found())
}

/// The change that a form asks for.
fn edit(definition: &Definition, path: &StepPath, posted: &Posted) -> Result<Edit, Refused> {
    let condition = || {
        let (field, relation, value) = (posted.get("field"), posted.get("relation"), posted.get("value"));
        let words = [field, relation, value].join(" ");
        if field.is_empty() { String::new() } else { words.trim().to_owned() }
    };
    let who = |name: &str| {
        let found = rewrite::people(definition).into_iter().find(|(words, _)| words == posted.get(name));
        found.map(|(_, who)| who).ok_or(Refused::Empty)
    };
    match posted.get("do") {
        "delete" => Ok(Edit::Delete),
        "up" => Ok(Edit::MoveUp),
        "down" => Ok(Edit::MoveDown),
        "who" => Ok(Edit::Who(who("who")?)),
        "due" => Ok(Edit::Due(span(posted)?)),
        "condition" => {
            let way = posted.get("way").parse().unwrap_or_default();
            Ok(Edit::Condition(way, posted.get("condition").to_owned()))
        }
        "only-if" => Ok(Edit::OnlyIf(condition())),
        "before" => Ok(Edit::InsertBefore(new_sentence(posted)?)),
        "after" => Ok(Edit::InsertAfter(new_sentence(posted)?)),
        _ if definition.step(path).is_none() => Err(Refused::NoStep),
        _ => Err(Refused::Empty),
    }
}

fn span(posted: &Posted) -> Result<Span, Refused> {
    let count: u32 = posted.get("count").parse().map_err(|_| Refused::Empty)?;
    let count = count.clamp(1, COUNT_MAX);
    Ok(match posted.get("unit") {
        "minutes" => Span::Minutes(count),
        "hours" => Span::Hours(count),
        "days" => Span::Days(count),
        _ => Span::WorkingDays(count),
    })
}

/// The sentence of a new step: typed as it is, or put together from what was picked.
fn new_sentence(posted: &Posted) -> Result<String, Refused> {
    let sentence = posted.get("sentence");
    if !sentence.is_empty() {
        return Ok(sentence.to_owned());
    }
    let (who, what) = (posted.get("who"), posted.get("what"));
    if who.is_empty() || what.is_empty() {
        return Err(Refused::Empty);
    }
    let verb = match posted.get("verb") {
        "approve" => Some(HumanVerb::Approve),
        "review" => Some(HumanVerb::Review),
        "do" => Some(HumanVerb::Do),
        _ => None,
    };
    let within = span(posted).ok();
    Ok(rewrite::new_step(verb, who, what, within))
}
