//! `Cache-Control` values.

use super::Flaw;
use crate::diagnostic::{Code, did_you_mean};

/// Directives of a response (RFC 9111 section 5.2.2, RFC 5861, RFC 8246), and whether each has a number.
const DIRECTIVES: &[(&str, bool)] = &[
    ("no-store", false),
    ("no-cache", false),
    ("private", false),
    ("public", false),
    ("max-age", true),
    ("s-maxage", true),
    ("must-revalidate", false),
    ("proxy-revalidate", false),
    ("must-understand", false),
    ("no-transform", false),
    ("immutable", false),
    ("stale-while-revalidate", true),
    ("stale-if-error", true),
];

/// Checks a `Cache-Control` value; returns whether it lets shared caches keep the response.
///
/// # Errors
///
/// What is wrong with the text.
pub fn cache_control(text: &str) -> Result<bool, Flaw> {
    let mut seen = Vec::new();
    for directive in text.split(',').map(str::trim) {
        let (name, number) = match directive.split_once('=') {
            Some((name, number)) => (name, Some(number)),
            None => (directive, None),
        };
        let Some((known, numbered)) = DIRECTIVES.iter().find(|(known, _)| *known == name) else {
            let flaw = Flaw::new(
                Code::HeaderValue,
                format!("unknown directive `{}` of `cache`", name.escape_debug()),
            );
            return Err(match did_you_mean(name, DIRECTIVES.iter().map(|(known, _)| *known)) {
                Some(near) => flaw.help(format!("did you mean `{near}`?")),
                None => flaw.help("write directives such as `private, max-age=60`"),
            });
        };
        let fits = match number {
            Some(number) => *numbered && number.parse::<u32>().is_ok() && !number.starts_with('+'),
            None => !*numbered,
        };
        if !fits {
            let (expects, example) = if *numbered {
                ("needs a whole number of seconds", format!("{known}=60"))
            } else {
                ("takes no value", (*known).to_owned())
            };
            let message = format!("`{known}` of `cache` {expects}");
            return Err(Flaw::new(Code::HeaderValue, message).help(format!("write `{example}`")));
        }
        if seen.contains(known) {
            return Err(Flaw::new(Code::HeaderValue, format!("duplicate `{known}` in `cache`"))
                .help("keep one of them"));
        }
        seen.push(*known);
    }
    Ok(seen.iter().any(|name| matches!(*name, "public" | "s-maxage")))
}

#[cfg(test)]
mod tests {
    use super::cache_control;

    #[test]
    fn directives_are_known() {
        assert_eq!(cache_control("no-store"), Ok(false));
        assert_eq!(cache_control("private, max-age=60"), Ok(false));
        assert_eq!(cache_control("public,max-age=31536000,immutable"), Ok(true));
        for text in [
            "",
            "no-stor",
            "max-age",
            "max-age=x",
            "max-age=+1",
            "no-store=1",
            "a\r\nb: c",
            "no-store, no-store",
            "private;max-age=1",
        ] {
            assert!(cache_control(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_wrong_value_is_told_the_right_one() {
        for (text, help) in [
            ("max-age=sixty", "write `max-age=60`"),
            ("private, s-maxage", "write `s-maxage=60`"),
            ("no-store=1", "write `no-store`"),
        ] {
            assert_eq!(cache_control(text).unwrap_err().help.as_deref(), Some(help), "{text}");
        }
    }
}
