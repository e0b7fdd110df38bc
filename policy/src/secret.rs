//! Secrets that can be guessed.
//!
//! A secret that a person made up, or copied from documentation, can be found without breaking anything
//! (CWE-521, CWE-798, CWE-1391, CWE-1392). One judge for settings, for what secret sources give, for
//! `cargo palisade check --deploy` and for the start in production.

mod names;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

pub use names::{names_secret_file, purpose_of_variable};
use zeroize::Zeroizing;

/// What a secret is used for, which decides how much must be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Keys are derived from it, and an attacker can try guesses offline: at least 32 bytes, 8
    /// different characters and 80 bits by the frequencies of the characters.
    Key,
    /// A server checks it: at least 12 characters, 5 of them different.
    Password,
}

/// Why a secret can be guessed. It does not hold the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weakness {
    /// It has no characters.
    Empty,
    /// It is printed in documentation.
    Published,
    /// It consists of words of defaults and placeholders, such as `changeme`.
    Words,
    /// It equals the user name beside it in a URL.
    UserName,
    /// It repeats one part, or has few different characters.
    Repetitive,
    /// Its characters follow each other in the alphabet, in the digits or on the keyboard.
    Sequence,
    /// It is shorter than its purpose needs.
    Short(Purpose),
}

/// The fewest bytes of a key: 32 hexadecimal digits are 128 bits.
const SHORTEST_KEY: usize = 32;

/// The fewest characters of a password. NIST SP 800-63B asks for 8 where a person remembers it.
const SHORTEST_PASSWORD: usize = 12;

/// The fewest bits of a key by the frequencies of its characters. 32 random digits have 90 to 103 of them,
/// 32 random hexadecimal digits 95 to 125.
const FEWEST_BITS: f64 = 80.0;

/// The shortest run of neighbours that counts as part of a sequence.
const SHORTEST_RUN: usize = 4;

/// The most digits behind words: `password2026`.
const MOST_DIGITS: usize = 4;

/// Below this length, a number that begins with 123 is a sequence with some change.
const SHORT_NUMBER: usize = 16;

/// Words of defaults, of placeholders and of lists of guesses.
const WORDS: [&str; 76] = [
    "abc123",
    "admin",
    "administration",
    "administrator",
    "azerty",
    "before",
    "change",
    "changed",
    "changeit",
    "changeme",
    "character",
    "characters",
    "default",
    "demo",
    "dev",
    "development",
    "django",
    "dragon",
    "dummy",
    "example",
    "examples",
    "foobar",
    "guest",
    "hunter2",
    "iloveyou",
    "insecure",
    "key",
    "letmein",
    "local",
    "master",
    "me",
    "monkey",
    "my",
    "mysql",
    "not",
    "palisade",
    "pass",
    "passphrase",
    "passw0rd",
    "password",
    "passwort",
    "placeholder",
    "please",
    "postgres",
    "private",
    "production",
    "qwerty",
    "qwertz",
    "rabbitmq",
    "random",
    "redis",
    "replace",
    "replaceme",
    "root",
    "s3cret",
    "sample",
    "secret",
    "secrets",
    "secure",
    "service",
    "some",
    "super",
    "supersecret",
    "test",
    "testing",
    "this",
    "todo",
    "token",
    "toor",
    "user",
    "username",
    "value",
    "very",
    "welcome",
    "with",
    "your",
];

/// What generated placeholders begin with. Django's is in the settings of every new project.
const PREFIXES: [&str; 3] = ["djangoinsecure", "changeme", "replaceme"];

/// Secrets of documentation, in lower case and without separators: our own, and those of frameworks whose
/// configuration is carried over.
const PUBLISHED: [&str; 16] = [
    "00112233445566778899aabbccddeeff",
    "0123456789abcdef0123456789abcdef",
    "4ft0ks92mqxz",
    "5f0c8a1d9b3e47c2a6d8e1f4b7093c5a",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "8f1e0a7c4d2b4963a5c8e7f012b3d469",
    "asecretof32randomcharacters",
    "c1d7e3b9f5a84620918d3c7be5f0a264",
    "correcthorsebattery",
    "correcthorsebatterystaple",
    "correcthorsebatterystaplecorrecthorsebatterystaple",
    "kx92mfp0sq7alw31",
    "the32randomcharactersbefore",
    "tk8z6aqw1vr4ylh3nd0xpmue9sgcjb5f",
    "tr0ub4dor3",
    "your256bitsecretyour256bitsecret",
];

/// Why a secret can be guessed; `None` where nothing speaks against it.
///
/// A random secret is accepted: `openssl rand -hex 16`, `openssl rand -base64 24` and anything longer as a
/// key, 12 random characters as a password. A secret that a person made up can be accepted too, because
/// nothing shows that characters are random.
///
/// ```
/// use palisade_policy::secret::{Purpose, Weakness, weakness};
///
/// # use std::hash::{BuildHasher, RandomState};
/// # let random = || format!("{:016x}", RandomState::new().hash_one(0));
/// # let generated = [random(), random(), random(), random()].concat();
/// // What `openssl rand -hex 32` prints.
/// assert_eq!(weakness(&generated, Purpose::Key), None);
/// assert_eq!(weakness(&generated[..20], Purpose::Key), Some(Weakness::Short(Purpose::Key)));
/// assert_eq!(weakness("Change-Me", Purpose::Password), Some(Weakness::Words));
/// ```
pub fn weakness(secret: &str, purpose: Purpose) -> Option<Weakness> {
    let lower = Zeroizing::new(secret.to_ascii_lowercase());
    let plain = Zeroizing::new(without_separators(&lower));
    if lower.is_empty() {
        Some(Weakness::Empty)
    } else if PUBLISHED.contains(&plain.as_str()) {
        Some(Weakness::Published)
    } else if is_made_of_words(&plain) || has_mostly_words(&plain, purpose) {
        Some(Weakness::Words)
    } else if is_sequence(lower.as_bytes()) {
        Some(Weakness::Sequence)
    } else if is_repetitive(secret, &lower, purpose) {
        Some(Weakness::Repetitive)
    } else {
        is_short(secret, purpose).then_some(Weakness::Short(purpose))
    }
}

/// Why the value of a setting can be guessed. Of a URL, its password is judged; one without a password
/// is accepted.
///
/// ```
/// use palisade_policy::secret::{Purpose, Weakness, weakness_of_setting};
///
/// let judge = |value| weakness_of_setting(value, Purpose::Password);
/// assert_eq!(judge("postgres://notes:change%2Dme@db/notes"), Some(Weakness::Words));
/// assert_eq!(judge("postgres://notes@db/notes"), None);
/// assert_eq!(judge("changeme"), Some(Weakness::Words));
/// ```
pub fn weakness_of_setting(value: &str, purpose: Purpose) -> Option<Weakness> {
    match UrlPassword::of(value) {
        UrlPassword::NotAUrl => weakness(value, purpose),
        UrlPassword::Absent => None,
        UrlPassword::Given { user, password } => weakness_beside(&user, &password),
    }
}

/// Why the password of this user can be guessed.
pub(crate) fn weakness_beside(user: &str, password: &str) -> Option<Weakness> {
    let is_name = !user.is_empty() && user.eq_ignore_ascii_case(password);
    weakness(password, Purpose::Password)
        .filter(|found| !(is_name && matches!(found, Weakness::Short(_))))
        .or(is_name.then_some(Weakness::UserName))
}

impl Weakness {
    /// What to do about it.
    pub const FIX: &'static str = "generate one with `openssl rand -hex 32`";

    /// Whether it is certain that the secret can be guessed. A short password may be the longest that the
    /// other side accepts.
    pub fn is_certain(self) -> bool {
        self != Self::Short(Purpose::Password)
    }
}

/// Follows the name of a setting: `it is shorter than 32 bytes`.
impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::Published => f.write_str("it is printed in public documentation"),
            Self::Words => f.write_str("it consists of words of defaults and placeholders"),
            Self::UserName => f.write_str("it equals the user name"),
            Self::Repetitive => f.write_str("it repeats one part or has few different characters"),
            Self::Sequence => {
                f.write_str("it is a sequence of the alphabet, of digits or of the keyboard")
            }
            Self::Short(Purpose::Key) => write!(f, "it is shorter than {SHORTEST_KEY} bytes"),
            Self::Short(Purpose::Password) => {
                write!(f, "it is shorter than {SHORTEST_PASSWORD} characters")
            }
        }
    }
}

impl std::error::Error for Weakness {}

/// The password of a URL.
pub(crate) enum UrlPassword {
    NotAUrl,
    Absent,
    Given { user: Zeroizing<String>, password: Zeroizing<String> },
}

impl UrlPassword {
    /// Reads `scheme://user:password@host`. A password may hold an `@` that is not encoded.
    pub(crate) fn of(text: &str) -> Self {
        let Some((scheme, rest)) = text.split_once("://") else { return Self::NotAUrl };
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        if !is_scheme {
            return Self::NotAUrl;
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let Some((user, _)) = authority.rsplit_once('@') else { return Self::Absent };
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        if password.is_empty() {
            return Self::Absent;
        }
        Self::Given { user: decoded(user), password: decoded(password) }
    }
}

/// Percent-decoding of a part of a URL. What is malformed stays as it is.
fn decoded(text: &str) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
        rest = after;
        if let (b'%', [high, low, after @ ..]) = (first, after)
            && let (Some(high), Some(low)) = (digit(high), digit(low))
        {
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
}

fn without_separators(lower: &str) -> String {
    // Its capacity is reserved: a copy that it leaves behind while it grows would not be wiped.
    let mut plain = String::with_capacity(lower.len());
    plain.extend(lower.chars().filter(|character| character.is_alphanumeric()));
    plain
}

/// Words alone with a few digits behind them, or what generated placeholders begin with.
fn is_made_of_words(plain: &str) -> bool {
    if PREFIXES.iter().any(|prefix| plain.starts_with(prefix)) {
        return true;
    }
    // Where a word can end, the next one can begin.
    let mut is_end = vec![false; plain.len().saturating_add(1)];
    for at in 0..plain.len() {
        let Some(rest) = plain.get(at..).filter(|_| at == 0 || is_end.get(at) == Some(&true))
        else {
            continue;
        };
        for word in WORDS.iter().filter(|word| rest.starts_with(**word)) {
            if let Some(end) = is_end.get_mut(at.saturating_add(word.len())) {
                *end = true;
            }
        }
    }
    is_end.iter().enumerate().filter(|(_, is_end)| **is_end).any(|(end, _)| {
        let digits = plain.get(end..).unwrap_or_default();
        digits.len() <= MOST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a key is mostly words: what is left without them is too short for a key.
fn has_mostly_words(plain: &str, purpose: Purpose) -> bool {
    let left = without_words(plain);
    purpose == Purpose::Key
        && plain.len() >= SHORTEST_KEY / 2
        && left < SHORTEST_KEY / 2
        && left.saturating_mul(2) < plain.len()
}

/// How many characters are left without the words.
fn without_words(plain: &str) -> usize {
    let (mut rest, mut left) = (plain, 0_usize);
    while !rest.is_empty() {
        let words = WORDS.iter().filter(|word| rest.starts_with(**word));
        if let Some(longest) = words.max_by_key(|word| word.len()) {
            rest = rest.strip_prefix(longest).unwrap_or_default();
            continue;
        }
        let mut characters = rest.chars();
        left = left.saturating_add(characters.next().map_or(0, |_| 1));
        rest = characters.as_str();
    }
    left
}

/// One part over and over, few different characters, or too few bits for a key.
fn is_repetitive(secret: &str, lower: &str, purpose: Purpose) -> bool {
    let bytes = lower.as_bytes();
    let is_periodic = (1..=bytes.len() / 2).any(|period| {
        bytes.iter().zip(bytes.iter().skip(period)).all(|(byte, later)| byte == later)
    });
    let mut counts = BTreeMap::<char, u32>::new();
    for character in secret.chars() {
        let count = counts.entry(character).or_default();
        *count = count.saturating_add(1);
    }
    // One that is short is reported as such.
    let has_few = !is_short(secret, purpose)
        && match purpose {
            Purpose::Key => counts.len() < 8 || bits(&counts) < FEWEST_BITS,
            Purpose::Password => counts.len() < 5,
        };
    is_periodic || has_few
}

/// Shannon's entropy of the characters, times their number.
fn bits(counts: &BTreeMap<char, u32>) -> f64 {
    let total: f64 = counts.values().copied().map(f64::from).sum();
    counts.values().copied().map(f64::from).map(|count| -count * (count / total).log2()).sum()
}

fn is_short(secret: &str, purpose: Purpose) -> bool {
    match purpose {
        Purpose::Key => secret.len() < SHORTEST_KEY,
        Purpose::Password => secret.chars().count() < SHORTEST_PASSWORD,
    }
}

/// More than half of the characters are in runs of neighbours, or all of them in one.
fn is_sequence(lower: &[u8]) -> bool {
    let is_number = lower.iter().all(u8::is_ascii_digit);
    if is_number && lower.starts_with(b"123") && lower.len() < SHORT_NUMBER {
        return true;
    }
    let (mut covered, mut run, mut directions) = (0_usize, 1_usize, 0);
    let counted = |run: usize| if run >= SHORTEST_RUN { run } else { 0 };
    for (a, b) in lower.iter().zip(lower.iter().skip(1)) {
        let here = steps(*a, *b);
        if run > 1 && directions & here != 0 {
            directions &= here;
            run = run.saturating_add(1);
            continue;
        }
        covered = covered.saturating_add(counted(run));
        (run, directions) = if here == 0 { (1, 0) } else { (2, here) };
    }
    covered = covered.saturating_add(counted(run));
    covered.saturating_mul(2) > lower.len() || (run > 2 && run == lower.len())
}

/// The directions in which one character follows another, a bit for each.
fn steps(a: u8, b: u8) -> u8 {
    const ROWS: [&[u8]; 5] =
        [b"qwertyuiop", b"qwertzuiop", b"azertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let has = |pair: [u8; 2]| ROWS.iter().any(|row| row.windows(2).any(|own| own == pair));
    u8::from(a.checked_add(1) == Some(b) || (a, b) == (b'9', b'0'))
        | u8::from(b.checked_add(1) == Some(a)) << 1
        | u8::from(has([a, b])) << 2
        | u8::from(has([b, a])) << 3
}
