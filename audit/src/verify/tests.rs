use std::{
    fs,
    path::{Path, PathBuf},
};

use super::verify;
use crate::{Chain, Finding, Head, Key, LastLine, head_path};

fn last_line(path: &Path) -> Option<LastLine> {
    super::last_line(fs::File::open(path).unwrap()).unwrap()
}

/// A trail of two files with three lines each.
struct Trail {
    folder: tempfile::TempDir,
    key: Option<Key>,
}

impl Trail {
    fn new(key: Option<Key>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut chain = Chain::default();
        let mut write = |name: &str| {
            let lines: Vec<_> = (0..3)
                .map(|number| chain.join(&format!("{{\"a\":\"{name} {number}\"}}"), key.as_ref()))
                .collect();
            fs::write(folder.path().join(name), lines.join("\n") + "\n").unwrap();
        };
        write("audit.000000000001");
        write("audit");
        let head = Head::text(&chain, 1, key.as_ref());
        fs::write(head_path(&folder.path().join("audit")), head).unwrap();
        Self { folder, key }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn change(&self, name: &str, change: impl FnOnce(Vec<String>) -> Vec<String>) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        let lines = change(text.lines().map(str::to_owned).collect());
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.path(name), text).unwrap();
    }

    fn findings(&self) -> Vec<Finding> {
        verify(self.path("audit"), self.key.as_ref()).unwrap().findings
    }
}

fn keys() -> [Option<Key>; 2] {
    [None, Some(Key::new(&[7; 32]).unwrap())]
}

#[test]
fn a_whole_trail_has_no_findings() {
    for key in keys() {
        let trail = Trail::new(key);
        let report = verify(trail.path("audit"), trail.key.as_ref()).unwrap();
        assert!(report.is_whole(), "{report:?}");
        assert_eq!((report.lines, report.first, report.last), (6, Some(1), Some(6)));
    }
}

#[test]
fn a_line_that_was_deleted_is_missing() {
    for key in keys() {
        let trail = Trail::new(key);
        trail.change("audit.000000000001", |mut lines| {
            lines.remove(1);
            lines
        });
        let file = trail.path("audit.000000000001");
        assert_eq!(trail.findings(), [Finding::Missing { file, line: 2, from: 2, to: 2 }]);
    }
}

#[test]
fn a_file_that_was_deleted_in_between_is_missing() {
    let trail = Trail::new(None);
    fs::rename(trail.path("audit"), trail.path("audit.000000000004")).unwrap();
    let mut chain = last_line(&trail.path("audit.000000000004")).unwrap().chain;
    fs::write(trail.path("audit"), chain.join("{\"a\":7}", None) + "\n").unwrap();
    fs::write(head_path(&trail.path("audit")), Head::text(&chain, 1, None)).unwrap();
    assert_eq!(trail.findings(), []);
    fs::remove_file(trail.path("audit.000000000004")).unwrap();
    let file = trail.path("audit");
    assert_eq!(trail.findings(), [Finding::Missing { file, line: 1, from: 4, to: 6 }]);
}

#[test]
fn a_line_that_was_changed_is_named() {
    for key in keys() {
        for (name, place) in [("audit.000000000001", 0), ("audit.000000000001", 2), ("audit", 2)] {
            let trail = Trail::new(key.clone());
            trail.change(name, |mut lines| {
                lines[place] = lines[place].replace(&format!("{name} {place}"), "something else");
                lines
            });
            let line = u64::try_from(place).unwrap() + 1;
            let file = trail.path(name);
            assert_eq!(trail.findings(), [Finding::Changed { file, line }], "{name} {place}");
        }
    }
}

#[test]
fn lines_that_were_cut_off_are_missing_by_the_head() {
    for key in keys() {
        let trail = Trail::new(key);
        trail.change("audit", |lines| lines[..1].to_vec());
        assert_eq!(trail.findings(), [Finding::CutOff { from: 5, to: 6 }]);
        fs::remove_file(trail.path("audit")).unwrap();
        assert_eq!(trail.findings(), [Finding::CutOff { from: 4, to: 6 }]);
        fs::remove_file(head_path(&trail.path("audit"))).unwrap();
        assert!(matches!(trail.findings()[..], [Finding::NoHead { .. }]));
    }
}

#[test]
fn first_files_that_were_deleted_are_missing_unless_the_head_says_that_they_were_removed() {
    for key in keys() {
        let trail = Trail::new(key);
        fs::remove_file(trail.path("audit.000000000001")).unwrap();
        assert_eq!(trail.findings(), [Finding::Removed { from: 1, to: 3 }]);
        let chain = last_line(&trail.path("audit")).unwrap().chain;
        let head = |first, key: Option<&Key>| {
            fs::write(head_path(&trail.path("audit")), Head::text(&chain, first, key)).unwrap();
        };
        head(4, trail.key.as_ref());
        assert_eq!(trail.findings(), []);
        head(3, trail.key.as_ref());
        assert_eq!(trail.findings(), [Finding::Removed { from: 3, to: 3 }]);
        // The number is authenticated.
        if trail.key.is_some() {
            head(4, None);
            assert!(matches!(trail.findings()[..], [Finding::HeadUnsigned { .. }]));
        }
        fs::write(trail.path("audit"), "").unwrap();
        head(4, trail.key.as_ref());
        assert_eq!(trail.findings(), [Finding::CutOff { from: 4, to: 6 }]);
    }
}

#[test]
fn the_last_line_says_which_key_it_was_written_with() {
    let (key, other) = (Key::new(&[7; 32]).unwrap(), Key::new(&[8; 32]).unwrap());
    let trail = Trail::new(Some(key.clone()));
    let last = last_line(&trail.path("audit")).unwrap();
    assert!(last.is_signed() && last.is_signed_by(&key) && !last.is_signed_by(&other));
    let last = last_line(&Trail::new(None).path("audit")).unwrap();
    assert!(!last.is_signed() && !last.is_signed_by(&key));
}

#[test]
fn what_is_not_a_regular_file_is_refused() {
    let trail = Trail::new(None);
    fs::remove_file(trail.path("audit")).unwrap();
    fs::create_dir(trail.path("audit")).unwrap();
    let error = verify(trail.path("audit"), None).unwrap_err();
    assert!(error.to_string().contains("is not a regular file"), "{error}");
}

#[test]
fn lines_that_were_moved_or_copied_are_out_of_order() {
    let trail = Trail::new(None);
    trail.change("audit", |mut lines| {
        lines.push(lines[0].clone());
        lines
    });
    let file = trail.path("audit");
    assert_eq!(trail.findings(), [Finding::OutOfOrder { file, line: 4, seq: 4 }]);
}

#[test]
fn a_new_chain_passes_without_the_key_and_not_with_it() {
    let trail = Trail::new(Some(Key::new(&[7; 32]).unwrap()));
    let mut chain = Chain::default();
    for name in ["audit.000000000001", "audit"] {
        trail.change(name, |lines| {
            lines.iter().map(|_| chain.join("{\"a\":\"forged\"}", None)).collect()
        });
    }
    fs::write(head_path(&trail.path("audit")), Head::text(&chain, 1, None)).unwrap();
    assert!(verify(trail.path("audit"), None).unwrap().is_whole());
    let findings = trail.findings();
    assert_eq!(findings.len(), 7, "{findings:?}");
    assert!(matches!(findings[0], Finding::Unsigned { line: 1, .. }), "{findings:?}");
    assert!(matches!(findings[6], Finding::HeadUnsigned { .. }), "{findings:?}");
    let mut chain = Chain::default();
    let other = Key::new(&[8; 32]).unwrap();
    trail.change("audit.000000000001", |lines| {
        lines.iter().map(|_| chain.join("{\"a\":\"forged\"}", Some(&other))).collect()
    });
    assert!(matches!(trail.findings()[0], Finding::Changed { line: 1, .. }));
}

#[test]
fn a_torn_line_is_named_and_passed_over() {
    let trail = Trail::new(None);
    let path = trail.path("audit");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}{{\"a\":\"to")).unwrap();
    let LastLine { mut chain, torn, .. } = last_line(&path).unwrap();
    assert_eq!((chain.seq(), torn.as_deref()), (6, Some("{\"a\":\"to")));
    chain.pass_over(torn.as_deref().unwrap());
    let next = chain.join("{\"a\":7}", None);
    fs::write(&path, format!("{text}{{\"a\":\"to\n{next}\n")).unwrap();
    fs::write(head_path(&path), Head::text(&chain, 1, None)).unwrap();
    assert_eq!(trail.findings(), [Finding::Malformed { file: path.clone(), line: 4 }]);
    let again = last_line(&path).unwrap();
    assert_eq!((again.chain, again.torn), (chain, None));
}

#[test]
fn where_nothing_is_a_chain_begins() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("audit"), "").unwrap();
    assert_eq!(last_line(&folder.path().join("audit")), None);
    assert_eq!(Head::read(Path::new("/does/not/exist")).unwrap(), None);
    fs::write(head_path(&folder.path().join("audit")), "anything\n").unwrap();
    assert!(Head::read(&folder.path().join("audit")).is_err());
}

#[test]
fn each_byte_of_the_files_counts() {
    for key in keys() {
        let trail = Trail::new(key);
        for name in ["audit.000000000001", "audit", "audit.head"] {
            let bytes = fs::read(trail.path(name)).unwrap();
            for place in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[place] ^= 1;
                fs::write(trail.path(name), changed).unwrap();
                let findings = verify(trail.path("audit"), trail.key.as_ref());
                // A malformed head cannot be read.
                let is_seen = findings.map_or(true, |report| !report.is_whole());
                assert!(is_seen, "{name} {place}");
            }
            fs::write(trail.path(name), bytes).unwrap();
        }
        assert_eq!(trail.findings(), []);
    }
}
