//! The fixtures of every rule: each bad line is marked, and nothing else may be reported.
//!
//! `cargo test -p palisade-lint --test rules -- --nocapture` prints the table of precision and recall.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use palisade_lint::{Crate, Level, Options, RULES, analyse};
use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::{ItemUse, UseTree};

type Marks = BTreeSet<(String, usize)>;

/// Every file below a folder.
fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The lines that are marked with `//~ rule`.
fn marks(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).unwrap();
    let mut marks = Vec::new();
    for (line, content) in text.lines().enumerate() {
        for mark in content.split("//~ ").skip(1) {
            marks.push((line + 1, mark.split_whitespace().next().unwrap().to_owned()));
        }
    }
    marks
}

#[derive(Default)]
struct Score {
    found: usize,
    missed: Vec<String>,
    wrong: Vec<String>,
}

#[test]
fn fixtures_are_found_and_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for rule in RULES {
        let dir = root.join(rule.name);
        assert!(dir.is_dir(), "{} has no fixtures", rule.name);
        let mut found = Vec::new();
        files(&dir, &mut found);
        let text = |path: &PathBuf| fs::read_to_string(path).unwrap();
        for audit in [false, true] {
            let chosen: Vec<&PathBuf> =
                found.iter().filter(|p| text(p).starts_with("// audit") == audit).collect();
            if chosen.is_empty() {
                continue;
            }
            let krate = Crate::load(&chosen).unwrap();
            let report = analyse(&krate, &Options { audit, ..Options::default() });
            let mut expected: BTreeMap<String, Marks> = BTreeMap::new();
            for path in &chosen {
                for (line, name) in marks(path) {
                    expected.entry(name).or_default().insert((path.display().to_string(), line));
                }
            }
            let mut told: BTreeMap<String, Marks> = BTreeMap::new();
            for finding in &report.findings {
                // A rule answers for its own fixtures; another one that refuses them is wrong too.
                if finding.rule == rule.name || finding.level == Level::Deny {
                    told.entry(finding.rule.to_owned())
                        .or_default()
                        .insert((finding.file.clone(), finding.place.line));
                }
            }
            let short = |(file, line): &(String, usize)| {
                format!("{}:{line}", file.strip_prefix(&root.display().to_string()).unwrap_or(file))
            };
            for other in RULES {
                let none = Marks::new();
                let (wanted, got) = (
                    expected.get(other.name).unwrap_or(&none),
                    told.get(other.name).unwrap_or(&none),
                );
                if other.name != rule.name && other.level != Level::Deny {
                    continue;
                }
                let score = scores.entry(other.name).or_default();
                score.found += wanted.intersection(got).count();
                score.missed.extend(wanted.difference(got).map(short));
                score.wrong.extend(got.difference(wanted).map(short));
            }
        }
    }
    println!(
        "{:<24}{:>7}{:>8}{:>8}{:>11}{:>8}",
        "rule", "found", "missed", "wrong", "precision", "recall"
    );
    let mut failures = Vec::new();
    for rule in RULES {
        let score = scores.remove(rule.name).unwrap_or_default();
        let share = |part: usize, rest: usize| {
            if part + rest == 0 { 1.0 } else { part as f64 / (part + rest) as f64 }
        };
        println!(
            "{:<24}{:>7}{:>8}{:>8}{:>11.2}{:>8.2}",
            rule.name,
            score.found,
            score.missed.len(),
            score.wrong.len(),
            share(score.found, score.wrong.len()),
            share(score.found, score.missed.len()),
        );
        failures.extend(score.missed.iter().map(|at| format!("{} missed at {at}", rule.name)));
        failures.extend(score.wrong.iter().map(|at| format!("{} wrong at {at}", rule.name)));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What one file is reported for, by rule and line.
fn findings_in(path: &Path, text: &str) -> Marks {
    let krate = Crate::from_sources([("src/lib.rs", text)]);
    let audit = fs::read_to_string(path).unwrap().starts_with("// audit");
    let report = analyse(&krate, &Options { audit, ..Options::default() });
    report.findings.iter().map(|finding| (finding.rule.to_owned(), finding.place.line)).collect()
}

#[test]
fn importing_the_prelude_takes_no_finding_away() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules"), &mut found);
    let (mut compared, mut lost) = (0, Vec::new());
    for path in found.iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(path).unwrap();
        let before = findings_in(path, &text);
        let after = findings_in(path, &format!("{text}\nuse palisade::prelude::*;\n"));
        compared += before.len();
        lost.extend(
            before
                .difference(&after)
                .map(|(rule, line)| format!("{rule} at {}:{line}", path.display())),
        );
    }
    assert!(compared > 300, "{compared}");
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// The texts of all files below a folder.
fn texts(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    files(dir, &mut found);
    found.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// How many cases a fixture holds: functions and types, or the lines of a template that print something.
fn cases(text: &str) -> usize {
    text.lines()
        .filter(|line| {
            let line = line.trim_start();
            ["fn ", "pub fn ", "async fn ", "pub async fn ", "struct ", "pub struct "]
                .iter()
                .any(|start| line.starts_with(start))
                || line.contains("{{")
        })
        .count()
}

#[test]
fn every_rule_has_enough_cases_and_a_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    for rule in RULES {
        let mut found = Vec::new();
        files(&root.join(rule.name).join("bad"), &mut found);
        let marked =
            found.iter().flat_map(|p| marks(p)).filter(|(_, name)| name == rule.name).count();
        assert!(marked >= 3, "{} has {marked} bad lines", rule.name);
        let good = texts(&root.join(rule.name).join("good"));
        let cases: usize = good.iter().map(|text| cases(text)).sum();
        assert!(cases >= 3, "{} has {cases} good cases", rule.name);
        assert!(
            good.iter().any(|text| text.contains("trap: ")),
            "no good case of {} is marked with `trap: ..`",
            rule.name
        );
        let page = rule.text();
        for part in
            ["## What it does", "## Why it is bad", "## Example", "## Use instead", "## References"]
        {
            assert!(page.contains(part), "the page of {} has no `{part}`", rule.name);
        }
    }
}

/// The pages, written out for readers who have no `cargo palisade explain` at hand.
#[test]
fn the_written_pages_are_those_of_the_rules() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules");
    let rewrite = std::env::var_os("PALISADE_WRITE_PAGES").is_some();
    if rewrite {
        fs::create_dir_all(&dir).unwrap();
    }
    let mut index = String::from("# Rules\n\n| rule | level | weakness |\n|---|---|---|\n");
    for rule in RULES {
        index.push_str(&format!(
            "| [{0}]({0}.md) | {1} | CWE-{2} |\n",
            rule.name, rule.level, rule.cwe
        ));
    }
    let pages = RULES.iter().map(|rule| (format!("{}.md", rule.name), rule.text()));
    for (name, text) in pages.chain([("README.md".to_owned(), index)]) {
        let path = dir.join(&name);
        if rewrite {
            fs::write(&path, &text).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            written, text,
            "{name} is not the page of its rule: run this test with PALISADE_WRITE_PAGES=1"
        );
    }
}

/// The imports of a file's modules by name, each made one of the whole module, on the same lines.
fn whole(text: &str) -> String {
    struct Imports(Vec<(usize, usize, String)>);

    impl<'ast> Visit<'ast> for Imports {
        fn visit_item_use(&mut self, item: &'ast ItemUse) {
            let mut made = Vec::new();
            wholes(&item.tree, &mut Vec::new(), &mut made);
            made.sort();
            made.dedup();
            let (first, last) = (item.span().start().line, item.span().end().line);
            // What is imported through a path of this crate is about other names.
            let is_foreign = !made.iter().any(|one: &String| {
                ["use crate", "use self", "use super"].iter().any(|own| one.starts_with(own))
            });
            if is_foreign && item.attrs.is_empty() {
                self.0.push((first, last, made.join(" ")));
            }
        }
    }

    let mut imports = Imports(Vec::new());
    imports.visit_file(&syn::parse_file(text).unwrap());
    let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    for (first, last, made) in imports.0 {
        for line in lines.iter_mut().take(last).skip(first - 1) {
            line.clear();
        }
        lines.get_mut(first - 1).unwrap().push_str(&made);
    }
    lines.join("\n")
}

fn wholes(tree: &UseTree, lead: &mut Vec<String>, made: &mut Vec<String>) {
    let path = lead.join("::");
    match tree {
        UseTree::Path(path) => {
            lead.push(path.ident.to_string());
            wholes(&path.tree, lead, made);
            lead.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| wholes(tree, lead, made)),
        UseTree::Name(name) if lead.is_empty() || name.ident == "self" => {
            made.push(if lead.is_empty() {
                format!("use {};", name.ident)
            } else {
                format!("use {path};")
            });
        }
        UseTree::Name(_) | UseTree::Glob(_) => made.push(format!("use {path}::*;")),
        UseTree::Rename(rename) if rename.ident == "self" => {
            made.push(format!("use {path} as {};", rename.rename));
        }
        UseTree::Rename(rename) => {
            made.push(format!("use {path}::{} as {};", rename.ident, rename.rename));
        }
    }
}

#[test]
fn importing_whole_modules_takes_no_finding_away() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules"), &mut found);
    let (mut compared, mut lost) = (0, Vec::new());
    for path in found.iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(path).unwrap();
        // What cannot be parsed has no imports to change.
        if syn::parse_file(&text).is_err() {
            continue;
        }
        let before = findings_in(path, &text);
        let after = findings_in(path, &format!("{}\nuse palisade::prelude::*;\n", whole(&text)));
        compared += before.len();
        lost.extend(
            before
                .difference(&after)
                .map(|(rule, line)| format!("{rule} at {}:{line}", path.display())),
        );
    }
    assert!(compared > 300, "{compared}");
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}
