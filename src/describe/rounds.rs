//! Asking a model, checking its answer in code, and sending what is wrong back: a few times, inside a budget.

use std::pin::Pin;

use serde::Serialize;
use serde_json::Value as Json;
use tokio::time::Sleep;

use super::{
    DescribeError,
    budget::{Dry, Limits, Purse, Spent},
};
use crate::{
    agents::prompts::{Prompt, Rendered},
    llm::{Answer, Call, Finish, Provider, Request, Usage, parse, strict::strict},
};

/// What is wrong goes back to the model at most so often.
pub const MAX_RETURNS: usize = 3;
/// At most so many faults of an answer go back at once.
const MAX_FAULTS_SENT: usize = 30;
/// A fault that goes back is cut after so many characters.
const MAX_FAULT_CHARS: usize = 600;

/// One question to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Round {
    /// What was wrong with the answer; empty when it was taken.
    pub faults: Vec<String>,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}

/// Why a model was not asked further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Stopped {
    /// It refused.
    Refused,
    /// It gave the same answer again.
    Repeats,
    /// It was asked as often as it may be.
    Rounds,
    /// Another question could cost more than is left.
    Money,
    /// Another question could use more tokens than are left.
    Tokens,
    /// The time is over.
    Time,
    /// It could not be reached.
    Unreachable {
        /// What happened and what to do.
        words: String,
    },
}

impl Stopped {
    /// In words for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Refused => "the model refused to answer".to_owned(),
            Self::Repeats => "the model gave the same answer again, so asking further leads nowhere".to_owned(),
            Self::Rounds => format!("the answer still had faults after it went back {MAX_RETURNS} times"),
            Self::Money => "another question could cost more than the settings allow".to_owned(),
            Self::Tokens => "another question could use more tokens than one piece of writing may".to_owned(),
            Self::Time => "the time that the settings allow is over".to_owned(),
            Self::Unreachable { words } => words.clone(),
        }
    }
}

/// What code says of an answer that fits its schema: the result, and what is wrong with it.
pub(super) struct Judged<T> {
    pub result: T,
    pub faults: Vec<String>,
}

/// What became of asking.
pub(super) struct Talk<T> {
    /// The best answer, and whether it has no fault.
    pub best: Option<(T, bool)>,
    pub stopped: Option<Stopped>,
    pub rounds: Vec<Round>,
    pub spent: Spent,
}

/// What a model is asked.
pub(super) struct Question<'a> {
    pub provider: &'a dyn Provider,
    pub prompt: &'a Prompt,
    pub limits: &'a Limits,
    pub rendered: Rendered,
    /// The schema that the answer is held to.
    pub schema: Json,
}

/// What goes back with the question.
#[derive(Serialize)]
struct Again<'a> {
    last: &'a str,
    faults: String,
}

impl Question<'_> {
    /// Asks until an answer has no fault, or until a limit is met.
    pub async fn ask<T: Send>(
        &self,
        judge: &(dyn Fn(Json) -> Judged<T> + Send + Sync),
    ) -> Result<Talk<T>, DescribeError> {
        let mut purse = Purse::new(self.limits);
        let mut deadline = Box::pin(tokio::time::sleep(self.limits.time));
        let mut talk = Talk { best: None, stopped: None, rounds: Vec::new(), spent: Spent::default() };
        let mut answers: Vec<String> = Vec::new();
        let mut fewest = usize::MAX;
        let mut user = self.rendered.user.clone();
        let stopped = loop {
            if talk.rounds.len() > MAX_RETURNS {
                break Some(Stopped::Rounds);
            }
            let request = self.request(user)?;
            let answer = match self.send(&request, &mut purse, deadline.as_mut()).await {
                Ok(answer) => answer,
                Err(stopped) => break Some(stopped),
            };
            let (faults, judged) = self.read(&answer, judge);
            let sent = faults.iter().take(MAX_FAULTS_SENT);
            let sent: Vec<String> = sent.map(|fault| fault.chars().take(MAX_FAULT_CHARS).collect()).collect();
            let Usage { input, output } = answer.usage;
            talk.rounds.push(Round { faults, input_tokens: input, output_tokens: output });
            if let Some(result) = judged.filter(|_| sent.len() <= fewest) {
                fewest = sent.len();
                talk.best = Some((result, sent.is_empty()));
            }
            if sent.is_empty() {
                break None;
            }
            if answer.finish == Finish::Refused {
                break Some(Stopped::Refused);
            }
            if answers.contains(&answer.text) {
                break Some(Stopped::Repeats);
            }
            let again = Again { last: &answer.text, faults: sent.join("\n") };
            user = self.prompt.again(&self.rendered.user, &again)?;
            answers.push(answer.text);
        };
        talk.stopped = stopped;
        talk.spent = purse.spent();
        Ok(talk)
    }

    fn request(&self, user: String) -> Result<Request, DescribeError> {
        let settings = &self.prompt.settings;
        Ok(Request {
            system: self.rendered.system.clone(),
            user,
            schema: strict(&self.schema).map_err(|why| DescribeError::Prompt(why.to_string()))?,
            schema_name: settings.output.clone(),
            max_tokens: settings.max_output_tokens,
            temperature: settings.temperature,
            call: Call { agent: self.prompt.settings.id.clone(), ..Call::default() },
            masked: None,
        })
    }

    /// Sends one question, if money, tokens and time allow it.
    async fn send(
        &self,
        request: &Request,
        purse: &mut Purse<'_>,
        mut deadline: Pin<&mut Sleep>,
    ) -> Result<Answer, Stopped> {
        purse.allows(request).map_err(|dry| match dry {
            Dry::Money => Stopped::Money,
            Dry::Tokens => Stopped::Tokens,
        })?;
        if self.limits.time.is_zero() || deadline.is_elapsed() {
            return Err(Stopped::Time);
        }
        let sent = tokio::select! {
            biased;
            sent = self.provider.complete(request) => Some(sent),
            () = &mut deadline => None,
        };
        match sent {
            Some(Ok(answer)) => {
                purse.count(request, Some(answer.usage));
                Ok(answer)
            }
            Some(Err(error)) => {
                // The server may have worked and charged before the connection broke.
                purse.count(request, None);
                Err(Stopped::Unreachable { words: error.words().to_owned() })
            }
            None => {
                purse.count(request, None);
                Err(Stopped::Time)
            }
        }
    }

    /// Reads an answer: complete, JSON, of the schema, and then what code says of it.
    fn read<T>(&self, answer: &Answer, judge: &(dyn Fn(Json) -> Judged<T> + Send + Sync)) -> (Vec<String>, Option<T>) {
        match &answer.finish {
            Finish::CutOff => return (vec!["the answer was cut off at its limit; answer shorter".to_owned()], None),
            Finish::Refused => return (vec!["the model refused to answer".to_owned()], None),
            Finish::Complete | Finish::Other(_) => {}
        }
        let value = match parse::parse(&answer.text) {
            Ok(parsed) => parsed.value,
            Err(why) => return (vec![why.to_string()], None),
        };
        let faults = parse::faults(&self.schema, &value);
        if !faults.is_empty() {
            return (faults, None);
        }
        let Judged { result, faults } = judge(value);
        (faults, Some(result))
    }
}
