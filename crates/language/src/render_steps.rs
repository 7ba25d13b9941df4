//! Steps back to bullets.

use countersign_core::{
    definition::{
        AgentStep, AgentWork, Branch, Definition, FieldKind, FieldSource, HumanStep, HumanVerb, Join, Losers,
        MessageStep, MessageText, Offset, Path, Signer, Step, SystemStep, WaitUntil, Who,
    },
    time::Span,
};

use super::{
    clause::{is_inside, join},
    defaults::{self, Reach},
    guard_words::guard_words,
    lexer::quoted,
    names::written,
    render::{every, field_words, fields_words, inner_label, kind, labels, sentence, span, system, thing, who},
    shapes,
};

/// Writes blocks of steps as bullets.
pub(super) struct Writer<'a> {
    pub definition: &'a Definition,
    pub reach: &'a Reach<'a>,
    pub out: &'a mut String,
    pub indent: usize,
}

impl Writer<'_> {
    fn line(&mut self, words: &str) {
        let indent = "  ".repeat(self.indent);
        self.out.push_str(&format!("{indent}- {}\n", sentence(words)));
    }

    fn inner(&mut self, steps: &[Step], path: &Path) {
        self.indent += 1;
        self.block(steps, path);
        self.indent -= 1;
    }

    pub fn block(&mut self, steps: &[Step], parent: &Path) {
        for index in 0..steps.len() {
            self.one(steps, index, &parent.child(u16::try_from(index).unwrap_or(u16::MAX)));
        }
    }

    /// One step of a block, which stands at `path`.
    pub fn one(&mut self, steps: &[Step], index: usize, path: &Path) {
        let Some(step) = steps.get(index) else { return };
        self.step(step, path);
        // Without these words it would not be clear what a later "Otherwise" belongs to.
        if let (Step::Choice { otherwise, .. }, Some(Step::Choice { .. })) = (step, steps.get(index + 1))
            && otherwise.is_empty()
        {
            self.line("otherwise, go on");
        }
    }

    fn step(&mut self, step: &Step, path: &Path) {
        match step {
            Step::Choice { branches, otherwise } => self.choice(branches, otherwise, path),
            Step::Each { item, list, steps } => {
                let (item, list) = (field_words(self.definition, item), field_words(self.definition, list));
                let item = item.strip_prefix("the ").unwrap_or(&item);
                self.line(&format!("for each {item} in {list}, one after the other:"));
                self.inner(steps, &path.child(0));
            }
            Step::Parallel { tracks, join } => {
                self.line("at the same time:");
                self.indent += 1;
                for (index, track) in tracks.iter().enumerate() {
                    self.line(&format!("track {}:", written(&track.name)));
                    self.inner(&track.steps, &path.child(u16::try_from(index).unwrap_or(u16::MAX)));
                }
                self.indent -= 1;
                if let Some(words) = join_words(*join) {
                    self.line(&words);
                }
            }
            Step::Human(human) => {
                self.line(&self.clause(step, path));
                self.about(human, path);
            }
            _ => {
                self.line(&self.clause(step, path));
                for more in self.more(step) {
                    self.line(&more);
                }
                match step {
                    Step::System(call) => self.failure(&call.system, call.answer_within, &call.failure, path),
                    Step::LookUp(look) => self.failure(&look.system, look.answer_within, &look.failure, path),
                    _ => {}
                }
            }
        }
    }

    fn choice(&mut self, branches: &[Branch], otherwise: &[Step], path: &Path) {
        for (index, branch) in branches.iter().enumerate() {
            let inner = path.child(u16::try_from(index).unwrap_or(u16::MAX));
            let start = if index == 0 { "if" } else { "otherwise, if" };
            let head = format!("{start} {}", guard_words(self.definition, &branch.guard));
            self.branch(&head, &branch.steps, &inner);
        }
        if !otherwise.is_empty() {
            let inner = path.child(u16::try_from(branches.len()).unwrap_or(u16::MAX));
            self.branch("otherwise", otherwise, &inner);
        }
    }

    /// One branch: on one line when it is one plain step, else as bullets below.
    fn branch(&mut self, head: &str, steps: &[Step], path: &Path) {
        match steps {
            [] => self.line(&format!("{head}, go on")),
            [one] if self.is_plain(one) => {
                let clause = self.clause(one, &path.child(0));
                self.line(&format!("{head}, {clause}"));
            }
            several => {
                self.line(&format!("{head}:"));
                self.inner(several, path);
            }
        }
    }

    fn is_plain(&self, step: &Step) -> bool {
        match step {
            Step::Choice { .. } | Step::Parallel { .. } | Step::Each { .. } => false,
            Step::Human(human) => human.on_rejected.is_empty() && self.people_more(human).is_empty(),
            Step::System(call) => call.failure.is_empty() && self.more(step).is_empty(),
            Step::LookUp(look) => look.failure.is_empty() && self.more(step).is_empty(),
            other => self.more(other).is_empty(),
        }
    }

    /// The sentences behind a step of a person.
    fn about(&mut self, human: &HumanStep, path: &Path) {
        for more in self.people_more(human) {
            self.line(&more);
        }
        if !human.on_rejected.is_empty() {
            let decider = self.decider(human);
            self.branch(&format!("if {decider} rejects {}", thing(&human.subject)), &human.on_rejected, &path.child(0));
        }
    }

    fn decider(&self, human: &HumanStep) -> String {
        let person = if human.verb == HumanVerb::Approve { &Who::Approver } else { &human.who };
        who(self.definition, person)
    }

    fn people_more(&self, human: &HumanStep) -> Vec<String> {
        let mut more = Vec::new();
        let decider = self.decider(human);
        match human.remind_every {
            Some(each) if each == defaults::REMIND => {}
            Some(each) => more.push(format!("remind {decider} every {}", every(each))),
            None => more.push(String::from("there is no reminder")),
        }
        let answers = human.accountable.clone().unwrap_or_else(|| self.accountable());
        if let Some(person) = &human.accountable {
            more.push(format!("{} is accountable for this step", who(self.definition, person)));
        }
        if human.escalations == defaults::escalations(&human.who, human.due, &answers) {
            return more;
        }
        if human.escalations.is_empty() {
            more.push(String::from("there is no escalation"));
        }
        for escalation in &human.escalations {
            let (after, to) = (span(escalation.after), who(self.definition, &escalation.to));
            more.push(format!("if {decider} does not decide within {after}, escalate to {to}"));
        }
        more
    }

    /// The sentences behind a step that is not a person's.
    fn more(&self, step: &Step) -> Vec<String> {
        let mut more = Vec::new();
        match step {
            Step::Agent(AgentStep { on_unsure, due, .. })
                if *on_unsure != self.accountable() || *due != defaults::DUE =>
            {
                let within = within(*due);
                more.push(format!("if the agent is not sure, {} decides{within}", who(self.definition, on_unsure)));
            }
            Step::System(call) => {
                let answers = call.accountable.clone().unwrap_or_else(|| self.accountable());
                if let Some(person) = &call.accountable {
                    more.push(format!("{} is accountable for this step", who(self.definition, person)));
                }
                if call.failure.is_empty() {
                    more.extend(self.fails(&call.system, &call.on_failure, call.answer_within, &answers));
                }
            }
            Step::LookUp(look) if look.failure.is_empty() => {
                more.extend(self.fails(&look.system, &look.on_failure, look.answer_within, &self.accountable()));
            }
            _ => {}
        }
        more
    }

    fn accountable(&self) -> Who {
        Who::Role { role: self.definition.accountable.clone() }
    }

    /// Who takes over when a system fails, unless it is what holds anyway.
    fn fails(&self, name: &str, to: &Who, answer: Span, answers: &Who) -> Option<String> {
        let (name, answer) = (system(name), (answer != defaults::ANSWER || to != answers).then(|| span(answer))?);
        let to = who(self.definition, to);
        Some(format!("if {name} fails or does not answer within {answer}, hand over to {to}"))
    }

    /// The steps that follow when a system fails.
    fn failure(&mut self, name: &str, answer: Span, failure: &[Step], path: &Path) {
        let head = format!("if {} fails or does not answer within {}", system(name), span(answer));
        match failure {
            [] => {}
            // On one line, handing over would be what a failure comes to without steps of its own.
            [Step::HandOver { .. }] => {
                self.line(&format!("{head}:"));
                self.inner(failure, &path.child(0));
            }
            steps => self.branch(&head, steps, &path.child(0)),
        }
    }

    /// A step as the middle of a sentence.
    fn clause(&self, step: &Step, path: &Path) -> String {
        match step {
            Step::Agent(agent) => self.agent(agent, path),
            Step::Check(check) => format!("check that {}", check.words),
            Step::Human(human) => self.human(human, path),
            Step::System(call) => self.call(call, path),
            Step::Message(message) => self.message(message),
            Step::Wait { until: WaitUntil::Passed { span: time } } => format!("wait {}", span(*time)),
            Step::Wait { until: WaitUntil::Message { name, within, otherwise } } => format!(
                "wait for the {} message within {}, otherwise hand over to {}",
                quoted(name),
                span(*within),
                who(self.definition, otherwise)
            ),
            Step::Return { stage, at_most, then } => {
                let times = match at_most {
                    1 => String::from(" at most once"),
                    &times if times == defaults::RETURNS => String::new(),
                    times => format!(" at most {times} times"),
                };
                let accountable = Who::Role { role: self.definition.accountable.clone() };
                let then = if *then == accountable {
                    String::new()
                } else {
                    format!(", then hand over to {}", who(self.definition, then))
                };
                format!("return to {}{times}{then}", written(stage))
            }
            Step::End { closing } => format!("close the case as {}", written(closing)),
            Step::Wait { until: WaitUntil::Date { field, offset } } => {
                let field = field_words(self.definition, field);
                match offset {
                    None => format!("wait until {field}"),
                    Some(Offset { before, span: time }) => {
                        format!("wait until {} {} {field}", span(*time), if *before { "before" } else { "after" })
                    }
                }
            }
            Step::Wait { until: WaitUntil::Look { who: person, every: each } } => {
                format!("stay in this stage; {} looks at it every {}", who(self.definition, person), every(*each))
            }
            Step::LookUp(look) => {
                let asks: Vec<String> = look.fields.iter().map(|name| self.typed(name)).collect();
                let by = fields_words(self.definition, &look.by);
                format!("look up {} in {} by {by}", join(&asks, "and"), system(&look.system))
            }
            Step::HandOver { who: person, due } => {
                format!("hand over to {}{}", who(self.definition, person), within(*due))
            }
            Step::Each { .. } | Step::Choice { .. } | Step::Parallel { .. } => String::new(),
        }
    }

    fn agent(&self, agent: &AgentStep, path: &Path) -> String {
        match &agent.work {
            AgentWork::Extract { document, fields } => {
                let label = self.definition.field(document).map_or(document.as_str(), |field| field.label.as_str());
                let asks: Vec<String> = fields.iter().map(|name| self.ask(name, label)).collect();
                format!("read {} from the {}", join(&asks, "and"), written(label))
            }
            AgentWork::Classify { field, subject } => {
                let Some(known) = self.definition.field(field) else { return String::new() };
                let options = if let FieldKind::Choice { options } = &known.kind { options.as_slice() } else { &[] };
                let labels: Vec<String> = options.iter().map(|option| written(option)).collect();
                let open = *subject == self.reach.subject(path) && self.definition.field("case").is_none();
                let by = if open { String::new() } else { format!(" by {}", fields_words(self.definition, subject)) };
                format!("classify the case{by} as {} into {}", join(&labels, "or"), field_words(self.definition, field))
            }
            AgentWork::Score { field, subject, scale } => {
                let marks: Vec<String> =
                    scale.iter().map(|mark| format!("{} is {}", mark.mark, quoted(&mark.words))).collect();
                let mark = |best: Option<i64>| best.unwrap_or_default();
                let low = mark(scale.iter().map(|mark| mark.mark).min());
                let high = mark(scale.iter().map(|mark| mark.mark).max());
                let open = *subject == self.reach.subject(path);
                let by = if open { String::new() } else { format!(" by {}", fields_words(self.definition, subject)) };
                let into = field_words(self.definition, field);
                format!("score the case from {low} to {high}{by} into {into}, where {}", join(&marks, "and"))
            }
            AgentWork::Judge { criterion, guideline, subject } => {
                let by = if subject.is_empty() {
                    String::new()
                } else {
                    format!(" by {}", fields_words(self.definition, subject))
                };
                let using = guideline
                    .as_ref()
                    .map(|name| format!(", using the guideline {}", quoted(name)))
                    .unwrap_or_default();
                format!("check with the agent that {}{by}{using}", quoted(criterion))
            }
            AgentWork::Draft { template, field, .. } => {
                format!("fill in {} from the template {}", field_words(self.definition, field), quoted(template))
            }
            AgentWork::Prepare { reader } => format!("prepare a summary for {}", who(self.definition, reader)),
        }
    }

    /// A field that is read, with its type unless a form asks for a field of that name and type.
    fn ask(&self, name: &str, document: &str) -> String {
        let Some(field) = self.definition.field(name) else { return String::from(name) };
        let label = inner_label(field, document);
        let like = self.definition.field(&super::meaning::field_name(label));
        let known = like.is_some_and(|like| like.kind == field.kind && matches!(like.source, FieldSource::Form { .. }));
        let kind = if known { String::new() } else { format!(" {}", kind(&field.kind, false)) };
        format!("the {}{kind}", written(label))
    }

    /// A field with its type.
    fn typed(&self, name: &str) -> String {
        let kind = self.definition.field(name).map(|field| kind(&field.kind, !field.required)).unwrap_or_default();
        format!("{} {kind}", field_words(self.definition, name))
    }

    fn human(&self, human: &HumanStep, path: &Path) -> String {
        let within = within(human.due);
        let person = who(self.definition, &human.who);
        let fields = || fields_words(self.definition, &human.fields);
        match human.verb {
            HumanVerb::Approve | HumanVerb::Review => {
                let verb = if human.verb == HumanVerb::Approve { "approve" } else { "review" };
                let (people, verb) = if human.seats == 1 {
                    (person, format!("{verb}s"))
                } else {
                    (format!("{} of {} holders of {person} role", human.needed, human.seats), String::from(verb))
                };
                let seeing = if human.fields == self.reach.shown(path) {
                    String::new()
                } else if human.fields.is_empty() {
                    String::from(", seeing no fields,")
                } else {
                    format!(", seeing {},", fields())
                };
                let words = format!("{people} {verb} {}{seeing}{within}", thing(&human.subject));
                String::from(words.trim_end_matches(','))
            }
            HumanVerb::Provide => {
                let form = self.form(human);
                let what = match form {
                    Some(form) => format!("fills in the {}", written(form)),
                    None if human.subject == labels(self.definition, &human.fields) => format!("hands in {}", fields()),
                    None => format!("hands in {} as {}", fields(), quoted(&human.subject)),
                };
                format!("{person} {what}{within}")
            }
            HumanVerb::Do if human.fields.is_empty() => format!("{person} does {}{within}", quoted(&human.subject)),
            HumanVerb::Do if human.subject == labels(self.definition, &human.fields) => {
                format!("{person} writes {}{within}", fields())
            }
            HumanVerb::Do => {
                format!("{person} does {} and writes {}{within}", quoted(&human.subject), fields())
            }
        }
    }

    /// The form that is handed in, when the step is about a whole form and calls it so.
    fn form(&self, human: &HumanStep) -> Option<&str> {
        let first = human.fields.first().and_then(|name| self.definition.field(name))?;
        let FieldSource::Form { form, .. } = &first.source else { return None };
        let all = self
            .definition
            .fields
            .iter()
            .filter(|field| matches!(&field.source, FieldSource::Form { form: from, .. } if from == form));
        let whole = all.map(|field| &field.name).eq(human.fields.iter());
        (whole && human.subject == format!("the {form}")).then_some(form)
    }

    fn call(&self, call: &SystemStep, path: &Path) -> String {
        let operation =
            if shapes::is_plain_operation(&call.operation) { call.operation.clone() } else { quoted(&call.operation) };
        let with = if call.payload == self.reach.payload(path) {
            String::new()
        } else if call.payload.is_empty() {
            String::from(" with no fields")
        } else {
            format!(" with {}", fields_words(self.definition, &call.payload))
        };
        let once = if call.at_most_once { ", at most once" } else { "" };
        let signed = match &call.signer {
            Signer::Approver => String::from(", signed by the approver"),
            Signer::Role { role } => format!(", signed by the {}", written(role)),
            Signer::Nobody => String::from("; nobody signs this call"),
        };
        format!("{operation} in {}{with}{once}{signed}", system(&call.system))
    }

    fn message(&self, message: &MessageStep) -> String {
        let text = match &message.text {
            MessageText::Template { template } => format!("that {}", quoted(template)),
            MessageText::Reason => String::from("the reason"),
        };
        let signed = match &message.signer {
            Signer::Approver => String::from(", signed by the approver"),
            Signer::Role { role } => format!(", signed by the {}", written(role)),
            Signer::Nobody if is_inside(&message.to) => String::new(),
            Signer::Nobody => String::from("; nobody signs this message"),
        };
        format!("tell {} {text}{signed}", who(self.definition, &message.to))
    }
}

/// The sentence behind tracks that come together before all are done.
fn join_words(join: Join) -> Option<String> {
    let (count, are, losers) = match join {
        Join::All => return None,
        Join::Any { losers } => (String::from("any"), "is", losers),
        Join::Count { count, losers } => (format!("{count}"), "are", losers),
    };
    let losers = match losers {
        Losers::Cancel => "cancel the others",
        Losers::Finish => "let the others finish",
    };
    Some(format!("when {count} of these {are} done, {losers}"))
}

fn within(due: Span) -> String {
    if due == defaults::DUE { String::new() } else { format!(" within {}", span(due)) }
}
