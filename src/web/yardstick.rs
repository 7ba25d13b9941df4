//! What whoever scores or judges goes by: the scale of the text, and the guideline that is attached.

use countersign_core::{
    case::Task,
    definition::{AgentStep, AgentWork, Step},
};

use super::present::Sight;

impl Sight<'_> {
    /// The marks of the scale that a task scores by, with what deserves each.
    #[must_use]
    pub fn scale(&self, task: &Task) -> Vec<(i64, String)> {
        match self.words.definition.step(&task.path) {
            Some(Step::Agent(AgentStep { work: AgentWork::Score { scale, .. }, .. })) => {
                scale.iter().map(|mark| (mark.mark, mark.words.clone())).collect()
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// The guideline that a task's criterion goes by: its name and its text.
    #[must_use]
    pub fn guideline(&self, task: &Task) -> Option<(String, String)> {
        match self.words.definition.step(&task.path) {
            Some(Step::Agent(AgentStep { work: AgentWork::Judge { guideline: Some(name), .. }, .. })) => {
                self.words.definition.guidelines.get(name).map(|words| (name.clone(), words.clone()))
            }
            Some(_) | None => None,
        }
    }
}
