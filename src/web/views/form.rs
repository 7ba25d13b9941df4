//! Forms generated from a definition's fields, with the errors that they come back with.

use countersign_core::{
    definition::{Field, FieldKind},
    people::Directory,
    value::Value,
};
use maud::{Markup, html};

use super::parts::{by_agent, id_of};
use crate::{
    runtime::named,
    web::{catalogue::text::form as text, format::capital},
};

/// One field of a form.
#[derive(Clone, Debug)]
pub struct FormField {
    /// The field of the definition; inputs are named `field.NAME`, and a currency `currency.NAME`.
    pub name: String,
    /// Its label.
    pub label: String,
    /// Its type.
    pub kind: FieldKind,
    /// Whether it has to be filled in.
    pub required: bool,
    /// What stands in it; for a document the name of the file already handed in.
    pub value: String,
    /// The currency that stands beside an amount.
    pub currency: String,
    /// Whom a field for a person offers, as forms name them; empty where nobody may be listed.
    pub people: Vec<String>,
    /// Whether what stands in it is an agent's suggestion.
    pub suggested: bool,
    /// What is wrong with it, as a sentence.
    pub problem: Option<String>,
}

impl FormField {
    /// A field of the definition with its present value, and the currency to offer for an amount.
    #[must_use]
    pub fn of(field: &Field, value: Option<&Value>, currency: Option<&str>) -> Self {
        let mut form = Self {
            name: field.name.clone(),
            label: field.label.clone(),
            kind: field.kind.clone(),
            required: field.required,
            value: value.map_or_else(String::new, Value::plain),
            currency: currency.unwrap_or_default().to_owned(),
            people: Vec::new(),
            suggested: false,
            problem: None,
        };
        if let Some(Value::List { items }) = value {
            form.value = items.iter().map(Value::plain).collect::<Vec<_>>().join("\n");
        }
        if let Some(Value::Money(money)) = value {
            form.value = money.decimal();
            form.currency.clone_from(&money.currency);
        }
        form
    }

    /// The field with a note that an agent filled it in.
    #[must_use]
    pub const fn by_agent(mut self) -> Self {
        self.suggested = true;
        self
    }

    /// The field with the people of the organisation to choose from, and those in it by their names.
    #[must_use]
    pub fn naming(mut self, directory: &Directory) -> Self {
        let named = |line: &str| named::label(directory, line);
        match &self.kind {
            FieldKind::Person => {
                self.people = named::labels(directory);
                self.value = named(&self.value);
            }
            FieldKind::List { of } if **of == FieldKind::Person => {
                self.value = self.value.lines().map(named).collect::<Vec<_>>().join("\n");
            }
            _ => {}
        }
        self
    }
}

/// The summary of what has to be corrected, with a link to each field; empty when nothing has.
#[must_use]
pub fn problems(fields: &[FormField]) -> Markup {
    let wrong: Vec<&FormField> = fields.iter().filter(|field| field.problem.is_some()).collect();
    let files = fields.iter().any(|field| field.kind == FieldKind::Document);
    html! {
        @if !wrong.is_empty() {
            div.problems role="alert" tabindex="-1" aria-labelledby="problems-title" {
                h2 #problems-title { (text::PROBLEM_TITLE) }
                ul {
                    @for field in wrong {
                        @let problem = field.problem.as_deref().unwrap_or_default();
                        li { a href={ "#" (id_of("field", &field.name)) } { (problem) } }
                    }
                }
                @if files { p { (text::FILE_AGAIN) } }
            }
        }
    }
}

/// A field with its label, its hint and its problem.
#[must_use]
pub fn field(form: &FormField) -> Markup {
    let id = id_of("field", &form.name);
    let hint = hint(form);
    let told = [hint.is_some().then(|| format!("{id}-hint")), form.problem.is_some().then(|| format!("{id}-problem"))];
    let told: Vec<String> = told.into_iter().flatten().collect();
    let told = (!told.is_empty()).then(|| told.join(" "));
    html! {
        div.input.wrong[form.problem.is_some()] {
            @if form.kind == FieldKind::YesNo {
                fieldset aria-describedby=[told.as_deref()] {
                    legend { (label(form)) }
                    (problem(form, &id))
                    (yes_no(form, &id))
                }
            } @else {
                label for=(id) { (label(form)) }
                @if let Some(hint) = hint { p.hint #{ (id) "-hint" } { (hint) } }
                (problem(form, &id))
                (control(form, &id, told.as_deref()))
            }
        }
    }
}

fn label(form: &FormField) -> Markup {
    html! { (capital(&form.label)) @if !form.required { " " span.quiet { "(" (text::OPTIONAL) ")" } @if form.suggested { " " (by_agent()) } } }
}

fn problem(form: &FormField, id: &str) -> Markup {
    html! { @if let Some(problem) = &form.problem { p.problem #{ (id) "-problem" } { (problem) } } }
}

fn hint(form: &FormField) -> Option<&'static str> {
    match &form.kind {
        FieldKind::Money => Some(text::MONEY_HINT),
        FieldKind::Document => Some(text::DOCUMENT_HINT),
        FieldKind::Text
        | FieldKind::Email
        | FieldKind::Iban
        | FieldKind::Date
        | FieldKind::Number
        | FieldKind::YesNo
        | FieldKind::Choice { .. } => None,
        FieldKind::Person if form.people.is_empty() => Some(text::PERSON_TYPED),
        FieldKind::Person => Some(text::PERSON_HINT),
        FieldKind::List { of } if **of == FieldKind::Person => Some(text::PEOPLE_HINT),
        FieldKind::List { .. } => Some(text::LIST_HINT),
    }
}

fn control(form: &FormField, id: &str, told: Option<&str>) -> Markup {
    let name = format!("field.{}", form.name);
    let invalid = form.problem.is_some().then_some("true");
    let plain = |kind: &str, mode: Option<&str>, class: &str| {
        html! {
            input id=(id) class=(class) type=(kind) name=(name) value=(form.value) required[form.required]
                inputmode=[mode] aria-describedby=[told] aria-invalid=[invalid];
        }
    };
    match &form.kind {
        FieldKind::Text => html! {
            textarea id=(id) name=(name) rows=(if form.value.len() > 80 { "4" } else { "1" }) required[form.required]
                aria-describedby=[told] aria-invalid=[invalid] { (form.value) }
        },
        FieldKind::Email => plain("email", None, ""),
        FieldKind::Iban => plain("text", None, ""),
        FieldKind::Person => html! {
            input id=(id) type="text" name=(name) value=(form.value) required[form.required] autocomplete="off"
                list=[(!form.people.is_empty()).then(|| format!("{id}-people"))] aria-describedby=[told]
                aria-invalid=[invalid];
            @if !form.people.is_empty() {
                datalist #{ (id) "-people" } { @for person in &form.people { option value=(person) {} } }
            }
        },
        FieldKind::List { .. } => html! {
            textarea id=(id) name=(name) rows="4" required[form.required] aria-describedby=[told]
                aria-invalid=[invalid] { (form.value) }
        },
        FieldKind::Date => plain("date", None, "short"),
        FieldKind::Number => plain("text", Some("numeric"), "short"),
        FieldKind::Money => html! {
            span.money {
                (plain("text", Some("decimal"), "short"))
                input.currency type="text" name={ "currency." (form.name) } value=(form.currency)
                    aria-label=(text::CURRENCY) maxlength="3" required[form.required] autocapitalize="characters";
            }
        },
        FieldKind::Choice { options } => html! {
            select id=(id) name=(name) required[form.required] aria-describedby=[told] aria-invalid=[invalid] {
                option value="" { (text::CHOOSE) }
                @for option in options { option value=(option) selected[*option == form.value] { (capital(option)) } }
            }
        },
        FieldKind::Document => html! {
            @if !form.value.is_empty() { p.quiet { (text::KEPT) " " (form.value) ". " (text::KEPT_HINT) } }
            input id=(id) type="file" name=(name) required[form.required && form.value.is_empty()]
                aria-describedby=[told] aria-invalid=[invalid];
        },
        FieldKind::YesNo => html! {},
    }
}

fn yes_no(form: &FormField, id: &str) -> Markup {
    html! {
        @for (value, label) in [("yes", text::YES), ("no", text::NO)] {
            label.radio {
                input id=[(value == "yes").then_some(id)] type="radio" name={ "field." (form.name) } value=(value)
                    checked[form.value == value] required[form.required];
                " " (label)
            }
        }
    }
}
