//! A template is filled in: by code, from the values of the case.

use alloc::{format, string::String, vec::Vec};

use super::Turn;
use crate::{
    case::{Origin, TakeOver},
    definition::{AgentStep, AgentWork},
    form::TEXT_CHARACTERS_MAX,
    guard::words,
    template::{FromWord, Piece, Place, pieces, place, shown},
    value::{Date, Value},
};

impl Turn<'_> {
    /// Fills a template in at once. Where that cannot be done somebody is asked, and nothing is written.
    ///
    /// Invariant: what is written follows from the template, the case and the day alone; nobody is asked for a word.
    pub(super) fn fill_in(&mut self, index: usize, step: &AgentStep) {
        let AgentWork::Draft { template, field, .. } = &step.work else {
            return;
        };
        match self.write_letter(template, field) {
            Ok(()) => self.go_on(index),
            Err(why) => self.take_over(index, TakeOver::CannotTell { why }, step.on_unsure.clone()),
        }
    }

    /// Writes the template into its field, filled in with the values as they are; `Err` as [`Turn::filled`].
    pub(super) fn write_letter(&mut self, template: &str, field: &str) -> Result<(), String> {
        let (text, places) = self.filled(template)?;
        let file = self.context.definition.word_templates.get(template);
        let word = file.map(|file| FromWord { file: file.clone(), places });
        self.write(field, Value::text(text), Origin::Template { template: String::from(template), word });
        Ok(())
    }

    /// The template with every place filled, and where each place's words stand in it; `Err` says what is missing and
    /// what to do.
    fn filled(&self, name: &str) -> Result<(String, Vec<(usize, usize)>), String> {
        let definition = self.context.definition;
        let template = definition.templates.get(name);
        let template = template.ok_or_else(|| format!("the template “{name}” is not attached to this version"))?;
        let parts = pieces(template).map_err(|_| format!("a brace in the template “{name}” has no partner"))?;
        let (mut text, mut places) = (String::new(), Vec::new());
        for part in parts {
            let said = match part {
                Piece::Words(said) => {
                    text.push_str(said);
                    continue;
                }
                Piece::Place(said, _) => said,
            };
            let from = text.len();
            match place(&definition.fields, said) {
                Some(Place::Field(field)) => text.push_str(&self.value_for(name, &field.name)?),
                Some(Place::Today) => {
                    text.push_str(&format!("{}", Date::of_days(self.context.calendar.local_day(self.at))));
                }
                Some(Place::CaseNumber) => text.push_str(&format!("{}", self.case.number)),
                None => return Err(format!("the template “{name}” has a place `{said}`, and no field is called so")),
            }
            places.push((from, text.len()));
        }
        let length = text.chars().count();
        if length > TEXT_CHARACTERS_MAX {
            let most = format!("the template “{name}” comes to {length} characters; at most {TEXT_CHARACTERS_MAX} fit");
            return Err(format!("{most}: shorten a value that stands in it"));
        }
        Ok((text, places))
    }

    fn value_for(&self, template: &str, field: &str) -> Result<String, String> {
        match self.case.value(field) {
            Some(Value::Erased) => Err(format!("`{}` has been erased, and the template needs it", words(field))),
            Some(Value::Person { person }) => {
                Ok(shown(&Value::text(String::from(self.context.directory.name(person)))))
            }
            Some(value) => Ok(shown(value)),
            None => Err(format!("the template “{template}” needs the {}, which is not known", words(field))),
        }
    }
}
