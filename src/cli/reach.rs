//! What becomes of `--server`: no command may drop it in silence and work on the database instead.

use super::{Command, Common, case::Case, person::Person, remote::SERVER_VARIABLE, task::Task};

/// Where a command works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// On the server that `--server` names, else on the database.
    Server,
    /// On the database alone.
    Database,
    /// On files or on a database of its own; nothing that a server keeps.
    Alone,
}

impl Command {
    /// Refuses `--server` where the command is not sent to one.
    pub(super) fn fits(&self, common: &Common) -> anyhow::Result<()> {
        let Some(server) = &common.server else { return Ok(()) };
        let (name, reach) = self.reach();
        // In the environment the server is meant for whatever is sent to one, and not for a text that is only checked.
        let in_environment = std::env::var(SERVER_VARIABLE).is_ok_and(|set| set == *server);
        match reach {
            Reach::Server => Ok(()),
            Reach::Alone if in_environment => Ok(()),
            Reach::Alone => anyhow::bail!(
                "`{name}` needs no server and asks none, so that --server would change nothing; leave it out"
            ),
            Reach::Database => anyhow::bail!(
                "`{name}` works on the database and is not sent to a server, so that its answer would not be that of \
                 {server}; leave --server and {SERVER_VARIABLE} out to work on the database, or use the pages or the \
                 JSON API of the server"
            ),
        }
    }

    fn reach(&self) -> (&'static str, Reach) {
        match self {
            Self::Publish(_) => ("publish", Reach::Server),
            Self::Case(case) => match case {
                Case::Open(_) => ("case open", Reach::Server),
                Case::Move(_) => ("case move", Reach::Server),
                Case::Hold(_) => ("case hold", Reach::Server),
                Case::Resume(_) => ("case resume", Reach::Server),
                Case::Migrate(migrate) if migrate.only_looks() => ("case migrate --look", Reach::Database),
                Case::Migrate(_) => ("case migrate", Reach::Server),
                Case::List(_) => ("case list", Reach::Database),
                Case::Show(_) => ("case show", Reach::Database),
                Case::Explain(_) => ("case explain", Reach::Database),
            },
            Self::Task(Task::List(_)) => ("task list", Reach::Database),
            Self::Task(Task::Decide(_)) => ("task decide", Reach::Server),
            Self::Person(Person::Add(_)) => ("person add", Reach::Database),
            Self::Person(Person::Link { .. }) => ("person link", Reach::Database),
            Self::Person(Person::List) => ("person list", Reach::Database),
            Self::Models(_) => ("models", Reach::Database),
            Self::Audit(_) => ("audit", Reach::Database),
            Self::Export(_) => ("export", Reach::Database),
            Self::Import(_) => ("import", Reach::Database),
            Self::Backup(_) => ("backup", Reach::Database),
            Self::Doctor(_) => ("doctor", Reach::Database),
            Self::Demo(_) => ("demo", Reach::Alone),
            Self::Serve(_) => ("serve", Reach::Alone),
            Self::Check(_) => ("check", Reach::Alone),
            Self::Sheet(_) => ("sheet", Reach::Alone),
            Self::Describe(_) => ("describe", Reach::Alone),
            Self::Change(_) => ("change", Reach::Alone),
            Self::Format(_) => ("format", Reach::Alone),
            Self::Language(_) => ("language", Reach::Alone),
            Self::Prove(_) => ("prove", Reach::Alone),
            Self::Eval(_) => ("eval", Reach::Alone),
            Self::Bench(_) => ("bench", Reach::Alone),
            Self::Simulate(_) => ("simulate", Reach::Alone),
            Self::ReadDocument(_) => (crate::documents::apart::COMMAND, Reach::Alone),
        }
    }
}
