//! Which company issued a document: a name near the top, best one with a legal form, or the value of a label.

use super::super::recognise::{Line, Span, is_legal_form, lines, pairs, single_blanks};
use super::labelled::label_points;
use super::{Candidate, Found, Value, Wanted, choose, has_any, is_one_of, plain_words, wanted_words};

/// The issuer is looked for in this many lines from the top.
const HEADER_LINES: usize = 12;
/// A name broken over lines is joined from at most this many.
const MOST_JOINED: usize = 3;
/// Points of a name with everything in its favour.
const FULL: i32 = 110;

/// Words that names of businesses are made of.
const BUSINESS: &str = "enterprise|enterprises|trading|restaurant|restoran|restaurante|ristorante|cafe|café|kafe|\
    kopitiam|mart|market|minimarket|supermarket|hypermarket|shop|store|stores|hardware|\
    holdings|holding|industries|industrial|services|service|solutions|systems|group|bakery|\
    bakeries|stationery|stationers|books|bookstore|pharmacy|farmasi|apotheke|pharmacie|clinic|\
    klinik|hotel|motel|resort|station|petrol|petroleum|motors|auto|electrical|electronics|\
    machinery|marketing|distributor|distributors|distribution|supplies|supply|international|\
    global|company|brothers|sons|partners|associates|consulting|studio|gallery|house|kitchen|\
    bistro|bar|grill|pizza|food|foods|fashion|boutique|salon|spa|beauty|health|syarikat|\
    perniagaan|kedai|pasaraya|perusahaan|gift|gifts|deco|furniture|garden|centre|center|club|\
    parking|travel|tours|logistics|transport|bank|insurance|university|college|school|academy|\
    press|media|printing|packaging|seafood|noodle|noodles|coffee|tea|bazaar|emporium|\
    wholesale|retail|city|world";
/// Words that only continue a name from the line above.
const TAILS: &str = "enterprise|enterprises|trading|holdings|industries|corporation|company|group|marketing|\
    supply|supplies";
/// Words of addresses.
const ADDRESS: &str = "jalan|jln|lorong|taman|tmn|lot|street|st|road|rd|avenue|ave|lane|floor|flr|level|block|\
    blk|kampung|kg|bandar|seksyen|kawasan|persiaran|selangor|johor|kuala|lumpur|penang|\
    malaysia|straße|strasse|str|rue|boulevard|straat|postcode|unit|suite|building|bangunan|\
    wisma|menara|town|off|address|melaka|perak|pahang|mukim|desa|plaza|no";
/// Words of other lines at the top.
const NOT_NAMES: &str = "tel|fax|phone|gst|reg|invoice|receipt|date|time|cashier|bill|table|tax|www|http|https|com|\
    email|welcome|thank|thanks|original|copy|customer|roc|vat|page|number|cash|sale|sales|\
    order|your|slip|document|doc|id|rechnung|facture|factuur|quittung|salesperson|served|by|\
    branch|outlet|attn|bill to|ship to|counter|guest|check|qty|description|amount|item|total|\
    duplicate|reprint|formerly|known|licensee|licencee|franchisee|owned|managed|operated|\
    hotline|member|details|payment|co reg|company no|co no|no|mobile|hp|whatsapp|site|\
    factuuradres|afleveradres|fka";

/// Words for the kind of a document, which stand beside the name in many headings and are no part of it.
const PAPERS: &str = "invoice|receipt|rechnung|facture|factuur|factura|fattura|quittung";

pub(super) fn find(text: &str, wanted: &Wanted<'_>) -> Option<Found> {
    let words = wanted_words(wanted);
    let mut candidates: Vec<Candidate> = labelled(text, &words);
    let lines = lines(text);
    let header = &lines[..lines.len().min(HEADER_LINES)];
    let mut at = 0;
    while at < header.len() {
        let count = joined(header, at);
        candidates.extend(candidate(text, header, at, count));
        at += count;
    }
    candidates.extend(later_forms(text, &lines));
    choose(candidates, FULL)
}

/// Names that a label such as `Company name:` or `Supplier:` gives.
fn labelled(text: &str, words: &[String]) -> Vec<Candidate> {
    /// Where the field's own name says no more than "company", such labels are meant.
    const ISSUER: &str = "company|merchant|vendor|supplier|seller|issuer|name|firm";
    /// What tables call their column for it.
    const NAMED: &str = "merchant|issuer";
    let mut wanted: Vec<String> = words.to_vec();
    if words.iter().all(|word| is_one_of(word, ISSUER)) {
        wanted = vec!["company".to_owned(), "name".to_owned()];
    }
    let named = pairs(text).into_iter().filter_map(|pair| {
        let label = plain_words(pair.label.quote(text));
        let whole = label_points(text, &pair, &wanted) >= 85
            || has_any(&label, "supplier|vendor|seller")
            || is_one_of(label.trim().trim_end_matches(" name"), NAMED);
        let value = pair.value.quote(text);
        let letters = value.chars().filter(|c| c.is_alphabetic()).count();
        (whole && letters >= 2 && !has_any(&label, "no|number|id|reg")).then(|| Candidate {
            value: Value::Text(single_blanks(value)),
            span: pair.value,
            points: FULL,
            alternative: None,
        })
    });
    named.collect()
}

/// How many lines from `at` make one name: an open bracket or the mere tail of a name binds lines together.
fn joined(header: &[Line<'_>], at: usize) -> usize {
    let mut count = 1;
    while count < MOST_JOINED && at + count < header.len() {
        let so_far = header[at..at + count].iter().map(|line| line.text).collect::<Vec<_>>().join(" ");
        let next = header[at + count].text;
        let plain = plain_words(&so_far);
        let digits = so_far.chars().filter(char::is_ascii_digit).count();
        let can_start = digits <= 2 && !has_any(&plain, NOT_NAMES) && form_end(&so_far).is_none();
        let open = so_far.matches('(').count() > so_far.matches(')').count() && !has_any(&plain, ADDRESS);
        let dangling = so_far.ends_with(['&', '+']) || plain.ends_with(" and ") || next.starts_with('&');
        let tail = is_tail(next) && !has_any(&plain_words(next), NOT_NAMES);
        if can_start && (open || dangling || tail) {
            count += 1;
        } else {
            break;
        }
    }
    count
}

/// Whether a line is no more than the tail of a name, such as `SDN BHD`, `TRADING`, `STATIONERY SDN BHD` or
/// `CO. (M) SDN BHD`.
fn is_tail(line: &str) -> bool {
    let has_form = form_end(line).is_some();
    let end = form_end(line).unwrap_or(line.len());
    let bracket = line.find('(').unwrap_or(end).min(end);
    let plain = plain_words(&line[..end]);
    let common = |word: &str| is_one_of(word, BUSINESS) || is_legal_form(word) || matches!(word, "m" | "and" | "sdn");
    if has_form {
        let short = plain.split_whitespace().next().is_some_and(|word| word.len() <= 2);
        return plain.split_whitespace().all(common) || short && plain.split_whitespace().count() <= 4;
    }
    plain_words(&line[..bracket]).split_whitespace().next().is_some_and(|word| is_one_of(word, TAILS))
}

/// The end of the legal form that closes the name on a line. A registration number in brackets ends the search.
fn form_end(line: &str) -> Option<usize> {
    let line = &line[..registration(line)];
    let words: Vec<(usize, usize)> = line
        .split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - line.as_ptr() as usize;
            (start, start + word.len())
        })
        .collect();
    for last in (0..words.len()).rev() {
        for first in last.saturating_sub(3)..=last {
            if is_legal_form(&line[words[first].0..words[last].1]) {
                let closing = &line[words[last].0..words[last].1];
                return Some(words[last].0 + closing.trim_end_matches([',', ';', ':', '(']).len());
            }
        }
    }
    None
}

/// Where a registration number starts: an opening bracket with several digits, or a plain run of them, behind it.
fn registration(line: &str) -> usize {
    /// A bracket with at least this many digits holds a number and no part of the name.
    const FEWEST_DIGITS: usize = 4;
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).count();
    let bracket = line.match_indices('(').map(|(at, _)| at).find(|at| {
        let inside = line[*at..].split(')').next().unwrap_or_default();
        digits(inside) >= FEWEST_DIGITS
    });
    bracket.unwrap_or(line.len())
}

fn candidate(text: &str, header: &[Line<'_>], at: usize, count: usize) -> Option<Candidate> {
    let (first, last) = (header.get(at)?, header.get(at + count - 1)?);
    let whole = Span { start: first.span.start, end: last.span.end };
    let span = name_part(text, whole);
    let name = span.quote(text);
    let mut points = points(name, at);
    if followed_by_better(header, at, count, name) {
        points -= 40;
    }
    // Behind the issuer's address come the customer, the owner and the bank.
    if header[..at].iter().any(|line| ends_the_heading(line.text)) {
        points = (points - 35).max(points.min(1));
    }
    (points > 0).then(|| Candidate { value: Value::Text(single_blanks(name)), span, points, alternative: None })
}

/// The name without a label before it and without a registration number or other words behind its legal form.
fn name_part(text: &str, whole: Span) -> Span {
    let quote = whole.quote(text);
    let end = form_end(quote).unwrap_or_else(|| registration(quote));
    let kept =
        quote[..end].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '(' | '*'));
    let label = if form_end(kept).is_some() { kept.rfind(": ").map_or(0, |colon| colon + 2) } else { 0 };
    let name = without_papers(&kept[label..]);
    let start = name.as_ptr() as usize - quote.as_ptr() as usize;
    Span { start: whole.start + start, end: whole.start + start + name.len() }
}

/// A name without the kind of the document before or behind it, as in `Blue Lantern Services Invoice`. What is left
/// must still look like a name: `OFFICIAL RECEIPT` is none.
fn without_papers(name: &str) -> &str {
    let name = name.trim_start_matches(is_mark);
    let behind = || name.split_once(char::is_whitespace).filter(|(first, _)| is_paper(first)).map(|(_, rest)| rest);
    let before = || name.rsplit_once(char::is_whitespace).filter(|(_, last)| is_paper(last)).map(|(rest, _)| rest);
    let rest = behind().or_else(before).unwrap_or(name);
    let rest = rest.trim_start_matches(is_mark).trim_end();
    let plain = plain_words(rest);
    let is_name = plain.split_whitespace().count() >= 2 && !has_any(&plain, NOT_NAMES);
    if is_name || form_end(rest).is_some() { rest } else { name }
}

fn is_mark(c: char) -> bool {
    !c.is_alphanumeric() && c != '('
}

fn is_paper(word: &str) -> bool {
    is_one_of(plain_words(word).trim(), PAPERS)
}

fn points(name: &str, at: usize) -> i32 {
    let plain = plain_words(name);
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    if letters < 3 {
        return 0;
    }
    let mut points = 50 - 4 * i32::try_from(at).unwrap_or(HEADER_LINES as i32);
    let has_form = form_end(name).is_some();
    if has_form {
        points += 55;
    }
    if has_any(&plain, BUSINESS) {
        points += 18;
    }
    if !has_form && has_any(&plain, ADDRESS) {
        points -= 30;
    }
    if has_any(&plain, NOT_NAMES) {
        points -= if has_form { 12 } else { 45 };
    }
    if digits > 3 {
        points -= if has_form { 10 } else { 30 };
    }
    if name.contains(['@', '#', ':']) {
        points -= 15;
    }
    points
}

/// Whether this line looks like a person's name over the name of a business: two or three plain words, no word of
/// business, and a business on the next line.
fn followed_by_better(header: &[Line<'_>], at: usize, count: usize, name: &str) -> bool {
    let plain = plain_words(name);
    let words = plain.split_whitespace().count();
    let only_letters = name.chars().all(|c| c.is_alphabetic() || c == ' ' || c == '.');
    let looks_personal =
        (2..=4).contains(&words) && only_letters && !has_any(&plain, BUSINESS) && form_end(name).is_none();
    let Some(next) = header.get(at + count).filter(|_| looks_personal) else {
        return false;
    };
    let next_plain = plain_words(next.text);
    let digits = next.text.chars().filter(char::is_ascii_digit).count();
    // A line of nothing but such words tells the kind of business, not its name.
    let only_kind = next_plain.split_whitespace().all(|word| is_one_of(word, BUSINESS));
    let business = has_any(&next_plain, BUSINESS) && !only_kind && digits <= 2 && !has_any(&next_plain, NOT_NAMES);
    form_end(next.text).is_some() || business
}

/// Whether a line shows that the issuer's name lies behind: a telephone number, or an address with a number in it.
fn ends_the_heading(line: &str) -> bool {
    let plain = plain_words(line);
    let digits = line.chars().filter(char::is_ascii_digit).count();
    form_end(line).is_none() && digits >= 2 && (has_any(&plain, ADDRESS) || has_any(&plain, "tel|phone|fax"))
}

/// Names with a legal form below the header, for letters whose header names nobody.
fn later_forms(text: &str, lines: &[Line<'_>]) -> Vec<Candidate> {
    let late = lines.iter().skip(HEADER_LINES).filter(|line| form_end(line.text).is_some());
    late.map(|line| {
        let span = name_part(text, line.span);
        let few_words = span.quote(text).split_whitespace().count() <= 8;
        let points = if few_words { 24 } else { 4 };
        Candidate { value: Value::Text(single_blanks(span.quote(text))), span, points, alternative: None }
    })
    .filter(|candidate| candidate.span.start < candidate.span.end)
    .collect()
}
