//! Office files are archives. What comes out of one is counted while it comes out, whatever its directory claims.

use std::io::{Cursor, Read};

use zip::{ZipArchive, result::ZipError};

use super::NoText;

/// The most entries of an archive.
const ENTRIES_MAX: usize = 5_000;
/// The most bytes that come out of an archive, all entries together.
pub(super) const UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Up to so many bytes the ratio does not matter: short texts that repeat themselves pack well.
const RATIO_FROM_BYTES: u64 = 4 * 1024 * 1024;
/// The most bytes that come out for each byte that is in the archive. XML of spreadsheets reaches about 40.
const RATIO_MAX: u64 = 200;
/// How much is unpacked between two looks at the limits, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// An archive that is being unpacked.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    kind: &'static str,
    packed: u64,
    unpacked: u64,
}

impl<'a> Archive<'a> {
    /// Opens an archive that is said to be of a kind.
    pub(super) fn open(bytes: &'a [u8], kind: &'static str) -> Result<Self, NoText> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| NoText::broken(kind))?;
        if zip.len() > ENTRIES_MAX {
            return Err(NoText::Expands);
        }
        Ok(Self { zip, kind, packed: bytes.len() as u64, unpacked: 0 })
    }

    /// The names of its entries, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.zip.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
        names.sort_unstable();
        names
    }

    /// The content of an entry; `None` when there is none of that name.
    pub(super) fn entry(&mut self, name: &str) -> Result<Option<Vec<u8>>, NoText> {
        let Some(index) = self.zip.index_for_name(name) else { return Ok(None) };
        let mut content = Vec::new();
        self.unpack(index, |piece| content.extend_from_slice(piece))?;
        Ok(Some(content))
    }

    /// Unpacks everything once and keeps nothing, so that a library which does not count can be let at it.
    pub(super) fn check_all(&mut self) -> Result<(), NoText> {
        for index in 0..self.zip.len() {
            self.unpack(index, |_| {})?;
        }
        Ok(())
    }

    fn unpack(&mut self, index: usize, mut keep: impl FnMut(&[u8])) -> Result<(), NoText> {
        let kind = self.kind;
        let mut file = self.zip.by_index(index).map_err(|error| match error {
            ZipError::InvalidPassword => NoText::Encrypted,
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => NoText::Encrypted,
            _ => NoText::broken(kind),
        })?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let count = file.read(&mut piece).map_err(|_| NoText::broken(kind))?;
            if count == 0 {
                return Ok(());
            }
            self.unpacked += count as u64;
            let ratio = self.unpacked > RATIO_FROM_BYTES && self.unpacked > self.packed.saturating_mul(RATIO_MAX);
            if ratio || self.unpacked > UNPACKED_BYTES_MAX {
                return Err(NoText::Expands);
            }
            keep(piece.get(..count).unwrap_or_default());
        }
    }
}
