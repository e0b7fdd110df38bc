use std::{fs, path::PathBuf};

use super::{StaticFiles, StaticFilesError};

/// A folder of a test's own, which is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("palisade-static-{name}-{}", std::process::id()));
        let _old = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &[u8]) -> &Self {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn load(&self) -> Result<StaticFiles, StaticFilesError> {
        StaticFiles::load("/assets", &self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_is_served_is_what_has_a_known_type_and_no_dot() {
    let scratch = Scratch::new("types");
    scratch
        .file("app.js", b"a()")
        .file("a b/caf\u{e9}.css", b"a{}")
        .file(".env", b"SECRET=1")
        .file(".git/config.txt", b"x")
        .file("a b/.hidden.js", b"x")
        .file("run.sh", b"x")
        .file("noextension", b"x")
        .file("dump.sql", b"x");
    let files = scratch.load().unwrap();
    assert_eq!(files.len(), 2);
    for hidden in [
        ".env",
        ".git/config.txt",
        "a b/.hidden.js",
        "run.sh",
        "noextension",
        "dump.sql",
        "",
        "a b",
    ] {
        assert_eq!(files.integrity(hidden), None, "{hidden}");
    }
    // `openssl dgst -sha384 -binary | base64` of `a()`.
    let digest = super::digest::sha384(b"a()");
    assert_eq!(files.integrity("app.js"), Some(digest.as_str()));
    let url = files.url("a b/caf\u{e9}.css").unwrap();
    assert!(url.starts_with("/assets/a%20b/caf%C3%A9.css?v="), "{url}");
    assert_eq!(files.url("../app.js"), None);
}

#[test]
fn what_must_not_be_served_keeps_the_service_from_starting() {
    let scratch = Scratch::new("cap");
    scratch.file("a.js", b"12345").file("b.js", b"12345");
    assert!(StaticFiles::at("/").max_bytes(10).load(&scratch.0).is_ok());
    let full = StaticFiles::at("/").max_bytes(9).load(&scratch.0);
    assert!(matches!(full, Err(StaticFilesError::TooLarge(..))), "{full:?}");
    let missing = StaticFiles::load("/", scratch.0.join("nowhere"));
    assert!(matches!(missing, Err(StaticFilesError::Read(..))), "{missing:?}");
    for name in ["latin.js", "page.html", "x.svg"] {
        let scratch = Scratch::new("latin");
        scratch.file(name, b"caf\xe9");
        assert!(matches!(scratch.load(), Err(StaticFilesError::NotText(_))), "{name}");
    }
    let scratch = Scratch::new("names");
    scratch.file("50%25.js", b"x");
    assert!(matches!(scratch.load(), Err(StaticFilesError::Odd(_))));
    for mount in
        ["", "assets", "/assets/", "//a", "/a//b", "/{a}", "/a/..", "/.", "/a%20", "/a b", "/a?b"]
    {
        let found = StaticFiles::load(mount, std::env::temp_dir());
        assert!(matches!(found, Err(StaticFilesError::Mount(_))), "{mount}: {found:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_stay_in_the_folder() {
    use std::os::unix::fs::symlink;
    let outside = Scratch::new("outside");
    outside.file("secret.txt", b"42");
    let fine = Scratch::new("fine");
    fine.file("real.js", b"a()");
    symlink(fine.0.join("real.js"), fine.0.join("link.js")).unwrap();
    let files = fine.load().unwrap();
    assert_eq!(files.integrity("link.js"), files.integrity("real.js"));
    for target in [
        outside.0.join("secret.txt"),
        outside.0.clone(),
        "../".into(),
        ".env".into(),
        "nowhere".into(),
    ] {
        let scratch = Scratch::new("link");
        scratch.file("a.js", b"a()").file(".env", b"SECRET=1");
        symlink(&target, scratch.0.join("b.txt")).unwrap();
        assert!(scratch.load().is_err(), "{}", target.display());
    }
}
