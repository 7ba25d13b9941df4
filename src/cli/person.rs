//! `countersign person add | link | list`: people of a database that no server holds.

use clap::{Args, Subcommand};
use comfy_table::Table;
use countersign_core::{people::Person as CorePerson, time::DAY_MS};
use serde::Serialize;

use super::{Common, Outcome, local, say, say_json, serve};
use crate::{store::LinkPurpose, web::paths};

#[derive(Debug, Subcommand)]
pub(super) enum Person {
    /// Add somebody, or change what is known of them.
    Add(Add),
    /// A link that signs somebody in once, within a day: for whoever lost their password and has nobody to ask.
    Link {
        /// Their identifier.
        id: String,
    },
    /// Everybody, with their roles.
    List,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Short stable identifier, such as `rosa.lind`.
    id: String,
    /// The name that others read.
    #[arg(long)]
    name: Option<String>,
    /// Where mail goes.
    #[arg(long)]
    email: Option<String>,
    /// A role, as process texts write it; may be given several times. The roles that are given replace those of before.
    #[arg(long = "role")]
    roles: Vec<String>,
    /// The identifier of their manager.
    #[arg(long)]
    manager: Option<String>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    email: String,
    roles: Vec<String>,
    manager: Option<String>,
    disabled: bool,
}

impl Person {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        match self {
            Self::Add(add) => add.run(common).await,
            Self::Link { id } => link(common, id).await,
            Self::List => list(common).await,
        }
    }
}

impl Add {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let runtime = local::writing(common, common.database()).await?;
        let world = runtime.world();
        let known = world.directory.people.get(&self.id).cloned();
        if let Some(manager) = self.manager.as_ref().filter(|id| !world.directory.people.contains_key(*id)) {
            anyhow::bail!("nobody of the identifier `{manager}` is known, who would be the manager; add them first");
        }
        let person = self.changed(known.unwrap_or_default());
        // Whoever holds the file already holds everything in it; the record says that it was done here.
        runtime.put_person("command line", &self.id, &person, false).await?;
        runtime.store().close().await;
        say(&format!("{} is known, with {}", self.id, roles(&person.roles)));
        Ok(Outcome::Fine)
    }

    /// What was given, and for the rest what is known already.
    fn changed(&self, known: CorePerson) -> CorePerson {
        let named = Some(known.name.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| self.id.clone());
        CorePerson {
            name: self.name.clone().unwrap_or(named),
            email: self.email.clone().unwrap_or_else(|| known.email.clone()),
            roles: if self.roles.is_empty() { known.roles.clone() } else { self.roles.clone() },
            manager: self.manager.clone().or_else(|| known.manager.clone()),
            ..known
        }
    }
}

async fn link(common: &Common, id: &str) -> anyhow::Result<Outcome> {
    let runtime = local::writing(common, common.database()).await?;
    local::acting(&runtime, id)?;
    let name = match runtime.world().directory.active(id) {
        Some(person) => person.name.clone(),
        None => anyhow::bail!("`{id}` is switched off; an administrator can switch them on again on the page People"),
    };
    let secret = serve::one_time_link(&runtime, LinkPurpose::SignIn, Some(id.to_owned()), DAY_MS).await?;
    let detail = format!("a link that signs {id} in");
    runtime.store().record("command line", "link", &detail, runtime.clock().now()).await?;
    let path = paths::sign_in_link(&secret);
    say(&match &runtime.config().base_url {
        Some(base_url) => {
            format!("this signs {name} in, once, within a day:\n  {}{path}", base_url.trim_end_matches('/'))
        }
        None => format!("this signs {name} in, once, within a day, behind the address of your server:\n  {path}"),
    });
    runtime.store().close().await;
    Ok(Outcome::Fine)
}

fn roles(roles: &[String]) -> String {
    if roles.is_empty() { "no role".to_owned() } else { format!("the roles {}", roles.join(", ")) }
}

async fn list(common: &Common) -> anyhow::Result<Outcome> {
    let runtime = local::reading(common).await?;
    let world = runtime.world();
    let rows: Vec<Row> = world
        .directory
        .people
        .iter()
        .map(|(id, person)| Row {
            id: id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            roles: person.roles.clone(),
            manager: person.manager.clone(),
            disabled: person.disabled,
        })
        .collect();
    if common.json {
        say_json(&rows)?;
        return Ok(Outcome::Fine);
    }
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["person", "name", "roles", "manager"]);
    for row in &rows {
        table.add_row([&row.id, &row.name, &row.roles.join(", "), &row.manager.clone().unwrap_or_default()]);
    }
    say(&table.to_string());
    Ok(Outcome::Fine)
}
