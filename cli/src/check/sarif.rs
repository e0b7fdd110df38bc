//! Findings as one SARIF 2.1.0 document, for the tools that collect them.

use std::io::{self, Write};

use palisade_lint::{Finding, Level, Place, RULES, Report};
use serde_json::{Value, json};

/// Writes the document.
pub(super) fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.name,
                "shortDescription": { "text": summary(rule.page) },
                "help": { "text": rule.text(), "markdown": rule.text() },
                "defaultConfiguration": { "level": level(rule.level) },
                "properties": { "tags": ["security", format!("external/cwe/cwe-{}", rule.cwe)] },
            })
        })
        .collect();
    let results: Vec<Value> = report.findings.iter().map(result).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "cargo-palisade", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn result(finding: &Finding) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.level),
        "message": { "text": format!("{}. {}", finding.message, finding.help) },
        "locations": [{ "physicalLocation": location(&finding.file, &finding.place) }],
    });
    if let Some(index) = RULES.iter().position(|rule| rule.name == finding.rule)
        && let Some(object) = result.as_object_mut()
    {
        object.insert("ruleIndex".to_owned(), json!(index));
    }
    if !finding.trace.is_empty()
        && let Some(object) = result.as_object_mut()
    {
        let steps: Vec<Value> = finding
            .trace
            .iter()
            .map(|step| {
                json!({ "location": {
                    "physicalLocation": { "artifactLocation": { "uri": uri(&step.file) }, "region": { "startLine": step.line.max(1) } },
                    "message": { "text": step.note },
                }})
            })
            .collect();
        object.insert("codeFlows".to_owned(), json!([{ "threadFlows": [{ "locations": steps }] }]));
    }
    result
}

fn location(file: &str, place: &Place) -> Value {
    json!({
        "artifactLocation": { "uri": uri(file) },
        "region": {
            "startLine": place.line.max(1),
            "startColumn": place.column.max(1),
            "endLine": place.end_line.max(place.line).max(1),
            "endColumn": place.end_column.max(1),
        },
    })
}

/// A path as a URI reference for SARIF.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Note => "note",
    }
}

/// The first sentence of a page.
fn summary(page: &str) -> String {
    let text: Vec<&str> = page
        .lines()
        .map(str::trim)
        .skip_while(|line| line.starts_with('#') || line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    text.join(" ")
}
