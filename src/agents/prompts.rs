//! The prompt files: settings between `+++` lines as TOML, then a part for each voice.

use countersign_core::canonical::{Digest, digest};
use minijinja::{Environment, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use super::quarantine::quarantine;

/// A filled part of a prompt may have at most this many characters.
pub const MAX_PROMPT_CHARS: usize = 400_000;

/// The forms of the answers, as they stand beside the prompts.
const ANSWERS: [(&str, &str); 6] = [
    ("extract", include_str!("../../prompts/extract/output.schema.json")),
    ("classify", include_str!("../../prompts/classify/output.schema.json")),
    ("prepare", include_str!("../../prompts/prepare/output.schema.json")),
    ("score", include_str!("../../prompts/score/output.schema.json")),
    ("judge", include_str!("../../prompts/judge/output.schema.json")),
    (BY_EXAMPLES, include_str!("../../prompts/judge_by_examples/output.schema.json")),
];

/// The prompt that only a process with examples of a criterion is asked with.
const BY_EXAMPLES: &str = "judge_by_examples";

/// The prompts of the agents.
#[derive(Clone, Debug)]
pub struct Prompts {
    /// For reading fields from a document.
    pub extract: Prompt,
    /// For choosing a word of a list.
    pub classify: Prompt,
    /// For writing a summary.
    pub prepare: Prompt,
    /// For giving a mark on a scale.
    pub score: Prompt,
    /// For saying whether a criterion holds.
    pub judge: Prompt,
    /// For the same by examples.
    pub judge_by_examples: Prompt,
}

/// One prompt file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Its settings.
    pub settings: Settings,
    /// Digest of the settings without comments and of the parts.
    pub digest: Digest,
    system: String,
    user: String,
    repair: String,
}

/// The settings of a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its name, that of its folder.
    pub id: String,
    /// Counted up when the wording changes, for people; the digest is what counts.
    pub version: u32,
    /// At most this many tokens of answer.
    pub max_output_tokens: u32,
    /// Randomness in thousandths; absent for models that allow none to be set.
    pub temperature: Option<u32>,
    /// The name of the schema on the wire.
    pub output: String,
}

/// A prompt whose placeholders are filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The instructions.
    pub system: String,
    /// The question.
    pub user: String,
}

/// Why a prompt cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// The file has another form.
    #[error("the prompt {name} {what}")]
    Form {
        /// Its name.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A placeholder cannot be filled.
    #[error("the prompt {name} cannot be filled: {what}")]
    Fill {
        /// Its name.
        name: String,
        /// What is wrong.
        what: String,
    },
}

impl Prompts {
    /// The prompts that come with the program.
    ///
    /// # Errors
    /// [`PromptError`], which names the file.
    pub fn load_embedded() -> Result<Self, PromptError> {
        Ok(Self {
            extract: Prompt::parse("extract", include_str!("../../prompts/extract/prompt.md"))?,
            classify: Prompt::parse("classify", include_str!("../../prompts/classify/prompt.md"))?,
            prepare: Prompt::parse("prepare", include_str!("../../prompts/prepare/prompt.md"))?,
            score: Prompt::parse("score", include_str!("../../prompts/score/prompt.md"))?,
            judge: Prompt::parse("judge", include_str!("../../prompts/judge/prompt.md"))?,
            judge_by_examples: Prompt::parse(BY_EXAMPLES, include_str!("../../prompts/judge_by_examples/prompt.md"))?,
        })
    }

    /// For saying whether a criterion holds, with its examples or without.
    #[must_use]
    pub const fn judging(&self, by_examples: bool) -> &Prompt {
        if by_examples { &self.judge_by_examples } else { &self.judge }
    }

    /// Every prompt, in a fixed order.
    #[must_use]
    pub const fn all(&self) -> [&Prompt; 6] {
        [&self.extract, &self.classify, &self.prepare, &self.score, &self.judge, &self.judge_by_examples]
    }

    /// What a version pins: the wording of every question and the form of every answer. The question with examples
    /// belongs only to a version that has some.
    #[must_use]
    pub fn pinned(&self, by_examples: bool) -> Digest {
        let asked = |name: &str| by_examples || name != BY_EXAMPLES;
        let prompts = self.all().into_iter().filter(|prompt| asked(&prompt.settings.id));
        let prompts: Vec<_> = prompts.map(|prompt| (&prompt.settings.id, &prompt.digest)).collect();
        let answers: Vec<_> = ANSWERS.iter().filter(|(name, _)| asked(name)).collect();
        digest(&(prompts, answers))
    }
}

impl Prompt {
    /// Reads a prompt file.
    ///
    /// # Errors
    /// [`PromptError::Form`], when settings or a part are missing.
    pub fn parse(name: &str, text: &str) -> Result<Self, PromptError> {
        let wrong = |what: &str| PromptError::Form { name: name.to_owned(), what: what.to_owned() };
        let rest = text.strip_prefix("+++\n").ok_or_else(|| wrong("does not begin with a line of +++"))?;
        let (settings, body) = rest.split_once("\n+++\n").ok_or_else(|| wrong("has no second line of +++"))?;
        let settings: Settings =
            toml::from_str(settings).map_err(|why| wrong(&format!("has settings that cannot be read: {why}")))?;
        if settings.id != name {
            return Err(wrong("names itself otherwise than its folder"));
        }
        let after = |mark: &str, body: &str| -> Result<(String, String), PromptError> {
            let mark = format!("<!-- {mark} -->\n");
            let (before, rest) =
                body.split_once(&mark).ok_or_else(|| wrong(&format!("has no part {}", mark.trim())))?;
            Ok((before.trim().to_owned(), rest.to_owned()))
        };
        let (before, body) = after("system", body)?;
        if !before.is_empty() {
            return Err(wrong("has text before its first part"));
        }
        let (system, body) = after("user", &body)?;
        let (user, repair) = after("repair", &body)?;
        let repair = repair.trim().to_owned();
        let digest = digest(&(&settings, &system, &user, &repair));
        Ok(Self { settings, digest, system, user, repair })
    }

    /// Fills the placeholders.
    ///
    /// # Errors
    /// [`PromptError::Fill`], when one is unknown or the result is too long.
    pub fn render(&self, context: &impl Serialize) -> Result<Rendered, PromptError> {
        Ok(Rendered { system: self.fill(&self.system, context)?, user: self.fill(&self.user, context)? })
    }

    /// The words that ask for a second answer, after the question.
    ///
    /// # Errors
    /// As [`Prompt::render`].
    pub fn repair(&self, user: &str, faults: &[String]) -> Result<String, PromptError> {
        #[derive(Serialize)]
        struct Faults {
            faults: String,
        }
        self.again(user, &Faults { faults: faults.join("\n") })
    }

    /// Like [`Prompt::repair`], for a prompt whose words for a second answer have other placeholders.
    ///
    /// # Errors
    /// As [`Prompt::render`].
    pub fn again(&self, user: &str, context: &impl Serialize) -> Result<String, PromptError> {
        let words = self.fill(&self.repair, context)?;
        Ok(format!("{user}\n\n{words}"))
    }

    fn fill(&self, part: &str, context: &impl Serialize) -> Result<String, PromptError> {
        let wrong = |what: String| PromptError::Fill { name: self.settings.id.clone(), what };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.add_filter("quarantine", |text: String| quarantine(&text));
        let filled = environment.render_str(part, minijinja::value::Serde(context));
        let filled = filled.map_err(|why| wrong(why.to_string()))?;
        if filled.chars().count() > MAX_PROMPT_CHARS {
            return Err(wrong(format!("it becomes longer than {MAX_PROMPT_CHARS} characters")));
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = "+++\nid = \"x\"\nversion = 1 # remark\nmax_output_tokens = 5\noutput = \"o\"\n+++\n\
                        <!-- system -->\nS\n<!-- user -->\nU {{ text | quarantine }}\n\
                        <!-- repair -->\nR {{ faults }}\n";

    #[test]
    fn the_digest_covers_settings_and_words_but_no_remarks() {
        let digest_of = |text: &str| Prompt::parse("x", text).unwrap().digest;
        assert_eq!(digest_of(FILE), digest_of(&FILE.replace(" # remark", "")));
        assert_ne!(digest_of(FILE), digest_of(&FILE.replace("= 5", "= 6")));
        assert_ne!(digest_of(FILE), digest_of(&FILE.replace("\nS\n", "\nT\n")));
        Prompts::load_embedded().unwrap();
    }

    #[test]
    fn a_file_of_another_form_is_refused() {
        for (from, to) in [
            ("+++\nid", "id"),
            ("\"x\"", "\"y\""),
            ("<!-- user -->", ""),
            ("version", "model"),
            ("<!-- system", "word <!-- system"),
        ] {
            assert!(matches!(Prompt::parse("x", &FILE.replace(from, to)), Err(PromptError::Form { .. })), "{from}");
        }
    }

    #[test]
    fn every_placeholder_must_be_filled_and_outside_text_is_no_template() {
        let prompt = Prompt::parse("x", FILE).unwrap();
        assert!(matches!(prompt.render(&json!({})), Err(PromptError::Fill { .. })));
        let user = prompt.render(&json!({"text": "{{ 7 * 6 }} <b>"})).unwrap().user;
        assert!(user.contains("{{ 7 * 6 }} <b>") && !user.contains("42"), "{user}");
        assert!(prompt.repair(&user, &["at /a: no".to_owned()]).unwrap().ends_with("R at /a: no"));
    }

    #[test]
    fn a_version_pins_every_prompt_folder_of_an_agent() {
        let prompts = Prompts::load_embedded().unwrap();
        // These write processes; no case asks with them.
        let writing = ["change", "describe"];
        let folders = std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts")).unwrap();
        let mut folders: Vec<String> =
            folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
        folders.retain(|folder| !writing.contains(&folder.as_str()));
        let names = |mut names: Vec<String>| {
            names.sort();
            names
        };
        let pinned = prompts.all().map(|prompt| prompt.settings.id.clone()).to_vec();
        assert_eq!(names(pinned), names(folders.clone()), "these prompts are pinned, and those are asked with");
        assert_eq!(names(ANSWERS.map(|(name, _)| name.to_owned()).to_vec()), names(folders));
        let places: [fn(&mut Prompts) -> &mut Prompt; 6] = [
            |all| &mut all.extract,
            |all| &mut all.classify,
            |all| &mut all.prepare,
            |all| &mut all.score,
            |all| &mut all.judge,
            |all| &mut all.judge_by_examples,
        ];
        for place in places {
            let mut other = prompts.clone();
            place(&mut other).digest.push('0');
            let id = place(&mut other).settings.id.clone();
            assert_ne!(other.pinned(true), prompts.pinned(true), "{id} is not pinned");
            let same = other.pinned(false) == prompts.pinned(false);
            assert_eq!(same, id == BY_EXAMPLES, "{id}: examples are another question only for who has some");
        }
    }

    #[test]
    fn outside_text_is_fenced_wherever_it_is_used() {
        let prompts = Prompts::load_embedded().unwrap();
        let outside = ["text", "subject", "example.text", "example.because", "facts", "faults"];
        for prompt in prompts.all() {
            for part in [&prompt.system, &prompt.user, &prompt.repair] {
                for name in outside {
                    assert!(!part.contains(&format!("{{{{ {name} }}}}")), "{name} is not fenced in {part}");
                }
            }
        }
    }
}
