//! Words for what stands beside a text in files of its own: guidelines, and templates to fill in.

use super::studio;
use crate::web::format::counted;

/// The words for one kind.
#[derive(Debug)]
pub struct Beside {
    /// The part of a draft's address.
    pub part: &'static str,
    /// What one is called.
    pub one: &'static str,
    /// The title of the page.
    pub title: &'static str,
    /// What they are for.
    pub about: &'static str,
    /// It is attached and not used.
    pub unused: &'static str,
    /// Over the form for another one.
    pub another: &'static str,
    /// On the button.
    pub save: &'static str,
    /// It was attached.
    pub saved: &'static str,
    /// It was taken away.
    pub removed: &'static str,
    /// It was posted without a name.
    pub nameless: &'static str,
    /// Whether one may be a Word file.
    pub files: bool,
}

/// Another one of the name is attached already.
pub(crate) fn taken(one: &str, name: &str) -> String {
    format!("There is a {one} “{name}” already; what it says stands above. Change it there, or choose another name.")
}

/// Somebody took it away while it was being changed.
pub(crate) fn gone(one: &str, name: &str) -> String {
    format!("Somebody has taken the {one} “{name}” away meanwhile. Save it once more to attach it again.")
}

/// Somebody changed it while it was being changed.
pub(crate) fn overtaken(one: &str, name: &str) -> String {
    format!("Somebody has changed the {one} “{name}” meanwhile; what it says now stands above, and your words below.")
}

pub(crate) const GUIDELINES: Beside = Beside {
    part: "guidelines",
    one: "guideline",
    title: studio::TO_GUIDELINES,
    about: "A guideline says in your own words what a criterion means. It is kept with the version, and \
            whoever judges sees it.",
    unused: "No sentence goes by it.",
    another: "Another guideline",
    save: "Save this guideline",
    saved: "The guideline is saved.",
    removed: "The guideline was taken away.",
    nameless: "Please give the guideline the name that the sentence has.",
    files: false,
};

pub(crate) const TEMPLATES: Beside = Beside {
    part: "templates",
    one: "template",
    title: studio::TO_TEMPLATES,
    about: "A template is a text with places such as {amount}, which code fills with the fields of the case. {today} \
            is the day and {case number} the number of the case. It may be a Word file. It is kept with the version.",
    unused: "No sentence fills it in.",
    another: "Another template",
    save: "Save this template",
    saved: "The template is saved.",
    removed: "The template was taken away.",
    nameless: "Please give the template the name that the sentence has.",
    files: true,
};

impl Beside {
    /// How many there are.
    pub(crate) fn opening(&self, attached: usize, missing: usize) -> String {
        let attached = match attached {
            0 => format!("No {} is attached", self.one),
            some => format!("{} attached", counted(some, self.one)),
        };
        match missing {
            0 => format!("{attached}."),
            1 => format!("{attached}; one is missing."),
            more => format!("{attached}; {more} are missing."),
        }
    }
}
