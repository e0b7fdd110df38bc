//! Format strings.

/// A piece of a format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    /// The next positional argument.
    Next,
    /// The argument with this index.
    Index(usize),
    /// A named argument or a captured variable.
    Named(String),
}

/// Splits a format string; what is malformed stays literal, the compiler refuses it anyway.
pub(crate) fn pieces(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.peek() == Some(&'{') => {
                chars.next();
                literal.push('{');
            }
            '}' if chars.peek() == Some(&'}') => {
                chars.next();
                literal.push('}');
            }
            '{' => {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                let mut inside = String::new();
                for c in chars.by_ref() {
                    if c == '}' {
                        break;
                    }
                    inside.push(c);
                }
                let name = inside.split(':').next().unwrap_or_default().trim();
                pieces.push(if name.is_empty() {
                    Piece::Next
                } else if let Ok(index) = name.parse() {
                    Piece::Index(index)
                } else {
                    Piece::Named(name.to_owned())
                });
            }
            c => literal.push(c),
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_all_kinds() {
        assert_eq!(
            pieces("a {} {1:?} {name:>8} {{x}} {}"),
            [
                Piece::Literal("a ".into()),
                Piece::Next,
                Piece::Literal(" ".into()),
                Piece::Index(1),
                Piece::Literal(" ".into()),
                Piece::Named("name".into()),
                Piece::Literal(" {x} ".into()),
                Piece::Next,
            ]
        );
    }

    #[test]
    fn survives_broken_ones() {
        for text in ["{", "}", "{:", "{{{", "}}}", "{a{b}"] {
            pieces(text);
        }
    }
}
