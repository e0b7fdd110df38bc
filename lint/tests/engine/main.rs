//! The engine, form by form: a source text in, the findings out.
//!
//! A line that ends in `//~` has to be found by one of the injection rules, any other line must not
//! be. Sinks are chosen for brevity; what is tested is the way that the data takes to them.

mod callable;
mod collection;
mod control;
mod extractor;
mod field;
mod guard;
mod guard_more;
mod pattern;
mod source;
mod style;
mod text;
mod unreadable;

use palisade_lint::{Crate, Options, analyse};

/// Rules whose findings need outside data.
const FLOWS: &[&str] = &[
    "sql_format",
    "shell_command",
    "argument_injection",
    "path_traversal",
    "upload_file_name",
    "html_body",
    "open_redirect",
    "request_forgery",
    "host_header_url",
    "unparsed_code",
];

/// Checks one file, as the command line does without `--audit`.
#[track_caller]
fn check(text: &str) {
    check_files(&[("src/lib.rs", text)], false);
}

/// The body of a handler that is given `q`, whose text fields come from the request.
#[track_caller]
fn check_body(body: &str) {
    check(&format!(
        "use std::fs;\nuse actix_web::{{web, HttpResponse}};\n#[derive(Deserialize)]\nstruct Q {{ name: String, dir: String, id: i64, tags: Vec<String>, opt: Option<String> }}\nasync fn handler(q: web::Query<Q>, state: web::Data<App>) -> Result<HttpResponse, Error> {{\n{body}\n    Ok(HttpResponse::Ok().finish())\n}}\n"
    ));
}

#[track_caller]
fn check_files(files: &[(&str, &str)], audit: bool) {
    let krate = Crate::from_sources(files.iter().copied());
    let report = analyse(&krate, &Options { audit, ..Options::default() });
    let mut found: Vec<(&str, usize)> = report
        .findings
        .iter()
        .filter(|finding| FLOWS.contains(&finding.rule))
        .map(|finding| (finding.file.as_str(), finding.place.line))
        .collect();
    found.sort_unstable();
    found.dedup();
    let mut wanted: Vec<(&str, usize)> = files
        .iter()
        .flat_map(|(path, text)| {
            text.lines()
                .enumerate()
                .filter(|(_, line)| line.trim_end().ends_with("//~"))
                .map(move |(at, _)| (*path, at + 1))
        })
        .collect();
    wanted.sort_unstable();
    let show = |places: &[(&str, usize)]| -> String {
        places
            .iter()
            .filter_map(|(path, line)| {
                let (_, text) = files.iter().find(|(own, _)| own == path)?;
                Some(format!("\n    {path}:{line}: {}", text.lines().nth(line - 1)?.trim()))
            })
            .collect()
    };
    let missed: Vec<_> = wanted.iter().filter(|w| !found.contains(w)).copied().collect();
    let wrong: Vec<_> = found.iter().filter(|f| !wanted.contains(f)).copied().collect();
    assert!(
        missed.is_empty() && wrong.is_empty(),
        "\n  missed:{}\n  wrong:{}\n{:#?}",
        show(&missed),
        show(&wrong),
        report.findings.iter().map(|f| (f.rule, f.place.line, &f.trace)).collect::<Vec<_>>()
    );
}
