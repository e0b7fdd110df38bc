//! The packages and crate roots from cargo.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

use crate::lock;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, TargetKind};

/// The packages to read.
#[derive(Debug)]
pub struct Workspace {
    /// The workspace's root folder.
    pub root: PathBuf,
    /// The packages, in cargo's order.
    pub packages: Vec<Member>,
}

/// One package.
#[derive(Debug)]
pub struct Member {
    /// The package's name.
    pub name: String,
    /// The root files of its library and its binaries.
    pub roots: Vec<PathBuf>,
    /// The names of palisade in the package's sources.
    pub palisade: Vec<String>,
    /// The name of its library in paths; that of the package if it has none.
    pub key: String,
    /// The other names of packages that are read, in its sources: the name, and their key.
    pub renames: Vec<(String, String)>,
    /// The names of its dependencies that depend on palisade and are not read: the output of their
    /// macros is unknown.
    pub unread: Vec<String>,
    /// Whether its endpoints are requested; the others are read for the names in them.
    pub listed: bool,
    /// The folders of the packages that are path dependencies.
    paths: Vec<Dependency>,
    /// All packages that it depends on: the name in its sources, and their own.
    dependencies: Vec<(String, String)>,
}

impl Member {
    /// Whether it has a path dependency on this package.
    pub fn depends_on(&self, package: &str) -> bool {
        self.paths.iter().any(|dependency| dependency.package == package)
    }
}

/// A path dependency.
#[derive(Debug)]
struct Dependency {
    /// The name in the sources.
    name: String,
    /// The package's own name.
    package: String,
    folder: PathBuf,
}

/// Why there is no package to read.
#[derive(Debug)]
pub enum Failure {
    /// Cargo has failed.
    Cargo(cargo_metadata::Error),
    /// There is no package with the name in `--package`.
    NoPackage {
        /// The requested name.
        asked: String,
        /// The existing names.
        known: Vec<String>,
    },
    /// No package of the workspace depends on palisade.
    NoUser,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cargo(cargo_metadata::Error::CargoMetadata { stderr }) => {
                f.write_str(stderr.trim().trim_start_matches("error: "))
            }
            Self::Cargo(error) => write!(f, "cargo metadata failed: {error}"),
            Self::NoPackage { asked, known } => {
                write!(f, "no package is named `{asked}`; there are: {}", known.join(", "))
            }
            Self::NoUser => f.write_str("no package here depends on palisade"),
        }
    }
}

impl std::error::Error for Failure {}

/// Finds the packages: only `asked`, or all members of the workspace that depend on palisade; with
/// their path dependencies.
///
/// # Errors
///
/// Cargo cannot read a manifest, or there is no such package.
pub fn find(manifest: Option<&Path>, asked: Option<&str>) -> Result<Workspace, Failure> {
    let metadata = metadata(manifest)?;
    let mut packages: Vec<Member> = match asked {
        Some(asked) => {
            if !metadata.packages.iter().any(|package| *package.name == asked) {
                return Err(Failure::NoPackage {
                    asked: asked.to_owned(),
                    known: metadata.packages.iter().map(|p| p.name.to_string()).collect(),
                });
            }
            let all = metadata.packages.iter().map(member);
            all.filter(|one| one.name == asked || !one.palisade.is_empty())
                .map(|one| Member { listed: one.name == asked, ..one })
                .collect()
        }
        None => {
            candidates(&metadata).map(member).filter(|member| !member.palisade.is_empty()).collect()
        }
    };
    if !packages.iter().any(|package| package.listed) {
        return Err(Failure::NoUser);
    }
    add_dependencies(&mut packages)?;
    let keys: BTreeMap<String, String> =
        packages.iter().map(|one| (one.name.clone(), one.key.clone())).collect();
    let root = metadata.workspace_root.clone().into_std_path_buf();
    let dependents = lock::dependents(&root);
    for package in &mut packages {
        let unread =
            |(_, own): &&(String, String)| dependents.contains(own) && !keys.contains_key(own);
        let names = package.dependencies.iter().filter(unread);
        package.unread = names.map(|(name, _)| name.clone()).collect();
        let known = |dependency: &Dependency| {
            let key = keys.get(&dependency.package)?;
            (dependency.name != *key).then(|| (dependency.name.clone(), key.clone()))
        };
        package.renames = package.paths.iter().filter_map(known).collect();
    }
    Ok(Workspace { root, packages })
}

fn metadata(manifest: Option<&Path>) -> Result<Metadata, Failure> {
    let mut command = MetadataCommand::new();
    command.no_deps();
    if let Some(manifest) = manifest {
        command.manifest_path(manifest);
    }
    command.exec().map_err(Failure::Cargo)
}

/// Adds the packages in folders outside of the workspace, since their endpoints are mounted too.
fn add_dependencies(packages: &mut Vec<Member>) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    let mut at = 0;
    while let Some(package) = packages.get(at) {
        let mut found = Vec::new();
        for Dependency { package, folder, .. } in &package.paths {
            if packages.iter().any(|known| known.name == *package) || !seen.insert(folder.clone()) {
                continue;
            }
            let metadata = metadata(Some(&folder.join("Cargo.toml")))?;
            let of_name = metadata.packages.iter().find(|other| *other.name == *package);
            found.extend(of_name.map(member).filter(|member| !member.palisade.is_empty()));
        }
        packages.extend(found);
        at += 1;
    }
    Ok(())
}

/// The members of the workspace. The manifest of one member selects the whole workspace, because
/// the command can be run anywhere in it; `--package` restricts the selection.
fn candidates(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id))
}

fn member(package: &Package) -> Member {
    let mut roots = Vec::new();
    let mut key = None;
    for target in &package.targets {
        let library = target.kind.iter().any(|kind| {
            matches!(
                kind,
                TargetKind::Lib
                    | TargetKind::RLib
                    | TargetKind::DyLib
                    | TargetKind::CDyLib
                    | TargetKind::StaticLib
            )
        });
        let root = target.src_path.clone().into_std_path_buf();
        if library {
            key = Some(target.name.replace('-', "_"));
        }
        if (library || target.kind.contains(&TargetKind::Bin)) && !roots.contains(&root) {
            roots.push(root);
        }
    }
    let written = |dependency: &cargo_metadata::Dependency| {
        dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_")
    };
    let of_palisade = package.dependencies.iter().filter(|one| one.name == "palisade");
    let palisade = of_palisade.map(written).collect();
    let paths = package
        .dependencies
        .iter()
        .filter(|one| one.kind == DependencyKind::Normal && one.name != "palisade")
        .filter_map(|one| {
            let folder = one.path.clone()?.into_std_path_buf();
            Some(Dependency { name: written(one), package: one.name.clone(), folder })
        })
        .collect();
    let normal = package.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal);
    let dependencies = normal.map(|one| (written(one), one.name.clone())).collect();
    Member {
        name: package.name.to_string(),
        key: key.unwrap_or_else(|| package.name.replace('-', "_")),
        roots,
        palisade,
        renames: Vec::new(),
        unread: Vec::new(),
        listed: true,
        paths,
        dependencies,
    }
}

#[cfg(test)]
impl Member {
    /// A package without files.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            roots: Vec::new(),
            palisade: vec!["palisade".to_owned()],
            key: name.to_owned(),
            renames: Vec::new(),
            unread: Vec::new(),
            listed: true,
            paths: Vec::new(),
            dependencies: Vec::new(),
        }
    }
}
