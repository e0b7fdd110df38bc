use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::{prelude::any, prop_assert, prop_assert_eq, proptest};

use super::{PUBLISHED, Purpose, UrlPassword, WORDS, Weakness, weakness, weakness_of_setting};

use Purpose::{Key, Password};

#[test]
fn weak_keys_are_refused_with_their_reason() {
    for (secret, expected) in [
        ("", Weakness::Empty),
        ("changeme", Weakness::Words),
        ("mB4kT8uZr2xVq7Lp", Weakness::Short(Key)),
        ("mB4kT8uZr2xVq7LpmB4kT8uZr2xVq7Lp", Weakness::Repetitive),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Weakness::Repetitive),
        ("0101010101010101010101010101010101010101", Weakness::Repetitive),
        ("hunter2!hunter2!hunter2!hunter2!", Weakness::Words),
        ("x7!kx7!kx7!kx7!kx7!kx7!kx7!kx7!k", Weakness::Repetitive),
        ("abcdabdcacbdacdbadbcadcbbacdbadcbcad", Weakness::Repetitive),
        ("abcdefghijklmnopqrstuvwxyz012345", Weakness::Sequence),
        ("9876543210zyxwvutsrqponmlkjihgfe", Weakness::Sequence),
        ("qwertyuiopasdfghjklzxcvbnm123456", Weakness::Sequence),
        ("Please-change-this-secret-key-before-production", Weakness::Words),
        ("ThisIsAnInsecureDefaultPassword-ChangeMe!", Weakness::Words),
        ("my_development_secret_key_please_replace", Weakness::Words),
        ("django-insecure-8x!k2v0qmB4kT8uZr2xVq7Lp", Weakness::Words),
        ("a-secret-of-32-random-characters", Weakness::Published),
        ("the-32-random-characters-before-", Weakness::Published),
        ("0123456789ABCDEF0123456789ABCDEF", Weakness::Published),
    ] {
        assert_eq!(weakness(secret, Key), Some(expected), "{secret}");
    }
}

#[test]
fn weak_passwords_are_refused_with_their_reason() {
    for (secret, expected) in [
        ("", Weakness::Empty),
        ("changeme", Weakness::Words),
        ("CHANGE_ME", Weakness::Words),
        ("Password1", Weakness::Words),
        ("password123!", Weakness::Words),
        ("my-secret", Weakness::Words),
        ("your_secret_key", Weakness::Words),
        ("p-a-s-s-w-o-r-d", Weakness::Words),
        ("Hunter2", Weakness::Words),
        ("hunter22", Weakness::Words),
        ("mysecretpassword", Weakness::Words),
        ("examplepassword", Weakness::Words),
        ("django-insecure-8x!k2v0q", Weakness::Words),
        ("correct horse battery staple", Weakness::Published),
        ("aaaaaaaaaaaa", Weakness::Repetitive),
        ("abababababababab", Weakness::Repetitive),
        ("k9xQk9xQk9x", Weakness::Repetitive),
        ("acbdacdbbdacbadcbdca", Weakness::Repetitive),
        ("abc", Weakness::Sequence),
        ("12345678", Weakness::Sequence),
        ("1234567890123", Weakness::Sequence),
        ("123321", Weakness::Sequence),
        ("87654321", Weakness::Sequence),
        ("abcdefgh", Weakness::Sequence),
        ("k9xQ", Weakness::Short(Password)),
        ("d41d8cd98f0", Weakness::Short(Password)),
    ] {
        assert_eq!(weakness(secret, Password), Some(expected), "{secret}");
    }
    for word in WORDS {
        assert_eq!(weakness(word, Password), Some(Weakness::Words), "{word}");
    }
    for secret in PUBLISHED {
        assert!(weakness(secret, Password).is_some_and(Weakness::is_certain), "{secret}");
    }
}

#[test]
fn good_passwords_are_accepted() {
    for secret in [
        "d41d8cd98f00b204",
        "mB4kT8uZr2xV",
        "tr0ub4dor&3x",
        "keyboard-otter-9f",
        "password-otter-lamp-9",
        "e3b0c44298fc1c149afbf4c8996fb924",
        "123048571926374850192837",
        "слон-лампа-7-берег",
    ] {
        assert_eq!(weakness(secret, Password), None, "{secret}");
    }
}

#[test]
fn the_password_of_a_url_is_judged() {
    for (value, expected) in [
        ("postgres://notes:notes@db/notes", Weakness::UserName),
        ("postgres://u:password@db:5432/x", Weakness::Words),
        ("postgres://u:change%2Dme@db/x", Weakness::Words),
        ("postgres://u:%70assword@db/x", Weakness::Words),
        ("redis://:changeme@cache:6379/0", Weakness::Words),
        ("redis://:k9xQ@cache:6379/0", Weakness::Short(Password)),
        ("postgres://u:ab@cd@db/x", Weakness::Short(Password)),
        ("changeme", Weakness::Words),
        ("://changeme", Weakness::Words),
    ] {
        let found = weakness_of_setting(value, Password);
        assert_eq!(found, Some(expected), "{value}");
    }
    for value in [
        "postgres://notes@db/notes",
        "postgres://notes:@db/notes",
        "postgres://notes:Xk2mvP9qLw4T@db/notes",
        "redis://127.0.0.1:6379",
        "rediss://h/1?x=a:b@c",
        "https://hooks.example/T000/B000/k9xQ",
    ] {
        assert_eq!(weakness_of_setting(value, Password), None, "{value}");
    }
    let UrlPassword::Given { user, password } = UrlPassword::of("x://a%40b:c@d%zz@h") else {
        panic!("a password")
    };
    assert_eq!((user.as_str(), password.as_str()), ("a@b", "c@d%zz"));
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(2_000))]

    #[test]
    fn random_bytes_are_accepted(bytes in any::<[u8; 24]>()) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for secret in [hex, STANDARD.encode(bytes)] {
            prop_assert_eq!(weakness(&secret, Key), None, "{}", secret);
            prop_assert_eq!(weakness(&secret, Password), None, "{}", secret);
        }
    }

    #[test]
    fn random_passwords_are_accepted(secret in "[a-zA-Z0-9]{14,40}") {
        prop_assert_eq!(weakness(&secret, Password), None);
    }

    #[test]
    fn repetition_and_case_do_not_make_a_word_strong(
        word in proptest::sample::select(&WORDS[..]),
        separator in "[-_. !]{0,2}",
        count in 1_usize..6,
    ) {
        let secret = vec![word.to_uppercase(); count].join(&separator);
        prop_assert!(weakness(&secret, Password).is_some_and(Weakness::is_certain));
        prop_assert!(weakness(&secret, Key).is_some_and(Weakness::is_certain));
    }

    #[test]
    fn every_string_is_judged(secret in "\\PC{0,64}") {
        let doubled = format!("{secret}{secret}");
        prop_assert!(weakness(&doubled, Password).is_some_and(Weakness::is_certain));
        let _any = weakness_of_setting(&secret, Key);
    }
}

/// A run of letters and digits that looks like a key: 12 characters or more, with three digits and three letters, which
/// the judge accepts as a password or as a key.
fn accepted_keys(line: &str) -> impl Iterator<Item = &str> {
    let runs = line.split(|character: char| !character.is_ascii_alphanumeric());
    runs.filter(|run| {
        let count = |of: fn(&u8) -> bool| run.bytes().filter(of).count();
        run.len() >= 12
            && count(u8::is_ascii_digit) >= 3
            && count(u8::is_ascii_alphabetic) >= 3
            && [Key, Password].iter().any(|purpose| weakness(run, *purpose).is_none())
    })
}

/// What the documentation prints: pages, comments of documentation, and examples without their tests.
fn printed<'a>(path: &Path, text: &'a str) -> impl Iterator<Item = &'a str> {
    let is_whole =
        ["examples", "docs"].iter().any(|folder| path.iter().any(|part| part == *folder))
            || path.extension().is_some_and(|extension| extension == "md");
    let is_source = path.extension().is_some_and(|extension| extension == "rs");
    text.lines().filter(move |line| {
        let line = line.trim_start();
        is_whole || (is_source && (line.starts_with("///") || line.starts_with("//!")))
    })
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    const LEFT_OUT: [&str; 6] =
        ["target", "advisories", "fuzz", "findings", "tests", "node_modules"];

    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with('.') || LEFT_OUT.contains(&name.as_str()) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            files_below(&path, found);
        } else if name != "Cargo.lock" {
            found.push(path);
        }
    }
}

/// A key that a page prints is copied.
#[test]
fn every_key_that_the_documentation_prints_is_refused() {
    const OTHERS: [&str; 2] = [
        // A picture, and a salt.
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg",
        "c29tZXNhbHRzb21lc2FsdA",
    ];

    let mut files = Vec::new();
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut files);
    let (mut accepted, mut pages) = (Vec::new(), 0);
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        pages += usize::from(file.extension().is_some_and(|extension| extension == "md"));
        for line in printed(&file, &text) {
            let keys = accepted_keys(line).filter(|key| !OTHERS.contains(key));
            accepted.extend(keys.map(|key| format!("{}: {key}", file.display())));
        }
    }
    assert!(pages > 20, "{pages}");
    assert!(accepted.is_empty(), "add these to `PUBLISHED`, in small letters: {accepted:#?}");
    // What the test looks for is found.
    let line = format!("/// let key = \"{}\";", "mB4kT8uZr2xVq7Lp");
    assert_eq!(accepted_keys(&line).count(), 1);
}
