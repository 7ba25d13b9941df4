//! Server-sent events: what a page shows may have changed. One stream for each open page of a session.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Sse, sse::Event},
};
use countersign_core::{Verb, authorise};
use futures_util::stream;
use maud::html;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use crate::{
    runtime::Change,
    web::{
        front::Front,
        halt::{Answer, Halt},
        server::stopped,
        session::SignedIn,
    },
};

/// How often a quiet stream says that it is alive, and looks whether its session is.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// A page that listens.
struct Listener {
    front: Front,
    me: SignedIn,
    changes: broadcast::Receiver<Change>,
    /// What the badge shows.
    waiting: Option<usize>,
    /// What is still to be sent.
    ready: VecDeque<Event>,
    sent: u64,
    _permit: OwnedSemaphorePermit,
}

/// `GET /events`. Each change is judged for this reader before anything is sent, and what is sent holds no data of a
/// case: pages fetch what they show again, through the same door.
pub(in crate::web) async fn events(State(front): State<Front>, me: SignedIn, headers: HeaderMap) -> Answer {
    let permit = front.shared.listeners.clone().try_acquire_owned().map_err(|_| Halt::busy())?;
    let mut listener = Listener {
        changes: front.runtime().changes(),
        waiting: None,
        ready: VecDeque::new(),
        sent: 0,
        _permit: permit,
        me,
        front,
    };
    if headers.contains_key("last-event-id") {
        listener.catch_up();
    }
    listener.count().await;
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    Ok(Sse::new(events).into_response())
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.sent += 1;
                return Some(event.id(self.sent.to_string()));
            }
            tokio::select! {
                () = stopped(self.front.stop.clone()) => return None,
                change = self.changes.recv() => match change {
                    Ok(change) => self.look_at(&change).await?,
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        self.catch_up();
                        self.count().await;
                    }
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                () = tokio::time::sleep(LOOK_EVERY) => {
                    self.still_signed_in().await?;
                    return Some(Event::default().comment("here"));
                }
            }
        }
    }

    /// Ends the stream (`None`) when the session is over or its person may no longer act.
    async fn still_signed_in(&self) -> Option<()> {
        let session = self.front.store().session(&self.me.session, self.front.now()).await.ok()??;
        self.front.runtime().world().directory.active(&session.person).map(|_| ())
    }

    async fn look_at(&mut self, change: &Change) -> Option<()> {
        self.still_signed_in().await?;
        let Ok(loaded) = self.front.runtime().load(&change.case_id).await else { return Some(()) };
        let (context, acting) = (loaded.context(), self.me.acting());
        let counted = self.count().await;
        if authorise(&context, Some(&loaded.case), &acting, &Verb::ReadCase, self.front.now()).is_ok() {
            self.ready.push_back(named("inbox"));
            self.ready.push_back(named(&format!("case-{}", loaded.case.number)));
        } else if counted {
            self.ready.push_back(named("inbox"));
        }
        Some(())
    }

    /// Everything may have changed meanwhile.
    fn catch_up(&mut self) {
        self.ready.push_back(named("inbox"));
        self.ready.push_back(named("again"));
    }

    /// Sends the number of the badge if it is another than before.
    async fn count(&mut self) -> bool {
        let Ok(waiting) = self.front.waiting(&self.me).await else { return false };
        if self.waiting == Some(waiting) {
            return false;
        }
        self.waiting = Some(waiting);
        let badge = html! { @if waiting > 0 { " " (waiting) } }.into_string();
        let partial = format!("<hx-partial hx-target=\"#waiting\" hx-swap=\"innerHTML\">{badge}</hx-partial>");
        self.ready.push_back(Event::default().data(partial));
        true
    }
}

fn named(name: &str) -> Event {
    Event::default().event(name).data("changed")
}
