//! The handlers of the pages, one file per concept. Each extracts, calls runtime or store, and renders.

pub(super) mod account;
pub(super) mod agents;
pub(super) mod case;
pub(super) mod cases;
pub(super) mod decide;
pub(super) mod demo;
pub(super) mod document;
pub(super) mod earning;
pub(super) mod events;
pub(super) mod inbox;
pub(super) mod outside;
pub(super) mod people;
pub(super) mod processes;
pub(super) mod sign_in;
pub(super) mod start;
pub(super) mod steering;
pub(super) mod studio;
pub(super) mod task;
pub(super) mod versions;

use axum::response::{IntoResponse as _, Redirect, Response};
use countersign_core::form::FieldFault;

use super::views::form::FormField;
use crate::runtime::intake::HandIn;

/// Goes on to a page after something was done, so that reloading does nothing twice.
fn go_to(address: &str) -> Response {
    Redirect::to(address).into_response()
}

/// The first thing that is wrong with what was sent, as a sentence.
fn first_of(faults: &[FieldFault]) -> String {
    let said = |fault: &FieldFault| super::understood::quoted(&format!("{}.", super::format::capital(&fault.message)));
    faults.first().map(said).unwrap_or_default()
}

/// Puts back into a form what was typed, and says beside each field what is wrong with it.
fn put_back(fields: &mut [FormField], hand_in: &HandIn, faults: &[FieldFault]) {
    use super::{format::capital, understood::quoted};
    use countersign_core::definition::FieldKind;

    let said = |fault: &FieldFault| quoted(&format!("{}.", capital(fault.message.trim_end_matches('.'))));
    for field in fields.iter_mut() {
        if let Some(typed) = hand_in.words.get(&field.name) {
            field.value.clone_from(typed);
            if field.kind == FieldKind::Money
                && let Some((amount, currency)) = typed.rsplit_once(' ')
            {
                field.value = amount.to_owned();
                field.currency = currency.to_owned();
            }
        }
        let told: Vec<String> = faults.iter().filter(|fault| fault.field == field.name).map(said).collect();
        field.problem = (!told.is_empty()).then(|| told.join(" "));
    }
    // What belongs to no field of this form is said at its first one rather than lost.
    let elsewhere = faults.iter().find(|fault| fields.iter().all(|field| field.name != fault.field));
    if let (Some(fault), Some(first)) = (elsewhere, fields.first_mut()) {
        first.problem.get_or_insert_with(|| said(fault));
    }
}
