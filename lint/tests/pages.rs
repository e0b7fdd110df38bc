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

const ESCAPED: &str = "#[template(path = \"hello.html\")]";
const BAD: &str = "<p>\n<a href='{{ q }}'>";
const GOOD: &str = "<p>\n<a href='/notes/{{ q }}'>";

#[test]
fn the_template_that_is_read_is_the_one_that_askama_finds() {
    let page = page(ESCAPED);
    for (name, files, expected) in [
        (
            "nearest",
            &[("templates/hello.html", BAD), ("templates/notes/hello.html", GOOD)][..],
            &["template_context templates/hello.html:2"][..],
        ),
        ("nested", &[("templates/hello.html", GOOD), ("templates/notes/hello.html", BAD)], &[]),
        ("missing", &[("templates/notes/hello.html", GOOD)], &["template_context src/lib.rs:4"]),
        (
            "configured",
            &[
                ("askama.toml", "general = { dirs = [\"first\", \"second\"] }"),
                ("second/hello.html", BAD),
                ("templates/hello.html", GOOD),
            ],
            &["template_context second/hello.html:2"],
        ),
        (
            "in_order",
            &[
                ("askama.toml", "[general]\ndirs = [\"first\", \"second\"]"),
                ("first/hello.html", GOOD),
                ("second/hello.html", BAD),
            ],
            &[],
        ),
        (
            "stars",
            &[("askama.toml", "general.dirs = [\"p*s\"]"), ("pages/hello.html", BAD)],
            &["template_context pages/hello.html:2"],
        ),
        (
            "included",
            &[
                ("templates/hello.html", "{% include \"parts/a.html\" %}{% include \"no.html\" %}"),
                ("templates/parts/a.html", "{% include \"b.html\" %}"),
                ("templates/parts/b.html", BAD),
                ("templates/b.html", GOOD),
            ],
            &[
                "template_context templates/hello.html:1",
                "template_context templates/parts/b.html:2",
            ],
        ),
        (
            "extended",
            &[
                (
                    "templates/hello.html",
                    "{% extends \"base.html\" %}{% let home = \"/x\" %}{% block a %}{{ super() }}<a href='{{ home }}'>{% endblock %}",
                ),
                ("templates/base.html", "{% block a %}\n<script>{{ q }}</script>{% endblock %}"),
            ],
            &["template_context templates/base.html:2"],
        ),
        (
            "imported",
            &[
                (
                    "templates/hello.html",
                    "{% import \"m.html\" as m %}{% call m::link(\"/x\") %}{% endcall %}\n{% call m::link(q) %}{% endcall %}",
                ),
                ("templates/m.html", "\n{% macro link(to) %}<a href='{{ to }}'>{% endmacro %}"),
            ],
            &["template_context templates/m.html:2"],
        ),
    ] {
        let mut all = vec![("src/lib.rs", page.as_str())];
        all.extend(files);
        assert_found(name, &all, expected);
    }
}

/// A service whose types are between two lines of a fixed head.
fn service(code: &str) -> String {
    format!("use palisade::{{Page, prelude::*}};\n{code}\n")
}

#[test]
fn a_type_is_found_however_it_is_written() {
    let markdown = "#[template(source = \"{{ q }}\", ext = \"md\")]";
    for (name, code) in [
        (
            "enum",
            "#[derive(askama::Template)]\nATTRIBUTE enum Hello { One { q: String } }\nasync fn a() -> Page<Hello> { b() }",
        ),
        (
            "variant",
            "#[derive(askama::Template)] enum Hello {\nATTRIBUTE One { q: String } }\nasync fn a() -> Page<Hello> { b() }",
        ),
        (
            "cfg_attr",
            "#[derive(askama::Template)]\n#[cfg_attr(all(), template(source = \"{{ q }}\", ext = \"md\"))] struct Hello { q: String }\nasync fn a() -> Page<Hello> { b() }",
        ),
        (
            "cfg_derive",
            "#[cfg_attr(all(), derive(askama::Template))]\nATTRIBUTE struct Hello { q: String }\nasync fn a() -> Page<Hello> { b() }",
        ),
        (
            "renamed",
            "use askama::Template as View; #[derive(View)]\nATTRIBUTE struct Hello { q: String }\nasync fn a() -> Page<Hello> { b() }",
        ),
        (
            "own",
            "#[derive(askama::Template)]\nATTRIBUTE struct Hello { q: String }\nimpl Hello { fn answer(self) -> Page<Self> { Page(self) } }",
        ),
        (
            "made",
            "#[derive(askama::Template)]\nATTRIBUTE struct Hello { q: String }\nfn make() -> Hello { Hello { q: q() } }\nasync fn a() -> impl Responder { Page(make()) }",
        ),
        (
            "mapped",
            "#[derive(askama::Template)]\nATTRIBUTE struct Hello { q: String }\nfn load() -> Result<Hello> { b() }\nasync fn a() -> impl Responder { load().map(Page) }",
        ),
        (
            "reference",
            "#[derive(askama::Template)]\nATTRIBUTE struct Hello { q: String }\ntype Shown<'a> = Page<&'a Hello>;",
        ),
        (
            "alias",
            "#[derive(askama::Template)]\nATTRIBUTE struct Hello { q: String }\ntype Other = Hello;\nasync fn a() -> Page<Other> { b() }",
        ),
        (
            "method",
            "struct Store; #[derive(askama::Template)]\nATTRIBUTE struct Hello { q: String }\nimpl Store { fn page(&self) -> Hello { b() } }\nasync fn a(store: Store) -> impl Responder { Page(store.page()) }",
        ),
        (
            "branches",
            "#[derive(askama::Template)]\nATTRIBUTE struct Hello { q: String }\nasync fn a(x: bool) -> impl Responder { Page(if x { Hello { q: q() } } else { Hello { q: r() } }) }",
        ),
    ] {
        let code = service(&code.replace("ATTRIBUTE", markdown));
        assert_found(name, &[("src/lib.rs", &code)], &["unescaped_page src/lib.rs:3"]);
    }
    let doc = "/// A page.\n/// ```askama\n/// <a href='{{ q }}'>\n/// ```\n#[derive(askama::Template)]\n#[template(in_doc = true, ext = \"html\")]\nstruct Hello { q: String }";
    assert_found("in_doc", &[("src/lib.rs", &service(doc))], &["template_context src/lib.rs:8"]);
}

#[test]
fn what_escapes_nothing_must_not_be_a_page_of_an_unknown_type() {
    let mail = "#[derive(askama::Template)] #[template(source = \"{{ q }}\", ext = \"txt\")] struct Mail { q: String }";
    let hello = "#[derive(askama::Template)] #[template(source = \"{{ q }}\", ext = \"html\")] struct Hello { q: String }";
    for (name, code, expected) in [
        (
            "unknown",
            format!("{mail}\nfn show<T: Show>(t: T) -> impl Responder {{ Page(t.get()) }}"),
            &["unescaped_page src/lib.rs:3"][..],
        ),
        (
            "passed",
            format!("{mail}\nfn show() -> impl Responder {{ all().map(Page) }}"),
            &["unescaped_page src/lib.rs:3"],
        ),
        (
            "only_html",
            format!("{hello}\nfn show<T: Show>(t: T) -> impl Responder {{ Page(t.get()) }}"),
            &[],
        ),
        (
            "known",
            format!(
                "{mail}\n{hello}\nfn show() -> impl Responder {{ let page: Hello = b(); Page(page) }}"
            ),
            &[],
        ),
        ("no_page", mail.to_owned(), &[]),
        (
            "of_another_package",
            "async fn a() -> impl Responder { Page(kit::Hello { q: q() }) }".to_owned(),
            &["unescaped_page src/lib.rs:2"],
        ),
        (
            "of_another_package_by_a_function",
            "use kit::Hello; async fn a() -> impl Responder { Page(Hello::new(q())) }".to_owned(),
            &["unescaped_page src/lib.rs:2"],
        ),
        (
            "of_another_package_by_its_type",
            "async fn a() -> Page<kit::Hello> { b() }".to_owned(),
            &["unescaped_page src/lib.rs:2"],
        ),
        (
            "in_a_box",
            format!("{hello}\nasync fn a() -> Page<Box<Hello>> {{ Page(Box::new(b())) }}"),
            &[],
        ),
        (
            "generic",
            format!("{hello}\nfn a<T: askama::Template>(t: T) -> Page<T> {{ Page(t) }}"),
            &[],
        ),
    ] {
        assert_found(name, &[("src/lib.rs", &service(&code))], expected);
    }
}

#[test]
fn a_template_that_escapes_as_html_is_judged_wherever_it_is_rendered() {
    let code = "#[derive(askama::Template)] #[template(source = \"<a href='{{ q }}'>\", ext = \"html\")] struct Hello { q: String }";
    assert_found("rendered", &[("src/lib.rs", &service(code))], &["template_context src/lib.rs:2"]);
}

#[test]
fn a_configuration_is_read_in_every_form_and_under_every_name() {
    let plain = page("#[template(path = \"hello.html\", config = \"plain.toml\")]");
    let escaper = "escaper = [{ path = \"askama::filters::Text\", extensions = [\"html\"] }]";
    for (name, code, files, expected) in [
        (
            "inline_escaper",
            &page(ESCAPED),
            &[("askama.toml", escaper), ("templates/hello.html", GOOD)][..],
            &["unescaped_page askama.toml:1", "unescaped_page src/lib.rs:4"][..],
        ),
        (
            "named",
            &plain,
            &[("plain.toml", escaper), ("templates/hello.html", GOOD)],
            &["unescaped_page plain.toml:1", "unescaped_page src/lib.rs:4"],
        ),
        (
            "named_and_right",
            &plain,
            &[("plain.toml", ""), ("askama.toml", escaper), ("templates/hello.html", GOOD)],
            &[],
        ),
        ("no_config", &plain, &[("templates/hello.html", GOOD)], &["unescaped_page src/lib.rs:4"]),
        (
            "mistaken",
            &page(ESCAPED),
            &[("askama.toml", "\n[general"), ("templates/hello.html", GOOD)],
            &["unescaped_page askama.toml:2"],
        ),
        (
            "syntax",
            &page(ESCAPED),
            &[
                (
                    "askama.toml",
                    "[general]\ndefault_syntax = 'a'\n[[syntax]]\nname = 'a'\nexpr_start = '<<'",
                ),
                ("templates/hello.html", "<a href='<< q }}'>"),
            ],
            &["unescaped_page src/lib.rs:4"],
        ),
    ] {
        let mut all = vec![("src/lib.rs", code.as_str())];
        all.extend(files);
        assert_found(name, &all, expected);
    }
}

#[test]
fn filters_that_let_values_through_are_found_in_files_and_in_texts() {
    let text = |source: &str| page(&format!("#[template(source = \"{source}\", ext = \"html\")]"));
    for (name, code, file, expected) in [
        ("safe_text", text("{{ q|safe }}"), "", &["template_safe_filter src/lib.rs:4"][..]),
        ("other_text", text("{{ q|e(\\\"txt\\\") }}"), "", &["template_safe_filter src/lib.rs:4"]),
        ("html_text", text("{{ q|e(\\\"html\\\") }}"), "", &[]),
        (
            "other_file",
            page(ESCAPED),
            "\n{{ q|escape(\"txt\") }}",
            &["template_safe_filter templates/hello.html:2"],
        ),
        ("html_file", page(ESCAPED), "{{ q|escape }}", &[]),
    ] {
        assert_found(name, &[("src/lib.rs", &code), ("templates/hello.html", file)], expected);
    }
}

/// The page of the documentation about form tokens.
#[test]
fn what_the_documentation_shows_is_right() {
    let document = include_str!("../../docs/browser.md");
    let code = document
        .split("```rust\n")
        .skip(1)
        .filter_map(|part| part.split("```").next())
        .find(|code| code.contains("derive(Template)"))
        .unwrap();
    assert_found("documented", &[("src/lib.rs", code)], &[]);
}
