//! A complete policy.

use super::{
    directive::{self, FLAGS, Role, Takes},
    source::Source,
    weakness,
};
use crate::Fault;

/// A policy that browsers understand as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) directives: Vec<Directive>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub(super) name: &'static str,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Sources(Option<Role>, Vec<Source>),
    Words(Vec<String>),
}

impl Policy {
    /// Parses a policy. `given` are the permitted names in braces in addition to `{nonce}`, each
    /// with the quoted source that replaces it.
    ///
    /// With a malformed fault there is no policy; if all faults only weaken it, there is one.
    pub fn read(text: &str, given: &[(&str, &str)]) -> (Option<Self>, Vec<Fault>) {
        let (policy, mut faults) = Self::parse(text, given);
        if let Some(policy) = &policy {
            weakness::check(policy, &mut faults);
        }
        (policy, faults)
    }

    /// Parses a report-only policy: browsers only report violations, so that no part of it is a
    /// weakening.
    pub fn read_report_only(text: &str, given: &[(&str, &str)]) -> (Option<Self>, Vec<Fault>) {
        let (policy, mut faults) = Self::parse(text, given);
        for directive in policy.iter().flat_map(|policy| &policy.directives) {
            if matches!(directive.name, "sandbox" | "upgrade-insecure-requests") {
                faults.push(
                    Fault::malformed(format!(
                        "browsers ignore `{}` in a policy that is only reported",
                        directive.name
                    ))
                    .help("leave it out"),
                );
            }
        }
        (policy.filter(|_| faults.is_empty()), faults)
    }

    /// Whether it contains the nonce of a response.
    pub fn takes_nonce(&self) -> bool {
        self.directives.iter().any(|directive| match &directive.value {
            Value::Sources(_, sources) => sources.contains(&Source::Nonce),
            Value::Words(_) => false,
        })
    }

    /// Whether it has a reporting endpoint.
    pub fn reports(&self) -> bool {
        self.find("report-to").is_some() || self.find("report-uri").is_some()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().find(|directive| directive.name == name)
    }

    fn parse(text: &str, given: &[(&str, &str)]) -> (Option<Self>, Vec<Fault>) {
        if let Some(wrong) = text.chars().find(|c| !matches!(c, ' '..='~' | '\n' | '\t')) {
            let fault = Fault::malformed(format!("the policy contains {wrong:?}"))
                .help("write printable ASCII");
            return (None, vec![fault]);
        }
        if text.contains(',') {
            let fault = Fault::malformed("the policy contains `,`, which ends it")
                .help("write `;` between directives and spaces between sources");
            return (None, vec![fault]);
        }
        let mut faults = Vec::new();
        let mut directives = Vec::<Directive>::new();
        for part in text.split(';') {
            let mut words = part.split_ascii_whitespace();
            let Some(name) = words.next() else { continue };
            let (name, takes) = match directive::find(name) {
                Ok(found) => found,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            };
            if directives.iter().any(|directive| directive.name == name) {
                faults.push(
                    Fault::malformed(format!("duplicate `{name}`"))
                        .help("browsers ignore the second one: write one with all sources"),
                );
                continue;
            }
            let value = value(name, takes, words.collect(), given, &mut faults);
            directives.push(Directive { name, value });
        }
        if directives.is_empty() && faults.is_empty() {
            let fault = Fault::malformed("the policy is empty, which allows everything")
                .help("leave it out to keep the profile's policy");
            return (None, vec![fault]);
        }
        (faults.is_empty().then_some(Self { directives }), faults)
    }
}

fn value(
    name: &'static str,
    takes: Takes,
    words: Vec<&str>,
    given: &[(&str, &str)],
    faults: &mut Vec<Fault>,
) -> Value {
    if let Some(word) = words.iter().find(|word| directive::is_directive(word)) {
        faults.push(
            Fault::malformed(format!("`{word}` is combined with other values of `{name}`"))
                .help(format!("write `;` before `{word}`")),
        );
        return Value::Words(Vec::new());
    }
    let mut seen = Vec::new();
    for word in &words {
        if seen.contains(word) {
            faults.push(
                Fault::malformed(format!("duplicate `{word}` in `{name}`"))
                    .help("keep one of them"),
            );
        }
        seen.push(*word);
    }
    match takes {
        Takes::Sources(role) => {
            Value::Sources(Some(role), sources(name, Some(role), &words, given, faults))
        }
        Takes::Places => Value::Sources(None, sources(name, None, &words, given, faults)),
        Takes::Flags
        | Takes::Nothing
        | Takes::TypePolicies
        | Takes::Sinks
        | Takes::Endpoint
        | Takes::Addresses => {
            faults.extend(words_fault(name, takes, &words));
            Value::Words(words.into_iter().map(str::to_owned).collect())
        }
    }
}

fn sources(
    name: &str,
    role: Option<Role>,
    words: &[&str],
    given: &[(&str, &str)],
    faults: &mut Vec<Fault>,
) -> Vec<Source> {
    let before = faults.len();
    let mut sources = Vec::with_capacity(words.len());
    for word in words {
        match Source::read(word, given) {
            Ok(source) => sources.push(source),
            Err(mut fault) => {
                fault.message.push_str(&format!(", in `{name}`"));
                faults.push(fault);
            }
        }
    }
    if faults.len() > before {
        return sources;
    }
    if sources.is_empty() {
        faults.push(
            Fault::malformed(format!("`{name}` has no source")).help("write `'none'` to say so"),
        );
    }
    if sources.len() > 1 && sources.contains(&Source::None) {
        faults.push(
            Fault::malformed(format!("`'none'` of `{name}` stands beside other sources"))
                .help("browsers ignore it there: leave it out, or the others"),
        );
    }
    for source in &sources {
        faults.extend(misplaced(name, role, source));
    }
    let trusts = |source: &Source| matches!(source, Source::Nonce | Source::Hash(_));
    if sources.iter().any(|source| source.is_keyword("'strict-dynamic'"))
        && !sources.iter().any(trusts)
    {
        faults.push(
            Fault::malformed(format!(
                "`'strict-dynamic'` of `{name}` trusts what a trusted script loads, and none is"
            ))
            .help("add `{nonce}` or a hash"),
        );
    }
    sources
}

/// A source without an effect in its directive.
fn misplaced(name: &str, role: Option<Role>, source: &Source) -> Option<Fault> {
    let inline = role.is_some_and(Role::takes_inline);
    let code = role.is_some_and(Role::runs_code);
    let fits = match source {
        Source::Nonce | Source::Hash(_) => inline && name != "worker-src",
        Source::Keyword("'report-sample'" | "'unsafe-inline'" | "'unsafe-hashes'") => inline,
        Source::Keyword(_) => code,
        Source::None | Source::Own | Source::Any | Source::Scheme(_) | Source::Host(_) => true,
    };
    if fits {
        return None;
    }
    let written = source.text().unwrap_or("{nonce}");
    Some(Fault::malformed(format!("`{written}` has no effect in `{name}`")).help("leave it out"))
}

/// The fault of a directive's value that does not consist of sources.
fn words_fault(name: &str, takes: Takes, words: &[&str]) -> Option<Fault> {
    let takes_no = |word: &str, help: String| {
        Some(Fault::malformed(format!("`{name}` does not take `{word}`")).help(help))
    };
    match takes {
        Takes::Nothing => {
            words.first().and_then(|word| takes_no(word, format!("write `{name}` alone")))
        }
        Takes::Flags => words.iter().find(|word| !FLAGS.contains(word)).map(|word| {
            Fault::malformed(format!("`{name}` does not take `{word}`")).near(
                word,
                FLAGS.iter().copied(),
                "browsers ignore flags that they do not know",
            )
        }),
        Takes::Sinks if words == ["'script'"] => None,
        Takes::Sinks => takes_no(&words.join(" "), format!("write `{name} 'script'`")),
        Takes::TypePolicies => {
            let fits = |word: &&&str| {
                matches!(**word, "'none'" | "'allow-duplicates'" | "*")
                    || word.bytes().all(|b| {
                        b.is_ascii_alphanumeric()
                            || matches!(b, b'-' | b'#' | b'=' | b'_' | b'/' | b'@' | b'.' | b'%')
                    })
            };
            let wrong = words.iter().find(|word| !fits(word))?;
            takes_no(wrong, "write names of policies, `'none'` or `'allow-duplicates'`".to_owned())
        }
        Takes::Endpoint => {
            let fits = |word: &str| {
                word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            };
            match words {
                [word] if fits(word) => None,
                _ => takes_no(&words.join(" "), format!("write one name: `{name} default`")),
            }
        }
        Takes::Addresses => {
            let fits = |word: &&&str| {
                word.starts_with("https://") || (word.starts_with('/') && !word.starts_with("//"))
            };
            match words.iter().find(|word| !fits(word)) {
                Some(wrong) => takes_no(wrong, "write paths and https addresses".to_owned()),
                None if words.is_empty() => takes_no("", format!("write `{name} /reports`")),
                None => None,
            }
        }
        Takes::Sources(_) | Takes::Places => None,
    }
}
