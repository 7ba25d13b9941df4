//! The models that the configuration sets up, behind one router, with their costs in the database.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use countersign_core::time::{DAY_MS, Timestamp};
use futures_util::future::BoxFuture;

use super::Problem;
use crate::{
    agents::{Chain, offline_decider::ENGINE, prompts::PromptError},
    certificate::STAGES_MAX,
    clock::Clock,
    config::{Allowance, Config, Model, ModelLimits, ModelPrice, TierModel},
    llm::{
        Call, Provider, Secret, openai,
        route::{Choice, Member, OfTier, Plan, Router, USUAL_TIER},
        spending::{Cap, Cost, Ledger, Price, Shares, Spent, micros},
    },
    store::{ModelCall, ModelCost, Store, StoreError},
};

/// The name of the model that `[model]` sets up.
const ONLY: &str = "model";
/// The agents that may have a certificate, and so stages.
const CERTIFIED: [&str; 3] = ["classify", "score", "judge"];
/// The agents that the built-in engine may answer for.
const AGENTS: [&str; 5] = ["classify", "extract", "judge", "prepare", "score"];
/// The agents that write process texts, which only a model can.
const WRITERS: [&str; 2] = ["describe", "change"];
/// Who comes after the last stage.
const PERSON: &str = "person";
/// The setting that holds whether agents are switched off, and what it then holds.
const SWITCH: &str = "agents";
const OFF: &str = "off";

/// The router over the models of a configuration; none when it sets up no model. One question takes at most
/// `time_limit` with all its attempts, or what each model's settings say.
///
/// # Errors
/// [`Problem::Setup`], when a model, a tier or an amount is not right.
pub fn router(
    config: &Config,
    ledger: Arc<dyn Ledger>,
    clock: Clock,
    time_limit: Option<Duration>,
) -> Result<Option<Arc<Router>>, Problem> {
    let mut models: BTreeMap<&str, &Model> = config.models.iter().map(|(name, model)| (name.as_str(), model)).collect();
    if let Some(model) = &config.model {
        models.insert(ONLY, model);
    }
    if models.is_empty() {
        return Ok(None);
    }
    let members = models.iter().map(|(name, model)| member(name, model, time_limit)).collect::<Result<_, _>>()?;
    currency(config)?;
    let router = Router::new(members, plan(config)?, ledger, clock).map_err(Problem::Setup)?;
    Ok(Some(Arc::new(router)))
}

/// The currency in which the models' prices stand; none when no model has a price.
///
/// # Errors
/// [`Problem::Setup`], when prices stand in two currencies, since budgets could then not be added up.
pub fn currency(config: &Config) -> Result<Option<&str>, Problem> {
    let mut all = config.model.iter().chain(config.models.values()).filter_map(|model| model.price.as_ref());
    let Some(first) = all.next() else { return Ok(None) };
    match all.find(|price| price.currency != first.currency) {
        None => Ok(Some(&first.currency)),
        Some(other) => Err(Problem::Setup(format!(
            "the prices of models stand in {} and in {}; write them all in one currency, so that they can be added up",
            first.currency, other.currency
        ))),
    }
}

fn member(name: &str, model: &Model, time_limit: Option<Duration>) -> Result<Member, Problem> {
    let settings = openai::Settings {
        base_url: model.base_url.clone(),
        key: Secret::new(std::env::var(&model.key_variable).unwrap_or_default()),
        model: model.name.clone(),
        limits: limits(model.limits, time_limit),
        headers: model.headers.clone(),
        api: model.api,
        quirks: model.quirks,
    };
    let wrong = |why: String| Problem::Setup(format!("the model `{name}` cannot be used: {why}"));
    let provider = openai::OpenAi::new(settings).map_err(|error| wrong(error.to_string()))?;
    Ok(Member {
        name: name.to_owned(),
        provider: Arc::new(provider),
        price: model.price.as_ref().map(price).transpose()?.unwrap_or_default(),
        pace: model.questions_a_minute,
        personal: model.personal_data,
        placeholders: model.placeholders,
    })
}

/// How long a model is waited for: what its settings say, and for the whole of a question what the caller says first.
fn limits(set: ModelLimits, time_limit: Option<Duration>) -> openai::Limits {
    let usual = openai::Limits::default();
    let or = |ms: Option<u64>, usual: Duration| ms.map_or(usual, Duration::from_millis);
    openai::Limits {
        total: time_limit.unwrap_or_else(|| or(set.total_ms, usual.total)),
        silence: or(set.silence_ms, usual.silence),
        connect: or(set.connect_ms, usual.connect),
        ..usual
    }
}

/// A price in millionths of its currency.
///
/// # Errors
/// [`Problem::Setup`], when it is not an amount.
pub(super) fn price(price: &ModelPrice) -> Result<Price, Problem> {
    Ok(Price { input: amount("price", &price.input)?, output: amount("price", &price.output)? })
}

fn plan(config: &Config) -> Result<Plan, Problem> {
    let mut tiers: BTreeMap<String, Vec<Choice>> =
        config.tiers.iter().map(|(name, models)| (name.clone(), choices(models))).collect();
    if !tiers.contains_key(USUAL_TIER) {
        let all = config.model.iter().map(|_| ONLY).chain(config.models.keys().map(String::as_str));
        tiers.insert(
            USUAL_TIER.to_owned(),
            choices(&all.map(|name| TierModel::Next(name.to_owned())).collect::<Vec<_>>()),
        );
    }
    let spending = &config.spending;
    let caps = Shares {
        decision: cap(&spending.decision)?,
        case: cap(&spending.case)?,
        process: cap(&spending.process)?,
        day: cap(&spending.day)?,
    };
    if [&caps.decision, &caps.case, &caps.process, &caps.day].iter().any(|cap| cap.micros.is_some()) {
        something_costs(config)?;
    }
    let mut agents = BTreeMap::new();
    for (agent, stages) in &config.agents {
        if !AGENTS.iter().chain(&WRITERS).any(|known| known == agent) {
            return Err(Problem::Setup(format!(
                "the configuration's [agents] names `{agent}`, and there is no such agent; there are {} and {}",
                AGENTS.join(", "),
                WRITERS.join(" and ")
            )));
        }
        match stages.names() {
            [tier] if tier != ENGINE || !AGENTS.contains(&agent.as_str()) => {
                agents.insert(agent.clone(), tier.clone());
            }
            names => check_stages(agent, names, &tiers)?,
        }
    }
    Ok(Plan { tiers, agents, caps, ..Plan::default() })
}

/// Refuses a limit of money where no model has a price: it would never be reached. One model without a price among
/// others costs nothing.
fn something_costs(config: &Config) -> Result<(), Problem> {
    if config.model.iter().chain(config.models.values()).any(|model| model.price.is_some()) {
        return Ok(());
    }
    Err(Problem::Setup(
        "the configuration's [spending] limits money, but no model has a price, so that nothing would ever be used \
         up; write `price = { currency = \"EUR\", input = \"0.15\", output = \"0.60\" }` beside the model, or limit \
         tokens instead"
            .to_owned(),
    ))
}

/// Whether an agent can answer in these stages.
fn check_stages(agent: &str, names: &[String], tiers: &BTreeMap<String, Vec<Choice>>) -> Result<(), Problem> {
    let wrong = |why: String| Err(Problem::Setup(format!("the agent `{agent}` cannot be asked as set up: {why}")));
    if names.len() > 1 && !CERTIFIED.contains(&agent) {
        return wrong(format!(
            "what it answers needs no certificate, so that nothing tells when a stage is sure enough; name one tier \
             (stages are for {})",
            CERTIFIED.join(", ")
        ));
    }
    if names.is_empty() || names.len() > STAGES_MAX {
        return wrong(format!("it has {} stages; name 1 to {STAGES_MAX}", names.len()));
    }
    for (place, name) in names.iter().enumerate() {
        if name == PERSON {
            return wrong("a person always comes last, and is not named".to_owned());
        }
        if names[..place].contains(name) {
            return wrong(format!("the stage `{name}` is named twice"));
        }
        if name != ENGINE && !tiers.contains_key(name) {
            return wrong(format!("the tier `{name}` is not set up; stages are tiers, or `{ENGINE}`"));
        }
    }
    Ok(())
}

/// The agents of a configuration, over its models where there are some: agents with several stages ask one after the
/// other, those with one tier that tier, and the built-in engine is always there. Without a model it answers alone.
///
/// # Errors
/// [`Problem::Setup`], when a prompt file is broken.
pub(super) fn agents(config: &Config, router: Option<&Arc<Router>>) -> Result<Chain, Problem> {
    let broken = |error: PromptError| Problem::Setup(error.to_string());
    let mut chain = Chain::new(router.cloned().map(|router| router as Arc<dyn Provider>)).map_err(broken)?;
    let Some(router) = router else { return Ok(chain) };
    for (agent, stages) in &config.agents {
        let names = stages.names();
        if names.len() < 2 && names.first().is_some_and(|name| name != ENGINE) {
            continue;
        }
        let stage = |name: &String| {
            let tier = || Arc::new(OfTier::new(Arc::clone(router), name.clone())) as Arc<dyn Provider>;
            (name.clone(), (name != ENGINE).then(tier))
        };
        chain = chain.staged(agent, names.iter().map(stage).collect()).map_err(broken)?;
    }
    Ok(chain)
}

/// Models one after the other; neighbours with a weight share a place.
fn choices(models: &[TierModel]) -> Vec<Choice> {
    let mut rank = 0;
    let mut sharing = false;
    let mut choices = Vec::with_capacity(models.len());
    for model in models {
        let (name, weight, shares) = match model {
            TierModel::Next(name) => (name, 1, false),
            TierModel::Shared { model, weight } => (model, *weight, true),
        };
        if !(sharing && shares) {
            rank += 1;
        }
        sharing = shares;
        choices.push(Choice { model: name.clone(), rank, weight });
    }
    choices
}

fn cap(allowance: &Allowance) -> Result<Cap, Problem> {
    let money = allowance.money.as_deref().map(|text| amount("[spending] money", text)).transpose()?;
    Ok(Cap { tokens: allowance.tokens, micros: money })
}

/// An amount of money in millionths.
///
/// # Errors
/// [`Problem::Setup`], with the name under which it stands, when it is none.
pub(super) fn amount(name: &str, text: &str) -> Result<u64, Problem> {
    micros(text).ok_or_else(|| {
        Problem::Setup(format!("the configuration's {name} `{text}` is no amount; write it like \"0.15\""))
    })
}

/// The ledger in the database, which all machines on it share.
#[derive(Clone, Debug)]
pub struct Books {
    store: Store,
}

impl Books {
    /// The ledger of a store.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Switches agents off or on, for every machine on the database; who did it is on the record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn switch(&self, off: bool, by: &str, now: Timestamp) -> Result<(), StoreError> {
        let (value, detail) = if off { (OFF, "switched off") } else { ("on", "switched on") };
        self.store.set_setting_by((SWITCH, value), (by, detail), now).await
    }

    /// Whether agents are switched off.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn off(&self) -> Result<bool, StoreError> {
        Ok(self.store.setting(SWITCH).await?.as_deref() == Some(OFF))
    }
}

/// The start of the day of an instant, UTC.
#[must_use]
pub const fn day_of(now: Timestamp) -> Timestamp {
    Timestamp(now.day() * DAY_MS)
}

impl Ledger for Books {
    fn switched_off(&self) -> BoxFuture<'_, Result<bool, String>> {
        Box::pin(async { self.off().await.map_err(|error| error.to_string()) })
    }

    fn spent<'a>(&'a self, call: &'a Call, now: Timestamp) -> BoxFuture<'a, Result<Shares<Cost>, String>> {
        Box::pin(async move {
            let (case, process) = (call.case.as_deref(), call.process.as_deref());
            let costs = self.store.model_costs(&call.decision, case, process, now).await;
            let costs = costs.map_err(|error| error.to_string())?;
            let read = |cost: ModelCost| Cost { tokens: cost.tokens, micros: cost.micros };
            Ok(Shares {
                decision: read(costs.decision),
                case: read(costs.case),
                process: read(costs.process),
                day: read(costs.all),
            })
        })
    }

    fn note<'a>(&'a self, spent: &'a Spent) -> BoxFuture<'a, Result<(), String>> {
        let call = ModelCall {
            at: spent.at,
            agent: spent.call.agent.clone(),
            decision: spent.call.decision.clone(),
            case_id: spent.call.case.clone(),
            process: spent.call.process.clone(),
            model: spent.model.clone(),
            cost: ModelCost { tokens: spent.cost.tokens, micros: spent.cost.micros },
            took_ms: spent.took_ms,
            failure: spent.failure.clone(),
        };
        Box::pin(async move { self.store.note_model_call(call).await.map_err(|error| error.to_string()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tiers of a configuration, as the order in which models are asked: the rank, then the name.
    fn check(toml: &str, expected: &[(&str, &[(u32, &str)])]) {
        let config: Config = toml::from_str(toml).unwrap();
        let tiers = plan(&config).unwrap().tiers;
        let found: Vec<(&str, Vec<(u32, &str)>)> = tiers
            .iter()
            .map(|(tier, all)| (tier.as_str(), all.iter().map(|one| (one.rank, one.model.as_str())).collect()))
            .collect();
        let expected: Vec<_> = expected.iter().map(|(tier, all)| (*tier, all.to_vec())).collect();
        assert_eq!(found, expected, "{toml}");
    }

    const TWO: &str =
        "[models.mini]\nbase_url = 'http://a/v1'\nname = 'm'\n[models.big]\nbase_url = 'http://b/v1'\nname = 'b'\n";

    #[test]
    fn tiers_are_asked_in_their_order() {
        check("[model]\nbase_url = 'http://a/v1'\nname = 'm'\n", &[("small", &[(1, "model")])]);
        check(TWO, &[("small", &[(1, "big"), (2, "mini")])]);
        let tiers =
            "[tiers]\nsmall = ['mini', 'big']\nstrong = [{model = 'mini', weight = 9}, {model = 'big', weight = 1}]\n";
        check(
            &format!("{TWO}{tiers}"),
            &[("small", &[(1, "mini"), (2, "big")]), ("strong", &[(1, "mini"), (1, "big")])],
        );
    }

    #[test]
    fn how_long_a_model_is_waited_for_can_be_set() {
        let config: Config =
            toml::from_str(&format!("{TWO}[models.mini.limits]\ntotal_ms = 1500\nsilence_ms = 400\n")).unwrap();
        let set = |name: &str, caller: Option<Duration>| limits(config.models[name].limits, caller);
        let mini = set("mini", None);
        assert_eq!((mini.total.as_millis(), mini.silence.as_millis()), (1_500, 400));
        assert_eq!(mini.connect, openai::Limits::default().connect);
        assert_eq!(set("mini", Some(Duration::from_secs(180))).total.as_secs(), 180, "writing takes longer");
        assert_eq!(set("big", None), openai::Limits::default());
    }

    #[test]
    fn stages_that_cannot_be_asked_are_told() {
        let check = |agents: &str, words: Option<&str>| {
            let tiers = "[tiers]\nsmall = ['mini']\nstrong = ['big']\n";
            let config: Config = toml::from_str(&format!("{TWO}{tiers}[agents]\n{agents}\n")).unwrap();
            let found = plan(&config).err().map(|problem| problem.to_string());
            assert!(
                found.as_ref().map_or(words.is_none(), |found| words.is_some_and(|words| found.contains(words))),
                "{agents}: {found:?}"
            );
        };
        check("classify = ['offline', 'small', 'strong']", None);
        check("judge = ['strong']", None);
        check("extract = 'offline'", None);
        check("classify = ['offline', 'huge']", Some("the tier `huge` is not set up"));
        check("classify = ['small', 'small']", Some("named twice"));
        check("classify = ['offline', 'small', 'person']", Some("a person always comes last"));
        check("classify = []", Some("name 1 to 4"));
        check("extract = ['offline', 'small']", Some("needs no certificate"));
        check("describe = ['small', 'strong']", Some("needs no certificate"));
    }

    #[test]
    fn what_is_not_right_is_told() {
        let refused = |toml: &str| {
            let config: Config = toml::from_str(toml).unwrap();
            let ledger = Arc::new(crate::llm::spending::Notebook::default());
            router(&config, ledger, Clock::fixed(Timestamp(0)), None).err().map(|problem| problem.to_string())
        };
        let price = |currency: &str| format!("price = {{ currency = '{currency}', input = '1', output = '2' }}\n");
        let two = format!(
            "[models.a]\nbase_url = 'http://a/v1'\nname = 'm'\n{}[models.b]\nbase_url = 'http://b/v1'\nname = 'm'\n{}",
            price("EUR"),
            price("USD")
        );
        assert!(refused(&two).unwrap().contains("one currency"));
        assert!(
            refused(&format!("{TWO}{}[spending.day]\nmoney = 'much'\n", price("EUR")))
                .unwrap()
                .contains("`much` is no amount")
        );
        let limited = |models: &str| refused(&format!("{models}[spending.day]\nmoney = '5'\n"));
        assert!(limited(TWO).unwrap().contains("no model has a price"));
        assert_eq!(limited(&format!("{TWO}{}", price("EUR"))), None, "a model of the house may cost nothing");
        let misspelt = format!("{TWO}[agents]\nclasify = 'small'\n");
        assert!(refused(&misspelt).unwrap().contains("`clasify`, and there is no such agent"));
        assert_eq!(refused(&format!("{TWO}[agents]\ndescribe = 'small'\n")), None);
        assert!(refused(&format!("{TWO}[tiers]\nsmall = ['gone']\n")).unwrap().contains("`gone`"));
        assert!(refused("[model]\nbase_url = 'nowhere'\nname = 'm'\n").unwrap().contains("the model `model`"));
        assert_eq!(refused(TWO), None);
        assert_eq!(refused(""), None);
    }
}
