//! Office Open XML (ECMA-376): recognised by the content types of its parts, never by a name.

use std::io::Read;

use memchr::memmem;

use super::{archive::Archive, inflate::Budget};
use crate::{policy::FileKind, upload::flaw::Flaw};

/// The part that says what the others are.
pub(super) const CONTENT_TYPES: &str = "[Content_Types].xml";

const LONGEST: u64 = 1 << 20;

/// What [`CONTENT_TYPES`] says.
#[derive(Debug, Default)]
pub(super) struct ContentTypes(Option<Vec<u8>>);

impl ContentTypes {
    /// Reads the part; how many bytes it has.
    pub(super) fn read(&mut self, from: &mut dyn Read, budget: &mut Budget) -> Result<u64, Flaw> {
        let mut text = Vec::new();
        from.take(LONGEST.saturating_add(1)).read_to_end(&mut text).map_err(|_| Flaw::Structure)?;
        budget.spend(text.len())?;
        let length = text.len() as u64;
        if length > LONGEST {
            return Err(Flaw::Structure);
        }
        self.0 = Some(text);
        Ok(length)
    }

    /// What the package is.
    pub(super) fn kind(&self) -> Archive {
        const MAIN: [(&[u8], FileKind); 3] = [
            (
                b"\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"",
                FileKind::Docx,
            ),
            (
                b"\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"",
                FileKind::Xlsx,
            ),
            (
                b"\"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml\"",
                FileKind::Pptx,
            ),
        ];
        let Some(text) = &self.0 else { return Archive::Plain };
        let says = |word: &[u8]| memmem::find(text, word).is_some();
        let mut kinds = MAIN.iter().filter(|(word, _)| says(word)).map(|(_, kind)| *kind);
        let kind = kinds.next();
        let lower = text.to_ascii_lowercase();
        let runs = [&b"macro"[..], b"vbaproject", b"activex"]
            .iter()
            .any(|word| memmem::find(&lower, word).is_some());
        // An entity, a comment or another encoding may hide a word from this search.
        let hides = says(b"&") || says(b"<!") || std::str::from_utf8(text).is_err() || says(b"\0");
        match kind {
            _ if runs || hides => Archive::Macros,
            Some(kind) if kinds.next().is_none() => Archive::Document(kind),
            _ => Archive::Package,
        }
    }
}

/// Whether an entry of this name may be a package itself: the workbook behind a chart.
pub(super) fn may_hold_a_document(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split('/');
    matches!(words.next(), Some("word" | "xl" | "ppt")) && words.next() == Some("embeddings")
}
