//! Sentences to steps: the tree of bullets becomes blocks, and later sentences complete earlier steps.

use countersign_core::definition::Who;

use super::{
    SentenceKind, clause,
    compile::kind,
    diagnostics::Diagnostic,
    draft::{Draft, Node},
    guards,
    meaning::{Clause, Condition, FieldRef, Meaning, Name, WhoRef, field_name},
    names::Names,
    sentence::{Item, Raw},
};

/// How deep bullets may be nested.
pub(crate) const MAX_DEPTH: usize = 8;

/// Puts the steps of a text together.
pub(crate) struct Builder<'a> {
    pub text: &'a str,
    pub names: &'a Names,
    /// The meaning of each sentence; `None` where it is not understood.
    pub meanings: &'a [Option<Meaning>],
    pub raws: &'a [Raw],
    pub diagnostics: Vec<Diagnostic>,
    /// Whether nothing has been built yet, so that "When an employee submits" may stand here.
    pub at_start: bool,
}

impl<'a> Builder<'a> {
    /// A builder over the sentences of one text.
    pub(crate) const fn new(text: &'a str, names: &'a Names, meanings: &'a [Option<Meaning>], raws: &'a [Raw]) -> Self {
        Self { text, names, meanings, raws, diagnostics: Vec::new(), at_start: true }
    }

    /// The stages with their steps and the sentence of each stage.
    pub(crate) fn stages(&mut self, items: &[Item]) -> Vec<(String, usize, Vec<Node>)> {
        let mut stages: Vec<(String, usize, Vec<Node>)> = Vec::new();
        let mut after_stage = false;
        for item in items {
            for (place, index) in item.sentences.iter().enumerate() {
                match &self.meanings[*index] {
                    Some(Meaning::Stage(name)) => {
                        let mut block = Vec::new();
                        self.items(&item.children, &mut block, 0);
                        stages.push((name.text.clone(), *index, block));
                        after_stage = true;
                    }
                    Some(meaning) if is_step(meaning) => {
                        self.outside(*index, place == 0, after_stage);
                        after_stage = false;
                    }
                    _ => after_stage = false,
                }
            }
        }
        stages
    }

    fn outside(&mut self, index: usize, first_on_line: bool, after_stage: bool) {
        let raw = &self.raws[index];
        let why = "a case always stands in a stage, so every step is a bullet under a heading such as `Stage Check:`";
        let found = Diagnostic::error("E106", (raw.start, raw.end), "this step stands in no stage", why);
        self.diagnostics.push(if first_on_line && after_stage {
            found.fix("Make it a bullet of the stage above", raw.start, raw.start, "- ")
        } else if first_on_line {
            let number = self.names.stages.len() + 1;
            found.fix("Put it into a stage of its own", raw.start, raw.start, format!("Stage Part {number}:\n- "))
        } else {
            found.advise("write it as a bullet under a stage")
        });
    }

    pub(super) fn items(&mut self, items: &[Item], block: &mut Vec<Node>, depth: usize) {
        for item in items {
            if depth > MAX_DEPTH {
                if let Some(raw) = item.sentences.first().map(|index| &self.raws[*index]) {
                    self.diagnostics.push(Diagnostic::too_long(raw.start, raw.end, "levels of bullets", MAX_DEPTH));
                }
                return;
            }
            self.run(&item.sentences, &item.children, block, false, depth);
        }
    }

    /// The sentences of one bullet. What follows "If ..., ..." in the same bullet belongs to it.
    fn run(&mut self, all: &[usize], children: &[Item], block: &mut Vec<Node>, inside: bool, depth: usize) {
        let mut at = 0;
        while let Some(index) = all.get(at).copied() {
            let rest = &all[at + 1..];
            let meaning = self.meanings[index].as_ref();
            match meaning {
                Some(Meaning::Step(step)) => self.push(index, step, block),
                Some(Meaning::Submitted { who, step, .. }) => {
                    self.submitted(index, who);
                    self.push(index, step, block);
                }
                Some(Meaning::AllDone(step)) => {
                    if !matches!(block.last().map(|node| &node.draft), Some(Draft::Parallel { .. })) {
                        self.nothing_before(index, "tracks that run at the same time");
                    }
                    self.push(index, step, block);
                }
                Some(Meaning::If { .. } | Meaning::Otherwise(_)) => {
                    let own = rest.iter().take_while(|next| !self.continues_choice(**next)).count();
                    let last = own == rest.len();
                    let inner = if last { children } else { &[] };
                    self.branch(index, &rest[..own], inner, block, inside, depth);
                    at += own;
                }
                Some(Meaning::Scheduled { step, .. }) => {
                    self.starts_here(index);
                    self.push(index, step, block);
                }
                Some(Meaning::Join { needed, losers }) => self.join(index, *needed, *losers, block),
                Some(Meaning::Each { item, list }) => {
                    let steps = self.inner(index, None, rest, children, depth);
                    self.each(index, item, list, steps, block);
                }
                Some(Meaning::Fails { system, within, step }) => {
                    let steps = self.inner(index, step.as_ref(), rest, children, depth);
                    self.fails(index, system, *within, steps, block);
                    return;
                }
                Some(Meaning::Rejected { who, step }) => {
                    let steps = self.inner(index, step.as_ref(), rest, children, depth);
                    self.rejected(index, who, &steps, block);
                    return;
                }
                Some(Meaning::Together) => self.together(index, children, block, depth),
                Some(Meaning::Change(change)) => self.change(index, change, block),
                Some(Meaning::Stage(_) | Meaning::Track(_)) => self.misplaced(index),
                _ => {}
            }
            at += 1;
        }
    }

    fn continues_choice(&self, index: usize) -> bool {
        matches!(self.meanings[index], Some(Meaning::Otherwise(_) | Meaning::If { chained: true, .. }))
    }

    fn push(&mut self, index: usize, step: &Clause, block: &mut Vec<Node>) {
        self.at_start = false;
        match clause::draft(self.names, step) {
            Ok(draft) => block.push(Node { sentence: index, also: Vec::new(), draft }),
            Err(found) => self.diagnostics.push(found),
        }
    }

    /// The steps that a sentence with a comma or a colon holds.
    fn inner(
        &mut self,
        index: usize,
        step: Option<&Clause>,
        rest: &[usize],
        children: &[Item],
        depth: usize,
    ) -> Vec<Node> {
        let mut steps = Vec::new();
        match step {
            Some(step) => {
                self.push(index, step, &mut steps);
                self.run(rest, children, &mut steps, true, depth);
            }
            None => {
                self.at_start = false;
                let raw = &self.raws[index];
                let colon = raw.tokens.last().is_some_and(|token| token.is(self.text, ":"));
                if colon && children.is_empty() {
                    let why = "a sentence that ends with a colon is carried on by the bullets below it";
                    self.diagnostics.push(
                        Diagnostic::error("E509", (raw.start, raw.end), "nothing stands below this colon", why)
                            .advise("write bullets below it that stand further to the right"),
                    );
                }
                if !colon {
                    // "If ..., go on." holds no step; what follows in the bullet still belongs to it.
                    self.run(rest, children, &mut steps, true, depth);
                    return steps;
                }
                self.items(children, &mut steps, depth + 1);
            }
        }
        steps
    }

    fn branch(
        &mut self,
        index: usize,
        rest: &[usize],
        children: &[Item],
        block: &mut Vec<Node>,
        inside: bool,
        depth: usize,
    ) {
        let Some(meaning) = &self.meanings[index] else { return };
        let continues = self.continues_choice(index);
        if inside && !continues {
            self.two_conditions(index);
        }
        let guard = match meaning {
            Meaning::If { condition, .. } => self.guard(condition),
            _ => None,
        };
        let steps = self.inner(index, meaning.clause(), rest, children, depth);
        if !continues {
            let branches = guard.map(|guard| (guard, index, steps)).into_iter().collect();
            let draft = Draft::Choice { branches, otherwise: None };
            block.push(Node { sentence: index, also: Vec::new(), draft });
            return;
        }
        let open = |node: &Node| matches!(&node.draft, Draft::Choice { otherwise: None, .. });
        if block.len() > 1 && block[block.len() - 2..].iter().all(open) {
            let (first, second) = (block[block.len() - 2].sentence, block[block.len() - 1].sentence);
            self.two_choices(index, first, second);
        }
        match block.last_mut() {
            Some(Node { draft: Draft::Choice { branches, otherwise: otherwise @ None }, also, .. }) => {
                also.push(index);
                match guard {
                    Some(guard) => branches.push((guard, index, steps)),
                    None => *otherwise = Some(steps),
                }
            }
            _ => self.nothing_before(index, "condition with `If`"),
        }
    }

    fn guard(&mut self, condition: &Condition) -> Option<countersign_core::guard::Guard> {
        match guards::resolve(self.names, &condition.guard) {
            Ok(guard) => Some(guard),
            Err(found) => {
                self.diagnostics.push(found);
                None
            }
        }
    }

    fn submitted(&mut self, index: usize, who: &WhoRef) {
        let requester = self.person(who);
        if requester.is_some_and(|who| who != Who::Requester) {
            let name = who.name();
            let why = "only whoever may start the process submits the form that opens a case";
            let starter = self.names.starter.clone().unwrap_or_else(|| String::from("requester"));
            let message = format!("`{}` does not start this process", name.text);
            self.diagnostics.push(Diagnostic::error("E509", (name.start, name.end), message, why).fix(
                format!("Use `{starter}`"),
                name.start,
                name.end,
                super::names::written(&starter),
            ));
        }
        self.starts_here(index);
    }

    /// Refuses a sentence that opens the case when it has begun already.
    fn starts_here(&mut self, index: usize) {
        if !self.at_start {
            let raw = &self.raws[index];
            let why = "a case is opened once, before everything else";
            let message = "a case is opened here, but it has begun already";
            self.diagnostics.push(
                Diagnostic::error("E509", (raw.start, raw.end), message, why)
                    .advise("move this sentence to the start of the first stage"),
            );
        }
    }

    fn each(&mut self, index: usize, item: &Name, list: &FieldRef, steps: Vec<Node>, block: &mut Vec<Node>) {
        match self.names.field(list) {
            Ok(field) => {
                let draft = Draft::Each { item: field_name(&item.text), list: field.name.clone(), steps };
                block.push(Node { sentence: index, also: Vec::new(), draft });
            }
            Err(found) => self.diagnostics.push(found),
        }
    }

    pub(super) fn person(&mut self, who: &WhoRef) -> Option<Who> {
        match self.names.who(who) {
            Ok(who) => Some(who),
            Err(found) => {
                self.diagnostics.push(found);
                None
            }
        }
    }

    pub(super) fn nothing_before(&mut self, index: usize, what: &str) {
        if self.after_a_gap(index) {
            return;
        }
        let raw = &self.raws[index];
        let why = "this sentence says more about the step just before it";
        let message = format!("there is no {what} just before this sentence");
        self.diagnostics.push(
            Diagnostic::error("E506", (raw.start, raw.end), message, why)
                .advise("move the sentence behind the step that it is about"),
        );
    }

    /// Whether the step that a sentence says more about may be the one before it that is not understood: that one is
    /// told already, and what follows from it is no fault of its own.
    fn after_a_gap(&self, index: usize) -> bool {
        let meaning = |meaning: &&Option<Meaning>| {
            let ends = matches!(
                meaning,
                Some(Meaning::Stage(_) | Meaning::Step(_) | Meaning::Submitted { .. } | Meaning::Scheduled { .. })
            );
            ends || meaning.is_none()
        };
        self.meanings[..index].iter().rev().find(meaning).is_some_and(Option::is_none)
    }

    fn misplaced(&mut self, index: usize) {
        let raw = &self.raws[index];
        let why = "stages stand at the left of the page, tracks under `At the same time:`";
        self.diagnostics.push(
            Diagnostic::error("E105", (raw.start, raw.end), "this heading cannot stand here", why)
                .advise("move it to where it belongs"),
        );
    }

    fn two_conditions(&mut self, index: usize) {
        let raw = &self.raws[index];
        let why = "it can be meant inside the condition before it, instead of it, or after it";
        let first = self.text[raw.start..raw.end].chars().next().map_or(0, char::len_utf8);
        let sentence = &self.text[raw.start + first..raw.end];
        self.diagnostics.push(
            Diagnostic::error("E303", (raw.start, raw.end), "a second condition follows in the same bullet", why)
                .fix("Mean it instead of the first", raw.start, raw.end, format!("Otherwise, i{sentence}"))
                .advise("mean it after the first: give it a bullet of its own"),
        );
    }

    fn two_choices(&mut self, index: usize, first: usize, second: usize) {
        let raw = &self.raws[index];
        let (a, b) = (&self.raws[first], &self.raws[second]);
        let why = "two conditions stand before it, and it can be meant for the last one or for both";
        let sentence = &self.text[b.start..b.end];
        let rest = sentence.get(1..).unwrap_or_default();
        let quote = self.text[a.start..a.end].split_once(',').map_or("", |(condition, _)| condition);
        self.diagnostics.push(
            Diagnostic::error("E303", (raw.start, raw.end), "it is not clear what this is otherwise to", why)
                .fix(
                    format!("Mean both: ask the second only when not `{quote}`"),
                    b.start,
                    b.end,
                    format!("Otherwise, i{rest}"),
                )
                .advise("mean the last one only: put another step between the two conditions"),
        );
    }
}

/// Whether a sentence of this meaning is a step, or says more about one.
pub(crate) fn is_step(meaning: &Meaning) -> bool {
    kind(meaning) == SentenceKind::Step
}
