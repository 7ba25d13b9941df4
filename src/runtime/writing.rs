//! Writing processes with a model: who may, and inside which budget.

use std::{sync::Arc, time::Duration};

use countersign_core::event::Acting;

use super::{Problem, Runtime, provider};
use crate::{
    config::Config,
    describe::{Describer, Limits, Price},
    llm::{
        Provider,
        spending::{Price as Rates, micros},
    },
};

/// The longest that one piece of writing may take, whatever the settings say.
const LONGEST: Duration = Duration::from_secs(900);

/// The describer that the configuration asks for.
///
/// # Errors
/// [`Problem::Setup`], when the model, its price or the budget is not configured right.
pub fn describer(config: &Config) -> Result<Describer, Problem> {
    let limits = limits(config)?;
    let provider = provider(config, limits.time)?;
    Describer::new(provider, limits).map_err(|error| Problem::Setup(error.to_string()))
}

/// A describer over a provider of the caller's choosing.
pub(super) fn describer_over(provider: Option<Arc<dyn Provider>>, config: &Config) -> Result<Describer, Problem> {
    Describer::new(provider, limits(config)?).map_err(|error| Problem::Setup(error.to_string()))
}

fn limits(config: &Config) -> Result<Limits, Problem> {
    let amount = |name: &str, text: &str| {
        micros(text).ok_or_else(|| {
            let message = format!("the configuration's {name} `{text}` is no amount; write it like \"0.15\"");
            Problem::Setup(message)
        })
    };
    let mut limits = Limits::default();
    if let Some(money) = &config.writing.money {
        limits.money = amount("[writing] money", money)?;
    }
    if let Some(seconds) = config.writing.seconds {
        limits.time = Duration::from_secs(seconds).min(LONGEST);
    }
    if let Some(price) = config.model.as_ref().and_then(|model| model.price.as_ref()) {
        limits.price = Some(Price {
            currency: price.currency.clone(),
            rates: Rates {
                input: amount("[model.price] input", &price.input)?,
                output: amount("[model.price] output", &price.output)?,
            },
        });
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
