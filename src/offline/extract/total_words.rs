//! What the words beside an amount say about it.

use super::{has_any, is_one_of};

/// What an amount is, by the words beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// What must be paid, said plainly: grand total, amount due.
    FinalTotal,
    /// A total that includes the tax.
    GrossTotal,
    /// A total.
    Total,
    /// Words that may mean the total: amount, to pay.
    WeakTotal,
    /// A sum before tax, discount or rounding.
    Subtotal,
    /// A sum without tax.
    Net,
    /// Tax.
    Tax,
    /// What rounding added or took.
    Rounding,
    /// What was taken off.
    Discount,
    /// What the customer gave.
    Paid,
    /// What the customer got back.
    Change,
    /// A count or an article's price.
    Count,
    /// No telling words.
    Other,
    /// No words at all.
    Bare,
}

const TOTAL: &str = "total|totals|ttl|tl|totaal|totale|gesamt|gesamtbetrag|gesamtsumme|summe|endbetrag|\
    endsumme|rechnungsbetrag|jumlah|razem|suma|somme|totalt|grand|gesamtpreis";
const FINAL: &str = "grand|final|nett|net total|payable|amount due|amt due|total due|balance due|rounded|\
    after rounding|after adj|gesamtbetrag|rechnungsbetrag|endbetrag|zu zahlen|zahlbetrag|\
    à payer|a payer|net à payer|te betalen|do zapłaty|total ttc|totale fattura|da pagare|\
    total a pagar|amount to pay|to pay|to be paid|pay this amount|factuur totaal|\
    total facture|bill total|invoice total|total amount due|att betala";
const GROSS: &str = "incl|inclusive|including|inc|inclu|inkl|inclusief|ttc|compris|brutto|gross|with";
const SUBTOTAL: &str = "subtotal|sub total|sub ttl|subttl|zwischensumme|sous total|subtotaal|tussentotaal|\
    subtotale|s total|sub tot";
const NET: &str = "excl|exclusive|excluding|excluded|exclude|exc|ex|before|without|ht|netto|exclusief|\
    nettobetrag|untaxed|taxable|w o|less|hors taxe";
const TAX: &str = "gst|vat|tax|sst|mwst|ust|umsatzsteuer|mehrwertsteuer|tva|btw|iva|moms|hst|pst|taxes|steuer";
const ROUNDING: &str = "rounding|round|rnd|rounding adj|rounding adjustment|round adj|rundung";
const DISCOUNT: &str = "discount|disc|saving|savings|saved|rebate|rabatt|remise|korting|voucher|promo|sconto|\
    descuento";
const PAID: &str = "cash|visa|master|mastercard|card|paid|payment|tender|tendered|amex|debit|credit|received|\
    bar|gegeben|tunai|cheque|ideal|kartenzahlung|deposit|pay|terminal|paypal";
const CHANGE: &str = "change|balance|wechselgeld|rückgeld|rendu|wisselgeld|baki|resto|retour|chg";
const COUNT: &str = "qty|quantity|quantities|item|items|pcs|units|points|pts|unit price|price|weight|qtys|\
    u price";
const WEAK: &str = "amount|amt|amaunt|betrag|montant|importe|importo|bedrag|due|sum|kwota";

/// Whether the words open a block that only sums up tax.
pub(super) fn opens_tax_summary(plain: &str) -> bool {
    has_any(plain, "summary|summ|analysis|mary|gstsummary|breakdown|sumary|summry")
        && (has_any(plain, TAX) || has_any(plain, "gstsummary"))
        || has_any(plain, "tax code|gst code")
}

/// The role of an amount by the plain words beside it.
pub(super) fn role(plain: &str) -> Role {
    if !plain.chars().any(char::is_alphabetic) {
        return Role::Bare;
    }
    if has_any(plain, SUBTOTAL) {
        return Role::Subtotal;
    }
    let total_at = first(plain, TOTAL);
    let final_at = first(plain, FINAL);
    let tax_at = first(plain, TAX);
    if total_at.is_none() && final_at.is_none() {
        return role_without_total(plain, tax_at.is_some());
    }
    if has_any(plain, DISCOUNT) && !has_any(plain, "after|less") {
        return Role::Discount;
    }
    if has_any(plain, NET) && !has_any(plain, GROSS) {
        return Role::Net;
    }
    if let Some(tax_at) = tax_at {
        let starts_with_tax = total_at.or(final_at).is_some_and(|at| tax_at < at);
        if starts_with_tax && !gross_before(plain, tax_at) || directly_after_total(plain) {
            return Role::Tax;
        }
        if has_any(plain, "includes|included|contains") {
            return Role::WeakTotal;
        }
    }
    if has_any(plain, "qty|quantity|items|item|pcs|points|pts|unit|units") {
        return if has_any(plain, GROSS) { Role::GrossTotal } else { Role::Count };
    }
    if has_any(plain, "saving|savings|tendered|tender|change|received") {
        return Role::Paid;
    }
    match (final_at, has_any(plain, GROSS)) {
        (Some(_), _) => Role::FinalTotal,
        (None, true) => Role::GrossTotal,
        (None, false) => Role::Total,
    }
}

fn role_without_total(plain: &str, has_tax: bool) -> Role {
    let weak = has_any(plain, WEAK);
    match () {
        () if has_any(plain, ROUNDING) => Role::Rounding,
        () if has_any(plain, CHANGE) => Role::Change,
        () if has_any(plain, DISCOUNT) => Role::Discount,
        () if weak && has_any(plain, GROSS) => Role::GrossTotal,
        () if has_any(plain, PAID) => Role::Paid,
        () if has_any(plain, NET) => Role::Net,
        () if has_tax => Role::Tax,
        () if weak => Role::WeakTotal,
        () if has_any(plain, COUNT) => Role::Count,
        () => Role::Other,
    }
}

/// Where the first of the words stands.
fn first(plain: &str, words: &str) -> Option<usize> {
    words.split('|').filter_map(|word| plain.find(&format!(" {word} "))).min()
}

/// Whether `incl` stands before the tax word, as in `incl gst total`.
fn gross_before(plain: &str, tax_at: usize) -> bool {
    first(plain, GROSS).is_some_and(|at| at < tax_at)
}

/// Whether a tax word follows the word total at once, as in `total gst`.
fn directly_after_total(plain: &str) -> bool {
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.windows(2).any(|pair| is_one_of(pair[0], TOTAL) && is_one_of(pair[1], TAX))
}
