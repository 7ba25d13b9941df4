//! The canonical definition of a process: what a process text compiles to and what a case runs.
//!
//! It is block-structured (stages; sequence, choice, parallel with join, wait, end) with one restricted
//! `return to`, so a case can always be told where it stands and where it may go. It holds no spans of
//! the text: those live beside it, so that the same process written differently is the same definition.

mod criterion;
mod cut_off;
mod message;
mod path;
mod schedule;
mod step;

use alloc::{boxed::Box, collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

pub use criterion::{CitedExample, CriterionExample, RightAnswer};
pub use cut_off::CutOff;
pub use message::{MessageStep, MessageText, Signer};
pub use path::Path;
pub use schedule::{Every, Schedule, Weekday};
pub use step::{
    AgentStep, AgentWork, Branch, CheckStep, Escalation, HumanStep, HumanVerb, Join, LookUpStep, Losers, Offset,
    ScaleMark, Step, SystemStep, Track, WaitUntil,
};

use crate::{canonical::Digest, value::FieldName};

/// The format number that new definitions are written with.
pub const DEFINITION_FORMAT: u16 = 1;

/// The most items that a list of the case file may have.
pub const EACH_ITEMS_MAX: usize = 200;

/// What the name of a process that is only rehearsed ends with. The language gives no process such a name.
pub const REHEARSAL_SUFFIX: &str = ".rehearsal";

/// Whether a process of this name is only rehearsed.
#[must_use]
pub fn is_rehearsal(process: &str) -> bool {
    process.ends_with(REHEARSAL_SUFFIX)
}

/// A process, ready to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// See [`DEFINITION_FORMAT`].
    pub format: u16,
    /// Short stable name, such as `expense-claim`.
    pub id: String,
    /// The title as people read it.
    pub title: String,
    /// The role that may start a case; the person who does is the requester, and the text calls them by it.
    pub starter: String,
    /// The role that answers for the outcome of every case.
    pub accountable: String,
    /// Closings that count as a success.
    pub successes: Vec<String>,
    /// Where people say that it usually stalls.
    pub stalls_at: Option<String>,
    /// How dates and amounts in documents are read.
    pub reading: Reading,
    /// Every field of the case file, in the order of the text.
    pub fields: Vec<Field>,
    /// People outside the organisation who take part by a link.
    pub parties: Vec<Party>,
    /// Fields that only some may see; a field without an entry is seen by everybody who may see the case.
    pub visibility: Vec<Visibility>,
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// What happens when the requester withdraws; `None` means that they cannot.
    pub withdrawal: Option<Withdrawal>,
    /// Rules that forbid something, kept so that they can be shown and proven.
    pub prohibitions: Vec<Prohibition>,
    /// Plain information that the text keeps.
    pub notes: Vec<String>,
    /// Labelled examples for the classifier, by the field that it fills. Pinned with the version.
    pub examples: BTreeMap<FieldName, Vec<Example>>,
    /// Who owns the values of a choice field, see [`Who::OwnerOf`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<OwnerList>,
    /// Guidelines that agents go by, by name. Pinned with the version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub guidelines: BTreeMap<String, String>,
    /// Templates that code fills in, by name, see [`crate::template`]. Pinned with the version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub templates: BTreeMap<String, String>,
    /// The Word files that templates were read from, by the name of the template: the digest under which each is kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub word_templates: BTreeMap<String, Digest>,
    /// Examples of what a criterion means, by the criterion's words. Pinned with the version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub criteria: BTreeMap<String, Vec<CriterionExample>>,
    /// When cases start by themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// Who alone may see a case, besides the accountable role and whoever has a task in it; `None` means
    /// everybody who takes part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readers: Option<Vec<Who>>,
}

/// Who owns which value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerList {
    /// A choice field.
    pub field: FieldName,
    /// The owner of each of its words.
    pub owners: BTreeMap<String, Who>,
}

/// How dates and amounts in documents are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The order of day and month in `03/04/2026`; `None` shows such a date as ambiguous.
    pub day_order: Option<DayOrder>,
    /// The currency of an amount that names none; `None` leaves such an amount to a person.
    pub currency: Option<String>,
}

/// Which comes first in a date of three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOrder {
    /// 31/12/2026.
    DayFirst,
    /// 12/31/2026.
    MonthFirst,
}

/// One field of the case file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name; what is read from a document is named `document.field`.
    pub name: FieldName,
    /// How the text calls it.
    pub label: String,
    /// Its type.
    pub kind: FieldKind,
    /// Whether a form that asks for it may be handed in without it.
    pub required: bool,
    /// Where it comes from.
    pub source: FieldSource,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// Free text of one or more lines.
    Text,
    /// An e-mail address.
    Email,
    /// An IBAN (ISO 13616), whose check digits are verified.
    Iban,
    /// An amount of money.
    Money,
    /// A day.
    Date,
    /// A whole number.
    Number,
    /// Yes or no.
    YesNo,
    /// One word of a list.
    Choice {
        /// The words, in the order of the text.
        options: Vec<String>,
    },
    /// A document.
    Document,
    /// Somebody of the organisation.
    Person,
    /// Several values of one kind: text, money, date or number; at most [`EACH_ITEMS_MAX`].
    List {
        /// The kind of each item.
        of: Box<FieldKind>,
    },
}

/// Where a field comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum FieldSource {
    /// A form asks for it; the start form is the one that opens the case.
    Form {
        /// The form's name, such as `claim form`.
        form: String,
        /// Whether this form opens the case.
        start: bool,
    },
    /// An agent reads it from a document.
    Document {
        /// The document's field.
        document: FieldName,
    },
    /// An agent proposes it.
    Agent,
    /// Another system is asked for it.
    System {
        /// The system.
        system: String,
    },
    /// Code fills it in from templates.
    Template {
        /// The fields whose values stand in it, also by way of other filled templates.
        from: Vec<FieldName>,
    },
    /// It is the current item of a list.
    Item {
        /// The field that holds the list.
        list: FieldName,
    },
}

/// Somebody outside the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// How the text calls them, such as `supplier`.
    pub name: String,
    /// The field that holds their e-mail address.
    pub email: FieldName,
}

/// Who alone may see a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visibility {
    /// The field.
    pub field: FieldName,
    /// Who may see it, and nobody else.
    pub readers: Vec<Who>,
}

impl Visibility {
    /// Whether the rule is about a field: what was read from a document is as private as the document.
    #[must_use]
    pub fn covers(&self, field: &str) -> bool {
        let source = field.split_once('.').map_or(field, |(document, _)| document);
        self.field == field || self.field == source
    }
}

/// A person or a group of people, found when it is needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Who {
    /// Whoever opened the case.
    Requester,
    /// The requester's manager.
    ManagerOfRequester,
    /// Whoever gave the latest approval in this case, or is asked for it now.
    Approver,
    /// Everybody who holds the role.
    Role {
        /// Its name, as the text writes it without the article.
        role: String,
    },
    /// An outside party.
    Party {
        /// Its name.
        party: String,
    },
    /// Whoever owns the value of a field, by the list in [`Definition::owners`].
    OwnerOf {
        /// The field.
        field: FieldName,
    },
    /// The manager of the person whom a field names.
    ManagerOf {
        /// The field.
        field: FieldName,
    },
}

/// A phase of the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// What a withdrawal by the requester does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The stage from whose start it is no longer possible; `None` means any time.
    pub before_stage: Option<String>,
    /// How the case closes.
    pub closing: String,
}

/// Something that must never happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "never", rename_all = "snake_case")]
pub enum Prohibition {
    /// No agent may approve the thing.
    AgentApproves {
        /// The thing, in the words of the text.
        subject: String,
    },
    /// Whoever approves must not be this person.
    ApproverIs {
        /// The person.
        who: Who,
    },
}

/// A text and the label that it should get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The text.
    pub text: String,
    /// The label.
    pub label: String,
}

impl Definition {
    /// A process of this name that nothing is known of but who starts it and who answers for it. Its title is
    /// its name.
    #[must_use]
    pub fn empty(id: &str, starter: impl Into<String>, accountable: impl Into<String>) -> Self {
        Self {
            format: DEFINITION_FORMAT,
            id: String::from(id),
            title: String::from(id),
            starter: starter.into(),
            accountable: accountable.into(),
            successes: Vec::new(),
            stalls_at: None,
            reading: Reading::default(),
            fields: Vec::new(),
            parties: Vec::new(),
            visibility: Vec::new(),
            stages: Vec::new(),
            withdrawal: None,
            prohibitions: Vec::new(),
            notes: Vec::new(),
            examples: BTreeMap::new(),
            owners: Vec::new(),
            guidelines: BTreeMap::new(),
            templates: BTreeMap::new(),
            word_templates: BTreeMap::new(),
            criteria: BTreeMap::new(),
            schedules: Vec::new(),
            readers: None,
        }
    }

    /// The block that holds the step at `path`, and the step's place in it.
    #[must_use]
    pub fn block(&self, path: &Path) -> Option<(&[Step], usize)> {
        let (stage, rest) = path.0.split_first()?;
        let mut block: &[Step] = &self.stages.get(usize::from(*stage))?.steps;
        let (first, mut rest) = rest.split_first()?;
        let mut place = usize::from(*first);
        while let [inner, step, tail @ ..] = rest {
            block = block.get(place)?.blocks().get(usize::from(*inner)).copied()?;
            place = usize::from(*step);
            rest = tail;
        }
        rest.is_empty().then_some((block, place))
    }

    /// The step at `path`.
    #[must_use]
    pub fn step(&self, path: &Path) -> Option<&Step> {
        let (block, place) = self.block(path)?;
        block.get(place)
    }

    /// Whether it is only rehearsed: real people take part, and nothing leaves the house.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        is_rehearsal(&self.id)
    }

    /// This process as one that is only rehearsed, which is another process with cases of its own.
    #[must_use]
    pub fn rehearsal(&self) -> Self {
        let mut rehearsed = self.clone();
        rehearsed.id.push_str(REHEARSAL_SUFFIX);
        rehearsed.title = alloc::format!("Rehearsal: {}", self.title);
        rehearsed
    }

    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Every rule about who alone may see a field; each of them must let a reader in. A filled template is as private
    /// as what stands in it.
    pub fn rules_about<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Visibility> {
        let source = field.split_once('.').map_or(field, |(document, _)| document);
        let from = match self.field(source).map(|field| &field.source) {
            Some(FieldSource::Template { from }) => from.as_slice(),
            _ => &[],
        };
        self.visibility.iter().filter(move |rule| rule.covers(field) || from.iter().any(|name| rule.covers(name)))
    }

    /// The rules with those that follow for filled templates.
    #[must_use]
    pub fn all_visibility(&self) -> Vec<Visibility> {
        let mut all = self.visibility.clone();
        for field in &self.fields {
            if let FieldSource::Template { .. } = field.source {
                let rules = self.rules_about(&field.name).filter(|rule| !rule.covers(&field.name));
                all.extend(rules.map(|rule| Visibility { field: field.name.clone(), readers: rule.readers.clone() }));
            }
        }
        all
    }

    /// The fields of the form that opens a case, in order.
    pub fn start_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| matches!(field.source, FieldSource::Form { start: true, .. }))
    }

    /// Calls `visit` with every step and its path, parents before children.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&Path, &'a Step)) {
        for (index, stage) in self.stages.iter().enumerate() {
            walk_block(&stage.steps, &Path(alloc::vec![index_u16(index)]), visit);
        }
    }
}

fn walk_block<'a>(block: &'a [Step], parent: &Path, visit: &mut dyn FnMut(&Path, &'a Step)) {
    for (index, step) in block.iter().enumerate() {
        let path = parent.child(index_u16(index));
        visit(&path, step);
        for (number, inner) in step.blocks().into_iter().enumerate() {
            walk_block(inner, &path.child(index_u16(number)), visit);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the language refuses more than 1,000 sentences")]
pub(crate) const fn index_u16(index: usize) -> u16 {
    index as u16
}
