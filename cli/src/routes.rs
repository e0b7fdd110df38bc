//! `cargo palisade routes`.

use std::io::{self, Write};

use crate::{
    args::RoutesArgs,
    clash, handler,
    inventory::Entry,
    program::Program,
    report::{Report, Severity},
    saved, table, workspace,
};

/// The exit code of a complete inventory.
pub const WHOLE: u8 = 0;
/// The exit code if a handler has an error, or the inventory differs from the saved one.
pub const WRONG: u8 = 1;
/// The exit code if a part of the sources is unreadable.
pub const UNREADABLE: u8 = 2;

/// Prints the inventory to `out` and everything else to `log`; returns the exit code.
///
/// # Errors
///
/// Those of `out` and `log`.
pub fn run(args: &RoutesArgs, out: &mut impl Write, log: &mut impl Write) -> io::Result<u8> {
    let workspace = match workspace::find(args.manifest_path.as_deref(), args.package.as_deref()) {
        Ok(workspace) => workspace,
        Err(failure) => {
            writeln!(log, "error: {failure}")?;
            return Ok(UNREADABLE);
        }
    };
    let mut report = Report::default();
    let program = Program::read(workspace, &mut report);
    let mut entries = handler::entries(&program, &mut report);
    entries.sort_by(Entry::order);
    clash::report(&entries, &mut report);
    report.write(log)?;
    let code = match report.worst() {
        None | Some(Severity::Warning) => WHOLE,
        Some(Severity::Wrong) => WRONG,
        Some(Severity::Unreadable) => UNREADABLE,
    };
    if let Some(path) = &args.check {
        return check(path, &entries, code, out, log);
    }
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &entries)?;
        writeln!(out)?;
    } else {
        table::write(&entries, out)?;
    }
    Ok(code)
}

fn check(
    path: &std::path::Path,
    entries: &[Entry],
    code: u8,
    out: &mut impl Write,
    log: &mut impl Write,
) -> io::Result<u8> {
    let saved = match saved::read(path) {
        Ok(saved) => saved,
        Err(error) => {
            writeln!(log, "error: cannot read the inventory `{}`: {error}", path.display())?;
            return Ok(UNREADABLE);
        }
    };
    let difference = saved::difference(&saved, entries);
    for line in &difference {
        writeln!(out, "{line}")?;
    }
    Ok(if difference.is_empty() { code } else { code.max(WRONG) })
}
