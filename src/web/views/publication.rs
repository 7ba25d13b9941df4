//! What publishing would change, and what is asked before: parts for the page on which it is decided.

use maud::{Markup, html};

use crate::{
    store::Baseline,
    web::catalogue::{publication::Group, text::publication as text},
};

/// Everything that would change, group by group.
#[must_use]
pub fn changes(groups: &[Group]) -> Markup {
    html! {
        @for group in groups {
            section {
                h2 { (group.heading) }
                ul.lines { @for line in &group.lines { li.due[group.warns] { (line) } } }
            }
        }
    }
}

/// The fields that ask how it is today; what was known before stands in them.
#[must_use]
pub fn baseline(known: Option<Baseline>) -> Markup {
    let known = known.unwrap_or_default();
    let words = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    html! {
        fieldset.stack {
            legend { (text::BASELINE) }
            p.hint { (text::BASELINE_WHY) }
            label for="cycle-hours" { (text::CYCLE) }
            input.short #cycle-hours name="cycle_hours" type="number" min="0" max="100000"
                placeholder=(text::NOT_MEASURED) value=(words(known.cycle_hours));
            label for="weekly-cases" { (text::WEEKLY) }
            input.short #weekly-cases name="weekly_cases" type="number" min="0" max="100000"
                placeholder=(text::NOT_MEASURED) value=(words(known.weekly_cases));
        }
    }
}
