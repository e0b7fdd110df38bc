//! The page about features, compared with the manifest.

use std::{collections::BTreeSet, fs};

use crate::document::root;

#[test]
fn the_page_about_features_lists_those_of_the_manifest() {
    let manifest = fs::read_to_string(root().join("runtime/Cargo.toml")).unwrap();
    let section = manifest.split("\n[features]\n").nth(1).unwrap();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let names =
        lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let own: BTreeSet<_> = names.map(|(name, _)| name).filter(|name| *name != "default").collect();
    assert!(own.len() > 20, "{own:?}");
    let page = fs::read_to_string(root().join("docs/features.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split(" | ").next().unwrap());
    let mut listed = BTreeSet::new();
    for name in cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        assert!(listed.insert(name), "{name} has two rows");
    }
    assert_eq!(own, listed);
}
