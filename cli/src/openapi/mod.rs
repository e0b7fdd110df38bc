//! `cargo palisade openapi`: writes the document of a service without running the service, or
//! compares it with a saved one.

mod access;
mod change;
mod compare;
mod cors;
mod limit;
mod program;
mod schema;

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

pub use change::{Change, ChangeKind, Level};
pub use compare::changes;
use serde_json::Value;

use crate::{
    args::OpenapiArgs,
    routes::{UNREADABLE, WHOLE, WRONG},
};

/// Writes the document to `out` or to a file, or compares it; everything else goes to `log`. Returns the
/// exit code.
///
/// # Errors
///
/// Those of `out` and `log`.
pub fn run(args: &OpenapiArgs, out: &mut impl Write, log: &mut impl Write) -> io::Result<u8> {
    let written = match program::document(args) {
        Ok(written) => written,
        Err(failure) => {
            writeln!(log, "error: {failure}")?;
            return Ok(UNREADABLE);
        }
    };
    let mut code = WHOLE;
    for missing in &written.undocumented {
        let level = if args.strict { "error" } else { "warning" };
        writeln!(log, "{level}: {missing}")?;
        if args.strict {
            code = WRONG;
        }
    }
    if let Some(path) = &args.check {
        return check(path, &written.document, code, out, log);
    }
    let mut text = serde_json::to_string_pretty(&written.document)?;
    text.push('\n');
    match &args.output {
        None => out.write_all(text.as_bytes())?,
        Some(path) => {
            if let Err(error) = fs::write(path, text) {
                writeln!(log, "error: cannot write `{}`: {error}", path.display())?;
                return Ok(UNREADABLE);
            }
        }
    }
    Ok(code)
}

fn check(
    path: &Path,
    document: &Value,
    code: u8,
    out: &mut impl Write,
    log: &mut impl Write,
) -> io::Result<u8> {
    let saved = fs::read(path).and_then(|bytes| {
        let value: Value = serde_json::from_slice(&bytes)?;
        match value.get("openapi").and_then(Value::as_str) {
            Some(version) if version.starts_with("3.1") => Ok(value),
            Some(_) | None => Err(io::Error::other("it is not an OpenAPI 3.1 document")),
        }
    });
    let saved = match saved {
        Ok(saved) => saved,
        Err(error) => {
            writeln!(log, "error: cannot read the document `{}`: {error}", path.display())?;
            return Ok(UNREADABLE);
        }
    };
    let changes = changes(&saved, document);
    for change in &changes {
        writeln!(out, "{change}")?;
    }
    Ok(if changes.is_empty() { code } else { WRONG })
}
