//! From an empty page to a published process and its first case, as somebody does it who has never seen the studio.
//!
//! Each part of the story is a function of its own that begins and ends on a page.

use super::{ENTER, Page, chrome::Chrome, chrome::LOOKS_MAX, chrome::Screen, demo::Demo};

/// The keys of the keyboard, as WebDriver names them.
const ARROW_DOWN: &str = "\u{E015}";

/// What stands open beside the text; what is only worth a look stays.
const OPEN: &str = ".found li.is-problem, .found li.is-question";
/// How many steps a tried case takes at most.
const STEPS_MAX: usize = 8;

/// What the interview asks, and what is said; what is not here is answered with nothing of the kind.
const ANSWERS: &[(&str, &str)] = &[
    ("name", "Vendor check"),
    ("starter", "buyer"),
    ("hands_in", "the company (text), the supplier e-mail (e-mail) and the expected spend (money)"),
    ("accountable", "head of purchasing"),
    ("steps", "The compliance desk reviews the company within 2 working days"),
    ("decides", "the head of purchasing within 2 working days"),
    ("limit", "If the expected spend is over 50,000 EUR, the purchasing director within 3 working days"),
    ("rejected", "refused"),
    ("systems", "Create the supplier in the purchasing system with the company, signed by the approver"),
    ("tell", "{company} can now take orders."),
    ("done", "active"),
    ("withdraw", "at any time"),
];

/// Words that are right, and what somebody in a hurry writes instead.
const SLIPS: [(&str, &str); 3] = [
    ("reviews the company within 2 working days", "reviews the company soon"),
    (", signed by the approver", ""),
    ("If the expected spend is over", "If the expected spnd is over"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_described_mended_published_and_run_on_a_desktop() {
    tell(Screen::Desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_described_mended_published_and_run_on_a_phone() {
    tell(Screen::Phone).await;
}

async fn tell(screen: Screen) {
    let demo = Demo::start().await;
    let chrome = Chrome::start(screen).await;
    let page = Page { browser: chrome.client.clone(), screen };
    page.go(&demo.link).await;
    page.press("button.main").await;
    page.wait("#list").await;
    page.switch_to("ada.novak").await;
    begin(&page, &demo).await;
    answer(&page).await;
    complete(&page).await;
    mend(&page).await;
    draw(&page).await;
    try_out(&page).await;
    rehearse(&page).await;
    publish(&page).await;
    run_a_case(&page, &demo).await;
    change(&page, &demo).await;
    migrate_one(&page, &demo).await;
    no_sideways_scrolling(&page, &demo).await;
    chrome.stop().await;
}

/// From the list of processes to the first question.
async fn begin(page: &Page, demo: &Demo) {
    page.go(&format!("{}/processes", demo.base)).await;
    page.press("main a[href='/studio']").await;
    page.picture("studio-1-begin").await;
    page.press("input[value='interview'] ~ button").await;
    page.wait("#answer").await;
}

/// One question after the other; the text grows beside it.
async fn answer(page: &Page) {
    for _ in 0..LOOKS_MAX {
        let asked = page.value("input[name='question']").await;
        if asked.is_empty() {
            break;
        }
        match ANSWERS.iter().find(|(question, _)| *question == asked) {
            Some((question, said)) => {
                page.write("#answer", said).await;
                if *question == "decides" {
                    page.picture("studio-2-interview").await;
                }
                page.press("form.stack button.main").await;
            }
            None => page.press("button[name='nothing']").await,
        }
        page.until_gone(&format!("input[name='question'][value='{asked}']")).await;
    }
    let done = page.text("main").await;
    assert!(done.contains("Everything is asked"), "{done}");
    page.picture("studio-2-interview-done").await;
    page.press("a.button.main").await;
    page.wait("#studio-text").await;
}

/// A sentence of which the second half is offered and taken by keyboard.
async fn complete(page: &Page) {
    page.write("#studio-text", "\nOnly the approver and the compl").await;
    page.wait("#studio-completions li").await;
    page.picture("studio-3-completion").await;
    page.key(ARROW_DOWN).await;
    page.key(ENTER).await;
    let text = page.value("#studio-text").await;
    assert!(text.contains("Only the approver and the compliance desk"), "{text}");
    page.key(" may see the supplier e-mail.").await;
    page.until_text(".verdict", "It can be published.").await;
    page.picture("studio-3-whole").await;
}

/// Three slips, each mended by the fix that is offered first.
async fn mend(page: &Page) {
    for (right, wrong) in SLIPS {
        page.replace(right, wrong).await;
    }
    page.until_text(".verdict", "It cannot be published yet").await;
    page.until_text("#studio-panel", "spnd").await;
    page.picture("studio-4-problems").await;
    let found = page.count(OPEN).await;
    for mended in 1..=SLIPS.len() {
        let open = page.text("#studio-panel").await;
        page.press(".found .fixes button").await;
        page.until_other("#studio-panel", &open).await;
        let left = page.count(OPEN).await;
        assert!(left + mended <= found, "{found} were open and {left} are after {mended} fixes: {open}");
    }
    page.until_text(".verdict", "It can be published.").await;
    let text = page.value("#studio-text").await;
    for (right, wrong) in SLIPS {
        assert!(text.contains(right), "`{right}` stands again for `{wrong}`: {text}");
    }
    page.picture("studio-4-mended").await;
}

/// A sentence that is written from the drawing: a step is opened there, another put behind it, and its time changed.
async fn draw(page: &Page) {
    page.press_nth("#studio-drawing svg a.person", 0).await;
    page.until_text("main", "The compliance desk reviews the company").await;
    page.press(".picker details summary").await;
    page.picture("studio-4-step").await;
    page.press("#new-who option[value='the compliance desk']").await;
    page.press("select[name='verb'] option[value='review']").await;
    page.write("input[name='what']", "the supplier e-mail").await;
    page.press("button[value='after']").await;
    page.wait("#studio-text").await;
    let text = page.value("#studio-text").await;
    assert!(text.contains("- The compliance desk reviews the supplier e-mail."), "{text}");
    page.press_nth("#studio-drawing svg a.person", 1).await;
    page.until_text("main", "The compliance desk reviews the supplier e-mail.").await;
    page.retype("#pick-due", "3").await;
    page.press("input[value='due'] ~ .act button").await;
    page.wait("#studio-text").await;
    let text = page.value("#studio-text").await;
    assert!(text.contains("- The compliance desk reviews the supplier e-mail within 3 working days."), "{text}");
    page.until_text(".verdict", "It can be published.").await;
    page.picture("studio-4-drawn").await;
}

/// A case of the draft with invented people and a clock moved by hand; then back to the text.
async fn try_out(page: &Page) {
    let draft = page.browser.current_url().await.expect("an address").to_string();
    page.press(".panel a[href$='/trial']").await;
    page.fill("company", "Southern Cranes").await;
    page.fill("supplier_e_mail", "sales@cranes.example").await;
    page.fill("expected_spend", "1200").await;
    page.write("[name='currency.expected_spend']", "EUR").await;
    page.picture("studio-5-trial-start").await;
    page.press(".picker button.main").await;
    page.wait("#timeline").await;
    page.picture("studio-5-trial").await;
    let (before, told) = (page.text("p.owner time").await, page.count("#trial-told + ul li").await);
    page.press_said("button[name='pass']", "To the next reminder").await;
    page.until_other("p.owner time", &before).await;
    assert!(page.count("#trial-told + ul li").await > told, "somebody is told: {}", page.text("main").await);
    for _ in 0..STEPS_MAX {
        if page.count(".picker button.main").await == 0 {
            break;
        }
        let before = page.text(".timeline").await;
        page.press(".picker button.main").await;
        page.until_other(".timeline", &before).await;
    }
    page.until_text("h1", "active").await;
    let told = page.text(".timeline").await;
    assert!(told.contains("approved"), "{told}");
    page.picture("studio-5-trial-end").await;
    page.go(&draft).await;
    page.until_text(".verdict", "It can be published.").await;
}

/// With real people and nothing that leaves; then back to the text.
async fn rehearse(page: &Page) {
    let draft = page.browser.current_url().await.expect("an address").to_string();
    page.press(".panel a[href$='/rehearsal']").await;
    page.picture("studio-5-rehearse").await;
    page.press("form button.main").await;
    page.until_text("h1", "Vendor check").await;
    page.picture("studio-5-rehearsal").await;
    page.go(&draft).await;
    page.until_text(".verdict", "It can be published.").await;
}

/// The question before publishing, and the process that comes of it.
async fn publish(page: &Page) {
    page.press(".panel a.button.main").await;
    page.wait("form button.main").await;
    page.picture("studio-5-publish").await;
    page.press("form button.main").await;
    page.until_text("h1", "Vendor check").await;
    page.picture("studio-5-published").await;
}

/// Opens a case and returns its address.
async fn open_a_case(page: &Page, demo: &Demo, company: &str) -> String {
    page.go(&format!("{}/processes/vendor-check/start", demo.base)).await;
    page.fill("company", company).await;
    page.fill("supplier_e_mail", "sales@vendor.example").await;
    page.fill("expected_spend", "1200").await;
    page.write("[name='currency.expected_spend']", "EUR").await;
    page.press("button.main").await;
    page.until_text("h1", "Waiting for").await;
    page.browser.current_url().await.expect("an address").to_string()
}

/// The first case: opened, reviewed, approved, carried out.
async fn run_a_case(page: &Page, demo: &Demo) {
    page.switch_to("ben.okafor").await;
    let case = open_a_case(page, demo, "Nordic Paper").await;
    for person in ["tess.hale", "tess.hale", "priya.shah"] {
        page.switch_to(person).await;
        page.go(&format!("{}/inbox", demo.base)).await;
        page.press_row("Nordic Paper").await;
        page.wait(".decision button.main").await;
        page.press(".decision button.main").await;
        page.wait("#message p").await;
    }
    page.switch_to("ben.okafor").await;
    page.until(&case, "active").await;
    page.picture("studio-6-case").await;
}

/// A second version, while two cases run on the first.
async fn change(page: &Page, demo: &Demo) {
    open_a_case(page, demo, "Alpine Tools").await;
    open_a_case(page, demo, "Baltic Glass").await;
    page.switch_to("ada.novak").await;
    page.go(&format!("{}/processes/vendor-check", demo.base)).await;
    page.press("input[value='vendor-check'] ~ button").await;
    page.wait("#studio-text").await;
    let before = page.value("input[name='revision']").await;
    page.replace("reviews the company within 2 working days", "reviews the company within 4 working days").await;
    page.until_value_other("input[name='revision']", &before).await;
    page.press(".panel a.button.main").await;
    page.until_text("main", "within 4 working days").await;
    page.picture("studio-8-changes").await;
    page.press("form button.main").await;
    page.until_text("h1", "Vendor check").await;
}

/// One of the two cases is moved to the second version; the other stays.
async fn migrate_one(page: &Page, demo: &Demo) {
    let migration = format!("{}/processes/vendor-check/migration", demo.base);
    page.go(&migration).await;
    assert_eq!(page.count("input[name='case']").await, 2, "{}", page.text("main").await);
    page.picture("studio-9-migration").await;
    page.press("input[name='case']").await;
    page.press("form button.main").await;
    page.wait("#message p").await;
    page.go(&migration).await;
    assert_eq!(page.count("input[name='case']").await, 1, "{}", page.text("main").await);
}

/// No page of the studio is wider than its screen.
async fn no_sideways_scrolling(page: &Page, demo: &Demo) {
    page.switch_to("ada.novak").await;
    page.go(&format!("{}/studio/templates", demo.base)).await;
    page.as_wide_as_the_screen("templates").await;
    page.picture("studio-7-templates").await;
    page.press("form.row button").await;
    page.wait("#studio-text").await;
    page.as_wide_as_the_screen("editor").await;
    page.picture("studio-7-editor").await;
}
