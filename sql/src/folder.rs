//! The folder of migrations, in the layout of sqlx.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{dialect::Dialect, migration::Migration, schema::Schema};

/// The content of a folder of migrations.
#[derive(Debug)]
pub struct Folder {
    /// Its path.
    pub path: PathBuf,
    /// The migrations of each database, in the order of [`Dialect::ALL`] and of their versions.
    pub sets: [Vec<Migration>; 3],
    /// The schemas that they create.
    pub schemas: [Schema; 3],
    /// A hash of every file's name and content.
    pub hash: u64,
    /// The files, for the compiler to watch.
    pub files: Vec<PathBuf>,
    stamp: Stamp,
}

/// Why a folder cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderError {
    /// The mistake: lower case, no full stop.
    pub message: String,
    /// The fix.
    pub help: String,
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FolderError {}

/// The files of a folder, with their modification times and lengths.
type Stamp = Vec<(PathBuf, Option<SystemTime>, u64)>;

impl Folder {
    /// Reads a folder. `None` if it does not exist.
    ///
    /// It contains the migrations for all databases, or the folders `sqlite`, `postgres` and
    /// `mysql` with those for each.
    ///
    /// # Errors
    ///
    /// Malformed names of migrations, a duplicate version, unreadable files.
    pub fn read(path: &Path) -> Result<Option<Self>, FolderError> {
        if !path.is_dir() {
            return Ok(None);
        }
        let stamp = stamp(path);
        let mut sets: [Vec<Migration>; 3] = Default::default();
        let mut files = Vec::new();
        let mut own_folders = false;
        for dialect in Dialect::ALL {
            let own = path.join(dialect.word());
            if own.is_dir() {
                own_folders = true;
                if let Some(set) = sets.get_mut(dialect.index()) {
                    *set = read_set(path, &own, &mut files)?;
                }
            }
        }
        let common = read_set(path, path, &mut files)?;
        if own_folders && let Some(stray) = common.first() {
            return Err(FolderError {
                message: format!(
                    "migration `{}` stands beside folders for single databases",
                    stray.file.display()
                ),
                help: "put it into the folder of each database that it is for".to_owned(),
            });
        }
        if !own_folders {
            sets = std::array::from_fn(|_| common.clone());
        }
        let schemas = Dialect::ALL.map(|dialect| {
            Schema::of(dialect, sets.get(dialect.index()).map_or(&[], Vec::as_slice))
        });
        let hash = hash(&sets);
        Ok(Some(Self { path: path.to_owned(), sets, schemas, hash, files, stamp }))
    }

    /// Whether the files have not changed since.
    pub fn is_current(&self) -> bool {
        stamp(&self.path) == self.stamp
    }
}

fn stamp(path: &Path) -> Stamp {
    let mut found = Vec::new();
    let folders = [path.to_owned()].into_iter().chain(Dialect::ALL.map(|d| path.join(d.word())));
    for folder in folders {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries.flatten() {
            if let Ok(meta) = entry.metadata() {
                found.push((entry.path(), meta.modified().ok(), meta.len()));
            }
        }
    }
    found.sort();
    found
}

fn read_set(
    root: &Path,
    folder: &Path,
    files: &mut Vec<PathBuf>,
) -> Result<Vec<Migration>, FolderError> {
    let unreadable = |error: &std::io::Error, path: &Path| FolderError {
        message: format!("`{}` cannot be read: {error}", path.display()),
        help: "the build must be able to read every migration".to_owned(),
    };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(&error, folder))?;
    let mut found: Vec<Migration> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&error, folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Not migrations, as for sqlx: other files, and the way back.
        let Some(stem) = name.strip_suffix(".sql") else { continue };
        if path.is_dir() || stem.ends_with(".down") {
            continue;
        }
        let stem = stem.strip_suffix(".up").unwrap_or(stem);
        let parts = stem.split_once('_').map(|(version, words)| (version.parse::<i64>(), words));
        let Some((Ok(version), words)) = parts else {
            return Err(FolderError {
                message: format!("`{name}` is not a migration name"),
                help: "begin it with a number: `0001_items.sql`, `20260101120000_items.up.sql`"
                    .to_owned(),
            });
        };
        if let Some(other) = found.iter().find(|other| other.version == version) {
            return Err(FolderError {
                message: format!("`{name}` has the version of `{}`", other.file.display()),
                help: "give each migration a number of its own".to_owned(),
            });
        }
        // To read a pipe would wait for its other end.
        if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(FolderError {
                message: format!("`{}` is not a regular file", path.display()),
                help: "a migration is a file, or a link to one".to_owned(),
            });
        }
        let sql = fs::read_to_string(&path).map_err(|error| unreadable(&error, &path))?;
        let file = path.strip_prefix(root).unwrap_or(&path).to_owned();
        found.push(Migration { version, description: words.replace('_', " "), sql, file });
        files.push(path);
    }
    found.sort_by_key(|migration| migration.version);
    Ok(found)
}

/// FNV-1a over versions, names and contents. It detects changes, and is not a protection.
fn hash(sets: &[Vec<Migration>; 3]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for (set, number) in sets.iter().zip(0_u8..) {
        add(&[number]);
        for Migration { version, description, sql, .. } in set {
            add(&version.to_le_bytes());
            add(description.as_bytes());
            add(sql.as_bytes());
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Folder;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn migrations_are_sorted_by_number() {
        let files = [
            ("10_later.sql", "CREATE TABLE b (id INT);"),
            ("2_first_one.up.sql", "CREATE TABLE a (id INT);"),
            ("2_first_one.down.sql", "DROP TABLE a;"),
            ("README.md", "not one"),
        ];
        let folder = folder(&files);
        let read = Folder::read(folder.path()).unwrap().unwrap();
        for set in &read.sets {
            let names: Vec<_> = set.iter().map(|m| (m.version, m.description.as_str())).collect();
            assert_eq!(names, [(2, "first one"), (10, "later")]);
        }
        assert!(read.is_current());
        fs::write(folder.path().join("11_more.sql"), "CREATE TABLE c (id INT);").unwrap();
        assert!(!read.is_current());
        let again = Folder::read(folder.path()).unwrap().unwrap();
        assert_ne!(read.hash, again.hash);
        assert!(again.schemas.iter().all(|schema| schema.table("c").is_some()));
    }

    #[test]
    fn databases_may_have_folders_of_their_own() {
        let own = folder(&[
            ("sqlite/1_a.sql", "CREATE TABLE a (x TEXT);"),
            ("postgres/1_a.sql", "CREATE TABLE a (x UUID);"),
        ]);
        let read = Folder::read(own.path()).unwrap().unwrap();
        assert_eq!(read.sets.each_ref().map(Vec::len), [1, 1, 0]);
        assert_ne!(read.schemas[0], read.schemas[1]);
    }

    #[test]
    fn what_is_no_migration_is_told() {
        for files in [
            &[("first.sql", "")][..],
            &[("1_a.sql", ""), ("0001_b.sql", "")],
            &[("1_a.sql", ""), ("sqlite/1_a.sql", "")],
            &[("x_a.sql", "")],
        ] {
            assert!(Folder::read(folder(files).path()).is_err(), "{files:?}");
        }
        assert!(Folder::read(&folder(&[]).path().join("none")).unwrap().is_none());
    }
}
