//! What whoever answers for a process is told about its agents: in their inbox, by mail, on the record, and on the
//! timeline of the case whose decision brought it about.

use std::collections::BTreeMap;

use countersign_core::{case::Case, definition::Definition, event::Acting, time::Timestamp};

use super::{
    Problem, Runtime,
    autonomy::{doing, in_words},
    engine::Engine,
    limits::own,
    world::Loaded,
};
use crate::{
    certificate::{AUDITED, Certificate},
    store::{Answerer, Aside, Issued, Label, Mail, OwnerNotice, Tidings},
};

impl Engine {
    /// What is kept with a decision that labels answers: the labels, and that a check found an answer wrong.
    pub(super) fn with_labels(&self, after: &Loaded, labels: &[Label], now: Timestamp) -> Vec<Aside> {
        let mut kept: Vec<Aside> = labels.iter().cloned().map(Aside::Label).collect();
        for label in labels.iter().filter(|label| label.audit && !label.labelled.right) {
            let text = format!(
                "In case {} a person decided otherwise than the agent that {} in {}. Its answer was held for a check. \
                 When too many of these are wrong, it no longer decides alone.",
                after.case.number,
                doing_at(&after.definition, &label.of),
                after.definition.title,
            );
            let key = format!("check/{}", label.key);
            let told = self.to_owners(&after.definition, (&label.of.process, &key, &text), Some(&after.case), now);
            kept.extend(told.0.into_iter().map(Aside::OwnerNotice));
            kept.extend(told.1.into_iter().map(Aside::Mail));
        }
        kept
    }

    /// What is told when an agent may decide alone.
    pub(super) fn certified(
        &self,
        definition: &Definition,
        of: &Answerer,
        certificate: &Certificate,
        decision: Option<(&Case, u64)>,
    ) -> Tidings {
        let (does, says, title) = (doing_at(definition, of), in_words(certificate), &definition.title);
        let detail = format!("the agent `{}` that {does} in `{}` may decide alone: {says}", of.engine, of.process);
        let text = format!(
            "The agent that {does} in {title} may decide alone from now on: {says}. One in {AUDITED} of its answers is \
             held for a person's check."
        );
        let key = format!("begin/{}/{}/{}/{}", of.step, of.engine, of.prompt, certificate.look);
        self.tidings(definition, (&of.process, &key), (detail, text), decision)
    }

    /// What is told when it may not any more.
    pub(super) fn ended(
        &self,
        definition: &Definition,
        issued: &Issued,
        why: &str,
        decision: Option<(&Case, u64)>,
    ) -> Tidings {
        let (of, title) = (&issued.of, &definition.title);
        let does = doing_at(definition, of);
        let detail =
            format!("the agent `{}` that {does} in `{}` may no longer decide alone: {why}", of.engine, of.process);
        let text = format!(
            "The agent that {does} in {title} may no longer decide alone: {why}. From now on each of these answers is \
             a suggestion again."
        );
        self.tidings(definition, (&of.process, &format!("end/{}", issued.id)), (detail, text), decision)
    }

    fn tidings(
        &self,
        definition: &Definition,
        (process, key): (&str, &str),
        (detail, text): (String, String),
        decision: Option<(&Case, u64)>,
    ) -> Tidings {
        let now = self.clock().now();
        let (notices, mails) = self.to_owners(definition, (process, key, &text), decision.map(|(case, _)| case), now);
        let decision = decision.map(|(case, seq)| (case.id.clone(), seq));
        Tidings { by: Acting::System.id(), detail, decision, notices, mails }
    }

    /// A notice and a mail for everybody who answers for the process.
    fn to_owners(
        &self,
        definition: &Definition,
        (process, key, text): (&str, &str, &str),
        case: Option<&Case>,
        at: Timestamp,
    ) -> (Vec<OwnerNotice>, Vec<Mail>) {
        let world = self.world();
        let (mut notices, mut mails) = (Vec::new(), Vec::new());
        for person in world.directory.holders(&definition.accountable) {
            notices.push(OwnerNotice {
                key: key.to_owned(),
                person: person.clone(),
                process: process.to_owned(),
                case_number: case.map(|case| case.number),
                text: text.to_owned(),
                at,
            });
            let known = world.directory.people.get(person);
            let Some(address) = known.map(|known| known.email.clone()).filter(|address| !address.is_empty()) else {
                continue;
            };
            mails.push(Mail {
                key: format!("autonomy/{process}/{key}/{person}"),
                case_id: case.map(|case| case.id.clone()),
                to_name: world.directory.name(person).to_owned(),
                to_address: address,
                text: text.to_owned(),
                at,
            });
        }
        (notices, mails)
    }
}

impl Runtime {
    /// What certificates came or went with events of this case, in words, by the event.
    pub(super) async fn turns_of(&self, case_id: &str) -> Result<BTreeMap<u64, Vec<String>>, Problem> {
        let mut told = BTreeMap::<u64, Vec<String>>::new();
        for turn in self.store().turns(case_id).await? {
            let of = &turn.issued.of;
            let Some(version) = self.store().current_hash(&of.process).await? else { continue };
            let does = doing_at(&*self.definition(&version).await?, of);
            let words = match (turn.ends, &turn.issued.ended) {
                (true, Some((_, why))) => format!("With this the agent that {does} may no longer decide alone: {why}."),
                _ => {
                    format!("With this the agent that {does} may decide alone: {}.", in_words(&turn.issued.certificate))
                }
            };
            told.entry(turn.seq).or_default().push(words);
        }
        Ok(told)
    }
}

/// What the agent does, as far as this text still has its step.
fn doing_at(definition: &Definition, of: &Answerer) -> String {
    let path = countersign_core::definition::Path::try_from(of.step.clone()).ok();
    let does = path.and_then(|path| doing(definition, &path));
    let does = does.unwrap_or_else(|| "answers at a step that has moved".to_owned());
    match own(of) {
        Some((_, answer)) => format!("{does}, where it says “{answer}”,"),
        None => does,
    }
}
