//! Lists of settings, for people.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::own::Service;
use crate::setting_sources::{command_line::OPTIONS, described::Described, layers::Given};

/// Shown instead of a secret, whatever its length.
const MASK: &str = "********";

/// What `--version` prints.
pub(super) fn version(service: &Service) -> String {
    let Service { name, version, .. } = service;
    match name.is_empty() {
        true => format!("palisade {}\n", env!("CARGO_PKG_VERSION")),
        false => format!("{name} {version}\n"),
    }
}

/// What `--help` prints: the options and every setting.
pub(super) fn help(service: &Service, known: &[Described]) -> String {
    let mut text = String::new();
    if !service.about.is_empty() {
        push(&mut text, format_args!("{}\n\n", service.about));
    }
    let name = if service.name.is_empty() { "SERVICE" } else { service.name };
    push(&mut text, format_args!("Usage: {name} [OPTIONS]\n\nOptions:\n"));
    for (option, takes, about) in OPTIONS {
        push(&mut text, format_args!("  {:<22}  {about}\n", format!("{option}{takes}")));
    }
    for section in sections(known) {
        push(
            &mut text,
            format_args!(
                "\nSettings in `[{section}]` of palisade.toml, as variables, and as files that NAME_FILE \
                 names:\n"
            ),
        );
        for setting in known.iter().filter(|setting| setting.section == section) {
            let Described { name, about, takes, default, secret, flag, .. } = setting;
            push(&mut text, format_args!("  {name}"));
            if *flag {
                push(&mut text, format_args!(", {}", setting.option()));
            }
            push(&mut text, format_args!(", key `{}`\n", setting.key()));
            for line in about.lines() {
                push(&mut text, format_args!("      {line}\n"));
            }
            push(&mut text, format_args!("      takes {takes}"));
            if *secret {
                text.push_str("; a secret");
            }
            if !default.is_empty() {
                push(&mut text, format_args!("; {default} without it"));
            }
            text.push('\n');
        }
    }
    text
}

/// What `--print-settings` prints: a settings file, with the origin of each value.
pub(super) fn settings(known: &[Described], values: &BTreeMap<String, Given>) -> String {
    let mut text = String::new();
    for section in sections(known) {
        if !text.is_empty() {
            text.push('\n');
        }
        push(&mut text, format_args!("[{section}]\n"));
        for setting in known.iter().filter(|setting| setting.section == section) {
            let (key, default) = (setting.key(), setting.default);
            let without = if default.is_empty() { "unset".to_owned() } else { literal(default) };
            match values.get(setting.name) {
                Some(given) => {
                    let shown = match setting.secret {
                        true => literal(MASK),
                        false => literal(given.expose()),
                    };
                    let origin = origins(given);
                    push(
                        &mut text,
                        format_args!("{key} = {shown}  # {origin}; default: {without}\n"),
                    );
                }
                None if default.is_empty() => match address(setting, known, values) {
                    Some(address) => {
                        push(&mut text, format_args!("# {key} is not fetched: see {address}\n"));
                    }
                    None => push(&mut text, format_args!("# {key} is unset\n")),
                },
                None => push(&mut text, format_args!("# {key} = {without}  # default\n")),
            }
        }
    }
    text
}

/// The origin of a value, and those of the values that it overrides.
fn origins(given: &Given) -> String {
    let mut text = given.origin.to_string();
    for (at, origin) in given.overridden.iter().enumerate() {
        let word = if at == 0 { "; overrides" } else { " and" };
        push(&mut text, format_args!("{word} {origin}"));
    }
    text
}

/// The key of the setting that holds the address of this secret, where that is given.
fn address(
    setting: &Described,
    known: &[Described],
    values: &BTreeMap<String, Given>,
) -> Option<String> {
    let name = setting.reference_name()?;
    let reference = known.iter().find(|other| other.name == name)?;
    values.contains_key(name).then(|| reference.key())
}

/// What `--check` prints where nothing is wrong.
pub(super) fn checked(fetched: &[&str], without_effect: &[String], notes: &[String]) -> String {
    let mut text = "the settings are valid\n".to_owned();
    if !fetched.is_empty() {
        push(&mut text, format_args!("secrets were fetched for {}\n", fetched.join(", ")));
    }
    for told in without_effect {
        push(&mut text, format_args!("unless the program brings what is missing: {told}\n"));
    }
    for note in notes {
        push(&mut text, format_args!("{note}\n"));
    }
    text
}

/// A string of TOML, on one line.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len().saturating_add(2));
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                push(&mut literal, format_args!("\\u{:04X}", u32::from(c)));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

fn sections(known: &[Described]) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    known.iter().map(|setting| setting.section).filter(|name| seen.insert(*name)).collect()
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // A `String` takes everything.
    let _written = text.write_fmt(what);
}
