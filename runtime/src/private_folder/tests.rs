//! Folders of every mode and owner.

use std::{
    env, fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink},
    path::{Path, PathBuf},
    process::{self, Command},
};

use super::{NotPrivate, PrivateFolder, folder_of_private_file, private_file, replaceable, user};
use crate::RequestId;

/// A place of its own, removed at the end.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        let name = format!("palisade-private-{}-{}", process::id(), RequestId::next());
        let place = env::temp_dir().join(name);
        fs::create_dir(&place).unwrap();
        Self(place)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn folder(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.join(name);
        fs::create_dir(&path).unwrap();
        set(&path, mode);
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _removed = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// Runs one test of this binary again, in a process of its own, under a umask.
pub(crate) fn under_umask(umask: &str, test: &str) {
    let this = env::current_exe().unwrap();
    let script = format!("umask {umask} && exec \"$0\" --exact \"$1\" --include-ignored");
    let run = Command::new("sh").args(["-c", &script]).arg(this).arg(test).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "umask {umask}: {said}");
}

#[test]
fn a_missing_folder_is_made_for_its_user_alone_with_its_parents() {
    let place = Place::new();
    let path = place.join("a").join("b");
    assert_eq!(PrivateFolder::open(&path).unwrap().path(), path);
    assert_eq!((mode(&path), mode(&place.join("a"))), (0o700, 0o700));
    PrivateFolder::open(&path).unwrap();
}

#[test]
fn the_modes_do_not_depend_on_the_umask() {
    let test =
        "private_folder::tests::a_missing_folder_is_made_for_its_user_alone_with_its_parents";
    under_umask("000", test);
    under_umask("077", test);
}

#[test]
fn a_folder_that_others_can_enter_is_refused_and_left_as_it_is() {
    let place = Place::new();
    for wide in [0o755, 0o777, 0o750, 0o701, 0o2770, 0o1777] {
        let path = place.folder(&format!("{wide:o}"), wide);
        let error = PrivateFolder::open(&path).unwrap_err();
        assert!(matches!(error, NotPrivate::Folder(..)), "{wide:o}: {error}");
        let said = error.to_string();
        for part in [&format!("{wide:03o}"), "chmod 700", "StateDirectoryMode=0700"] {
            assert!(said.contains(part), "{said}");
        }
        assert_eq!(mode(&path), wide);
        // What the message proposes: a folder in a volume whose mode cannot be changed.
        PrivateFolder::open(path.join("inside")).unwrap();
    }
    for private in [0o700, 0o500, 0o2700] {
        PrivateFolder::open(place.folder(&format!("{private:o}"), private)).unwrap();
    }
}

#[test]
fn a_link_is_judged_by_the_folder_that_it_leads_to() {
    let place = Place::new();
    let (private, wide) = (place.folder("private", 0o700), place.folder("wide", 0o755));
    symlink(private, place.join("to-private")).unwrap();
    symlink(wide, place.join("to-wide")).unwrap();
    PrivateFolder::open(place.join("to-private")).unwrap();
    assert!(PrivateFolder::open(place.join("to-wide")).is_err());
}

#[test]
fn a_folder_above_that_others_can_write_to_is_named() {
    let place = Place::new();
    for (mode, is_named) in
        [(0o700, false), (0o755, false), (0o1777, false), (0o777, true), (0o770, true)]
    {
        let above = place.folder(&format!("{mode:o}"), mode);
        let path = above.join("in").join("private");
        PrivateFolder::open(&path).unwrap();
        let found = replaceable(&path);
        assert_eq!(found, is_named.then(|| (above.canonicalize().unwrap(), mode)), "{mode:o}");
    }
    // A link can be replaced where it is, and the folder where that is.
    let (open, closed) = (place.join("777"), place.join("700"));
    symlink(closed.join("in"), open.join("link")).unwrap();
    symlink(open.join("in"), closed.join("link")).unwrap();
    for link in [open.join("link"), closed.join("link")] {
        PrivateFolder::open(&link).unwrap();
        assert_eq!(replaceable(&link).map(|(_, mode)| mode), Some(0o777), "{}", link.display());
    }
}

#[test]
fn a_file_is_not_a_folder() {
    let place = Place::new();
    fs::write(place.join("file"), "").unwrap();
    let error = PrivateFolder::open(place.join("file")).unwrap_err();
    assert!(matches!(error, NotPrivate::NoFolder(_)), "{error}");
    assert!(PrivateFolder::open(place.join("file").join("in")).is_err());
}

#[test]
fn a_folder_of_another_user_is_refused() {
    // Only root can give a folder away.
    if user() != 0 {
        return;
    }
    let place = Place::new();
    let path = place.folder("theirs", 0o700);
    chown(&path, Some(65_534), None).unwrap();
    let error = PrivateFolder::open(&path).unwrap_err();
    assert!(matches!(error, NotPrivate::Owner(_, 65_534)), "{error}");
    assert!(error.to_string().contains("chown"), "{error}");
}

#[test]
fn the_folder_of_a_private_file_may_be_listed_and_not_written_to() {
    let place = Place::new();
    for (mode, fits) in
        [(0o700, true), (0o755, true), (0o1777, true), (0o777, false), (0o770, false)]
    {
        let path = place.folder(&format!("{mode:o}"), mode);
        assert_eq!(folder_of_private_file(&path.join("secret")).is_ok(), fits, "{mode:o}");
    }
    // A file that is named without a folder is in the working directory, whatever its mode is.
    let here = folder_of_private_file(Path::new("secret"));
    assert!(!matches!(here, Err(NotPrivate::Io(..) | NotPrivate::NoFolder(_))), "{here:?}");
}

#[test]
fn a_private_file_gives_nothing_to_others() {
    let place = Place::new();
    let path = place.join("file");
    fs::write(&path, "").unwrap();
    for (mode, fits) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
        set(&path, mode);
        let found = fs::metadata(&path).unwrap();
        assert_eq!(private_file(&path, &found).is_ok(), fits, "{mode:o}");
    }
}
