//! `cargo palisade check` and `cargo palisade explain`.

mod deploy;
mod excerpt;
mod human;
mod json;
mod options;
mod repair;
mod sarif;
mod sources;

use std::io::{self, Write};

use palisade_lint::{Crate, Level, Options, RULES, analyse, explain, find_rule};

pub use options::{CheckArgs, ExplainArgs};

pub use crate::{
    exit_code::{CLEAN, FOUND, UNREADABLE},
    format::Format,
};

/// Checks the sources, prints the findings to `out` and everything else to `log`; returns the exit code.
///
/// # Errors
///
/// Those of `out` and `log`.
pub fn run(args: &CheckArgs, out: &mut impl Write, log: &mut impl Write) -> io::Result<u8> {
    if let Some(unknown) = args.rule.iter().find(|name| !is_rule(args, name)) {
        writeln!(log, "error: no rule is named `{unknown}`; `cargo palisade explain` lists them")?;
        return Ok(UNREADABLE);
    }
    let roots = match sources::roots(args) {
        Ok(roots) => roots,
        Err(failure) => {
            writeln!(log, "error: {failure}")?;
            return Ok(UNREADABLE);
        }
    };
    let mut krate = match Crate::load(&roots) {
        Ok(krate) => krate,
        Err(error) => {
            writeln!(log, "error: {error}")?;
            return Ok(UNREADABLE);
        }
    };
    let options =
        Options { audit: args.audit, rules: args.rule.clone(), level: args.level.map(Level::from) };
    let mut report = analyse(&krate, &options);
    if args.fix {
        let repaired = match repair::write(&krate, &report.findings) {
            Ok(repaired) => repaired,
            Err(error) => {
                writeln!(log, "error: cannot repair: {error}")?;
                return Ok(UNREADABLE);
            }
        };
        if repaired > 0 {
            writeln!(
                log,
                "repaired {repaired} {}",
                if repaired == 1 { "finding" } else { "findings" }
            )?;
            krate = match Crate::load(&roots) {
                Ok(krate) => krate,
                Err(error) => {
                    writeln!(log, "error: {error}")?;
                    return Ok(UNREADABLE);
                }
            };
            report = analyse(&krate, &options);
        }
    }
    if args.deploy {
        let workspace = sources::workspace(args);
        match deploy::findings(args, &roots, workspace.as_deref(), log) {
            Ok(found) => {
                let level = args.level.map_or(Level::Note, Level::from);
                let is_wanted = |finding: &palisade_lint::Finding| {
                    let is_asked =
                        args.rule.is_empty() || args.rule.iter().any(|r| r == finding.rule);
                    is_asked && finding.level >= level
                };
                report.findings.extend(found.into_iter().filter(is_wanted));
            }
            Err(error) => {
                writeln!(log, "error: {error}")?;
                return Ok(UNREADABLE);
            }
        }
    }
    if !krate.excluded().is_empty() {
        writeln!(log, "excluded by their manifests: {}", krate.excluded().join(", "))?;
    }
    let (files, lines) = krate.size();
    match args.format {
        Format::Human => {
            human::write(&krate, &report.findings, out)?;
            let denied =
                report.findings.iter().filter(|finding| finding.level == Level::Deny).count();
            let others = report.findings.len().saturating_sub(denied);
            writeln!(
                log,
                "{}, {}: {denied} refused, {others} {}",
                counted(files, "file"),
                counted(lines, "line"),
                if others == 1 { "warning or note" } else { "warnings and notes" }
            )?;
        }
        Format::Json => json::write(&report.findings, out)?,
        Format::Sarif => sarif::write(&report, out)?,
    }
    if files == 0 {
        // An empty answer must not pass for a clean one.
        writeln!(log, "error: there is no Rust source here")?;
        return Ok(UNREADABLE);
    }
    let refused = report.findings.iter().any(|finding| finding.level == Level::Deny);
    Ok(if refused { FOUND } else { CLEAN })
}

fn is_rule(args: &CheckArgs, name: &str) -> bool {
    find_rule(name).is_some() || (args.deploy && deploy::is_check(name))
}

/// A number and a noun in the right form.
fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Prints the page of a rule, or the list of all rules.
///
/// # Errors
///
/// Those of `out` and `log`.
pub fn tell(args: &ExplainArgs, out: &mut impl Write, log: &mut impl Write) -> io::Result<u8> {
    let Some(name) = &args.rule else {
        for rule in RULES {
            writeln!(out, "{:<24}{:<6}CWE-{}", rule.name, rule.level, rule.cwe)?;
        }
        for check in palisade_policy::deploy::CHECKS {
            let level = check.level.word();
            writeln!(out, "{:<24} {level:<8}CWE-{}", check.id, check.cwe)?;
        }
        return Ok(CLEAN);
    };
    if let Some(page) = explain(name) {
        write!(out, "{page}")?;
        Ok(CLEAN)
    } else if let Some(page) = deploy::page(name) {
        write!(out, "{page}")?;
        Ok(CLEAN)
    } else {
        writeln!(log, "error: no rule is named `{name}`; `cargo palisade explain` lists them")?;
        Ok(UNREADABLE)
    }
}
