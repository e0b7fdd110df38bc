//! `--fix`: the repairs that are certain, written into the files.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use palisade_lint::{Crate, Finding};

use super::excerpt;

/// Writes the repairs; returns how many there were.
pub(super) fn write(krate: &Crate, findings: &[Finding]) -> io::Result<usize> {
    let mut files: BTreeMap<&str, Vec<(std::ops::Range<usize>, &str)>> = BTreeMap::new();
    for finding in findings {
        let (Some(fix), Some(text)) = (&finding.fix, krate.text(&finding.file)) else { continue };
        files
            .entry(&finding.file)
            .or_default()
            .push((excerpt::bytes(text, &fix.place), &fix.replacement));
    }
    let mut count = 0_usize;
    for (file, mut fixes) in files {
        let Some(text) = krate.text(file) else { continue };
        // From the end on, so that the earlier places stay where they are.
        fixes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        let mut text = text.to_owned();
        let mut free = text.len();
        for (range, replacement) in fixes {
            if range.end <= free
                && text.is_char_boundary(range.start)
                && text.is_char_boundary(range.end)
            {
                free = range.start;
                text.replace_range(range, replacement);
                count = count.saturating_add(1);
            }
        }
        fs::write(file, text)?;
    }
    Ok(count)
}
