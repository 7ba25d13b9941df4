//! Documents are read, and Word files filled in, by a process of their own, which is ended when it takes too long.

use std::{borrow::Cow, path::PathBuf, process::Stdio, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use futures_util::future::BoxFuture;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    sync::Semaphore,
    time::timeout,
};

use super::{
    Kind, MAX_TEXT_BYTES, NoText, Outcome, Reader, WORD_TEMPLATE_BYTES_MAX, WordFault,
    child::{Asked, Said, Work},
    kind::{self, Found},
    read_plain, rendition,
};

/// The hidden command that reads one document.
pub const COMMAND: &str = "read-document";
/// How long reading one document may take.
pub const READ_TIME_MAX: Duration = Duration::from_secs(10);
/// How much memory reading one document may take, in MiB of address space.
pub const READ_MEMORY_MAX_MIB: u64 = 512;
/// How many documents are read side by side.
pub const READERS_AT_ONCE: usize = 2;
/// How long a document waits for its turn.
pub const TURN_WAIT_MAX: Duration = Duration::from_secs(30);
/// The most output of a reader that is taken: the text as JSON, in which some letters take two.
const OUTPUT_BYTES_MAX: u64 = 2 * MAX_TEXT_BYTES as u64 + 64 * 1024;
/// How much of a reader's last words is looked at. They are never shown and never kept.
const LAST_WORDS_BYTES_MAX: u64 = 16 * 1024;
/// The allocator of this program sets a gibibyte of addresses aside before the first line runs, and what is set aside
/// is not held to a limit that comes later.
const OWN_ALLOCATOR: [(&str, &str); 1] = [("MIMALLOC_ARENA_RESERVE", "0")];
/// What the standard library says before it ends a process that has no memory left.
const OUT_OF_MEMORY: &str = "memory allocation of ";

/// Reads documents with a program that knows [`COMMAND`].
#[derive(Debug)]
pub struct Apart {
    program: PathBuf,
    time: Duration,
    mebibytes: u64,
    turns: Semaphore,
}

impl Apart {
    /// A reader that starts this program.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self { program, time: READ_TIME_MAX, mebibytes: READ_MEMORY_MAX_MIB, turns: Semaphore::new(READERS_AT_ONCE) }
    }

    /// The same with tighter limits.
    #[must_use]
    pub fn within(mut self, time: Duration, mebibytes: u64) -> Self {
        self.time = self.time.min(time);
        self.mebibytes = self.mebibytes.min(mebibytes);
        self
    }

    async fn text(&self, kind: Kind, bytes: &[u8]) -> Result<String, NoText> {
        match self.run(Work::Read(kind), bytes).await? {
            Said::Text(text) => Ok(text),
            Said::NoText(why) => Err(why),
            Said::Filled(_) | Said::Fault(_) => Err(NoText::BrokeOff),
        }
    }

    async fn word(&self, file: &[u8], words: Option<&[&str]>) -> Result<Said, WordFault> {
        if file.len() > WORD_TEMPLATE_BYTES_MAX {
            return Err(WordFault::TooLarge);
        }
        let words = words.map(|words| words.iter().map(|word| Cow::Borrowed(*word)).collect());
        let asked = serde_json::to_vec(&Asked { file: BASE64.encode(file), words });
        match self.run(Work::WordTemplate, &asked.map_err(|_| WordFault::Stopped)?).await? {
            Said::Fault(why) => Err(why),
            Said::NoText(why) => Err(why.into()),
            said => Ok(said),
        }
    }

    async fn run(&self, work: Work, bytes: &[u8]) -> Result<Said, NoText> {
        let turn = timeout(TURN_WAIT_MAX, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(NoText::Busy) };
        let mut child = self.start(work).map_err(|error| {
            tracing::error!(program = %self.program.display(), %error, "no reader of documents could be started");
            NoText::NoReader
        })?;
        let done = timeout(self.time, hear(&mut child, bytes)).await;
        // It has ended by itself, or it must end now; it is waited for, so that no dead process is left.
        let killed = child.kill().await;
        match (done, killed) {
            (Ok(Ok(heard)), _) => self.judge(&heard),
            (Ok(Err(_)), _) => Err(NoText::BrokeOff),
            (Err(_), _) => Err(NoText::Time { seconds: self.seconds() }),
        }
    }

    fn start(&self, work: Work) -> std::io::Result<Child> {
        Command::new(&self.program)
            .arg(COMMAND)
            .arg(work.name())
            .arg(self.mebibytes.to_string())
            .arg(self.seconds().to_string())
            .env_clear()
            .envs(OWN_ALLOCATOR)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }

    /// The time in whole seconds, at least one.
    fn seconds(&self) -> u64 {
        self.time.as_secs().max(1)
    }

    fn judge(&self, heard: &Heard) -> Result<Said, NoText> {
        if heard.well {
            let line = heard.output.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            return serde_json::from_slice(line).map_err(|_| NoText::BrokeOff);
        }
        if heard.out_of_time {
            return Err(NoText::Time { seconds: self.seconds() });
        }
        let last_words = String::from_utf8_lossy(&heard.last_words);
        let memory = last_words.contains(OUT_OF_MEMORY);
        Err(if memory { NoText::Memory { mebibytes: self.mebibytes } } else { NoText::BrokeOff })
    }
}

impl Reader for Apart {
    fn read<'a>(&'a self, name: &'a str, bytes: &'a [u8]) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Found { media_type, kind } = kind::find(name, bytes);
            match kind {
                Ok(kind) if kind != Kind::Plain => {
                    let text = self.text(kind, bytes).await.map(rendition);
                    Outcome { media_type, reader: Some(kind.reader()), text }
                }
                _ => read_plain(name, bytes),
            }
        })
    }

    fn word_template<'a>(&'a self, file: &'a [u8]) -> BoxFuture<'a, Result<String, WordFault>> {
        Box::pin(async move {
            match self.word(file, None).await? {
                Said::Text(text) => Ok(text),
                _ => Err(WordFault::Stopped),
            }
        })
    }

    fn fill<'a>(&'a self, file: &'a [u8], words: &'a [&'a str]) -> BoxFuture<'a, Result<Vec<u8>, WordFault>> {
        Box::pin(async move {
            match self.word(file, Some(words)).await? {
                Said::Filled(file) => BASE64.decode(file).map_err(|_| WordFault::Stopped),
                _ => Err(WordFault::Stopped),
            }
        })
    }
}

/// What a process left behind.
struct Heard {
    output: Vec<u8>,
    last_words: Vec<u8>,
    well: bool,
    out_of_time: bool,
}

/// Gives a process its bytes and listens until it ends.
async fn hear(child: &mut Child, bytes: &[u8]) -> std::io::Result<Heard> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let give = async {
        if let Some(mut stdin) = stdin {
            // A process that ended early does not listen any more, which its end tells better.
            let _ = stdin.write_all(bytes).await;
            let _ = stdin.shutdown().await;
        }
    };
    let output = async {
        let mut output = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(OUTPUT_BYTES_MAX).read_to_end(&mut output).await?;
        }
        std::io::Result::Ok(output)
    };
    let last_words = async {
        let mut words = Vec::new();
        if let Some(stderr) = stderr {
            stderr.take(LAST_WORDS_BYTES_MAX).read_to_end(&mut words).await?;
        }
        std::io::Result::Ok(words)
    };
    let ((), output, last_words) = tokio::join!(give, output, last_words);
    let status = child.wait().await?;
    Ok(Heard { output: output?, last_words: last_words?, well: status.success(), out_of_time: ended_for_time(status) })
}

/// Whether the system ended it because its time of the processor was used up.
#[cfg(unix)]
fn ended_for_time(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;

    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
const fn ended_for_time(_: std::process::ExitStatus) -> bool {
    false
}

/// This program, to be started once more: the file that runs now, also after another has been put in its place.
#[must_use]
pub fn this_program() -> Option<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Some(running) } else { std::env::current_exe().ok() }
}
