//! Which people a definition's words mean in a case, now.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    case::{Ask, Case, Task},
    context::Context,
    decide::tick::human_step,
    definition::{Definition, HumanVerb, Prohibition, Step, Who},
    people::PersonId,
    planted::planted,
    time::Timestamp,
    value::Value,
};

/// A person who may decide a task, and in whose place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligible {
    /// Who.
    pub person: PersonId,
    /// In whose place, as a substitute.
    pub standing_for: Option<PersonId>,
}

/// The people that `who` means; an outside party means nobody of the directory.
///
/// A requester without a manager, a value without an owner and a field that names nobody fall to the
/// accountable role, so that nothing waits for nobody.
#[must_use]
pub fn people(context: &Context<'_>, case: &Case, who: &Who) -> Vec<PersonId> {
    match who {
        Who::Requester => vec![case.requester.clone()],
        Who::ManagerOfRequester => match context.directory.manager_of(&case.requester) {
            Some(manager) => vec![manager.clone()],
            None => accountable(context),
        },
        Who::Approver => approvers(context, case),
        Who::Role { role } => context.directory.holders(role).cloned().collect(),
        Who::Party { .. } => Vec::new(),
        Who::OwnerOf { field } => match owner_of(context.definition, case, field) {
            Some(owner) => people(context, case, owner),
            None => accountable(context),
        },
        Who::ManagerOf { field } => {
            let named = match case.value(field) {
                Some(Value::Person { person }) => context.directory.manager_of(person),
                Some(_) | None => None,
            };
            named.map_or_else(|| accountable(context), |manager| vec![manager.clone()])
        }
    }
}

/// Who owns the value that the field has now; `None` while it has none, or when its list leaves it out.
///
/// An owner that is an owner again would go round in circles, and is left to the accountable role.
#[must_use]
pub fn owner_of<'a>(definition: &'a Definition, case: &Case, field: &str) -> Option<&'a Who> {
    let Some(Value::Choice { choice }) = case.value(field) else {
        return None;
    };
    let list = definition.owners.iter().find(|list| list.field == field)?;
    list.owners.get(choice).filter(|owner| !matches!(owner, Who::OwnerOf { .. }))
}

fn accountable(context: &Context<'_>) -> Vec<PersonId> {
    context.directory.holders(&context.definition.accountable).cloned().collect()
}

/// Who gave the latest approval; before that, who is asked for one; before that, who will be.
fn approvers(context: &Context<'_>, case: &Case) -> Vec<PersonId> {
    if let Some(sign_off) = case.sign_offs.last() {
        return vec![sign_off.by.clone()];
    }
    let asked = case.tasks.iter().rev().find(|task| matches!(task.ask, Ask::Approve { .. }));
    if let Some(task) = asked
        && task.who != Who::Approver
    {
        return people(context, case, &task.who);
    }
    let mut all = Vec::new();
    context.definition.walk(&mut |_, step| {
        if let Step::Human(human) = step
            && human.verb == HumanVerb::Approve
            && human.who != Who::Approver
        {
            for person in people(context, case, &human.who) {
                if !all.contains(&person) {
                    all.push(person);
                }
            }
        }
    });
    all
}

/// Everybody who may decide this task at this instant, for themselves or as a substitute.
///
/// Separation of duties is applied here, so that no list offers a task to somebody who would be refused.
#[must_use]
pub fn eligible(context: &Context<'_>, case: &Case, task: &Task, at: Timestamp) -> Vec<Eligible> {
    let named = match assignee(context, case, task, at) {
        Some(assignee) => vec![assignee.clone()],
        None => people(context, case, &task.who),
    };
    let barred = barred(context, case, task);
    let mut result: Vec<Eligible> = Vec::new();
    for person in named {
        if barred.contains(&person) || has_decided(task, &person) {
            continue;
        }
        if let Some(substitute) = context.directory.substitute_of(&person, at)
            && !barred.contains(substitute)
            && !has_decided(task, substitute)
        {
            result.push(Eligible { person: substitute.clone(), standing_for: Some(person.clone()) });
        }
        if context.directory.active(&person).is_some() {
            result.push(Eligible { person, standing_for: None });
        }
    }
    result
}

/// The one person who has the task, as long as they can decide it.
///
/// A task whose assignee was switched off, or lost the right to approve, is everybody's again.
#[must_use]
pub fn assignee<'a>(context: &Context<'_>, case: &Case, task: &'a Task, at: Timestamp) -> Option<&'a PersonId> {
    let assignee = task.assignee.as_ref()?;
    let acts = context.directory.active(assignee).is_some() || context.directory.substitute_of(assignee, at).is_some();
    let approves = task.ask.releases();
    let entitled = !approves || people(context, case, &task.who).contains(assignee);
    (acts && entitled).then_some(assignee)
}

/// How many more people can decide the task, each for one seat; whoever has it now may give it back.
pub(crate) fn seats_left(context: &Context<'_>, case: &Case, task: &Task, at: Timestamp) -> usize {
    let able = eligible(context, case, task, at);
    let mut places: Vec<&PersonId> = able.iter().map(|one| one.standing_for.as_ref().unwrap_or(&one.person)).collect();
    places.dedup();
    if places.is_empty() || task.assignee.is_none() {
        return places.len();
    }
    let all = Task { assignee: None, ..task.clone() };
    seats_left(context, case, &all, at).max(1)
}

/// Who must not decide this task, whatever their role.
#[must_use]
pub fn barred(context: &Context<'_>, case: &Case, task: &Task) -> Vec<PersonId> {
    if !task.ask.releases() || planted(1) { Vec::new() } else { barred_from_release(context, case) }
}

/// Who must not let anything leave that needs a signature.
pub(crate) fn barred_from_release(context: &Context<'_>, case: &Case) -> Vec<PersonId> {
    // Invariant: requester and approver are different people, also by substitution; whoever lets money go that was held
    // back answers for it as an approver does.
    let mut barred = vec![case.requester.clone()];
    for rule in &context.definition.prohibitions {
        if let Prohibition::ApproverIs { who } = rule
            && *who != Who::Approver
        {
            barred.extend(people(context, case, who));
        }
    }
    barred
}

pub(crate) fn has_decided(task: &Task, person: &str) -> bool {
    task.decisions().any(|decision| decision.by == person || decision.standing_for.as_deref() == Some(person))
}

/// The party outside that is asked: also once the time was up and somebody else may answer in their place, since they
/// still know best.
#[must_use]
pub fn party<'a>(definition: &'a Definition, task: &'a Task) -> Option<&'a str> {
    let hands_in = matches!(task.ask, Ask::Provide { .. } | Ask::Do { .. });
    let step = human_step(definition.step(&task.path), &task.ask).filter(|_| hands_in);
    match (&task.who, step.map(|human| &human.who)) {
        (Who::Party { party }, _) => Some(party),
        (_, Some(Who::Party { party })) if task.escalated > 0 => Some(party),
        _ => None,
    }
}

/// How a reader names `who`, such as `the finance lead`.
#[must_use]
pub fn words(context: &Context<'_>, who: &Who) -> String {
    match who {
        Who::Requester => alloc::format!("the {}", context.definition.starter),
        Who::ManagerOfRequester => {
            alloc::format!("the manager of the {}", context.definition.starter)
        }
        Who::Approver => String::from("the approver"),
        Who::Role { role } => alloc::format!("the {role}"),
        Who::Party { party } => alloc::format!("the {party}"),
        Who::OwnerOf { field } => alloc::format!("the owner of the {}", label(context, field)),
        Who::ManagerOf { field } => alloc::format!("the manager of the {}", label(context, field)),
    }
}

fn label(context: &Context<'_>, field: &str) -> String {
    context.definition.field(field).map_or_else(|| crate::guard::words(field), |field| field.label.clone())
}
