//! `countersign case explain`: how a case came to where it is, in the sentences of its timeline.

use clap::Args;

use super::{
    Common, Outcome,
    case::{Show, waiting},
    local, note, say, say_json,
};
use crate::{
    resource::{self, CaseResource, EntryResource, Reader},
    runtime::history::up_to,
};

/// What stands before a line that belongs to the one above it.
const INDENT: &str = "        ";
/// How much of a version's digest tells it from others.
const VERSION_CHARACTERS: usize = 12;
/// The kind of event by which an agent's answer comes in.
const ANSWER: &str = "proposal_returned";

#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    show: Show,
    /// Only what happened before the event of this number.
    #[arg(long, value_name = "EVENT")]
    before: Option<u64>,
}

impl Explain {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let runtime = local::reading(common).await?;
        let acting = self.show.acting(&runtime)?;
        let loaded = runtime.load_number(self.show.number).await?;
        let reader = acting.as_ref().map_or(Reader::File, Reader::Acting);
        let history = runtime.timeline(&loaded.case.id, up_to(loaded.case.seq, self.before)).await?;
        let records = runtime.store().decision_records(&loaded.case.id).await?;
        let now = runtime.clock().now();
        let timeline = resource::timeline(&loaded, &history, &records, reader, now);
        if common.json {
            say_json(&timeline)?;
            return Ok(Outcome::Fine);
        }
        head(&resource::case(&loaded, reader, now)).iter().for_each(|line| say(line));
        if timeline.earlier > 0 {
            note(&format!("{} earlier events are not shown; add --before {}", timeline.earlier, timeline.earlier + 1));
        }
        timeline.entries.iter().flat_map(told).for_each(|line| say(&line));
        if let Some(stopped) = &timeline.stopped {
            note(stopped);
        }
        Ok(Outcome::Fine)
    }
}

/// What the case is, where it stands now, who has it, and by which version it goes.
fn head(case: &CaseResource) -> Vec<String> {
    let mut lines = vec![format!("case {} · {} · {}", case.number, case.process_title, waiting(case))];
    let version = case.version.get(..VERSION_CHARACTERS).unwrap_or(&case.version);
    lines.push(format!("{}, opened by {}, runs version {version}", case.subject, case.requester));
    lines.extend(case.on_hold.as_ref().map(|why| format!("it is on hold: {why}")));
    let taken = case.tasks.iter().filter(|task| task.state == "open");
    lines.extend(taken.filter_map(|task| Some(format!("task {} is with {}", task.label, task.assignee.as_ref()?))));
    lines
}

/// One entry: the number of its event, when and what, and below it the grounds and what came of it.
fn told(entry: &EntryResource) -> Vec<String> {
    // Milliseconds tell a person nothing.
    let at = entry.at.split_once('.').map_or_else(|| entry.at.clone(), |(second, _)| format!("{second}Z"));
    let mut lines = vec![format!("{:>4}  {at}  {}", entry.seq, entry.sentence)];
    if let Some(why) = &entry.why {
        let whose = if entry.kind == ANSWER { "reason: " } else { "" };
        // A reason of several lines stays below its entry.
        lines.push(format!("{INDENT}{whose}“{}”", why.trim().replace('\n', &format!("\n{INDENT}"))));
    }
    lines.extend(entry.then.iter().map(|then| format!("{INDENT}{}", then.replace('\n', &format!("\n{INDENT}")))));
    lines
}
