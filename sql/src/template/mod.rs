//! A query's text with braces; of SQL, only the quotes are parsed.

mod rust;
mod scan;

use crate::fault::Fault;

/// The text of a query, split at its braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The text as it was written.
    pub source: String,
    /// Its pieces, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// SQL, as written.
    Sql {
        /// The text, in which doubled braces are single.
        text: String,
        /// Its position in the source, in bytes. Offsets in the text are equal to those in the
        /// source.
        at: usize,
    },
    /// A pair of braces.
    Hole(Hole),
}

/// A pair of braces, and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The position of the opening brace, in bytes.
    pub at: usize,
    /// The meaning.
    pub kind: HoleKind,
}

/// The meaning of a pair of braces. Expressions are Rust and are not parsed here.
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
    /// `{?condition: SQL}`: text that is included if the condition is true.
    Fragment {
        /// The condition: an expression, or `let PATTERN = expr`.
        condition: String,
        /// The text, without further fragments.
        pieces: Vec<Piece>,
    },
}

impl Template {
    /// Parses the source of a query.
    ///
    /// # Errors
    ///
    /// The first ambiguity: a brace without its partner or inside quotes, a comment, quotes that
    /// databases interpret differently.
    pub fn parse(source: &str) -> Result<Self, Vec<Fault>> {
        match scan::scan(source) {
            Ok(pieces) => Ok(Self { source: source.to_owned(), pieces }),
            Err(fault) => Err(vec![fault]),
        }
    }

    /// All pairs of braces in order; those in a fragment follow that fragment.
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
