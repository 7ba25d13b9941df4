//! Keeping the demo and removing its samples: who will be the first real administrator?

use maud::{Markup, html};

use super::{layout::bare, parts::csrf};
use crate::web::{
    catalogue::text::{layout as layout_text, said as text, sign_in},
    paths,
    security::PASSWORD_AT_LEAST,
};

/// The form that ends the demo.
#[derive(Clone, Debug)]
pub struct EndView {
    /// The form token.
    pub csrf: String,
    /// The name as typed.
    pub name: String,
    /// The address as typed.
    pub email: String,
    /// What is wrong, as a sentence.
    pub problem: Option<String>,
}

/// The page.
#[must_use]
pub fn page(view: &EndView) -> Markup {
    let content = html! {
        div.narrow {
            h1 { (text::DEMO_END) }
            p { (text::DEMO_END_WHAT) }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            form.stack method="post" action=(paths::DEMO_END) {
                (csrf(&view.csrf))
                input type="hidden" name="confirmed" value="yes";
                label for="name" { (sign_in::FIRST_NAME) }
                input #name name="name" value=(view.name) autocomplete="name" required autofocus;
                label for="email" { (sign_in::FIRST_EMAIL) }
                input #email type="email" name="email" value=(view.email) autocomplete="email" required;
                label for="password" { (sign_in::FIRST_PASSWORD) }
                p.hint #password-hint { (sign_in::PASSWORD_HINT) }
                input #password type="password" name="password" autocomplete="new-password" required
                    minlength=(PASSWORD_AT_LEAST) aria-describedby="password-hint";
                div.act { button.main { (layout_text::DEMO_KEEP) } a href=(paths::INBOX) { (text::DEMO_STAY) } }
            }
        }
    };
    bare(text::DEMO_END, &content)
}
