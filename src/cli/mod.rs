//! One file per subcommand of the command line.
//!
//! Exit codes: 0 it went well, 1 it was refused or problems were found, 2 the command line itself was wrong.

mod audit;
mod backup;
mod bench;
mod case;
mod check;
mod demo;
mod describe;
mod doctor;
mod draw;
mod eval;
mod explain;
mod format;
mod language;
mod local;
mod map;
mod models;
mod moving;
mod person;
mod prove;
mod publish;
mod reach;
mod read_document;
mod records;
mod remote;
mod serve;
mod sheet;
mod simulate;
mod steer;
mod task;

use std::{io::Write as _, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};

use crate::documents;

/// How long threads that compute may take to end when the program does.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Describe a process in plain language. Agents do the coordination. People sign the decisions.
/// Everything is on the record.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, about, long_about = None)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
struct Common {
    /// The database; without it `sqlite:countersign.db`, and for the demo a file of its own.
    #[arg(long, global = true, env = "COUNTERSIGN_DATABASE")]
    database: Option<String>,
    /// A configuration file (TOML).
    #[arg(long, global = true, env = "COUNTERSIGN_CONFIG")]
    config: Option<PathBuf>,
    /// Send the change to a running server instead of the database, with the token in `COUNTERSIGN_TOKEN`, which says
    /// who acts; commands that are not sent to a server refuse this.
    #[arg(long, global = true, env = remote::SERVER_VARIABLE)]
    server: Option<String>,
    /// Answer as JSON with stable keys.
    #[arg(long, global = true)]
    json: bool,
}

impl Common {
    /// The database to work on.
    fn database(&self) -> &str {
        self.database.as_deref().unwrap_or("sqlite:countersign.db")
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start with four sample processes, sample people and cases waiting.
    Demo(demo::Demo),
    /// Serve the web application and the JSON API.
    Serve(serve::Serve),
    /// Read a process text and say what is understood and what is not.
    Check(check::Check),
    /// Print the step sheet of a process text: what each step needs, does and leaves, and every system touched.
    Sheet(sheet::Sheet),
    /// Write a process text from a description in your own words, with the model.
    Describe(describe::Describe),
    /// Change a process text as you wish, with the model; sentences that it does not touch stay as they are.
    Change(describe::Change),
    /// Lay a process text out: one line a bullet, two blanks a level.
    Format(format::Format),
    /// Print the reference of the process language, or time the compiler.
    Language(language::Language),
    /// Prove that no effect of a process leaves without the sign-off that its text names.
    Prove(prove::Prove),
    /// Publish a process text; new cases run it, open ones stay on their version.
    Publish(publish::Publish),
    /// Open cases and look at them.
    #[command(subcommand)]
    Case(case::Case),
    /// Look at tasks and decide them.
    #[command(subcommand)]
    Task(task::Task),
    /// Add people and see who holds which role.
    #[command(subcommand)]
    Person(person::Person),
    /// Score the agents against labelled examples.
    #[command(subcommand)]
    Eval(eval::Eval),
    /// Show which language models are set up, what they cost today, and whether they work.
    Models(models::Models),
    /// Check that the record is what was written, export checkpoints of it, and read who changed what outside cases.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Write every row of the database into one file, for another database.
    Export(moving::Export),
    /// Read such a file into an empty database, and apply every case again there.
    Import(moving::Import),
    /// Copy the database while it is being used, and audit the copy.
    Backup(backup::Backup),
    /// Measure this program on this machine and answer with one line of JSON; see docs/performance.md.
    Bench(bench::Bench),
    /// Find cases without owner or wake-up, breaks in the record and stuck effects.
    Doctor(doctor::Doctor),
    /// Run the production loop under everything that can go wrong, one seed after the other.
    Simulate(simulate::Simulate),
    /// Read one document from standard input; servers start it for what strangers send.
    #[command(name = documents::apart::COMMAND, hide = true)]
    ReadDocument(read_document::ReadDocument),
}

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It went well.
    Fine,
    /// It was refused, or problems were found; what they are has been said.
    Problems,
}

/// Runs the command line and returns the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A request for help is no mistake; everything else is.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let cli = match cli {
        Cli { command: Command::ReadDocument(read), .. } => return code(read.run()),
        cli => cli,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&format!("cannot start: {error}")),
    };
    let done = runtime.block_on(run(cli));
    // An agent that still thinks on a thread of its own must not hold up the end.
    runtime.shutdown_timeout(LAST_WAIT);
    code(done)
}

fn code(done: anyhow::Result<Outcome>) -> ExitCode {
    match done {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Problems) => ExitCode::from(1),
        Err(error) => complain(&format!("{error:#}")),
    }
}

async fn run(cli: Cli) -> anyhow::Result<Outcome> {
    let mut common = cli.common;
    // An empty variable of the environment names no server.
    common.server = common.server.filter(|server| !server.is_empty());
    cli.command.fits(&common)?;
    match cli.command {
        Command::Demo(demo) => demo.run(&common).await,
        Command::Serve(serve) => serve.run(&common).await,
        Command::Check(check) => check.run(&common),
        Command::Sheet(sheet) => sheet.run(&common),
        Command::Describe(describe) => describe.run(&common).await,
        Command::Change(change) => change.run(&common).await,
        Command::Format(format) => format.run(&common),
        Command::Language(language) => language.run(&common),
        Command::Prove(prove) => prove.run(&common),
        Command::Publish(publish) => publish.run(&common).await,
        Command::Case(case) => case.run(&common).await,
        Command::Task(task) => task.run(&common).await,
        Command::Person(person) => person.run(&common).await,
        Command::Eval(eval) => eval.run(&common).await,
        Command::Models(models) => models.run(&common).await,
        Command::Audit(audit) => audit.run(&common).await,
        Command::Export(export) => export.run(&common).await,
        Command::Import(import) => import.run(&common).await,
        Command::Backup(backup) => backup.run(&common).await,
        Command::Bench(bench) => bench.run(&common).await,
        Command::Doctor(doctor) => doctor.run(&common).await,
        Command::Simulate(simulate) => simulate.run(&common),
        Command::ReadDocument(read) => read.run(),
    }
}

fn complain(message: &str) -> ExitCode {
    note(&format!("countersign: {message}"));
    ExitCode::from(1)
}

/// Prints a line for people or machines. A reader that has gone away, as `head` does, is no fault.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Prints a line that is not part of the answer, so that `--json` stays clean.
fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Prints a value as JSON.
fn say_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string_pretty(value)?);
    Ok(())
}
