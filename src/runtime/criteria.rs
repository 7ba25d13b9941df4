//! Examples of what a criterion means, as they are changed beside a draft.

use std::collections::BTreeMap;

use countersign_core::{
    canonical::{Digest, digest},
    definition::CriterionExample,
    event::Acting,
    form::FieldFault,
};

use super::{Problem, Runtime, drafts::Beside};
use crate::language::{CRITERIA_MAX, example_fault, examples_fault, tidy_example};

/// What an example is known by while somebody changes it: numbers move when one is taken away.
#[must_use]
pub fn example_key(example: &CriterionExample) -> Digest {
    digest(example)
}

impl Runtime {
    /// Keeps an example of a criterion: in place of the one that `was` names, or as another one when it is empty.
    ///
    /// # Errors
    /// [`Problem::Faults`], when it cannot be kept or the one that `was` names is not there any more.
    pub async fn put_example(
        &self,
        acting: &Acting,
        id: &str,
        criterion: &str,
        was: &str,
        example: &CriterionExample,
    ) -> Result<(), Problem> {
        let example = tidy_example(example);
        if let Some(why) = example_fault(&example) {
            return Err(refused(why));
        }
        self.change_examples(acting, id, criterion, |examples| match examples.iter_mut().find(|one| is(one, was)) {
            Some(place) => {
                *place = example;
                Ok(())
            }
            None if was.is_empty() => {
                examples.push(example);
                Ok(())
            }
            None => Err(gone()),
        })
        .await
    }

    /// Takes an example of a criterion away.
    ///
    /// # Errors
    /// [`Problem::Faults`], when it is not there any more.
    pub async fn remove_example(&self, acting: &Acting, id: &str, criterion: &str, was: &str) -> Result<(), Problem> {
        self.change_examples(acting, id, criterion, |examples| {
            let place = examples.iter().position(|one| is(one, was)).ok_or_else(gone)?;
            examples.remove(place);
            Ok(())
        })
        .await
    }

    async fn change_examples(
        &self,
        acting: &Acting,
        id: &str,
        criterion: &str,
        change: impl FnOnce(&mut Vec<CriterionExample>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let mut all: BTreeMap<String, Vec<CriterionExample>> = Beside::of(&self.draft(acting, id).await?).criteria;
        let examples = all.entry(criterion.to_owned()).or_default();
        change(examples)?;
        if let Some(why) = examples_fault(examples) {
            return Err(refused(why));
        }
        let examples = all.remove(criterion).filter(|examples| !examples.is_empty());
        if examples.is_some() && all.len() >= CRITERIA_MAX {
            return Err(refused(format!("at most {CRITERIA_MAX} criteria may have examples")));
        }
        // Somebody else may be at the examples of another criterion.
        self.beside(acting, id, |beside| {
            match examples {
                Some(examples) => beside.criteria.insert(criterion.to_owned(), examples),
                None => beside.criteria.remove(criterion),
            };
        })
        .await
    }
}

fn is(example: &CriterionExample, key: &str) -> bool {
    example_key(example) == key
}

fn gone() -> Problem {
    refused("somebody has changed or taken away this example meanwhile; please look again".to_owned())
}

fn refused(message: String) -> Problem {
    Problem::Faults(vec![FieldFault { field: "text".to_owned(), message }])
}
