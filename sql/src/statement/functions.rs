//! Functions with an argument in another language, and functions with further effects.
//!
//! One table for each database. A group has the names of functions in lower case, with their schema
//! if that identifies them; a star at the end matches any ending.

mod tables;

use crate::dialect::Dialect;
use tables::{MYSQL, POSTGRES, SQLITE};

/// Functions with a special argument or effect.
pub(super) struct Special {
    names: &'static [&'static str],
    pub(super) takes: Takes,
    at: At,
}

/// The language of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// A pattern or a regular expression.
    Pattern,
    /// A path into a JSON document.
    JsonPath,
    /// A path into an XML document.
    XPath,
    /// A query of a full-text search.
    Query,
    /// The format of `printf`: a width in it can request any amount of memory.
    Format,
    /// The name of a table, a sequence or a function.
    Name,
    /// The function executes a string as code, or accesses files, programs or other servers: no
    /// argument makes it safe.
    Code,
}

/// The positions of these arguments, from 0.
enum At {
    /// At these positions.
    Only(&'static [usize]),
    /// From this position on.
    From(usize),
    /// At this position and every second one after it: paths, each followed by its value.
    Pairs(usize),
}

const fn group(takes: Takes, at: At, names: &'static [&'static str]) -> Special {
    Special { names, takes, at }
}

/// The special group of a database's function: by its name, and by its schema if it is written with
/// one.
pub(super) fn special(
    dialect: Dialect,
    schema: Option<&str>,
    name: &str,
) -> Option<&'static Special> {
    let table = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
    };
    let name = name.to_ascii_lowercase();
    let full = schema.map(|schema| format!("{}.{name}", schema.to_ascii_lowercase()));
    let is_called = |own: &str| {
        let called = if own.contains('.') { full.as_deref() } else { Some(name.as_str()) };
        called.is_some_and(|called| match own.strip_suffix('*') {
            Some(start) => called.starts_with(start),
            None => called == own,
        })
    };
    table.iter().find(|group| group.names.iter().any(|own| is_called(own)))
}

impl Special {
    /// Whether the argument with this number, from 0, is in this language.
    pub(super) fn reads(&self, argument: usize) -> bool {
        match self.at {
            At::Only(these) => these.contains(&argument),
            At::From(first) => argument >= first,
            At::Pairs(first) => argument.checked_sub(first).is_some_and(|behind| behind % 2 == 0),
        }
    }
}

/// Arguments that are neither a pattern nor a path if they are passed by name.
pub(super) fn is_subject(name: &str) -> bool {
    ["string", "target", "vars", "silent", "start", "n", "endoption", "subexpr"]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::{Takes, special};
    use crate::Dialect;

    #[test]
    fn a_name_is_found_in_its_own_database() {
        let takes = |dialect, schema, name| special(dialect, schema, name).map(|own| own.takes);
        assert_eq!(takes(Dialect::Sqlite, None, "GLOB"), Some(Takes::Pattern));
        assert_eq!(takes(Dialect::Postgres, None, "glob"), None);
        assert_eq!(takes(Dialect::Postgres, Some("net"), "http_post"), Some(Takes::Code));
        assert_eq!(takes(Dialect::Postgres, Some("cron"), "schedule"), Some(Takes::Code));
        assert_eq!(takes(Dialect::Postgres, None, "schedule"), None);
        assert_eq!(takes(Dialect::Postgres, None, "dblink_exec"), Some(Takes::Code));
    }

    #[test]
    fn arguments_are_counted() {
        let reads = |dialect, name| {
            let own = special(dialect, None, name).unwrap();
            (0..5).filter(|number| own.reads(*number)).collect::<Vec<_>>()
        };
        assert_eq!(reads(Dialect::MySql, "json_set"), [1, 3]);
        assert_eq!(reads(Dialect::Sqlite, "json_extract"), [1, 2, 3, 4]);
        assert_eq!(reads(Dialect::Postgres, "jsonb_path_query"), [1]);
    }

    #[test]
    fn each_name_is_listed_once() {
        for table in [super::SQLITE, super::POSTGRES, super::MYSQL] {
            let mut names: Vec<_> = table.iter().flat_map(|group| group.names).collect();
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all);
        }
    }
}
