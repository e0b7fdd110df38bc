//! Pages: which templates are shown as pages, how they escape, and where their values stand.

mod config;
mod declared;
mod markup;
mod maud;
mod source;

use std::collections::BTreeSet;

pub(crate) use self::declared::Declared;
use self::declared::Template;
use crate::finding::{Finding, Place};
use crate::krate::Crate;
use crate::rules::{Rule, beyond, template_context, unescaped_page};

/// A place in a template, and what is wrong there.
struct Flaw {
    file: String,
    place: Place,
    message: String,
}

/// What is found about the templates of a crate.
#[derive(Default)]
pub(crate) struct Judged {
    /// The findings, each with the place of the type whose template it is in.
    pub(crate) findings: Vec<(Finding, Vec<(String, usize)>)>,
    /// The files of templates that were judged together with their types.
    pub(crate) read: BTreeSet<String>,
}

/// What is found about the templates of a crate that are shown as pages. `files` are its files.
pub(crate) fn judged(krate: &Crate, declared: &[Declared], files: &[String]) -> Judged {
    let shown: BTreeSet<&Vec<String>> = declared.iter().flat_map(|one| &one.shown).collect();
    let pages = declared.iter().flat_map(|one| &one.templates);
    let mut judged = Judged::default();
    for page in pages.filter(|template| shown.contains(&template.item)) {
        let file = usize::try_from(page.file).ok().and_then(|at| files.get(at));
        let file = file.map_or("", String::as_str);
        let place = Place::of(page.span);
        let owner = (file.to_owned(), place.line);
        let mut add = |finding| judged.findings.push((finding, vec![owner.clone()]));
        for config in &krate.configs {
            for (line, extension) in config::weakened(&config.text) {
                let place = Place { line, column: 1, end_line: line, end_column: 2 };
                let message =
                    format!("`{extension}` gets an escaper here that is not the one for HTML");
                add(finding(&unescaped_page::RULE, &config.path, place, message));
            }
        }
        if let Some(message) = unescaped(page, config::of(&krate.configs, file)) {
            add(finding(&unescaped_page::RULE, file, place, message));
        }
        let pieces = source::compose(krate, page, file, place);
        for Flaw { file, place, message } in markup::flaws(&pieces, &page.plain) {
            add(finding(&template_context::RULE, &file, place, message));
        }
        let read: BTreeSet<&str> = pieces.iter().map(|piece| piece.file.as_str()).collect();
        for template in krate.templates.iter().filter(|one| read.contains(one.path.as_str())) {
            beyond::template_findings(template).into_iter().for_each(&mut add);
            judged.read.insert(template.path.clone());
        }
    }
    judged
}

fn finding(rule: &'static Rule, file: &str, place: Place, message: String) -> Finding {
    let help = if rule.name == unescaped_page::RULE.name {
        unescaped_page::HELP
    } else {
        template_context::HELP
    };
    Finding {
        file: file.to_owned(),
        place,
        rule: rule.name,
        cwe: rule.cwe,
        level: rule.level,
        message,
        help: help.to_owned(),
        trace: Vec::new(),
        fix: None,
    }
}

/// Why a page is not escaped as HTML.
fn unescaped(page: &Template, config: Option<&str>) -> Option<String> {
    let Template { name, path, ext, escape, syntax, .. } = page;
    if *syntax {
        return Some(format!(
            "the template of `{name}` has a syntax of its own, which is not read"
        ));
    }
    let ending = |path: &String| {
        let file = path.rsplit('/').next().unwrap_or(path);
        let ending = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
        ending.map_or("", |(_, ending)| ending).to_owned()
    };
    let by = escape.clone().or_else(|| ext.clone()).or_else(|| path.as_ref().map(ending));
    if config::escapes_html(config, by.as_deref().unwrap_or_default()) {
        return None;
    }
    let why = match (escape, ext, path) {
        (Some(escape), ..) => format!("`escape = \"{escape}\"`"),
        (None, Some(ext), _) => format!("`ext = \"{ext}\"`"),
        (None, None, Some(path)) => format!("the ending of `{path}` decides"),
        (None, None, None) => "nothing says how".to_owned(),
    };
    Some(format!("the page `{name}` is not escaped as HTML: {why}"))
}
