//! `palisade.toml`: a section of palisade's own settings, and one of each service.

use std::{borrow::Cow, io, path::Path};

use secrecy::SecretString;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    described::{Described, nearest},
    layers::{Layer, Pool},
    origin::Origin,
    secret_file::{self, Reader},
    sources::Names,
};

/// Read if no other file is named and it exists.
pub(super) const USUAL: &str = "palisade.toml";

/// The most bytes of a settings file.
const LONGEST: u64 = 1 << 20;

/// The settings of the file at this path.
pub(super) fn read(
    path: &Path,
    names: Names<'_>,
    pool: &mut Pool,
    complaints: &mut Vec<String>,
) -> Layer {
    let place = path.display();
    let mut layer = Layer::default();
    let text = match secret_file::read(path, LONGEST, Reader::Anybody) {
        Ok(text) => text,
        Err(error) => {
            complaints.push(format!("the settings file {place}: {error}"));
            return layer;
        }
    };
    let table = match DeTable::parse(secrecy::ExposeSecret::expose_secret(&text)) {
        Ok(table) => table,
        Err(error) => {
            // Its whole text would repeat the line, which may hold a secret.
            let line = error.span().map_or(1, |span| line_of(&text, span.start));
            complaints.push(format!("{place}:{line}: {}", first_line(error.message())));
            return layer;
        }
    };
    let file = File { path, text: &text, names };
    for (name, section) in table.get_ref() {
        file.section(name, section, &mut layer, pool, complaints);
    }
    layer
}

/// A file that was read.
struct File<'a> {
    path: &'a Path,
    text: &'a SecretString,
    names: Names<'a>,
}

impl File<'_> {
    fn section(
        &self,
        name: &Spanned<Cow<'_, str>>,
        section: &Spanned<DeValue<'_>>,
        layer: &mut Layer,
        pool: &mut Pool,
        complaints: &mut Vec<String>,
    ) {
        let place = self.place(name.span().start);
        let name = name.get_ref();
        let sections = || {
            let mut sections: Vec<String> =
                self.names.known.iter().map(|setting| setting.section.to_owned()).collect();
            sections.dedup();
            sections
        };
        let Some(settings) = section.get_ref().as_table() else {
            if !self.names.are_all {
                return;
            }
            complaints.push(format!(
                "{place}: {name:?} is in no section: settings of palisade go under `[palisade]`, those \
                 of the service under its name"
            ));
            return;
        };
        if !sections().iter().any(|known| known == name) {
            if !self.names.are_all {
                return;
            }
            let fix = match nearest(name, sections().into_iter()) {
                Some(near) => format!("did you mean `[{near}]`?"),
                None => format!("sections are {}", list(&sections())),
            };
            complaints.push(format!("{place}: nothing reads the section `[{name}]`: {fix}"));
            return;
        }
        for (key, value) in settings {
            let line = self.line(key.span().start);
            let place = self.place(key.span().start);
            let key = key.get_ref();
            let own = || self.names.known.iter().filter(|setting| setting.section == name);
            let Some(setting) = own().find(|setting| setting.key() == **key) else {
                if !self.names.are_all {
                    continue;
                }
                let fix = match nearest(key, own().map(Described::key)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "remove it".to_owned(),
                };
                complaints.push(format!("{place}: `[{name}]` has no setting {key:?}: {fix}"));
                continue;
            };
            if setting.secret
                && let Err(error) = secret_file::check(self.path, Reader::Owner)
            {
                complaints.push(format!("{place}: {} is a secret: {error}", setting.name));
                continue;
            }
            let origin =
                Origin::File { path: self.path.to_owned(), line, key: key.clone().into_owned() };
            match text_of(value.get_ref()) {
                Ok(text) => layer.set(setting, text.into(), origin, pool, complaints),
                Err(wrong) => complaints.push(format!("{} ({origin}): {wrong}", setting.name)),
            }
        }
    }

    fn line(&self, at: usize) -> usize {
        line_of(self.text, at)
    }

    fn place(&self, at: usize) -> String {
        format!("{}:{}", self.path.display(), self.line(at))
    }
}

/// The value in the form of the other sources.
fn text_of(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            match number.radix() {
                10 => Ok(digits.strip_prefix('+').map_or(digits.clone(), str::to_owned)),
                _ => Err("write the number in decimal digits, or a text in quotes".to_owned()),
            }
        }
        DeValue::Boolean(value) => Ok(value.to_string()),
        DeValue::Array(values) => {
            let parts: Result<Vec<String>, String> = values
                .iter()
                .map(|value| match value.get_ref() {
                    DeValue::Array(_) => Err("a list holds texts, not lists".to_owned()),
                    DeValue::String(_)
                    | DeValue::Integer(_)
                    | DeValue::Float(_)
                    | DeValue::Boolean(_)
                    | DeValue::Datetime(_)
                    | DeValue::Table(_) => match text_of(value.get_ref()) {
                        Ok(part) if part.contains(',') => {
                            Err("a text of a list has no comma: write two texts".to_owned())
                        }
                        part => part,
                    },
                })
                .collect();
            Ok(parts?.join(","))
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => Err(format!(
            "a setting is a string, an integer, true, false or a list of strings, not a {}",
            value.type_str()
        )),
    }
}

fn line_of(text: &SecretString, at: usize) -> usize {
    let text = secrecy::ExposeSecret::expose_secret(text);
    let before = text.as_bytes().get(..at).unwrap_or_default();
    memchr::memchr_iter(b'\n', before).count().saturating_add(1)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

/// `[palisade]` and `[notes]`.
fn list(sections: &[String]) -> String {
    let sections: Vec<String> = sections.iter().map(|name| format!("`[{name}]`")).collect();
    sections.join(" and ")
}

/// The file to read: the named one, or the default one if it exists.
pub(super) fn find<'a>(named: Option<&'a Path>, folder: &Path) -> Option<Cow<'a, Path>> {
    if let Some(named) = named {
        return Some(named.into());
    }
    let usual = folder.join(USUAL);
    // A file that cannot be examined is read, so that the error is reported.
    let is_absent =
        usual.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    // Its short name is what messages repeat.
    let short = if folder.as_os_str().is_empty() { USUAL.into() } else { usual };
    (!is_absent).then_some(short.into())
}
