//! The names of the months as documents write them, in the languages the offline engine reads.

/// Full names and usual short forms, in lower case: English, German, French, Dutch, Spanish, Italian, Malay, Polish.
const NAMES: [&str; 12] = [
    "january|jan|januar|jänner|janvier|janv|januari|enero|ene|gennaio|gen|stycznia",
    "february|feb|februar|février|fevrier|févr|februari|febrero|febbraio|lutego",
    "march|mar|märz|maerz|mär|mrz|mars|maart|mrt|marzo|mac|marca",
    "april|apr|avril|avr|abril|abr|aprile|kwietnia",
    "may|mai|mei|mayo|maggio|mag|maja",
    "june|jun|juni|juin|junio|giugno|giu|czerwca",
    "july|jul|juli|juillet|juil|julio|luglio|lug|julai|lipca",
    "august|aug|août|aout|augustus|agosto|ago|ogos|sierpnia",
    "september|sep|sept|septembre|septiembre|settembre|set|września",
    "october|oct|oktober|okt|octobre|octubre|ottobre|ott|oktober|października",
    "november|nov|novembre|noviembre|listopada",
    "december|dec|dezember|dez|décembre|decembre|déc|diciembre|dic|dicembre|grudnia|disember",
];

/// The number of the month with this name or short form, whatever its case.
pub fn month(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let found = NAMES.iter().position(|names| names.split('|').any(|name| name == word))?;
    u32::try_from(found + 1).ok()
}
