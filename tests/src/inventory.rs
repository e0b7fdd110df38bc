//! The table that a service shows when it starts, and the inventory that the tool reads from its
//! sources, brought to one form.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

/// The columns of the table.
const COLUMNS: [&str; 11] = [
    "method",
    "path",
    "access",
    "credentials",
    "limits",
    "body",
    "handler timeout",
    "cross-site",
    "inputs",
    "notes",
    "at",
];

/// All that one endpoint declares, by column.
pub type Declared = BTreeMap<&'static str, Vec<String>>;

/// The endpoints of a table, by method and path.
///
/// # Panics
///
/// Where there is no such table.
#[must_use]
pub fn started(log: &str) -> BTreeMap<String, Declared> {
    let mut lines = log.lines().skip_while(|line| !line.starts_with("method "));
    let head = lines.next().unwrap_or_else(|| panic!("a table of endpoints"));
    let mut from = 0;
    let starts = COLUMNS.map(|column| {
        let at = from
            + head
                .get(from..)
                .and_then(|rest| rest.find(column))
                .unwrap_or_else(|| panic!("the column"));
        from = at + column.len();
        at
    });
    let rows = lines.take_while(|line| line.starts_with(char::is_uppercase));
    rows.map(|row| {
        // Columns are as wide as their cells have characters.
        let row: Vec<char> = row.chars().collect();
        let ends = starts.iter().skip(1).copied().chain([row.len()]);
        let cells = starts.iter().zip(ends).map(|(start, end)| {
            let cell: String = row.iter().take(end).skip(*start).collect();
            cell.trim().to_owned()
        });
        let cells: BTreeMap<&'static str, String> = COLUMNS.into_iter().zip(cells).collect();
        let key = format!("{} {}", cell(&cells, "method"), cell(&cells, "path"));
        (key, of_table(&cells))
    })
    .collect()
}

fn cell<'c>(cells: &'c BTreeMap<&'static str, String>, column: &str) -> &'c str {
    cells.get(column).map_or("", String::as_str)
}

fn of_table(cells: &BTreeMap<&'static str, String>) -> Declared {
    let parts = |column: &str| parts(cell(cells, column));
    // A default is the service's, which the sources of an endpoint do not have.
    let own = |column: &str| match cell(cells, column) {
        text if text.ends_with("(default)") => "-".to_owned(),
        text => text.to_owned(),
    };
    // `1024 B (default) in 30s`
    let body = match cell(cells, "body").split_once(" in ") {
        Some((cap, within)) if cap.ends_with("(default)") => format!("- in {within}"),
        Some(_) | None => own("body"),
    };
    let inputs = parts("inputs").into_iter().filter_map(|input| {
        let (kind, rest) = input.split_once(' ').unwrap_or(("", &input));
        match kind {
            "query" | "path" | "form" | "body" | "vouched" => Some(rest.to_owned()),
            // What is taken is the note of the limits of the upload.
            "upload" => None,
            // The action of an object is a part of its type.
            _ => Some(input.split(" (").next().unwrap_or(&input).to_owned()),
        }
    });
    Declared::from([
        ("access", vec![cell(cells, "access").to_owned()]),
        ("credentials", vec![cell(cells, "credentials").to_owned()]),
        ("limits", parts("limits")),
        ("body", vec![body]),
        ("handler timeout", vec![own("handler timeout")]),
        (
            "cross-site",
            vec![match cell(cells, "cross-site") {
                "refused" => "refuse".to_owned(),
                "allowed" => "allow".to_owned(),
                other => other.to_owned(),
            }],
        ),
        ("inputs", sorted(inputs)),
        ("notes", parts("notes")),
        ("at", vec![cell(cells, "at").to_owned()]),
    ])
}

/// The endpoints of what `cargo palisade routes --json` prints, by method and path.
///
/// # Panics
///
/// Where it prints something else.
#[must_use]
pub fn read(inventory: &[Value]) -> BTreeMap<String, Declared> {
    let endpoints = inventory.iter().filter(|entry| entry["kind"] == "endpoint");
    endpoints.map(|entry| (key(entry), of_sources(entry))).collect()
}

/// Method and path of an entry.
///
/// # Panics
///
/// If it is not an entry of an endpoint.
#[must_use]
pub fn key(entry: &Value) -> String {
    format!("{} {}", texts(&entry["methods"]).join(","), text(&entry["path"]))
}

fn of_sources(entry: &Value) -> Declared {
    let credentials = match texts(&entry["credentials"]).as_slice() {
        [] if entry["access"] == "public" => "-".to_owned(),
        [] => "any".to_owned(),
        names => names.join(", "),
    };
    let mut inputs = texts(&entry["inputs"]);
    inputs.extend(texts(&entry["objects"]));
    inputs.extend(texts(&entry["vouched"]));
    if let Some(upload) = entry.get("upload") {
        let files = upload["files"].as_u64().unwrap_or_default();
        let count = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        let (field, kinds) = (text(&upload["field"]), texts(&upload["kinds"]).join(", "));
        inputs.push(format!("{field}: {count} of {} B, {kinds}", upload["max"]));
    }
    if entry["validation"] == "allow_unknown_fields" {
        inputs.push("unknown fields allowed".to_owned());
    }
    let mut notes: Vec<String> = Vec::new();
    for reason in entry["reasons"].as_array().into_iter().flatten() {
        let (word, reason) = (text(&reason["word"]), text(&reason["reason"]));
        notes.push(match word.strip_prefix("Denied::Forbidden ") {
            Some(object) => format!("403 for {object}: {reason}"),
            None => format!("{word}: {reason}"),
        });
    }
    for grant in texts(&entry["grants"]) {
        notes.push(grant.replacen(" by ", " is granted by ", 1));
    }
    for header in [
        "conditional",
        "cross_origin",
        "csp",
        "report_only",
        "permissions",
        "profile",
        "resource_policy",
        "cache",
    ] {
        if let Some(value) = entry[header].as_str() {
            notes.push(format!("{header} {value}"));
        }
    }
    if entry["compressed"] == true {
        notes.push("compressed".to_owned());
    }
    let encodings = texts(&entry["body_encodings"]);
    if !encodings.is_empty() {
        notes.push(format!("body_encoding {}", encodings.join(", ")));
    }
    let number = |field: &str, shown: &dyn Fn(u64) -> String| {
        entry[field].as_u64().map_or_else(|| "-".to_owned(), shown)
    };
    let duration = |ms: u64| format!("{:?}", Duration::from_millis(ms));
    let mut body = number("body_limit", &|bytes| format!("{bytes} B"));
    if let Some(ms) = entry["body_timeout_ms"].as_u64() {
        body = format!("{body} in {}", duration(ms));
    }
    Declared::from([
        ("access", vec![text(&entry["access"])]),
        ("credentials", vec![credentials]),
        ("limits", sorted(texts(&entry["limits"]))),
        ("body", vec![body]),
        ("handler timeout", vec![number("timeout_ms", &duration)]),
        ("cross-site", vec![text(&entry["cross_site"])]),
        ("inputs", sorted(inputs)),
        ("notes", parts(&notes.join("; "))),
        ("at", vec![format!("{}:{}", text(&entry["file"]), entry["line"])]),
    ])
}

/// The content of one cell. A policy has separators of its own, on both sides alike.
fn parts(cell: &str) -> Vec<String> {
    sorted(cell.split("; ").filter(|part| !matches!(*part, "" | "-")).map(str::to_owned))
}

fn sorted(all: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.into_iter().collect();
    all.sort();
    all
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text")).to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}
