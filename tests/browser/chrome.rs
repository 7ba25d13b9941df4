//! A headless Chromium, driven over WebDriver (W3C Recommendation) by its own driver.

use std::{process::Stdio, time::Duration};

use fantoccini::{Client, ClientBuilder};
use serde_json::{Map, Value as Json, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// How long a page may take to show something.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How often a page is opened again until it says something, and the pause in between.
pub const LOOKS_MAX: usize = 100;
/// See [`LOOKS_MAX`].
pub const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// What the browser looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 1280 px wide, light.
    Desktop,
    /// 360 px wide, dark.
    Phone,
}

impl Screen {
    /// Its name in file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Phone => "phone",
        }
    }

    fn options(self, profile: &str) -> Json {
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--window-size=1280,900".to_owned(),
            format!("--user-data-dir={profile}"),
        ];
        match self {
            Self::Desktop => json!({ "args": arguments }),
            Self::Phone => {
                arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
                let metrics = json!({ "width": 360, "height": 780, "pixelRatio": 2.0, "touch": true });
                json!({ "args": arguments, "mobileEmulation": { "deviceMetrics": metrics } })
            }
        }
    }
}

/// How often the driver is started: it takes a free port and gives up when somebody else takes it first.
const STARTS_MAX: usize = 5;

/// A driver that runs, and its address.
async fn driver() -> (Child, String) {
    for _ in 0..STARTS_MAX {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is installed, see scripts/install-browser");
        let mut lines = BufReader::new(driver.stdout.take().expect("an output")).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, number)) = line.split_once("started successfully on port ") {
                return (driver, format!("http://127.0.0.1:{}", number.trim_end_matches('.')));
            }
            eprintln!("chromedriver: {line}");
        }
    }
    panic!("chromedriver did not say its port in {STARTS_MAX} starts");
}

/// The browser and its driver.
pub struct Chrome {
    /// The session.
    pub client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Chrome {
    /// Starts driver and browser.
    pub async fn start(screen: Screen) -> Self {
        let (driver, address) = driver().await;
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let options = screen.options(&profile.path().display().to_string());
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&address)
            .await
            .expect("a session");
        Self { client, driver, _profile: profile }
    }

    /// Ends the session.
    pub async fn stop(mut self) {
        let _ = self.client.close().await;
        let _ = self.driver.kill().await;
    }
}
