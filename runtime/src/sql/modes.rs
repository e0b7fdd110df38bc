//! The modes in which MySQL and MariaDB read a statement as the other databases do.
//!
//! `"name"` is a string for them unless the session says `ANSI_QUOTES`, and `||` is OR unless it
//! says `PIPES_AS_CONCAT`. A statement that was checked as a comparison of a column would compare
//! two constants. Connections of [`Db::connect`](super::Db::connect) are set to these modes; a pool
//! that was made elsewhere is asked for its modes before the first statement that needs one.

use std::sync::OnceLock;

use super::{
    db::Shared,
    error::{Error, ErrorKind},
    lease::Lease,
};

/// What sets a session to them, with the modes that refuse a value instead of cutting it. Modes that
/// change what an operator or a literal means are taken away.
pub(super) const SET: &str = "SESSION sql_mode = CONCAT(\
    REPLACE(REPLACE(REPLACE(@@SESSION.sql_mode, \
    'HIGH_NOT_PRECEDENCE', ''), 'EMPTY_STRING_IS_NULL', ''), 'ORACLE', ''), \
    ',ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES')";

/// What sets a session back to the quotes of the server, for migrations: they are read as strings
/// there, and sqlx's command line runs the same files.
pub(super) const SET_FOR_MIGRATIONS: &str = "SET SESSION sql_mode = IF(\
    FIND_IN_SET('ANSI_QUOTES', @@GLOBAL.sql_mode) > 0, @@SESSION.sql_mode, \
    REPLACE(@@SESSION.sql_mode, 'ANSI_QUOTES', ''))";

/// The modes of a pool's sessions.
#[derive(Debug)]
pub(super) enum Modes {
    /// They are set on every connection.
    Set,
    /// The pool was made elsewhere: they are read once.
    Read(OnceLock<String>),
}

impl Modes {
    pub(super) fn of_other_pool() -> Self {
        Self::Read(OnceLock::new())
    }

    pub(super) fn are_set(&self) -> bool {
        matches!(self, Self::Set)
    }
}

/// Sees that the session reads the text as it was checked.
pub(super) async fn check(
    lease: &mut Lease<sqlx::MySql>,
    shared: &Shared,
    text: &str,
) -> Result<(), Error> {
    let Modes::Read(read) = &shared.modes else { return Ok(()) };
    let needed = Needed::of(text);
    if needed == Needed::default() {
        return Ok(());
    }
    let modes = match read.get() {
        Some(modes) => modes,
        None => {
            let (connection, mut running) = lease.start(shared)?;
            let modes = running
                .answer(async {
                    let modes = sqlx::query_scalar("SELECT @@SESSION.sql_mode");
                    Ok(modes.fetch_one(connection).await?)
                })
                .await?;
            running.done();
            read.get_or_init(|| modes)
        }
    };
    needed.among(modes)
}

/// What a text needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Needed {
    /// It has a name in double quotes.
    quotes: bool,
    /// It joins strings with `||`.
    pipes: bool,
    /// It has a NOT, which binds less strongly than a comparison.
    not: bool,
}

impl Needed {
    /// Comments, and backslashes in quotes, are refused when a text is compiled.
    fn of(text: &str) -> Self {
        let mut needed = Self::default();
        let mut quote = None;
        let mut outside = String::new();
        for c in text.chars() {
            match (quote, c) {
                (Some(open), _) if c == open => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '`' | '"') => {
                    needed.quotes |= c == '"';
                    quote = Some(c);
                    outside.push(' ');
                }
                (None, _) => outside.push(c.to_ascii_uppercase()),
            }
        }
        needed.pipes = outside.contains("||");
        let mut words = outside.split(|c: char| !c.is_alphanumeric() && c != '_');
        needed.not = words.any(|word| word == "NOT");
        needed
    }

    fn among(self, modes: &str) -> Result<(), Error> {
        let has = |mode: &str| modes.split(',').any(|own| own.eq_ignore_ascii_case(mode));
        let wrong = if self.quotes && !has("ANSI_QUOTES") {
            "\"..\" is a string there and no name: its sessions need the sql_mode ANSI_QUOTES"
        } else if self.pipes && !has("PIPES_AS_CONCAT") {
            "|| is OR there and joins no strings: its sessions need the sql_mode PIPES_AS_CONCAT"
        } else if self.not && has("HIGH_NOT_PRECEDENCE") {
            "NOT binds more strongly there: its sessions must not have the sql_mode \
             HIGH_NOT_PRECEDENCE"
        } else {
            return Ok(());
        };
        Err(Error::note(
            ErrorKind::Defect,
            format!(
                "the pool that was handed over reads this statement in another way than it was \
                 checked: {wrong}. Set it in the pool's after_connect, or connect with Db::connect"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Needed;

    #[test]
    fn only_what_a_text_has_is_asked_for() {
        let needed = |text| {
            let Needed { quotes, pipes, not } = Needed::of(text);
            (quotes, pipes, not)
        };
        assert_eq!(needed("SELECT a FROM b WHERE c = ?"), (false, false, false));
        assert_eq!(needed("SELECT \"a\" FROM b"), (true, false, false));
        assert_eq!(needed("SELECT '\"a\" || NOT' FROM `NOT`"), (false, false, false));
        assert_eq!(needed("SELECT 'it''s' || a FROM b"), (false, true, false));
        assert_eq!(needed("SELECT a FROM b WHERE not c AND knot"), (false, false, true));
    }

    #[test]
    fn modes_that_are_missing_are_named() {
        let needed = Needed { quotes: true, pipes: true, not: true };
        let told = |modes| needed.among(modes).unwrap_err().to_string();
        assert!(told("STRICT_TRANS_TABLES").contains("ANSI_QUOTES"));
        assert!(told("ANSI_QUOTES").contains("PIPES_AS_CONCAT"));
        assert!(told("ansi_quotes,PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE").contains("HIGH_NOT"));
        assert!(needed.among("PIPES_AS_CONCAT,ANSI_QUOTES").is_ok());
    }
}
