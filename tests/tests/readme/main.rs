//! Every code block of the documentation is compiled, executed or compared with what it shows.
//!
//! | block | what happens to it |
//! |---|---|
//! | `rust`, `rust,no_run` | a doc test: its page is listed in `src/documents.rs` |
//! | `rust,compile_fail` | the same, and it is a fixture of the UI tests |
//! | `text` | follows such a block, and is the message that its fixture gives |
//! | `toml` | names dependencies as this workspace has them |
//! | `sh`, `console` | run in a shell against an example; statuses and shown output compared |

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod answer;
// The service of docs/getting-started.md, whose tests run here.
mod board;
mod document;
mod features;
mod shell;

use std::{collections::BTreeSet, fs, path::Path};

use document::{Block, Document, root};
use palisade_lint::Code;
use palisade_tests::inventory;
use shell::{NOT_RUN, NOT_RUN_PAGES, Service, Step};

#[test]
fn every_block_is_of_a_kind_that_is_checked() {
    let compiled = fs::read_to_string(root().join("tests/src/documents.rs")).unwrap();
    for document in document::all() {
        for Block { kind, place, text: block } in &document.blocks {
            match kind.as_str() {
                "rust" | "rust,no_run" | "rust,compile_fail" => {
                    let included = format!("include_str!(\"../../{}\")", document.name);
                    assert!(compiled.contains(&included), "{place}: nothing compiles this page");
                }
                "text" | "toml" | "sh" | "console" => {}
                // Run by the tests of proxies.
                "nginx" | "haproxy" | "caddy" => {
                    let are_run = ["docs/deploying.md", "docs/http2.md"];
                    assert!(are_run.contains(&document.name.as_str()), "{place}");
                }
                // Run by the tests of permissions.
                "redis" => assert!(block.starts_with("ACL SETUSER "), "{place}"),
                "ini" => assert!(block.lines().all(is_setting), "{place}: {block}"),
                "yaml" => assert!(block.lines().all(is_entry), "{place}: {block}"),
                other => panic!("{place}: nothing checks a block of the kind {other:?}"),
            }
        }
    }
}

/// A line of a unit file of systemd.
fn is_setting(line: &str) -> bool {
    let is_section = line.starts_with('[') && line.ends_with(']');
    line.is_empty() || line.starts_with('#') || is_section || line.contains('=')
}

/// A line of a mapping or a list.
fn is_entry(line: &str) -> bool {
    let entry = line.trim_start_matches(' ');
    let is_comment = entry.is_empty() || entry.starts_with('#');
    !line.contains('\t') && (is_comment || entry.starts_with("- ") || entry.contains(':'))
}

#[test]
fn what_does_not_compile_says_what_is_shown() {
    let fixtures = fixtures();
    for Document { blocks, .. } in document::all() {
        let mut rest = blocks.iter();
        while let Some(block) = rest.next() {
            assert_ne!(block.kind, "text", "{}: the message of nothing", block.place);
            if block.kind != "rust,compile_fail" {
                continue;
            }
            let source = format!("{}\nfn main() {{}}\n", block.text);
            let Some((_, path)) = fixtures.iter().find(|(fixture, _)| *fixture == source) else {
                panic!("{}: tests/ui has no fail fixture with this source", block.place);
            };
            let message = rest.next().filter(|next| next.kind == "text");
            let Some(message) = message else { panic!("{}: shows no message", block.place) };
            let real = fs::read_to_string(path.with_extension("stderr")).unwrap();
            let name = path.strip_prefix(root().join("tests")).unwrap().display().to_string();
            assert_eq!(message.text, real.replace(&name, "src/main.rs"), "{}", message.place);
        }
    }
}

#[test]
fn the_service_of_getting_started_is_the_one_that_is_tested() {
    let Document { blocks, .. } = Document::read("docs/getting-started.md");
    let shown: Vec<_> = blocks.iter().filter(|block| block.kind.starts_with("rust")).collect();
    let [service, tests] = shown[..] else { panic!("{} blocks", shown.len()) };
    assert_eq!(format!("{}\n{}", service.text, tests.text), include_str!("board.rs"));
}

#[test]
fn dependencies_are_those_of_this_workspace() {
    let ours = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for Document { blocks, .. } in document::all() {
        // Metadata of a manifest for a tool names no dependency, nor do the settings of a service,
        // which the tests of settings read.
        let is_listed = |block: &&Block| {
            let is_other = ["[package.metadata", "[workspace.metadata", "[palisade]"];
            block.kind == "toml" && !is_other.iter().any(|head| block.text.starts_with(head))
        };
        for Block { text, place, .. } in blocks.iter().filter(is_listed) {
            for line in text.lines().filter(|line| line.contains('=')) {
                let (name, _) = line.split_once(' ').unwrap();
                let our = ours.lines().find(|our| our.starts_with(&format!("{name} = ")));
                let Some(our) = our else { panic!("{place}: {name} is no dependency here") };
                let (written, real) = (quoted(line), quoted(our));
                if line.contains("path = ") {
                    let beside = format!("../palisade/{}", real[0]);
                    assert_eq!(*written[0], beside, "{place}: {line}");
                } else {
                    assert!(real[0].starts_with(written[0]), "{place}: {line} is not {our}");
                    assert_eq!(written[1..], real[1..], "{place}: {line} is not {our}");
                }
            }
        }
    }
}

#[test]
fn commands_print_what_is_shown() {
    shell::build();
    let mut skipped = BTreeSet::new();
    let mut shown_statuses = BTreeSet::new();
    for Document { name, blocks, .. } in document::all() {
        let shell = blocks.iter().filter(|block| matches!(block.kind.as_str(), "sh" | "console"));
        let steps: Vec<Step> = shell.flat_map(shell::steps).collect();
        if steps.is_empty() {
            continue;
        }
        if NOT_RUN_PAGES.iter().any(|(page, _)| *page == name) {
            continue;
        }
        let printed = Service::start(&name).run(&steps);
        for (Step { place, command, shown, status }, printed) in steps.iter().zip(printed) {
            let not_run = NOT_RUN.iter().find(|(not_run, _)| not_run == command);
            if let Some((not_run, _)) = not_run {
                assert!(shown.is_none() && status.is_none(), "{place}: {command} is not run");
                skipped.insert(*not_run);
            }
            if let Some(shown) = shown {
                if let Err(difference) = answer::compare(shown, &printed) {
                    panic!("{place}: {command}\n{difference}");
                }
                if name == "docs/tour.md" {
                    shown_statuses.extend(statuses(shown));
                }
            }
            if let Some(status) = status {
                let real = statuses(&printed);
                assert!(real.contains(status), "{place}: {command}\nprinted {real:?}, {printed}");
            }
        }
    }
    for status in ["200", "201", "401", "403", "413", "415", "422", "429"] {
        assert!(shown_statuses.contains(status), "the tour shows no {status}");
    }
    // A command that is on the list and on no page would be skipped unseen one day.
    let listed: BTreeSet<_> = NOT_RUN.iter().map(|(command, _)| *command).collect();
    assert_eq!(skipped, listed);
}

#[test]
fn the_table_of_the_start_is_the_inventory_of_the_sources() {
    shell::build();
    for program in ["browser", "notes", "quickstart", "uploads"] {
        let service = Service::start(&format!("examples/{program}/README.md"));
        let started = inventory::started(&service.log);
        let mut read = inventory::read(&shell::inventory(program));
        assert!(started.len() > 2, "{program}: {}", service.log);
        for (key, declared) in &started {
            let at = declared.get("at").unwrap();
            if let Some(read) = read.get_mut(key)
                && at.iter().all(|at| at.starts_with("runtime/") || at.starts_with("palisade:"))
            {
                // Of palisade's own endpoints, the sources of a service show where they are mounted.
                read.insert("at", at.clone());
            }
            assert_eq!(Some(declared), read.get(key), "{program}: {key}");
        }
        let lost: Vec<_> = read.keys().filter(|key| !started.contains_key(*key)).collect();
        assert!(lost.is_empty(), "{program}: {lost:?}");
    }
}

#[test]
fn every_mistake_is_in_the_reference() {
    let Document { text, .. } = Document::read("docs/attributes.md");
    let named: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| [`")?.split_once("`](../tests/ui/"))
        .map(|(name, rest)| (name, rest.split_once(')').unwrap().0))
        .collect();
    let names: BTreeSet<_> = named.iter().map(|(name, _)| *name).collect();
    let codes: BTreeSet<_> =
        Code::ALL.iter().filter(|code| code.has_fixture()).map(|code| code.name()).collect();
    assert_eq!(names, codes);
    for (name, path) in named {
        assert!(path.ends_with(&format!("/{name}.rs")), "{path}");
        assert!(root().join("tests/ui").join(path).is_file(), "{path}");
    }
}

#[test]
fn links_lead_somewhere() {
    for Document { name, text, .. } in document::all() {
        let folder = root().join(Path::new(&name).parent().unwrap());
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (target, _) in targets.filter(|(target, _)| !target.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { root().join(&name) } else { folder.join(file) };
            assert!(file.exists(), "{name}: {target}");
            if !heading.is_empty() {
                let text = fs::read_to_string(&file).unwrap();
                let mut headings = text
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .map(|line| anchor(line.trim_start_matches('#').trim()));
                assert!(headings.any(|own| own == heading), "{name}: {target}");
            }
        }
    }
}

/// Sources of the UI tests that must not compile, with their paths.
fn fixtures() -> Vec<(String, std::path::PathBuf)> {
    let folders = ["cors", "endpoint", "input", "object", "rule", "scope", "sql"]
        .map(|name| root().join("tests/ui").join(name).join("fail"));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| (fs::read_to_string(&path).unwrap(), path))
        .collect()
}

/// The texts of a line of a manifest.
fn quoted(line: &str) -> Vec<&str> {
    line.split('"').skip(1).step_by(2).collect()
}

/// The statuses of the answers in an output, written by `curl -i` or by `%{http_code}`.
fn statuses(output: &str) -> BTreeSet<String> {
    let lines = output.lines().map(|line| match line.strip_prefix("HTTP/1.1 ") {
        Some(rest) => rest.split(' ').next().unwrap_or_default(),
        None => line.trim(),
    });
    let is_status = |text: &&str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    lines.filter(is_status).map(str::to_owned).collect()
}

/// The name under which a heading is linked to.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
