//! The Rust in a query's braces.

use palisade_sql::{
    Fault, FaultKind,
    template::{Hole, HoleKind},
};
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Expr, LitStr, Type, visit::Visit};

/// The parsed content of a pair of braces.
pub(super) enum Inside {
    /// A value, a list, or a condition.
    Expr(TokenStream),
    /// A condition that binds names: `let PATTERN = expr`.
    Let(TokenStream),
    /// A chosen name and its type.
    Name(TokenStream, Box<Type>),
}

/// Parses the content of a pair of braces.
pub(super) fn inside(hole: &Hole, text: &LitStr) -> Result<Inside, Fault> {
    match &hole.kind {
        HoleKind::Bind { expr } | HoleKind::List { expr } => {
            Ok(Inside::Expr(expression(hole, expr, text)?.into_token_stream()))
        }
        HoleKind::Name { expr, ty } => {
            let expr = expression(hole, expr, text)?;
            let ty = at_literal(ty, text)
                .parse::<Type>()
                .map_err(|_| fault(hole, format!("`{ty}` is not a type")))?;
            Ok(Inside::Name(expr.into_token_stream(), Box::new(ty)))
        }
        HoleKind::Fragment { condition, .. } => {
            let expr = expression(hole, condition, text)?;
            let binds = matches!(first(&expr), Expr::Let(_));
            let tokens = expr.into_token_stream();
            Ok(if binds { Inside::Let(tokens) } else { Inside::Expr(tokens) })
        }
    }
}

/// The leftmost part of a chain of `&&`.
fn first(expr: &Expr) -> &Expr {
    if let Expr::Binary(binary) = expr { first(&binary.left) } else { expr }
}

/// A literal with the span and the hygiene of the literal that contains it.
fn at_literal(text: &str, literal: &LitStr) -> LitStr {
    LitStr::new(text, literal.span())
}

fn expression(hole: &Hole, source: &str, text: &LitStr) -> Result<Expr, Fault> {
    let expr = at_literal(source, text).parse::<Expr>().map_err(|error| {
        let mut fault = fault(hole, format!("`{source}` is not a Rust expression: {error}"));
        fault.help = Some("write a value `{value}`, a list `{values..}`, a chosen name `{sort: Sort}` or `{?condition: AND ..}`".to_owned());
        fault
    })?;
    let mut leaves = Leaves(None);
    leaves.visit_expr(&expr);
    if let Some(word) = leaves.0 {
        let mut fault = fault(hole, format!("`{word}` would leave the query before it runs"));
        fault.help =
            Some("compute the value before the query, and write its name in the braces".to_owned());
        return Err(fault);
    }
    Ok(expr)
}

fn fault(hole: &Hole, message: String) -> Fault {
    Fault { kind: FaultKind::Expression, message, help: None, at: hole.at }
}

/// Finds what means another function in a closure than outside of it.
struct Leaves(Option<&'static str>);

impl<'ast> Visit<'ast> for Leaves {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other expression stays inside of the braces"
    )]
    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.0 = self.0.or(match expr {
            Expr::Try(_) => Some("?"),
            Expr::Await(_) => Some(".await"),
            Expr::Return(_) => Some("return"),
            Expr::Break(_) => Some("break"),
            Expr::Continue(_) => Some("continue"),
            Expr::Yield(_) => Some("yield"),
            // Control flow inside of a closure or an async block stays there.
            Expr::Closure(_) | Expr::Async(_) => return,
            _ => None,
        });
        syn::visit::visit_expr(self, expr);
    }
}
