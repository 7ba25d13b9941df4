//! An agent earns that it may decide alone, does so, and loses it again, as the people around it see that.
//!
//! What the story needs many of comes through the API: ordinary decisions of one person. The telling ones are clicks.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{
    Page,
    chrome::{Chrome, Screen},
    demo::Demo,
};

/// So many right answers certify an agent at its first look.
const ENOUGH: usize = 120;
/// More cases than this are not needed to meet one that is held for a check, or one that is not.
const MANY: usize = 300;
/// How long the program is given between two looks at a case.
const PAUSE: Duration = Duration::from_millis(15);
/// So many looks at a case, a machine that is busy with other things included.
const CASE_LOOKS_MAX: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_earns_autonomy_and_loses_it_on_a_desktop() {
    tell(Screen::Desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_earns_autonomy_and_loses_it_on_a_phone() {
    tell(Screen::Phone).await;
}

async fn tell(screen: Screen) {
    let demo = Demo::start().await;
    let chrome = Chrome::start(screen).await;
    let page = Page { browser: chrome.client.clone(), screen };
    super::sign_in(&page, &demo).await;
    evidence_and_suggestion(&page, &demo).await;
    page.switch_to("sami.aalto").await;
    let caller = Caller::of(&page, &demo).await;
    confirm_by_click(&page, &demo).await;
    for _ in 1..ENOUGH {
        caller.confirm(&caller.asked().await, "billing").await;
    }
    certified(&page, &demo).await;
    automatic(&page, &demo, &caller).await;
    drift(&page, &demo, &caller).await;
    lost(&page, &demo).await;
    limited(&page, &demo).await;
    imported(&page, &demo).await;
    chrome.stop().await;
}

/// The quote of a field lights up in the receipt, and the category arrives filled in where the claim is decided.
async fn evidence_and_suggestion(page: &Page, demo: &Demo) {
    super::hand_in_a_claim(page, demo).await;
    let case = page.browser.current_url().await.expect("an address").to_string();
    page.until(&case, "Waiting for Carla Ruiz").await;
    page.switch_to("carla.ruiz").await;
    page.go(&format!("{}/inbox", demo.base)).await;
    page.press_row("Corner Bakery").await;
    page.wait("mark[data-field$='total']").await;
    let hover = "arguments[0].dispatchEvent(new MouseEvent('mouseover', { bubbles: true }))";
    let field = page.browser.find(fantoccini::Locator::Css("dl [data-field$='total']")).await.expect("the total");
    let field = serde_json::to_value(&field).expect("an element has a reference");
    page.browser.execute(hover, vec![field]).await.expect("the mouse is over it");
    page.wait("mark.lit[data-field$='total']").await;
    assert_eq!(page.text("mark.lit").await, "EUR 61.75", "the quote of the total, and no other");
    page.picture("autonomy-1-evidence").await;
    page.press("summary[data-key='e']").await;
    page.wait("select[name='field.category']").await;
    assert_eq!(page.value("select[name='field.category']").await, "meals", "the agent's word arrives filled in");
    let label = page.text("label[for='field-category']").await;
    assert!(label.contains("by agent"), "and is marked as such: {label}");
    page.as_wide_as_the_screen("a filled-in suggestion").await;
    page.picture("autonomy-2-filled-in").await;
    page.press("button.main").await;
    page.until(&case, "Carla Ruiz approved").await;
}

/// Somebody confirms a suggestion that waits for them with one click.
async fn confirm_by_click(page: &Page, demo: &Demo) {
    page.go(&format!("{}/inbox", demo.base)).await;
    page.press_row("Charged twice").await;
    page.until_text("h1", "right as the topic").await;
    page.as_wide_as_the_screen("a suggestion").await;
    page.picture("autonomy-3-suggestion").await;
    page.press("button.main").await;
    page.wait("#message p").await;
}

/// Whoever answers for the process is told in the inbox, and the page of agents says on what it rests.
async fn certified(page: &Page, demo: &Demo) {
    let inbox = format!("{}/inbox", demo.base);
    page.until(&inbox, "may decide alone from now on: on cases like the 120 that people decided").await;
    page.as_wide_as_the_screen("the inbox with a notice").await;
    page.picture("autonomy-4-told").await;
    page.press(".told button.plain").await;
    page.until_text("#message", "put away").await;
    page.until_gone(".told").await;
    page.switch_to("ada.novak").await;
    let agents = format!("{}/agents", demo.base);
    page.until(&agents, "Decides alone: on cases like the 120 that people decided").await;
    page.as_wide_as_the_screen("agents").await;
    page.picture("autonomy-5-agents").await;
    page.switch_to("sami.aalto").await;
}

/// A request that is handed in on its page goes on without anybody, and the timeline says on what that rests.
async fn automatic(page: &Page, demo: &Demo, caller: &Caller) {
    for _ in 0..MANY {
        page.go(&format!("{}/processes/support-request/start", demo.base)).await;
        page.fill("subject", "Charged twice").await;
        page.fill("question", SAME).await;
        page.press("button.main").await;
        page.until_text("main .crumb", "Support request").await;
        let address = page.browser.current_url().await.expect("an address").to_string();
        let number: u64 = address.rsplit('/').next().and_then(|last| last.parse().ok()).expect("a case's number");
        if let Some(task) = caller.question(number).await {
            caller.confirm(&task, "billing").await;
            continue;
        }
        page.until(&address, "under a certificate that rests on 120 decisions of people").await;
        page.as_wide_as_the_screen("an automatic decision").await;
        page.picture("autonomy-6-alone").await;
        return;
    }
    panic!("every one of {MANY} requests was held for a check");
}

/// From now on such requests belong elsewhere. Two that are held for a check show it: one is decided on its page.
async fn drift(page: &Page, demo: &Demo, caller: &Caller) {
    let task = caller.held().await;
    page.go(&format!("{}/tasks/{task}", demo.base)).await;
    page.until_text("h1", "Which is the topic").await;
    let told = page.text("article.matter").await;
    assert!(told.contains("drawn by lot") && !told.contains("“billing”"), "whoever checks is told nothing: {told}");
    assert_eq!(page.value("select[name='field.topic']").await, "", "the form is empty");
    page.as_wide_as_the_screen("a blind check").await;
    page.picture("autonomy-7-check").await;
    page.press("select[name='field.topic'] option[value='account']").await;
    page.press("button.main").await;
    page.wait("#message p").await;
    let (number, _) = task.split_once('-').expect("a label");
    let case = format!("{}/cases/{number}", demo.base);
    page.until(&case, "The agent had said “billing”: the check found it wrong.").await;
    page.picture("autonomy-8-checked").await;
    let task = caller.held().await;
    caller.confirm(&task, "account").await;
    let (number, _) = task.split_once('-').expect("a label");
    let case = format!("{}/cases/{number}", demo.base);
    // Of two, or of more where one that was right had been drawn by lot before.
    page.until(&case, "may no longer decide alone: 2 of ").await;
    page.picture("autonomy-9-ended").await;
}

/// The next answer is a suggestion again, and everybody concerned is told why.
async fn lost(page: &Page, demo: &Demo) {
    let inbox = format!("{}/inbox", demo.base);
    page.until(&inbox, "may no longer decide alone: 2 of ").await;
    page.as_wide_as_the_screen("the inbox with notices").await;
    page.picture("autonomy-10-told").await;
    page.switch_to("ada.novak").await;
    page.until(&format!("{}/agents", demo.base), "It decided alone until it was checked: 2 of ").await;
    page.as_wide_as_the_screen("agents").await;
    page.picture("autonomy-11-agents").await;
}

/// One answer is kept for people and of one less may be wrong: on the page of the process's agents, which is reached
/// from the list of agents.
async fn limited(page: &Page, demo: &Demo) {
    page.go(&format!("{}/agents", demo.base)).await;
    page.press("#earned ~ table a[href$='/processes/support-request/agents']").await;
    page.until_text("h1", "One agent decides in Support request, and not alone yet.").await;
    page.as_wide_as_the_screen("a process's agents").await;
    page.press("details.limits summary").await;
    page.press("select[name='limit.account'] option[value='never']").await;
    page.press("select[name='limit.billing'] option[value='10']").await;
    page.as_wide_as_the_screen("answers with a limit of their own").await;
    page.picture("autonomy-12-limits").await;
    page.press("details.limits button").await;
    page.until_text("main", "Never alone: “account”.").await;
    page.until_text("main", "At most 1 % wrong: “billing”.").await;
}

/// Past decisions are pasted, shown as they were understood, and taken.
async fn imported(page: &Page, demo: &Demo) {
    page.go(&format!("{}/processes/support-request/agents", demo.base)).await;
    page.press("details.past summary").await;
    let rows = "subject,question,answer\nInvoice,I was charged twice,billing\nSign in,It forgets me,nowhere\n";
    page.write("details.past textarea", rows).await;
    page.as_wide_as_the_screen("a table that is pasted").await;
    page.picture("autonomy-13-past").await;
    page.press("details.past button").await;
    page.until_text("h1", "1 row understood, 1 not.").await;
    page.until_text("main", "Line 3: “nowhere” is none of the listed words").await;
    page.as_wide_as_the_screen("what was understood of a table").await;
    page.picture("autonomy-14-understood").await;
    page.press("button.main").await;
    page.until_text("#message", "1 row taken; one was left out.").await;
    page.press("details.past summary").await;
    page.until_text("main", "Forget the imported row").await;
    page.picture("autonomy-15-taken").await;
}

/// What such requests say.
const SAME: &str = "I was charged twice for the same month.";

/// One person over the API.
struct Caller {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Caller {
    /// With a token that the person makes on their own page.
    async fn of(page: &Page, demo: &Demo) -> Self {
        page.go(&format!("{}/account", demo.base)).await;
        page.write("#token-name", "story").await;
        page.press("form[action$='/tokens'] button").await;
        page.wait("code.copy").await;
        countersign::llm::openai::install_tls();
        let client = reqwest::Client::builder().timeout(super::chrome::PATIENCE).build().expect("a client");
        Self { client, base: format!("{}/api/v1", demo.base), token: page.text("code.copy").await }
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Json {
        let answer = request.bearer_auth(&self.token).send().await.expect("the program answers");
        let (status, text) = (answer.status(), answer.text().await.expect("words"));
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Opens a request like all the others; its number.
    async fn open(&self) -> u64 {
        let new = json!({
            "process": "support-request", "fields": { "subject": "Charged twice", "question": SAME },
        });
        let case = self.ask(self.client.post(format!("{}/cases", self.base)).json(&new)).await;
        case["number"].as_u64().expect("a number")
    }

    /// The label of the task in which this person is asked about the topic; `None` when the agent decided alone.
    async fn question(&self, number: u64) -> Option<String> {
        for _ in 0..CASE_LOOKS_MAX {
            let case = self.ask(self.client.get(format!("{}/cases/{number}", self.base))).await;
            let open = case["tasks"].as_array().and_then(|tasks| tasks.iter().find(|task| task["state"] == "open"));
            if let Some(task) = open {
                let label = task["label"].as_str().expect("a label").to_owned();
                return (task["ask"] == "confirm").then_some(label);
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("case {number} waits for nobody");
    }

    /// Opens a request about whose topic this person is asked; the label of the task.
    async fn asked(&self) -> String {
        let number = self.open().await;
        self.question(number).await.expect("no agent may decide alone yet")
    }

    /// Opens requests until one is held for a check; the label of its task.
    async fn held(&self) -> String {
        for _ in 0..MANY {
            let number = self.open().await;
            if let Some(task) = self.question(number).await {
                return task;
            }
        }
        panic!("none of {MANY} requests was held for a check");
    }

    async fn confirm(&self, task: &str, topic: &str) {
        let decision = json!({ "outcome": "completed", "fields": { "topic": topic } });
        let request = self.client.post(format!("{}/tasks/{task}/decisions", self.base)).json(&decision);
        self.ask(request.header("x-countersign-shown", "now")).await;
    }
}
