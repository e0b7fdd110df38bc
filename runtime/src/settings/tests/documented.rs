//! The page about settings, compared with the table.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt as _};

use super::super::table;
use crate::{
    private_folder::tests::Place,
    setting_sources::{described::Described, file, layers::Pool, sources::Names},
};

const PAGE: &str = include_str!("../../../../docs/settings.md");

#[test]
fn every_setting_is_a_row_of_the_page() {
    for Described { name, about, takes, default, secret, .. } in table::described() {
        let row = PAGE.lines().find(|line| {
            line.starts_with(&format!("| `{name}` "))
                || line.starts_with(&format!("| `{name}` (secret) "))
        });
        let Some(row) = row else { panic!("docs/settings.md has no row for {name}") };
        for part in [about, takes, default] {
            assert!(row.contains(part), "{name}: {part:?} is not in {row}");
        }
        assert_eq!(row.contains("(secret)"), secret, "{row}");
    }
    let known: BTreeSet<_> = table::described().iter().map(|setting| setting.name).collect();
    for line in PAGE.lines().filter_map(|line| line.strip_prefix("| `PALISADE_")) {
        let name = format!("PALISADE_{}", line.split('`').next().unwrap());
        let is_source = ["PALISADE_CONFIG", "PALISADE_SECRETS_DIR"].contains(&&*name);
        let is_example = !line.contains("` |") && !line.contains("` (secret) |");
        assert!(known.contains(&*name) || is_source || is_example, "{name} is no setting");
    }
}

#[test]
fn the_settings_files_of_the_page_are_read() {
    let place = Place::new();
    fs::create_dir_all(place.join("")).unwrap();
    let path = place.join("palisade.toml");
    let notes = Described {
        name: "NOTES_DATA",
        section: "notes",
        key: "data",
        about: "",
        takes: "a path",
        default: "",
        secret: false,
        from: ("", ""),
        flag: true,
    };
    let known: Vec<_> = table::described().into_iter().chain([notes]).collect();
    let blocks: Vec<_> = PAGE.split("```toml\n").skip(1).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        fs::write(&path, block.split("```").next().unwrap()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let mut complaints = Vec::new();
        let names = Names { known: &known, are_all: true };
        file::read(&path, names, &mut Pool::default(), &mut complaints);
        assert_eq!(complaints, Vec::<String>::new(), "{block}");
    }
}
