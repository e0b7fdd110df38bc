//! What does not compile, with its messages, and the twin that does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use palisade_lint::{Code, Level, RULES};

const FOLDERS: [&str; 10] = [
    "ui/cors",
    "ui/endpoint",
    "ui/input",
    "ui/object",
    "ui/rule",
    "ui/scope",
    "ui/settings",
    "ui/sql",
    "ui/upload",
    "ui/web",
];

/// One project for all fixtures: what they depend on is built once. It holds no program that has to
/// compile, so all are checked by one run of Cargo; their twins are the test `twins`.
#[test]
fn fixtures() {
    put_migrations();
    let cases = trybuild::TestCases::new();
    for folder in FOLDERS {
        cases.compile_fail(format!("{folder}/fail/*.rs"));
    }
}

/// Queries are checked against the migrations of the package that they are in: here that is the
/// project of the fixtures.
fn put_migrations() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let project = target.join("tests/trybuild").join(env!("CARGO_PKG_NAME")).join("migrations");
    fs::create_dir_all(&project).unwrap();
    for old in fs::read_dir(&project).unwrap() {
        fs::remove_file(old.unwrap().path()).unwrap();
    }
    for file in fs::read_dir(package.join("migrations")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), project.join(file.file_name())).unwrap();
    }
}

/// The twins are modules of the test `twins`, one each, so that they are linked once.
#[test]
fn every_twin_is_compiled() {
    let mut modules = String::new();
    for folder in FOLDERS {
        let kind = folder.trim_start_matches("ui/");
        for name in names(folder, "pass", "rs") {
            writeln!(modules, "#[path = \"../{folder}/pass/{name}.rs\"]\nmod {kind}_{name};")
                .unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/twins.rs");
    let program = fs::read_to_string(&path).unwrap();
    let (head, written) = program.split_once("#[path").unwrap();
    if format!("#[path{written}") != modules {
        // As with the messages of fixtures, the variable writes what is missing.
        assert_eq!(std::env::var("TRYBUILD").as_deref(), Ok("overwrite"), "write tests/twins.rs");
        fs::write(&path, format!("{head}{modules}")).unwrap();
    }
}

fn names(folder: &str, kind: &str, extension: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(kind);
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|own| own == extension))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_mistake_that_the_lint_knows_has_a_fixture_of_its_name() {
    let fixtures: BTreeSet<_> =
        FOLDERS.iter().flat_map(|folder| names(folder, "fail", "rs")).collect();
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| code.has_fixture())
        .map(|code| code.name())
        .filter(|name| !fixtures.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no tests/ui/*/fail/*.rs for {missing:?}");
    assert!(fixtures.len() >= 45, "{}", fixtures.len());
}

#[test]
fn every_rule_that_the_macros_enforce_has_a_fixture_and_a_twin() {
    let enforced: BTreeSet<_> = RULES
        .iter()
        .filter(|rule| rule.in_macros() && rule.level == Level::Deny)
        // Syntax that cannot be read is the model's to refuse: `unreadable_syntax`.
        .filter(|rule| rule.name != "unparsed_code")
        .map(|rule| rule.name.to_owned())
        .collect();
    for kind in ["fail", "pass"] {
        let fixtures = names("ui/rule", kind, "rs");
        let missing: Vec<_> = enforced.difference(&fixtures).collect();
        assert!(missing.is_empty(), "no tests/ui/rule/{kind}/*.rs for {missing:?}");
    }
}

#[test]
fn every_fixture_has_its_message_and_is_short() {
    for folder in FOLDERS {
        let sources = names(folder, "fail", "rs");
        assert_eq!(sources, names(folder, "fail", "stderr"), "{folder}");
        for name in sources {
            let path = format!("{}/{folder}/fail/{name}.rs", env!("CARGO_MANIFEST_DIR"));
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 20, "{path} has {lines} lines");
        }
    }
}

#[test]
fn the_kinds_of_files_are_those_of_the_runtime() {
    use palisade::upload::FileKind;
    use palisade_lint::endpoint;

    let ours: Vec<_> = FileKind::ALL
        .iter()
        .map(|kind| (format!("{kind:?}"), kind.name(), kind.is_active()))
        .collect();
    let theirs: Vec<_> = endpoint::FileKind::ALL
        .iter()
        .map(|kind| (kind.variant().to_owned(), kind.name(), kind.is_active()))
        .collect();
    assert_eq!(ours, theirs);
}
