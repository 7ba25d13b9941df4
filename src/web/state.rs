//! What every handler is given.

use std::sync::Arc;

use crate::runtime::Runtime;

/// The runtime and how this server is reached. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// Everything behind the doors.
    pub runtime: Runtime,
    /// How this server is reached.
    pub site: Arc<Site>,
}

/// How this server is reached.
#[derive(Clone, Debug)]
pub struct Site {
    /// The address that people use, without a slash at its end, such as `https://countersign.example.org`.
    pub base_url: String,
    /// Whether cookies travel over HTTPS only; false for plain HTTP on a loopback address.
    pub secure: bool,
    /// Whether this is the demo on a loopback address: then, and only then, people can be switched.
    pub demo: bool,
}
