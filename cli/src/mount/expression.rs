//! Removes the parts of an expression that do not change its value.

use palisade_lint::tree::parts;
use syn::{Expr, ExprLit, Lit};

/// An expression without the parts that do not change its value.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others stand for themselves")]
pub(super) fn plain(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(inner) => plain(&inner.expr),
        Expr::Group(inner) => plain(&inner.expr),
        Expr::Cast(inner) => plain(&inner.expr),
        expression => expression,
    }
}

pub(super) fn name(expression: &Expr) -> Option<Vec<String>> {
    let Expr::Path(path) = expression else { return None };
    Some(parts(&path.path))
}

pub(super) fn literal(expression: &Expr) -> Option<String> {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = expression else { return None };
    Some(text.value())
}
