//! What the built-in classifier sees of a suite's texts, as other programs read it, so that its answers can be held
//! against those of another machine over the very same columns.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    EvalError,
    dataset::{Gold, Row, Training},
};
use crate::offline::linear::{Classifier, spoken};

/// The rows that are learned from: the examples, and each label's own words.
pub const TRAIN_FILE: &str = "train.svm";
/// The rows that are asked about.
pub const DATA_FILE: &str = "data.svm";
/// The labels, one a line; their numbers in the other files begin with 0.
pub const LABELS_FILE: &str = "labels.txt";

/// Writes both files in the form of SVMlight (Joachims 1999: a label and then `column:value`, columns from 1). Texts
/// that fit no label are left out, since a machine without a threshold has no answer to them.
///
/// # Errors
/// [`EvalError`], when nothing can be learned from the examples or a file cannot be written.
pub fn write(training: &Training, rows: &[Row], folder: &Path) -> Result<(), EvalError> {
    let fault = |file: PathBuf, why: String| EvalError::File { file: file.display().to_string(), why };
    let labels = training.labels();
    let number = |label: &str| labels.iter().position(|known| known == label);
    let pairs: Vec<(String, String)> =
        training.inside.iter().map(|example| (example.text.clone(), example.label.clone())).collect();
    let classifier = Classifier::train(&pairs).map_err(|why| fault(folder.join(TRAIN_FILE), why.to_string()))?;
    let mut train = String::new();
    for (text, label) in &pairs {
        add(&mut train, number(label), &classifier.vector(text));
    }
    for label in &labels {
        add(&mut train, number(label), &classifier.vector(&spoken(label)));
    }
    let mut data = String::new();
    for row in rows {
        if let Gold::Label(Some(label)) = &row.gold {
            add(&mut data, number(label), &classifier.vector(&row.input));
        }
    }
    fs::create_dir_all(folder).map_err(|why| fault(folder.to_owned(), why.to_string()))?;
    for (name, text) in [(TRAIN_FILE, train), (DATA_FILE, data), (LABELS_FILE, labels.join("\n") + "\n")] {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|why| fault(file, why.to_string()))?;
    }
    Ok(())
}

/// Adds a row. A label that nobody has learned gets -1, which is always wrong.
fn add(text: &mut String, label: Option<usize>, vector: &[(u32, f32)]) {
    match label {
        Some(label) => text.push_str(&label.to_string()),
        None => text.push_str("-1"),
    }
    for (column, value) in vector {
        text.push_str(&format!(" {}:{value}", column + 1));
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use countersign_core::definition::Example;

    use super::*;

    #[test]
    fn rows_are_written_with_the_columns_of_what_was_learned() {
        let folder = tempfile::tempdir().unwrap();
        let example = |text: &str, label: &str| Example { text: text.to_owned(), label: label.to_owned() };
        let inside = vec![example("my parcel is late", "delivery"), example("the bill is wrong", "billing")];
        let training = Training { inside, outside: vec!["what is the weather".to_owned()] };
        let row = |input: &str, label: Option<&str>| Row {
            id: input.to_owned(),
            input: input.to_owned(),
            gold: Gold::Label(label.map(str::to_owned)),
        };
        let rows = [row("the bill", Some("billing")), row("sunny", None), row("parcel", Some("unknown"))];
        write(&training, &rows, folder.path()).unwrap();
        let lines = |name: &str| {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let labels_of = |name: &str| -> Vec<String> {
            lines(name).iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(lines(LABELS_FILE), ["billing", "delivery"]);
        assert_eq!(labels_of(TRAIN_FILE), ["1", "0", "0", "1"]);
        assert_eq!(labels_of(DATA_FILE), ["0", "-1"]);
        // A vector has the length one.
        for line in lines(TRAIN_FILE) {
            let squares = line.split(' ').skip(1).map(|pair| pair.split_once(':').unwrap().1.parse::<f64>().unwrap());
            assert!((squares.map(|value| value * value).sum::<f64>() - 1.0).abs() < 1e-4, "{line}");
        }
    }
}
