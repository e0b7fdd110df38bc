//! Secrets that tests send and receive, and a search for them in what services write.
//!
//! Credentials of requests, passwords in bodies, cookies and tokens of answers, and what a test names by
//! [`secret`] are looked for in each event and span of the process, whatever its level, in the logs of
//! services that run by themselves, and in problem documents. A test in which one appears fails (CWE-532,
//! CWE-209).

use std::{
    collections::VecDeque,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use tracing::{
    Level, Metadata,
    field::{Field, Visit},
};

/// Shorter ones are in other texts by chance.
const SHORTEST: usize = 12;

/// How many are looked for: floods make thousands, each of which is as good as another.
const MOST: usize = 256;

/// Fields of requests whose values are credentials.
const FIELDS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "x-api-key"];

/// Members of JSON documents, and of forms, that are secret.
const MEMBERS: [&str; 6] =
    ["password", "new_password", "access_token", "refresh_token", "api_key", "secret"];

/// Each with whether problem documents are searched for it too: a handler may repeat a member of a
/// body to the client that sent it.
static KNOWN: Mutex<VecDeque<(String, bool)>> = Mutex::new(VecDeque::new());

static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on this is looked for.
pub fn secret(text: &str) {
    learn(text, true);
}

fn learn(text: &str, in_problems: bool) {
    if text.len() < SHORTEST {
        return;
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.iter().any(|(one, _)| one == text) {
        return;
    }
    if known.len() == MOST {
        known.pop_front();
    }
    known.push_back((text.to_owned(), in_problems));
}

/// Learns the secrets of a setting: a password, a key, the password of an address.
pub fn setting(name: &str, value: &str) {
    if ["PASSWORD", "KEY", "SECRET"].iter().any(|word| name.contains(word)) {
        secret(value);
    }
    let login = value.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    if let Some((_, password)) = login.and_then(|(login, _)| login.split_once(':')) {
        secret(password);
    }
}

/// Learns the secrets of a file of keys in PEM.
pub fn pem(text: &str) {
    text.lines().filter(|line| !line.starts_with("---")).for_each(secret);
}

/// Learns the secrets of a request, or of a piece of one.
pub(crate) fn sent(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(16_384)).unwrap_or_default());
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, &text));
    for line in head.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = name.to_ascii_lowercase();
        if !FIELDS.contains(&name.as_str()) {
            continue;
        }
        let value = value.trim();
        match name.as_str() {
            "cookie" => cookies(value),
            "x-api-key" => secret(value),
            _ => secret(value.split_once(' ').map_or(value, |(_, credentials)| credentials.trim())),
        }
    }
    members(body);
}

/// Learns the secrets of an answer. A problem document must have none.
///
/// # Panics
///
/// Where it has one.
pub(crate) fn received(headers: &[(String, String)], body: &[u8]) {
    let is_problem = |(name, value): &(String, String)| {
        name == "content-type" && value == "application/problem+json"
    };
    if headers.iter().any(is_problem) {
        let body = String::from_utf8_lossy(body);
        assert!(!holds(&body, true), "a problem document holds a secret: {body}");
        return;
    }
    for (_, value) in headers.iter().filter(|(name, _)| name == "set-cookie") {
        cookies(value.split(';').next().unwrap_or_default());
    }
    members(&String::from_utf8_lossy(body.get(..body.len().min(16_384)).unwrap_or_default()));
}

fn cookies(value: &str) {
    for (_, value) in value.split(';').filter_map(|pair| pair.split_once('=')) {
        secret(value.trim());
    }
}

fn members(body: &str) {
    for member in MEMBERS {
        for (at, _) in body.match_indices(member) {
            let rest = body.get(at + member.len()..).unwrap_or_default();
            if let Some(rest) = rest.strip_prefix('"') {
                let rest = rest.trim_start().strip_prefix(':').unwrap_or_default().trim_start();
                let value = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
                learn(value.unwrap_or_default(), false);
            } else if let Some(rest) = rest.strip_prefix('=') {
                learn(rest.split(['&', ' ', '\r', '\n']).next().unwrap_or_default(), false);
            }
        }
    }
}

fn holds(text: &str, is_problem: bool) -> bool {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut sought = known.iter().filter(|(_, in_problems)| *in_problems || !is_problem);
    sought.any(|(secret, _)| text.contains(secret.as_str()))
}

/// Searches what a service has written.
///
/// # Panics
///
/// Where it holds a secret.
pub fn search(what: &str, text: &str) {
    for line in text.lines() {
        assert!(!holds(line, false), "{what} holds a secret: {line}");
    }
}

/// Whether events of this kind are looked through: all of palisade, and what the libraries below it write
/// unless it is for their own authors.
pub(crate) fn is_watched(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("palisade") || *metadata.level() <= Level::DEBUG
}

/// Looks through the fields of an event or a span.
pub(crate) fn watch(metadata: &Metadata<'_>, record: impl FnOnce(&mut dyn Visit)) {
    let mut text = Text(String::new());
    record(&mut text);
    if holds(&text.0, false) {
        let line = format!("{} ({}): {}", metadata.target(), metadata.level(), text.0);
        FOUND.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// Says what was found so far, where a service ends.
///
/// # Panics
///
/// Where a secret was in an event.
pub(crate) fn none() {
    let found = std::mem::take(&mut *FOUND.lock().unwrap_or_else(PoisonError::into_inner));
    assert!(found.is_empty() || std::thread::panicking(), "secrets in events: {found:#?}");
}

struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        let _fits = write!(self.0, "{}={value} ", field.name());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _fits = write!(self.0, "{}={value:?} ", field.name());
    }
}

#[cfg(test)]
mod tests {
    use super::{pem, received, search, sent, setting};

    fn is_found(text: &str) -> bool {
        std::panic::catch_unwind(|| search("a log", text)).is_err()
    }

    #[test]
    fn what_is_sent_and_received_is_looked_for() {
        sent(b"GET / HTTP/1.1\r\nAuthorization: Bearer first.token.value\r\nCookie: a=b; s=second-cookie-value\r\n");
        sent(b"POST / HTTP/1.1\r\nX-Api-Key: third-key-value\r\n\r\n{\"name\": \"ada\", \"password\": \"fourth password\"}");
        sent(b"name=ada&password=fifth-password&x=y");
        received(
            &[("set-cookie".to_owned(), "s=sixth-cookie-value; Path=/".to_owned())],
            br#"{"access_token":"seventh-token","token_type":"Bearer"}"#,
        );
        setting("DATABASE_URL", "postgres://notes:eighth-password@localhost/notes");
        setting("PALISADE_FORM_KEY", "ninth-key-of-forms");
        pem("-----BEGIN PRIVATE KEY-----\ntenthLineOfAKey==\n-----END PRIVATE KEY-----\n");
        for secret in [
            "first.token.value",
            "second-cookie-value",
            "third-key-value",
            "fourth password",
            "fifth-password",
            "sixth-cookie-value",
            "seventh-token",
            "eighth-password",
            "ninth-key-of-forms",
            "tenthLineOfAKey==",
        ] {
            assert!(is_found(&format!("a line\nwith {secret} in it")), "{secret}");
        }
        for other in ["ada", "BEGIN PRIVATE KEY", "Bearer", "postgres://notes", "Path=/"] {
            assert!(!is_found(other), "{other}");
        }
        let problem = [("content-type".to_owned(), "application/problem+json".to_owned())];
        let holds = || received(&problem, br#"{"detail":"eighth-password"}"#);
        assert!(std::panic::catch_unwind(holds).is_err());
    }
}
