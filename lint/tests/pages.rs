//! Templates and the types that they belong to, in packages on disk.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::fs;
use std::path::PathBuf;

use palisade_lint::{Crate, Options, analyse};

const MANIFEST: &str = "[package]\nname = \"shop\"\n[dependencies]\npalisade = \"0.1\"\n";

/// Writes a package and gives what is found in it: rule, file and line, and the message.
fn found(name: &str, files: &[(&str, &str)]) -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages").join(name);
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    for (path, text) in [("Cargo.toml", MANIFEST)].iter().chain(files) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let krate = Crate::load(
        &["src", "templates"]
            .map(|part| root.join(part))
            .into_iter()
            .filter(|p| p.exists())
            .collect::<Vec<_>>(),
    )
    .unwrap();
    let report = analyse(&krate, &Options::default());
    let within = |file: &str| {
        let file = file.strip_prefix(&root.display().to_string()).unwrap_or(file).to_owned();
        file.trim_start_matches('/').to_owned()
    };
    report
        .findings
        .into_iter()
        .map(|f| (format!("{} {}:{}", f.rule, within(&f.file), f.place.line), f.message))
        .collect()
}

/// Fails unless exactly these are found.
fn assert_found(name: &str, files: &[(&str, &str)], expected: &[&str]) {
    let found = found(name, files);
    let mut places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, expected, "{name}: {found:#?}");
}

const PAGE: &str = "use palisade::{Page, prelude::*};
#[derive(askama::Template)]
ATTRIBUTES
struct Hello { q: String }
async fn hello() -> Page<Hello> { Page(Hello { q: q() }) }
";

fn page(attributes: &str) -> String {
    PAGE.replace("ATTRIBUTES", attributes)
}

#[test]
fn an_attribute_on_the_type_silences_what_is_found_in_its_template() {
    let silenced = "#[template(source = \"<a href='{{ q }}'>\", ext = \"html\")] \
        #[allow_unsafe(template_context, reason = \"the address comes from a fixed list\")]";
    assert_found("silenced", &[("src/lib.rs", &page(silenced))], &[]);
    let unescaped = "#[template(source = \"{{ q }}\", ext = \"txt\")] \
        #[allow_unsafe(unescaped_page, reason = \"the value is a number of a fixed list\")]";
    assert_found("silenced_unescaped", &[("src/lib.rs", &page(unescaped))], &[]);
    // The attribute covers its own rule and its own type.
    let other = "#[template(source = \"<a href='{{ q }}'>\", ext = \"html\")] \
        #[allow_unsafe(unescaped_page, reason = \"the value is a number of a fixed list\")]";
    let expected = ["template_context src/lib.rs:4", "unused_suppression src/lib.rs:3"];
    assert_found("silenced_by_another_rule", &[("src/lib.rs", &page(other))], &expected[..]);
}

#[test]
fn a_file_of_two_types_is_silent_where_both_have_the_attribute() {
    let allowed = "#[template(path = \"hello.html\")] \
        #[allow_unsafe(template_context, reason = \"the address comes from a fixed list\")] \
        #[allow_unsafe(template_safe_filter, reason = \"the markup comes from a fixed list\")]";
    let other = page("#[template(path = \"hello.html\")]").replace("Hello", "Other");
    let template = "<a href='{{ q }}'>{{ q|safe }}</a>";
    let (one, two) = (page(allowed), format!("mod other;\n{}", page(allowed)));
    assert_found(
        "file_of_one_type",
        &[("src/lib.rs", &one), ("templates/hello.html", template)],
        &[],
    );
    assert_found(
        "file_of_two_types",
        &[("src/lib.rs", &two), ("src/other.rs", &other), ("templates/hello.html", template)],
        &["template_context templates/hello.html:1", "template_safe_filter templates/hello.html:1"],
    );
}
