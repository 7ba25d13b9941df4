//! Signing in: by password, by a one-time link, and as the first administrator of an empty installation.

use maud::{Markup, html};

use super::{layout::bare, parts::csrf};
use crate::web::{catalogue::text::sign_in as text, paths, security::PASSWORD_AT_LEAST};

/// Why the sign-in page comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Name and password do not fit together.
    Wrong,
    /// Too many attempts.
    SlowDown,
}

/// The page with name and password.
#[must_use]
pub fn page(name: &str, trouble: Option<Trouble>, back: &str) -> Markup {
    let content = html! {
        div.narrow {
            h1 { (text::OPENING) }
            @if let Some(trouble) = trouble {
                p.problem role="alert" {
                    @match trouble { Trouble::Wrong => { (text::WRONG) } Trouble::SlowDown => { (text::SLOW_DOWN) } }
                }
            }
            form.stack method="post" action=(paths::SESSION) {
                input type="hidden" name="back" value=(back);
                label for="name" { (text::NAME) }
                input #name name="name" value=(name) autocomplete="username" required autofocus;
                label for="password" { (text::PASSWORD) }
                input #password type="password" name="password" autocomplete="current-password" required;
                div.act { button.main { (text::BUTTON) } }
            }
            p.quiet { (text::NO_PASSWORD) }
        }
    };
    bare(text::TITLE, &content)
}

/// The page of a one-time link: it names the person, and only its button signs in.
#[must_use]
pub fn link(token: &str, person: &str) -> Markup {
    let content = html! {
        div.narrow {
            h1 { (text::LINK_TITLE) " as " (person) "." }
            form.stack method="post" action=(paths::sign_in_link(token)) {
                div.act { button.main autofocus { (text::LINK_BUTTON) } p.follows { (text::LINK_ONCE) } }
            }
        }
    };
    bare(text::TITLE, &content)
}

/// The page that creates the first administrator.
#[must_use]
pub fn first(token: &str, name: &str, email: &str, problem: Option<&str>) -> Markup {
    let content = html! {
        div.narrow {
            h1 { (text::FIRST_OPENING) }
            @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
            form.stack method="post" action=(paths::sign_in_link(token)) {
                label for="name" { (text::FIRST_NAME) }
                input #name name="name" value=(name) autocomplete="name" required autofocus;
                label for="email" { (text::FIRST_EMAIL) }
                input #email type="email" name="email" value=(email) autocomplete="email" required;
                label for="password" { (text::FIRST_PASSWORD) }
                p.hint #password-hint { (text::PASSWORD_HINT) }
                input #password type="password" name="password" autocomplete="new-password" required
                    minlength=(PASSWORD_AT_LEAST) aria-describedby="password-hint";
                div.act { button.main { (text::FIRST_BUTTON) } }
            }
        }
    };
    bare(text::FIRST_TITLE, &content)
}

/// The form that sets a new password, for a person who came by a link.
#[must_use]
pub fn password_form(token: &str, action: &str) -> Markup {
    html! {
        form.stack method="post" action=(action) {
            (csrf(token))
            label for="new-password" { (text::FIRST_PASSWORD) }
            p.hint #new-password-hint { (text::PASSWORD_HINT) }
            input #new-password type="password" name="password" autocomplete="new-password" required
                minlength=(PASSWORD_AT_LEAST) aria-describedby="new-password-hint";
            div.act { button { (crate::web::catalogue::text::people::SAVE) } }
        }
    }
}
