//! Sources: `'self'`, `https://cdn.example`, `'sha256-..'`.

use crate::Fault;

/// One source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// `'none'`
    None,
    /// `'self'`
    Own,
    /// Another keyword, with its quotes.
    Keyword(&'static str),
    /// `{nonce}`
    Nonce,
    /// `'sha256-..'`
    Hash(String),
    /// `*`
    Any,
    /// `https:`
    Scheme(String),
    /// `https://*.example:443/path`
    Host(Host),
}

/// A host, with its scheme, port and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// As written.
    pub(super) text: String,
    pub(super) scheme: Option<String>,
    /// Without the wildcard.
    pub(super) name: String,
    /// Whether it starts with `*.`.
    pub(super) wildcard: bool,
    /// Whether it has a path.
    pub(super) path: bool,
}

const KEYWORDS: &[&str] = &[
    "'inline-speculation-rules'",
    "'none'",
    "'report-sample'",
    "'report-sha256'",
    "'report-sha384'",
    "'report-sha512'",
    "'self'",
    "'strict-dynamic'",
    "'trusted-types-eval'",
    "'unsafe-eval'",
    "'unsafe-hashes'",
    "'unsafe-inline'",
    "'wasm-unsafe-eval'",
];

impl Source {
    /// Parses one source; `given` are the permitted names in braces, with their sources.
    pub(super) fn read(word: &str, given: &[(&str, &str)]) -> Result<Self, Fault> {
        if let Some(name) = word.strip_prefix('{') {
            return braced(word, name, given);
        }
        if word.starts_with('\'') || word.ends_with('\'') {
            return quoted(word);
        }
        let bare = format!("'{}'", word.to_ascii_lowercase());
        if KEYWORDS.contains(&bare.as_str()) {
            return Err(Fault::malformed(format!("`{word}` without quotes is the name of a host"))
                .help(format!("write `{bare}`")));
        }
        if is_nonce(word) {
            return Err(fixed_nonce(word));
        }
        if algorithm(word).is_some() {
            return Err(Fault::malformed(format!(
                "the hash `{word}` without quotes is the name of a host"
            ))
            .help(format!("write `'{word}'`")));
        }
        if word == "*" {
            return Ok(Self::Any);
        }
        place(word)
    }

    /// The source in the syntax of browsers; `None` for the nonce, which differs for each response.
    pub(super) fn text(&self) -> Option<&str> {
        Some(match self {
            Self::None => "'none'",
            Self::Own => "'self'",
            Self::Keyword(text) => text,
            Self::Nonce => return None,
            Self::Hash(text) | Self::Scheme(text) => text,
            Self::Any => "*",
            Self::Host(host) => &host.text,
        })
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self, Self::Keyword(text) if *text == keyword)
    }
}

fn braced(word: &str, name: &str, given: &[(&str, &str)]) -> Result<Source, Fault> {
    let Some(name) = name.strip_suffix('}') else {
        return Err(Fault::malformed(format!("the brace of `{word}` does not end"))
            .help("write the name without spaces: `{nonce}`"));
    };
    if name == "nonce" {
        return Ok(Source::Nonce);
    }
    match given.iter().find(|(known, _)| *known == name) {
        Some((_, source)) => quoted(source),
        None => {
            let known = given.iter().map(|(known, _)| *known).chain(["nonce"]);
            Err(Fault::malformed(format!("nothing is given for `{word}`")).near(
                name,
                known,
                "write `{nonce}`, or give the name a hash after the text",
            ))
        }
    }
}

fn quoted(word: &str) -> Result<Source, Fault> {
    let inside = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\''));
    let Some(inside) = inside.filter(|inside| !inside.contains('\'')) else {
        return Err(Fault::malformed(format!("the quotes of `{word}` do not match"))
            .help("write single quotes around the one word"));
    };
    if is_nonce(inside) {
        return Err(fixed_nonce(word));
    }
    if algorithm(inside).is_some() {
        return match is_hash(inside) {
            true => Ok(Source::Hash(word.to_owned())),
            false => Err(Fault::malformed(format!("`{word}` is not a hash"))
                .help("write the algorithm, a hyphen, and the digest in base64 with its padding")),
        };
    }
    match KEYWORDS.iter().find(|known| **known == word) {
        Some(&"'none'") => Ok(Source::None),
        Some(&"'self'") => Ok(Source::Own),
        Some(keyword) => Ok(Source::Keyword(keyword)),
        None if inside.contains(['.', ':', '/', '*']) => {
            Err(Fault::malformed(format!("`{word}` is an address in quotes"))
                .help(format!("write `{inside}`")))
        }
        None => Err(Fault::malformed(format!("unknown keyword `{word}`")).near(
            word,
            KEYWORDS.iter().copied(),
            "browsers ignore what they do not know",
        )),
    }
}

fn is_nonce(word: &str) -> bool {
    word.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("nonce-"))
}

fn fixed_nonce(word: &str) -> Fault {
    Fault::malformed(format!("`{word}` is a fixed nonce, which an attacker can read"))
        .help("write `{nonce}`: each answer gets its own")
}

/// The digest's length in bytes for the algorithm at the start of a word, and the rest.
fn algorithm(word: &str) -> Option<(usize, &str)> {
    let (name, digest) = word.split_once('-')?;
    let bytes = match name.to_ascii_lowercase().as_str() {
        "sha256" => 32,
        "sha384" => 48,
        "sha512" => 64,
        _ => return None,
    };
    Some((bytes, digest))
}

/// Whether the text is a hash without its quotes: `sha256-` and 32 bytes in base64, or the same
/// with 384 and 512 bits.
pub fn is_hash(text: &str) -> bool {
    let Some((bytes, digest)) = algorithm(text) else { return false };
    let length = bytes.div_ceil(3).saturating_mul(4);
    let padding = bytes.div_ceil(3).saturating_mul(3).saturating_sub(bytes);
    let body = digest.trim_end_matches('=');
    digest.len() == length
        && length.saturating_sub(body.len()) == padding
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'))
}

/// A scheme or a host.
fn place(word: &str) -> Result<Source, Fault> {
    if let Some(scheme) = word.strip_suffix(':')
        && is_scheme(scheme)
    {
        return Ok(Source::Scheme(word.to_owned()));
    }
    host(word).map(Source::Host)
}

fn host(word: &str) -> Result<Host, Fault> {
    let malformed = |why: &str, help: &str| {
        Err(Fault::malformed(format!("the source `{word}` {why}")).help(help.to_owned()))
    };
    if word.contains(['?', '#']) {
        return malformed("has a query", "write scheme, host and path alone");
    }
    let (scheme, rest) = match word.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme.to_owned()), rest),
        Some(_) => return malformed("has no scheme before `://`", "write `https://` before it"),
        None => (None, word),
    };
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, !path.is_empty()),
        None => (rest, false),
    };
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (authority, None),
    };
    let port_fits = port.is_none_or(|port| {
        port == "*"
            || (port.bytes().all(|b| b.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|p| p > 0))
    });
    if !port_fits {
        return malformed("has no port after its colon", "write a number, or leave the colon out");
    }
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) && !path {
        return malformed("has upper-case letters", "write it in lower case");
    }
    let (wildcard, name) = match name.strip_prefix("*.") {
        Some(name) => (true, name),
        // `https://*` is any host.
        None if name == "*" => (true, ""),
        None => (false, name),
    };
    if name.contains('*') {
        return malformed(
            "has a `*` in the middle",
            "a `*` stands alone, or for the labels before the first dot",
        );
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if !(wildcard && name.is_empty() || name.split('.').all(label)) {
        return malformed(
            "is no host",
            "write a keyword in quotes, a scheme with its colon, or a host like `cdn.example`",
        );
    }
    if name.split('.').all(|part| part.bytes().all(|b| b.is_ascii_digit()))
        && !name.is_empty()
        && name != "127.0.0.1"
    {
        return malformed("is an address, which browsers do not match", "write the host's name");
    }
    Ok(Host { text: word.to_owned(), scheme, name: name.to_owned(), wildcard, path })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.')
        })
}
