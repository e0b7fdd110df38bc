//! Findings as JSON, one per line.

use std::io::{self, Write};

use palisade_lint::Finding;
use serde::Serialize;

#[derive(Serialize)]
struct Line<'f> {
    rule: &'f str,
    cwe: String,
    level: &'f str,
    file: &'f str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'f str,
    help: &'f str,
    trace: Vec<Step<'f>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix<'f>>,
}

#[derive(Serialize)]
struct Step<'f> {
    file: &'f str,
    line: usize,
    note: &'f str,
}

#[derive(Serialize)]
struct Fix<'f> {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    replacement: &'f str,
}

/// Writes every finding.
pub(super) fn write(findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    for finding in findings {
        let place = finding.place;
        let line = Line {
            rule: finding.rule,
            cwe: format!("CWE-{}", finding.cwe),
            level: finding.level.word(),
            file: &finding.file,
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            message: &finding.message,
            help: &finding.help,
            trace: finding
                .trace
                .iter()
                .map(|step| Step { file: &step.file, line: step.line, note: &step.note })
                .collect(),
            fix: finding.fix.as_ref().map(|fix| Fix {
                line: fix.place.line,
                column: fix.place.column,
                end_line: fix.place.end_line,
                end_column: fix.place.end_column,
                replacement: &fix.replacement,
            }),
        };
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}
