//! Running cases and the versions of their process: what a move to another version would do, the move, and its undo.

use std::{collections::BTreeMap, sync::Arc};

use countersign_core::{
    Context, Verb, authorise,
    canonical::Digest,
    case::Case,
    definition::{Definition, Path},
    event::{Acting, EventKind},
    migrate::{Fit, preview},
};

use super::{
    Problem,
    apply::{Applied, Beside},
    engine::Engine,
    world::Loaded,
};
use crate::store::{CaseFilter, CaseState};

/// The most running cases that one look at a migration shows.
pub const CASES_A_LOOK_MAX: u32 = 500;

/// Where a case goes on from steps that the other version does not have: old step, new step.
pub type Chosen = BTreeMap<Path, Path>;

/// A running case, seen from another version of its process.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The case under the version that it runs.
    pub loaded: Loaded,
    /// The other version, with what was added to the case.
    pub new: Arc<Definition>,
    /// Whether it can go on under it, and how.
    pub fit: Fit,
}

impl Engine {
    /// Looks whether a case can go on under another version of its process.
    pub async fn look(&self, loaded: Loaded, to: &Digest, chosen: &Chosen) -> Result<Looked, Problem> {
        let new = self.effective(to, &loaded.case).await?;
        let fit = preview(&loaded.definition, &new, &loaded.case, chosen);
        Ok(Looked { loaded, new, fit })
    }

    /// Looks at every running case of a process that does not run `to`, the oldest first.
    pub async fn look_at_all(&self, process: &str, to: &Digest) -> Result<Vec<Looked>, Problem> {
        let filter = CaseFilter {
            process: Some(process.to_owned()),
            state: CaseState::Open,
            limit: CASES_A_LOOK_MAX,
            ..CaseFilter::default()
        };
        let mut looked = Vec::new();
        for row in self.store().cases(&filter).await? {
            if row.version != *to {
                let loaded = self.load(&row.id).await?;
                looked.push(self.look(loaded, to, &Chosen::new()).await?);
            }
        }
        looked.sort_by_key(|one| one.loaded.case.number);
        Ok(looked)
    }

    /// Moves a case to another version of its process, in one commit, or says why not.
    pub async fn migrate(
        &self,
        acting: &Acting,
        case_id: &str,
        to: &Digest,
        chosen: &Chosen,
        key: &str,
    ) -> Result<Applied, Problem> {
        let dedup = format!("migration/{key}");
        if self.store().applied(case_id, &dedup).await?.is_some() {
            return Ok(Applied { loaded: self.load(case_id).await?, repeated: true });
        }
        let loaded = self.load(case_id).await?;
        // Whoever answers for the case today decides whether it goes over; the core asks for the version it comes to.
        self.may_migrate(acting, &loaded)?;
        let number = loaded.case.number;
        let refused = |why: String| Problem::Rejected(countersign_core::Rejected::NotMigratable { number, why });
        let from = loaded.case.version.clone();
        if from == *to {
            return Err(refused("it runs that version already".to_owned()));
        }
        let mapping = match self.look(loaded, to, chosen).await?.fit {
            Fit::Fits { mapping, .. } => mapping,
            Fit::NeedsMapping { unplaced } => {
                let steps: Vec<String> = unplaced.iter().map(|one| one.step.to_string()).collect();
                let steps = steps.join(" and ");
                return Err(refused(format!(
                    "the version has no step like {steps}, at which it waits; say where it goes on"
                )));
            }
            Fit::Refused { reason } => return Err(refused(reason)),
        };
        let kind = EventKind::CaseMigrated { from, to: to.clone(), mapping };
        let beside = Beside { under: Some(to.clone()), ..Beside::default() };
        self.apply_beside(case_id, acting, &kind, &dedup, &beside).await
    }

    /// Brings a case back to the version that it ran before, as long as it has taken no step since.
    pub async fn undo_migration(&self, acting: &Acting, case_id: &str, key: &str) -> Result<Applied, Problem> {
        let loaded = self.load(case_id).await?;
        self.may_migrate(acting, &loaded)?;
        let under = loaded.case.migrated.as_ref().map(|migrated| migrated.before.version.clone());
        let beside = Beside { under, ..Beside::default() };
        self.apply_beside(case_id, acting, &EventKind::MigrationUndone, &format!("undo/{key}"), &beside).await
    }

    fn may_migrate(&self, acting: &Acting, loaded: &Loaded) -> Result<(), Problem> {
        let context: Context<'_> = loaded.context();
        authorise(&context, Some(&loaded.case), acting, &Verb::MigrateCase, self.clock().now())
            .map_err(|refusal| Problem::Rejected(refusal.into()))
    }

    /// Whether a recorded move to another version is not the one that both versions lead to; then why.
    pub(super) async fn carried_otherwise(
        &self,
        before: &Case,
        kind: &EventKind,
        new: &Definition,
    ) -> Result<Option<String>, Problem> {
        let EventKind::CaseMigrated { mapping, .. } = kind else { return Ok(None) };
        let old = self.effective(&before.version, before).await?;
        let chosen = mapping.places.iter().filter(|(_, place)| !place.carried);
        let chosen: Chosen = chosen.map(|(from, place)| (from.clone(), place.to.clone())).collect();
        let same = matches!(preview(&old, new, before, &chosen), Fit::Fits { mapping: found, .. } if found == *mapping);
        Ok((!same).then(|| "the case would be carried over in another way".to_owned()))
    }
}
