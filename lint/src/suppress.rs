//! `#[allow_unsafe(rule, reason = "..")]`: silences a rule for one item, statement or expression.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use crate::finding::Place;

/// One `allow_unsafe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The rule that it silences.
    pub rule: String,
    /// Why that is right.
    pub reason: String,
    /// The file that contains it.
    pub file: String,
    /// The attribute itself.
    pub place: Place,
    /// What it covers.
    pub covers: Place,
    /// What is wrong with the attribute, where something is.
    pub(crate) mistake: Option<&'static str>,
}

impl Suppression {
    /// Whether it silences this rule at this place: it has a reason, and covers the place.
    #[must_use]
    pub fn silences(&self, rule: &str, place: &Place) -> bool {
        self.mistake.is_none() && self.rule == rule && self.covers.contains(place)
    }
}

/// An attribute as it was found, with its span.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) suppression: Suppression,
    pub(crate) span: Span,
}

/// Whether a function has an `allow_unsafe` anywhere in it.
pub(crate) fn is_mentioned(function: &syn::ItemFn) -> bool {
    struct Mentioned(bool);
    impl<'ast> syn::visit::Visit<'ast> for Mentioned {
        fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
            self.0 |= attribute.path().segments.last().is_some_and(|s| s.ident == "allow_unsafe");
        }
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            self.0 = self.0 || in_tokens(mac.tokens.clone());
        }
        // Types and patterns hold no attribute that could silence anything.
        fn visit_type(&mut self, _: &'ast syn::Type) {}
        fn visit_path(&mut self, _: &'ast syn::Path) {}
        fn visit_lit(&mut self, _: &'ast syn::Lit) {}
    }
    fn in_tokens(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == "allow_unsafe",
            TokenTree::Group(group) => in_tokens(group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    let mut mentioned = Mentioned(false);
    syn::visit::Visit::visit_item_fn(&mut mentioned, function);
    mentioned.0
}

/// Every `allow_unsafe` in the tokens of `file`, whatever item, statement or expression it is on.
#[must_use]
pub fn suppressions(tokens: TokenStream, file: &str) -> Vec<Suppression> {
    collect(tokens, file).into_iter().map(|found| found.suppression).collect()
}

/// Finds every `allow_unsafe` in some tokens.
pub(crate) fn collect(tokens: TokenStream, file: &str) -> Vec<Found> {
    let mut found = Vec::new();
    search(tokens, file, &mut found, 0);
    found
}

fn search(tokens: TokenStream, file: &str, found: &mut Vec<Found>, depth: usize) {
    if depth > 200 {
        return;
    }
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            let hash = at.checked_sub(1).and_then(|before| tokens.get(before));
            let inner_hash = at.checked_sub(2).and_then(|before| tokens.get(before));
            let is_attribute = group.delimiter() == Delimiter::Bracket && is_punct(hash, '#');
            let is_inner = group.delimiter() == Delimiter::Bracket
                && is_punct(hash, '!')
                && is_punct(inner_hash, '#');
            if (is_attribute || is_inner)
                && let Some((rule, reason, mistake)) = read(group)
            {
                let covers = if is_inner {
                    whole(&tokens)
                } else {
                    extent(tokens.get(at.saturating_add(1)..).unwrap_or_default())
                };
                let span = group.span();
                let suppression = Suppression {
                    rule,
                    reason,
                    file: file.to_owned(),
                    place: Place::of(span),
                    covers: covers.unwrap_or_default(),
                    mistake,
                };
                found.push(Found { suppression, span });
                continue;
            }
            search(group.stream(), file, found, depth.saturating_add(1));
        }
    }
}

fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == c)
}

/// Reads `allow_unsafe(rule, reason = "..")`, with or without a path in front.
fn read(attribute: &Group) -> Option<(String, String, Option<&'static str>)> {
    let tokens: Vec<TokenTree> = attribute.stream().into_iter().collect();
    let (last, lead) = tokens.split_last()?;
    let named = match last {
        TokenTree::Group(_) => lead.last(),
        TokenTree::Ident(_) => Some(last),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    };
    if !matches!(named, Some(TokenTree::Ident(ident)) if ident == "allow_unsafe") {
        return None;
    }
    let TokenTree::Group(args) = last else {
        return Some((
            String::new(),
            String::new(),
            Some("`allow_unsafe` needs the name of a rule and a reason"),
        ));
    };
    let mut rule = String::new();
    let mut reason = String::new();
    let args: Vec<TokenTree> = args.stream().into_iter().collect();
    for (at, arg) in args.iter().enumerate() {
        match arg {
            TokenTree::Ident(ident) if at == 0 => rule = ident.to_string(),
            TokenTree::Ident(ident) if ident == "reason" => {
                if let Some(TokenTree::Literal(text)) = args.get(at.saturating_add(2))
                    && let Ok(text) = syn::parse_str::<syn::LitStr>(&text.to_string())
                {
                    reason = text.value();
                }
            }
            TokenTree::Group(_)
            | TokenTree::Ident(_)
            | TokenTree::Punct(_)
            | TokenTree::Literal(_) => {}
        }
    }
    let mistake = if crate::rules::find(&rule).is_none() {
        Some("no rule has this name")
    } else if !palisade_policy::is_reason(&reason) {
        Some("`allow_unsafe` needs a reason that a reviewer can judge: `reason = \"..\"`")
    } else {
        None
    };
    Some((rule, reason, mistake))
}

/// What an attribute in front of these tokens covers.
fn extent(rest: &[TokenTree]) -> Option<Place> {
    let mut at = 0_usize;
    // Further attributes belong to the same thing.
    while is_punct(rest.get(at), '#') {
        at = at.saturating_add(2);
    }
    let rest = rest.get(at..)?;
    let first = rest.first()?;
    let word = match first {
        TokenTree::Ident(ident) => ident.to_string(),
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => String::new(),
    };
    let is_item = matches!(
        word.as_str(),
        "pub"
            | "fn"
            | "async"
            | "impl"
            | "struct"
            | "mod"
            | "unsafe"
            | "extern"
            | "enum"
            | "trait"
            | "union"
            | "macro_rules"
    );
    let is_block = matches!(word.as_str(), "if" | "match" | "for" | "while" | "loop");
    let mut last = first;
    let mut comma_ends = word != "let";
    for (at, token) in rest.iter().enumerate() {
        last = token;
        match token {
            TokenTree::Punct(p) if p.as_char() == ';' => break,
            TokenTree::Punct(p) if p.as_char() == ',' && comma_ends && !is_item => break,
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace && (is_item || is_block) =>
            {
                let goes_on = matches!(rest.get(at.saturating_add(1)), Some(TokenTree::Ident(next)) if next == "else");
                if !goes_on {
                    break;
                }
            }
            TokenTree::Punct(p) if p.as_char() == '<' => comma_ends = false,
            TokenTree::Group(_)
            | TokenTree::Ident(_)
            | TokenTree::Punct(_)
            | TokenTree::Literal(_) => {}
        }
    }
    Some(between(first.span(), last))
}

fn whole(tokens: &[TokenTree]) -> Option<Place> {
    Some(between(tokens.first()?.span(), tokens.last()?))
}

fn between(first: Span, last: &TokenTree) -> Place {
    let start = first.start();
    let end = match last {
        TokenTree::Group(group) => group.span_close().end(),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => last.span().end(),
    };
    Place {
        line: start.line,
        column: start.column.saturating_add(1),
        end_line: end.line,
        end_column: end.column.saturating_add(1),
    }
}

/// Takes the `allow_unsafe` attributes off a function's statements and expressions, where the
/// compiler would not know them.
pub fn strip(function: &mut syn::ItemFn) {
    struct Strip;
    impl syn::visit_mut::VisitMut for Strip {
        fn visit_attributes_mut(&mut self, attributes: &mut Vec<syn::Attribute>) {
            attributes
                .retain(|a| a.path().segments.last().is_none_or(|s| s.ident != "allow_unsafe"));
        }
    }
    syn::visit_mut::VisitMut::visit_item_fn_mut(&mut Strip, function);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_what_it_stands_on() {
        let text = "fn f() {\n    #[allow_unsafe(sql_format, reason = \"checked by hand\")]\n    let x = g(a,\n        b);\n    h();\n}";
        let found = collect(text.parse().unwrap(), "a.rs");
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            (one.suppression.rule.as_str(), one.suppression.reason.as_str()),
            ("sql_format", "checked by hand")
        );
        assert_eq!((one.suppression.covers.line, one.suppression.covers.end_line), (3, 4));
    }

    #[test]
    fn names_its_mistakes() {
        for (text, mistake) in [
            (
                "#[allow_unsafe(no_such_rule, reason = \"x\")] fn f() {}",
                Some("no rule has this name"),
            ),
            (
                "#[allow_unsafe(sql_format)] fn f() {}",
                Some("`allow_unsafe` needs a reason that a reviewer can judge: `reason = \"..\"`"),
            ),
            (
                "#[palisade::allow_unsafe(sql_format, reason = \"..........\")] fn f() {}",
                Some("`allow_unsafe` needs a reason that a reviewer can judge: `reason = \"..\"`"),
            ),
            ("#[palisade::allow_unsafe(sql_format, reason = \"a constant text\")] fn f() {}", None),
        ] {
            let found = collect(text.parse().unwrap(), "a.rs");
            assert_eq!(found[0].suppression.mistake, mistake, "{text}");
        }
    }

    #[test]
    fn is_stripped_from_statements() {
        let mut function: syn::ItemFn = syn::parse_str(
            "fn f() { #[allow_unsafe(sql_format, reason = \"x\")] let a = #[inline] g(); }",
        )
        .unwrap();
        strip(&mut function);
        assert!(!quote::ToTokens::to_token_stream(&function).to_string().contains("allow_unsafe"));
    }
}
