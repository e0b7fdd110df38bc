//! `cargo palisade audit-log`.

use std::{
    env, fs,
    io::{self, Write},
};

use palisade_audit::{Key, Report, verify, verify_files};

use crate::{
    args::{AuditLogArgs, AuditLogCommand, VerifyArgs},
    routes::{UNREADABLE, WHOLE, WRONG},
};

/// The variable with the key of a service.
const KEY: &str = "PALISADE_AUDIT_KEY";

/// Prints faults to `out`, and reading errors to `log`; returns the exit code.
///
/// # Errors
///
/// Those of `out` and `log`.
pub fn run(args: &AuditLogArgs, out: &mut impl Write, log: &mut impl Write) -> io::Result<u8> {
    let AuditLogCommand::Verify(args) = &args.command;
    let report = match read(args) {
        Ok(report) => report,
        Err(failure) => {
            writeln!(log, "error: {failure}")?;
            return Ok(UNREADABLE);
        }
    };
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    let lines = report.lines;
    match (report.first, report.last) {
        (Some(first), Some(last)) => writeln!(out, "{lines} lines, numbers {first} to {last}")?,
        _ => writeln!(out, "{lines} lines, none of a chain")?,
    }
    Ok(if report.is_whole() { WHOLE } else { WRONG })
}

fn read(args: &VerifyArgs) -> Result<Report, String> {
    let key = match (&args.key_file, env::var(KEY)) {
        (Some(path), _) => {
            let key = fs::read(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
            Some((key.trim_ascii().to_vec(), format!("`{}`", path.display())))
        }
        (None, Ok(key)) => Some((key.trim().as_bytes().to_vec(), KEY.to_owned())),
        (None, Err(env::VarError::NotPresent)) => None,
        (None, Err(error)) => return Err(format!("{KEY}: {error}")),
    };
    let key =
        key.map(|(bytes, place)| Key::new(&bytes).map_err(|error| format!("{place}: {error}")));
    let key = key.transpose()?;
    let failed = |error: io::Error| format!("the audit trail: {error}");
    match args.files.as_slice() {
        [file] => {
            verify(file, key.as_ref()).map_err(|error| format!("`{}`: {error}", file.display()))
        }
        files => {
            let Some(last) = files.last() else { return Err("name a file".to_owned()) };
            verify_files(files, last, key.as_ref()).map_err(failed)
        }
    }
}
