//! Applies the deny rules in every build.

use std::env;
use std::io::{self, Write as _};
use std::process;

use crate::finding::Level;
use crate::krate::{Crate, Options, analyse};

/// Refuses to build the crate when a deny rule finds something in it.
///
/// The macros judge handlers only. Called from a `build.rs`, this judges the helpers as well:
///
/// ```no_run
/// palisade_lint::enforce();
/// ```
///
/// It reads the folder `src` next to the manifest and the templates that its types name, prints what
/// it finds and ends the build script with 1. A folder that cannot be read ends it too: what has not been read has not been checked.
pub fn enforce() {
    let root = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| ".".into(), std::path::PathBuf::from)
        .join("src");
    // If these streams are gone, there is no other way to report it.
    let _ = writeln!(io::stdout(), "cargo::rerun-if-changed={}", root.display());
    let krate = match Crate::load(&[&root]) {
        Ok(krate) => krate,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            process::exit(1);
        }
    };
    // What templates say is judged with the sources.
    for path in krate.beside() {
        let _ = writeln!(io::stdout(), "cargo::rerun-if-changed={path}");
    }
    let report = analyse(&krate, &Options { level: Some(Level::Deny), ..Options::default() });
    for finding in &report.findings {
        let place = finding.place;
        let (rule, message, help) = (finding.rule, &finding.message, &finding.help);
        let _ = writeln!(
            io::stderr(),
            "error[{rule}]: {message}\n  --> {}:{}:{}\n  help: {help}",
            finding.file,
            place.line,
            place.column
        );
        for step in &finding.trace {
            let _ = writeln!(io::stderr(), "   {}:{}: {}", step.file, step.line, step.note);
        }
    }
    if !report.findings.is_empty() {
        process::exit(1);
    }
}
