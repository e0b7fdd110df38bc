//! `check --deploy`: configurations that must not reach production, as far as sources and settings
//! show.
//!
//! The list is [`palisade_policy::deploy::CHECKS`], which a service also checks when it starts in
//! production. Here the facts come from the sources ([`cost`], [`silenced`]), from settings
//! ([`settings`]: the environment, `palisade.toml`, the files of `--settings`), from the manifest
//! ([`profile`]), from the files that git tracks ([`tracked`]) and from advisories about
//! `Cargo.lock`.

mod cost;
mod profile;
mod settings;
mod silenced;
mod tracked;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use palisade_lint::{Finding, Level, Place};
use palisade_policy::deploy::{self, Silences};

use super::CheckArgs;
use crate::audit;

/// Whether a name is that of a deploy check.
pub(super) fn is_check(name: &str) -> bool {
    deploy::find(name).is_some()
}

/// The findings. Those about the whole workspace are only included without paths.
///
/// # Errors
///
/// An unreadable file, as a sentence.
pub(super) fn findings(
    args: &CheckArgs,
    roots: &[PathBuf],
    workspace: Option<&Path>,
    log: &mut impl Write,
) -> Result<Vec<Finding>, String> {
    let fault = |error: io::Error| error.to_string();
    let mut found = cost::findings(roots).map_err(fault)?;
    let mut silences = Silences::default();
    for fault in silenced::read(roots, &mut silences) {
        found.push(unknown(fault));
    }
    let given = settings::read(&args.settings, workspace)?;
    for fault in silences.read(given.value("SILENCE").unwrap_or_default()) {
        let file = given.place("SILENCE").to_owned();
        found.push(unknown((file, Place::default(), format!("PALISADE_SILENCE: {fault}"))));
    }
    let mut judged: Vec<(String, usize, deploy::Finding)> = Vec::new();
    if given.is_empty() {
        writeln!(log, "no settings were judged: set PALISADE_.., or name a file with `--settings`")
            .map_err(fault)?;
    } else {
        let findings = deploy::judge(&given.facts());
        judged.extend(findings.into_iter().map(|one| (given.place_of(&one).to_owned(), 1, one)));
    }
    if let Some(root) = workspace {
        judged.extend(profile::findings(root));
        judged.extend(tracked::findings(root, log).map_err(fault)?);
        match audit::of_workspace(root) {
            Ok(advisories) => judged.extend(advisories),
            Err(why) => writeln!(log, "advisories were not judged: {why}").map_err(fault)?,
        }
    }
    for (file, line, mut finding) in judged {
        let mut one = [finding.clone()];
        silences.apply(&mut one);
        let [judged] = one;
        finding.silenced = judged.silenced;
        found.push(told(file, line, &finding));
    }
    // A cost that is found in the sources is silenced like every other.
    for finding in &mut found {
        let reason =
            silences.iter().find(|(id, _)| *id == finding.rule && finding.rule == cost::RULE);
        if let Some((_, reason)) = reason {
            finding.level = Level::Note;
            finding.message = format!("{} (silenced: {reason})", finding.message);
        }
    }
    Ok(found)
}

/// Converts a finding of the list to one of a rule. Silenced ones remain visible.
fn told(file: String, line: usize, finding: &deploy::Finding) -> Finding {
    let level = match (&finding.silenced, finding.level) {
        (Some(_), _) | (None, deploy::Level::Note) => Level::Note,
        (None, deploy::Level::Warning) => Level::Warn,
        (None, deploy::Level::Error) => Level::Deny,
    };
    let message = match &finding.silenced {
        Some(reason) => format!("{} (silenced: {reason})", finding.what),
        None => format!("{}: {}", finding.what, finding.check.why),
    };
    Finding {
        file,
        place: Place { line, column: 1, end_line: line, end_column: 1 },
        rule: finding.check.id,
        cwe: finding.check.cwe,
        level,
        message,
        help: finding.fix.clone(),
        trace: Vec::new(),
        fix: None,
    }
}

/// A silence for an unknown check, or without a reason.
fn unknown((file, place, message): (String, Place, String)) -> Finding {
    Finding {
        file,
        place,
        rule: "unused_suppression",
        cwe: 1164,
        level: Level::Deny,
        message,
        help: "write an id of `cargo palisade explain` and a reason of two words or more"
            .to_owned(),
        trace: Vec::new(),
        fix: None,
    }
}

/// The page of a check.
pub(super) fn page(id: &str) -> Option<String> {
    let check = deploy::find(id)?;
    let by = match check.judged_by {
        deploy::JudgedBy::Both => "the start in production and `cargo palisade check --deploy`",
        deploy::JudgedBy::Start => "the start in production",
        deploy::JudgedBy::Command => "`cargo palisade check --deploy`",
    };
    let silenced = if check.can_be_silenced() {
        format!(
            "Silenced with a reason: `PALISADE_SILENCE=\"{id}: ..\"`, `.silence_deploy_check(\"{id}\", \"..\")`."
        )
    } else {
        "It cannot be silenced.".to_owned()
    };
    Some(format!(
        "# {}\n\nA deploy check of level {}, judged by {by}. CWE-{}.\n\nWhy: {}.\n\nFix: {}.\n\nSource: {}.\n\n{silenced}\n",
        check.id,
        check.level.word(),
        check.cwe,
        check.why,
        check.fix,
        check.source,
    ))
}
