//! Who keeps notes: ids, names, and what callers may do.

use palisade::{
    password::PasswordHash,
    prelude::*,
    sql::{Bind, BindError, ColumnRef, DecodeError, FromColumn, Row, Value, ValueType},
};
use uuid::Uuid;
use validator::ValidationError;

/// What a token lets its holder do. A login grants both; a later kind of client may get one.
#[derive(Clone, Copy, Debug, Scope)]
pub(crate) enum Scope {
    /// `notes:read`
    NotesRead,
    /// `notes:write`
    NotesWrite,
}

/// A user's id. Tokens carry it as their subject: a name could change hands one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UserId(Uuid);

impl UserId {
    /// A new one.
    pub(crate) fn new() -> Self {
        Self(Uuid::new_v4())
    }

    /// The caller's.
    ///
    /// # Errors
    ///
    /// 401 for a token whose subject is none of our ids: none that this service signed.
    pub(crate) fn of(who: &Principal) -> Result<Self> {
        let id = Uuid::try_parse(who.subject());
        id.map(Self).map_err(|error| Problem::new(palisade::Kind::Unauthenticated).caused_by(error))
    }
}

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Bind for UserId {
    const KIND: ValueType = Uuid::KIND;

    fn value(&self) -> Result<Value<'_>, BindError> {
        self.0.value()
    }
}

impl FromColumn for UserId {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        Uuid::from_column(column).map(Self)
    }
}

/// A user, as a login needs one.
#[derive(Debug, Row)]
pub(crate) struct User {
    /// The id.
    pub(crate) id: UserId,
    /// What the password is checked against.
    pub(crate) password_hash: StoredHash,
}

/// The hash of a user's password, as the database has it.
#[derive(Debug)]
pub(crate) struct StoredHash(pub(crate) PasswordHash);

impl FromColumn for StoredHash {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        let text = String::from_column(column)?;
        // No part of the text goes into the message.
        let hash = PasswordHash::parse(&text);
        hash.map(Self).map_err(|_| DecodeError::new("it is not a hash of a password"))
    }
}

/// What a name is compared by: `Ada` and `ada` are one user.
pub(crate) fn name_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

// What a name looks like is compared too: `palisade::input::skeleton`, in the store.

/// A rule for names: ASCII letters, digits and `. _ - @ +`, the first a letter or a digit.
///
/// Other scripts have letters that look like these (`а` is not `a`), and a name that looks like
/// another user's is what a share goes to.
pub(crate) fn is_name(name: &str) -> Result<(), ValidationError> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    if starts && name.chars().all(fits) { Ok(()) } else { Err(ValidationError::new("name")) }
}

#[cfg(test)]
mod tests {
    use super::{is_name, name_key};

    #[test]
    fn names_have_one_look_and_one_case() {
        for name in ["ada", "Ada.Lovelace", "a+b@example.org", "7of9", "a_b-c"] {
            assert!(is_name(name).is_ok(), "{name}");
        }
        for name in ["", " ada", "аda", "-a", "a b", "a'b", "a\0", "a\u{200b}", "../a", "a%00", "é"]
        {
            assert!(is_name(name).is_err(), "{name:?}");
        }
        assert_eq!(name_key("Ada.L"), "ada.l");
    }
}
