//! The inventory as a table.

use std::io::{self, Write};

use crate::inventory::{
    Dangerous, Endpoint, Entry, Mode, Raw, Scope, Silenced, Upload, Validation,
};

const TITLES: [&str; 11] = [
    "METHOD",
    "PATH",
    "ACCESS",
    "CREDENTIALS",
    "LIMITS",
    "BODY",
    "TIMEOUT",
    "CROSS-SITE",
    "INPUT",
    "NOTES",
    "AT",
];

/// Writes the entries, one table for each package.
///
/// # Errors
///
/// Those of `out`.
pub fn write(entries: &[Entry], out: &mut impl Write) -> io::Result<()> {
    for (i, package) in entries.chunk_by(|a, b| a.package() == b.package()).enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        if let Some(first) = package.first() {
            writeln!(out, "{}", first.package())?;
        }
        let rows: Vec<_> = package.iter().filter_map(row).collect();
        if !rows.is_empty() {
            aligned(&rows, out)?;
        }
        for entry in package {
            match entry {
                Entry::Endpoint(_) => {}
                Entry::Dangerous(Dangerous { call, reason, file, line, .. }) => {
                    let reason =
                        reason.as_ref().map_or_else(|| "?".to_owned(), |r| format!("{r:?}"));
                    writeln!(out, "  ! {call}: {reason} at {file}:{line}")?;
                }
                Entry::Silenced(Silenced { rule, reason, file, line, .. }) => {
                    writeln!(out, "  ! allow_unsafe({rule}): {reason:?} at {file}:{line}")?;
                }
                Entry::Scope(Scope { name, scope, granted_by, file, line, .. }) => {
                    let by = granted_by.as_deref().unwrap_or("none");
                    writeln!(out, "  ! scope {name}: {scope}, granted by {by} at {file}:{line}")?;
                }
                Entry::Raw(Raw { reader, file, line, .. }) => {
                    writeln!(out, "  ! raw: {reader} at {file}:{line}")?;
                }
            }
        }
    }
    Ok(())
}

fn aligned(rows: &[[String; TITLES.len()]], out: &mut impl Write) -> io::Result<()> {
    let mut widths = TITLES.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let titles = TITLES.map(str::to_owned);
    for row in std::iter::once(&titles).chain(rows) {
        let mut line = String::from(" ");
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(&format!(" {cell:width$} "));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn row(entry: &Entry) -> Option<[String; TITLES.len()]> {
    let Entry::Endpoint(endpoint) = entry else { return None };
    let method = match (endpoint.methods.as_slice(), endpoint.mode) {
        ([], _) => "?".to_owned(),
        (methods, _) => methods.join(","),
    };
    let path = endpoint.path.as_deref().unwrap_or("?");
    Some([
        method,
        match endpoint.mode {
            Mode::Routed => path.to_owned(),
            Mode::Plain => format!("{path} (plain)"),
        },
        endpoint.access.clone(),
        credentials(endpoint),
        list(&endpoint.limits),
        body(endpoint),
        endpoint.timeout_ms.map_or_else(|| "default".to_owned(), duration),
        endpoint.cross_site.to_string(),
        input(endpoint),
        notes(endpoint),
        format!("{}::{} {}:{}", endpoint.module, endpoint.name, endpoint.file, endpoint.line),
    ])
}

/// The most bytes of a body, and its time limit if there is one.
fn body(endpoint: &Endpoint) -> String {
    let cap = endpoint.body_limit.map_or_else(|| "default".to_owned(), size);
    match endpoint.body_timeout_ms {
        Some(millis) => format!("{cap} in {}", duration(millis)),
        None => cap,
    }
}

/// The accepted credentials; `any` if all of the service's are.
fn credentials(endpoint: &Endpoint) -> String {
    match endpoint.credentials.as_slice() {
        [] if endpoint.access == "public" => "-".to_owned(),
        [] => "any".to_owned(),
        names => names.join(", "),
    }
}

fn input(endpoint: &Endpoint) -> String {
    let Endpoint { inputs, objects, vouched, validation, upload, .. } = endpoint;
    let mut all = inputs.clone();
    all.extend(upload.iter().map(files));
    all.extend(objects.iter().cloned());
    all.extend(vouched.iter().cloned());
    let mut text = list(&all);
    if *validation == Validation::AllowUnknownFields {
        text.push_str(" (unknown fields dropped)");
    }
    text
}

/// `file: 3 files of 5 MiB, png, jpeg`
fn files(upload: &Upload) -> String {
    let Upload { field, files, max, kinds, charset, .. } = upload;
    let count = if *files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    let charset = charset.as_ref().map_or(String::new(), |name| format!(", texts in {name} too"));
    format!("{field}: {count} of {}, {}{charset}", size(*max), kinds.join(", "))
}

fn notes(endpoint: &Endpoint) -> String {
    let mut notes: Vec<String> = endpoint
        .reasons
        .iter()
        .map(|reason| format!("{}: {:?}", reason.word, reason.reason))
        .collect();
    notes.extend(endpoint.grants.iter().map(|grant| format!("granted: {grant}")));
    notes.extend(endpoint.raw.iter().map(|reader| format!("raw: {reader}")));
    notes.extend(endpoint.conditional.iter().map(|value| format!("conditional {value}")));
    notes.extend(endpoint.cross_origin.iter().map(|value| format!("cross_origin {value}")));
    notes.extend(endpoint.profile.iter().map(|value| format!("profile {value}")));
    let resource = endpoint.resource_policy.iter();
    notes.extend(resource.map(|value| format!("resource_policy {value}")));
    let headers = [
        ("cache", &endpoint.cache),
        ("csp", &endpoint.csp),
        ("report_only", &endpoint.report_only),
        ("permissions", &endpoint.permissions),
    ];
    for (name, value) in headers {
        notes.extend(value.iter().map(|value| format!("{name} {value:?}")));
    }
    notes.extend(endpoint.compressed.then(|| "compressed".to_owned()));
    if !endpoint.body_encodings.is_empty() {
        notes.push(format!("body_encoding {}", endpoint.body_encodings.join(", ")));
    }
    notes.extend(endpoint.conditions.iter().map(|condition| format!("cfg({condition})")));
    list(&notes)
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "-".to_owned() } else { items.join("; ") }
}

/// A number of bytes in the largest unit that divides it.
fn size(bytes: u64) -> String {
    for (unit, factor) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= factor && bytes.is_multiple_of(factor) {
            return format!("{} {unit}", bytes / factor);
        }
    }
    format!("{bytes} B")
}

/// A number of milliseconds in the largest unit that divides it.
fn duration(milliseconds: u64) -> String {
    for (unit, factor) in [("min", 60_000), ("s", 1_000)] {
        if milliseconds >= factor && milliseconds.is_multiple_of(factor) {
            return format!("{} {unit}", milliseconds / factor);
        }
    }
    format!("{milliseconds} ms")
}

#[cfg(test)]
mod tests {
    use super::{duration, size};

    #[test]
    fn amounts_are_shown_in_the_largest_unit_that_divides_them() {
        assert_eq!(size(65_536), "64 KiB");
        assert_eq!(size(65_537), "65537 B");
        assert_eq!(size(1 << 30), "1 GiB");
        assert_eq!(duration(5_000), "5 s");
        assert_eq!(duration(1_500), "1500 ms");
        assert_eq!(duration(120_000), "2 min");
    }
}
