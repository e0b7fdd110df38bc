//! The folders of a package that do not belong to its program: `[package.metadata.palisade]
//! exclude`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::load::LoadError;

/// What cargo builds, and therefore what is checked.
const BUILT: [&str; 3] = ["src", "examples", "build.rs"];

/// The folders that the manifest in a folder excludes; none where there is no manifest.
///
/// # Errors
///
/// Where the manifest cannot be read, or an entry names what cargo builds or no folder below.
pub(super) fn of(package: &Path) -> Result<BTreeSet<PathBuf>, LoadError> {
    let path = package.join("Cargo.toml");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(source) => return Err(LoadError { path, source }),
    };
    // Cargo refuses what is not TOML.
    let Ok(manifest) = DeTable::parse(&text) else { return Ok(BTreeSet::new()) };
    let manifest = manifest.get_ref();
    let wrong = |message: String| LoadError {
        path: path.clone(),
        source: io::Error::new(io::ErrorKind::InvalidData, message),
    };
    let exclude = manifest.get("package").and_then(|package| {
        let own = package.get_ref().get("metadata")?.get_ref().get("palisade")?;
        own.get_ref().get("exclude")
    });
    let Some(exclude) = exclude else { return Ok(BTreeSet::new()) };
    let Some(entries) = exclude.get_ref().as_array() else {
        return Err(wrong(
            "`exclude` of `package.metadata.palisade` is a list of folders".to_owned(),
        ));
    };
    let roots = target_roots(manifest);
    let mut folders = BTreeSet::new();
    for entry in entries {
        let Some(entry) = entry.get_ref().as_str() else {
            return Err(wrong(
                "an entry of `exclude` of `package.metadata.palisade` is a string".to_owned(),
            ));
        };
        let folder = Path::new(entry);
        let is_below = folder.components().all(|part| matches!(part, Component::Normal(_)))
            && folder.components().next().is_some();
        if !is_below {
            return Err(wrong(format!(
                "`exclude` names `{entry}`, which is not a folder below the package"
            )));
        }
        let holds = |root: &Path| root.starts_with(folder) || folder.starts_with(root);
        let is_built = BUILT.iter().any(|built| holds(Path::new(built)))
            || roots.iter().any(|root| root.starts_with(folder));
        if is_built {
            return Err(wrong(format!(
                "`exclude` names `{entry}`, which cargo builds: what runs is checked"
            )));
        }
        folders.insert(package.join(folder));
    }
    Ok(folders)
}

/// The roots of the program that a manifest names by itself.
fn target_roots(manifest: &DeTable<'_>) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    let mut add = |target: &Spanned<DeValue<'_>>| {
        let path = target.get_ref().get("path").and_then(|path| path.get_ref().as_str());
        roots.extend(path.map(PathBuf::from));
    };
    for kind in ["lib", "bin", "example"] {
        let Some(targets) = manifest.get(kind) else { continue };
        match targets.get_ref().as_array() {
            Some(several) => several.iter().for_each(&mut add),
            None => add(targets),
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::of;

    /// What a manifest with these lines excludes, or why it is refused.
    fn excluded(lines: &str) -> Result<Vec<PathBuf>, String> {
        let folder = std::env::temp_dir().join(format!("palisade-excluded-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Cargo.toml"), lines).unwrap();
        let found = of(&folder).map_err(|error| error.to_string());
        let found = found.map(|found| {
            found.iter().map(|path| path.strip_prefix(&folder).unwrap().to_owned()).collect()
        });
        fs::remove_dir_all(&folder).unwrap();
        found
    }

    #[test]
    fn folders_beside_the_program_are_excluded_and_no_others() {
        let with = |list: &str| {
            excluded(&format!(
                "[package]\nname = \"a\"\nmetadata.palisade.exclude = {list}\n[[bin]]\npath = \"server/main.rs\"\n"
            ))
        };
        assert_eq!(with("[\"ui\", \"tests/rules\"]"), Ok(vec!["tests/rules".into(), "ui".into()]));
        assert_eq!(excluded("[package]\nname = \"a\"\n"), Ok(Vec::new()));
        for (list, why) in [
            ("[\"src\"]", "cargo builds"),
            ("[\"src/old\"]", "cargo builds"),
            ("[\"server\"]", "cargo builds"),
            ("[\".\"]", "not a folder below"),
            ("[\"../other\"]", "not a folder below"),
            ("[\"/\"]", "not a folder below"),
            ("[\"\"]", "not a folder below"),
            ("\"ui\"", "a list of folders"),
            ("[1]", "is a string"),
        ] {
            let refused = with(list).unwrap_err();
            assert!(refused.contains(why), "{list}: {refused}");
        }
    }
}
