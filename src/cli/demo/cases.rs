//! The sample cases: opened by the sample people, as everybody opens cases.

use anyhow::Context as _;
use countersign_core::event::Acting;
use jiff::{ToSpan as _, civil::Date, tz::TimeZone};

use crate::runtime::{
    Runtime,
    intake::{HandIn, Upload},
};

/// A claim: who, merchant, amount, days ago, description, and the total that the receipt shows.
const CLAIMS: [(&str, &str, &str, i64, &str, &str); 4] = [
    ("anna.berg", "Blue Kettle Ltd", "42.50", 4, "Lunch with a customer during the workshop", "42.50"),
    (
        "ben.okafor",
        "Northgate Hotel Ltd",
        "1240.00",
        9,
        "Two nights for the trade fair and the stand meeting",
        "1240.00",
    ),
    ("anna.berg", "Papermill Supplies Ltd", "86.20", 12, "Monitor arm and a keyboard for the new desk", "68.20"),
    ("carla.ruiz", "Rail Link Ltd", "118.00", 2, "Train to the customer in the north and back", "118.00"),
];

/// A request: subject and question.
const REQUESTS: [(&str, &str); 3] = [
    ("Charged twice", "Our last invoice was charged twice to the same card. Can you send one of them back?"),
    ("Cannot log in", "Since this morning the page shows an error after the password, for everybody on our team."),
    ("Office plants", "Do you know somebody who waters plants while an office is closed over the summer?"),
];

/// Opens them all and runs what is automatic in them.
pub(super) async fn open(runtime: &Runtime) -> anyhow::Result<()> {
    let today = today(runtime)?;
    for (index, claim) in CLAIMS.iter().enumerate() {
        open_claim(runtime, today, index, claim).await.with_context(|| format!("the claim for {}", claim.1))?;
    }
    let vendor = words(&[
        ("company", "Harbour Coffee Roasters"),
        ("supplier_e_mail", "orders@harbour-coffee.example"),
        ("reason", "Coffee for the offices in the north"),
        ("expected_spend", "8400.00 EUR"),
    ]);
    start(runtime, "ben.okafor", "vendor-onboarding", vendor, Vec::new(), "sample-vendor").await?;
    for (index, (subject, question)) in REQUESTS.iter().enumerate() {
        let request = words(&[("subject", subject), ("question", question)]);
        let key = format!("sample-request-{index}");
        start(runtime, "sami.aalto", "support-request", request, Vec::new(), &key).await?;
    }
    let letter = words(&[
        ("employee_name", "Ben Okafor"),
        ("position", "buyer"),
        ("first_working_day", "2021-04-01"),
        ("yearly_salary", "48500.00 EUR"),
        ("purpose", "renting a flat"),
        ("recipient", "Linden Street Housing"),
        ("recipient_e_mail", "letters@linden-street.example"),
    ]);
    start(runtime, "carla.ruiz", "employment-letter", letter, Vec::new(), "sample-letter").await?;
    runtime.run_until_quiet().await?;
    Ok(())
}

async fn open_claim(
    runtime: &Runtime,
    today: Date,
    index: usize,
    (person, merchant, amount, days_ago, description, total): &(&str, &str, &str, i64, &str, &str),
) -> anyhow::Result<()> {
    let day = today.saturating_sub(days_ago.days());
    let claim = words(&[
        ("merchant", merchant),
        ("amount", &format!("{amount} EUR")),
        ("day_of_purchase", &day.to_string()),
        ("description", description),
    ]);
    let receipt = format!(
        "{}\n14 Market Square\nReceipt no. {}\nDate: {}\n\n{description}\nTOTAL   EUR {total}\nPaid by card\nThank you\n",
        merchant.to_uppercase(),
        4_711 + index,
        day.strftime("%d/%m/%Y"),
    );
    let upload = Upload { field: "receipt".to_owned(), name: "receipt.txt".to_owned(), bytes: receipt.into_bytes() };
    start(runtime, person, "expense-claim", claim, vec![upload], &format!("sample-claim-{index}")).await
}

async fn start(
    runtime: &Runtime,
    person: &str,
    process: &str,
    hand_in: HandIn,
    uploads: Vec<Upload>,
    key: &str,
) -> anyhow::Result<()> {
    let hand_in = HandIn { uploads, ..hand_in };
    runtime.open_case(&Acting::person(person), process, hand_in, Some(key)).await?;
    Ok(())
}

fn words(fields: &[(&str, &str)]) -> HandIn {
    let words = fields.iter().map(|(field, words)| ((*field).to_owned(), (*words).to_owned())).collect();
    HandIn { words, uploads: Vec::new() }
}

fn today(runtime: &Runtime) -> anyhow::Result<Date> {
    let zone = TimeZone::get(&runtime.config().organisation.zone).context("the time zone is not known")?;
    let now = jiff::Timestamp::from_millisecond(runtime.clock().now().0)?;
    Ok(now.to_zoned(zone).date())
}
