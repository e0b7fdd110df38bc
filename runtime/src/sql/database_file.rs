//! The files of a SQLite database, for the user of this process alone.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions, Permissions},
    io, iter,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::{
    private_folder::{NotPrivate, private_file, user},
    regular_file,
};

/// The suffixes of SQLite's additional files. SQLite gives these files the mode that the database
/// has when they are made.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

const PRIVATE: u32 = 0o600;

/// As many links in a row as Linux follows.
const MOST_LINKS: usize = 40;

/// Refuses an existing path that is not a regular file: SQLite would wait for the other end of a
/// pipe.
pub(super) fn check_regular(database: &Path) -> Result<(), NotPrivate> {
    regular_file::check_path(database).map_err(|error| NotPrivate::Io(database.to_owned(), error))
}

/// Makes the file, if it is to be made, before SQLite does, which would leave the mode to the umask
/// (CWE-276); removes the permissions of other users from existing files.
///
/// The mode of another user's file cannot be changed: the file is refused if other users can read
/// or change it.
pub(super) fn make_private(database: &Path, create: bool, tighten: bool) -> Result<(), NotPrivate> {
    let fault = |error| NotPrivate::Io(database.to_owned(), error);
    if create {
        make(database).map_err(fault)?;
    }
    if !tighten {
        return Ok(());
    }
    // SQLite puts the other files beside the one that a link leads to.
    let file = match fs::canonicalize(database) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => database.to_owned(),
        Err(error) => return Err(fault(error)),
    };
    for ending in BESIDE {
        let mut name = OsString::from(&file);
        name.push(ending);
        take_from_others(&PathBuf::from(name))?;
    }
    Ok(())
}

/// Makes a missing file, at the end of the links that lead to it. An existing file is not opened:
/// closing it would release this process's locks on it.
fn make(database: &Path) -> io::Result<()> {
    let mut path = database.to_owned();
    for () in iter::repeat_n((), MOST_LINKS) {
        match OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&path) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        // A link is there, or something that leads no further, which SQLite opens or refuses.
        let Ok(target) = fs::read_link(&path) else { return Ok(()) };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Ok(())
}

/// By the path, and never by an open file: closing one releases all locks of this process on the
/// database, those of SQLite among them (POSIX `fcntl`). A user who could replace the file
/// meanwhile can write to its folder.
fn take_from_others(path: &Path) -> Result<(), NotPrivate> {
    let fault = |error| NotPrivate::Io(path.to_owned(), error);
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(fault(error)),
    };
    // What is beside the database and is not a file is not SQLite's.
    if !found.is_file() {
        return Ok(());
    }
    match private_file(path, &found) {
        Err(NotPrivate::File(_, mode)) if found.uid() == user() => {
            fs::set_permissions(path, Permissions::from_mode(PRIVATE)).map_err(fault)?;
            tracing::warn!(
                file = %path.display(),
                "the database file had mode {mode:03o}, so other users could read or change it: it \
                 has mode 600 now"
            );
            Ok(())
        }
        judged => judged,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink, path::Path};

    use super::make_private;
    use crate::{
        private_folder::tests::{Place, mode, set, under_umask},
        regular_file::tests::pipe,
        sql::{Db, ErrorKind},
    };

    async fn fill(db: &Db) {
        use crate::sql::{
            bind::Binds,
            query::query,
            statement::{Part, Statement, StatementKind},
        };

        static TABLE: Statement = Statement {
            texts: [
                Some(&[Part::Text("CREATE TABLE IF NOT EXISTS items (id INTEGER)")]),
                None,
                None,
            ],
            columns: &[],
            schema: None,
            file: file!(),
            line: 1,
            kind: StatementKind::Other,
            weakened: &[],
        };
        query::<(), _>(&TABLE, |_: &mut Binds| Ok(())).execute(db).await.unwrap();
    }

    fn modes(path: &Path) -> [u32; 3] {
        ["", "-wal", "-shm"].map(|ending| mode(Path::new(&format!("{}{ending}", path.display()))))
    }

    #[tokio::test]
    async fn a_new_database_and_the_files_beside_it_are_for_their_user_alone() {
        let place = Place::new();
        let path = place.join("new.sqlite");
        let db = Db::open_file(&path).await.unwrap();
        fill(&db).await;
        assert_eq!(modes(&path), [0o600; 3]);
        db.close().await;
        let by_url = place.join("by-url.sqlite");
        let db = Db::connect(format!("sqlite:{}", by_url.display())).await.unwrap();
        fill(&db).await;
        assert_eq!(modes(&by_url), [0o600; 3]);
        db.close().await;
    }

    #[test]
    fn the_modes_do_not_depend_on_the_umask() {
        for test in [
            "a_new_database_and_the_files_beside_it_are_for_their_user_alone",
            "a_database_behind_a_link_is_for_its_user_alone_where_it_is",
        ] {
            let test = format!("sql::database_file::tests::{test}");
            under_umask("000", &test);
            under_umask("077", &test);
        }
    }

    #[tokio::test]
    async fn a_database_behind_a_link_is_for_its_user_alone_where_it_is() {
        let place = Place::new();
        let data = place.join("data");
        fs::create_dir(&data).unwrap();
        symlink("data", place.join("folder")).unwrap();
        let (absolute, relative) = (place.join("absolute.sqlite"), place.join("relative.sqlite"));
        symlink(data.join("one.sqlite"), &absolute).unwrap();
        symlink("again.sqlite", &relative).unwrap();
        symlink("folder/two.sqlite", place.join("again.sqlite")).unwrap();
        for (link, file) in
            [(absolute, data.join("one.sqlite")), (relative, data.join("two.sqlite"))]
        {
            let db = Db::open_file(&link).await.unwrap();
            fill(&db).await;
            assert_eq!(modes(&file), [0o600; 3], "{}", link.display());
            for ending in ["", "-wal", "-shm"] {
                set(Path::new(&format!("{}{ending}", file.display())), 0o644);
            }
            let again = Db::open_file(&link).await.unwrap();
            assert_eq!(modes(&file), [0o600; 3], "{} again", link.display());
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            again.close().await;
            db.close().await;
        }
        // One that leads to itself, and one into a folder that is not there.
        let (circle, lost) = (place.join("circle.sqlite"), place.join("lost.sqlite"));
        symlink("circle.sqlite", &circle).unwrap();
        symlink("missing/a.sqlite", &lost).unwrap();
        for link in [circle, lost] {
            let error = Db::open_file(&link).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", link.display());
        }
    }

    #[tokio::test]
    async fn a_database_that_others_can_read_becomes_private() {
        let place = Place::new();
        let path = place.join("old.sqlite");
        let db = Db::open_file(&path).await.unwrap();
        fill(&db).await;
        // As a service left it that was killed before this check existed.
        for ending in ["", "-wal", "-shm"] {
            set(Path::new(&format!("{}{ending}", path.display())), 0o644);
        }
        let again = Db::open_file(&path).await.unwrap();
        fill(&again).await;
        assert_eq!(modes(&path), [0o600; 3]);
        db.close().await;
        again.close().await;
    }

    #[tokio::test]
    async fn a_mode_can_be_kept_on_purpose_and_a_read_only_database_keeps_its_own() {
        let place = Place::new();
        let path = place.join("shared.sqlite");
        Db::open_file(&path).await.unwrap().close().await;
        set(&path, 0o640);
        Db::options().dangerous_keep_file_mode().open_file(&path).await.unwrap().close().await;
        assert_eq!(mode(&path), 0o640);
        let url = format!("sqlite:{}?mode=ro", path.display());
        Db::connect(url).await.unwrap().close().await;
        assert_eq!(mode(&path), 0o640);
        // A new one is made with the right mode, and not changed to it when others could have read it.
        let new = place.join("new.sqlite");
        Db::options().dangerous_keep_file_mode().open_file(&new).await.unwrap().close().await;
        assert_eq!(mode(&new), 0o600);
    }

    #[tokio::test]
    async fn a_pipe_is_not_a_database_and_keeps_nobody_waiting() {
        let place = Place::new();
        let path = place.join("pipe.sqlite");
        pipe(&path);
        let shown = path.display();
        for mode in ["", "?mode=ro", "?mode=rw", "?mode=rwc"] {
            let error = Db::connect(format!("sqlite:{shown}{mode}")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{mode}");
            assert!(error.to_string().contains("it is a pipe"), "{mode}: {error}");
        }
    }

    #[tokio::test]
    async fn a_database_that_cannot_be_made_names_its_path() {
        let place = Place::new();
        let path = place.join("missing").join("a.sqlite");
        let error = Db::open_file(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("a.sqlite"), "{error}");
    }

    #[test]
    fn a_database_of_another_user_is_not_changed() {
        // Only root can give a file away.
        if crate::private_folder::user() != 0 {
            return;
        }
        let place = Place::new();
        let path = place.join("theirs.sqlite");
        fs::write(&path, "").unwrap();
        set(&path, 0o644);
        std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
        assert!(make_private(&path, true, true).is_err());
        assert_eq!(mode(&path), 0o644);
    }
}
