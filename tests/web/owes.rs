//! What every page owes its readers, checked on its markup.

#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]

use std::{collections::BTreeSet, path::PathBuf};

use regex::Regex;

/// What every page owes: one heading, labels, unique names, form tokens, nothing inline, nothing unescaped.
pub fn check(name: &str, page: &str) {
    let all = |pattern: &str| -> Vec<String> {
        Regex::new(pattern).unwrap().captures_iter(page).map(|found| found[1].to_owned()).collect()
    };
    assert_eq!(page.matches("<h1").count(), 1, "{name}: one first heading");
    let ids = all(r#"\bid="([^"]+)""#);
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{name}: every id once: {ids:?}");
    for target in all(r#"\b(?:for|aria-labelledby|aria-describedby|form)="([^"]+)""#) {
        for one in target.split(' ') {
            assert!(unique.contains(&one.to_owned()), "{name}: nothing has the id {one}");
        }
    }
    for target in all(r##"href="#([^"]+)""##) {
        assert!(unique.contains(&target), "{name}: a link leads to #{target}, which is not there");
    }
    let labelled: BTreeSet<String> = all(r#"<label[^>]* for="([^"]+)""#).into_iter().collect();
    let id = Regex::new(r#" id="([^"]+)""#).unwrap();
    for control in all(r#"(<(?:input|select|textarea)\b[^>]*>)"#) {
        let hidden = control.contains("type=\"hidden\"") || control.contains("type=\"radio\"");
        let own = id.captures(&control).map(|found| found[1].to_owned());
        let named = control.contains("aria-label=") || own.is_some_and(|own| labelled.contains(&own));
        assert!(hidden || named, "{name}: a control has no label: {control}");
    }
    for form in all(r#"(?s)(<form[^>]*method="post".*?</form>)"#) {
        let open = form.contains("action=\"/session\"") || form.contains("action=\"/sign-in/");
        assert!(open || form.contains("name=\"_csrf\""), "{name}: a form has no token: {form}");
    }
    assert!(!Regex::new(r#"class="[^"]*" class="#).unwrap().is_match(page), "{name}: a browser drops the second class");
    for inline in [" style=\"", "<style", "javascript:", " onclick", " onload", "<script>"] {
        assert!(!page.contains(inline), "{name}: {inline} stands in the page");
    }
    assert!(!page.contains("<receipt>") && !page.contains("<b>Ignore"), "{name}: a document's words became markup");
    keep(name, page);
}

/// Keeps the page beside copies of the style sheet and the scripts, so that it can be opened as a file.
fn keep(name: &str, page: &str) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../preview");
    std::fs::create_dir_all(&folder).unwrap();
    let assets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets");
    for name in ["app.css", "app.js", "drawing.css", "drawing.js", "studio.css", "studio.js", "icon.svg"] {
        std::fs::copy(assets.join(name), folder.join(name)).unwrap();
    }
    let local = Regex::new(r#"/assets/(?:vendor/htmx/)?([a-z.\-]+)\?v=[0-9a-f]+"#).unwrap().replace_all(page, "$1");
    std::fs::write(folder.join(format!("{name}.html")), local.as_bytes()).unwrap();
}
