//! A case in the sight of one reader, loaded with their rights. Every page about a case begins here.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    Refusal, Verb, authorise,
    case::Task,
    event::{Acting, Event, EventKind},
    people::PersonId,
    time::Timestamp,
    value::FieldName,
};

use super::{
    catalogue::Words, format, front::Front, halt::Halt, present::Sight, session::SignedIn, views::inbox::InboxRow,
};
use crate::{
    resource,
    runtime::world::Loaded,
    store::{InboxScope, TaskRow},
};

/// How many tasks a person's inbox shows at most.
pub(super) const INBOX_ROWS_MAX: u32 = 200;

/// A case and who looks at it.
pub(super) struct Scene {
    pub(super) loaded: Loaded,
    pub(super) reader: format::Reader,
    pub(super) hidden: BTreeSet<FieldName>,
    /// The texts of the documents that the reader may see, by key.
    pub(super) texts: BTreeMap<String, String>,
    pub(super) me: PersonId,
    pub(super) now: Timestamp,
}

impl Scene {
    /// The case of this number, for somebody who may read it.
    pub(super) async fn of_number(front: &Front, me: &SignedIn, number: u64) -> Result<Self, Halt> {
        let loaded = front.runtime().load_number(number).await?;
        Self::of(front, me, loaded)
    }

    /// The case with the texts of its documents.
    pub(super) async fn with_texts(mut self, front: &Front) -> Result<Self, Halt> {
        for (key, document) in &self.loaded.case.documents {
            let Some(hash) = document.text.as_ref().filter(|_| !self.hidden.contains(&document.field)) else {
                continue;
            };
            if let Some(text) = front.store().text(hash).await? {
                self.texts.insert(key.clone(), text);
            }
        }
        Ok(self)
    }

    /// A loaded case, for somebody who may read it.
    pub(super) fn of(front: &Front, me: &SignedIn, loaded: Loaded) -> Result<Self, Halt> {
        let now = front.now();
        let acting = me.acting();
        authorise(&loaded.context(), Some(&loaded.case), &acting, &Verb::ReadCase, now)?;
        let hidden = resource::Reader::Acting(&acting).hidden(&loaded, now);
        let reader = front.reader(me.numbers);
        Ok(Self { loaded, reader, hidden, texts: BTreeMap::new(), me: me.person.clone(), now })
    }

    /// The words for this reader.
    pub(super) fn words(&self) -> Words<'_> {
        Words {
            definition: &self.loaded.definition,
            directory: &self.loaded.world.directory,
            calendar: &self.loaded.world.calendar,
            reader: &self.reader,
            hidden: &self.hidden,
        }
    }

    /// The case in the sight of this reader.
    pub(super) fn sight(&self) -> Sight<'_> {
        Sight { words: self.words(), case: &self.loaded.case, reader: &self.me, texts: &self.texts }
    }

    /// Whether the reader may do this, for themselves.
    pub(super) fn may(&self, verb: &Verb) -> Result<(), Refusal> {
        self.may_as(&Acting::person(self.me.clone()), verb)
    }

    /// Whether somebody may do this as they act.
    pub(super) fn may_as(&self, acting: &Acting, verb: &Verb) -> Result<(), Refusal> {
        authorise(&self.loaded.context(), Some(&self.loaded.case), acting, verb, self.now)
    }

    /// Whether the core would take this from the reader now.
    pub(super) fn would(&self, kind: EventKind) -> bool {
        let event = Event::new(self.now, Acting::person(self.me.clone()), kind);
        countersign_core::decide(&self.loaded.context(), (*self.loaded.case).clone(), &event).is_ok()
    }

    /// The task of this number, for somebody who may read it.
    pub(super) fn task(&self, number: u32) -> Result<&Task, Halt> {
        let task = self.loaded.case.task(number).ok_or_else(Halt::not_found)?;
        self.may(&Verb::ReadTask(number))?;
        Ok(task)
    }

    /// The name of whoever is away and has the reader as substitute for the task.
    pub(super) fn in_place_of(&self, front: &Front, task: &Task) -> Option<String> {
        let acting = front.runtime().acting_on(&self.loaded, task.number, &self.me);
        acting.standing_for().filter(|_| task.is_open()).map(|absent| self.name(absent))
    }

    /// A person's name.
    pub(super) fn name(&self, id: &str) -> String {
        self.words().person(id)
    }
}

/// Reads a label such as `1042-3`.
pub(super) fn label(label: &str) -> Result<(u64, u32), Halt> {
    let parts = label.split_once('-').and_then(|(case, task)| Some((case.parse().ok()?, task.parse().ok()?)));
    parts.ok_or_else(Halt::not_found)
}

/// The lines of a person's inbox, the next one due first; each is judged for this reader as it is made.
pub(super) async fn inbox_rows(
    front: &Front,
    me: &SignedIn,
    scope: InboxScope,
    limit: u32,
) -> Result<Vec<InboxRow>, Halt> {
    let mut rows = Vec::new();
    for row in front.store().inbox(&me.person, scope, limit, 0).await? {
        rows.extend(inbox_row(front, me, &row).await?);
    }
    Ok(rows)
}

async fn inbox_row(front: &Front, me: &SignedIn, row: &TaskRow) -> Result<Option<InboxRow>, Halt> {
    let loaded = front.runtime().load(&row.case_id).await?;
    let Ok(scene) = Scene::of(front, me, loaded) else { return Ok(None) };
    // The case may have moved on since the list was read.
    let Some(task) = scene.loaded.case.task(row.number).filter(|task| task.is_open()) else { return Ok(None) };
    if scene.may(&Verb::ReadTask(row.number)).is_err() {
        return Ok(None);
    }
    let in_place_of = scene.in_place_of(front, task);
    Ok(Some(InboxRow { in_place_of, ..scene.sight().inbox_row(task) }))
}
