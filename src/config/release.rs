//! How much money may leave without a signature on an agent's word.

use countersign_core::value::Money;
use serde::Deserialize;

/// Limits on money that leaves without a signature on an agent's word; above them a person is asked. Nothing said is
/// no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, try_from = "Said")]
pub struct Release {
    /// In one case, such as `500 EUR`.
    pub case: Option<Money>,
    /// In all cases of a day, which begins at midnight UTC. Both limits are in one currency.
    pub day: Option<Money>,
}

/// The limits as they are written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    case: Option<String>,
    day: Option<String>,
}

impl TryFrom<Said> for Release {
    type Error = String;

    fn try_from(said: Said) -> Result<Self, String> {
        let (case, day) = (said.case.as_deref().map(amount).transpose()?, said.day.as_deref().map(amount).transpose()?);
        match (&case, &day) {
            (Some(of_case), Some(of_day)) if of_case.currency != of_day.currency => {
                Err("the limits of a case and of a day must be in one currency".to_owned())
            }
            _ => Ok(Self { case, day }),
        }
    }
}

/// An amount such as `500 EUR` or `1250.50 EUR`.
fn amount(text: &str) -> Result<Money, String> {
    let known = |currency: &str| currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    let (decimal, currency) = text.split_once(' ').filter(|(_, currency)| known(currency)).unwrap_or_default();
    Money::parse(decimal, currency)
        .filter(|money| money.minor >= 0 && !decimal.is_empty())
        .ok_or_else(|| format!("`{text}` is no amount; write it like `500 EUR`"))
}

#[cfg(test)]
mod tests {
    use super::Release;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let read = toml::from_str::<Release>(text);
        assert_eq!(read.ok().and_then(|limits| Some(limits.case?.words())).as_deref(), expected, "{text}");
    }

    #[test]
    fn limits_are_amounts_with_a_currency() {
        check("case = \"500 EUR\"", Some("500 EUR"));
        check("case = \"1250.50 EUR\"\nday = \"5000 EUR\"", Some("1,250.50 EUR"));
        for wrong in ["500", "500 euro", "-5 EUR", "many EUR", "5.001 EUR"] {
            check(&format!("case = \"{wrong}\""), None);
        }
        assert!(toml::from_str::<Release>("case = \"5 EUR\"\nday = \"9 USD\"").is_err());
        assert_eq!(toml::from_str::<Release>("").ok(), Some(Release::default()));
    }
}
