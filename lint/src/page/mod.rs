//! Pages: the templates that are shown as pages, their escaping, and the positions of their values.

mod address;
mod config;
mod declared;
mod folder;
mod given;
mod handler;
mod known;
mod markup;
mod maud;
mod node;
mod source;
mod template;
#[cfg(test)]
mod tests;
mod unescaped;
mod walk;
mod written;

use std::collections::BTreeSet;

use self::config::Config;
pub(crate) use self::config::is_html;
pub(crate) use self::declared::Declared;
use self::declared::Shown;
use self::folder::{Folders, Unread};
pub(crate) use self::folder::{files, normal};
use self::given::Known;
pub(crate) use self::handler::flaws as flaws_of_handler;
pub(crate) use self::source::closing;
use self::template::Template;
pub(crate) use self::template::derived;
use crate::finding::{Finding, Place};
use crate::krate::Crate;
use crate::rules::{Rule, beyond, template_context, template_safe_filter, unescaped_page};
use crate::taint::value::FileId;

/// A place in a template, and what is wrong there.
#[derive(Debug)]
struct Flaw {
    file: String,
    place: Place,
    message: String,
}

/// What is found about the templates of a crate.
#[derive(Default)]
pub(crate) struct Judged {
    /// The findings, each with the span of the type whose template it is in.
    pub(crate) findings: Vec<(Finding, Vec<(String, usize)>)>,
    /// The files of templates that were judged together with their types.
    pub(crate) read: BTreeSet<String>,
}

/// What is found about the templates of a crate. `files` are its files; without `certain`, whether it
/// uses palisade is not known, and what is not shown in a `Page` is not its matter.
pub(crate) fn judged(
    krate: &Crate,
    declared: &[Declared],
    files: &[String],
    certain: bool,
) -> Judged {
    let name = |file: FileId| {
        let file = usize::try_from(file).ok().and_then(|at| files.get(at));
        file.map_or("", String::as_str)
    };
    let known = Known::of(declared);
    let (mut shown, mut unknown): (BTreeSet<Vec<String>>, Vec<&Shown>) = Default::default();
    for one in declared.iter().flat_map(|one| &one.shown) {
        match known.types_of(&one.given) {
            Some(types) => shown.extend(types),
            None => unknown.push(one),
        }
    }
    let mut judged = Judged::default();
    // The sources of another package are not read, and so is not what its templates escape.
    unknown.retain(|Shown { file, span, foreign, .. }| {
        let Some(foreign) = foreign.as_ref().filter(|_| certain) else { return true };
        let message = format!(
            "`{foreign}` is of another package, whose templates are not read: it may escape nothing"
        );
        let rule = &unescaped_page::RULE;
        let mut finding = finding(rule, name(*file), Place::of(*span), message);
        finding.help =
            "show a template of this workspace, or say with a reason that this one escapes: \
                        `#[allow_unsafe(unescaped_page, reason = \"..\")]`"
                .to_owned();
        judged.findings.push((finding, Vec::new()));
        false
    });
    let mut hidden = None;
    for page in declared.iter().flat_map(|one| &one.templates) {
        let file = name(page.file);
        let (folders, unread) = Folders::of(krate, file, page.config.as_deref());
        let shown = shown.contains(&page.item);
        if !shown && !certain {
            continue;
        }
        // A template of a message, a script or a configuration is escaped as such.
        if !shown && escaper(page, &folders.config).is_some() {
            hidden = hidden.or(Some(&page.name));
        } else {
            judged.page(krate, page, file, &known, &folders, unread.as_ref());
        }
    }
    // What is not escaped as HTML must not be what is shown where the type is not known.
    if let Some(hidden) = hidden {
        for Shown { file, span, .. } in unknown {
            let message = format!(
                "the type of this page is not known here, and `{hidden}` is not escaped as HTML"
            );
            let mut finding =
                finding(&unescaped_page::RULE, name(*file), Place::of(*span), message);
            finding.help = "name the type: `let page: Hello = ..; Page(page)`".to_owned();
            judged.findings.push((finding, Vec::new()));
        }
    }
    judged
}

impl Judged {
    /// Judges a template that is, or may be, shown as a page.
    fn page(
        &mut self,
        krate: &Crate,
        page: &Template,
        file: &str,
        known: &Known,
        folders: &Folders<'_>,
        unread: Option<&Unread<'_>>,
    ) {
        let place = Place::of(page.span);
        let owner = (file.to_owned(), place.line);
        let mut add = |finding| self.findings.push((finding, vec![owner.clone()]));
        let rule = &unescaped_page::RULE;
        let at = |line| Place { line, column: 1, end_line: line, end_column: 2 };
        match unread {
            Some(Unread::Mistake(config, line)) => {
                let message = "the configuration cannot be read, so that escaping is not known";
                add(finding(rule, &config.path, at(*line), message.to_owned()));
            }
            Some(Unread::Missing) => {
                let message = format!("the `config` of `{}` is not found", page.name);
                add(finding(rule, file, place, message));
            }
            None => {}
        }
        if let Some(config) = folders.file {
            for (line, extension) in folders.config.weakened() {
                let message =
                    format!("`{extension}` gets an escaper here that is not the one for HTML");
                add(finding(rule, &config.path, at(line), message));
            }
        }
        if let Some(message) = unescaped(page, &folders.config) {
            add(finding(rule, file, place, message));
        }
        if page.syntax || folders.config.syntax.is_some() {
            // Templates with other delimiters are not read.
            return;
        }
        // Filters in an inline template are reported at its type; those in files at their own
        // place.
        if let Some(text) = &page.source
            && !template_safe_filter::unescaped(text, false).is_empty()
        {
            let message = template_safe_filter::MESSAGE.to_owned();
            add(finding(&template_safe_filter::RULE, file, place, message));
        }
        let composed = source::compose(folders, page, file, place);
        let values = walk::flaws(&composed.pieces, &page.fields, &known.types);
        for Flaw { file, place, message } in composed.flaws.into_iter().chain(values) {
            add(finding(&template_context::RULE, &file, place, message));
        }
        for template in krate.templates.iter().chain(&krate.aside) {
            if composed.read.contains(&template.path) {
                beyond::template_findings(template).into_iter().for_each(&mut add);
                self.read.insert(template.path.clone());
            }
        }
    }
}

fn finding(rule: &'static Rule, file: &str, place: Place, message: String) -> Finding {
    let help = match rule.name {
        name if name == unescaped_page::RULE.name => unescaped_page::HELP,
        name if name == template_safe_filter::RULE.name => template_safe_filter::HELP,
        _ => template_context::HELP,
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

/// What decides how a template is escaped, unless it is escaped as HTML.
fn escaper(page: &Template, config: &Config) -> Option<String> {
    let Template { path, ext, escape, .. } = page;
    let ending = |path: &String| {
        let file = path.rsplit('/').next().unwrap_or(path);
        let ending = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
        ending.map_or("", |(_, ending)| ending).to_owned()
    };
    let by = escape.clone().or_else(|| ext.clone()).or_else(|| path.as_ref().map(ending));
    if config.escapes_html(by.as_deref().unwrap_or_default()) {
        return None;
    }
    Some(match (escape, ext, path) {
        (Some(escape), ..) => format!("`escape = \"{escape}\"`"),
        (None, Some(ext), _) => format!("`ext = \"{ext}\"`"),
        (None, None, Some(path)) => format!("the ending of `{path}` decides"),
        (None, None, None) => "nothing says how".to_owned(),
    })
}

/// Why a page is not escaped as HTML.
fn unescaped(page: &Template, config: &Config) -> Option<String> {
    let name = &page.name;
    if page.syntax || config.syntax.is_some() {
        return Some(format!(
            "the template of `{name}` has a syntax of its own, which is not read"
        ));
    }
    let why = escaper(page, config)?;
    Some(format!("the page `{name}` is not escaped as HTML: {why}"))
}
