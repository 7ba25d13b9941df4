//! What no compiler checks: the direction of the layers, sizes, and words that do not belong here.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The longest file, in lines.
const FILE_LINES_MAX: usize = 500;
/// The longest line of code, in characters.
const LINE_CHARACTERS_MAX: usize = 120;

/// Folder, what must not be named in it, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    ("crates/core/src", &["extern crate std", "std::"], "the core names no clock, file, network or random map"),
    (
        "crates/language/src",
        &["std::fs", "std::net", "std::time", "sqlx", "axum", "tokio"],
        "a text compiles without a world",
    ),
    (
        "src/offline",
        &["crate::store", "crate::runtime", "crate::agents", "sqlx", "axum", "tokio"],
        "the engine is pure",
    ),
    (
        "src/llm",
        &["crate::store", "crate::runtime", "crate::agents", "crate::gate", "sqlx", "axum"],
        "a provider knows no case",
    ),
    (
        "src/documents",
        &["crate::store", "crate::runtime", "crate::agents", "crate::web", "crate::cli", "sqlx", "axum", "std::net"],
        "what reads strangers' bytes knows nothing else",
    ),
    (
        "src/gate",
        &["crate::store", "crate::runtime", "crate::agents", "sqlx", "axum", "tokio"],
        "the gate records, it does not act",
    ),
    (
        "src/agents",
        &["crate::store", "crate::runtime", "crate::connectors", "core::command::Command", "sqlx", "axum"],
        "an agent proposes and has no effect",
    ),
    (
        "src/drawing",
        &["crate::store", "crate::runtime", "crate::web", "crate::cli", "crate::agents", "sqlx", "axum", "tokio"],
        "a drawing is made from a definition alone",
    ),
    (
        "src/describe",
        &["crate::store", "crate::runtime", "crate::connectors", "crate::config", "sqlx", "axum"],
        "a draft is returned and changes nothing",
    ),
    (
        "src/store",
        &["crate::llm", "crate::agents", "crate::gate", "crate::language", "crate::runtime", "crate::web", "axum"],
        "the store holds SQL and no decision",
    ),
    (
        "src/connectors",
        &["crate::store", "crate::runtime", "crate::web", "sqlx", "axum"],
        "a connector carries out and decides nothing",
    ),
    ("src/runtime", &["crate::web", "crate::cli", "crate::resource", "axum", "sqlx"], "the runtime has no doors"),
    ("src/simulate", &["crate::web", "crate::cli", "axum", "sqlx", "tokio"], "what is simulated runs on ports alone"),
    ("src/resource", &["sqlx", "axum", "crate::llm"], "resources are shapes"),
    ("src/web", &["sqlx", "crate::llm", "crate::cli"], "handlers call the runtime or the store"),
    ("src/cli", &["sqlx", "axum"], "commands call the runtime or the store"),
    ("src/evals", &["sqlx", "axum", "crate::web"], "evals run the production path"),
    ("src/bench", &["sqlx", "axum", "crate::cli"], "benchmarks run the production path"),
];

/// What may stand in one file only, and why.
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    ("Timestamp::now(", &["src/clock.rs"], "time comes from the clock that is passed in"),
    ("SystemTime::now(", &[], "time comes from the clock that is passed in"),
    ("Uuid::now_v7(", &["src/id.rs"], "identifiers are made in one place"),
    ("getrandom::", &["src/id.rs"], "secrets are made in one place"),
    (
        "tokio::spawn(",
        &[
            "src/runtime/sweep.rs",
            "src/runtime/others.rs",
            "src/runtime/past/again.rs",
            "src/store/lanes.rs",
            "src/store/writer.rs",
        ],
        "what is spawned is supervised",
    ),
];

/// What stands nowhere in the sources.
const NOWHERE: &[(&str, &str)] = &[
    ("#[ignore", "a test that does not run proves nothing"),
    ("#[allow", "use #[expect(.., reason = \"..\")]"),
    ("todo!(", "finish it or leave it out"),
    ("unimplemented!(", "finish it or leave it out"),
];

#[test]
fn layers_point_inwards() {
    let mut breaches = Vec::new();
    for (folder, names, why) in FORBIDDEN {
        for file in rust_files(Path::new(folder)) {
            let text = production_part(&read(&file));
            for name in *names {
                if text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(name)) {
                    breaches.push(format!("{} names `{name}`: {why}", file.display()));
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn single_places_stay_single() {
    let mut breaches = Vec::new();
    for file in
        ["src", "crates/core/src", "crates/language/src"].iter().flat_map(|folder| rust_files(Path::new(folder)))
    {
        let text = production_part(&read(&file));
        for (name, places, why) in ONLY_IN {
            let here = places.iter().any(|place| file == Path::new(place));
            if !here && text.contains(name) {
                breaches.push(format!("{} has `{name}`: {why}", file.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn files_are_readable() {
    let mut breaches = Vec::new();
    let folders = ["src", "crates", "tests"];
    for file in folders.iter().flat_map(|folder| rust_files(Path::new(folder))) {
        let text = read(&file);
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            breaches.push(format!("{} has {lines} lines: is a concept hiding in it?", file.display()));
        }
        // Texts are not broken for the sake of a margin, and tests are mostly texts.
        let code = text.lines().enumerate().filter(|(_, line)| file.starts_with("src") && !line.contains('"'));
        for (index, line) in code {
            if line.chars().count() > LINE_CHARACTERS_MAX && !line.contains("include_str!") {
                breaches.push(format!("{}:{} is longer than {LINE_CHARACTERS_MAX}", file.display(), index + 1));
            }
        }
        if file != Path::new("tests/tidy.rs") {
            for (name, why) in NOWHERE.iter().filter(|(name, _)| text.contains(name)) {
                breaches.push(format!("{} has `{name}`: {why}", file.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn no_test_file_is_forgotten() {
    let mut forgotten = Vec::new();
    for root in ["tests", "crates/core/tests"] {
        let all: String = rust_files(Path::new(root)).iter().map(|file| read(file)).collect();
        for file in rust_files(Path::new(root)) {
            let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let name = if stem == "mod" { parent_name(&file) } else { stem.to_owned() };
            if name != "main" && !all.contains(&format!("mod {name};")) {
                forgotten.push(file.display().to_string());
            }
        }
    }
    assert!(forgotten.is_empty(), "not compiled into any test: {}", forgotten.join(", "));
}

fn parent_name(file: &Path) -> String {
    let parent = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    parent.unwrap_or_default().to_owned()
}

/// A file's text up to its tests, which may do what production may not.
fn production_part(text: &str) -> String {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
