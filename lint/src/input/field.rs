//! A field, and the bound that its type needs.

use proc_macro2::Span;
use syn::{Expr, Type, ext::IdentExt as _, punctuated::Punctuated, visit::Visit};

use super::{
    case,
    rules::{Rule, RuleKind, Rules},
    serde_words::SerdeWords,
    vouch::{ListStyle, Reason, Vouches},
};
use crate::{
    diagnostic::{Code, Diagnostics},
    documentation,
};

/// A field that a request may set.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its type.
    pub ty: Type,
    /// Its documentation; empty where there is none.
    pub docs: String,
    /// The name on the wire; empty in a tuple variant.
    pub name: String,
    /// Further names on the wire.
    pub aliases: Vec<String>,
    /// The name in the source, as `validator` spells it.
    pub rust_name: String,
    /// The bound that the type has to show.
    pub bound: Bound,
    /// Whether serde fills the field in when it is absent.
    pub default: bool,
    /// The pattern that applies.
    pub pattern: Option<Expr>,
    /// Whether a reason vouches for a pattern that matches only a part of a string.
    pub partial_pattern: bool,
    /// The rules, in the order of the source.
    pub rules: Vec<Rule>,
    /// The schemes of `url`, where others than those of the web are named.
    pub schemes: Option<Vec<String>>,
    /// Whether the fields of the value are siblings of this one.
    pub flatten: bool,
    /// Whether the wire has another form than the declared one (`with`).
    pub opaque: bool,
    /// Whether an empty text in a query string or a form counts as none.
    pub empty_is_absent: bool,
    /// How a list is written in a query string or a form, and the span of that option.
    pub list: Option<(Span, ListStyle)>,
    /// Where it says that a check box fills it.
    pub checkbox: Option<Span>,
    /// Where it says that a part of a form holds it as JSON.
    pub json: Option<Span>,
}

/// The bound that a field's type has to show.
#[derive(Clone, Debug)]
pub enum Bound {
    /// The type is the bound.
    OwnType,
    /// `length(max = ..)`.
    Length(Expr),
    /// `nested`.
    Nested,
    /// `nested` and `length(max = ..)`.
    NestedLength(Expr),
    /// None: `#[input(allow(unbounded), reason = "..")]`.
    Vouched,
}

/// Whether a type is written with the name `Url`. Whether it has schemes is decided by a trait.
fn mentions_url(ty: &Type) -> bool {
    struct Finder(bool);

    impl<'ast> Visit<'ast> for Finder {
        fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
            self.0 |= segment.ident == "Url";
            syn::visit::visit_path_segment(self, segment);
        }
    }

    let mut finder = Finder(false);
    finder.visit_type(ty);
    finder.0
}

/// What holds for all fields of one struct or variant.
pub(super) struct Reader {
    pub(super) owner: String,
    pub(super) case: Option<String>,
    pub(super) default: bool,
    pub(super) nested: bool,
    /// The words of `#[input(..)]` on each of them.
    pub(super) words: &'static [&'static str],
}

impl Reader {
    pub(super) fn read_all(
        &self,
        fields: &Punctuated<syn::Field, syn::Token![,]>,
        reasons: &mut Vec<Reason>,
        d: &mut Diagnostics,
    ) -> Vec<Field> {
        fields
            .iter()
            .enumerate()
            .filter_map(|(index, field)| self.read(index, field, reasons, d))
            .collect()
    }

    /// The field, unless requests cannot set it.
    fn read(
        &self,
        index: usize,
        field: &syn::Field,
        reasons: &mut Vec<Reason>,
        d: &mut Diagnostics,
    ) -> Option<Field> {
        let rust_name = match &field.ident {
            Some(ident) => ident.to_string(),
            None => index.to_string(),
        };
        let owner = format!("{}.{rust_name}", self.owner);
        let mut vouches = Vouches::new(&field.attrs, self.words, &owner, d);
        let serde = SerdeWords::new(&field.attrs, &mut vouches, d);
        let unbounded = vouches.allows_unbounded();
        let empty_is_absent = vouches.empty_is_absent;
        let (list, checkbox, json) = (vouches.list, vouches.checkbox, vouches.json);
        let mut rules = Rules::new(&field.attrs, d);
        rules.nested |= self.nested;
        let partial_pattern = rules.pattern.is_some() && vouches.allows_partial_pattern();
        let schemes = vouches.schemes.take();
        let schemes_of_type = schemes.is_some();
        let has_url = rules.all.iter().any(|rule| matches!(rule.kind, RuleKind::Url));
        if let Some((span, _)) = &schemes
            && !has_url
            && !mentions_url(&field.ty)
        {
            d.at(Code::UnexpectedArgument, *span, "`schemes` needs the rule `url`")
                .help("add `#[validate(url)]`, take the type `url::Url`, or remove it");
        }
        reasons.extend(vouches.finish(d));
        if serde.skip {
            return None;
        }
        let name = match (&serde.rename, &field.ident) {
            (Some(name), _) => name.clone(),
            (None, Some(ident)) => {
                let name = ident.unraw().to_string();
                match &self.case {
                    Some(rule) => case::rename(rule, &name),
                    None => name,
                }
            }
            (None, None) => String::new(),
        };
        Some(Field {
            ty: field.ty.clone(),
            docs: documentation(&field.attrs),
            name,
            aliases: serde.aliases,
            rust_name,
            bound: match (unbounded, rules.nested, rules.length) {
                (true, ..) => Bound::Vouched,
                (false, false, None) => Bound::OwnType,
                (false, false, Some(max)) => Bound::Length(max),
                (false, true, None) => Bound::Nested,
                (false, true, Some(max)) => Bound::NestedLength(max),
            },
            default: serde.default || self.default,
            pattern: rules.pattern,
            partial_pattern,
            rules: rules.all,
            schemes: schemes.map(|(_, schemes)| schemes),
            flatten: serde.flatten,
            // The schemes are asked on the field, and its type by itself takes those of the web.
            opaque: serde.opaque || (schemes_of_type && !has_url),
            empty_is_absent,
            list,
            checkbox,
            json,
        })
    }
}
