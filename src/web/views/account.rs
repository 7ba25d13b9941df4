//! The reader's own account.

use maud::{Markup, html};

use super::{
    layout::{Section, Shell, page as layout},
    parts::csrf,
};
use crate::web::{
    catalogue::text::{said as text, sign_in},
    format::{Moment, list},
    paths,
    security::PASSWORD_AT_LEAST,
};

/// What the account page shows.
#[derive(Clone, Debug, Default)]
pub struct AccountView {
    /// Whether a password is set.
    pub has_password: bool,
    /// The roles.
    pub roles: Vec<String>,
    /// The tokens that work.
    pub tokens: Vec<TokenView>,
    /// The absence that is or that comes.
    pub absence: Option<AbsenceView>,
    /// Who could decide meanwhile: identifier and name.
    pub substitutes: Vec<(String, String)>,
    /// A token that was just made: its name and its words. Shown once.
    pub secret: Option<(String, String)>,
    /// What is wrong with what was just sent, as a sentence.
    pub problem: Option<String>,
}

/// One token.
#[derive(Clone, Debug)]
pub struct TokenView {
    /// The digest that it is kept under.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub made: Moment,
    /// When it was last used.
    pub used: Option<Moment>,
}

/// One absence.
#[derive(Clone, Debug)]
pub struct AbsenceView {
    /// Its first day.
    pub from: Moment,
    /// Its last day.
    pub until: Moment,
    /// Who decides meanwhile.
    pub substitute: String,
    /// What waits for the absent person and the substitute may not decide: its number and what it is about.
    pub stays: Vec<(String, String)>,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &AccountView) -> Markup {
    let content = html! {
        div.narrow {
            h1.lead { (text::account_opening(&shell.person, &list(&view.roles))) }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            @if let Some((name, secret)) = &view.secret {
                section.notice role="status" {
                    h2 { (text::TOKEN_FOR) " " (name) }
                    p { code.copy { (secret) } }
                    p { (text::TOKEN_ONCE) }
                }
            }
            (password(shell, view))
            (absence(shell, view))
            (tokens(shell, view))
        }
    };
    layout(shell, Section::Elsewhere, text::ACCOUNT, &content)
}

fn password(shell: &Shell, view: &AccountView) -> Markup {
    html! {
        section aria-labelledby="password-title" {
            h2 #password-title { (sign_in::PASSWORD) }
            form.stack method="post" action=(paths::account_part("password")) {
                (csrf(&shell.csrf))
                @if view.has_password {
                    label for="current" { (text::PASSWORD_NOW) }
                    input #current type="password" name="current" autocomplete="current-password" required;
                }
                label for="password" { (text::PASSWORD_NEW) }
                p.hint #password-hint { (sign_in::PASSWORD_HINT) }
                input #password type="password" name="password" autocomplete="new-password" required
                    minlength=(PASSWORD_AT_LEAST) aria-describedby="password-hint";
                div.act { button { (text::PASSWORD_SAVE) } }
            }
        }
    }
}

fn absence(shell: &Shell, view: &AccountView) -> Markup {
    html! {
        section aria-labelledby="absence-title" {
            h2 #absence-title { (text::ABSENCE) }
            @if let Some(absence) = &view.absence {
                p { (absence.substitute) " " (text::ABSENCE_DECIDES) " " (absence.from) " " (text::ABSENCE_TO) " " (absence.until) "." }
                @if !absence.stays.is_empty() {
                    p #absence-stays { (text::ABSENCE_STAYS) }
                    ul.lines aria-labelledby="absence-stays" {
                        @for (label, subject) in &absence.stays { li { a href=(paths::task(label)) { (subject) } } }
                    }
                }
                form.inline method="post" action=(paths::account_part("absence")) {
                    (csrf(&shell.csrf)) button.plain { (text::ABSENCE_END) }
                }
            } @else {
                form.stack method="post" action=(paths::account_part("absence")) {
                    (csrf(&shell.csrf))
                    label for="from" { (text::ABSENCE_FROM) }
                    input.short #from type="date" name="from" required;
                    label for="until" { (text::ABSENCE_UNTIL) }
                    input.short #until type="date" name="until" required;
                    label for="substitute" { (text::ABSENCE_WHO) }
                    select #substitute name="substitute" required {
                        @for (id, name) in &view.substitutes { option value=(id) { (name) } }
                    }
                    div.act { button { (text::ABSENCE_SAVE) } }
                }
            }
        }
    }
}

fn tokens(shell: &Shell, view: &AccountView) -> Markup {
    html! {
        section aria-labelledby="tokens-title" {
            h2 #tokens-title { (text::TOKENS) }
            p.quiet { (text::TOKENS_WHAT) }
            ul.lines {
                @for token in &view.tokens {
                    li {
                        (token.name) " " span.quiet { (token.made)
                            @match &token.used {
                                Some(used) => { ", " (text::TOKEN_USED) " " (used) }
                                None => { ", " (text::TOKEN_UNUSED) }
                            }
                        } " "
                        form.inline method="post" action=(paths::token_revocation(&token.id)) {
                            (csrf(&shell.csrf)) button.plain { (text::TOKEN_REVOKE) }
                        }
                    }
                }
            }
            form.stack method="post" action=(paths::account_part("tokens")) {
                (csrf(&shell.csrf))
                label for="token-name" { (text::TOKEN_NAME_LABEL) }
                input #token-name name="name" required maxlength="60";
                div.act { button { (text::TOKEN_ADD) } }
            }
        }
    }
}
