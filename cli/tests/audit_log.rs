//! `cargo palisade audit-log verify`, as a program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::{fs, path::Path, process::Command};

use palisade_audit::{Chain, Head, Key, head_path};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Four lines with a key.
fn trail(folder: &Path) {
    let key = Key::new(SECRET.as_bytes()).unwrap();
    let mut chain = Chain::default();
    let lines: Vec<_> =
        (0..4).map(|number| chain.join(&format!("{{\"a\":{number}}}"), Some(&key))).collect();
    fs::write(folder.join("audit.jsonl"), lines.join("\n") + "\n").unwrap();
    fs::write(head_path(&folder.join("audit.jsonl")), Head::text(&chain, 1, Some(&key))).unwrap();
    fs::write(folder.join("key"), format!("{SECRET}\n")).unwrap();
}

fn verify(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-palisade"));
    command.current_dir(folder).args(["audit-log", "verify"]).args(args);
    let output = command.env_remove("PALISADE_AUDIT_KEY").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_whole_trail_passes_and_a_changed_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    trail(folder);
    for args in [&["audit.jsonl"][..], &["audit.jsonl", "--key-file", "key"]] {
        let (code, out, log) = verify(folder, args);
        assert_eq!((code, &*log), (Some(0), ""));
        assert_eq!(out, "4 lines, numbers 1 to 4\n");
    }
    let text = fs::read_to_string(folder.join("audit.jsonl")).unwrap();
    let kept: Vec<_> = text.lines().filter(|line| !line.contains("\"a\":1")).collect();
    fs::write(folder.join("audit.jsonl"), kept.join("\n") + "\n").unwrap();
    let (code, out, _) = verify(folder, &["audit.jsonl"]);
    assert_eq!(code, Some(1));
    assert_eq!(out, "audit.jsonl:2: missing before this line: line 2\n3 lines, numbers 1 to 4\n");
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, log) = verify(folder.path(), &["audit.jsonl"]);
    assert_eq!(code, Some(2));
    assert!(log.starts_with("error: `audit.jsonl`: "), "{log}");
    trail(folder.path());
    fs::write(folder.path().join("key"), "short").unwrap();
    let (code, _, log) = verify(folder.path(), &["audit.jsonl", "--key-file", "key"]);
    assert_eq!(code, Some(2));
    assert!(log.contains("`key`: a key of an audit file has at least 32"), "{log}");
}
