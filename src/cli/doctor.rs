//! `countersign doctor`: finds cases without owner or wake-up, breaks in the record, stuck effects, and what published
//! processes lack.

use clap::Args;

use super::{Common, Outcome, case::progress, local, say, say_json};

#[derive(Debug, Args)]
pub(super) struct Doctor {}

impl Doctor {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let runtime = local::reading(common).await?;
        let bar = progress(0, "cases looked at");
        let report = runtime.examine(&|count| bar.set_position(count)).await?;
        bar.finish_and_clear();
        if common.json {
            say_json(&report)?;
        } else {
            for finding in report.findings.iter().chain(&report.setup) {
                let place = finding.case.map(|number| format!("case {number}: ")).unwrap_or_default();
                say(&format!("{place}{}\n  {}", finding.what, finding.next));
            }
            let (cases, open, events, found) = (report.cases, report.open, report.events, report.findings.len());
            say(&format!("{cases} cases, {open} of them open, {events} events: {found} findings"));
        }
        Ok(if report.is_fine() { Outcome::Fine } else { Outcome::Problems })
    }
}
