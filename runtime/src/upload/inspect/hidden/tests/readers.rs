//! The search against programs that read archives: what one of them opens is refused.
//!
//! Every archive is an ordinary one, made by a program or by our tests, and put behind, before or into
//! an ordinary picture. A program that is missing is named, and the others are asked.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::{build, carriers, formats, judge, judge_whole};
use crate::{private_folder::tests::Place, upload::inspect::tests::film_box};

/// Programs that list what is in an archive, and their Debian packages.
const READERS: &[(&str, &[&str])] = &[
    ("unzip", &["-l"]),
    ("python3", &["-m", "zipfile", "-l"]),
    ("python3", &["-m", "tarfile", "-l"]),
    ("bsdtar", &["-tf"]),
    ("7zz", &["l", "-p"]),
    ("tar", &["-tf"]),
    ("cabextract", &["-l"]),
    ("arj", &["l"]),
];

/// Programs that make an archive of `a.txt`, by the name of the archive.
const WRITERS: &[(&str, &str, &[&str])] = &[
    ("a.7z", "7zz", &["a", "-bso0", "a.7z", "a.txt"]),
    ("w.zip", "7zz", &["a", "-bso0", "w.zip", "a.txt"]),
    ("a.wim", "7zz", &["a", "-bso0", "a.wim", "a.txt"]),
    ("a.tar", "tar", &["-cf", "a.tar", "a.txt"]),
    ("old.tar", "tar", &["--format=v7", "-cf", "old.tar", "a.txt"]),
    ("a.cpio", "bsdtar", &["-c", "--format", "newc", "-f", "a.cpio", "a.txt"]),
    ("a.xar", "bsdtar", &["-c", "--format", "xar", "-f", "a.xar", "a.txt"]),
    ("a.iso", "bsdtar", &["-c", "--format", "iso9660", "-f", "a.iso", "a.txt"]),
    ("a.tar.xz", "bsdtar", &["-cJf", "a.tar.xz", "a.txt"]),
    ("a.tar.bz2", "bsdtar", &["-cjf", "a.tar.bz2", "a.txt"]),
    ("a.tar.zst", "bsdtar", &["-c", "--zstd", "-f", "a.tar.zst", "a.txt"]),
    ("a.tar.gz", "bsdtar", &["-czf", "a.tar.gz", "a.txt"]),
    ("a.arj", "arj", &["a", "-y", "a.arj", "a.txt"]),
];

fn programs() -> impl Iterator<Item = &'static str> {
    READERS
        .iter()
        .map(|(program, _)| *program)
        .chain(WRITERS.iter().map(|(_, program, _)| *program))
}

pub(super) fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stderr(Stdio::null());
    let done = command.output().ok()?;
    Some(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Names the programs that a test did without, once for each test.
pub(super) fn say_missing(test: &str, programs: impl IntoIterator<Item = &'static str>) {
    let missing: BTreeSet<_> = programs
        .into_iter()
        .filter(|program| Command::new(program).stdin(Stdio::null()).output().is_err())
        .collect();
    if !missing.is_empty() {
        eprintln!("SKIPPED {test}: not installed: {missing:?}");
    }
}

/// Ordinary archives with one entry, `a.txt`.
fn archives(folder: &Path) -> Vec<(String, Vec<u8>)> {
    fs::write(folder.join("a.txt"), "some text\n").unwrap();
    let mut archives = vec![
        ("a zip of ours".to_owned(), build::zip(&[("a.txt", b"some text\n")])),
        (
            "a zip of ours with a comment".to_owned(),
            formats::zip_with_comment("a.txt", b"some text\n", &[b'c'; 300]),
        ),
        ("a tar of ours".to_owned(), formats::tar(&[("a.txt", b"some text\n")])),
        ("a gzip of ours".to_owned(), build::gzip(b"some text\n")),
    ];
    for (name, program, arguments) in WRITERS {
        let _made = run(program, arguments, folder);
        // A program may be built without a format.
        if let Ok(archive) = fs::read(folder.join(name)) {
            archives.push(((*name).to_owned(), archive));
        }
    }
    archives
}

#[test]
fn what_a_program_opens_is_refused() {
    let place = Place::new();
    let folder = place.join("");
    let mut taken = 0;
    for (name, archive) in archives(&folder) {
        let picture = build::Png::default().bytes();
        // A tar begins at one of its blocks for some programs.
        let aligned = {
            let mut bytes = picture.clone();
            bytes.resize(bytes.len().next_multiple_of(512), 0);
            [bytes, archive.clone()].concat()
        };
        let mut files = carriers(&archive);
        files.push(("behind a picture", [picture.as_slice(), &archive].concat()));
        files.push(("before a picture", [archive.as_slice(), &picture].concat()));
        files.push(("behind a picture, aligned", aligned));
        for (what, bytes) in files {
            let judged = judge(&bytes);
            if judged.is_err() {
                continue;
            }
            taken += 1;
            fs::write(folder.join("file.bin"), &bytes).unwrap();
            for (reader, arguments) in READERS {
                let arguments = [arguments, &["file.bin"][..]].concat();
                let Some(said) = run(reader, &arguments, &folder) else { continue };
                assert!(!said.contains("a.txt"), "{reader} opens {name}, {what}: {judged:?}");
            }
        }
    }
    say_missing("what_a_program_opens_is_refused", programs());
    // The pieces of a GIF's comment, at least.
    assert!(taken > 0, "every file is refused: nothing was compared");
}

/// What is behind the end of a photo is not kept: no program finds an archive in what is.
#[test]
fn what_is_kept_of_a_file_with_a_trailer_opens_nowhere() {
    let place = Place::new();
    let folder = place.join("");
    let mut compared = 0;
    for (name, archive) in archives(&folder) {
        // As a program packs it, and as it is kept where nothing searches it: cut in two.
        let (start, end) = archive.split_at(archive.len() / 2);
        let photo = build::jpeg(16, 16);
        let film = [film_box(b"ftyp", b"mp42"), film_box(b"mdat", start)].concat();
        for (what, bytes) in [
            ("a film", [photo.as_slice(), &film].concat()),
            ("two films", [photo.as_slice(), &film, &film_box(b"free", end)].concat()),
            ("a filling", [photo.as_slice(), &[0; 1_024]].concat()),
        ] {
            let Ok(judged) = judge_whole(&bytes) else { continue };
            let kept = bytes.len() - usize::try_from(judged.behind).unwrap();
            assert!(bytes[..kept] == photo, "{name} in {what}");
            compared += 1;
            fs::write(folder.join("file.bin"), &bytes[..kept]).unwrap();
            for (reader, arguments) in READERS {
                let arguments = [arguments, &["file.bin"][..]].concat();
                let Some(said) = run(reader, &arguments, &folder) else { continue };
                assert!(!said.contains("a.txt"), "{reader} opens {name}, {what}");
            }
        }
    }
    say_missing("what_is_kept_of_a_file_with_a_trailer_opens_nowhere", programs());
    assert!(compared > 0, "every file is refused: nothing was compared");
}

/// The test above says something only if the programs do open what it is about.
#[test]
fn the_programs_open_archives_behind_pictures() {
    let place = Place::new();
    let folder = place.join("");
    let picture = build::Png::default().bytes();
    let mut openers = Vec::new();
    for (name, archive) in archives(&folder) {
        let bytes = [picture.as_slice(), &archive].concat();
        assert!(judge(&bytes).is_err(), "{name}");
        fs::write(folder.join("file.bin"), &bytes).unwrap();
        for (reader, arguments) in READERS {
            let arguments = [arguments, &["file.bin"][..]].concat();
            match run(reader, &arguments, &folder) {
                Some(said) if said.contains("a.txt") => openers.push((*reader, name.clone())),
                _ => {}
            }
        }
    }
    let is_there = |program: &str| run(program, &["--help"], &folder).is_some();
    for program in ["unzip", "python3", "bsdtar", "7zz"] {
        if is_there(program) {
            assert!(openers.iter().any(|(reader, _)| *reader == program), "{program}: {openers:?}");
        }
    }
}
