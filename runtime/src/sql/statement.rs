//! The output of `sql!`: texts that were written and checked when compiled, and the positions of
//! their values.

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::{
    dialect::Dialect,
    error::{Error, ErrorKind},
    name::is_name,
};

/// A statement: one text for each database that it was checked for.
#[derive(Debug)]
pub struct Statement {
    /// The texts, in the order of [`Dialect`]: SQLite, Postgres, MySQL. `None` if the statement was
    /// not checked for that database: it does not run there.
    pub texts: [Option<&'static [Part]>; 3],
    /// The known columns of its rows; empty if they are unknown.
    pub columns: &'static [Column],
    /// The fingerprint of the migrations that it was checked against; `None` if there were none.
    pub schema: Option<u64>,
    /// The file in which it is written.
    pub file: &'static str,
    /// The line there, from 1.
    pub line: u32,
    /// Its kind.
    pub kind: StatementKind,
    /// The options that permit a weakening, each with its reason.
    pub weakened: &'static [(&'static str, &'static str)],
}

/// The kind of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// It reads.
    Select,
    /// It inserts rows.
    Insert,
    /// It changes rows.
    Update,
    /// It deletes rows.
    Delete,
    /// Another statement that an option permits.
    Other,
}

impl StatementKind {
    /// The verb that it begins with, where it is one of the usual four.
    pub(super) const fn verb(self) -> Option<&'static str> {
        match self {
            Self::Select => Some("SELECT"),
            Self::Insert => Some("INSERT"),
            Self::Update => Some("UPDATE"),
            Self::Delete => Some("DELETE"),
            Self::Other => None,
        }
    }
}

/// A column of a statement's rows, as far as the schema shows.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The type in its declaration, in lower case; empty if it is not known.
    pub kind: &'static str,
    /// Whether it can be `NULL`; `true` if that is not known.
    pub nullable: bool,
}

/// A piece of a statement. All of them are part of the program: a piece is never a value.
///
/// A statement without choices is a single [`Part::Text`] with its placeholders in it. In one with
/// choices each placeholder is a [`Part::Bind`], numbered when the statement is joined, because a
/// fragment that is left out takes its placeholders with it.
#[derive(Debug)]
pub enum Part {
    /// Fixed text.
    Text(&'static str),
    /// The placeholder of the next value.
    Bind,
    /// The next list, in parentheses: as many placeholders as the next power of two above its
    /// length, so that a statement cache sees at most 16 texts. For MySQL, which has no arrays.
    List,
    /// The name that this choice selects.
    Sort(usize),
    /// These parts, if this choice is on.
    Fragment(usize, &'static [Self]),
}

/// A choice at run time among alternatives that were fixed when compiled.
#[derive(Clone, Copy, Debug)]
pub enum Choice {
    /// One of a type's names, see [`SqlName`](super::SqlName).
    Sort(&'static str),
    /// Whether a fragment is part of the statement.
    On(bool),
}

impl Statement {
    /// The text for this database.
    ///
    /// A statement without choices stays the static one: nothing is allocated. Any other is joined
    /// from static parts, of which there are finitely many combinations.
    pub(super) fn text(
        &self,
        dialect: Dialect,
        choices: &[Choice],
        lists: &[usize],
    ) -> Result<SqlStr, Error> {
        let parts = self.texts.get(dialect.index()).copied().flatten().ok_or_else(|| {
            Error::note(
                ErrorKind::Defect,
                format!("this statement was not checked for {dialect}: its feature was off"),
            )
        })?;
        if let [Part::Text(text)] = parts {
            return Ok(text.into_sql_str());
        }
        let mut joined = Joined { text: String::new(), dialect, bound: 0, lists, choices };
        joined.add(parts)?;
        if !joined.lists.is_empty() && dialect == Dialect::MySql {
            return Err(Error::note(ErrorKind::Defect, "a list has no place in the statement"));
        }
        // Every piece of it is `'static`, or a number that was counted here.
        Ok(AssertSqlSafe(joined.text).into_sql_str())
    }
}

struct Joined<'a> {
    text: String,
    dialect: Dialect,
    bound: usize,
    lists: &'a [usize],
    choices: &'a [Choice],
}

impl Joined<'_> {
    fn add(&mut self, parts: &[Part]) -> Result<(), Error> {
        for part in parts {
            match part {
                Part::Text(text) => self.text.push_str(text),
                Part::Bind => self.placeholder(),
                Part::List => self.list()?,
                Part::Sort(at) => match self.choices.get(*at) {
                    // A hand-written `SqlName` may say anything that is `'static`.
                    Some(Choice::Sort(name)) if is_name(name) => self.text.push_str(name),
                    Some(Choice::Sort(_)) => {
                        return Err(Error::note(
                            ErrorKind::Defect,
                            "a sort name is not an identifier, or not one of its type's NAMES: \
                             derive SqlName instead of writing it by hand",
                        ));
                    }
                    Some(Choice::On(_)) | None => return Err(disagree()),
                },
                Part::Fragment(at, parts) => match self.choices.get(*at) {
                    Some(Choice::On(true)) => self.add(parts)?,
                    // The text before it and the text after it stay separate words: `- -` is not a
                    // comment.
                    Some(Choice::On(false)) => self.text.push(' '),
                    Some(Choice::Sort(_)) | None => return Err(disagree()),
                },
            }
        }
        Ok(())
    }

    fn placeholder(&mut self) {
        self.bound += 1;
        let sign = match self.dialect {
            Dialect::Sqlite => '?',
            Dialect::Postgres => '$',
            Dialect::MySql => {
                self.text.push('?');
                return;
            }
        };
        self.text.push(sign);
        self.text.push_str(itoa::Buffer::new().format(self.bound));
    }

    fn list(&mut self) -> Result<(), Error> {
        let (length, rest) = self.lists.split_first().ok_or_else(disagree)?;
        self.lists = rest;
        if *length == 0 {
            // Not `(NULL)`: `x NOT IN (NULL)` matches no row, but an empty list must match every row.
            self.text.push_str("(SELECT NULL FROM DUAL WHERE FALSE)");
            return Ok(());
        }
        for at in 0..padded(*length) {
            self.text.push(if at == 0 { '(' } else { ',' });
            self.placeholder();
        }
        self.text.push(')');
        Ok(())
    }
}

/// The number of placeholders for a list of this length.
pub(super) fn padded(length: usize) -> usize {
    if length == 0 { 0 } else { length.next_power_of_two() }
}

fn disagree() -> Error {
    Error::note(ErrorKind::Defect, "the choices do not fit the statement: palisade's crates differ")
}
