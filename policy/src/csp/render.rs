//! The policy as it is sent.

use super::{
    Policy,
    policy::{Directive, Value},
    source::Source,
};

/// The placeholder of the nonce during rendering: policies cannot contain this character.
const NONCE: char = '\0';

impl Policy {
    /// The policy of a response that does not use its nonce.
    ///
    /// The nonce is removed, with the sources that browsers ignore because of it: the list without
    /// it never permits more than before.
    pub fn without_nonce(&self) -> String {
        self.write(|sources| {
            if !sources.contains(&Source::Nonce) {
                return sources.to_vec();
            }
            let hashed = sources.iter().any(|source| matches!(source, Source::Hash(_)));
            // Beside a nonce or a hash browsers ignore `'unsafe-inline'`, and beside
            // `'strict-dynamic'` hosts and schemes: alone they would count.
            let strict = sources.iter().any(|source| source.is_keyword("'strict-dynamic'"));
            if strict && !hashed {
                return vec![Source::None];
            }
            let stays = |source: &&Source| {
                **source != Source::Nonce && (hashed || !source.is_keyword("'unsafe-inline'"))
            };
            let left: Vec<_> = sources.iter().filter(stays).cloned().collect();
            if left.is_empty() { vec![Source::None] } else { left }
        })
    }

    /// The policy in pieces, between which the nonce of a response is inserted; one piece if it has
    /// none. The inserted text is `'nonce-..'` without its quotes and prefix, which are in the
    /// pieces.
    pub fn pieces(&self) -> Vec<String> {
        self.write(<[Source]>::to_vec).split(NONCE).map(str::to_owned).collect()
    }

    fn write(&self, sources: impl Fn(&[Source]) -> Vec<Source>) -> String {
        let mut text = String::new();
        for Directive { name, value } in &self.directives {
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(name);
            match value {
                Value::Sources(_, list) => {
                    for source in sources(list) {
                        text.push(' ');
                        match source.text() {
                            Some(written) => text.push_str(written),
                            None => {
                                text.push_str("'nonce-");
                                text.push(NONCE);
                                text.push('\'');
                            }
                        }
                    }
                }
                Value::Words(words) => {
                    for word in words {
                        text.push(' ');
                        text.push_str(word);
                    }
                }
            }
        }
        text
    }
}
