//! `askama.toml`: which endings of files are escaped, and how.

use std::path::Path;

use crate::krate::load::SourceFile;

/// What askama escapes as HTML if no configuration says otherwise.
const HTML: &[&str] = &["askama", "html", "htm", "j2", "jinja", "jinja2", "rinja", "svg", "xml"];

/// The escaper for HTML.
const HTML_ESCAPER: &str = "askama::filters::Html";

/// An `[[escaper]]`.
struct Escaper {
    line: usize,
    html: bool,
    extensions: Vec<String>,
}

/// The configuration that applies to a source file: the one in the nearest folder above it.
pub(super) fn of<'c>(configs: &'c [SourceFile], file: &str) -> Option<&'c str> {
    configs
        .iter()
        .filter_map(|config| Some((Path::new(&config.path).parent()?, config)))
        .filter(|(folder, _)| Path::new(file).starts_with(folder))
        .max_by_key(|(folder, _)| folder.components().count())
        .map(|(_, config)| config.text.as_str())
}

/// Whether what has this ending, or this value of `escape`, is escaped as HTML.
pub(super) fn escapes_html(config: Option<&str>, extension: &str) -> bool {
    let own = config.map(escapers).unwrap_or_default();
    // The configured ones go before those of askama.
    let found = own.iter().find(|escaper| escaper.extensions.iter().any(|e| e == extension));
    found.map_or_else(|| HTML.contains(&extension), |escaper| escaper.html)
}

/// The endings of HTML that a configuration gives another escaper.
pub(super) fn weakened(config: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for escaper in escapers(config).into_iter().filter(|escaper| !escaper.html) {
        let ours = escaper.extensions.into_iter().filter(|e| HTML.contains(&e.as_str()));
        all.extend(ours.map(|extension| (escaper.line, extension)));
    }
    all
}

fn escapers(config: &str) -> Vec<Escaper> {
    let mut found: Vec<Escaper> = Vec::new();
    let (mut inside, mut list) = (false, false);
    for (at, line) in config.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.starts_with('[') && !list {
            inside = line.replace(' ', "") == "[[escaper]]";
            if inside {
                let line = at.saturating_add(1);
                found.push(Escaper { line, html: false, extensions: Vec::new() });
            }
            continue;
        }
        let Some(escaper) = found.last_mut().filter(|_| inside) else { continue };
        let (key, value) = match line.split_once('=') {
            Some((key, value)) if !list => (key.trim().trim_matches(['"', '\'']), value),
            _ if list => ("extensions", line),
            _ => continue,
        };
        match key {
            "path" => escaper.html = quoted(value).first().is_some_and(|path| path == HTML_ESCAPER),
            "extensions" => {
                escaper.extensions.extend(quoted(value));
                list = !value.contains(']');
            }
            _ => {}
        }
    }
    found
}

/// The texts in quotes.
fn quoted(value: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = if rest.get(start..).is_some_and(|r| r.starts_with('"')) { '"' } else { '\'' };
        let inside = rest.get(start.saturating_add(1)..).unwrap_or_default();
        let Some((text, more)) = inside.split_once(quote) else { break };
        all.push(text.to_owned());
        rest = more;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{escapes_html, weakened};

    #[test]
    fn endings_are_judged_by_askamas_list_and_the_projects_own() {
        for yes in ["html", "htm", "j2", "jinja", "jinja2", "xml", "svg"] {
            assert!(escapes_html(None, yes), "{yes}");
        }
        for no in ["txt", "md", "none", "yml", "", "js", "HTML"] {
            assert!(!escapes_html(None, no), "{no}");
        }
        let config = "[general]\ndirs = [\"pages\"]\n[[escaper]]\npath = \"askama::filters::Html\"\n\
            extensions = [\n  \"page\",\n  'tpl',\n]\n[[escaper]]\nextensions = [\"svg\", \"js\"]\npath = \"crate::Script\"\n";
        for yes in ["page", "tpl", "html"] {
            assert!(escapes_html(Some(config), yes), "{yes}");
        }
        for no in ["svg", "js", "txt"] {
            assert!(!escapes_html(Some(config), no), "{no}");
        }
        assert_eq!(weakened(config), [(9, "svg".to_owned())]);
    }
}
