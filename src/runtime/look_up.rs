//! Questions to other systems: put at least once, under one key, and their answers become events.

use std::collections::BTreeMap;

use countersign_core::{
    event::EventKind,
    form::kind_words,
    value::{FieldName, Values},
};

use super::{Problem, engine::Engine, intake, world::Loaded};
use crate::{
    config::System,
    connectors::{ConnectorError, SystemQuestion},
    store::EffectRow,
};

/// What a rehearsal says instead of asking.
pub(super) const NOT_ASKED: &str = "a rehearsal asks no other system; fill in what it would have answered";

impl Engine {
    pub(super) async fn look_up(
        &self,
        effect: &EffectRow,
        system: &str,
        by: &Values,
        fields: &[FieldName],
    ) -> Result<(), Problem> {
        let loaded = self.load(&effect.case_id).await?;
        let question = SystemQuestion { key: &effect.key, case_number: loaded.case.number, by, fields };
        match self.put(system, &question).await {
            Ok(answer) => match values_of(&loaded, fields, &answer) {
                Ok(values) => {
                    let kind = EventKind::LookedUp { key: effect.key.clone(), values };
                    self.acknowledge(effect, &kind).await
                }
                Err(error) => self.look_up_failed(effect, &error).await,
            },
            Err(ConnectorError::Terminal(error)) => self.look_up_failed(effect, &error).await,
            // A question changes nothing, so that it may always be put again.
            Err(ConnectorError::Retryable(error) | ConnectorError::OutcomeUnknown(error)) => {
                self.try_again(effect, &error).await;
                Ok(())
            }
        }
    }

    async fn put(
        &self,
        system: &str,
        question: &SystemQuestion<'_>,
    ) -> Result<BTreeMap<String, String>, ConnectorError> {
        match self.config().system(system) {
            Some(System::Practice { answers }) => Ok(answers.clone()),
            Some(System::Http { url, token_variable }) => {
                let token = token_variable.as_ref().and_then(|name| std::env::var(name).ok());
                self.reach_out().ask(url, token.as_deref(), question).await
            }
            None => Err(ConnectorError::Terminal(format!(
                "nothing is set for the system `{system}`; add it under [systems] in the configuration and try again"
            ))),
        }
    }

    pub(super) async fn look_up_failed(&self, effect: &EffectRow, error: &str) -> Result<(), Problem> {
        self.acknowledge(effect, &EventKind::LookUpFailed { key: effect.key.clone(), error: error.to_owned() }).await
    }
}

/// The answer's words as typed values, read like those of a form. What was not asked for is left aside.
fn values_of(loaded: &Loaded, fields: &[FieldName], answer: &BTreeMap<String, String>) -> Result<Values, String> {
    let mut values = Values::new();
    for field in fields.iter().filter_map(|name| loaded.definition.field(name)) {
        let Some(words) = answer.get(&field.name).map(|words| words.trim()).filter(|words| !words.is_empty()) else {
            continue;
        };
        match intake::value_of(&loaded.definition, field, words) {
            Some(value) => drop(values.insert(field.name.clone(), value)),
            // The words themselves are not repeated: not everybody who reads the error may see them.
            None => return Err(format!("its {} is not {}", field.label, kind_words(&field.kind))),
        }
    }
    Ok(values)
}
