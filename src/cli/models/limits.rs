//! `countersign models limits`: answers of an agent that ask for more than the others before it gives them alone.

use clap::Args;

use super::labels::Of;
use crate::{
    certificate::percent,
    cli::{Common, Outcome, remote, say},
    runtime::limits::asked,
    store::{Limit, Limits},
};

#[derive(Debug, Args)]
pub(super) struct OwnLimits {
    #[command(flatten)]
    of: Of,
    /// An answer that the agent never gives alone: a word, a mark, or `yes` and `no`. Without any answer, none has a
    /// limit of its own.
    #[arg(long, value_name = "ANSWER")]
    never: Vec<String>,
    /// An answer that may be wrong in at most so many of a hundred automatic decisions, such as `account=1` or
    /// `account=0.5`.
    #[arg(long, value_name = "ANSWER=PERCENT", value_parser = at_most)]
    at_most: Vec<(String, u32)>,
}

impl OwnLimits {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let limits = asked(self.never.clone(), self.at_most.clone());
        let told = told(&limits);
        let Of { process, step, .. } = &self.of;
        if let Some(server) = &common.server {
            let at_most: std::collections::BTreeMap<&String, u32> =
                self.at_most.iter().map(|(answer, error)| (answer, *error)).collect();
            let body = serde_json::json!({ "process": process, "step": step, "never": self.never, "at_most": at_most });
            return remote::steer(server, "agents/limits", &body, common.json, &told).await;
        }
        let (runtime, acting) = self.of.writing(common).await?;
        runtime.limit_answers(&acting, (process, step), limits).await?;
        runtime.score_again(process).await?;
        runtime.store().close().await;
        say(&told);
        Ok(Outcome::Fine)
    }
}

/// An answer and its permitted error, in parts per thousand.
fn at_most(text: &str) -> Result<(String, u32), String> {
    let asked = || format!("`{text}` names no answer and per cent, such as `account=1`");
    let (answer, share) = text.rsplit_once('=').filter(|(answer, _)| !answer.is_empty()).ok_or_else(asked)?;
    let (whole, part) =
        share.trim_end_matches('%').trim_end().split_once('.').unwrap_or((share.trim_end_matches('%'), "0"));
    // More than one decimal is not rounded: somebody meant it.
    let part = part.parse::<u32>().ok().filter(|_| part.len() == 1);
    match (whole.trim().parse::<u32>(), part) {
        (Ok(whole @ 0..=100), Some(part)) => Ok((answer.to_owned(), whole * 10 + part)),
        _ => Err(asked()),
    }
}

fn told(limits: &Limits) -> String {
    if limits.is_empty() {
        return "no answer has a limit of its own any more".to_owned();
    }
    let each = limits.iter().map(|(answer, limit)| match limit {
        Limit::Never => format!("`{answer}` always for people"),
        Limit::AtMost(error) => format!("`{answer}` wrong in at most {}", percent(*error)),
    });
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, u32)>) {
        let read = at_most(text).ok();
        assert_eq!(read.as_ref().map(|(answer, error)| (answer.as_str(), *error)), expected, "{text}");
    }

    #[test]
    fn an_error_is_read_in_per_cent() {
        check("account=1", Some(("account", 10)));
        check("a=b=0.5%", Some(("a=b", 5)));
        check("late fee=12", Some(("late fee", 120)));
        for wrong in [
            "account",
            "=1",
            "account=",
            "account=1.25",
            "account=1.05",
            "account=0.05",
            "account=1.+5",
            "account=-1",
            "account=x",
            "account=101",
        ] {
            check(wrong, None);
        }
    }
}
