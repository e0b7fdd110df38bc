//! Checks whether a pattern only matches whole texts.
//!
//! A `Regex` exposes its text but not the options of its `RegexBuilder`: with `multi_line` the `^`
//! of the text is the start of a line, and with `ignore_whitespace` its `$` may be part of a
//! comment. So the text is parsed with and without them, strings are generated that the pattern
//! should match, and the pattern's own results for these decide.

use regex_syntax::{
    ParserBuilder,
    hir::{Class, ClassBytesRange, Hir, HirKind, Look, Repetition},
};

/// The most sample texts for one pattern.
const MOST_SAMPLES: usize = 32;

/// The most bytes of one of them.
const LONGEST: usize = 64 * 1024;

/// How many ranges of a class have samples.
const MOST_RANGES: usize = 4;

/// Returns the length in bytes of a pattern's first match in a string.
type Find<'f> = &'f dyn Fn(&str) -> Option<usize>;

/// Whether a pattern only matches whole texts. `written` is its text, and `find` applies it.
pub(super) fn is_whole(written: &str, find: Find<'_>) -> bool {
    let mut anchored = false;
    let mut samples = Vec::new();
    for ignores_whitespace in [false, true] {
        let mut parser = ParserBuilder::new().ignore_whitespace(ignores_whitespace).build();
        // Text that cannot be read one way is judged the other way; none at all is not whole.
        if let Ok(hir) = parser.parse(written) {
            let of_this: Vec<String> = samples_of(&hir);
            let matches_one = of_this.iter().any(|text| span(find, text) == Span::Whole);
            anchored |= is_anchored(&hir) && matches_one;
            samples.extend(of_this);
        }
    }
    anchored && !samples.iter().enumerate().any(|(at, text)| is_found_within(find, text, at == 0))
}

/// Whether every alternative begins at the start and ends at the end of the text.
fn is_anchored(hir: &Hir) -> bool {
    let properties = hir.properties();
    properties.look_set_prefix().contains(Look::Start)
        && properties.look_set_suffix().contains(Look::End)
}

/// How much of a string a pattern matches.
#[derive(PartialEq, Eq)]
enum Span {
    Nothing,
    Part,
    Whole,
}

fn span(find: Find<'_>, text: &str) -> Span {
    match find(text) {
        None => Span::Nothing,
        Some(length) if length == text.len() => Span::Whole,
        Some(_) => Span::Part,
    }
}

/// Whether a pattern matches a part of this text, or finds it among other lines. The line
/// terminator is an option too; `every` tries all of them.
fn is_found_within(find: Find<'_>, text: &str, every: bool) -> bool {
    let usual = ["\n".to_owned(), "\r".to_owned(), "\r\n".to_owned()];
    let others = (0..=127_u8).filter(|_| every).map(|end| char::from(end).to_string());
    let among = usual.into_iter().chain(others).flat_map(|end| {
        // The texts around it are lines of their own, which are not empty.
        let (before, after) = (format!("\u{1}{end}"), format!("{end}\u{1}"));
        [
            format!("{before}{text}{after}"),
            format!("{before}{text}"),
            format!("{text}{after}"),
            format!("{end}{text}"),
            format!("{text}{end}"),
        ]
    });
    std::iter::once(text.to_owned()).chain(among).any(|text| span(find, &text) == Span::Part)
}

/// Texts that a pattern may match: at least one for each alternative, if they are few.
fn samples_of(hir: &Hir) -> Vec<String> {
    let mut samples = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).map(|text| vec![text.to_owned()]).unwrap_or_default()
        }
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().take(MOST_RANGES).map(|range| range.start().to_string()).collect()
        }
        HirKind::Class(Class::Bytes(class)) => {
            let ascii = class.iter().map(ClassBytesRange::start).filter(u8::is_ascii);
            ascii.take(MOST_RANGES).map(|byte| char::from(byte).to_string()).collect()
        }
        HirKind::Capture(capture) => samples_of(&capture.sub),
        HirKind::Alternation(parts) => parts.iter().flat_map(samples_of).collect(),
        HirKind::Repetition(repetition) => repeated(repetition),
        HirKind::Concat(parts) => concatenated(parts),
    };
    samples.truncate(MOST_SAMPLES);
    samples
}

/// The minimum number of repetitions, and one.
fn repeated(Repetition { min, max, sub, .. }: &Repetition) -> Vec<String> {
    let once = (*min == 0 && *max != Some(0)).then_some(1);
    let mut samples = Vec::new();
    for times in once.into_iter().chain([*min]) {
        // An empty text is repeated whatever its part is made of.
        let parts = if times == 0 { vec![String::new()] } else { samples_of(sub) };
        for part in parts {
            let times = usize::try_from(times).unwrap_or(usize::MAX);
            if part.len().saturating_mul(times) <= LONGEST {
                samples.push(part.repeat(times));
            }
        }
    }
    samples
}

/// The first sample of every part, then one with each of the others instead.
fn concatenated(parts: &[Hir]) -> Vec<String> {
    let parts: Vec<Vec<String>> = parts.iter().map(samples_of).collect();
    let mut samples = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        // The first sample is that of every part's first one, which is made once.
        for other in part.iter().skip(usize::from(at > 0)) {
            let pieces: Option<Vec<&str>> = parts
                .iter()
                .enumerate()
                .map(|(place, part)| {
                    let own = if place == at { Some(other) } else { part.first() };
                    own.map(String::as_str)
                })
                .collect();
            samples
                .extend(pieces.map(|pieces| pieces.concat()).filter(|text| text.len() <= LONGEST));
        }
    }
    samples
}
