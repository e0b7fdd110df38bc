//! The pictures, PDFs and archives of the packages that are installed on this machine: files of many
//! programs, none of which was made for a test.
//!
//! `installed.txt` says which of them are refused, and why; each line was reviewed. Machines differ: a
//! file of the list that is not there is no failure, and a refusal that is not in the list is one.

use std::{
    collections::BTreeMap,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use super::{Admission, Inspector, Judged};
use crate::{
    policy::FileKind,
    upload::{declared::Declared, flaw::Flaw},
};

const ROOTS: [&str; 2] = ["/usr/share", "/usr/lib"];

/// By their extensions: what the kinds look like to those who send them.
const EXTENSIONS: [(&str, &str); 14] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
    ("tgz", "application/gzip"),
    ("jar", "*/*"),
    ("whl", "*/*"),
    ("docx", "*/*"),
    ("xlsx", "*/*"),
    ("pptx", "*/*"),
];

/// The largest file that is looked at.
const LARGEST: u64 = 16 << 20;

/// The content of a line of the list: a path, in which a `*` matches any characters, and a code.
const REFUSED: &str = include_str!("installed.txt");

fn files_in(folder: &Path, found: &mut Vec<(PathBuf, &'static str)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        // A link leads to a file that is found at its own place.
        let Ok(about) = fs::symlink_metadata(&path) else { continue };
        if about.is_dir() {
            // What programs are tested with is wrong on purpose.
            if path.file_name().is_none_or(|name| name != "testdata") {
                files_in(&path, found);
            }
        } else if about.is_file() && (1..=LARGEST).contains(&about.len()) {
            let extension = path.extension().and_then(|name| name.to_str()).unwrap_or_default();
            let extension = extension.to_ascii_lowercase();
            let known = EXTENSIONS.iter().find(|(known, _)| *known == extension);
            found.extend(known.map(|(_, media_type)| (path, *media_type)));
        }
    }
}

/// With the caps of an endpoint that sets none.
fn judge(bytes: &[u8], media_type: &str) -> Result<Judged, Flaw> {
    let admission = Admission {
        kinds: FileKind::ALL,
        declared: Declared::parse(media_type).unwrap(),
        charset: None,
        says_charset: false,
        markup: false,
        unpacked: 10 * LARGEST,
        pixels: 40_000_000,
        frames: 1_000,
        size: LARGEST,
    };
    let bytes = &bytes[Inspector::before(bytes)..];
    let mut inspector = Inspector::begin(bytes, admission)?;
    inspector.feed(bytes)?;
    inspector.finish(&mut Cursor::new(bytes), bytes.len() as u64)
}

/// The lines of the list: pattern and code.
fn refused() -> Vec<(&'static str, &'static str)> {
    let lines = REFUSED.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once(' ').unwrap()).collect()
}

fn fits(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|behind| {
            (0..=behind.len()).any(|at| behind.get(at..).is_some_and(|behind| fits(rest, behind)))
        }),
    }
}

#[test]
fn what_is_installed_is_taken_but_for_a_list() {
    let mut files = Vec::new();
    for root in ROOTS {
        files_in(Path::new(root), &mut files);
    }
    let list = refused();
    let mut surprises = Vec::new();
    let mut counts = BTreeMap::<&str, (u32, u32)>::new();
    for (path, media_type) in &files {
        let Ok(bytes) = fs::read(path) else { continue };
        let counts = counts.entry(media_type).or_default();
        match judge(&bytes, media_type) {
            Ok(_) => counts.0 += 1,
            Err(flaw) => {
                counts.1 += 1;
                let (path, code) = (path.to_string_lossy(), flaw.code());
                if !list.iter().any(|(pattern, known)| *known == code && fits(pattern, &path)) {
                    surprises.push(format!("{path} {code}"));
                }
            }
        }
    }
    eprintln!("taken and refused: {counts:?}");
    assert!(surprises.is_empty(), "refused, and not in the list:\n{}", surprises.join("\n"));
}

#[test]
fn a_pattern_stands_for_whole_paths() {
    assert!(fits("/usr/*/a.gz", "/usr/share/doc/a.gz") && fits("*", "") && fits("a*", "a"));
    assert!(!fits("/usr/*/a.gz", "/usr/share/doc/b.gz") && !fits("a", "ab") && !fits("a*b", "abc"));
}
