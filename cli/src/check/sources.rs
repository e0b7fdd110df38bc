//! Finds the files to check.

use std::path::PathBuf;

use cargo_metadata::TargetKind;

use super::CheckArgs;

/// The files and folders: the given ones, or the members of the workspace.
pub(super) fn roots(args: &CheckArgs) -> Result<Vec<PathBuf>, String> {
    if !args.paths.is_empty() {
        return Ok(args.paths.clone());
    }
    let mut command = cargo_metadata::MetadataCommand::new();
    command.no_deps();
    if let Some(manifest) = &args.manifest_path {
        command.manifest_path(manifest);
    }
    let metadata = command.exec().map_err(|error| {
        if let cargo_metadata::Error::CargoMetadata { stderr } = &error {
            return stderr.trim().trim_start_matches("error: ").to_owned();
        }
        format!("cargo metadata failed: {error}")
    })?;
    let mut roots = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(dir) = package.manifest_path.parent() else { continue };
        for part in ["src", "templates", "examples", "build.rs"] {
            let path = dir.join(part).into_std_path_buf();
            if path.exists() {
                roots.push(shortened(path));
            }
        }
        // A target may have its root elsewhere: `[[bin]] path = "server/main.rs"`. The files of its modules
        // are found from there.
        for target in &package.targets {
            let path = target.src_path.as_std_path().to_owned();
            let is_built = !target.kind.iter().any(|kind| {
                matches!(kind, TargetKind::Test | TargetKind::Bench | TargetKind::CustomBuild)
            });
            let is_in = |part: &str| path.starts_with(dir.join(part).as_std_path());
            if is_built && !["src", "examples"].into_iter().any(is_in) && path.exists() {
                roots.push(shortened(path));
            }
        }
    }
    Ok(roots)
}

/// The root of the workspace; `None` if paths are given, which may be outside of one.
pub(super) fn workspace(args: &CheckArgs) -> Option<PathBuf> {
    if !args.paths.is_empty() {
        return None;
    }
    let mut command = cargo_metadata::MetadataCommand::new();
    command.no_deps();
    if let Some(manifest) = &args.manifest_path {
        command.manifest_path(manifest);
    }
    command.exec().ok().map(|metadata| metadata.workspace_root.into_std_path_buf())
}

/// The path relative to the working directory: a report should not contain folders of the machine.
fn shortened(path: PathBuf) -> PathBuf {
    match std::env::current_dir() {
        Ok(here) => path.strip_prefix(&here).map(PathBuf::from).unwrap_or(path),
        Err(_) => path,
    }
}
