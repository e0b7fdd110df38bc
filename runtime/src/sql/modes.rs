//! The modes in which MySQL and MariaDB read a statement as the other databases do.
//!
//! `"name"` is a string for them unless the session has `ANSI_QUOTES`, and `||` is OR unless it has
//! `PIPES_AS_CONCAT`. A statement that was checked as a comparison of a column would compare two
//! constants. Connections of [`Db::connect`](super::Db::connect) have these modes; the sessions of
//! a pool that was made elsewhere may have any, each its own, so the modes of each connection from
//! one are read before its first statement.

use sqlx::Row as _;

use super::{
    db::Shared,
    error::{Error, ErrorKind},
    lease::Lease,
};

/// Sets these modes, and those that refuse a value instead of truncating it. Modes that change the
/// meaning of an operator or a literal are removed.
pub(super) const SET: &str = "SESSION sql_mode = CONCAT(\
    REPLACE(REPLACE(REPLACE(@@SESSION.sql_mode, \
    'HIGH_NOT_PRECEDENCE', ''), 'EMPTY_STRING_IS_NULL', ''), 'ORACLE', ''), \
    ',ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES')";

/// Restores the server's quotes, for migrations: text in double quotes is a string there, and
/// sqlx's command line runs the same files.
pub(super) const SET_FOR_MIGRATIONS: &str = "SET SESSION sql_mode = IF(\
    FIND_IN_SET('ANSI_QUOTES', @@GLOBAL.sql_mode) > 0, @@SESSION.sql_mode, \
    REPLACE(@@SESSION.sql_mode, 'ANSI_QUOTES', ''))";

/// The modes of a pool's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modes {
    /// They are set on every connection.
    Set,
    /// The pool was made elsewhere: they are read from each connection.
    Read,
}

impl Modes {
    pub(super) fn are_set(self) -> bool {
        self == Self::Set
    }
}

/// Checks that the session reads the statement as it was checked.
pub(super) async fn check(
    lease: &mut Lease<sqlx::MySql>,
    shared: &Shared,
    text: &str,
) -> Result<(), Error> {
    if shared.modes.are_set() {
        return Ok(());
    }
    let needed = Needed::of(text);
    if let Some(modes) = lease.modes() {
        return needed.among(modes);
    }
    let (connection, mut running) = lease.start(shared)?;
    let modes: String = running
        .answer(async {
            // Raw: the session would keep a prepared statement for it.
            let modes = sqlx::raw_sql("SELECT @@SESSION.sql_mode");
            Ok(modes.fetch_one(connection).await?.try_get(0)?)
        })
        .await?;
    running.done();
    let checked = needed.among(&modes);
    lease.keep_modes(modes);
    checked
}

/// The modes that a statement needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Needed {
    /// It has a name in double quotes.
    quotes: bool,
    /// It joins strings with `||`.
    pipes: bool,
    /// It has a NOT, which binds less strongly than a comparison.
    not: bool,
    /// It has an empty string, or a value that may be one.
    empty: bool,
    /// It stores values.
    stores: bool,
}

impl Needed {
    /// Comments, and backslashes in quotes, are refused when a statement is compiled.
    fn of(text: &str) -> Self {
        let mut needed = Self::default();
        let mut outside = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            if !matches!(c, '\'' | '`' | '"') {
                outside.push(c.to_ascii_uppercase());
                continue;
            }
            outside.push(' ');
            needed.quotes |= c == '"';
            let mut empty = true;
            while let Some(inner) = rest.next() {
                // A quote that is doubled is one of the text.
                if inner == c && rest.next_if_eq(&c).is_none() {
                    break;
                }
                empty = false;
            }
            needed.empty |= c == '\'' && empty;
        }
        needed.pipes = outside.contains("||");
        needed.empty |= outside.contains('?');
        let words = || {
            let words = outside.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.filter(|word| !word.is_empty())
        };
        needed.not = words().any(|word| word == "NOT");
        needed.stores = match words().next() {
            Some("INSERT" | "REPLACE" | "UPDATE") => true,
            Some("WITH") => words().any(|word| word == "SET"),
            Some(_) | None => false,
        };
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
        } else if has("ORACLE") {
            "names of types and functions follow Oracle there: its sessions must not have the \
             sql_mode ORACLE"
        } else if self.empty && has("EMPTY_STRING_IS_NULL") {
            "'' is NULL there: its sessions must not have the sql_mode EMPTY_STRING_IS_NULL"
        } else if self.stores && !has("STRICT_ALL_TABLES") && !has("STRICT_TRANS_TABLES") {
            "a value that does not fit is cut there: its sessions need the sql_mode \
             STRICT_ALL_TABLES"
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
        for (text, expected) in [
            ("SELECT a FROM b WHERE c = 1", ""),
            ("SELECT a FROM b WHERE c = ?", "empty"),
            ("SELECT \"a\" FROM b", "quotes"),
            ("SELECT '\"a\" || NOT ?' FROM `NOT`", ""),
            ("SELECT 'it''s' || a FROM b", "pipes"),
            ("SELECT '''' || '''a' || 'a''' FROM b", "pipes"),
            ("SELECT a FROM b WHERE not c AND knot", "not"),
            ("SELECT a FROM b WHERE c <> ''", "empty"),
            ("SELECT a FROM `b` FOR UPDATE", ""),
            ("SELECT replace(a, 'b', 'c') FROM d", ""),
            ("insert INTO b VALUES (1)", "stores"),
            ("UPDATE b SET c = 1", "stores"),
            ("WITH a AS (SELECT 1) UPDATE b SET c = 1", "stores"),
            ("WITH a AS (SELECT 1) SELECT 1", ""),
            ("DELETE FROM b WHERE c = 1", ""),
        ] {
            let Needed { quotes, pipes, not, empty, stores } = Needed::of(text);
            let has = [
                ("quotes", quotes),
                ("pipes", pipes),
                ("not", not),
                ("empty", empty),
                ("stores", stores),
            ];
            let found: Vec<_> = has.into_iter().filter(|(_, has)| *has).map(|one| one.0).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn modes_that_are_missing_are_named() {
        let needed = Needed { quotes: true, pipes: true, not: true, empty: true, stores: true };
        let told = |modes| needed.among(modes).unwrap_err().to_string();
        assert!(told("STRICT_TRANS_TABLES").contains("ANSI_QUOTES"));
        assert!(told("ANSI_QUOTES").contains("PIPES_AS_CONCAT"));
        assert!(told("ansi_quotes,PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE").contains("HIGH_NOT"));
        assert!(told("ANSI_QUOTES,PIPES_AS_CONCAT,ORACLE").contains("ORACLE"));
        assert!(told("ANSI_QUOTES,PIPES_AS_CONCAT,EMPTY_STRING_IS_NULL").contains("EMPTY_STRING"));
        assert!(told("ANSI_QUOTES,PIPES_AS_CONCAT").contains("STRICT_ALL_TABLES"));
        assert!(needed.among("PIPES_AS_CONCAT,ANSI_QUOTES,STRICT_TRANS_TABLES").is_ok());
        assert!(Needed::default().among("ORACLE").is_err());
        assert!(Needed::default().among("EMPTY_STRING_IS_NULL").is_ok());
    }
}
