//! The sample people: a small firm.

use countersign_core::people::Person;

use crate::runtime::Runtime;

/// Who publishes the samples.
pub(super) const ADMINISTRATOR: &str = "ada.novak";
/// Whom the sign-in link signs in.
pub(super) const FIRST: &str = "anna.berg";

/// Identifier, name, roles, manager.
const PEOPLE: [(&str, &str, &[&str], Option<&str>); 10] = [
    ("anna.berg", "Anna Berg", &["employee"], Some("carla.ruiz")),
    ("ben.okafor", "Ben Okafor", &["employee", "buyer"], Some("carla.ruiz")),
    ("carla.ruiz", "Carla Ruiz", &["employee", "people partner", "letters desk"], Some("rosa.lind")),
    ("rosa.lind", "Rosa Lind", &["employee", "finance lead"], Some("victor.sand")),
    ("victor.sand", "Victor Sand", &["finance director", "purchasing director", "managing director"], None),
    ("felix.moor", "Felix Moor", &["finance desk", "billing desk"], Some("rosa.lind")),
    ("tess.hale", "Tess Hale", &["compliance desk", "technical desk"], Some("victor.sand")),
    ("priya.shah", "Priya Shah", &["head of purchasing", "head of people"], Some("victor.sand")),
    ("sami.aalto", "Sami Aalto", &["support lead", "account desk", "customer contact"], Some("victor.sand")),
    ("ada.novak", "Ada Novak", &["administrator"], None),
];

/// Adds them all, marked as samples.
pub(super) async fn add(runtime: &Runtime) -> anyhow::Result<()> {
    for (id, name, roles, manager) in PEOPLE {
        let person = Person {
            name: name.to_owned(),
            email: format!("{id}@example.org"),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            manager: manager.map(str::to_owned),
            absences: Vec::new(),
            disabled: false,
        };
        runtime.put_person("demo", id, &person, true).await?;
    }
    Ok(())
}
