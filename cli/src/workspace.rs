//! The packages and crate roots that cargo knows.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use cargo_metadata::{Metadata, MetadataCommand, Package, TargetKind};

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
    /// The names under which the package depends on palisade, as its sources write them.
    pub palisade: Vec<String>,
}

/// Why there is nothing to read.
#[derive(Debug)]
pub enum Failure {
    /// Cargo does not answer.
    Cargo(cargo_metadata::Error),
    /// `--package` names nothing.
    NoPackage {
        /// The name that was asked for.
        asked: String,
        /// The names that are there.
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

/// Finds the packages: `asked` alone, or all members of the workspace that depend on palisade.
///
/// # Errors
///
/// Where cargo cannot read the manifest, or no package fits.
pub fn find(manifest: Option<&Path>, asked: Option<&str>) -> Result<Workspace, Failure> {
    let mut command = MetadataCommand::new();
    command.no_deps();
    if let Some(manifest) = manifest {
        command.manifest_path(manifest);
    }
    let metadata = command.exec().map_err(Failure::Cargo)?;
    let packages: Vec<Member> = match asked {
        Some(asked) => {
            let found = metadata.packages.iter().find(|package| *package.name == asked);
            let package = found.ok_or_else(|| Failure::NoPackage {
                asked: asked.to_owned(),
                known: metadata.packages.iter().map(|package| package.name.to_string()).collect(),
            })?;
            vec![member(package)]
        }
        None => {
            candidates(&metadata).map(member).filter(|member| !member.palisade.is_empty()).collect()
        }
    };
    if packages.is_empty() {
        return Err(Failure::NoUser);
    }
    Ok(Workspace { root: metadata.workspace_root.clone().into_std_path_buf(), packages })
}

/// The members of the workspace. The manifest of one member stands for the whole workspace, as the
/// command is meant to be run from anywhere in it; `--package` narrows.
fn candidates(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id))
}

fn member(package: &Package) -> Member {
    let mut roots = Vec::new();
    for target in &package.targets {
        let served = target.kind.iter().any(|kind| {
            matches!(
                kind,
                TargetKind::Bin
                    | TargetKind::Lib
                    | TargetKind::RLib
                    | TargetKind::DyLib
                    | TargetKind::CDyLib
                    | TargetKind::StaticLib
            )
        });
        let root = target.src_path.clone().into_std_path_buf();
        if served && !roots.contains(&root) {
            roots.push(root);
        }
    }
    let palisade = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.name == "palisade")
        .map(|dependency| dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_"))
        .collect();
    Member { name: package.name.to_string(), roots, palisade }
}
