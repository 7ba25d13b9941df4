//! Writing processes with a model: who may, and inside which budget.

use std::{sync::Arc, time::Duration};

use countersign_core::event::Acting;

use super::{
    Problem, Runtime,
    models::{self, amount},
};
use crate::{
    config::Config,
    describe::{Describer, Limits, Price},
    llm::{Provider, spending::Price as Rates},
};

/// The longest that one piece of writing may take, whatever the settings say.
const LONGEST: Duration = Duration::from_secs(900);

/// A describer that asks this provider, inside the budget that the configuration sets.
///
/// # Errors
/// [`Problem::Setup`], when the budget is not configured right.
pub(super) fn describer(provider: Option<Arc<dyn Provider>>, config: &Config) -> Result<Describer, Problem> {
    Describer::new(provider, limits(config)?).map_err(|error| Problem::Setup(error.to_string()))
}

/// What one piece of writing may cost and take.
pub(super) fn limits(config: &Config) -> Result<Limits, Problem> {
    let mut limits = Limits::default();
    if let Some(money) = &config.writing.money {
        limits.money = amount("[writing] money", money)?;
    }
    if let Some(seconds) = config.writing.seconds {
        limits.time = Duration::from_secs(seconds).min(LONGEST);
    }
    // A question goes to whichever model answers, so that the dearest one is what has to be paid.
    let prices = config.model.iter().chain(config.models.values()).filter_map(|model| model.price.as_ref());
    for one in prices {
        let rates = models::price(one)?;
        let known = limits.price.as_ref().map(|price| price.rates).unwrap_or_default();
        let rates = Rates { input: rates.input.max(known.input), output: rates.output.max(known.output) };
        limits.price = Some(Price { currency: one.currency.clone(), rates });
    }
    Ok(limits)
}

impl Runtime {
    /// The describer.
    #[must_use]
    pub fn describer(&self) -> &Describer {
        &self.inner.describer
    }

    /// Whether somebody may write processes here: administrators, and whoever may publish one of those in force.
    ///
    /// # Errors
    /// [`Problem::Rejected`], with who could.
    pub async fn may_write(&self, acting: &Acting) -> Result<(), Problem> {
        let mut allowed = self.may_describe(acting, None).await;
        for row in self.store().list_processes().await? {
            if allowed.is_ok() {
                break;
            }
            // Whoever is told no hears of the first reason: who may describe processes at all.
            if self.may_describe(acting, Some(&row.id)).await.is_ok() {
                allowed = Ok(());
            }
        }
        allowed
    }
}
