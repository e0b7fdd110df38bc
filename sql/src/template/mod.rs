//! A query's text with braces, before anything is known of SQL but its quotes.

mod rust;
mod scan;

use crate::fault::Fault;

/// The text of a query, taken apart at its braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The text as it was written.
    pub source: String,
    /// What it consists of, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// SQL, as written.
    Sql {
        /// The text, with doubled braces made single.
        text: String,
        /// Where it begins in the source, in bytes. Inside, offsets go on one to one.
        at: usize,
    },
    /// A pair of braces.
    Hole(Hole),
}

/// A pair of braces, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Where the opening brace is, in bytes.
    pub at: usize,
    /// What it means.
    pub kind: HoleKind,
}

/// What a pair of braces means. Expressions are Rust and are not parsed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoleKind {
    /// `{expr}`: one value.
    Bind {
        /// The expression.
        expr: String,
    },
    /// `{expr..}`: a list of values.
    List {
        /// The expression.
        expr: String,
    },
    /// `{expr: Type}`: one of the names of a type.
    Name {
        /// The expression.
        expr: String,
        /// The type.
        ty: String,
    },
    /// `{?condition: SQL}`: text that is there where the condition holds.
    Fragment {
        /// The condition: an expression, or `let PATTERN = expr`.
        condition: String,
        /// The text; no further fragments.
        pieces: Vec<Piece>,
    },
}

impl Template {
    /// Parses the source of a query.
    ///
    /// # Errors
    ///
    /// The first ambiguity: a brace without its partner or inside quotes, a comment, quotes that
    /// databases read differently.
    pub fn parse(source: &str) -> Result<Self, Vec<Fault>> {
        match scan::scan(source) {
            Ok(pieces) => Ok(Self { source: source.to_owned(), pieces }),
            Err(fault) => Err(vec![fault]),
        }
    }

    /// All pairs of braces in order, those of fragments after their fragment.
    pub fn holes(&self) -> Vec<&Hole> {
        fn add<'a>(pieces: &'a [Piece], holes: &mut Vec<&'a Hole>) {
            for piece in pieces {
                if let Piece::Hole(hole) = piece {
                    holes.push(hole);
                    if let HoleKind::Fragment { pieces, .. } = &hole.kind {
                        add(pieces, holes);
                    }
                }
            }
        }
        let mut holes = Vec::new();
        add(&self.pieces, &mut holes);
        holes
    }
}
