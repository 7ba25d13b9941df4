//! How often what goes wrong: drawn once for each seed, so that some are calm and some are wild.

use super::random::Random;

/// Rates are in parts per thousand.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates {
    /// How many programs run the engine over one store.
    pub(super) nodes: usize,
    /// How many cases people open.
    pub(super) cases: usize,
    /// A call of the store fails and does nothing.
    pub(super) refused: u32,
    /// A commit is done, and its answer is lost.
    pub(super) answer_lost: u32,
    /// A strand stands still for longer than a lease.
    pub(super) stall: u32,
    /// A program dies.
    pub(super) crash: u32,
    /// A request is sent twice.
    pub(super) twice: u32,
    /// A request comes late.
    pub(super) late: u32,
    /// A call to another system is carried out, and the answer is lost.
    pub(super) done_unanswered: u32,
    /// A call to another system fails before it is carried out.
    pub(super) unreached: u32,
    /// Another system refuses for good.
    pub(super) turned_down: u32,
    /// A system or an agent answers when its effect is no longer held.
    pub(super) slow: u32,
    /// An agent fails.
    pub(super) agent_fails: u32,
    /// An agent answers whatever an attacker would have it answer.
    pub(super) agent_lies: u32,
    /// The world around changes: people, versions, operators.
    pub(super) world: u32,
    /// A person does something that they may not do.
    pub(super) mischief: u32,
}

impl Rates {
    pub(super) fn draw(random: &mut Random) -> Self {
        let cases = match random.below(40) {
            0..=17 => 1,
            18..=34 => 2 + random.below(3),
            35..=38 => 5 + random.below(5),
            _ => 10 + random.below(11),
        };
        let mut up_to = |most: usize| if random.one_in(3) { 0 } else { u32::try_from(random.below(most)).unwrap_or(0) };
        Self {
            nodes: 1 + usize::try_from(up_to(3)).unwrap_or(0),
            cases,
            refused: up_to(80),
            answer_lost: up_to(150),
            stall: up_to(15),
            crash: up_to(25),
            twice: up_to(500),
            late: up_to(500),
            done_unanswered: up_to(400),
            unreached: up_to(400),
            turned_down: up_to(200),
            slow: up_to(250),
            agent_fails: up_to(300),
            agent_lies: up_to(1_000),
            world: up_to(120),
            mischief: up_to(250),
        }
    }
}
