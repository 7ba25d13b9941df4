//! The only place that answers whether somebody may do something.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use crate::{
    case::{Case, Task},
    context::Context,
    definition::{Step, Who},
    event::Acting,
    people::{ADMINISTRATOR, PersonId},
    time::Timestamp,
    value::FieldName,
    who,
};

/// Something that somebody wants to do or see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Open a case of the context's process.
    StartCase,
    /// See that the case exists, where it stands and its timeline.
    ReadCase,
    /// See a field's value, or the document in it.
    ReadField(FieldName),
    /// See a task and what it puts before people.
    ReadTask(u32),
    /// Take a task for oneself.
    ClaimTask(u32),
    /// Give a task back.
    ReleaseTask(u32),
    /// Give a task to another person.
    DelegateTask(u32, PersonId),
    /// Decide a task.
    DecideTask(u32),
    /// Ask the requester before deciding a task.
    AskQuestion(u32),
    /// Change fields outside a task.
    EditFields,
    /// Withdraw the case.
    Withdraw,
    /// Resolve an incident.
    ResolveIncident,
    /// Move the case between stages, hold it, and let it go on.
    MoveCase,
    /// Move the case to another version of its process, and undo that.
    MigrateCase,
    /// Ask for something in this one case that the process does not ask for.
    AddRequirement,
    /// See every case of the process and its figures.
    OverseeProcess,
    /// Publish a version of a process.
    PublishProcess,
    /// Add people, change roles, give out links.
    ManagePeople,
    /// See how agents and models do, and switch them off and on.
    ManageAgents,
    /// Bring in what the program itself found out: ticks, proposals, results.
    ActAsSystem,
}

/// Why somebody may not, and who could.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Why, in words.
    pub message: String,
    /// Who could do it or allow it, in words.
    pub could: Vec<String>,
}

/// May this person carry out this verb on this case, task or field, at this instant?
///
/// A substitute is judged for both: the person who acts and the person stood in for.
pub fn authorise(
    context: &Context<'_>,
    case: Option<&Case>,
    acting: &Acting,
    verb: &Verb,
    at: Timestamp,
) -> Result<(), Refusal> {
    match acting {
        Acting::System => match verb {
            Verb::ActAsSystem | Verb::ReadCase | Verb::ReadField(_) | Verb::ReadTask(_) => Ok(()),
            _ => Err(refuse("this is for a person to do", Vec::new())),
        },
        Acting::Party { party, case: scope } => party_may(context, case, party, scope, verb),
        Acting::Person { person, standing_for } => {
            if context.directory.active(person).is_none() {
                return Err(refuse("this account is unknown or switched off", admins()));
            }
            if let Some(absent) = standing_for
                && context.directory.substitute_of(absent, at) != Some(person)
            {
                let name = context.directory.name(absent);
                return Err(refuse(&format!("you are not standing in for {name} now"), vec![name.to_string()]));
            }
            person_may(context, case, acting, person, verb, at)
        }
    }
}

fn person_may(
    context: &Context<'_>,
    case: Option<&Case>,
    acting: &Acting,
    person: &PersonId,
    verb: &Verb,
    at: Timestamp,
) -> Result<(), Refusal> {
    let administers = context.directory.holds(person, ADMINISTRATOR);
    let accounts = context.directory.holds(person, &context.definition.accountable);
    let accountable = || vec![format!("the {}", context.definition.accountable)];
    match verb {
        Verb::StartCase => {
            if acting.standing_for().is_some() {
                return Err(refuse("a case is opened in one's own name", Vec::new()));
            }
            let starter = &context.definition.starter;
            allow(context.directory.holds(person, starter), || {
                // An administrator without the role is refused as well, but can give it to anybody.
                let could = vec![
                    format!("whoever has the role `{starter}`"),
                    format!("an {ADMINISTRATOR}, who can give that role"),
                ];
                refuse(&format!("only somebody with the role `{starter}` can start this process"), could)
            })
        }
        Verb::PublishProcess => allow(administers || accounts, || {
            refuse("publishing is for administrators and for whoever is accountable", accountable())
        }),
        Verb::ManagePeople => allow(administers, || refuse("people are managed by administrators", admins())),
        Verb::ManageAgents => allow(administers, || refuse("agents are switched by administrators", admins())),
        Verb::OverseeProcess => allow(accounts || oversees(context, person, administers), || {
            refuse("all cases are seen by administrators and by whoever is accountable", accountable())
        }),
        Verb::ActAsSystem => Err(refuse("only the program itself records this", Vec::new())),
        Verb::ReadCase => allow(case.is_some_and(|case| reads_case(context, case, person, at)), || {
            refuse("this case is seen by the people who take part in it", accountable())
        }),
        Verb::ReadField(field) => case.map_or_else(
            || Err(refuse("there is no such case", Vec::new())),
            |case| reads_field(context, case, person, field, at),
        ),
        Verb::EditFields => allow(accounts || case.is_some_and(|case| case.requester == *person), || {
            refuse("data is changed by the requester or by whoever is accountable", accountable())
        }),
        Verb::Withdraw => allow(case.is_some_and(|case| case.requester == *person), || {
            let requester = case.map_or("the requester", |case| context.directory.name(&case.requester));
            refuse("only the requester can withdraw", vec![requester.to_string()])
        }),
        Verb::ResolveIncident => allow(administers || accounts, || {
            refuse("incidents are resolved by administrators and by whoever is accountable", accountable())
        }),
        Verb::MoveCase | Verb::MigrateCase | Verb::AddRequirement => allow(administers || accounts, || {
            refuse("a case is steered by administrators and by whoever is accountable", accountable())
        }),
        Verb::ReadTask(number) => on_task(case, *number, |case, task| {
            let took_part = task.decisions().any(|decision| decision.by == *person);
            let answers = accounts || accounts_for_step(context, case, task, person);
            let may = took_part || answers || names(context, case, task, person, at);
            allow(may, || refuse("this task is for somebody else", could(context, task)))
        }),
        Verb::ReleaseTask(number) => on_task(case, *number, |case, task| {
            let has = task.assignee.as_ref();
            let mine = has == Some(person) || has.is_some() && has == acting.standing_for();
            let answers = accounts || accounts_for_step(context, case, task, person);
            allow(mine || (answers && has.is_some()), || {
                refuse("only whoever has the task, or is accountable, can give it back", could(context, task))
            })
        }),
        Verb::ClaimTask(number) | Verb::DecideTask(number) | Verb::AskQuestion(number) => {
            on_task(case, *number, |case, task| decides(context, case, task, acting, at))
        }
        Verb::DelegateTask(number, to) => on_task(case, *number, |case, task| {
            decides(context, case, task, acting, at)?;
            may_receive(context, case, task, to)
        }),
    }
}

fn party_may(context: &Context<'_>, case: Option<&Case>, party: &str, scope: &str, verb: &Verb) -> Result<(), Refusal> {
    let Some(case) = case.filter(|case| case.id == scope) else {
        return Err(refuse("this link is for another matter", Vec::new()));
    };
    let own = |number: u32| case.task(number).is_some_and(|task| who::party(context.definition, task) == Some(party));
    let decided = |number: u32| {
        let me = format!("party:{party}");
        case.task(number).is_some_and(|task| who::has_decided(task, &me))
    };
    let permitted = match verb {
        Verb::ReadTask(number) => own(*number),
        Verb::DecideTask(number) => own(*number) && !decided(*number),
        Verb::ReadField(field) => {
            // Somebody outside sees what they are asked for or handed in themselves, and nothing else.
            case.tasks.iter().any(|task| own(task.number) && asks_for(task, field))
                && restrictions(context, field).next().is_none()
        }
        Verb::StartCase
        | Verb::ReadCase
        | Verb::ClaimTask(_)
        | Verb::ReleaseTask(_)
        | Verb::DelegateTask(..)
        | Verb::AskQuestion(_)
        | Verb::EditFields
        | Verb::Withdraw
        | Verb::ResolveIncident
        | Verb::MoveCase
        | Verb::MigrateCase
        | Verb::AddRequirement
        | Verb::OverseeProcess
        | Verb::PublishProcess
        | Verb::ManagePeople
        | Verb::ManageAgents
        | Verb::ActAsSystem => false,
    };
    allow(permitted, || refuse("this link does not allow that", vec!["whoever sent you the link".to_string()]))
}

fn asks_for(task: &Task, field: &str) -> bool {
    match &task.ask {
        crate::case::Ask::Provide { fields } | crate::case::Ask::Do { fields } => fields.iter().any(|f| f == field),
        crate::case::Ask::Confirm { field: asked, .. } => asked == field,
        crate::case::Ask::Approve { .. }
        | crate::case::Ask::Review
        | crate::case::Ask::Judge { .. }
        | crate::case::Ask::Look
        | crate::case::Ask::Answer { .. }
        | crate::case::Ask::TakeOver { .. } => false,
    }
}

/// Whether the person may decide the task, acting as they do.
fn decides(context: &Context<'_>, case: &Case, task: &Task, acting: &Acting, at: Timestamp) -> Result<(), Refusal> {
    let Acting::Person { person, standing_for } = acting else {
        return Err(refuse("this is for a person to do", could(context, task)));
    };
    let barred = who::barred(context, case, task);
    if barred.contains(person) || standing_for.as_ref().is_some_and(|absent| barred.contains(absent)) {
        return Err(refuse(
            "whoever asks for an approval cannot give it, nor can anybody in their place",
            could(context, task),
        ));
    }
    if task.decisions().any(|decision| decision.by == *person || decision.standing_for.as_ref() == Some(person)) {
        return Err(refuse(
            "you have decided this already; the other seats are for other people",
            could(context, task),
        ));
    }
    let eligible = who::eligible(context, case, task, at);
    if eligible.iter().any(|one| one.person == *person && one.standing_for == *standing_for) {
        return Ok(());
    }
    match &task.assignee {
        Some(assignee) if assignee != person => {
            let name = context.directory.name(assignee).to_string();
            Err(refuse(&format!("{name} has taken this task"), vec![name]))
        }
        _ => Err(refuse(&format!("this is for {} to decide", who::words(context, &task.who)), could(context, task))),
    }
}

fn may_receive(context: &Context<'_>, case: &Case, task: &Task, to: &PersonId) -> Result<(), Refusal> {
    let Some(person) = context.directory.active(to) else {
        return Err(refuse(&format!("`{to}` is unknown or switched off"), could(context, task)));
    };
    if who::barred(context, case, task).contains(to) {
        return Err(refuse(&format!("{} must not decide this", person.name), could(context, task)));
    }
    if who::has_decided(task, to) {
        return Err(refuse(&format!("{} has decided this already", person.name), could(context, task)));
    }
    let is_approval = task.ask.releases();
    let candidate = who::people(context, case, &task.who).contains(to);
    allow(!is_approval || candidate, || {
        let needed = who::words(context, &task.who);
        refuse(
            &format!("an approval can only be given to {needed}; for absences name a substitute"),
            could(context, task),
        )
    })
}

fn names(context: &Context<'_>, case: &Case, task: &Task, person: &PersonId, at: Timestamp) -> bool {
    who::people(context, case, &task.who).contains(person)
        || task.assignee.as_ref() == Some(person)
        || who::eligible(context, case, task, at).iter().any(|one| one.person == *person)
        || stands_in(context, case, task, person, at)
}

/// Whether the person stands in for a candidate now; they still see the task when somebody has decided it.
fn stands_in(context: &Context<'_>, case: &Case, task: &Task, person: &PersonId, at: Timestamp) -> bool {
    !who::barred(context, case, task).contains(person)
        && who::people(context, case, &task.who)
            .iter()
            .any(|absent| context.directory.substitute_of(absent, at) == Some(person))
}

/// Whether the person takes part in the case, or answers for it; where the text says who alone may see cases,
/// whether they are among those, have a task in this one, or answer for it.
fn reads_case(context: &Context<'_>, case: &Case, person: &PersonId, at: Timestamp) -> bool {
    let entitled = match &context.definition.readers {
        Some(readers) => readers.iter().any(|reader| who::people(context, case, reader).contains(person)),
        None => case.requester == *person || context.directory.holds(person, ADMINISTRATOR),
    };
    entitled
        || context.directory.holds(person, &context.definition.accountable)
        || case.tasks.iter().any(|task| {
            task.decisions().any(|decision| decision.by == *person)
                || names(context, case, task, person, at)
                || accounts_for_step(context, case, task, person)
        })
}

/// Whether the person answers for the step of this task, where the text names somebody for it.
fn accounts_for_step(context: &Context<'_>, case: &Case, task: &Task, person: &PersonId) -> bool {
    let named = context.definition.step(&task.path).and_then(Step::accountable);
    named.is_some_and(|who| who::people(context, case, who).contains(person))
}

/// Whether somebody who does not answer for the process sees every case of it.
fn oversees(context: &Context<'_>, person: &PersonId, administers: bool) -> bool {
    let holds = |reader: &Who| matches!(reader, Who::Role { role } if context.directory.holds(person, role));
    context.definition.readers.as_ref().map_or(administers, |readers| readers.iter().any(holds))
}

/// Every rule that restricts who sees the field; each of them must let a reader in.
fn restrictions<'a>(context: &'a Context<'_>, field: &'a str) -> impl Iterator<Item = &'a Vec<Who>> {
    context.definition.rules_about(field).map(|rule| &rule.readers)
}

fn reads_field(
    context: &Context<'_>,
    case: &Case,
    person: &PersonId,
    field: &str,
    at: Timestamp,
) -> Result<(), Refusal> {
    if !reads_case(context, case, person, at) {
        return Err(refuse("this case is seen by the people who take part in it", Vec::new()));
    }
    let lets_in = |readers: &&Vec<Who>| {
        readers.iter().any(|reader| {
            who::people(context, case, reader).contains(person)
                || (*reader == Who::Approver && approves(context, case, person, at))
        })
    };
    let closed = restrictions(context, field).find(|readers| !lets_in(readers));
    allow(closed.is_none(), || {
        let named = closed.into_iter().flatten().map(|reader| who::words(context, reader)).collect();
        refuse(&format!("`{}` is seen only by those whom the process names", crate::guard::words(field)), named)
    })
}

/// Whether the person has approved in this case or is asked to, also as a substitute.
fn approves(context: &Context<'_>, case: &Case, person: &PersonId, at: Timestamp) -> bool {
    case.tasks.iter().filter(|task| matches!(task.ask, crate::case::Ask::Approve { .. })).any(|task| {
        task.decisions().any(|decision| decision.by == *person)
            || (task.is_open() && who::eligible(context, case, task, at).iter().any(|one| one.person == *person))
    })
}

fn on_task(
    case: Option<&Case>,
    number: u32,
    judge: impl FnOnce(&Case, &Task) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    match case.and_then(|case| case.task(number).map(|task| (case, task))) {
        Some((case, task)) => judge(case, task),
        None => Err(refuse("there is no such task", Vec::new())),
    }
}

fn could(context: &Context<'_>, task: &Task) -> Vec<String> {
    match &task.assignee {
        Some(assignee) => vec![context.directory.name(assignee).to_string()],
        None => vec![who::words(context, &task.who)],
    }
}

fn admins() -> Vec<String> {
    vec!["an administrator".to_string()]
}

fn allow(permitted: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
    if permitted { Ok(()) } else { Err(refusal()) }
}

fn refuse(message: &str, could: Vec<String>) -> Refusal {
    Refusal { message: message.to_string(), could }
}
