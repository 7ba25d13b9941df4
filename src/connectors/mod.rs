//! Carry effects out: each error is retryable or terminal, or its outcome is unknown.

pub mod http;

use std::collections::BTreeMap;

use countersign_core::value::{FieldName, Values};
use futures_util::future::BoxFuture;

/// Whatever reaches other systems.
pub trait Reach: Send + Sync {
    /// Makes one call and returns what the other side says about it.
    fn call<'a>(
        &'a self,
        url: &'a str,
        token: Option<&'a str>,
        call: &'a SystemCall<'a>,
    ) -> BoxFuture<'a, Result<String, ConnectorError>>;

    /// Puts one question and returns the answer's words by field.
    fn ask<'a>(
        &'a self,
        url: &'a str,
        token: Option<&'a str>,
        question: &'a SystemQuestion<'a>,
    ) -> BoxFuture<'a, Result<BTreeMap<String, String>, ConnectorError>>;
}

/// A call to another system.
#[derive(Clone, Debug)]
pub struct SystemCall<'a> {
    /// The idempotency key; the same for every attempt.
    pub key: &'a str,
    /// The case's short number, for people on the other side.
    pub case_number: u64,
    /// What to do there.
    pub operation: &'a str,
    /// What is sent.
    pub payload: &'a Values,
}

/// A question to another system.
#[derive(Clone, Debug)]
pub struct SystemQuestion<'a> {
    /// The same for every attempt.
    pub key: &'a str,
    /// The case's short number, for people on the other side.
    pub case_number: u64,
    /// What it is asked by.
    pub by: &'a Values,
    /// The fields that are asked for.
    pub fields: &'a [FieldName],
}

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectorError {
    /// It was not carried out, and trying again may help.
    #[error("{0}")]
    Retryable(String),
    /// It was refused, and trying again with the same data will not help.
    #[error("{0}")]
    Terminal(String),
    /// It may have been carried out: the answer is missing.
    #[error("{0}")]
    OutcomeUnknown(String),
}
