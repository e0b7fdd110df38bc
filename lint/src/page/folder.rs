//! The folders with the templates and the configuration of a package.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::config::Config;
use crate::krate::Crate;
use crate::krate::load::SourceFile;

/// Where askama is configured unless a template says otherwise.
const CONFIG: &str = "askama.toml";
/// Longer files are not read as templates.
const MAX_LENGTH: u64 = 1 << 20;
/// Folders of templates in folders, so many deep.
const MAX_DEPTH: usize = 16;

/// What a template's configuration leads to.
pub(super) struct Folders<'k> {
    krate: &'k Crate,
    /// The folders that may be the one of the package, the likeliest first.
    bases: Vec<PathBuf>,
    pub(super) config: Config,
    /// The file of the configuration, if there is one.
    pub(super) file: Option<&'k SourceFile>,
}

/// Why there is no configuration: the file and the line of a mistake, or the file that is missing.
pub(super) enum Unread<'k> {
    Mistake(&'k SourceFile, usize),
    Missing,
}

impl<'k> Folders<'k> {
    /// The folders for a type in a file; `config` is the file that it names.
    pub(super) fn of(
        krate: &'k Crate,
        file: &str,
        config: Option<&str>,
    ) -> (Self, Option<Unread<'k>>) {
        let package = krate
            .packages
            .iter()
            .filter(|package| Path::new(file).starts_with(package))
            .max_by_key(|package| Path::new(package).components().count());
        let package = package.map(Path::new);
        let mut bases: Vec<PathBuf> = package.map(Path::to_owned).into_iter().collect();
        // Sources that belong to no package have their templates beside them or further up.
        let above = Path::new(file).ancestors().skip(1);
        let above = above.take_while(|base| package.is_none_or(|own| base.starts_with(own)));
        bases.extend(above.map(Path::to_owned));
        let found = bases.iter().find_map(|base| {
            let path = normal(&base.join(config.unwrap_or(CONFIG)));
            krate.configs.iter().find(|known| Path::new(&known.path) == path)
        });
        let (read, unread) = match found.map(|file| (file, Config::of(&file.text))) {
            Some((_, Ok(read))) => (read, None),
            Some((file, Err(line))) => (Config::default(), Some(Unread::Mistake(file, line))),
            None => (Config::default(), config.map(|_| Unread::Missing)),
        };
        (Self { krate, bases, config: read, file: found }, unread)
    }

    /// The template of a path: beside the one that names it, then in the folders in their order.
    pub(super) fn template(&self, path: &str, from: Option<&str>) -> Option<&'k SourceFile> {
        if path.is_empty() {
            return None;
        }
        let at = |wanted: &Path| {
            let wanted = normal(wanted);
            self.known().find(|known| Path::new(&known.path) == wanted)
        };
        let beside = from.and_then(|from| at(&Path::new(from).with_file_name(path)));
        beside.or_else(|| {
            self.bases.iter().find_map(|base| {
                self.config.dirs.iter().find_map(|dir| {
                    let wanted = base.join(dir).join(path);
                    if dir.contains('*') { self.matching(&normal(&wanted)) } else { at(&wanted) }
                })
            })
        })
    }

    fn known(&self) -> impl Iterator<Item = &'k SourceFile> {
        self.krate.templates.iter().chain(&self.krate.aside)
    }

    /// The first template whose path has a form with `*`.
    fn matching(&self, form: &Path) -> Option<&'k SourceFile> {
        self.known().find(|known| {
            let (path, mut forms) = (Path::new(&known.path), form.components());
            path.components().count() == form.components().count()
                && path.components().all(|part| {
                    let form = forms.next().map(|form| form.as_os_str().to_string_lossy());
                    form.is_some_and(|form| fits(&part.as_os_str().to_string_lossy(), &form))
                })
        })
    }
}

/// Whether a name has a form in which each `*` is any text.
fn fits(name: &str, form: &str) -> bool {
    let Some((before, rest)) = form.split_once('*') else { return name == form };
    let Some(mut name) = name.strip_prefix(before) else { return false };
    let parts: Vec<&str> = rest.split('*').collect();
    let Some((last, middle)) = parts.split_last() else { return true };
    for part in middle {
        let Some((_, after)) = name.split_once(part) else { return false };
        name = after;
    }
    name.ends_with(last)
}

/// A path without `.` and `..`, as far as it says where it leads.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(normal.components().next_back(), Some(Component::Normal(_))) =>
            {
                normal.pop();
            }
            Component::Prefix(_)
            | Component::RootDir
            | Component::ParentDir
            | Component::Normal(_) => normal.push(part),
        }
    }
    normal
}

/// The configurations of a package and the files in its folders of templates.
pub(crate) fn files(package: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut configs = vec![Config::default()];
    for path in entries(package) {
        let name = path.file_name().unwrap_or_default();
        if name != "Cargo.toml" && path.extension().is_some_and(|e| e == "toml") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            configs.extend(Config::of(&text));
            found.push(path);
        }
    }
    for dir in configs.iter().flat_map(|config| &config.dirs) {
        let fixed = dir.split('*').next().unwrap_or_default();
        let fixed =
            if fixed == dir { fixed } else { fixed.rsplit_once('/').map_or("", |(f, _)| f) };
        templates(&normal(&package.join(fixed)), &mut found, 0);
    }
    found
}

fn templates(dir: &Path, found: &mut Vec<PathBuf>, depth: usize) {
    for path in entries(dir) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            let skipped = matches!(&*name, "target" | "node_modules" | "vendor");
            if depth < MAX_DEPTH && !skipped && !name.starts_with('.') && !path.is_symlink() {
                templates(&path, found, depth.saturating_add(1));
            }
        } else if !matches!(path.extension().and_then(|e| e.to_str()), Some("rs" | "toml"))
            && path.metadata().is_ok_and(|data| data.len() <= MAX_LENGTH)
        {
            found.push(path);
        }
    }
}

/// What lies in a folder. A template in one that cannot be read is one that is not found.
fn entries(dir: &Path) -> Vec<PathBuf> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| normal(&entry.path())).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{fits, normal};

    #[test]
    fn a_form_with_stars_fits_names() {
        for (name, form) in
            [("pages", "pages"), ("pages", "p*s"), ("pages", "*"), ("pages", "*a*e*")]
        {
            assert!(fits(name, form), "{name} {form}");
        }
        for (name, form) in
            [("pages", "page"), ("pages", "*x"), ("pages", "a*"), ("pages", "p*x*s")]
        {
            assert!(!fits(name, form), "{name} {form}");
        }
    }

    #[test]
    fn a_path_is_read_without_its_detours() {
        assert_eq!(normal(Path::new("./a/../b/./c")), Path::new("b/c"));
        assert_eq!(normal(Path::new("../a")), Path::new("../a"));
    }
}
