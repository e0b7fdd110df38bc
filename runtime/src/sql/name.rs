//! Names from which a request chooses.

/// A fixed set of column names, for `ORDER BY {sort: T}`.
///
/// Derive it on an enum without fields: each variant is a column. The names are part of the
/// program, so a request chooses one and never writes one (CWE-89).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of SQL names",
    label = "a sort takes an enum that derives `SqlName`",
    note = "a name that comes from a request as text cannot be bound, and is never spliced"
)]
pub trait SqlName {
    /// Every name that a value can have.
    const NAMES: &'static [&'static str];

    /// The name of this value.
    fn name(&self) -> &'static str;
}

impl<T: SqlName + ?Sized> SqlName for &T {
    const NAMES: &'static [&'static str] = T::NAMES;

    fn name(&self) -> &'static str {
        T::name(self)
    }
}

/// An identifier with up to two qualifiers before it, or one that is followed by a direction.
pub(super) fn is_name(name: &str) -> bool {
    let (path, direction) = name.split_once(' ').unwrap_or((name, "ASC"));
    let direction = matches!(direction, "ASC" | "DESC" | "asc" | "desc");
    direction && path.split('.').count() <= 3 && path.split('.').all(is_identifier)
}

fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && text.len() <= 63 && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_identifiers_with_a_direction_at_most() {
        for name in ["title", "_x1", "notes.created", "public.notes.id", "title DESC", "n.a asc"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            " ",
            "1a",
            "a-b",
            "a b",
            "a;",
            "a--",
            "a,b",
            "\"a\"",
            "a DESC, b",
            "a.b.c.d",
            "a.",
            "a  DESC",
            "(a)",
            "é",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
