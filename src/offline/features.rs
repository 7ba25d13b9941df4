//! Texts as sparse vectors: word and character n-grams weighted by TF-IDF.
//!
//! Words, neighbouring words and loose pairs of words with content carry the meaning; character pieces within
//! words forgive endings and typing errors. The weighting is the usual one (Salton and Buckley 1988):
//! `(1 + ln tf) * (1 + ln((1 + n) / (1 + df)))`, the second factor damped, each block scaled to its share.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// The share of the squared length of a text's vector that its character pieces get; words get the rest.
const CHARACTER_SHARE: f32 = 0.5;
/// Two words with content make a pair, in either order, when at most this many such words apart.
const PAIR_REACH: usize = 6;
/// Rarity counts less than in plain TF-IDF: with few examples a rare word is more often chance than meaning.
const RARITY_POWER: f32 = 0.7;
/// Words that say little on their own, so that pairs are made of the others; sorted.
const FILLERS: [&str; 72] = [
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do",
    "does", "for", "from", "get", "had", "has", "have", "hello", "help", "hey", "hi", "i", "id", "if", "im", "in",
    "is", "it", "its", "ive", "just", "know", "let", "lets", "like", "me", "my", "need", "of", "on", "or", "our",
    "please", "should", "so", "some", "tell", "thank", "thanks", "that", "the", "them", "there", "they", "this", "to",
    "us", "want", "was", "we", "will", "with", "would", "you", "your",
];
/// Character pieces have at least this many characters.
const SHORTEST_PIECE: usize = 2;
/// Character pieces have at most this many characters.
const LONGEST_PIECE: usize = 5;
/// A text longer than this many characters is read up to here: a longer one adds cost and no meaning.
const LONGEST_TEXT: usize = 20_000;

/// A sparse vector: (column, value), sorted by column.
pub type Sparse = Vec<(u32, f32)>;

/// The pieces of a text, sorted: each with whether it is made of words, and how often it occurs. They are found once,
/// however many machines learn from the text.
#[derive(Debug, Clone)]
pub struct Pieces(Vec<(u64, bool, u32)>);

impl Pieces {
    /// The pieces of a text.
    pub fn of(text: &str) -> Self {
        let counts = term_counts(text);
        let mut pieces: Vec<_> = counts.into_iter().map(|(key, (word, count))| (key, word, count)).collect();
        pieces.sort_unstable();
        Self(pieces)
    }
}

/// The column of each piece.
type Columns = HashMap<u64, u32, BuildHasherDefault<AsItIs>>;

/// The pieces of one text: whether each is made of words, and how often it occurs.
type Counts = HashMap<u64, (bool, u32), BuildHasherDefault<AsItIs>>;

/// A piece is a hash already, see [`hash`], and is not hashed again.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Learned columns and their inverse document frequencies.
#[derive(Debug, Clone)]
pub struct Vectoriser {
    columns: Columns,
    weights: Vec<f32>,
    is_word: Vec<bool>,
}

impl Vectoriser {
    /// Learns the columns from texts. Their sorted pieces make the column numbers the same on every run.
    pub fn fit<'a>(texts: impl Iterator<Item = &'a Pieces>) -> Self {
        let mut columns = Columns::default();
        let mut is_word = Vec::new();
        let mut document_counts: Vec<u32> = Vec::new();
        let mut documents = 0_u32;
        for Pieces(pieces) in texts {
            documents += 1;
            for (key, word, _) in pieces {
                let next = u32::try_from(columns.len()).unwrap_or(u32::MAX);
                let column = *columns.entry(*key).or_insert(next) as usize;
                if column == document_counts.len() {
                    document_counts.push(0);
                    is_word.push(*word);
                }
                document_counts[column] += 1;
            }
        }
        let weights = document_counts
            .iter()
            .map(|count| (((1.0 + documents as f32) / (1.0 + *count as f32)).ln() + 1.0).powf(RARITY_POWER))
            .collect();
        Self { columns, weights, is_word }
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.weights.len()
    }

    /// The vector of a text, of length one (zero for a text without a known piece).
    pub fn vector(&self, Pieces(pieces): &Pieces) -> Sparse {
        let mut vector: Sparse = Vec::new();
        for (key, _, count) in pieces {
            if let Some(column) = self.columns.get(key) {
                let value = (1.0 + (*count as f32).ln()) * self.weights[*column as usize];
                vector.push((*column, value));
            }
        }
        vector.sort_unstable_by_key(|(column, _)| *column);
        self.scale(&mut vector);
        vector
    }

    /// Scales the block of words and the block of characters to their shares of a length of one.
    fn scale(&self, vector: &mut Sparse) {
        let mut squares = [0.0_f32; 2];
        for (column, value) in vector.iter() {
            squares[usize::from(self.is_word[*column as usize])] += value * value;
        }
        let shares = match (squares[0] > 0.0, squares[1] > 0.0) {
            (true, true) => [CHARACTER_SHARE, 1.0 - CHARACTER_SHARE],
            _ => [1.0, 1.0],
        };
        for (column, value) in vector.iter_mut() {
            let block = usize::from(self.is_word[*column as usize]);
            *value *= (shares[block] / squares[block]).sqrt();
        }
    }
}

/// Each piece of a text: whether it is made of words, and how often it occurs.
fn term_counts(text: &str) -> Counts {
    let words = words(text);
    let mut counts: Counts = Counts::default();
    let mut add = |key: u64, word: bool| counts.entry(key).or_insert((word, 0)).1 += 1;
    let stems: Vec<&str> = words.iter().map(|word| stem(word)).collect();
    for (at, word) in stems.iter().enumerate() {
        add(hash(b"w", word, ""), true);
        if let Some(next) = stems.get(at + 1) {
            add(hash(b"p", word, next), true);
        }
    }
    let content: Vec<&str> =
        words.iter().filter(|word| FILLERS.binary_search(&word.as_str()).is_err()).map(|word| stem(word)).collect();
    for (at, word) in content.iter().enumerate() {
        for other in content.iter().skip(at + 1).take(PAIR_REACH) {
            add(hash(b"s", word.min(other), word.max(other)), true);
        }
    }
    for word in &words {
        let padded = format!(" {word} ");
        let starts: Vec<usize> = padded.char_indices().map(|(at, _)| at).chain([padded.len()]).collect();
        for length in SHORTEST_PIECE..=LONGEST_PIECE.min(starts.len() - 1) {
            for ends in starts.windows(length + 1) {
                add(hash(b"c", &padded[ends[0]..ends[length]], ""), false);
            }
        }
    }
    counts
}

/// The words of a text in lower case; an apostrophe inside a word is dropped, digits become one shape.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.chars().take(LONGEST_TEXT).chain([' ']) {
        if character.is_numeric() {
            word.push('0');
        } else if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        } else if !matches!(character, '\'' | '\u{2019}') && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    words
}

/// A word without its commonest English endings. Light on purpose: the character pieces do the rest.
fn stem(word: &str) -> &str {
    const SHORTEST_STEM: usize = 3;
    for ending in ["ings", "ing", "ied", "ies", "ed", "es", "s", "e", "y"] {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.chars().count() >= SHORTEST_STEM
        {
            return rest;
        }
    }
    word
}

/// FNV-1a over a kind and two parts: 64 bits, so that two pieces practically never share a column.
fn hash(kind: &[u8], first: &str, second: &str) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for byte in kind.iter().chain(first.as_bytes()).chain(b"\x1f").chain(second.as_bytes()) {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fillers_stand_in_the_order_in_which_they_are_looked_up() {
        assert!(FILLERS.is_sorted(), "{FILLERS:?}");
    }
}
