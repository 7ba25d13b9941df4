//! A case is opened, edited outside a task, or withdrawn.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    case::{Cursor, Document, Status, Waiting},
    definition::{FieldSource, Path},
    form,
    value::{FieldName, Values},
};

impl Turn<'_> {
    pub(super) fn open(
        &mut self,
        number: u64,
        values: &Values,
        documents: &BTreeMap<String, Document>,
    ) -> Result<(), Rejected> {
        self.permit(&Verb::StartCase)?;
        let definition = self.context.definition;
        let asked: Vec<FieldName> = definition
            .start_fields()
            .map(|field| field.name.clone())
            .collect();
        let faults = form::faults(definition, &self.case, &asked, values);
        if !faults.is_empty() {
            return Err(Rejected::Faults(faults));
        }
        self.case.number = number;
        self.case.process.clone_from(&definition.id);
        self.case.version.clone_from(self.context.version);
        self.case.status = Status::Open;
        self.case.opened_at = self.at;
        self.case.requester = self.by.id();
        self.write_by_person(values, documents);
        self.case.cursors.push(Cursor {
            path: Path::stage(0),
            visit: 0,
            since: self.at,
            waiting: Waiting::Nothing,
        });
        Ok(())
    }

    pub(super) fn edit_fields(&mut self, values: &Values) -> Result<(), Rejected> {
        self.permit(&Verb::EditFields)?;
        let definition = self.context.definition;
        let editable: Vec<FieldName> = definition
            .fields
            .iter()
            .filter(|field| matches!(field.source, FieldSource::Form { .. } | FieldSource::Agent))
            .map(|field| field.name.clone())
            .collect();
        let faults = form::faults(definition, &self.case, &editable, values);
        let faults: Vec<_> = faults
            .into_iter()
            .filter(|fault| values.contains_key(&fault.field))
            .collect();
        if !faults.is_empty() {
            return Err(Rejected::Faults(faults));
        }
        for field in values.keys() {
            self.permit(&Verb::ReadField(field.clone()))?;
        }
        self.write_by_person(values, &BTreeMap::new());
        Ok(())
    }

    pub(super) fn withdraw(&mut self) -> Result<(), Rejected> {
        self.permit(&Verb::Withdraw)?;
        let Some(rule) = &self.context.definition.withdrawal else {
            return Err(Rejected::NotWithdrawable {
                why: String::from("the process does not provide for it"),
            });
        };
        if let Some(name) = &rule.before_stage {
            let stages = &self.context.definition.stages;
            let limit = stages
                .iter()
                .position(|stage| stage.name == *name)
                .unwrap_or(stages.len());
            if self
                .case
                .cursors
                .iter()
                .any(|cursor| cursor.path.stage_index() >= limit)
            {
                return Err(Rejected::NotWithdrawable {
                    why: format!("the stage {name} has begun"),
                });
            }
        }
        self.close(&rule.closing);
        Ok(())
    }
}
