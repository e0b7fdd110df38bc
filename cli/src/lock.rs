//! Finds the packages that depend on palisade, in `Cargo.lock`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use toml::de::{DeTable, DeValue};

/// The names of all packages that depend on palisade, directly or indirectly. Empty if the file is
/// missing or invalid: cargo writes it at the first build.
pub fn dependents(root: &Path) -> BTreeSet<String> {
    fs::read_to_string(root.join("Cargo.lock")).map(|text| of_text(&text)).unwrap_or_default()
}

fn of_text(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Ok(table) = DeTable::parse(text) else { return found };
    let packages = table.get_ref().get("package").and_then(|all| all.get_ref().as_array());
    let mut on: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages.into_iter().flatten() {
        let value = |key: &str| package.get_ref().get(key).map(toml::Spanned::get_ref);
        let Some(name) = value("name").and_then(DeValue::as_str) else { continue };
        let dependencies = value("dependencies").and_then(DeValue::as_array);
        for dependency in dependencies.into_iter().flatten() {
            // `name`, `name version` or `name version (source)`.
            let dependency = dependency.get_ref().as_str().unwrap_or_default();
            let dependency = dependency.split(' ').next().unwrap_or_default();
            on.entry(dependency).or_default().push(name);
        }
    }
    let mut next = vec!["palisade"];
    while let Some(package) = next.pop() {
        for dependent in on.get(package).into_iter().flatten() {
            if found.insert((*dependent).to_owned()) {
                next.push(dependent);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::of_text;

    #[test]
    fn packages_depend_on_palisade_by_way_of_others_too() {
        let text = "
            version = 4
            [[package]]
            name = \"palisade\"
            dependencies = [\"actix-web\"]
            [[package]]
            name = \"actix-web\"
            [[package]]
            name = \"framework\"
            dependencies = [\"palisade 0.1.0 (registry+https://example.org)\", \"serde\"]
            [[package]]
            name = \"shop\"
            dependencies = [\"framework 1.0.0\"]
            [[package]]
            name = \"serde\"
        ";
        let found: Vec<_> = of_text(text).into_iter().collect();
        assert_eq!(found, ["framework", "shop"]);
        assert!(of_text("").is_empty() && of_text("[[package").is_empty());
    }
}
