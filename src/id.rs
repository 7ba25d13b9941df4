//! The only place that makes identifiers and secrets.

use countersign_core::canonical::hex;
use uuid::Uuid;

/// A new identifier, ordered by time of making (UUIDv7, RFC 9562 section 5.7), with a readable prefix.
#[must_use]
pub fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}

/// The part of an identifier that says when it was made, as twelve hexadecimal digits: of one of ours, or of any UUID
/// of version 7, behind a prefix or alone. `None` for other texts.
#[must_use]
pub fn made_at(id: &str) -> Option<String> {
    let id = id.rsplit('_').next().and_then(|id| Uuid::try_parse(id).ok())?;
    (id.get_version_num() == 7).then(|| id.simple().to_string()[..12].to_owned())
}

/// Where identifiers come from, so that the simulator can make the same ones again.
#[derive(Clone, Debug)]
pub enum Ids {
    /// The clock and the machine's randomness, see [`new_id`].
    System,
    /// Counted upwards, shared by its clones. Such identifiers are unique in one simulation only.
    Counted(std::sync::Arc<std::sync::atomic::AtomicU64>),
}

impl Ids {
    /// A source that counts from 1.
    #[must_use]
    pub fn counted() -> Self {
        Self::Counted(std::sync::Arc::default())
    }

    /// A new identifier with a readable prefix.
    #[must_use]
    pub fn new_id(&self, prefix: &str) -> String {
        match self {
            Self::System => new_id(prefix),
            Self::Counted(made) => {
                let number = made.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                format!("{prefix}_{number:032x}")
            }
        }
    }
}

/// A new secret: so many random bytes from the operating system, as hexadecimal digits.
///
/// # Panics
/// When the operating system has no randomness to give. A secret that can be guessed would be worse.
#[must_use]
#[expect(clippy::expect_used, reason = "no secret can be made without randomness, and a guessable one must never be")]
pub fn secret_hex(bytes: usize) -> String {
    random_hex(bytes).expect("the operating system gives random bytes")
}

/// The number of random bytes in a secret: 256 bits, beyond any guessing.
const SECRET_BYTES: usize = 32;

/// The machine has no source of randomness.
#[derive(Debug, thiserror::Error)]
#[error(
    "no secret could be made, because the machine's random source failed: {0}; restart the program, and the machine \
     if it stays"
)]
pub struct NoRandomness(getrandom::Error);

/// A new secret for a session or a link, as 64 hexadecimal digits.
///
/// # Errors
/// When the machine has no working source of randomness; then nothing must be handed out.
pub fn new_secret() -> Result<String, NoRandomness> {
    random_hex(SECRET_BYTES)
}

fn random_hex(bytes: usize) -> Result<String, NoRandomness> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(NoRandomness)?;
    Ok(hex(&random))
}
