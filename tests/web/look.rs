//! The colours of the style sheet, checked against the contrast that WCAG 2.2 asks for (success criterion 1.4.3).

#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]

use regex::Regex;

/// The colours of text, each read on each ground.
const INKS: [&str; 7] = ["ink", "quiet", "accent", "late", "due", "done", "failed"];
const GROUNDS: [&str; 2] = ["page", "raised"];
const AT_LEAST: f64 = 4.5;

/// Relative luminance of a colour, as WCAG 2.2 defines it.
fn luminance(hex: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The colour of a name in the light and in the dark scheme.
fn colour(sheet: &str, name: &str) -> [String; 2] {
    let rule = Regex::new(&format!(r"--{name}: light-dark\(#([0-9a-f]{{6}}), #([0-9a-f]{{6}})\)")).unwrap();
    let found = rule.captures(sheet).unwrap();
    [found[1].to_owned(), found[2].to_owned()]
}

fn check(sheet: &str, ink: &str, ground: &str) {
    let (inks, grounds) = (colour(sheet, ink), colour(sheet, ground));
    for (scheme, (ink_colour, ground_colour)) in ["light", "dark"].iter().zip(inks.iter().zip(&grounds)) {
        let found = contrast(ink_colour, ground_colour);
        assert!(found >= AT_LEAST, "--{ink} on --{ground} in the {scheme} scheme has a contrast of {found:.2}");
    }
}

#[test]
fn every_text_can_be_read_in_both_schemes() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/app.css");
    let sheet = std::fs::read_to_string(path).unwrap();
    for ink in INKS {
        for ground in GROUNDS {
            check(&sheet, ink, ground);
        }
    }
    check(&sheet, "on-accent", "accent");
    for mark in ["mark", "mark-lit"] {
        check(&sheet, "ink", mark);
    }
    assert!((contrast("ffffff", "000000") - 21.0).abs() < 0.01);
}
