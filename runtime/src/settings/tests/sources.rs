//! Where values come from, and which one holds.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use proptest::{prop_assert, proptest};

use super::{super::table, of};
use crate::{
    private_folder::tests::Place,
    setting_sources::sources::{Resolved, Surroundings, resolve},
};

fn resolved(from: &Surroundings) -> (Resolved, Vec<String>) {
    let mut complaints = Vec::new();
    let resolved = resolve(&table::described(), from, &mut complaints);
    (resolved, complaints)
}

/// The value of a setting and its origin.
fn value(from: &Surroundings, name: &str) -> String {
    let (resolved, complaints) = resolved(from);
    assert_eq!(complaints, Vec::<String>::new());
    resolved
        .values
        .get(name)
        .map_or("unset".to_owned(), |given| format!("{} ({})", given.expose(), given.origin))
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_later_source_wins() {
    let place = Place::new();
    let mut from = of(&[]);
    from.folder = place.join("");
    let name = "PALISADE_PUBLIC_PREFIX";
    assert_eq!(value(&from, name), "unset");
    let toml = place.join("palisade.toml");
    write(&toml, "[palisade]\npublic_prefix = \"/file\"\n", 0o644);
    assert_eq!(value(&from, name), format!("/file (public_prefix in {}:2)", toml.display()));
    from.variables.insert(name.into(), "/variable".into());
    assert_eq!(value(&from, name), "/variable (environment)");
    let mount = place.join("mount");
    write(&mount.join(name), "/mount\n", 0o644);
    from.variables.insert("PALISADE_SECRETS_DIR".into(), mount.clone().into());
    assert!(value(&from, name).starts_with("/mount (the file "));
    let credentials = place.join("credentials");
    write(&credentials.join("palisade_public_prefix"), "/credential", 0o400);
    write(&credentials.join("of-another-program"), "x", 0o400);
    from.variables.insert("CREDENTIALS_DIRECTORY".into(), credentials.into());
    assert!(value(&from, name).starts_with("/credential (the systemd credential "));
    from.variables.remove(std::ffi::OsStr::new(name));
    let file = place.join("value");
    write(&file, "/named\n", 0o644);
    from.variables.insert("PALISADE_PUBLIC_PREFIX_FILE".into(), file.into());
    assert!(value(&from, name).starts_with("/named (PALISADE_PUBLIC_PREFIX_FILE="));
    from.arguments = Some(vec!["--set=public_prefix=/option".into()]);
    assert_eq!(value(&from, name), "/option (command line)");
}

#[test]
fn values_of_toml_are_written_as_elsewhere() {
    let place = Place::new();
    let mut from = of(&[]);
    from.folder = place.join("");
    let toml = place.join("palisade.toml");
    let text = "[palisade]\nhosts = ['a.example', \"b.example\"]\ncors_max_age = 1_000\n\
                hsts_subdomains = true\nkeep_alive = '75 s'\n";
    write(&toml, text, 0o644);
    let (resolved, complaints) = resolved(&from);
    assert_eq!(complaints, Vec::<String>::new());
    let shown: Vec<_> = resolved.values.values().map(|given| given.expose().to_owned()).collect();
    assert_eq!(shown, ["1000", "a.example,b.example", "true", "75 s"]);
}

#[test]
fn a_file_that_is_wrong_is_named_with_its_line() {
    let place = Place::new();
    let mut from = of(&[]);
    from.folder = place.join("");
    let toml = place.join("palisade.toml");
    let place_of = toml.display().to_string();
    for (text, line, says) in [
        ("[palisade]\nbind = 'x\n", 2, ""),
        ("bind = 'x'\n", 1, "under `[palisade]`"),
        ("[palisad]\nbind = 'x'\n", 1, "did you mean `[palisade]`?"),
        ("[orders]\nbind = 'x'\n", 1, "nothing reads the section `[orders]`"),
        ("[palisade]\n\nhost = 'x'\n", 3, "did you mean `hosts`?"),
        ("[palisade]\nx = 'hunter22'\n", 2, "no setting \"x\": remove it"),
        ("[palisade.bind]\nx = 'y'\n", 1, "not a table"),
        ("[palisade]\nkeep_alive = 1.5\n", 2, "not a float"),
        ("[palisade]\nbacklog = 0x10\n", 2, "decimal digits"),
        ("[palisade]\nhosts = ['a,b']\n", 2, "no comma"),
        ("[palisade]\nbind = ''\n", 2, "is empty"),
        ("[palisade]\nbind = '127.0.0.1:1'\nbind = 'hunter22'\n", 3, ""),
        ("[palisade]\nredis_url = 'redis://:hunter22@h'\n", 2, "is a secret"),
    ] {
        write(&toml, text, 0o644);
        let (_, complaints) = resolved(&from);
        let [one] = complaints.as_slice() else { panic!("{text:?}: {complaints:?}") };
        assert!(one.contains(&format!("{place_of}:{line}")), "{text:?}: {one}");
        assert!(one.contains(says), "{text:?}: {one}");
        assert!(!one.contains("hunter22"), "{one}");
    }
    write(&toml, "[palisade]\n", 0o666);
    let (_, complaints) = resolved(&from);
    assert!(complaints.concat().contains("chmod o-w"), "{complaints:?}");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let mut from = of(&[("PALISADE_CONFIG", "/does/not/exist.toml")]);
    let (_, complaints) = resolved(&from);
    assert!(complaints.concat().contains("/does/not/exist.toml"), "{complaints:?}");
    from.arguments = Some(vec!["--config".into(), "/nor/this.toml".into()]);
    let (_, complaints) = resolved(&from);
    assert!(complaints.len() == 1 && complaints[0].contains("/nor/this.toml"), "{complaints:?}");
}

#[test]
fn a_mount_of_kubernetes_is_read_through_its_links() {
    let place = Place::new();
    let mount = place.join("mount");
    write(
        &mount.join("..2026_12_01/PALISADE_FORM_KEY"),
        "2f1c9a7e4b8d3f605a1be2c47d9081f3\n",
        0o400,
    );
    symlink("..2026_12_01", mount.join("..data")).unwrap();
    symlink("..data/PALISADE_FORM_KEY", mount.join("PALISADE_FORM_KEY")).unwrap();
    let mut from = of(&[]);
    from.variables.insert("PALISADE_SECRETS_DIR".into(), mount.clone().into());
    assert!(value(&from, "PALISADE_FORM_KEY").starts_with("2f1c9a7e4b8d3f605a1be2c47d9081f3 ("));
    // A key that is not one of ours, and one that others can read.
    write(&mount.join("PALISADE_FORM_KEYS"), "x", 0o400);
    let readable = mount.join("..2026_12_01/PALISADE_FORM_KEY");
    fs::set_permissions(readable, fs::Permissions::from_mode(0o444)).unwrap();
    let (_, complaints) = resolved(&from);
    assert_eq!(complaints.len(), 2, "{complaints:?}");
    assert!(complaints[0].contains("defaultMode"), "{complaints:?}");
    assert!(complaints[1].contains("did you mean PALISADE_FORM_KEY?"), "{complaints:?}");
}

#[test]
fn one_setting_is_said_once() {
    let place = Place::new();
    let file = place.join("value");
    write(&file, "/a", 0o600);
    let mut from = of(&[("PALISADE_PUBLIC_PREFIX", "/b")]);
    from.variables.insert("PALISADE_PUBLIC_PREFIX_FILE".into(), file.into());
    let (_, complaints) = resolved(&from);
    assert!(complaints.concat().contains("keep one of them"), "{complaints:?}");
    let mut from = of(&[]);
    from.arguments = Some(vec![
        "--set".into(),
        "bind=127.0.0.1:1".into(),
        "--set".into(),
        "bind=[::1]:1".into(),
    ]);
    let (_, complaints) = resolved(&from);
    assert!(complaints.concat().contains("set twice"), "{complaints:?}");
}

#[test]
fn names_that_are_nearly_right_are_found() {
    for (arguments, says) in [
        (&["--set", "bint=x"][..], "did you mean bind?"),
        (&["--set", "bind"], "KEY=VALUE"),
        (&["--chekc"], "did you mean --check?"),
        (&["--frobnicate"], "see --help"),
        (&["serve"], "unexpected"),
        (&["-x"], "-x (command line) is unknown"),
        (&["--config"], "needs the path of a file"),
    ] {
        let mut from = of(&[]);
        from.arguments = Some(arguments.iter().map(Into::into).collect());
        let (_, complaints) = resolved(&from);
        assert!(
            complaints.len() == 1 && complaints[0].contains(says),
            "{arguments:?}: {complaints:?}"
        );
    }
    let from = of(&[("PALISADE_BIND_FIEL", "x"), ("PALISADE_FORM_KYE_FILE", "x")]);
    let (_, complaints) = resolved(&from);
    assert!(complaints.concat().contains("did you mean PALISADE_FORM_KEY_FILE?"), "{complaints:?}");
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(200))]

    /// Whatever a file, a variable or an argument holds, it is accepted or reported, and nothing
    /// panics.
    #[test]
    fn no_text_is_too_odd(
        toml in "(\\[(palisade|x)\\]\n)?([a-z_.\"]{1,9} ?= ?[\\PC\n]{0,20}\n){0,4}",
        name in "PALISADE_[A-Z_]{0,20}",
        value in "\\PC{0,40}",
        argument in "(--)?(set|config|bind|x)?=?\\PC{0,20}",
    ) {
        let place = Place::new();
        write(&place.join("palisade.toml"), &toml, 0o600);
        let mut from = of(&[(&name, &value)]);
        from.folder = place.join("");
        from.arguments = Some(vec![argument.into()]);
        let (resolved, complaints) = resolved(&from);
        let told = complaints.iter().all(|one| !one.trim().is_empty());
        prop_assert!(told && resolved.values.values().all(|given| !given.expose().is_empty()));
    }
}
