//! Findings with excerpts of the source, in the format of the compiler.

use std::io::{self, IsTerminal as _, Write};

use annotate_snippets::{AnnotationKind, Level as Weight, Renderer, Snippet};
use palisade_lint::{Crate, Finding, Level};

use super::excerpt;

/// Writes every finding.
pub(super) fn write(krate: &Crate, findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    let plain = std::env::var_os("NO_COLOR").is_some() || !io::stdout().is_terminal();
    let renderer = if plain { Renderer::plain() } else { Renderer::styled() };
    for finding in findings {
        let text = krate.text(&finding.file).unwrap_or_default();
        let weight = match finding.level {
            Level::Deny => Weight::ERROR,
            Level::Warn => Weight::WARNING,
            Level::Note => Weight::NOTE,
        };
        if text.is_empty() {
            // It is about a setting, or about a file that is not a source.
            let Finding { file, place, rule, message, help, cwe, .. } = finding;
            let group = weight.primary_title(message.as_str()).id(*rule);
            let group = group
                .element(Weight::NOTE.message(format!("in {file}, line {}", place.line)))
                .element(Weight::HELP.message(help.as_str()))
                .element(Weight::NOTE.message(format!("CWE-{cwe}")));
            writeln!(out, "{}\n", renderer.render(&[group]))?;
            continue;
        }
        let sink = Snippet::source(text)
            .path(finding.file.as_str())
            .fold(true)
            .annotation(AnnotationKind::Primary.span(excerpt::bytes(text, &finding.place)))
            .annotations(
                finding
                    .trace
                    .iter()
                    .filter(|step| step.file == finding.file && step.line < finding.place.line)
                    .filter_map(|step| {
                        let line = line_of(text, step.line)?;
                        Some(AnnotationKind::Context.span(line).label(step.note.as_str()))
                    }),
            );
        let mut group =
            weight.primary_title(finding.message.as_str()).id(finding.rule).element(sink);
        for step in finding.trace.iter().filter(|step| step.file != finding.file) {
            group = group.element(
                Weight::NOTE.message(format!("{}:{}: {}", step.file, step.line, step.note)),
            );
        }
        let cwe =
            format!("CWE-{}; `cargo palisade explain {}` says more", finding.cwe, finding.rule);
        group = group
            .element(Weight::HELP.message(finding.help.as_str()))
            .element(Weight::NOTE.message(cwe));
        writeln!(out, "{}\n", renderer.render(&[group]))?;
    }
    Ok(())
}

/// The bytes of a line, without the space around it.
fn line_of(text: &str, number: usize) -> Option<std::ops::Range<usize>> {
    let mut at = 0_usize;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if index.saturating_add(1) == number {
            let start = at.saturating_add(line.len().saturating_sub(line.trim_start().len()));
            let end = at.saturating_add(line.trim_end().len());
            return (start < end).then_some(start..end);
        }
        at = at.saturating_add(line.len());
    }
    None
}
