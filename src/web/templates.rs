//! The processes that a draft can begin with: the texts of `processes/`, embedded in the program.

use std::{collections::BTreeMap, sync::LazyLock};

use countersign_core::{
    definition::{Definition, Example, Step},
    value::FieldName,
};
use rust_embed::RustEmbed;

use super::{
    catalogue::text::{studio as text, the},
    views::studio::begin::Template as Shown,
};
use crate::language::{self, Attachments};

#[derive(RustEmbed)]
#[folder = "processes/"]
struct Files;

/// A template with what stands beside it.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) shown: Shown,
    pub(super) text: String,
    pub(super) examples: BTreeMap<FieldName, Vec<Example>>,
}

static ALL: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let mut names: Vec<String> =
        Files::iter().filter_map(|file| Some(file.strip_suffix("/process.md")?.to_owned())).collect();
    names.sort();
    let mut all: Vec<Template> = names.iter().filter_map(|name| read(name)).collect();
    all.sort_by(|one, other| one.shown.title.cmp(&other.shown.title));
    all
});

static SHOWN: LazyLock<Vec<Shown>> = LazyLock::new(|| ALL.iter().map(|template| template.shown.clone()).collect());

/// Every template, by title.
pub(super) fn all() -> &'static [Shown] {
    &SHOWN
}

/// The template of this name.
pub(super) fn find(name: &str) -> Option<&'static Template> {
    ALL.iter().find(|template| template.shown.name == name)
}

fn read(name: &str) -> Option<Template> {
    let file = |file: &str| {
        let bytes = Files::get(&format!("{name}/{file}"))?.data;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = file("process.md")?;
    let attachments = file("examples.jsonl").and_then(|lines| Attachments::read(&lines).ok()).unwrap_or_default();
    let definition = language::compile(&text, &attachments).definition?;
    let shown = Shown {
        name: name.to_owned(),
        title: definition.title.clone(),
        purpose: purpose(&definition),
        text: text.clone(),
    };
    Some(Template { shown, text, examples: attachments.examples })
}

fn purpose(definition: &Definition) -> String {
    let stages: Vec<String> = definition.stages.iter().map(|stage| stage.name.clone()).collect();
    let mut closings: Vec<String> = definition.successes.clone();
    definition.walk(&mut |_, step| {
        if let Step::End { closing } = step
            && !closings.contains(closing)
        {
            closings.push(closing.clone());
        }
    });
    text::purpose(&the(&definition.starter), &stages, &closings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_that_is_kept_as_a_sample_is_a_template() {
        let texts = Files::iter().filter(|file| file.ends_with("/process.md")).count();
        assert_eq!(all().len(), texts, "a template that cannot be published helps nobody");
        let expense = find("expense-claim").unwrap();
        assert!(!expense.examples.is_empty());
        assert!(
            expense.shown.purpose.starts_with("Started by the employee; goes through "),
            "{}",
            expense.shown.purpose
        );
    }
}
