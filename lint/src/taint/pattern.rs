//! Patterns: their bindings, and the facts that a match proves.

use std::rc::Rc;

use syn::spanned::Spanned as _;
use syn::{Expr, Lit, Pat};

use super::class::Class;
use super::cond::Cond;
use super::place::member;
use super::value::{Marks, Note, Value};
use super::walk::Walker;
use crate::krate::name::starts_upper;
use crate::krate::ty::TyShape;
use crate::rules::{Bind, Site};

impl Walker<'_> {
    /// Binds the names of a pattern that a value has been matched with.
    pub(crate) fn bind_pattern(&mut self, pat: &Pat, value: &Value, expr: Option<&Expr>) {
        self.deeper(proc_macro2::Span::call_site(), |w| w.bind_form(pat, value, expr));
    }

    fn bind_form(&mut self, pat: &Pat, value: &Value, expr: Option<&Expr>) {
        match pat {
            Pat::Ident(ident) => {
                let name = ident.ident.to_string();
                if starts_upper(&name) && ident.subpat.is_none() {
                    return;
                }
                self.ask(&Site::Bind(Bind { name: &name, value, expr, span: ident.ident.span() }));
                if let Some((_, inner)) = &ident.subpat {
                    self.bind_pattern(inner, value, None);
                }
                let mut value = value.clone();
                if value.is_tainted() {
                    let note = Note::Bound(Rc::from(name.as_str()));
                    value = value.through(self.scope.file, ident.ident.span(), &note);
                }
                if value.secret.is_none()
                    && crate::rules::words::is_secret(&name)
                    && value.closure.is_none()
                    && value.ty.as_ref().is_none_or(|t| t.holds_text() == Some(true))
                {
                    value.secret = Some(Rc::from(name.as_str()));
                }
                self.bind(Rc::from(name), value);
            }
            Pat::Type(typed) => {
                let value = match self.read_type(&typed.ty) {
                    Some(ty) => self.typed_as(value.clone(), &ty),
                    None => value.clone(),
                };
                self.bind_pattern(&typed.pat, &value, expr);
            }
            Pat::Reference(inner) => self.bind_pattern(&inner.pat, value, expr),
            Pat::Paren(inner) => self.bind_pattern(&inner.pat, value, expr),
            Pat::Guard(inner) => self.bind_pattern(&inner.pat, value, expr),
            Pat::Or(or) => {
                if let Some(first) = or.cases.first() {
                    self.bind_pattern(first, value, expr);
                }
            }
            Pat::Tuple(tuple) => {
                for (at, part) in tuple.elems.iter().enumerate() {
                    let value = self.field(value, &at.to_string());
                    self.bind_pattern(part, &value, None);
                }
            }
            Pat::TupleStruct(tuple) => {
                let name =
                    tuple.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
                match tuple.elems.first() {
                    // What went wrong is not what was kept secret.
                    Some(only) if name == "Err" && tuple.elems.len() == 1 => {
                        let value = Value { secret: None, ..unwrapped(value) };
                        self.bind_pattern(only, &value, None);
                    }
                    // One name of a path: neither `..` nor the root.
                    Some(only) if is_normal_component(&tuple.path) => {
                        let value = value.derived().cleaned(Class::PATH);
                        self.bind_pattern(only, &value, None);
                    }
                    Some(only) if tuple.elems.len() == 1 && wraps(&name) => {
                        let value = unwrapped(value);
                        self.bind_pattern(only, &value, None);
                    }
                    _ => {
                        for (at, part) in tuple.elems.iter().enumerate() {
                            let value = self.field(value, &at.to_string());
                            self.bind_pattern(part, &value, None);
                        }
                    }
                }
            }
            Pat::Struct(form) => {
                let ty = self.resolve(&form.path);
                let mut whole = value.clone();
                if whole.ty.is_none() {
                    whole.ty = Some(crate::krate::ty::Ty::plain(ty));
                }
                for field in &form.fields {
                    let value = self.field(&whole, &member(&field.member));
                    self.bind_pattern(&field.pat, &value, None);
                }
            }
            Pat::Slice(slice) => {
                let element = self.element(value);
                for (at, part) in slice.elems.iter().enumerate() {
                    let known = value
                        .fields
                        .as_ref()
                        .and_then(|f| f.0.get(at.to_string().as_str()))
                        .cloned();
                    self.bind_pattern(part, &known.unwrap_or_else(|| element.clone()), None);
                }
            }
            Pat::Verbatim(tokens) => {
                self.unread(tokens.span(), "this pattern is not known to the checks");
            }
            Pat::Const(_)
            | Pat::Lit(_)
            | Pat::Macro(_)
            | Pat::Path(_)
            | Pat::Range(_)
            | Pat::Rest(_)
            | Pat::Wild(_) => {}
            _ => self.unread(pat.span(), "this pattern is not known to the checks"),
        }
    }

    /// What a match of `value`, read from `expr`, with a pattern proves.
    pub(crate) fn pattern_facts(&self, pat: &Pat, expr: &Expr, value: &Value) -> Cond {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the other patterns match whatever comes"
        )]
        match pat {
            Pat::Lit(lit) => match &lit.lit {
                Lit::Bool(b) => {
                    let cond = self.true_and_false(value);
                    if b.value { cond } else { cond.not() }
                }
                // What is not `<` cannot open a tag: how escaping functions are written.
                Lit::Char(c) => Cond {
                    when_true: self.facts(expr, value, Class::ALL),
                    when_false: self.facts(
                        expr,
                        value,
                        super::chars::rejected(&c.value().to_string()),
                    ),
                },
                _ => Cond::when_true(self.facts(expr, value, Class::ALL)),
            },
            Pat::Range(_) => Cond::when_true(self.facts(expr, value, Class::ALL)),
            Pat::Path(_) => Cond::when_true(self.facts(expr, value, Class::ALL)),
            Pat::Ident(ident) => match &ident.subpat {
                Some((_, inner)) => self.pattern_facts(inner, expr, value),
                None if ident.ident == "None" => self.true_and_false(value).not(),
                None if starts_upper(&ident.ident.to_string()) => {
                    Cond::when_true(self.facts(expr, value, Class::ALL))
                }
                None => Cond::default(),
            },
            Pat::Or(or) => {
                let mut cases = or.cases.iter().map(|case| self.pattern_facts(case, expr, value));
                let first = cases.next().unwrap_or_default();
                cases.fold(first, |all, case| all.or(&case))
            }
            Pat::TupleStruct(tuple) => {
                let name =
                    tuple.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
                let own = match name.as_str() {
                    "Some" | "Ok" => self.true_and_false(value),
                    "Err" => self.true_and_false(value).not(),
                    _ if is_normal_component(&tuple.path) => {
                        Cond::when_true(self.facts(expr, value, Class::PATH))
                    }
                    _ => Cond::default(),
                };
                match tuple.elems.first() {
                    Some(inner) if tuple.elems.len() == 1 && name != "Err" => {
                        let inner =
                            self.pattern_facts(inner, expr, &Value { cond: None, ..value.clone() });
                        // A failed match of `Some("a")` proves nothing about `None`.
                        let inner = Cond::when_true(inner.when_true);
                        Cond {
                            when_true: super::cond::union(&own.when_true, &inner.when_true),
                            when_false: if inner.is_empty() { own.when_false } else { Vec::new() },
                        }
                    }
                    _ => own,
                }
            }
            Pat::Tuple(tuple) => {
                let Expr::Tuple(parts) = expr else { return Cond::default() };
                let mut all = Cond::default();
                for (at, (part, pat)) in parts.elems.iter().zip(&tuple.elems).enumerate() {
                    let value = value.field(&at.to_string());
                    let cond = self.pattern_facts(pat, part, &value);
                    all.when_true = super::cond::union(&all.when_true, &cond.when_true);
                }
                all
            }
            Pat::Reference(inner) => self.pattern_facts(&inner.pat, expr, value),
            Pat::Paren(inner) => self.pattern_facts(&inner.pat, expr, value),
            Pat::Guard(inner) => {
                let cond = self.pattern_facts(&inner.pat, expr, value);
                Cond::when_true(cond.when_true)
            }
            _ => Cond::default(),
        }
    }
}

/// `Component::Normal(..)` of the standard library and of camino.
fn is_normal_component(path: &syn::Path) -> bool {
    let mut segments = path.segments.iter().rev();
    segments.next().is_some_and(|last| last.ident == "Normal")
        && segments.next().is_none_or(|parent| {
            matches!(parent.ident.to_string().as_str(), "Component" | "Utf8Component")
        })
}

/// Constructors that hold one value and change nothing about it.
pub(crate) fn wraps(name: &str) -> bool {
    matches!(
        name,
        "Some"
            | "Ok"
            | "Err"
            | "Json"
            | "Query"
            | "Path"
            | "Form"
            | "Data"
            | "State"
            | "Extension"
            | "Box"
            | "Arc"
            | "Rc"
            | "Cow"
            | "Borrowed"
            | "Owned"
            | "Reverse"
            | "Wrapping"
            | "Pin"
            | "Ready"
            | "Continue"
            | "Break"
            | "Left"
            | "Right"
            | "Vouched"
            | "TypedHeader"
            | "Host"
            | "RawQuery"
            | "OriginalUri"
            | "ReqData"
            | "Valid"
            | "ValidatedJson"
            | "Validated"
            | "RawBody"
            | "Multipart"
            | "RawForm"
            | "ConnectInfo"
            | "Json5"
            | "Yaml"
            | "String"
    )
}

/// The value inside `Some`, `Ok` and the like.
pub(crate) fn unwrapped(value: &Value) -> Value {
    let mut inner = value.clone();
    inner.cond = None;
    inner.marks = inner.marks.without(Marks::TRUE.with(Marks::FALSE));
    if let Some(ty) = &value.ty
        && ty.is_wrapper()
        && ty.shape == TyShape::Path
    {
        inner.ty = ty.args.first().cloned();
    }
    inner
}
