//! Finds the advisories.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The requested folder, or the first usual one with advisories.
pub(super) fn find(asked: Option<&Path>, root: &Path) -> Result<PathBuf, String> {
    if let Some(asked) = asked {
        return if is_database(asked) {
            Ok(asked.to_owned())
        } else {
            Err(format!(
                "`{}` is no database of advisories: it has no folder `crates`",
                asked.display()
            ))
        };
    }
    let home = env::var_os("HOME").map(|home| Path::new(&home).join(".cargo"));
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let mut places: Vec<PathBuf> = Vec::new();
    for home in cargo_home.into_iter().chain(home) {
        places.push(home.join("advisory-db"));
        let mut kept: Vec<PathBuf> = fs::read_dir(home.join("advisory-dbs"))
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect();
        kept.sort();
        places.extend(kept);
    }
    places.push(root.join("advisories"));
    places.into_iter().find(|place| is_database(place)).ok_or_else(|| {
        "there is no database of advisories: name its folder with `--db`, or fetch it with \
         `git clone https://github.com/RustSec/advisory-db ~/.cargo/advisory-db`"
            .to_owned()
    })
}

fn is_database(place: &Path) -> bool {
    place.join("crates").is_dir()
}
