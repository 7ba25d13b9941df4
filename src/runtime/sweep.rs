//! The loop that never stops looking: what is due is ticked, what is released is carried out.

use std::time::Duration;

use countersign_core::event::{Acting, EventKind};
use futures_util::FutureExt as _;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::MissedTickBehavior,
};
use tracing::Instrument as _;

use super::{Problem, engine::Engine, hands::InHand};
use crate::{
    config::{EFFECT_LEASE, LEASE_RENEWED_EVERY},
    store::EffectRow,
};

/// How many due cases are ticked before effects get their turn.
const TICKS_A_ROUND: u32 = 200;
/// The longest time between two looks, so that a lost nudge costs no more than this.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long effects in flight may take to end after the program was told to stop. One that takes longer keeps its row
/// and its key, and the next start carries it out again.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);
/// How many rounds a command-line run makes until nothing automatic is left.
const QUIET_ROUNDS_MAX: u32 = 100_000;

/// Effects that are being carried out. Each is a task of its own: one that holds a connection of the store must go
/// on while a round waits for a connection.
type InFlight = JoinSet<()>;

fn lease_ms() -> i64 {
    i64::try_from(EFFECT_LEASE.as_millis()).unwrap_or(i64::MAX)
}

/// What one look at everything found.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// How much was ticked, opened and reported.
    pub(crate) looked_at: usize,
    /// What the caller must now carry out, each beside everything else, see [`Engine::carry_out`].
    pub(crate) claimed: Vec<EffectRow>,
}

impl Engine {
    /// Runs the sweep beside everything else, until `stop` turns true.
    #[must_use]
    pub fn spawn(&self, stop: watch::Receiver<bool>) -> JoinHandle<()> {
        let engine = self.clone();
        tokio::spawn(async move { engine.run(stop).await })
    }

    /// Runs until `stop` turns true; what is in flight is finished first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut in_flight = InFlight::new();
        if let Err(problem) = self.resume().await {
            tracing::error!(%problem, "cannot resume what was being carried out");
        }
        let mut handed_over = self.hands().open();
        let mut clock = tokio::time::interval(LOOK_EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look = true;
        while !*stop.borrow() {
            self.vitals().swept();
            if look && let Err(problem) = self.begin(&mut in_flight).await {
                tracing::error!(%problem, "a round of the sweep failed; the next one tries again");
            }
            look = tokio::select! {
                Some(one) = next(&mut handed_over) => {
                    self.carry(&mut in_flight, one);
                    false
                }
                Some(_) = in_flight.join_next(), if !in_flight.is_empty() => self.hands().left_something(),
                () = self.nudged() => true,
                _ = clock.tick() => true,
                _ = stop.changed() => false,
            };
        }
        self.hands().close();
        if let Some(mut handed_over) = handed_over {
            while let Ok(one) = handed_over.try_recv() {
                self.carry(&mut in_flight, one);
            }
            self.hands().give_back(handed_over);
        }
        let finish = async { while in_flight.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN_LIMIT, finish).await.is_err() {
            tracing::warn!("effects are left unfinished; the next start repeats them with their keys");
        }
    }

    /// Carries out one effect that was handed over.
    fn carry(&self, in_flight: &mut InFlight, InHand { effect, room }: InHand) {
        let (engine, span) = (self.clone(), span_of(&effect));
        let carrying = async move {
            engine.carry_out_holding(effect).await;
            drop(room);
        };
        in_flight.spawn(carrying.instrument(span).boxed());
    }

    /// Runs until nothing automatic is left to do now: for the command line and for tests.
    pub async fn run_until_quiet(&self) -> Result<(), Problem> {
        let mut in_flight = InFlight::new();
        self.resume().await?;
        for _ in 0..QUIET_ROUNDS_MAX {
            let begun = self.begin(&mut in_flight).await?;
            if in_flight.join_next().await.is_none() && begun == 0 {
                return Ok(());
            }
        }
        Err(Problem::Setup(format!("after {QUIET_ROUNDS_MAX} rounds there is still something to do")))
    }

    /// Effects that an earlier process had begun: those that may be repeated are, with the same key.
    pub(crate) async fn resume(&self) -> Result<(), Problem> {
        self.store().running_effects_at_start(self.clock().now()).await?;
        Ok(())
    }

    /// Makes one round and begins what it claimed; returns how much that was.
    async fn begin(&self, in_flight: &mut InFlight) -> Result<usize, Problem> {
        let room = self.hands().room();
        let Round { looked_at, claimed } = self.round(room).await?;
        if claimed.len() >= room {
            self.hands().leave();
        }
        let begun = looked_at + claimed.len();
        for effect in claimed {
            let engine = self.clone();
            let span = span_of(&effect);
            let carrying = async move {
                let room = engine.hands().one().await;
                engine.carry_out_holding(effect).await;
                drop(room);
            };
            in_flight.spawn(carrying.instrument(span).boxed());
        }
        Ok(begun)
    }

    /// Carries one effect out, and holds it for as long as that takes, so that no other program takes it over.
    async fn carry_out_holding(&self, effect: EffectRow) {
        let lease = effect.lease();
        let hold = async {
            loop {
                tokio::time::sleep(LEASE_RENEWED_EVERY).await;
                let until = self.clock().now().plus_ms(lease_ms());
                if let Err(error) = self.store().renew_leases(vec![lease.clone()], until).await {
                    tracing::warn!(%error, "an effect could not be held for longer; somebody else may take it over");
                }
            }
        };
        tokio::select! {
            () = self.carry_out(effect) => {}
            () = hold => {}
        }
    }

    /// Ticks what is due and claims what is released, as much of it as there is room for.
    pub(crate) async fn round(&self, room: usize) -> Result<Round, Problem> {
        self.renew_calendar().await?;
        let ticked = self.start_scheduled().await? + self.tick_due().await?;
        let parked = self.report_parked().await?;
        let looked_at = ticked + parked;
        if room == 0 {
            return Ok(Round { looked_at, claimed: Vec::new() });
        }
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let claimed = self.store().claim_effects(self.clock().now(), limit, lease_ms()).await?;
        Ok(Round { looked_at, claimed })
    }

    async fn tick_due(&self) -> Result<usize, Problem> {
        let now = self.clock().now();
        let due = self.store().due_cases(now, TICKS_A_ROUND).await?;
        for case_id in &due {
            // One case that cannot be read must not keep the others from being looked at.
            if let Err(problem) = self.tick(case_id).await {
                tracing::error!(case = case_id, %problem, "a case could not be looked at");
            }
        }
        Ok(due.len())
    }

    async fn tick(&self, case_id: &str) -> Result<(), Problem> {
        let loaded = self.load(case_id).await?;
        let dedup = format!("tick/{}", loaded.case.seq);
        self.apply(case_id, &Acting::System, &EventKind::Ticked, &dedup).await?;
        Ok(())
    }

    /// Effects that must not be repeated and whose outcome nobody knows: a person is asked.
    async fn report_parked(&self) -> Result<usize, Problem> {
        let parked = self.store().stuck_effects().await?;
        for effect in &parked {
            let error = effect.last_error.clone().unwrap_or_default();
            self.effect_failed(effect, &error, true).await;
        }
        Ok(parked.len())
    }
}

/// What every line of the log says that is written while an effect is carried out. A key is case, step, visit and
/// what is done there.
fn span_of(effect: &EffectRow) -> tracing::Span {
    let step = effect.key.split('/').nth(1).unwrap_or_default();
    let kind = effect.command.name();
    tracing::info_span!("effect", case = effect.case_id, step, effect = effect.key, kind, attempt = effect.attempts)
}

/// The next effect that is handed over; waits for ever where nothing is.
async fn next(handed_over: &mut Option<mpsc::Receiver<InHand>>) -> Option<InHand> {
    match handed_over {
        Some(handed_over) => handed_over.recv().await,
        None => std::future::pending().await,
    }
}
