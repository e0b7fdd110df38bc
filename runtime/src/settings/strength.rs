//! Which secrets could be guessed.

/// Words of examples, of defaults and of lists of guesses; none of them makes a secret.
const WORDS: [&str; 38] = [
    "admin",
    "changeit",
    "changeme",
    "change-me",
    "change_me",
    "correct horse battery staple",
    "default",
    "demo",
    "dev",
    "development",
    "dummy",
    "example",
    "foobar",
    "guest",
    "hunter2",
    "insecure",
    "key",
    "letmein",
    "local",
    "my",
    "mysecretpassword",
    "pass",
    "passw0rd",
    "password",
    "placeholder",
    "postgres",
    "qwerty",
    "replace-me",
    "root",
    "sample",
    "secret",
    "some",
    "test",
    "token",
    "todo",
    "your",
    "welcome",
    "redis",
];

/// Secrets that stand in our own documentation.
const DOCUMENTED: [&str; 3] = [
    "a-secret-of-32-random-characters",
    "the-32-random-characters-before-",
    "correct horse battery",
];

/// Why a secret could be guessed, whoever chose it: a word of a list or a few of them, one thing repeated,
/// a run of neighbours, or one that is published. Of a URL, its password is judged.
///
/// What it does not find may be weak all the same: it keeps the worst out (CWE-521, CWE-1392).
pub(crate) fn weakness(text: &str) -> Option<&'static str> {
    let (text, user) = match password_of_url(text) {
        Some((_, "")) => return None,
        Some((user, password)) => (password, user),
        None if text.contains("://") => return None,
        None => (text, ""),
    };
    let lower = text.to_ascii_lowercase();
    if lower.is_empty() {
        return Some("it is empty");
    }
    if !user.is_empty() && lower == user.to_ascii_lowercase() {
        return Some("it is the name of its user");
    }
    if DOCUMENTED.contains(&text) {
        return Some("it is published, in the documentation");
    }
    if is_repeated(&lower) {
        return Some("it repeats one part");
    }
    if is_run(&lower) {
        return Some("its characters follow one another");
    }
    is_of_words(&lower).then_some("it is made of words that everybody tries")
}

/// User and password of `scheme://user:password@host`.
fn password_of_url(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    Some(user.split_once(':').unwrap_or((user, "")))
}

/// The same part, again and again.
fn is_repeated(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=bytes.len() / 2).filter(|length| bytes.len().is_multiple_of(*length)).any(|length| {
        let mut parts = bytes.chunks(length);
        let first = parts.next();
        parts.all(|part| Some(part) == first)
    })
}

/// `12345678`, `abcdefgh`, `987654`: each byte is the neighbour of the one before.
fn is_run(text: &str) -> bool {
    let bytes = text.as_bytes();
    let steps = || bytes.iter().zip(bytes.iter().skip(1));
    bytes.len() > 2
        && (steps().all(|(a, b)| a.checked_add(1) == Some(*b) || (*a, *b) == (b'9', b'0'))
            || steps().all(|(a, b)| b.checked_add(1) == Some(*a)))
}

/// Nothing is left once the words, digits at the end and what separates them are taken away.
fn is_of_words(text: &str) -> bool {
    let mut rest = text;
    let mut words = 0_usize;
    loop {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        if rest.bytes().all(|byte| byte.is_ascii_digit() || !byte.is_ascii_alphanumeric()) {
            return words > 0 && rest.len() <= 4;
        }
        let longest =
            WORDS.into_iter().filter(|word| rest.starts_with(word)).max_by_key(|word| word.len());
        let Some(after) = longest.and_then(|word| rest.strip_prefix(word)) else { return false };
        rest = after;
        words = words.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, proptest};

    use super::weakness;

    #[test]
    fn what_everybody_tries_is_weak() {
        for weak in [
            "",
            "changeme",
            "ChangeMe",
            "secret",
            "password",
            "Password1",
            "password123!",
            "my-secret",
            "your_secret_key",
            "admin",
            "aaaaaaaaaaaa",
            "abcabcabc",
            "12345678",
            "1234567890",
            "87654321",
            "abcdefgh",
            "hunter2",
            "correct horse battery staple",
            "a-secret-of-32-random-characters",
            "postgres://notes:notes@db/notes",
            "postgres://u:password@db:5432/x",
            "redis://:changeme@cache:6379/0",
        ] {
            assert!(weakness(weak).is_some(), "{weak:?}");
        }
        for fine in [
            "d41d8cd98f00b204",
            "tr0ub4dor&3x",
            "keyboard-otter-9f",
            "postgres://notes@db/notes",
            "postgres://notes:Xk2mvP9qLw@db/notes",
            "redis://127.0.0.1:6379",
            "rediss://h/1?x=a:b@c",
        ] {
            assert_eq!(weakness(fine), None, "{fine:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,64}") {
            let doubled = format!("{text}{text}");
            let is_known = weakness(&text).is_some();
            prop_assert!(text.contains("://") || weakness(&doubled).is_some() || is_known);
        }
    }
}
