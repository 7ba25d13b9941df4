//! Programs that run the production engine over one store, and the order in which they get their turns.

use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use countersign_core::time::Timestamp;
use futures_util::future::BoxFuture;

use super::{
    acts::{Request, perform},
    agents::Scripted,
    ledger::Systems,
    port::Shaky,
    random::START,
    scene::Scene,
};
use crate::{
    clock::Clock,
    config::{Config, EFFECTS_AT_ONCE},
    documents::PlainOnly,
    gate::policies::Policies,
    id::Ids,
    runtime::{Engine, calendar::Calendars, engine::Parts},
    store::EffectRow,
};

/// What every seed uses and none changes.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) config: Arc<Config>,
    pub(super) policies: Arc<Policies>,
    pub(super) calendars: Arc<Calendars>,
}

/// Several programs over one store.
pub(super) struct Nodes {
    pub(super) scene: Arc<Scene>,
    common: Common,
    ids: Ids,
    all: Vec<Node>,
    strands: Vec<Strand>,
    next_strand: u64,
    pub(super) now: Timestamp,
}

/// One program.
struct Node {
    engine: Option<Engine>,
    clock: Clock,
    desk: Arc<Mutex<Desk>>,
    busy: bool,
}

/// What a program's strands hand back.
#[derive(Default)]
struct Desk {
    started: Option<Engine>,
    swept: Option<(usize, Vec<EffectRow>)>,
    over: bool,
    failed: Vec<Request>,
}

/// One line of work of one program; it runs until it waits for its turn.
struct Strand {
    id: u64,
    node: usize,
    work: BoxFuture<'static, ()>,
    still_until: Option<Timestamp>,
    carries: bool,
    request: Option<Request>,
}

impl Nodes {
    pub(super) fn new(scene: Arc<Scene>, common: Common, count: usize) -> Self {
        let node = |_| Node { engine: None, clock: Clock::fixed(START), desk: Arc::default(), busy: false };
        let all = (0..count.max(1)).map(node).collect();
        Self { scene, common, ids: Ids::counted(), all, strands: Vec::new(), next_strand: 1, now: START }
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// Starts a program that is down.
    pub(super) fn start(&mut self, node: usize) {
        if self.all[node].engine.is_some() || self.all[node].busy {
            return;
        }
        self.all[node].busy = true;
        let parts = Parts {
            store: Arc::new(Shaky(Arc::clone(&self.scene))),
            clock: self.all[node].clock.clone(),
            ids: self.ids.clone(),
            config: Arc::clone(&self.common.config),
            agents: Arc::new(Scripted(Arc::clone(&self.scene))),
            policies: Arc::clone(&self.common.policies),
            reach: Arc::new(Systems(Arc::clone(&self.scene))),
            reader: Arc::new(PlainOnly),
            calendars: Arc::clone(&self.common.calendars),
            changes_kept: 1,
        };
        let desk = Arc::clone(&self.all[node].desk);
        self.spawn(node, false, None, async move {
            let started = Engine::start(parts, true).await;
            if let Ok(engine) = started {
                // A failure here is told and gone on from, as the production loop does.
                engine.resume().await.ok();
                lock(&desk).started = Some(engine);
            }
            lock(&desk).over = true;
        });
    }

    /// Has a program look at everything once.
    pub(super) fn sweep(&mut self, node: usize) {
        let Some(engine) = self.all[node].engine.clone().filter(|_| !self.all[node].busy) else { return };
        self.all[node].busy = true;
        let carried = self.strands.iter().filter(|strand| strand.node == node && strand.carries).count();
        let room = EFFECTS_AT_ONCE.saturating_sub(carried);
        let desk = Arc::clone(&self.all[node].desk);
        self.spawn(node, false, None, async move {
            if let Ok(round) = engine.round(room).await {
                lock(&desk).swept = Some((round.looked_at, round.claimed));
            }
            lock(&desk).over = true;
        });
    }

    /// Hands a request to a program; one that is down does not take it.
    pub(super) fn ask(&mut self, node: usize, request: Request) -> bool {
        let Some(engine) = self.all[node].engine.clone() else { return false };
        let (scene, desk) = (Arc::clone(&self.scene), Arc::clone(&self.all[node].desk));
        let kept = request.clone();
        self.spawn(node, false, Some(kept), async move {
            if !perform(&engine, &scene, &request).await {
                lock(&desk).failed.push(request);
            }
        });
        true
    }

    /// Has a program read people and calendar anew.
    pub(super) fn refresh(&mut self, node: usize) {
        let Some(engine) = self.all[node].engine.clone() else { return };
        self.spawn(node, false, None, async move {
            engine.refresh_world().await.ok();
        });
    }

    /// A program dies: whatever it was doing ends where it stands. Returns the requests that nobody answered.
    pub(super) fn crash(&mut self, node: usize) -> Vec<Request> {
        let (gone, kept) = std::mem::take(&mut self.strands).into_iter().partition(|strand| strand.node == node);
        self.strands = kept;
        let gone: Vec<Strand> = gone;
        let one = &mut self.all[node];
        (one.engine, one.busy, one.desk) = (None, false, Arc::default());
        self.scene.told(|line| line.push_str(&format!("program {node} dies")));
        gone.into_iter().filter_map(|strand| strand.request).collect()
    }

    /// Time passes for everybody.
    pub(super) fn pass(&mut self, milliseconds: i64) {
        self.now = self.now.plus_ms(milliseconds);
        for node in &self.all {
            node.clock.advance(milliseconds);
        }
        self.scene.state().now = self.now;
    }

    /// Whether nothing runs.
    pub(super) fn is_idle(&self) -> bool {
        self.strands.is_empty()
    }

    /// Gives one strand its turn; which one is drawn. Says whether there was any that could go on.
    pub(super) fn turn(&mut self) -> bool {
        let now = self.now;
        let still = |strand: &Strand| strand.still_until.is_some_and(|until| until > now);
        let ready = self.strands.iter().filter(|strand| !still(strand)).count();
        if ready == 0 {
            return false;
        }
        let drawn = self.scene.state().random.below(ready);
        let mut places = self.strands.iter().enumerate().filter(|(_, strand)| !still(strand));
        let Some((place, _)) = places.nth(drawn) else { return false };
        self.poll(place);
        true
    }

    fn poll(&mut self, place: usize) {
        let strand = &mut self.strands[place];
        {
            let mut state = self.scene.state();
            state.strand = strand.id;
            state.stall = None;
        }
        let done = strand.work.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(());
        if let Some(still) = self.scene.state().stall.take() {
            strand.still_until = Some(self.now.plus_ms(still));
        }
        let node = strand.node;
        if done {
            self.strands.swap_remove(place);
        }
        self.collect(node);
    }

    /// Takes in what a program's strands have handed back.
    fn collect(&mut self, node: usize) {
        let (started, swept) = {
            let mut desk = lock(&self.all[node].desk);
            if !desk.over {
                return;
            }
            desk.over = false;
            (desk.started.take(), desk.swept.take())
        };
        self.all[node].busy = false;
        if let Some(engine) = started {
            self.all[node].engine = Some(engine);
        }
        let Some((_, claimed)) = swept else { return };
        let Some(engine) = self.all[node].engine.clone() else { return };
        for effect in claimed {
            let engine = engine.clone();
            self.spawn(node, true, None, async move { engine.carry_out(effect).await });
        }
    }

    /// Requests that failed for a technical reason, so that whoever sent them may send them again.
    pub(super) fn unanswered(&mut self) -> Vec<Request> {
        self.all.iter().flat_map(|node| std::mem::take(&mut lock(&node.desk).failed)).collect()
    }

    /// Strands that stand still go on now.
    pub(super) fn wake_all(&mut self) {
        for strand in &mut self.strands {
            strand.still_until = None;
        }
    }

    fn spawn(
        &mut self,
        node: usize,
        carries: bool,
        request: Option<Request>,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.next_strand;
        self.next_strand += 1;
        self.strands.push(Strand { id, node, work: Box::pin(work), still_until: None, carries, request });
    }

    pub(super) fn engine(&self, node: usize) -> Option<&Engine> {
        self.all.get(node).and_then(|node| node.engine.as_ref())
    }
}

fn lock(desk: &Mutex<Desk>) -> std::sync::MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
