//! From a tried case to what its page shows. Pure: the handler keeps the trial.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    Verb, authorise,
    case::{Ask, Outcome, Task, Waiting},
    definition::{AgentWork, Path, Step},
    event::Acting,
};

use super::{
    catalogue::{Words, text::drawn as text},
    format::Reader,
    present::Sight,
    sentence::Sentence,
    views::{
        form::FormField,
        trial::{TrialView, Way, WayForm},
    },
};
use crate::{
    drawing::{self, Extras, Standing},
    runtime::trial::{HOLDS, Outside, SUMMARY, Trial},
};

/// Whom a tried case belongs to: the page of the draft, and its title.
pub type Back = (String, String);

/// Who reads a trial; nothing is hidden from them.
const READER: &str = "trial.reader";

/// The page of a tried case. `on` names the way whose form is open; without it the first one is.
#[must_use]
pub fn view(trial: &Trial, reader: &Reader, back: Back, action: String, on: &str) -> TrialView {
    let hidden = BTreeSet::new();
    let words = Words {
        definition: &trial.definition,
        directory: &trial.directory,
        calendar: &trial.calendar,
        reader,
        hidden: &hidden,
    };
    let forms = forms(trial, &words);
    let chosen = forms.iter().find(|(way, _)| way.id == on).or_else(|| forms.first()).map(|(_, form)| form.clone());
    let standing = trial.case.cursors.iter().filter(|cursor| cursor.waiting != Waiting::Tracks);
    let extras = Extras {
        standing: standing.map(|cursor| (cursor.path.clone(), Standing { here: 1, late: 0 })).collect(),
        ..Extras::default()
    };
    let entries = trial.moments.iter().rev().filter_map(|(event, before, after)| words.entry(before, event, after));
    let sight = Sight { words, case: &trial.case, reader: &READER.to_owned(), texts: trial.texts() };
    TrialView {
        status: if trial.is_open() { words.status(&trial.case) } else { Sentence::from(text::TRIAL_OPENING) },
        now: reader.in_full(trial.now),
        problem: None,
        ways: forms.iter().map(|(way, _)| way.clone()).collect(),
        chosen,
        ahead: ahead(trial, reader),
        may_withdraw: may_withdraw(trial),
        drawing: drawing::draw(&trial.definition, &text::drawing_of(&trial.definition.title), &extras),
        list: drawing::list(&trial.definition, &extras),
        timeline: entries.map(|entry| sight.timeline_entry(&entry)).collect(),
        told: told(trial, reader),
        opened: trial.is_open(),
        back,
        action,
    }
}

fn may_withdraw(trial: &Trial) -> bool {
    let requester = Acting::person(trial.case.requester.clone());
    let context = trial.context();
    trial.case.is_open() && authorise(&context, Some(&trial.case), &requester, &Verb::Withdraw, trial.now).is_ok()
}

fn ahead(trial: &Trial, reader: &Reader) -> Vec<(String, super::format::Moment, i64)> {
    let ahead = trial.ahead().into_iter();
    ahead.map(|(what, at)| (text::brings(what).to_owned(), reader.at(at), at.0)).collect()
}

fn told(trial: &Trial, reader: &Reader) -> Vec<Sentence> {
    let sentence = |told: &crate::runtime::trial::Told| {
        let start = Sentence::new("").moment(reader.at(told.at));
        match (&told.text, told.notice) {
            (Some(words), _) => start.text(text::message_to(&told.to, words)),
            (None, Some(notice)) => start.text(text::notice_to(&told.to, notice)),
            (None, None) => start,
        }
    };
    trial.told.iter().rev().map(sentence).collect()
}

/// Everything that can be done next, each with its form.
fn forms(trial: &Trial, words: &Words<'_>) -> Vec<(Way, WayForm)> {
    if !trial.is_open() {
        return vec![start(trial)];
    }
    let tasks = trial.case.open_tasks().map(|task| task_form(trial, words, task));
    let outside = trial.outside().into_iter().enumerate().map(|(place, one)| outside_form(trial, words, place, &one));
    tasks.chain(outside).collect()
}

fn way(id: String, title: String, whom: String, form: WayForm) -> (Way, WayForm) {
    let form = WayForm { way: id.clone(), title: title.clone(), ..form };
    (Way { id, title, whom }, form)
}

fn hidden(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn button(name: &str, value: &str, label: &str) -> (String, String, String) {
    (name.to_owned(), value.to_owned(), label.to_owned())
}

fn start(trial: &Trial) -> (Way, WayForm) {
    let currency = trial.definition.reading.currency.as_deref();
    let form = |field| FormField::of(field, None, currency).naming(&trial.directory);
    let form = WayForm {
        about: text::trial_start(&trial.definition.starter),
        fields: trial.definition.start_fields().map(form).collect(),
        buttons: vec![button("do", "start", text::TRIAL_START)],
        ..WayForm::default()
    };
    way("start".to_owned(), text::TRIAL_START_TITLE.to_owned(), String::new(), form)
}

fn task_form(trial: &Trial, words: &Words<'_>, task: &Task) -> (Way, WayForm) {
    let sight = Sight { words: *words, case: &trial.case, reader: &READER.to_owned(), texts: trial.texts() };
    let decision = sight.decision(task, trial.definition.reading.currency.as_deref());
    let fields =
        if matches!(task.ask, Ask::Approve { .. }) { Vec::new() } else { [decision.asked, decision.editable].concat() };
    let buttons: Vec<_> =
        decision.buttons.iter().map(|one| button("outcome", outcome_word(one.outcome), &one.label)).collect();
    let form = WayForm {
        hidden: hidden(&[("do", "answer"), ("task", &task.number.to_string())]),
        about: words.question(&trial.case, task).to_string(),
        people: trial.deciders(task),
        reason: decision.answer || decision.buttons.iter().any(|one| one.outcome == Outcome::Rejected),
        fields,
        buttons,
        ..WayForm::default()
    };
    let whom = words.waits_for(&trial.case, task);
    way(format!("task-{}", task.number), words.task_title(&trial.case, task), whom, form)
}

/// The word under which an outcome is posted.
#[must_use]
pub const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::Rejected => "rejected",
        Outcome::Completed => "completed",
        Outcome::TryAgain => "try_again",
    }
}

fn outside_form(trial: &Trial, words: &Words<'_>, place: usize, one: &Outside) -> (Way, WayForm) {
    let id = format!("outside-{place}");
    match one {
        Outside::Agent { key, path } => agent_form(trial, id, key, path),
        Outside::Call { key, system, operation, payload } => {
            let sent: Vec<String> = payload
                .iter()
                .map(|(field, value)| format!("{}: {}", words.field(field), words.value(&trial.case, value)))
                .collect();
            let form = WayForm {
                hidden: hidden(&[("do", "system"), ("key", key)]),
                about: text::trial_sent(&sent),
                words: Some(("words".to_owned(), text::TRIAL_SYSTEM_SAYS.to_owned())),
                buttons: vec![
                    button("done", "yes", text::TRIAL_SYSTEM_DONE),
                    button("done", "no", text::TRIAL_SYSTEM_FAILS),
                ],
                ..WayForm::default()
            };
            way(id, text::trial_call(operation, system), text::the_system(system), form)
        }
        Outside::LookUp { key, system, fields } => {
            let asked = fields.iter().filter_map(|name| trial.definition.field(name));
            let currency = trial.definition.reading.currency.as_deref();
            let form = WayForm {
                hidden: hidden(&[("do", "look-up"), ("key", key)]),
                fields: optional(asked.map(|field| FormField::of(field, None, currency)).collect()),
                buttons: vec![
                    button("done", "yes", text::TRIAL_LOOKED_UP),
                    button("done", "no", text::TRIAL_SYSTEM_FAILS),
                ],
                ..WayForm::default()
            };
            way(id, text::trial_look_up(system), text::the_system(system), form)
        }
        Outside::Message { name } => {
            let form = WayForm {
                hidden: hidden(&[("do", "message"), ("name", name)]),
                buttons: vec![button("done", "yes", text::TRIAL_MESSAGE_COMES)],
                ..WayForm::default()
            };
            way(id, text::trial_message(name), String::new(), form)
        }
    }
}

fn optional(mut fields: Vec<FormField>) -> Vec<FormField> {
    fields.iter_mut().for_each(|field| field.required = false);
    fields
}

fn agent_form(trial: &Trial, id: String, key: &str, path: &Path) -> (Way, WayForm) {
    let said = drawing::words::at(&trial.definition, path);
    let title = said.map(|said| said.what).unwrap_or_default();
    let currency = trial.definition.reading.currency.as_deref();
    let of = |names: &[String]| {
        let fields = names.iter().filter_map(|name| trial.definition.field(name));
        optional(fields.map(|field| FormField::of(field, None, currency)).collect())
    };
    let mut form = WayForm {
        hidden: hidden(&[("do", "agent"), ("key", key), ("path", &path.to_string())]),
        about: text::TRIAL_AGENT_ABOUT.to_owned(),
        buttons: vec![
            button("answer", "offline", text::TRIAL_AGENT_OFFLINE),
            button("answer", "typed", text::TRIAL_AGENT_TYPED),
            button("answer", "none", text::TRIAL_AGENT_NONE),
        ],
        ..WayForm::default()
    };
    if let Some(Step::Agent(step)) = trial.definition.step(path) {
        match &step.work {
            AgentWork::Extract { fields, .. } => form.fields = of(fields),
            AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } => {
                form.fields = of(std::slice::from_ref(field));
            }
            AgentWork::Judge { .. } => {
                form.buttons.splice(
                    1..2,
                    [button("answer", "yes", text::TRIAL_HOLDS), button("answer", "no", text::TRIAL_HOLDS_NOT)],
                );
            }
            AgentWork::Draft { .. } => {}
            AgentWork::Prepare { .. } => {
                form.words = Some((SUMMARY.to_owned(), text::TRIAL_SUMMARY.to_owned()));
            }
        }
    }
    way(id, title, text::TRIAL_AGENT.to_owned(), form)
}

/// What is posted as an agent's typed answer: words by field, a summary, or yes and no.
#[must_use]
pub fn typed(hand_in: &BTreeMap<String, String>, answer: &str, summary: &str) -> BTreeMap<String, String> {
    let mut typed = hand_in.clone();
    typed.insert(SUMMARY.to_owned(), summary.to_owned());
    if matches!(answer, "yes" | "no") {
        typed.insert(HOLDS.to_owned(), answer.to_owned());
    }
    typed
}
