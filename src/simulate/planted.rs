//! Faults that are put in on purpose, so that the simulation itself is graded: it must find each of them.

/// Each planted fault: its number, and what is wrong with it in.
pub const FAULTS: [(u16, &str); 26] = [
    (1, "whoever asks for an approval may give it"),
    (2, "a substitute may act outside the absence"),
    (3, "a wait ends up to a day early"),
    (4, "a reminder that went out is due again at once"),
    (5, "a join that waits for all fires on the first track"),
    (6, "a change of what was signed does not void the sign-off"),
    (7, "a decision on an older sight of the case is accepted"),
    (8, "a task that is closed can be decided again"),
    (9, "a wait does not wake the case"),
    (10, "a call that is tried again gets another key"),
    (11, "an answer to an earlier visit of a step counts for this one"),
    (12, "a closed case can be edited"),
    (13, "a case that is sent back keeps its sign-offs"),
    (14, "a case on hold takes decisions"),
    (15, "an agent's word on a path acts without a certificate"),
    (16, "what could not be committed is acknowledged"),
    (17, "a call that must not be repeated is repeated when its answer is lost"),
    (18, "an effect leaves the outbox before it is carried out"),
    (19, "a running case is decided with the newest version of its process"),
    (20, "a call leaves without another look at what was signed"),
    (21, "a request that comes twice is applied twice"),
    (22, "a decision on an older state of the case is committed"),
    (23, "the effects of a result are lost with its commit"),
    (24, "a call that must not be repeated is taken up again when its lease ends"),
    (25, "whoever lost an effect to somebody else can still settle it"),
    (26, "a check is not made again when what it looked at changes"),
];

/// What became of one planted fault.
#[derive(Clone, Debug)]
pub struct Graded {
    /// Its number.
    pub number: u16,
    /// What is wrong with it in.
    pub what: &'static str,
    /// The seed that found it, and what that said.
    pub found: Option<(u64, super::Broken)>,
}

/// Puts each fault in, one after the other, and looks for it in so many seeds.
///
/// A seed counts only if everything holds in it without the fault.
#[cfg(feature = "planted")]
#[must_use]
pub fn grade(simulator: &super::Simulator, numbers: &[u16], seeds: u64, threads: usize) -> Vec<Graded> {
    let asked = FAULTS.iter().filter(|(number, _)| numbers.is_empty() || numbers.contains(number));
    let mut graded = Vec::new();
    for (number, what) in asked {
        graded.push(Graded { number: *number, what, found: found(simulator, *number, seeds, threads) });
    }
    graded
}

#[cfg(feature = "planted")]
fn found(simulator: &super::Simulator, number: u16, seeds: u64, threads: usize) -> Option<(u64, super::Broken)> {
    use countersign_core::planted::plant;
    let mut from = 0;
    while from < seeds {
        plant(number);
        let report = simulator.range(from, seeds - from, threads, true);
        plant(0);
        let (seed, broken) = report.broken.into_iter().next()?;
        if simulator.seed(seed, false).broken.is_none() {
            return Some((seed, broken));
        }
        from = seed + 1;
    }
    None
}
