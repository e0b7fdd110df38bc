//! Values that fields and statics keep between functions.
//!
//! A field that one method fills from a request and another one uses never passes through a call.
//! Such data is kept here under the type and the field, and taken up where a field is read of a
//! value that the reading function did not make itself.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::taint::value::{Part, SourceKind, Taint, Value, add};

/// The path of a type and the name of a field, or the path of a static and nothing.
pub(crate) type Place = (Rc<str>, Rc<str>);

/// The outside data in fields and statics, and who reads them.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    taints: HashMap<Place, Vec<Taint>>,
    readers: HashMap<Place, HashSet<usize>>,
    stale: HashSet<usize>,
}

impl Kept {
    /// Notes what is stored at a place. Only what certainly comes from a request counts: the
    /// distrust of a parameter in audit mode must not spread to other functions.
    pub(crate) fn store(&mut self, place: &Place, value: &Value) {
        let mut new = value.all_taints();
        new.retain(|taint| is_kept(taint.origin.kind));
        if new.is_empty() {
            return;
        }
        let known = self.taints.entry(place.clone()).or_default();
        let before: Vec<Taint> = known.clone();
        for taint in new {
            add(known, Taint { part: Part::Derived, ..taint });
        }
        if *known != before
            && let Some(readers) = self.readers.get(place)
        {
            self.stale.extend(readers);
        }
    }

    /// What a place may hold; `reader` is walked again when that changes.
    pub(crate) fn read(&mut self, place: Place, reader: usize) -> Vec<Taint> {
        let taints = self.taints.get(&place).cloned().unwrap_or_default();
        self.readers.entry(place).or_default().insert(reader);
        taints
    }

    /// The functions that have read what has changed since.
    pub(crate) fn stale(&mut self) -> HashSet<usize> {
        std::mem::take(&mut self.stale)
    }
}

const fn is_kept(kind: SourceKind) -> bool {
    match kind {
        SourceKind::Request | SourceKind::Referer | SourceKind::UploadName | SourceKind::Host => {
            true
        }
        SourceKind::Assumed | SourceKind::Ambient | SourceKind::Param(_) => false,
    }
}
