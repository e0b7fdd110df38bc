//! `askama.toml`: the folders of templates, and how files are escaped by their extension.

use toml::de::{DeTable, DeValue};

/// What askama escapes as HTML if no configuration says otherwise.
const HTML: &[&str] = &["askama", "html", "htm", "j2", "jinja", "jinja2", "rinja", "svg", "xml"];

/// The escaper for HTML.
const HTML_ESCAPER: &str = "askama::filters::Html";

/// The folder of templates if no configuration says otherwise.
const FOLDER: &str = "templates";

/// An `[[escaper]]`.
#[derive(Debug)]
struct Escaper {
    line: usize,
    html: bool,
    extensions: Vec<String>,
}

/// A configuration.
#[derive(Debug)]
pub(crate) struct Config {
    /// The folders of templates, from the folder of the package.
    pub(crate) dirs: Vec<String>,
    /// Where another syntax is made the one of all templates.
    pub(super) syntax: Option<usize>,
    escapers: Vec<Escaper>,
}

impl Default for Config {
    fn default() -> Self {
        Self { dirs: vec![FOLDER.to_owned()], syntax: None, escapers: Vec::new() }
    }
}

impl Config {
    /// Reads a configuration; the line of a mistake where it has one.
    pub(crate) fn of(text: &str) -> Result<Self, usize> {
        let line = |at: usize| line_of(text, at);
        let table = DeTable::parse(text)
            .map_err(|error| line(error.span().map_or(0, |span| span.start)))?
            .into_inner();
        let mut config = Self::default();
        if let Some(general) = table.get("general") {
            let general = general.get_ref().as_table().ok_or_else(|| line(general.span().start))?;
            if let Some(dirs) = general.get("dirs") {
                config.dirs = strings(dirs.get_ref()).ok_or_else(|| line(dirs.span().start))?;
            }
            if let Some(syntax) = general.get("default_syntax")
                && syntax.get_ref().as_str() != Some("default")
            {
                config.syntax = Some(line(syntax.span().start));
            }
        }
        // A syntax of the name `default` would be the one of all templates, too.
        if let Some(syntaxes) = table.get("syntax") {
            let all = syntaxes.get_ref().as_array();
            let all = all.ok_or_else(|| line(syntaxes.span().start))?;
            for syntax in all {
                let name = syntax.get_ref().get("name").and_then(|name| name.get_ref().as_str());
                if name.is_none_or(|name| name == "default") {
                    config.syntax = Some(line(syntax.span().start));
                }
            }
        }
        if let Some(escapers) = table.get("escaper") {
            let all = escapers.get_ref().as_array();
            let all = all.ok_or_else(|| line(escapers.span().start))?;
            for escaper in all {
                let at = line(escaper.span().start);
                let value = |key: &str| escaper.get_ref().get(key).map(toml::Spanned::get_ref);
                let path = value("path").and_then(DeValue::as_str).ok_or(at)?;
                let extensions = value("extensions").and_then(strings).ok_or(at)?;
                let html = path.trim_start_matches("::") == HTML_ESCAPER;
                config.escapers.push(Escaper { line: at, html, extensions });
            }
        }
        Ok(config)
    }

    /// Whether what has this ending, or this value of `escape`, is escaped as HTML.
    pub(super) fn escapes_html(&self, extension: &str) -> bool {
        // The configured ones go before those of askama.
        let mut own = self.escapers.iter();
        let found = own.find(|escaper| escaper.extensions.iter().any(|e| e == extension));
        found.map_or_else(|| HTML.contains(&extension), |escaper| escaper.html)
    }

    /// The endings of HTML that get another escaper, with the lines that say so.
    pub(super) fn weakened(&self) -> Vec<(usize, &str)> {
        let others = self.escapers.iter().filter(|escaper| !escaper.html);
        others
            .flat_map(|escaper| {
                let extensions = escaper.extensions.iter().map(String::as_str);
                extensions.filter(|e| HTML.contains(e)).map(|e| (escaper.line, e))
            })
            .collect()
    }
}

/// Whether a name of an escaper that a template writes means HTML's.
pub(crate) fn is_html(extension: &str) -> bool {
    HTML.contains(&extension)
}

fn strings(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|one| Some(one.get_ref().as_str()?.to_owned())).collect()
}

/// The line of a byte, from one.
fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn endings_are_judged_by_askamas_list_and_the_projects_own() {
        let config = Config::default();
        for yes in ["html", "htm", "j2", "jinja", "jinja2", "xml", "svg"] {
            assert!(config.escapes_html(yes), "{yes}");
        }
        for no in ["txt", "md", "none", "yml", "", "js", "HTML"] {
            assert!(!config.escapes_html(no), "{no}");
        }
        let config = "[general]\ndirs = [\"pages\"]\n[[escaper]]\npath = \"askama::filters::Html\"\n\
            extensions = [\n  \"page\",\n  'tpl',\n]\n[[escaper]]\nextensions = [\"svg\", \"js\"]\npath = \"crate::Script\"\n";
        let config = Config::of(config).unwrap();
        assert_eq!(config.dirs, ["pages"]);
        for yes in ["page", "tpl", "html"] {
            assert!(config.escapes_html(yes), "{yes}");
        }
        for no in ["svg", "js", "txt"] {
            assert!(!config.escapes_html(no), "{no}");
        }
        assert_eq!(config.weakened(), [(9, "svg")]);
    }

    #[test]
    fn every_spelling_of_toml_is_read() {
        for text in [
            "escaper = [{ path = \"askama::filters::Text\", extensions = [\"html\"] }]",
            "[[ \"escaper\" ]]\n\"path\" = '''crate::Text'''\n'extensions' = [ \"ht\\u006dl\" ]",
            "escaper = [\n{ extensions = [\"html\"], path = \"x\" },\n]",
        ] {
            let config = Config::of(text).unwrap();
            assert!(!config.escapes_html("html"), "{text}");
        }
        for text in [
            "general.default_syntax = \"angled\"",
            "[general]\ndefault_syntax = 'angled'\n[[syntax]]\nname = 'angled'\nexpr_start = '<<'",
            "[[syntax]]\nname = \"default\"\nexpr_start = \"<<\"",
        ] {
            assert!(Config::of(text).unwrap().syntax.is_some(), "{text}");
        }
        assert!(Config::of("[[syntax]]\nname = \"angled\"").unwrap().syntax.is_none());
        for (text, line) in
            [("[general]\ndirs = 1", 2), ("a = ", 1), ("\n[[escaper]]\npath = 1", 2)]
        {
            assert_eq!(Config::of(text).unwrap_err(), line, "{text}");
        }
    }
}
