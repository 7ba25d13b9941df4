//! What stands beside a text: a template that code fills in, and examples of what a criterion means.
//!
//! From the sentences that name them to the letter and the verdict that come of them in a case.

use super::{
    Page,
    chrome::{Chrome, Screen},
    demo::Demo,
    model::{Model, QUOTE},
};

const TEXT: &str = "# Desk request

An employee can start this process.
The finance lead is accountable for this process.
Closing as granted is a success.

The desk form asks for the item (text) and the purpose (text).

Stage Check:
- Check with the agent that \"the purpose is about work\" by the purpose.
- Fill in the letter from the template \"confirmation\".
- The finance lead approves the letter within 2 working days.
- If the approver rejects the letter, tell the employee the reason. Close the case as refused.

Stage End:
- Close the case as granted.
";

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_filled_in_and_a_verdict_names_its_example_on_a_desktop() {
    tell(Screen::Desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_filled_in_and_a_verdict_names_its_example_on_a_phone() {
    tell(Screen::Phone).await;
}

async fn tell(screen: Screen) {
    let model = Model::start().await;
    let demo = Demo::start_with(&model.settings()).await;
    let chrome = Chrome::start(screen).await;
    let page = Page { browser: chrome.client.clone(), screen };
    page.go(&demo.link).await;
    page.press("button.main").await;
    page.wait("#list").await;
    page.switch_to("ada.novak").await;
    write(&page, &demo).await;
    attach_the_template(&page).await;
    give_examples(&page).await;
    publish(&page).await;
    run_a_case(&page, &demo).await;
    chrome.stop().await;
}

/// The text names a template that nobody has attached yet.
async fn write(page: &Page, demo: &Demo) {
    page.go(&format!("{}/studio", demo.base)).await;
    page.press("input[value='empty'] ~ button").await;
    page.wait("#studio-text").await;
    // Typed line by line, what is offered would be taken with each line.
    let script = "document.querySelector('#studio-text').focus();
                  return document.execCommand('insertText', false, arguments[0])";
    page.browser.execute(script, vec![TEXT.into()]).await.expect("the text is taken");
    page.until_text("#studio-panel", "confirmation").await;
    page.until_text(".verdict", "It cannot be published yet").await;
}

/// The template gets its words, with places for the fields of a case.
async fn attach_the_template(page: &Page) {
    page.press(".links a[href$='/templates']").await;
    page.until_text("h1", "one is missing").await;
    page.write("textarea[name='words']", "Dear colleague, you get {item} for {purpose}.").await;
    page.picture("beside-1-template").await;
    page.press("section form.stack button").await;
    page.until_text("h1", "1 template attached.").await;
    page.as_wide_as_the_screen("templates to fill in").await;
    page.press("main p > a[href^='/studio/draft']").await;
    page.until_text(".verdict", "It can be published.").await;
}

/// Two examples, one that passes and one that fails; a slip is said before it is kept.
async fn give_examples(page: &Page) {
    page.press(".links a[href$='/criteria']").await;
    page.until_text("h1", "0 examples of one criterion.").await;
    page.picture("beside-2-no-examples").await;
    for (answer, text, count) in [("pass", EXAMPLE, "1 example"), ("fail", "A second one for home.", "2 examples")] {
        page.press_said("summary", "Another example").await;
        page.press(&format!(".criterion > details input[value='{answer}']")).await;
        page.write(".criterion > details textarea", text).await;
        page.write(".criterion > details input[name='because']", "it says for what").await;
        page.press(".criterion > details form button").await;
        page.until_text("h1", count).await;
    }
    page.press_said("summary", "Another example").await;
    page.press(".criterion > details input[value='fail']").await;
    page.write(".criterion > details textarea", EXAMPLE).await;
    page.press(".criterion > details form button").await;
    page.until_text(".problem", "the same text").await;
    page.as_wide_as_the_screen("examples").await;
    page.picture("beside-3-examples").await;
    page.press("main p > a[href^='/studio/draft']").await;
    page.until_text(".verdict", "It can be published.").await;
}

/// An example of somebody who knows the desk.
const EXAMPLE: &str = "A screen for the new colleague in the warehouse.";

async fn publish(page: &Page) {
    page.press(".panel a.button.main").await;
    page.press("form button.main").await;
    page.until_text("h1", "Desk request").await;
}

/// The approver sees the letter as code filled it in, and which example the model found alike.
async fn run_a_case(page: &Page, demo: &Demo) {
    page.switch_to("ben.okafor").await;
    page.go(&format!("{}/processes/desk-request/start", demo.base)).await;
    page.fill("item", "two screens").await;
    page.fill("purpose", QUOTE).await;
    page.press("button.main").await;
    page.until_text("main .crumb", "Desk request").await;
    let case = page.browser.current_url().await.expect("an address").to_string();
    page.until(&case, "Waiting for the finance lead").await;
    page.switch_to("rosa.lind").await;
    page.go(&format!("{}/inbox", demo.base)).await;
    page.press_row("screens").await;
    page.wait(".decision button.main").await;
    let shown = page.text("main").await;
    let letter = format!("Dear colleague, you get two screens for {QUOTE}.");
    for words in [letter.as_str(), "It is like example 1, which passes", EXAMPLE, "it says for what"] {
        assert!(shown.contains(words), "`{words}`: {shown}");
    }
    page.as_wide_as_the_screen("a verdict with an example").await;
    page.picture("beside-4-task").await;
    page.press(".decision button.main").await;
    page.wait("#message p").await;
    page.until(&case, "granted").await;
    let told = page.text("main").await;
    assert!(told.contains("It is like example 1, which passes"), "{told}");
}
