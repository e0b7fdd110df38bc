//! Reading source files and grouping them into crates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::{excluded, follow};
use crate::page::{self, normal};
use crate::rules::macro_internals::Crates;

/// Where askama is configured.
const CONFIG: &str = "askama.toml";

/// A path could not be read.
#[derive(Debug)]
pub struct LoadError {
    /// The path.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.source)
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// A source file.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// As it was given or found.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Its module, from `crate` on.
    pub(crate) module: Vec<String>,
    /// Belongs to tests, benches or a build script.
    pub(crate) in_test: bool,
}

/// Files that see one another.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) files: Vec<SourceFile>,
    /// The names under which they depend on palisade.
    pub(crate) crates: Crates,
}

impl Group {
    /// Files of which no manifest is known.
    fn loose(files: Vec<SourceFile>) -> Self {
        Self { files, crates: Crates { names: vec!["palisade".to_owned()], certain: false } }
    }
}

/// Everything that was loaded: any number of packages and loose files.
#[derive(Clone, Debug, Default)]
pub struct Crate {
    pub(crate) groups: Vec<Group>,
    pub(crate) templates: Vec<SourceFile>,
    /// Templates that were not asked for, in the folders of the packages.
    pub(crate) aside: Vec<SourceFile>,
    /// `askama.toml` and others beside the manifests: how templates are escaped.
    pub(crate) configs: Vec<SourceFile>,
    /// The folders of the packages.
    pub(crate) packages: BTreeSet<String>,
    /// The folders that the manifests exclude.
    excluded: Vec<String>,
}

impl Crate {
    /// Reads files and folders. A folder is searched for Rust sources and templates. The sources of
    /// a package are analysed as one crate; other files are analysed separately unless they name
    /// one another by `mod`.
    ///
    /// # Errors
    ///
    /// When a path that was asked for, or a file in such a folder, cannot be read.
    pub fn load<P: AsRef<Path>>(roots: &[P]) -> Result<Self, LoadError> {
        let mut search = Search::default();
        for root in roots {
            let root = root.as_ref();
            let data =
                fs::metadata(root).map_err(|source| LoadError { path: root.to_owned(), source })?;
            if data.is_dir() {
                search.walk(root, root)?;
            } else {
                search.found.insert(root.to_owned(), root.parent().unwrap_or(root).to_owned());
            }
        }
        let Search { found, excluded, .. } = search;
        let excluded = excluded.iter().map(|folder| shown(folder)).collect();
        let mut krate = Self { excluded, ..Self::default() };
        let mut packages: BTreeMap<PathBuf, Vec<SourceFile>> = BTreeMap::new();
        let mut known: BTreeMap<PathBuf, (String, PathBuf)> = BTreeMap::new();
        let mut loose: Vec<(PathBuf, SourceFile)> = Vec::new();
        let mut names = Dependents::default();
        for (path, root) in found {
            let bytes =
                fs::read(&path).map_err(|source| LoadError { path: path.clone(), source })?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let shown = shown(&path);
            if path.extension().is_none_or(|e| e != "rs") {
                let config = path.file_name().is_some_and(|name| name == CONFIG);
                let list = if config { &mut krate.configs } else { &mut krate.templates };
                list.push(SourceFile { path: shown, text, module: Vec::new(), in_test: false });
                continue;
            }
            let package = package_of(&path);
            if let Some(package) = &package {
                krate.packages.insert(normal(package).display().to_string());
            }
            let inside = package.as_ref().and_then(|dir| path.strip_prefix(dir).ok());
            match (&package, inside) {
                (Some(dir), Some(inside))
                    if inside.starts_with("src") && !inside.starts_with("src/bin") =>
                {
                    let (name, workspace) =
                        known.entry(dir.clone()).or_insert_with(|| manifest(dir)).clone();
                    let mut module = module_of(inside.strip_prefix("src").unwrap_or(inside));
                    if let Some(root) = module.first_mut() {
                        *root = name;
                    }
                    packages.entry(workspace).or_default().push(SourceFile {
                        path: shown,
                        text,
                        module,
                        in_test: false,
                    });
                }
                (Some(dir), Some(inside)) => {
                    // Asking for the tests folder itself means to check it.
                    let asked =
                        root.starts_with(dir) && root != *dir && !root.starts_with(dir.join("src"));
                    // A build script runs where the program is built: its environment is the builder's own.
                    let is_test = ["tests", "benches", "build.rs", "build"]
                        .iter()
                        .any(|folder| inside.starts_with(folder));
                    loose.push((
                        path,
                        SourceFile {
                            path: shown,
                            text,
                            module: Vec::new(),
                            in_test: is_test && !asked,
                        },
                    ));
                }
                _ => loose.push((
                    path,
                    SourceFile { path: shown, text, module: Vec::new(), in_test: false },
                )),
            }
        }
        krate.groups = packages
            .into_iter()
            .map(|(workspace, files)| {
                let folders = known
                    .iter()
                    .filter(|(_, (_, own))| *own == workspace)
                    .map(|(folder, _)| folder.as_path());
                let crates = names.of(folders.chain([workspace.as_path()]));
                Group { files, crates }
            })
            .collect();
        krate.group_loose(loose, &mut names);
        krate.groups.iter_mut().for_each(follow::complete);
        krate.read_aside();
        Ok(krate)
    }

    /// Reads the templates and configurations of the packages that were not asked for: types name them.
    fn read_aside(&mut self) {
        let known = self.templates.iter().chain(&self.configs);
        let mut known: BTreeSet<String> = known.map(|file| file.path.clone()).collect();
        let paths = self.packages.iter().flat_map(|package| page::files(Path::new(package)));
        for path in paths.collect::<Vec<_>>() {
            let shown = path.display().to_string();
            // What cannot be read is not found, which is a finding where a type names it.
            let Ok(bytes) = fs::read(&path) else { continue };
            if known.insert(shown.clone()) {
                let config = path.extension().is_some_and(|e| e == "toml");
                let list = if config { &mut self.configs } else { &mut self.aside };
                let text = String::from_utf8_lossy(&bytes).into_owned();
                list.push(SourceFile { path: shown, text, module: Vec::new(), in_test: false });
            }
        }
    }

    /// One crate from texts at hand, as tests and the fuzzer have them.
    #[must_use]
    pub fn from_sources<'s>(sources: impl IntoIterator<Item = (&'s str, &'s str)>) -> Self {
        let files = sources
            .into_iter()
            .map(|(path, text)| SourceFile {
                path: path.to_owned(),
                text: text.to_owned(),
                module: module_of(Path::new(path.strip_prefix("src/").unwrap_or(path))),
                in_test: false,
            })
            .collect();
        Self { groups: vec![Group::loose(files)], ..Self::default() }
    }

    /// The folders that were left out, as `exclude` of `[package.metadata.palisade]` says in the manifests.
    #[must_use]
    pub fn excluded(&self) -> &[String] {
        &self.excluded
    }

    /// The number of files, and of their lines.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let files = self.groups.iter().flat_map(|g| &g.files);
        files.fold((0, 0), |(count, lines), file| {
            (count.saturating_add(1), lines.saturating_add(file.text.lines().count()))
        })
    }

    /// The templates and configurations that were read.
    pub(crate) fn beside(&self) -> impl Iterator<Item = &str> {
        let files = self.templates.iter().chain(&self.aside).chain(&self.configs);
        files.map(|file| file.path.as_str())
    }

    /// The text of a loaded file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        let beside = self.templates.iter().chain(&self.aside).chain(&self.configs);
        let files = self.groups.iter().flat_map(|g| &g.files).chain(beside);
        files.into_iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Files outside of packages are separate crates, except below a file that declares modules.
    fn group_loose(&mut self, files: Vec<(PathBuf, SourceFile)>, names: &mut Dependents) {
        let heads: Vec<PathBuf> = files
            .iter()
            .filter(|(_, file)| declares_modules(&file.text))
            .filter_map(|(path, _)| path.parent().map(Path::to_owned))
            .collect();
        let mut grouped: BTreeMap<PathBuf, Vec<SourceFile>> = BTreeMap::new();
        // `src/bin` and `examples` know palisade by the names that their package has for it.
        let mut group = |at: &Path, files: Vec<SourceFile>| {
            let mut group = Group::loose(files);
            if let Some(package) = package_of(at) {
                let (_, workspace) = manifest(&package);
                let known = names.of([package.as_path(), workspace.as_path()].into_iter());
                if known.names.iter().any(|name| !group.crates.names.contains(name)) {
                    group.crates.names.extend(known.names);
                }
            }
            group
        };
        for (path, mut file) in files {
            let head = heads
                .iter()
                .filter(|head| path.starts_with(head))
                .min_by_key(|head| head.as_os_str().len());
            match head {
                Some(head) => {
                    file.module = module_of(path.strip_prefix(head).unwrap_or(&path));
                    grouped.entry(head.clone()).or_default().push(file);
                }
                None => {
                    file.module = vec!["crate".to_owned()];
                    self.groups.push(group(&path, vec![file]));
                }
            }
        }
        self.groups
            .extend(grouped.into_iter().map(|(head, files)| group(&head.join("mod.rs"), files)));
    }
}

/// The names under which the packages in folders depend on palisade, each manifest read once.
#[derive(Debug, Default)]
struct Dependents {
    read: BTreeMap<PathBuf, Vec<String>>,
    /// Manifests that name palisade where no dependency was found.
    unclear: BTreeSet<PathBuf>,
}

impl Dependents {
    fn of<'p>(&mut self, folders: impl Iterator<Item = &'p Path>) -> Crates {
        let (mut names, mut unclear) = (BTreeSet::new(), false);
        for folder in folders {
            if !self.read.contains_key(folder) {
                let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
                let found = dependency_names(&manifest, "palisade");
                if found.is_empty() && mentions(&manifest, "palisade") {
                    self.unclear.insert(folder.to_owned());
                }
                self.read.insert(folder.to_owned(), found);
            }
            names.extend(self.read.get(folder).into_iter().flatten().cloned());
            unclear |= self.unclear.contains(folder);
        }
        if names.is_empty() && unclear {
            return Crates { names: vec!["palisade".to_owned()], certain: false };
        }
        Crates { names: names.into_iter().collect(), certain: true }
    }
}

/// Whether a manifest has a word outside of comments, which may be a dependency in a form that is not
/// read.
fn mentions(manifest: &str, word: &str) -> bool {
    manifest.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_')).any(|one| one == word)
    })
}

fn declares_modules(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.starts_with("mod ") && line.ends_with(';')
    })
}

/// A path as reports show it.
fn shown(path: &Path) -> String {
    let shown = path.display().to_string();
    shown.strip_prefix("./").unwrap_or(&shown).to_owned()
}

/// The search through folders.
#[derive(Debug, Default)]
struct Search {
    /// The files, each with the root that it was found from.
    found: BTreeMap<PathBuf, PathBuf>,
    /// The folders that manifests exclude.
    leave: BTreeSet<PathBuf>,
    /// Those of them that were met.
    excluded: BTreeSet<PathBuf>,
}

impl Search {
    fn walk(&mut self, dir: &Path, root: &Path) -> Result<(), LoadError> {
        let failed = |source| LoadError { path: dir.to_owned(), source };
        // What is asked for by itself, or by a folder in it, is not left out.
        self.leave.extend(excluded::of(dir)?);
        for entry in fs::read_dir(dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            let kind = entry.file_type().map_err(failed)?;
            let name = entry.file_name();
            if kind.is_dir() {
                let skipped = matches!(
                    name.to_str(),
                    Some("target" | "node_modules" | ".git" | ".cargo" | "vendor")
                );
                if self.leave.contains(&path) {
                    self.excluded.insert(path);
                } else if !skipped {
                    self.walk(&path, root)?;
                }
            } else if kind.is_file() {
                let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
                let template = path.components().any(|part| part.as_os_str() == "templates")
                    && matches!(
                        ending,
                        "askama"
                            | "css"
                            | "htm"
                            | "js"
                            | "md"
                            | "rinja"
                            | "svg"
                            | "txt"
                            | "xml"
                            | ""
                    );
                let known = template
                    || matches!(ending, "rs" | "html" | "j2" | "tera" | "hbs" | "jinja" | "jinja2")
                    || path.file_name().is_some_and(|name| name == CONFIG);
                if known {
                    self.found.insert(path, root.to_owned());
                }
            }
        }
        Ok(())
    }
}

/// The folder of the package that a file belongs to.
pub(super) fn package_of(path: &Path) -> Option<PathBuf> {
    let mut dir = path.parent();
    while let Some(candidate) = dir {
        if candidate.join("Cargo.toml").is_file() {
            return Some(candidate.to_owned());
        }
        dir = candidate.parent();
    }
    None
}

/// The name of a package's library as paths write it, and the folder of the workspace that it belongs to.
///
/// Packages of one workspace are analysed together: a helper may be in another one of them.
fn manifest(dir: &Path) -> (String, PathBuf) {
    let text = fs::read_to_string(dir.join("Cargo.toml")).unwrap_or_default();
    let table = DeTable::parse(&text).ok();
    let table = table.as_ref().map(toml::Spanned::get_ref);
    let named = |section| table?.get(section)?.get_ref().get("name")?.get_ref().as_str();
    let name = named("lib")
        .or_else(|| named("package"))
        .map(|name| name.replace('-', "_"))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "crate".to_owned());
    let is_workspace = |dir: &Path| {
        fs::read_to_string(dir.join("Cargo.toml")).is_ok_and(|text| {
            let table = DeTable::parse(&text);
            table.is_ok_and(|table| table.get_ref().contains_key("workspace"))
        })
    };
    let workspace = dir.ancestors().find(|dir| is_workspace(dir)).unwrap_or(dir);
    (name, workspace.to_owned())
}

/// The names under which a manifest's packages depend on `package`, in every table of dependencies: of a
/// target, for tests, and of a workspace. Nothing where the manifest is no TOML, which cargo refuses.
fn dependency_names(manifest: &str, package: &str) -> Vec<String> {
    let Ok(manifest) = DeTable::parse(manifest) else { return Vec::new() };
    let mut names = Vec::new();
    let mut tables = vec![manifest.get_ref()];
    while let Some(table) = tables.pop() {
        for (key, value) in table {
            let Some(value) = value.get_ref().as_table() else { continue };
            match key.get_ref().as_ref() {
                "dependencies" | "dev-dependencies" | "dev_dependencies" | "build-dependencies"
                | "build_dependencies" => {
                    let named = value.iter().filter(|(name, dependency)| {
                        let renamed = dependency.get_ref().get("package");
                        let renamed = renamed.and_then(|renamed| renamed.get_ref().as_str());
                        renamed.unwrap_or(name.get_ref()) == package
                    });
                    names.extend(named.map(|(name, _)| name.get_ref().replace('-', "_")));
                }
                // `[workspace.dependencies]`, and `[target.'cfg(unix)'.dependencies]`.
                _ => tables.push(value),
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// `a/b/mod.rs` and `a/b.rs` are `crate::a::b`.
fn module_of(inside: &Path) -> Vec<String> {
    let mut module = vec!["crate".to_owned()];
    let mut parts: Vec<String> =
        inside.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        parts.pop();
    }
    module.append(&mut parts);
    module
}

#[cfg(test)]
mod tests {
    use super::{dependency_names, mentions};

    #[test]
    fn a_manifest_says_under_which_names_a_package_is_known() {
        let manifest = r#"
            [package]
            name = "shop"
            [dependencies]
            palisade.workspace = true
            the-guards = { version = "0.1", package = "palisade" }
            other = { package = "another" }
            [target.'cfg(unix)'.dependencies.fence]
            package = 'palisade'
            [workspace.dependencies.palisade]
            path = "runtime"
            [dev-dependencies.wrong]
            package = "palisade-tests"
            [features]
            palisade_feature = []
        "#;
        assert_eq!(dependency_names(manifest, "palisade"), ["fence", "palisade", "the_guards"]);
        for (manifest, names) in [
            (
                "[ dependencies ]\nguards = { package = \"palisade\" }\n[\"dependencies\" . palisade]\n",
                &["guards", "palisade"][..],
            ),
            ("dependencies = { palisade = \"1\" }", &["palisade"]),
            ("dependencies.guards.package = \"palisade\"", &["guards"]),
            ("[dependencies]\n\"the-guards\".package = \"palisade\"", &["the_guards"]),
            (
                "[dependencies.guards]\nfeatures = [\n  \"log\",\n]\npackage = \"\"\"palisade\"\"\"",
                &["guards"],
            ),
            // Another package under this name, and the name in another table.
            ("[dependencies]\npalisade = { package = \"other\" }", &[]),
            ("[features]\npalisade = []\n[package.metadata.palisade]\nx = 1", &[]),
            ("[package]\ndescription = \"\"\"\n[dependencies]\npalisade = 1\n\"\"\"", &[]),
        ] {
            assert_eq!(dependency_names(manifest, "palisade"), names, "{manifest}");
        }
        assert!(mentions("dependencies = { palisade = \"1\" }", "palisade"));
        assert!(!mentions("# palisade\n[dependencies]\npalisade-policy = \"1\"", "palisade"));
        assert!(dependency_names("[dependencies]\nactix-web = \"4\"", "palisade").is_empty());
    }
}
