//! A new password that has been checked.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use super::{common, input::Password};
use crate::{
    Problem,
    input::{FieldError, Place},
};

/// Shorter names occur in too many words.
const SHORTEST_NAME: usize = 4;

/// A password that may be set for an account: not among the 16,285 most common ones, and without
/// the account's own name (OWASP ASVS 5.0 6.2.4 and 6.2.11, NIST SP 800-63B 3.1.1.2).
///
/// [`PasswordHasher::hash`](super::PasswordHasher::hash) requires it, so that every password that
/// is set was checked. A login uses a [`Password`]: stored passwords have to be accepted there.
#[derive(Debug)]
pub struct NewPassword(Password);

/// Why a password may not be set. As a [`Problem`] it is 422, at `/password`; use [`at`](Self::at)
/// for another field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeakPassword {
    /// It is one of the most common ones, regardless of case: `common_password`.
    Common,
    /// It contains the account's name, or is a part of the name: `contains_name`.
    ContainsName,
}

impl Password {
    /// Accepts the password for an account with these names: the login name, an email address, a
    /// display name.
    ///
    /// Case makes no difference. The part before the `@` of an address is a name too. A name of
    /// three characters or fewer may occur if at least eight other characters remain.
    ///
    /// ```
    /// use palisade::password::{Password, WeakPassword};
    ///
    /// let password = |text: &str| Password::new(text.to_owned()).unwrap();
    /// assert!(password("correct horse battery").for_account(&["ada12345"]).is_ok());
    /// let common = password("Password1").for_account(&["ada12345"]);
    /// assert_eq!(common.unwrap_err(), WeakPassword::Common);
    /// let own_name = password("ADA12345!").for_account(&["ada12345"]);
    /// assert_eq!(own_name.unwrap_err(), WeakPassword::ContainsName);
    /// ```
    ///
    /// # Errors
    ///
    /// [`WeakPassword`], which `?` turns into a 422 with its code.
    pub fn for_account(self, names: &[&str]) -> Result<NewPassword, WeakPassword> {
        let folded = SecretString::from(fold(self.text()));
        let text = folded.expose_secret();
        // Blanks at the ends make no difference, and a repeated single character is common.
        let is_one_character = text.chars().zip(text.chars().skip(1)).all(|(a, b)| a == b);
        if is_one_character || common::contains(text) || common::contains(text.trim()) {
            return Err(WeakPassword::Common);
        }
        let is_own = |name: &&str| {
            let name = fold(name.trim());
            let local = name.rsplit_once('@').map_or("", |(local, _)| local);
            is_made_of(text, &name) || is_made_of(text, local)
        };
        if names.iter().any(is_own) {
            Err(WeakPassword::ContainsName)
        } else {
            Ok(NewPassword(self))
        }
    }
}

impl NewPassword {
    pub(super) fn password(&self) -> &Password {
        &self.0
    }
}

impl WeakPassword {
    /// The error code for the client.
    pub fn code(self) -> &'static str {
        match self {
            Self::Common => "common_password",
            Self::ContainsName => "contains_name",
        }
    }

    /// The problem, 422, with the JSON pointer of the field in the body.
    pub fn at(self, pointer: &'static str) -> Problem {
        Problem::invalid(vec![FieldError::new(Place::Body, pointer, self.code())])
    }
}

impl fmt::Display for WeakPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Common => "the password is one of the most common ones",
            Self::ContainsName => "the password contains the name of the account",
        })
    }
}

impl std::error::Error for WeakPassword {}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// Whether the name reveals the password.
fn is_made_of(password: &str, name: &str) -> bool {
    let length = name.chars().count();
    if length == 0 {
        return false;
    }
    if name.contains(password) {
        return true;
    }
    let times = password.matches(name).count();
    if length >= SHORTEST_NAME {
        return times > 0;
    }
    let others = password.chars().count().saturating_sub(times.saturating_mul(length));
    times > 0 && others < Password::MIN
}

#[cfg(test)]
mod tests {
    use super::{Password, WeakPassword};
    use crate::{Kind, Problem};

    fn set(text: &str, names: &[&str]) -> Option<WeakPassword> {
        Password::new(text.to_owned()).unwrap().for_account(names).err()
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for text in [
            "password",
            "12345678",
            "PassWord",
            "QWERTYUIOP",
            "iloveyou",
            "1q2w3e4r",
            " password ",
            "        ",
            "££££££££££",
        ] {
            assert_eq!(set(text, &[]), Some(WeakPassword::Common), "{text}");
        }
        for text in ["correct horse battery", "tr0ub4dor&3", "пароль-из-слов", "        x"]
        {
            assert_eq!(set(text, &["ada"]), None, "{text}");
        }
    }

    #[test]
    fn the_name_is_refused_wherever_it_gives_the_password_away() {
        let found = Some(WeakPassword::ContainsName);
        for (text, name, expected) in [
            ("ada12345", "ada12345", found),
            ("ADA12345", "ada12345", found),
            ("my-ada12345-password", "Ada12345", found),
            ("lovelace", "ada.lovelace@example.org", found),
            ("lovelace1815", "lovelace@example.org", found),
            ("lovelace1815", " Lovelace ", found),
            ("ÄRGERLICH-1", "ärgerlich", found),
            ("ada+1815", "ada", found),
            ("adaadaada", "ada", found),
            ("aaaaaaaaaaab", "a", found),
            // Short names occur in ordinary words.
            ("a cannonball run", "ann", None),
            ("correct horse battery", "o", None),
            ("correct horse battery", "", None),
            ("correct horse battery", "@", None),
            ("correct horse battery", "horses", None),
        ] {
            assert_eq!(set(text, &[name]), expected, "{text} {name}");
        }
        assert_eq!(set("lovelace1815", &["ada1", "lovelace"]), found, "any of the names");
    }

    #[test]
    fn a_client_is_told_the_field_and_the_code() {
        let problem = Problem::from(WeakPassword::Common);
        assert_eq!(problem.kind(), Kind::InvalidInput);
        let [error] = problem.fields() else { panic!() };
        assert_eq!((error.pointer.as_str(), &*error.code), ("/password", "common_password"));
        let problem = WeakPassword::ContainsName.at("/new/password");
        let [error] = problem.fields() else { panic!() };
        assert_eq!((error.pointer.as_str(), &*error.code), ("/new/password", "contains_name"));
    }
}
