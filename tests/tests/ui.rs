//! What does not compile, with its messages, and the twin that does.
//!
//! Errors of the macros are compared by the test `fixtures` of `palisade-macros`, which needs no compiler
//! and takes all fixtures but those of `rustc.txt`. The fixtures of `rustc.txt` and of `sample.txt` are
//! compiled here, and all others as well where the variable `UI_FIXTURES` is `all`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::Path};

use palisade_lint::{Code, Level, RULES, attribute::Word};

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
    if env::var("UI_FIXTURES").is_ok_and(|chosen| chosen == "all") {
        for folder in FOLDERS {
            cases.compile_fail(format!("{folder}/fail/*.rs"));
        }
        return;
    }
    for name in listed("rustc.txt").union(&listed("sample.txt")) {
        cases.compile_fail(source(name));
    }
}

/// The names in a list of fixtures, as `endpoint/no_access`.
fn listed(file: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui").join(file);
    let list = fs::read_to_string(path).unwrap();
    list.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// The path of a fixture in such a list.
fn source(name: &str) -> String {
    let (topic, name) = name.split_once('/').unwrap();
    format!("ui/{topic}/fail/{name}.rs")
}

#[test]
fn one_fixture_of_each_macro_is_compiled() {
    let (rustc, sample) = (listed("rustc.txt"), listed("sample.txt"));
    assert_eq!(rustc.intersection(&sample).collect::<Vec<_>>(), Vec::<&String>::new());
    let mut sources = String::new();
    for name in &sample {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(source(name));
        sources.push_str(&fs::read_to_string(path).unwrap());
    }
    // Those of single methods are one entry point.
    let attributes = Word::ALL.iter().filter(|word| word.method().is_none());
    let attributes = attributes.map(|word| format!("#[{word}"));
    let derives = ["Input", "Row", "Scope", "Settings", "SqlName"].map(|name| format!("{name})]"));
    let calls = ["cors", "csp", "endpoints", "migrations", "permissions", "sql"];
    let missing: Vec<_> = attributes
        .chain(derives)
        .chain(calls.map(|name| format!("{name}!")))
        .filter(|call| !sources.contains(call))
        .collect();
    assert!(missing.is_empty(), "tests/ui/sample.txt has no fixture with {missing:?}");
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
        assert_eq!(env::var("TRYBUILD").as_deref(), Ok("overwrite"), "write tests/twins.rs");
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
