//! The five-minute story in a real browser: on a desktop and on a phone, with the keyboard alone for the decision.
//!
//! The pictures lie in `target/screenshots` afterwards.

mod autonomy;
mod beside;
mod chrome;
mod demo;
mod model;
mod studio;
mod writing;

use fantoccini::{Client, Locator};

use chrome::{Chrome, Screen};
use demo::Demo;

/// The key that presses the focused button, as WebDriver names it.
const ENTER: &str = "\u{E007}";
/// How many rows the inbox is walked through at most.
const ROWS_MAX: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_handed_in_signed_and_paid_on_a_desktop() {
    tell(Screen::Desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_handed_in_signed_and_paid_on_a_phone() {
    tell(Screen::Phone).await;
}

async fn tell(screen: Screen) {
    let demo = Demo::start().await;
    let chrome = Chrome::start(screen).await;
    let page = Page { browser: chrome.client.clone(), screen };
    sign_in(&page, &demo).await;
    read_a_process(&page, &demo).await;
    hand_in_a_claim(&page, &demo).await;
    let case = page.browser.current_url().await.expect("an address").to_string();
    page.until(&case, "Waiting for Carla Ruiz").await;
    page.picture("4-waiting").await;
    page.switch_to("carla.ruiz").await;
    sign_by_keyboard(&page, &demo).await;
    page.until(&case, "paid").await;
    let told = page.text("main").await;
    for words in ["Anna Berg opened", "Carla Ruiz approved", "bank system"] {
        assert!(told.contains(words), "the timeline says `{words}`: {told}");
    }
    page.picture("7-paid").await;
    no_sideways_scrolling(&page, &demo).await;
    chrome.stop().await;
}

async fn sign_in(page: &Page, demo: &Demo) {
    page.go(&demo.link).await;
    page.picture("1-sign-in").await;
    page.press("button.main").await;
    page.wait("#list").await;
    page.picture("1-inbox").await;
}

async fn read_a_process(page: &Page, demo: &Demo) {
    page.go(&format!("{}/processes", demo.base)).await;
    page.press("a[href='/processes/expense-claim']").await;
    let text = page.text("main").await;
    assert!(text.contains("Check that the amount is the same as the total on the receipt"), "{text}");
    page.picture("2-process").await;
}

async fn hand_in_a_claim(page: &Page, demo: &Demo) {
    page.go(&format!("{}/processes/expense-claim/start", demo.base)).await;
    page.fill("merchant", "Corner Bakery Ltd").await;
    page.fill("amount", "61.75").await;
    page.set("day_of_purchase", &demo.yesterday()).await;
    page.fill("description", "Breakfast for the planning meeting").await;
    page.fill("receipt", &demo.receipt()).await;
    page.picture("3-claim").await;
    page.press("button.main").await;
    page.wait("h1").await;
}

/// From the inbox to the signature without touching the mouse.
async fn sign_by_keyboard(page: &Page, demo: &Demo) {
    page.go(&format!("{}/inbox", demo.base)).await;
    page.wait("[data-row]").await;
    page.picture("5-inbox").await;
    for _ in 0..ROWS_MAX {
        page.key("j").await;
        if page.focused().await.contains("Corner Bakery") {
            break;
        }
    }
    assert!(page.focused().await.contains("Corner Bakery"), "j walks to the claim");
    page.key(ENTER).await;
    page.wait("[data-key='a']").await;
    page.picture("6-task").await;
    page.key("a").await;
    let button = page.focused().await;
    assert!(button.contains("61.75"), "the button says what it does: {button}");
    page.picture("6-task-focused").await;
    page.key(ENTER).await;
    page.wait("#message p").await;
}

/// No page is wider than its screen.
async fn no_sideways_scrolling(page: &Page, demo: &Demo) {
    for place in
        ["inbox", "requests", "cases", "processes", "processes/expense-claim/start", "processes/vendor-onboarding"]
    {
        page.go(&format!("{}/{place}", demo.base)).await;
        page.as_wide_as_the_screen(place).await;
        page.picture(&format!("8-{}", place.replace('/', "-"))).await;
    }
}

/// A page as a person uses it.
struct Page {
    browser: Client,
    screen: Screen,
}

impl Page {
    async fn go(&self, address: &str) {
        self.browser.goto(address).await.expect("the page opens");
    }

    async fn wait(&self, css: &str) {
        let found = self.browser.wait().at_most(chrome::PATIENCE).for_element(Locator::Css(css)).await;
        if found.is_err() {
            self.picture("9-missing").await;
            panic!("nothing on {:?} fits `{css}`: {}", self.browser.current_url().await, self.text("body").await);
        }
    }

    async fn press(&self, css: &str) {
        self.wait(css).await;
        let element = self.browser.find(Locator::Css(css)).await.expect("an element");
        self.tap(&element).await;
    }

    /// Presses in the middle of the screen: at its edge a finger may miss.
    async fn tap(&self, element: &fantoccini::elements::Element) {
        let middle = "arguments[0].scrollIntoView({ block: 'center', inline: 'center' })";
        let what = serde_json::to_value(element).expect("an element has a reference");
        self.browser.execute(middle, vec![what]).await.expect("it is brought into sight");
        element.click().await.expect("it can be pressed");
    }

    /// Presses one of several alike, counted from nothing.
    async fn press_nth(&self, css: &str, place: usize) {
        self.wait(css).await;
        let elements = self.browser.find_all(Locator::Css(css)).await.expect("elements");
        let element = elements.get(place).unwrap_or_else(|| panic!("`{css}` fits only {}", elements.len()));
        self.tap(element).await;
    }

    async fn text(&self, css: &str) -> String {
        match self.browser.find(Locator::Css(css)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    async fn fill(&self, field: &str, words: &str) {
        let css = format!("[name='field.{field}']");
        self.wait(&css).await;
        let element = self.browser.find(Locator::Css(&css)).await.expect("a field");
        element.send_keys(words).await.expect("it can be filled in");
    }

    /// Sets a value directly: how a date is typed depends on the machine's language.
    async fn set(&self, field: &str, value: &str) {
        let script = "document.querySelector(`[name='field.${arguments[0]}']`).value = arguments[1]";
        let arguments = vec![field.into(), value.into()];
        self.browser.execute(script, arguments).await.expect("the field is there");
    }

    async fn key(&self, key: &str) {
        let element = self.browser.active_element().await.expect("something has the focus");
        element.send_keys(key).await.expect("the key is taken");
    }

    async fn focused(&self) -> String {
        let element = self.browser.active_element().await.expect("something has the focus");
        element.text().await.unwrap_or_default()
    }

    async fn switch_to(&self, person: &str) {
        self.press(&format!("#demo-person option[value='{person}']")).await;
        self.press("aside.demo button.small").await;
        // The page of before has a header, too; only the next one says that it is theirs.
        self.wait(&format!("#demo-person option[selected][value='{person}']")).await;
    }

    /// Opens a page again and again until it says something.
    async fn until(&self, address: &str, words: &str) {
        for _ in 0..chrome::LOOKS_MAX {
            self.go(address).await;
            if self.text("main").await.contains(words) {
                return;
            }
            tokio::time::sleep(chrome::BETWEEN_LOOKS).await;
        }
        self.picture("9-never").await;
        panic!("{address} never says `{words}`: {}", self.text("main").await);
    }

    async fn as_wide_as_the_screen(&self, place: &str) {
        let wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let wider = self.browser.execute(wider, Vec::new()).await.expect("a number");
        assert_eq!(wider, 0, "{place} is as wide as the screen");
    }

    /// Types at the end of what stands in a control.
    async fn write(&self, css: &str, words: &str) {
        self.wait(css).await;
        let end = "const at = document.querySelector(arguments[0]); at.focus();
                   at.setSelectionRange?.(at.value.length, at.value.length)";
        self.browser.execute(end, vec![css.into()]).await.expect("it has the focus");
        let element = self.browser.find(Locator::Css(css)).await.expect("a control");
        element.send_keys(words).await.expect("it can be typed");
    }

    /// Types over what stands in a control.
    async fn retype(&self, css: &str, words: &str) {
        self.wait(css).await;
        let all = "const at = document.querySelector(arguments[0]); at.focus(); at.select()";
        self.browser.execute(all, vec![css.into()]).await.expect("it has the focus");
        let element = self.browser.find(Locator::Css(css)).await.expect("a control");
        element.send_keys(words).await.expect("it can be typed");
    }

    /// Replaces words in the text of a draft, as by typing over them.
    async fn replace(&self, words: &str, by: &str) {
        let script = "const area = document.querySelector('#studio-text');
                      const at = area.value.indexOf(arguments[0]);
                      if (at < 0) return false;
                      area.focus();
                      area.setSelectionRange(at, at + arguments[0].length);
                      return document.execCommand(arguments[1] ? 'insertText' : 'delete', false, arguments[1])";
        let done = self.browser.execute(script, vec![words.into(), by.into()]).await.expect("an answer");
        assert_eq!(done, true, "`{words}` stands in the text: {}", self.value("#studio-text").await);
    }

    /// What stands in a control; empty when there is none.
    async fn value(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.value ?? ''";
        let value = self.browser.execute(script, vec![css.into()]).await.expect("a value");
        value.as_str().unwrap_or_default().to_owned()
    }

    async fn press_row(&self, words: &str) {
        self.press_said("[data-row]", words).await;
    }

    /// Presses the first of several alike that says something.
    async fn press_said(&self, css: &str, words: &str) {
        for element in self.browser.find_all(Locator::Css(css)).await.expect("elements") {
            if element.text().await.unwrap_or_default().contains(words) {
                return self.tap(&element).await;
            }
        }
        panic!("no `{css}` says `{words}`: {}", self.text("main").await);
    }

    /// Waits until a place of the page says something.
    async fn until_text(&self, css: &str, words: &str) {
        self.look(css, &format!("says `{words}`"), |text| text.contains(words)).await;
    }

    /// Waits until a place of the page says something else than before.
    async fn until_other(&self, css: &str, before: &str) {
        self.look(css, "says something new", |text| text != before).await;
    }

    /// Waits until a control holds something else than before.
    async fn until_value_other(&self, css: &str, before: &str) {
        for _ in 0..chrome::LOOKS_MAX {
            if self.value(css).await != before {
                return;
            }
            tokio::time::sleep(chrome::BETWEEN_LOOKS).await;
        }
        panic!("{css} stays as it was: {}", self.text("main").await);
    }

    async fn count(&self, css: &str) -> usize {
        self.browser.find_all(Locator::Css(css)).await.map_or(0, |found| found.len())
    }

    async fn until_gone(&self, css: &str) {
        for _ in 0..chrome::LOOKS_MAX {
            if self.browser.find_all(Locator::Css(css)).await.is_ok_and(|found| found.is_empty()) {
                return;
            }
            tokio::time::sleep(chrome::BETWEEN_LOOKS).await;
        }
        self.picture("9-stays").await;
        panic!("{css} stays: {}", self.text("main").await);
    }

    async fn look(&self, css: &str, what: &str, fits: impl Fn(&str) -> bool) {
        for _ in 0..chrome::LOOKS_MAX {
            if fits(&self.text(css).await) {
                return;
            }
            tokio::time::sleep(chrome::BETWEEN_LOOKS).await;
        }
        self.picture("9-never").await;
        panic!("{css} never {what}: {}", self.text("main").await);
    }

    async fn picture(&self, name: &str) {
        let picture = self.browser.screenshot().await.expect("a picture");
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        let file = folder.join(format!("{}-{name}.png", self.screen.name()));
        std::fs::write(file, picture).expect("the picture is kept");
    }
}
