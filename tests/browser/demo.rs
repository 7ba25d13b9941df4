//! The demo, as the first command of the README starts it.

use std::process::Stdio;

use jiff::{ToSpan as _, tz::TimeZone};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// A running demo.
pub struct Demo {
    /// The sign-in link that it printed.
    pub link: String,
    /// Its address.
    pub base: String,
    folder: tempfile::TempDir,
    _child: Child,
}

impl Demo {
    /// Starts it on a free port, with a database of its own.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts it with more settings in its environment.
    pub async fn start_with(settings: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["demo", "--port", "0", "--database"])
            .arg(format!("sqlite:{}", folder.path().join("demo.db").display()))
            .envs(settings.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        let mut link = String::new();
        while let Ok(Some(line)) = lines.next_line().await {
            if line.trim_start().starts_with("http://") {
                line.trim().clone_into(&mut link);
                break;
            }
        }
        let (base, _) = link.split_once("/sign-in/").expect("the demo prints a sign-in link");
        Self { base: base.to_owned(), link, folder, _child: child }
    }

    /// The day before today, as a form takes it.
    pub fn yesterday(&self) -> String {
        yesterday().to_string()
    }

    /// The path of a receipt that agrees with the claim of the story.
    pub fn receipt(&self) -> String {
        let file = self.folder.path().join("receipt.txt");
        let day = yesterday().strftime("%d/%m/%Y").to_string();
        let text =
            format!("CORNER BAKERY LTD\n3 Mill Lane\nDate: {day}\nRolls and coffee\nTOTAL EUR 61.75\nThank you\n");
        std::fs::write(&file, text).expect("a receipt");
        file.display().to_string()
    }
}

fn yesterday() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_sub(1.day())
}
