//! Descriptions of processes while they are being written: who may, how two people write at the same time, and how a
//! draft becomes a version.

use std::collections::BTreeMap;

use countersign_core::{
    canonical::Digest,
    definition::{CriterionExample, Definition, Example},
    event::Acting,
    form::FieldFault,
    people::{ADMINISTRATOR, PersonId},
    value::FieldName,
};
use serde::{Deserialize, Serialize};

use super::{
    Problem, Runtime, merge,
    publish::Published,
    wishes::{TakenWish, Wish, Writing},
};
use crate::{
    id,
    language::{self, Attachments, BESIDE_BYTES_MAX, BESIDE_MAX},
    store::{Baseline, Draft, NewRevision, Put, Revision},
};

/// The largest text of a draft, in bytes: what the compiler takes at most.
pub const TEXT_BYTES_MAX: usize = 512 * 1024;
/// The largest prose that is kept beside a draft, in bytes.
pub const PROSE_BYTES_MAX: usize = 256 * 1024;
/// How many drafts are listed.
pub const DRAFTS_LISTED_MAX: u32 = 500;
/// How long after their last sign somebody still counts as being there, in milliseconds.
pub const PRESENT_MS: i64 = 30_000;
/// How often a save is tried while others save; then its text is kept beside the draft.
const SAVES_TRIED: u32 = 20;

/// What stands beside the text of a draft.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Beside {
    /// Labelled examples by the field that they fill.
    pub examples: BTreeMap<FieldName, Vec<Example>>,
    /// Guidelines by name.
    pub guidelines: BTreeMap<String, String>,
    /// Templates by name.
    pub templates: BTreeMap<String, String>,
    /// The Word files that templates were read from, by the name of the template: the digest under which each is kept.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub word_templates: BTreeMap<String, Digest>,
    /// Examples of criteria, by their words.
    pub criteria: BTreeMap<String, Vec<CriterionExample>>,
    /// The description in free prose that the text is written from.
    pub prose: String,
    /// The answers of the interview, by question; `None` before it was begun.
    pub answers: Option<BTreeMap<String, String>>,
    /// The revision that the answers made last.
    pub answered: u64,
    /// What a model wrote last, and where each of its sentences comes from.
    pub writing: Option<Writing>,
    /// A change that somebody wished for and nobody has taken or discarded yet.
    pub wish: Option<Wish>,
    /// The wished change that was taken last.
    pub taken: Option<TakenWish>,
}

/// A kind of texts that stand beside a draft.
#[derive(Clone, Copy)]
struct Kind {
    plural: &'static str,
    /// Those that are attached, by name.
    of: fn(&mut Beside) -> &mut BTreeMap<String, String>,
}

const GUIDELINES: Kind = Kind { plural: "guidelines", of: |beside| &mut beside.guidelines };
const TEMPLATES: Kind = Kind { plural: "templates", of: |beside| &mut beside.templates };

impl Beside {
    /// What stands beside a draft.
    #[must_use]
    pub fn of(draft: &Draft) -> Self {
        serde_json::from_value(draft.attachments.clone()).unwrap_or_default()
    }

    /// The part that the compiler reads.
    #[must_use]
    pub fn attachments(&self) -> Attachments {
        Attachments {
            examples: self.examples.clone(),
            guidelines: self.guidelines.clone(),
            templates: self.templates.clone(),
            word_templates: language::kept(&self.word_templates),
            criteria: self.criteria.clone(),
        }
    }
}

/// A draft to begin.
#[derive(Clone, Debug, Default)]
pub struct NewDraft {
    /// The process whose next version it is to become; `None` for a new one.
    pub process: Option<String>,
    /// What it begins with; for a process, an empty text means the text of today's version.
    pub text: String,
    /// What stands beside it.
    pub beside: Beside,
}

/// A text to save.
#[derive(Clone, Debug)]
pub struct Save {
    /// The revision that its author saw.
    pub base: u64,
    /// The text.
    pub text: String,
    /// The text of this author that stands beside the draft and is continued by this one.
    pub aside: Option<u64>,
}

/// What became of a save. Either way the text is kept as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// The draft shows it.
    Shown {
        /// The revision that is shown.
        revision: u64,
        /// The revision of the text as it was sent.
        own: u64,
        /// The text that is shown.
        text: String,
        /// Whose changes it was put together with, if somebody had saved in between.
        with: Option<PersonId>,
    },
    /// Somebody changed the same words; the text stands beside the draft until somebody chooses.
    Aside {
        /// The number of the text beside the draft.
        number: u64,
        /// The revision that is shown.
        revision: u64,
        /// Who changed the same words.
        by: PersonId,
    },
}

/// A draft as somebody opens it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The draft.
    pub draft: Draft,
    /// Who else has it open.
    pub others: Vec<PersonId>,
    /// The texts that stand beside it and wait for a choice.
    pub aside: Vec<Revision>,
}

impl Runtime {
    /// May this person describe a process: a new one (`None`), or the next version of this one? Answered by the core.
    pub async fn may_describe(&self, acting: &Acting, process: Option<&str>) -> Result<(), Problem> {
        let current = match process {
            Some(process) => self.store().current_version(process).await?,
            None => None,
        };
        match current {
            Some(version) => self.may_publish(acting, &version.definition, &version.hash),
            None => self.may_publish(acting, &no_process(), &String::new()),
        }
    }

    /// Begins a draft and returns its identifier.
    pub async fn begin_draft(&self, acting: &Acting, new: NewDraft) -> Result<String, Problem> {
        self.may_describe(acting, new.process.as_deref()).await?;
        let (mut text, mut beside, mut base) = (tidy(&new.text)?, new.beside, None);
        if let Some(process) = &new.process {
            let current = self.store().current_version(process).await?;
            let current = current.ok_or_else(|| Problem::NotFound(format!("process {process}")))?;
            if text.is_empty() {
                text = current.text;
                beside.examples = current.definition.examples;
                beside.guidelines = current.definition.guidelines;
                beside.templates = current.definition.templates;
                beside.word_templates = current.definition.word_templates;
                beside.criteria = current.definition.criteria;
            }
            base = Some(current.hash);
        }
        if beside.prose.len() > PROSE_BYTES_MAX {
            return Err(too_long(beside.prose.len(), PROSE_BYTES_MAX));
        }
        let (now, by) = (self.clock().now(), acting.id());
        let draft = Draft {
            id: id::new_id("draft"),
            process: new.process,
            base,
            title: title(&text),
            revision: 1,
            text,
            attachments: to_json(&beside)?,
            created_by: by.clone(),
            created_at: now,
            changed_by: by,
            changed_at: now,
            published: None,
        };
        let id = draft.id.clone();
        self.store().create_draft(draft).await?;
        Ok(id)
    }

    /// The drafts that this person may write on, the latest change first.
    pub async fn drafts(&self, acting: &Acting) -> Result<Vec<Draft>, Problem> {
        let mut may: BTreeMap<Option<String>, bool> = BTreeMap::new();
        let mut drafts = Vec::new();
        for draft in self.store().drafts(DRAFTS_LISTED_MAX).await? {
            let known = may.get(&draft.process).copied();
            let allowed = match known {
                Some(allowed) => allowed,
                None => self.may_describe(acting, draft.process.as_deref()).await.is_ok(),
            };
            may.insert(draft.process.clone(), allowed);
            if allowed {
                drafts.push(draft);
            }
        }
        Ok(drafts)
    }

    /// A draft, for somebody who may write on it.
    pub async fn draft(&self, acting: &Acting, id: &str) -> Result<Draft, Problem> {
        let draft = self.store().draft(id).await?.ok_or_else(|| Problem::NotFound(format!("draft {id}")))?;
        self.may_describe(acting, draft.process.as_deref()).await?;
        Ok(draft)
    }

    /// A draft as somebody opens it or still has it open: from now on the others are told that they are there.
    pub async fn open_draft(&self, acting: &Acting, id: &str) -> Result<Opened, Problem> {
        let draft = self.draft(acting, id).await?;
        let (now, me) = (self.clock().now(), acting.id());
        self.store().note_presence(id, &me, now).await?;
        let mut others = self.store().present_since(id, now.plus_ms(-PRESENT_MS)).await?;
        others.retain(|person| *person != me);
        let aside = self.store().drafts_aside(id).await?;
        Ok(Opened { draft, others, aside })
    }

    /// Saves a text. When somebody else has saved since its author looked, both are put together; where both changed
    /// the same words, the text is kept beside the draft, so that somebody chooses.
    pub async fn save_draft(&self, acting: &Acting, id: &str, save: Save) -> Result<Saved, Problem> {
        self.draft(acting, id).await?;
        let (text, by, at) = (tidy(&save.text)?, acting.id(), self.clock().now());
        let base = self.store().draft_revision(id, save.base).await?.map(|base| base.text).unwrap_or_default();
        let mut rival = by.clone();
        for _ in 0..SAVES_TRIED {
            let draft = self.draft(acting, id).await?;
            if draft.text == text {
                if let Some(settled) = save.aside {
                    self.store().settle_aside(id, settled).await?;
                }
                return Ok(Saved::Shown { revision: draft.revision, own: draft.revision, text, with: None });
            }
            let behind = draft.revision != save.base;
            if behind && text == base {
                // Its author wrote nothing; what somebody else wrote is shown to them.
                let with = Some(draft.changed_by);
                return Ok(Saved::Shown { revision: draft.revision, own: save.base, text: draft.text, with });
            }
            let merged =
                if behind { merge::whole(&merge::merge(&base, &text, &draft.text)) } else { Some(text.clone()) };
            rival.clone_from(&draft.changed_by);
            let Some(shown) = merged else { break };
            let own = (shown != text).then(|| text.clone());
            let (parent, settles) = (save.base, save.aside);
            let new =
                NewRevision { title: title(&shown), text: shown.clone(), own, parent, settles, by: by.clone(), at };
            if let Put::Shown { revision, own } = self.store().put_draft(id, draft.revision, new).await? {
                return Ok(Saved::Shown { revision, own, text: shown, with: behind.then_some(rival) });
            }
        }
        let number = self.store().put_aside(id, save.aside, save.base, &text, &by, at).await?;
        let revision = self.draft(acting, id).await?.revision;
        Ok(Saved::Aside { number, revision, by: rival })
    }

    /// What a text beside the draft and the draft have in common, and where somebody must choose.
    pub async fn compare_aside(&self, acting: &Acting, id: &str, number: u64) -> Result<Compared, Problem> {
        let draft = self.draft(acting, id).await?;
        let revision = self.store().draft_revision(id, number).await?.filter(|revision| revision.aside);
        let aside = revision.ok_or_else(|| Problem::NotFound(format!("text {number} beside draft {id}")))?;
        let base = match aside.parent {
            Some(parent) => self.store().draft_revision(id, parent).await?.map(|base| base.text),
            None => None,
        };
        let parts = merge::merge(&base.unwrap_or_default(), &aside.text, &draft.text);
        Ok(Compared { draft, aside, parts })
    }

    /// Saves what somebody chose from a text beside the draft, and lets go of that text. The choice was made on
    /// revision `seen`; when the draft shows another one by now, nothing is written and `None` comes back.
    pub async fn settle_draft(
        &self,
        acting: &Acting,
        id: &str,
        number: u64,
        seen: u64,
        text: &str,
    ) -> Result<Option<u64>, Problem> {
        self.draft(acting, id).await?;
        let (text, by, at) = (tidy(text)?, acting.id(), self.clock().now());
        let (title, settles) = (title(&text), Some(number));
        let new = NewRevision { title, text, own: None, parent: number, settles, by, at };
        Ok(match self.store().put_draft(id, seen, new).await? {
            Put::Shown { revision, .. } => Some(revision),
            Put::Moved(_) => None,
        })
    }

    /// Replaces what stands beside the text.
    pub async fn put_beside(&self, acting: &Acting, id: &str, beside: &Beside) -> Result<(), Problem> {
        self.draft(acting, id).await?;
        if beside.prose.len() > PROSE_BYTES_MAX {
            return Err(too_long(beside.prose.len(), PROSE_BYTES_MAX));
        }
        Ok(self.store().put_draft_attachments(id, &to_json(beside)?).await?)
    }

    /// Attaches a guideline under its name, or takes it away when it has no words.
    pub async fn put_guideline(&self, acting: &Acting, id: &str, name: &str, words: &str) -> Result<(), Problem> {
        self.attach(acting, id, (name, words), GUIDELINES, None).await
    }

    /// Attaches a template under its name, or takes it away when it has no words.
    pub async fn put_template(&self, acting: &Acting, id: &str, name: &str, words: &str) -> Result<(), Problem> {
        self.attach(acting, id, (name, words), TEMPLATES, None).await
    }

    /// Attaches a Word file as the template of this name; what was attached under it before goes.
    pub async fn put_word_template(&self, acting: &Acting, id: &str, name: &str, file: &[u8]) -> Result<(), Problem> {
        // Asked first, so that nobody has files read or kept who may not.
        self.draft(acting, id).await?;
        let (text, word) = self.read_word_template(name, file).await?;
        self.may_attach(acting, id, (name, &text), TEMPLATES).await?;
        self.keep_word_template(&word).await?;
        self.attach(acting, id, (name, &text), TEMPLATES, Some(word.digest)).await
    }

    /// Whether one more of this kind has its place beside a draft.
    async fn may_attach(
        &self,
        acting: &Acting,
        id: &str,
        (name, words): (&str, &str),
        Kind { plural, of }: Kind,
    ) -> Result<(), Problem> {
        if words.len() > BESIDE_BYTES_MAX {
            return Err(too_long(words.len(), BESIDE_BYTES_MAX));
        }
        let mut beside = Beside::of(&self.draft(acting, id).await?);
        let known = of(&mut beside);
        if known.len() >= BESIDE_MAX && !known.contains_key(name) {
            let message = format!("a process has at most {BESIDE_MAX} {plural}; take one away first");
            return Err(Problem::Faults(vec![FieldFault { field: "name".to_owned(), message }]));
        }
        Ok(())
    }

    async fn attach(
        &self,
        acting: &Acting,
        id: &str,
        (name, words): (&str, &str),
        kind: Kind,
        word: Option<Digest>,
    ) -> Result<(), Problem> {
        self.may_attach(acting, id, (name, words), kind).await?;
        let Kind { plural, of } = kind;
        self.beside(acting, id, |beside| {
            match words.trim().is_empty() {
                true => of(beside).remove(name),
                false => of(beside).insert(name.to_owned(), words.to_owned()),
            };
            if plural == TEMPLATES.plural {
                // What stood under this name before, a Word file or none, stands there no more.
                beside.word_templates.remove(name);
                beside.word_templates.extend(word.map(|word| (name.to_owned(), word)));
            }
        })
        .await
    }

    /// Publishes the revision that somebody confirmed. When the draft shows another one by now, nothing is published.
    pub async fn publish_draft(
        &self,
        acting: &Acting,
        id: &str,
        seen: u64,
        baseline: Option<Baseline>,
    ) -> Result<Option<Published>, Problem> {
        let draft = self.draft(acting, id).await?;
        if draft.revision != seen {
            return Ok(None);
        }
        let attachments = Beside::of(&draft).attachments();
        let published = self.publish_measured(acting, &draft.text, &attachments, baseline).await?;
        if let Published::Version { version, .. } = &published {
            self.store().draft_published(id, version).await?;
        }
        Ok(Some(published))
    }

    /// Throws a draft away.
    pub async fn remove_draft(&self, acting: &Acting, id: &str) -> Result<(), Problem> {
        self.draft(acting, id).await?;
        Ok(self.store().remove_draft(id).await?)
    }
}

/// A text beside the draft, held against it.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The draft.
    pub draft: Draft,
    /// The text beside it.
    pub aside: Revision,
    /// What they have in common, and where somebody must choose: `mine` is the text beside the draft.
    pub parts: Vec<merge::Part>,
}

/// The title that a text gives its process; empty when it gives none yet.
#[must_use]
pub fn title(text: &str) -> String {
    let heading = text.lines().find_map(|line| line.trim_start().strip_prefix('#'));
    heading.map(|heading| heading.trim_start_matches('#').trim().to_owned()).unwrap_or_default()
}

/// A text as it is kept: browsers send lines that end with CR LF.
fn tidy(text: &str) -> Result<String, Problem> {
    let text = text.replace("\r\n", "\n");
    if text.len() > TEXT_BYTES_MAX { Err(too_long(text.len(), TEXT_BYTES_MAX)) } else { Ok(text) }
}

fn too_long(size: usize, limit: usize) -> Problem {
    let fault = FieldFault {
        field: "text".to_owned(),
        message: format!("the text has {size} bytes and at most {limit} are taken; describe one process at a time"),
    };
    Problem::Faults(vec![fault])
}

fn to_json(beside: &Beside) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(beside).map_err(|error| Problem::Setup(format!("what stands beside a draft: {error}")))
}

/// For a process that is not there yet the administrators answer.
fn no_process() -> Definition {
    Definition::empty("", "", ADMINISTRATOR)
}
