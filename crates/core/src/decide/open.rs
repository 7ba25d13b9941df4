//! A case is opened, edited outside a task, or withdrawn.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    case::{Cursor, Document, Origin, Status, Waiting},
    definition::{Field, FieldSource, Path},
    form,
    people::PersonId,
    value::{FieldName, Values},
};

/// How the cases of a rehearsal close when it ends.
pub const REHEARSAL_ENDED: &str = "rehearsal ended";

impl Turn<'_> {
    pub(super) fn open(
        &mut self,
        number: u64,
        values: &Values,
        documents: &BTreeMap<String, Document>,
    ) -> Result<(), Rejected> {
        self.permit(&Verb::StartCase)?;
        let definition = self.context.definition;
        let asked: Vec<FieldName> = definition.start_fields().map(|field| field.name.clone()).collect();
        let mut faults = form::faults(definition, &self.case, &asked, values);
        faults.extend(self.document_faults(values, documents));
        faults.extend(self.person_faults(values));
        if !faults.is_empty() {
            return Err(Rejected::Faults(faults));
        }
        let requester = self.by.id();
        self.begin(number, requester);
        self.write_by_person(values, documents);
        Ok(())
    }

    /// A schedule opens the case; whatever the start form asks for is left to later steps.
    pub(super) fn open_scheduled(&mut self, number: u64, requester: &PersonId) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let definition = self.context.definition;
        let asked: Vec<FieldName> = definition.start_fields().map(|field| field.name.clone()).collect();
        let faults = form::faults(definition, &self.case, &asked, &Values::new());
        if !faults.is_empty() {
            return Err(Rejected::Faults(faults));
        }
        self.begin(number, requester.clone());
        Ok(())
    }

    fn begin(&mut self, number: u64, requester: PersonId) {
        self.case.number = number;
        self.case.process.clone_from(&self.context.definition.id);
        self.case.version.clone_from(self.context.version);
        self.case.status = Status::Open;
        self.case.opened_at = self.at;
        self.case.requester = requester;
        self.case.cursors.push(Cursor { path: Path::stage(0), visit: 0, since: self.at, waiting: Waiting::Nothing });
    }

    pub(super) fn edit_fields(&mut self, values: &Values) -> Result<(), Rejected> {
        self.permit(&Verb::EditFields)?;
        let definition = self.context.definition;
        let editable: Vec<FieldName> =
            definition.fields.iter().filter(|field| self.may_edit(field)).map(|field| field.name.clone()).collect();
        let mut faults = form::faults(definition, &self.case, &editable, values);
        faults.retain(|fault| values.contains_key(&fault.field));
        faults.extend(self.document_faults(values, &BTreeMap::new()));
        faults.extend(self.person_faults(values));
        faults.extend(self.scale_faults(values));
        if !faults.is_empty() {
            return Err(Rejected::Faults(faults));
        }
        for field in values.keys() {
            self.permit(&Verb::ReadField(field.clone()))?;
        }
        self.write_by_person(values, &BTreeMap::new());
        Ok(())
    }

    /// Whoever is accountable edits what any form or agent fills in; the requester what is theirs: the start
    /// form, and what they wrote themselves.
    fn may_edit(&self, field: &Field) -> bool {
        let me = self.by.id();
        let accountable = &self.context.definition.accountable;
        let mine = || {
            self.case
                .fields
                .get(&field.name)
                .is_some_and(|entry| matches!(&entry.origin, Origin::Person { by } if *by == me))
        };
        match field.source {
            FieldSource::Form { start: true, .. } => true,
            FieldSource::Form { start: false, .. }
            | FieldSource::Agent
            | FieldSource::System { .. }
            | FieldSource::Template { .. } => self.context.directory.holds(&me, accountable) || mine(),
            // What the engine takes from a list is changed in the list.
            FieldSource::Document { .. } | FieldSource::Item { .. } => false,
        }
    }

    /// A rehearsal is over for all of its cases at once; a case that runs for good is never closed by it.
    pub(super) fn end_rehearsal(&mut self) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        if !self.context.definition.is_rehearsal() {
            return Err(Rejected::NotWithdrawable { why: String::from("it is no rehearsal") });
        }
        self.close(REHEARSAL_ENDED);
        Ok(())
    }

    pub(super) fn withdraw(&mut self) -> Result<(), Rejected> {
        self.permit(&Verb::Withdraw)?;
        let Some(rule) = &self.context.definition.withdrawal else {
            return Err(Rejected::NotWithdrawable { why: String::from("the process does not provide for it") });
        };
        if let Some(name) = &rule.before_stage {
            let stages = &self.context.definition.stages;
            let limit = stages.iter().position(|stage| stage.name == *name).unwrap_or(stages.len());
            if self.case.cursors.iter().any(|cursor| cursor.path.stage_index() >= limit) {
                return Err(Rejected::NotWithdrawable { why: format!("the stage {name} has begun") });
            }
        }
        self.close(&rule.closing);
        Ok(())
    }
}
