//! From a case to what its pages show, for one reader. Pure: the handlers bring the case, the texts and the rights.

use std::collections::BTreeMap;

use countersign_core::{
    case::{Ask, Case, Entry, Origin, Status, Suggestion, TakeOver, Task, TaskState, Void},
    definition::{AgentStep, AgentWork, Field, FieldKind, FieldSource, Step},
    people::PersonId,
    value::FieldName,
};

use crate::runtime::word_templates::from_word;

use super::{
    catalogue::{self, Words, text},
    format::{Urgency, capital, counted},
    paths,
    sentence::Sentence,
    views::{
        case::{CaseDocument, CaseTask, CaseView, DecisionLine, IncidentView, TimelineEntry},
        cases::CaseRow,
        evidence::{DocumentView, FieldView, FindingView, Mark, Source},
        form::FormField,
        inbox::InboxRow,
        task::DecisionView,
    },
};

/// A case in the sight of one reader.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The words, with the fields that this reader may not see.
    pub words: Words<'a>,
    /// The case.
    pub case: &'a Case,
    /// The reader.
    pub reader: &'a PersonId,
    /// The texts of its documents, by key; a document without text is absent.
    pub texts: &'a BTreeMap<String, String>,
}

impl Sight<'_> {
    /// The line of a task in the inbox.
    #[must_use]
    pub fn inbox_row(&self, task: &Task) -> InboxRow {
        let reader = self.words.reader;
        InboxRow {
            label: task.label(self.case),
            title: self.words.task_title(self.case, task),
            about: self.words.about(self.case),
            requester: self.words.person(&self.case.requester),
            process: self.words.definition.title.clone(),
            since: reader.short(task.opened_at),
            due: reader.due_short(task.due_at),
            urgency: reader.urgency(task.due_at),
            taken: task.assignee.as_ref() == Some(self.reader),
            held: self.words.held(self.case, task).is_some(),
            in_place_of: None,
        }
    }

    /// The line of the case in a list.
    #[must_use]
    pub fn case_row(&self) -> CaseRow {
        let reader = self.words.reader;
        let first = self.first_task();
        let closed = matches!(self.case.status, Status::Closed { .. });
        CaseRow {
            number: self.case.number,
            process: self.words.definition.title.clone(),
            about: self.words.about(self.case),
            status: self.stage(),
            owner: match first {
                Some(task) => Sentence::new(self.words.waits_for(self.case, task)).capital(),
                None if closed => Sentence::default(),
                None => Sentence::from(text::cases::BY_ITSELF),
            },
            since: reader.short(self.since()),
            due: first.map(|task| reader.due_short(task.due_at)),
            urgency: first.map_or(Urgency::Later, |task| reader.urgency(task.due_at)),
            for_reader: first.is_some_and(|task| self.waits_for_reader(task)),
            stuck: self.case.open_incidents().next().is_some(),
        }
    }

    /// The fields, in the order of the text. Documents are shown beside them.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldView> {
        let shown = |field: &&Field| field.kind != FieldKind::Document;
        self.words.definition.fields.iter().filter(shown).map(|field| self.field(field)).collect()
    }

    /// The documents with the quotes in their texts.
    #[must_use]
    pub fn documents(&self) -> Vec<DocumentView> {
        let visible = self.case.documents.iter().filter(|(_, document)| !self.words.hidden.contains(&document.field));
        visible
            .map(|(key, document)| DocumentView {
                label: self.words.field(&document.field),
                name: document.name.clone(),
                size: document.size,
                href: paths::document(self.case.number, key),
                text: self.texts.get(key).cloned(),
                no_text: document.no_text.clone(),
                marks: self.marks(key),
            })
            .collect()
    }

    /// What the checks found.
    #[must_use]
    pub fn findings(&self) -> Vec<FindingView> {
        let all = self.case.findings.iter();
        all.map(|(path, finding)| FindingView {
            words: finding.words.clone(),
            result: self.words.result(self.case, path, &finding.result),
            fields: finding.fields.clone(),
            examples: self.words.examples(self.case, path, &finding.examples),
        })
        .collect()
    }

    /// Every way to decide a task. `currency` is offered for an amount that has none yet.
    #[must_use]
    pub fn decision(&self, task: &Task, currency: Option<&str>) -> DecisionView {
        let form = |names: &[FieldName]| -> Vec<FormField> {
            let fields = names.iter().filter_map(|name| self.words.definition.field(name));
            fields.map(|field| self.filled_field(field, currency)).collect()
        };
        let mut view = DecisionView {
            shown: self.case.shown(task.number).to_string(),
            buttons: self.words.buttons(self.case, task),
            ..DecisionView::default()
        };
        match &task.ask {
            Ask::Provide { fields } | Ask::Do { fields } => view.asked = form(fields),
            Ask::Approve { .. } => {
                view.editable = form(&self.editable());
                view.may_ask = true;
            }
            Ask::Review => view.may_ask = true,
            Ask::Confirm { field, .. } => {
                let mut fields = form(std::slice::from_ref(field));
                fields.iter_mut().for_each(|field| field.required = true);
                if self.case.suggestion(field).is_some_and(|suggestion| suggestion.value.is_some()) {
                    view.editable = fields;
                } else {
                    view.asked = fields;
                }
            }
            Ask::Answer { .. } => view.answer = true,
            // What a system could not tell, whoever takes over may know.
            Ask::TakeOver { why: TakeOver::Held { .. } } => {}
            Ask::TakeOver { .. } => view.editable = form(&self.looked_up(task)),
            Ask::Judge { .. } | Ask::Look => {}
        }
        view
    }

    /// A field of a form with its present value; a document with the name of its file.
    #[must_use]
    pub fn form_field(&self, field: &Field, currency: Option<&str>) -> FormField {
        let value = self.words.seen(self.case, &field.name);
        let mut form = FormField::of(field, value, currency).naming(self.words.directory);
        if let (FieldKind::Document, Some(value)) = (&field.kind, value) {
            form.value = self.words.value(self.case, value);
        }
        form
    }

    /// The case page. `timeline` comes from the log; `may_open` says which tasks the reader may open.
    #[must_use]
    pub fn case_view(
        &self,
        timeline: &[catalogue::Entry],
        may_open: &dyn Fn(&Task) -> bool,
        rights: CaseRights,
    ) -> CaseView {
        let first = self.first_task();
        CaseView {
            number: self.case.number,
            process: self.words.definition.title.clone(),
            process_id: self.case.process.clone(),
            about: self.words.about(self.case),
            status: self.words.status(self.case),
            then: first.and_then(|task| self.words.then(self.case, task)),
            urgency: first.map_or(Urgency::Later, |task| self.words.reader.urgency(task.due_at)),
            accountable: text::the(&self.words.definition.accountable),
            incidents: self.incidents(rights.may_resolve),
            fields: self.fields(),
            documents: self.case_documents(),
            tasks: self.case_tasks(may_open),
            people: self.people(),
            decisions: self.decisions(),
            timeline: timeline.iter().rev().map(|entry| self.timeline_entry(entry)).collect(),
            earlier: 0,
            latest: true,
            may_withdraw: rights.may_withdraw,
            steering: crate::web::views::steering::SteeringView {
                process: self.case.process.clone(),
                version: self.case.version.clone(),
                ..crate::web::views::steering::SteeringView::default()
            },
            may_edit: false,
            parties: Vec::new(),
            without_link: Vec::new(),
            link: None,
        }
    }

    fn field(&self, field: &Field) -> FieldView {
        let entry = self.case.fields.get(&field.name);
        let suggestion = self.case.suggestion(&field.name);
        let hidden = self.words.hidden.contains(&field.name);
        let value =
            entry.map(|entry| &entry.value).or_else(|| suggestion.and_then(|suggestion| suggestion.value.as_ref()));
        let (source, doubt) = match (hidden, entry, suggestion) {
            (true, _, _) => (Source::Hidden, None),
            (_, Some(entry), suggestion) => self.origin(field, entry, suggestion),
            (_, None, Some(suggestion)) => (self.suggested(&field.name, suggestion), None),
            (_, None, None) => (Source::Nobody, None),
        };
        FieldView {
            name: field.name.clone(),
            label: field.label.clone(),
            value: value.filter(|_| !hidden).map(|value| self.words.value(self.case, value)),
            quoted: !hidden && entry.is_some_and(|entry| self.is_quoted(entry)),
            word: (!hidden && from_word(self.case, &field.name).is_some())
                .then(|| paths::letter(self.case.number, &field.name)),
            source,
            doubt,
        }
    }

    fn origin(&self, field: &Field, entry: &Entry, suggestion: Option<&Suggestion>) -> (Source, Option<String>) {
        match &entry.origin {
            Origin::Person { by } => (Source::Person(self.words.person(by)), None),
            Origin::Document { engine, evidence, ambiguous } => {
                let document = self.case.documents.get(&evidence.document);
                let label = document.map_or_else(|| field.label.clone(), |document| self.words.field(&document.field));
                let doubt = ambiguous.map(|other| self.words.ambiguous(&evidence.quote, other));
                (Source::Document(label, self.words.engine(engine)), doubt)
            }
            Origin::System { system } => (Source::System(text::the(system)), None),
            Origin::Item { list } => (Source::Item(text::the(&self.words.field(list))), None),
            Origin::Template { template, .. } => (Source::Item(text::template(template)), None),
            Origin::Agent { engine } => {
                let nothing = Source::Agent {
                    engine: self.words.engine(engine),
                    reason: String::new(),
                    score: None,
                    alternatives: Vec::new(),
                };
                (suggestion.map_or(nothing, |suggestion| self.suggested(&field.name, suggestion)), None)
            }
        }
    }

    fn suggested(&self, field: &str, suggestion: &Suggestion) -> Source {
        Source::Agent {
            engine: self.words.engine(&suggestion.engine),
            reason: self.words.reason_for(field, &suggestion.reason),
            score: suggestion.score.map(|score| self.words.score(score)),
            alternatives: suggestion.alternatives.clone(),
        }
    }

    fn is_quoted(&self, entry: &Entry) -> bool {
        match &entry.origin {
            Origin::Document { evidence, .. } => self.texts.contains_key(&evidence.document),
            _ => false,
        }
    }

    fn marks(&self, key: &str) -> Vec<Mark> {
        let visible = self.case.fields.iter().filter(|(name, _)| !self.words.hidden.contains(*name));
        visible
            .filter_map(|(name, entry)| match &entry.origin {
                Origin::Document { evidence, .. } if evidence.document == key => Some(Mark {
                    field: name.clone(),
                    label: self.words.field(name),
                    start: evidence.start as usize,
                    end: evidence.end as usize,
                }),
                _ => None,
            })
            .collect()
    }

    /// What an approver may correct: what a form asked for, and what an agent filled in.
    fn editable(&self) -> Vec<FieldName> {
        let fields = self.words.definition.fields.iter();
        fields
            .filter(|field| field.kind != FieldKind::Document && !self.words.hidden.contains(&field.name))
            .filter(|field| match &field.source {
                FieldSource::Form { start, .. } => *start,
                FieldSource::Agent | FieldSource::System { .. } | FieldSource::Template { .. } => true,
                FieldSource::Document { .. } | FieldSource::Item { .. } => false,
            })
            .map(|field| field.name.clone())
            .collect()
    }

    /// The fields of the question to a system, or of the template, that a task stands for.
    fn looked_up(&self, task: &Task) -> Vec<FieldName> {
        match self.words.definition.step(&task.path) {
            Some(Step::LookUp(step)) => step.by.iter().chain(&step.fields).cloned().collect(),
            Some(Step::Agent(AgentStep { work: AgentWork::Draft { fields, .. }, .. })) => fields.clone(),
            Some(_) | None => Vec::new(),
        }
    }

    fn first_task(&self) -> Option<&Task> {
        self.case.open_tasks().min_by_key(|task| task.due_at)
    }

    fn waits_for_reader(&self, task: &Task) -> bool {
        use countersign_core::definition::Who;
        task.assignee.as_ref().is_some_and(|assignee| assignee == self.reader)
            || (task.who == Who::Requester && self.case.requester == *self.reader)
    }

    fn stage(&self) -> String {
        match &self.case.status {
            Status::Unopened => String::new(),
            Status::Closed { closing, .. } => format!("Closed as {closing}"),
            Status::Open => {
                let stage = self.case.cursors.first().map_or(0, |cursor| cursor.path.stage_index());
                self.words.definition.stages.get(stage).map_or_else(String::new, |stage| stage.name.clone())
            }
        }
    }

    fn since(&self) -> countersign_core::time::Timestamp {
        match &self.case.status {
            Status::Closed { at, .. } => *at,
            Status::Open | Status::Unopened => {
                let waiting = self.first_task().map(|task| task.opened_at);
                waiting.or_else(|| self.case.cursors.first().map(|cursor| cursor.since)).unwrap_or(self.case.opened_at)
            }
        }
    }

    fn incidents(&self, may_resolve: bool) -> Vec<IncidentView> {
        let view = |incident: &countersign_core::case::Incident| IncidentView {
            number: incident.number,
            what: capital(&incident.what),
            next: incident.next_action.clone(),
            since: self.words.reader.since(incident.since),
            may_resolve,
        };
        self.case.open_incidents().map(view).collect()
    }

    fn case_documents(&self) -> Vec<CaseDocument> {
        let view = |(key, document): (&String, &countersign_core::case::Document)| CaseDocument {
            label: self.words.field(&document.field),
            name: document.name.clone(),
            size: document.size,
            href: (!self.words.hidden.contains(&document.field)).then(|| paths::document(self.case.number, key)),
            no_text: document.no_text.clone(),
        };
        self.case.documents.iter().map(view).collect()
    }

    fn case_tasks(&self, may_open: &dyn Fn(&Task) -> bool) -> Vec<CaseTask> {
        let mut tasks: Vec<&Task> = self.case.tasks.iter().collect();
        tasks.sort_by_key(|task| (!task.is_open(), std::cmp::Reverse(task.number)));
        let view = |task: &Task| CaseTask {
            label: task.label(self.case),
            title: self.words.task_title(self.case, task),
            state: self.task_state(task),
            urgency: task.is_open().then(|| self.words.reader.urgency(task.due_at)),
            may_open: may_open(task),
        };
        tasks.into_iter().map(view).collect()
    }

    fn task_state(&self, task: &Task) -> Sentence {
        match (&task.state, task.decisions().last()) {
            (TaskState::Open, _) => Sentence::new(format!("waits for {}; ", self.words.waits_for(self.case, task)))
                .moment(self.words.reader.due(task.due_at)),
            (TaskState::Closed { at, .. }, Some(decision)) => {
                let what = match decision.outcome {
                    countersign_core::case::Outcome::Completed => "done".to_owned(),
                    other => other.to_string(),
                };
                Sentence::new(format!("{what} by {} ", self.words.person(&decision.by)))
                    .moment(self.words.reader.at(*at))
            }
            (TaskState::Closed { at, .. }, None) => Sentence::new("settled ").moment(self.words.reader.at(*at)),
            (TaskState::Cancelled { at }, _) => {
                Sentence::new("no longer needed since ").moment(self.words.reader.at(*at))
            }
        }
    }

    fn people(&self) -> Vec<(String, String)> {
        let mut lines: Vec<(PersonId, Vec<String>)> = Vec::new();
        for (person, did) in self.words.people_of(self.case) {
            match lines.iter_mut().find(|(known, _)| *known == person) {
                Some((_, all)) if !all.contains(&did) => all.push(did),
                Some(_) => {}
                None => lines.push((person, vec![did])),
            }
        }
        lines.into_iter().map(|(person, did)| (self.words.person(&person), did.join(", "))).collect()
    }

    fn decisions(&self) -> Vec<DecisionLine> {
        let void = |task: &Task| {
            let sign_off = self.case.sign_offs.iter().find(|sign_off| sign_off.task == task.number)?;
            Some(match sign_off.voided.as_ref()? {
                Void::FieldChanged { field } => format!("{} has changed", text::the(&self.words.field(field))),
                Void::SentBack => text::SENT_BACK.to_owned(),
                Void::OtherVersion => text::steering::OTHER_VERSION.to_owned(),
            })
        };
        let covers = |task: &Task| {
            let sign_off = self.case.sign_offs.iter().find(|sign_off| sign_off.task == task.number)?;
            Some(format!(" It covers {}.", counted(sign_off.covers.len(), "field")))
        };
        let signing = |task: &&Task| {
            matches!(task.ask, Ask::Approve { .. } | Ask::Review | Ask::Confirm { .. } | Ask::TakeOver { .. })
        };
        self.case
            .tasks
            .iter()
            .filter(signing)
            .flat_map(|task| {
                task.decisions().map(move |decision| DecisionLine {
                    sentence: self.decided(task, decision).text(covers(task).unwrap_or_default()),
                    reason: decision.reason.clone(),
                    void: void(task),
                })
            })
            .collect()
    }

    pub(super) fn timeline_entry(&self, entry: &catalogue::Entry) -> TimelineEntry {
        TimelineEntry {
            at: self.words.reader.at(entry.at),
            what: entry.what.clone(),
            why: entry.why.clone(),
            then: entry.then.clone(),
            by_agent: entry.by_agent,
        }
    }
}

/// What the reader may do with a case as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseRights {
    /// Withdraw it.
    pub may_withdraw: bool,
    /// Try again what is stuck.
    pub may_resolve: bool,
}
