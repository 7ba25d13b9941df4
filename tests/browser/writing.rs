//! A text that a model writes from somebody's own words, and a change that is wished for in words.

use super::{
    Page,
    chrome::{Chrome, LOOKS_MAX, Screen},
    demo::Demo,
    model::{Model, PROSE},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_description_is_written_with_its_quotes_and_changed_by_a_wish_on_a_desktop() {
    tell(Screen::Desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_is_written_with_its_quotes_and_changed_by_a_wish_on_a_phone() {
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
    describe(&page, &demo).await;
    answer(&page).await;
    wish(&page).await;
    chrome.stop().await;
}

/// From pasted prose to sentences, each with the words that it comes from.
async fn describe(page: &Page, demo: &Demo) {
    page.go(&format!("{}/studio", demo.base)).await;
    page.press("main details summary").await;
    page.write("#prose", PROSE).await;
    page.press("main details form button").await;
    page.until_text("h1", "5 sentences").await;
    page.picture("writing-1-prose").await;
    page.press("form[action$='/writing'] button").await;
    page.until_text("h1", "By agent: 6 sentences, 4 of them from your words").await;
    let told = page.text("main").await;
    for words in [
        "\u{201c}Any employee can ask for leave\u{201d}",
        "Assumed: your description does not say it.",
        "By when does the people desk review a long leave?",
        "It is no step of the process.",
    ] {
        assert!(told.contains(words), "`{words}` is told: {told}");
    }
    page.as_wide_as_the_screen("writing").await;
    page.picture("writing-2-quotes").await;
}

/// Every question is answered, one after the other; then the text can be published.
async fn answer(page: &Page) {
    for _ in 0..LOOKS_MAX {
        let open = page.count(".found form.fixes button").await;
        if open == 0 {
            break;
        }
        page.press(".found form.fixes button").await;
        page.until_text("#message", "no longer stands in the text").await;
        assert_eq!(page.count(".found form.fixes button").await, open - 1, "{}", page.text("main").await);
    }
    page.press("main > .act a.button.main").await;
    page.until_text(".verdict", "It can be published.").await;
    page.picture("writing-3-text").await;
}

/// A wish is shown as the sentences that would differ, taken, undone, and taken again.
async fn wish(page: &Page) {
    page.press(".panel a[href$='/changes']").await;
    for taken in [false, true] {
        page.write("#request", "The approval may take 4 working days").await;
        page.press("form.stack button").await;
        page.until_text("h1", "One sentence would change.").await;
        assert_eq!(page.text(".diff del").await, "2");
        assert_eq!(page.text(".diff ins").await, "4");
        page.as_wide_as_the_screen("changes").await;
        page.picture("writing-4-change").await;
        page.press("button[value='take']").await;
        page.until_text("#message", "is in the text now").await;
        if !taken {
            page.press("button[value='undo']").await;
            page.until_text("#message", "taken out of the text again").await;
        }
    }
    page.press("main a[href^='/studio/draft']").await;
    page.wait("#studio-text").await;
    let text = page.value("#studio-text").await;
    assert!(text.contains("The team lead approves the leave within 4 working days."), "{text}");
    page.until_text(".verdict", "It can be published.").await;
}
