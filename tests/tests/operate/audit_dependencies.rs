//! The advisories about our own lock file.

use std::path::{Path, PathBuf};

use cargo_palisade::{
    audit::{AuditArgs, run},
    check::Format,
};

fn audit(db: Option<PathBuf>) -> (u8, String, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest_path = Some(root.join("Cargo.toml"));
    let args = AuditArgs { db, lock: None, format: Format::Human, manifest_path };
    let (mut out, mut log) = (Vec::new(), Vec::new());
    let code = run(&args, &mut out, &mut log).unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (code, text(out), text(log))
}

/// By the snapshot of this repository.
#[test]
fn nothing_that_we_depend_on_is_vulnerable() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (code, out, log) = audit(Some(root.join("advisories")));
    assert_eq!(code, 0, "{out}{log}");
    assert!(log.contains(": 0 vulnerable"), "{log}");
}
