//! What a model wrote: each sentence with the words that it comes from, what is asked, and what was left out.

use maud::{Markup, html};

use super::crumb;
use crate::{
    describe::{Asked, Dropped, Passage, Provenance, Refused, Written},
    web::{
        catalogue::text::{studio, written as text},
        paths,
        sentence::Sentence,
        views::{
            layout::{Section, Shell, page as layout},
            parts::{by_agent, csrf},
        },
    },
};

/// What a model wrote from the prose beside a draft.
#[derive(Clone, Debug, Default)]
pub struct WritingView {
    /// The draft.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The first sentence.
    pub opening: String,
    /// Why it is not whole, in words; `None` when it is.
    pub stopped: Option<String>,
    /// Who asked for it, and when.
    pub by: Sentence,
    /// The sentences.
    pub lines: Vec<Line>,
    /// What is asked.
    pub questions: Vec<Question>,
    /// What the model left out.
    pub dropped: Vec<Dropped>,
    /// Sentences that were not taken.
    pub refused: Vec<Refused>,
    /// What is neither used nor left out.
    pub unaccounted: Vec<Passage>,
    /// The prose.
    pub prose: String,
}

/// A sentence that a model wrote.
#[derive(Clone, Debug)]
pub struct Line {
    /// The sentence and where it comes from.
    pub written: Written,
    /// Whether it still stands in the text as it was written.
    pub stands: bool,
}

/// Something that is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The question.
    pub asked: Asked,
    /// Whether it still stands in the text.
    pub open: bool,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &WritingView) -> Markup {
    let content = html! {
        (crumb(&view.id, &view.title))
        h1.lead { (view.opening) }
        p.owner { (text::WISHED_BY) " " (view.by) }
        @if let Some(why) = &view.stopped { p.problem { (text::unfinished(why)) } }
        p.about { (text::ABOUT) }
        div.act { a.button.main href=(paths::draft(&view.id)) { (studio::TO_TEXT) } }
        div.studio {
            section aria-labelledby="sentences" {
                h2 #sentences { (text::SENTENCES) " " (by_agent()) }
                ol.found.quoted { @for (place, line) in view.lines.iter().enumerate() { (sentence(place, line)) } }
            }
            div {
                (questions(shell, view))
                (dropped(view))
                (prose(view))
            }
        }
    };
    layout(shell, Section::Processes, text::TITLE, &content)
}

fn sentence(place: usize, line: &Line) -> Markup {
    let Line { written, stands } = line;
    html! {
        li {
            p.sentence { (written.text.split_whitespace().collect::<Vec<_>>().join(" ")) }
            @match (&written.quote, written.provenance) {
                (Some(quote), _) => {
                    blockquote { a.from href={ "#quote-" (place) } { "\u{201c}" (quote.text) "\u{201d}" } }
                }
                (None, Provenance::Structure) => { p.quiet { (text::STRUCTURE) } }
                (None, _) => { p.due { (text::ASSUMED) } }
            }
            @if !stands { p.quiet { (text::CHANGED_SINCE) } }
        }
    }
}

fn questions(shell: &Shell, view: &WritingView) -> Markup {
    html! {
        section aria-labelledby="questions" {
            h2 #questions { (text::QUESTIONS) }
            @if view.questions.is_empty() {
                p.quiet { (text::NO_QUESTIONS) }
            } @else {
                p.about { (text::QUESTIONS_WHAT) }
            }
            ul.found {
                @for question in &view.questions {
                    li {
                        (asked(&question.asked))
                        @if question.open {
                            form.fixes method="post" action=(paths::draft_part(&view.id, "writing")) {
                                (csrf(&shell.csrf))
                                input type="hidden" name="answered" value=(question.asked.ask);
                                button.small { (text::ANSWERED) }
                            }
                        } @else {
                            p.done { (text::IS_ANSWERED) }
                        }
                    }
                }
            }
        }
    }
}

/// A question with what there is to choose from.
pub(super) fn asked(asked: &Asked) -> Markup {
    let ask = crate::web::understood::quoted(&crate::web::format::capital(&asked.ask));
    html! {
        p { strong { (ask) } }
        @if !asked.found_by_code && !asked.about.is_empty() {
            p.quiet { (text::ABOUT_WORDS) " \u{201c}" (asked.about) "\u{201d}" }
        }
        @if !asked.options.is_empty() { p { (text::CHOICES) " " (asked.options.join("; ")) "." } }
        @if let Some(default) = &asked.default { p { (text::ASSUMES) " " (default) } }
    }
}

fn dropped(view: &WritingView) -> Markup {
    html! {
        @if !view.dropped.is_empty() {
            section aria-labelledby="dropped" {
                h2 #dropped { (text::DROPPED) }
                p.about { (text::DROPPED_WHAT) }
                ul.found {
                    @for one in &view.dropped {
                        li { blockquote { "\u{201c}" (one.quote.text) "\u{201d}" } p { (one.why) " " (by_agent()) } }
                    }
                }
            }
        }
        @if !view.refused.is_empty() {
            section aria-labelledby="refused" {
                h2 #refused { (text::REFUSED) }
                p.about { (text::REFUSED_WHAT) }
                ul.found {
                    @for one in &view.refused {
                        li { p { del { (one.text) } } p.quiet { (text::REFUSED_QUOTE) " \u{201c}" (one.quote) "\u{201d}" } }
                    }
                }
            }
        }
        @if !view.unaccounted.is_empty() {
            section aria-labelledby="unaccounted" {
                h2 #unaccounted { (text::UNACCOUNTED) }
                p.about { (text::UNACCOUNTED_WHAT) }
                ul.found { @for one in &view.unaccounted { li { blockquote { "\u{201c}" (one.text) "\u{201d}" } } } }
            }
        }
    }
}

/// The prose with what became of its words.
fn prose(view: &WritingView) -> Markup {
    let used =
        view.lines.iter().enumerate().filter_map(|(place, line)| Some((line.written.quote.as_ref()?, Some(place))));
    let mut marks: Vec<(&Passage, Option<usize>)> =
        used.chain(view.dropped.iter().map(|one| (&one.quote, None))).collect();
    marks.sort_by_key(|(quote, _)| (quote.start, quote.end));
    let mut parts = Vec::new();
    let mut at = 0;
    for (quote, place) in marks {
        // Two sentences may come from the same words; those are marked once.
        let Some(words) = view.prose.get(quote.start.max(at)..quote.end) else {
            parts.push(html! { @if let Some(place) = place { a.anchor #{ "quote-" (place) } {} } });
            continue;
        };
        parts.push(html! { (view.prose.get(at..quote.start).unwrap_or_default()) });
        parts.push(match place {
            Some(place) => html! { a.anchor #{ "quote-" (place) } {} mark { (words) } },
            None => html! { del { (words) } },
        });
        at = quote.end.max(at);
    }
    html! {
        section aria-labelledby="prose" {
            h2 #prose { (text::PROSE) }
            p.about { (text::PROSE_WHAT) }
            pre.process-text {
                @for part in parts { (part) }
                (view.prose.get(at..).unwrap_or_default())
            }
        }
    }
}
