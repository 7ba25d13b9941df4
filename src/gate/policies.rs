//! The guardrails: Rego files that forbid or ask for a person. They see plain data and nothing of the world.

use std::{collections::BTreeSet, fs, num::NonZeroU32, path::Path, time::Duration};

use countersign_core::{
    canonical::{Digest, digest},
    proposal::PolicyFinding,
};
use regorus::{Engine, utils::limits::ExecutionTimerConfig};
use rust_embed::RustEmbed;
use serde_json::Value as Json;

/// The package that judges proposals.
pub const PROPOSAL: &str = "countersign.proposal";
/// The package that judges effects before they are released.
pub const EFFECT: &str = "countersign.effect";

/// One evaluation takes at most this long; beyond it counts as forbidden.
pub const TIME_LIMIT: Duration = Duration::from_millis(500);
/// The evaluation looks at its time after so many units of work.
const CHECK_EVERY: u32 = 256;
/// A folder of policies may hold at most this many files.
pub const MAX_FILES: usize = 200;
/// A policy file may have at most this many bytes.
pub const MAX_FILE_BYTES: usize = 256 * 1024;
/// At most this many findings of one evaluation are kept.
const MAX_FINDINGS: usize = 50;
/// The file with the limits that policies compare with.
const DATA_FILE: &str = "data.json";
/// The ending of files that hold tests of policies.
const TEST_ENDING: &str = "_test.rego";
/// Functions that would let the world in.
const OUTSIDE: &[&str] = &["http.", "time.", "rand.", "uuid.", "net.lookup", "opa.runtime", "io.jwt", "trace("];

#[derive(RustEmbed)]
#[folder = "policies/"]
struct Embedded;

/// The sets of findings that a package may define.
const SETS: [&str; 2] = ["deny", "escalate"];
/// The package in which both sets of a package stand as one value: what both need is then worked out once.
const ASKED: &str = "countersign.asked";

/// Policies, read and compiled.
#[derive(Clone)]
pub struct Policies {
    /// It has evaluated something already, so that what a first evaluation works out is kept and not done each time.
    engine: Engine,
    digest: Digest,
}

/// Why policies cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A folder or file cannot be read.
    #[error("cannot read {path}: {why}; check that it is there and may be read")]
    Unreadable {
        /// The folder or file.
        path: String,
        /// Why.
        why: String,
    },
    /// A file is not valid.
    #[error("the policy file {file} is not valid: {why}; correct it and start again")]
    Invalid {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A file asks for something outside its input.
    #[error("the policy file {file} uses {function}, but policies must not ask for time, chance or the network")]
    Outside {
        /// The file.
        file: String,
        /// The function.
        function: String,
    },
    /// Too many files.
    #[error("the policy folder {path} holds more than {MAX_FILES} files; put several rules into one file")]
    TooMany {
        /// The folder.
        path: String,
    },
}

/// Denials, and the codes and messages of escalations.
type Findings = (BTreeSet<String>, BTreeSet<(String, String)>);

/// What policies said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What is forbidden.
    pub denials: Vec<String>,
    /// What a person should look at.
    pub escalations: Vec<PolicyFinding>,
    /// Digest of the policies that were asked.
    pub policies: Digest,
    /// Digest of the exact input.
    pub input: Digest,
}

impl Policies {
    /// The policies that come with the program.
    ///
    /// # Errors
    /// [`PolicyError`] when one of them is broken.
    pub fn load_embedded() -> Result<Self, PolicyError> {
        Self::compile(&embedded())
    }

    /// The policies of a folder: every `.rego` file beside `data.json`; tests are left out.
    ///
    /// # Errors
    /// [`PolicyError`], which names the file.
    pub fn load(folder: &Path) -> Result<Self, PolicyError> {
        let unreadable = |path: &Path, why: &std::io::Error| PolicyError::Unreadable {
            path: path.display().to_string(),
            why: why.to_string(),
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(|why| unreadable(folder, &why))? {
            let path = entry.map_err(|why| unreadable(folder, &why))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if name.ends_with(".rego") || name == DATA_FILE {
                let text = fs::read_to_string(&path).map_err(|why| unreadable(&path, &why))?;
                files.push((name, text));
            }
            if files.len() > MAX_FILES {
                return Err(PolicyError::TooMany { path: folder.display().to_string() });
            }
        }
        files.sort();
        Self::compile(&files)
    }

    /// Compiles files, given by name and text, in the order of their names.
    ///
    /// # Errors
    /// [`PolicyError`], which names the file.
    pub fn compile(files: &[(String, String)]) -> Result<Self, PolicyError> {
        let used: Vec<&(String, String)> = files.iter().filter(|(name, _)| !name.ends_with(TEST_ENDING)).collect();
        let mut engine = Engine::new();
        add(&mut engine, &used)?;
        let invalid = |why: String| PolicyError::Invalid { file: "(all together)".to_owned(), why };
        let nothing = Json::Object(serde_json::Map::new());
        engine.set_input(regorus::Value::from(nothing.clone()));
        let mut asked = format!("package {ASKED}\n\nimport rego.v1\n");
        for package in [PROPOSAL, EFFECT] {
            let mut sets = Vec::new();
            for set in SETS {
                let path = format!("data.{package}.{set}");
                let is_there = is_defined(&mut engine, &path).map_err(invalid)?;
                // A set in a list: what has no value for an input leaves the list empty, and not everything undefined.
                sets.push(format!(
                    "\"{set}\": [{}]",
                    if is_there { format!("found | found := {path}") } else { String::new() }
                ));
            }
            asked.push_str(&format!("\n{} := {{{}}}\n", last_word(package), sets.join(", ")));
        }
        engine.add_policy(ASKED.to_owned(), asked).map_err(|why| invalid(why.to_string()))?;
        // A first evaluation finds what the parser does not, such as unknown functions.
        for package in [PROPOSAL, EFFECT] {
            findings(&mut engine, package).map_err(invalid)?;
        }
        Ok(Self { engine, digest: digest(&used) })
    }

    /// Digest of all sources and limits.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What a package forbids and what it wants a person to look at.
    fn ask(&self, package: &str, input: &Json) -> Result<Findings, String> {
        let mut engine = self.engine.clone();
        engine.set_input(regorus::Value::from(input.clone()));
        findings(&mut engine, package)
    }
}

/// What a package finds in the input that is set.
fn findings(engine: &mut Engine, package: &str) -> Result<Findings, String> {
    let path = format!("data.{ASKED}.{}", last_word(package));
    let value = engine.eval_rule(path).map_err(|why| why.to_string())?;
    let found = serde_json::to_value(&value).map_err(|why| why.to_string())?;
    let items = |set: &str| match found[set].as_array().map(Vec::as_slice) {
        Some([]) => Ok([].as_slice()),
        Some([Json::Array(items)]) => Ok(items.as_slice()),
        _ => Err(format!("data.{package}.{set} is not a set of findings")),
    };
    let [denials, escalations] = SETS.map(items);
    let (denials, escalations) = (denials?, escalations?);
    let text = |json: &Json| json.as_str().map(str::to_owned).ok_or("a finding is not a text".to_owned());
    let denials = denials.iter().map(text).collect::<Result<_, _>>()?;
    let pair = |json: &Json| Ok::<_, String>((text(&json["code"])?, text(&json["message"])?));
    let escalations = escalations.iter().map(pair).collect::<Result<_, _>>()?;
    Ok((denials, escalations))
}

/// The name of a package within ours.
fn last_word(package: &str) -> &str {
    package.rsplit('.').next().unwrap_or(package)
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policies").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// Asks all policies about an input; every finding counts.
///
/// Policies that cannot be evaluated forbid: a broken guardrail must not open the road.
#[must_use]
pub fn judge(all: &[&Policies], package: &str, input: &Json) -> Judged {
    let mut denials = BTreeSet::new();
    let mut escalations = BTreeSet::new();
    if all.is_empty() {
        denials.insert("no policies are loaded; ask the administrator to look at the policy folder".to_owned());
    }
    for policies in all {
        match policies.ask(package, input) {
            Ok((denied, escalated)) => {
                denials.extend(denied);
                escalations.extend(escalated);
            }
            Err(why) => {
                tracing::warn!(package, "policies could not be evaluated: {why}");
                denials.insert("the policies could not be evaluated; ask the administrator to look at them".to_owned());
            }
        }
    }
    let digests: BTreeSet<&Digest> = all.iter().map(|policies| policies.digest()).collect();
    let policies = match digests.iter().next() {
        Some(only) if digests.len() == 1 => (*only).clone(),
        _ => digest(&digests),
    };
    let finding = |(code, message): (String, String)| PolicyFinding { code, message };
    Judged {
        denials: denials.into_iter().take(MAX_FINDINGS).collect(),
        escalations: escalations.into_iter().take(MAX_FINDINGS).map(finding).collect(),
        policies,
        input: digest(input),
    }
}

fn embedded() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Embedded::iter()
        .filter(|name| name.ends_with(".rego") || name == DATA_FILE)
        .filter_map(|name| Some((name.to_string(), String::from_utf8(Embedded::get(&name)?.data.into_owned()).ok()?)))
        .collect();
    files.sort();
    files
}

fn add(engine: &mut Engine, files: &[&(String, String)]) -> Result<(), PolicyError> {
    let check_interval = NonZeroU32::new(CHECK_EVERY).unwrap_or(NonZeroU32::MIN);
    engine.set_execution_timer_config(ExecutionTimerConfig { limit: TIME_LIMIT, check_interval });
    engine.set_strict_builtin_errors(true);
    for (name, text) in files {
        let invalid = |why: String| PolicyError::Invalid { file: name.clone(), why };
        if text.len() > MAX_FILE_BYTES {
            return Err(invalid(format!("it is larger than {MAX_FILE_BYTES} bytes")));
        }
        if name == DATA_FILE {
            let json: Json = serde_json::from_str(text).map_err(|why| invalid(why.to_string()))?;
            engine.add_data(regorus::Value::from(json)).map_err(|why| invalid(why.to_string()))?;
            continue;
        }
        if let Some(function) = OUTSIDE.iter().find(|function| code_of(text).contains(*function)) {
            let function = function.trim_end_matches(['.', '(']).to_owned();
            return Err(PolicyError::Outside { file: name.clone(), function });
        }
        engine.add_policy(name.clone(), text.clone()).map_err(|why| invalid(why.to_string()))?;
    }
    Ok(())
}

/// A policy's text without whole-line comments, which may speak of anything.
fn code_of(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
}

/// Whether a rule defines this path. A rule that fails is defined, too: it must forbid and not be passed over.
fn is_defined(engine: &mut Engine, path: &str) -> Result<bool, String> {
    if engine.eval_rule(path.to_owned()).is_ok() {
        return Ok(true);
    }
    // A path that no rule defines cannot be evaluated as a rule, but can be asked for and is undefined.
    let asked = engine.eval_query(path.to_owned(), false).map_err(|why| why.to_string())?;
    let mut values = asked.result.iter().flat_map(|result| &result.expressions).map(|expression| &expression.value);
    Ok(values.any(|value| !matches!(value, regorus::Value::Undefined)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(text: &str) -> Vec<(String, String)> {
        vec![("some.rego".to_owned(), format!("package countersign.proposal\nimport rego.v1\n{text}"))]
    }

    /// What a set of policies with these lines says to an empty input.
    fn check(lines: &str) -> Judged {
        judge(&[&Policies::compile(&file(lines)).unwrap()], PROPOSAL, &json!({}))
    }

    #[test]
    fn the_tests_beside_the_policies_hold() {
        let files = embedded();
        let mut engine = Engine::new();
        add(&mut engine, &files.iter().collect::<Vec<_>>()).unwrap();
        let mut ran = 0;
        for (name, text) in files.iter().filter(|(name, _)| name.ends_with(TEST_ENDING)) {
            let package = text.lines().find_map(|line| line.strip_prefix("package ")).unwrap();
            for line in text.lines().filter(|line| line.starts_with("test_")) {
                let rule = line.split_whitespace().next().unwrap();
                let result = engine.eval_rule(format!("data.{package}.{rule}")).unwrap();
                assert_eq!(result, regorus::Value::from(true), "{name}: {rule}");
                ran += 1;
            }
        }
        assert!(ran >= 20, "only {ran} policy tests ran");
    }

    #[test]
    fn the_digest_covers_rules_and_limits_but_not_tests() {
        let all = embedded();
        let digest_of = |files: &[(String, String)]| Policies::compile(files).unwrap().digest().clone();
        assert_eq!(&digest_of(&all), Policies::load_embedded().unwrap().digest());
        let without_tests: Vec<_> = all.iter().filter(|(name, _)| !name.ends_with(TEST_ENDING)).cloned().collect();
        assert_eq!(digest_of(&all), digest_of(&without_tests));
        let mut changed = all.clone();
        let data = changed.iter_mut().find(|(name, _)| name == DATA_FILE).unwrap();
        data.1 = data.1.replace("1000000", "2000000");
        assert_ne!(digest_of(&all), digest_of(&changed));
    }

    #[test]
    fn a_folder_gives_the_same_as_what_comes_with_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        let loaded = Policies::load(&folder).unwrap();
        assert_eq!(loaded.digest(), Policies::load_embedded().unwrap().digest());
        let missing = Policies::load(Path::new("no such folder")).unwrap_err().to_string();
        assert!(missing.contains("no such folder"), "{missing}");
    }

    #[test]
    fn policies_cannot_ask_the_world() {
        for call in ["time.now_ns() > 0", "http.send({}) == 1", "rand.intn(\"x\", 2) == 1", "unknown_thing(1)"] {
            let refused = Policies::compile(&file(&format!("deny contains \"x\" if {call}")));
            assert!(refused.is_err(), "{call}");
        }
    }

    #[test]
    fn what_cannot_be_evaluated_forbids() {
        let range = |name: &str| format!("some {name} in numbers.range(1, 3000)");
        let endless = format!(
            "deny contains \"x\" if {{\n input.go\n {}\n {}\n {}\n a + b + c == 0\n}}",
            range("a"),
            range("b"),
            range("c")
        );
        let policies = Policies::compile(&file("deny contains \"x\" if input.never"));
        assert!(judge(&[&policies.unwrap()], PROPOSAL, &json!({})).denials.is_empty());
        let policies = Policies::compile(&file(&endless)).unwrap();
        let judged = judge(&[&policies], PROPOSAL, &json!({"go": true}));
        assert!(judged.denials[0].contains("could not be evaluated"), "{judged:?}");
        assert_eq!(judge(&[], PROPOSAL, &json!({})).denials.len(), 1);
    }

    #[test]
    fn findings_of_another_shape_are_refused() {
        for wrong in ["deny contains 7", "deny := true", "escalate contains \"no code\""] {
            assert!(Policies::compile(&file(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(check("deny contains \"no\"").denials, ["no"]);
    }

    #[test]
    fn of_two_sets_the_stricter_wins() {
        let (old, new) = (file("deny contains \"old\""), file("deny contains \"new\""));
        let (old, new) = (Policies::compile(&old).unwrap(), Policies::compile(&new).unwrap());
        let judged = judge(&[&old, &new], PROPOSAL, &json!({}));
        assert_eq!(judged.denials, ["new", "old"]);
        assert!(judged.policies != *old.digest() && judged.policies != *new.digest());
        assert_eq!(judge(&[&old, &old], PROPOSAL, &json!({})).policies, *old.digest());
    }
}
