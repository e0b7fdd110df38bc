//! `#[require_scope(..)]`: a condition on the scopes of a token.

use std::fmt;

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Lit, LitStr, Path, spanned::Spanned as _};

use crate::{
    attribute::{Args, Call, Value, Word},
    diagnostic::{Code, Diagnostics, did_you_mean},
    handler::Handler,
    literal,
};

/// The most different scopes of one condition for which every combination is tried.
const MOST_TRIED: usize = 10;

/// A condition on scopes.
#[derive(Clone, Debug)]
pub enum Scope {
    /// One scope, by its text.
    Name(LitStr),
    /// One scope, by a value of the service's enum.
    Typed(Path),
    /// All of these; never empty.
    All(Vec<Scope>),
    /// At least one of these; never empty.
    Any(Vec<Scope>),
    /// Not this one. A condition never holds for a token without scopes, so another operand
    /// requires a scope.
    Not(Box<Scope>),
}

/// Reads every `require_scope` of the handler; all of them are required.
pub(super) fn read(handler: &Handler, d: &mut Diagnostics) -> Option<Scope> {
    let given: Vec<_> = handler.attributes.of(|word| word == Word::RequireScope).collect();
    let mut scopes = Vec::new();
    for attribute in &given {
        scopes.push(attribute.args.clone().and_then(|args| read_one(args, d)));
    }
    let mut scopes = scopes.into_iter().collect::<Option<Vec<_>>>()?;
    let whole = if scopes.len() == 1 {
        scopes.pop()?
    } else {
        // Sorted, so that the order of the attributes leaves no trace.
        scopes.sort_by_key(ToString::to_string);
        if !refuse_duplicates(&scopes, d) {
            return None;
        }
        Scope::All(scopes)
    };
    refuse_senseless(&whole, d).then_some(whole)
}

fn read_one(mut args: Args, d: &mut Diagnostics) -> Option<Scope> {
    let span = args.span;
    let values = args.take_values();
    let no_leftovers = args.list.is_empty();
    args.finish(&[], d);
    let mut values = values.into_iter();
    let Some(first) = values.next() else {
        if no_leftovers {
            d.at(Code::MissingArgument, span, "`require_scope` names no scope")
                .help("name one, or write `#[authenticated]`");
        }
        return None;
    };
    if let Some(second) = values.next() {
        d.on(Code::UngroupedScopes, &second, "several scopes need `all(..)` or `any(..)`")
            .help("write `all(\"a\", \"b\")` or `any(\"a\", \"b\")`");
        return None;
    }
    condition(first, d)
}

fn condition(value: Value, d: &mut Diagnostics) -> Option<Scope> {
    match value {
        Value::Literal(Lit::Str(text)) => match literal::scope(&text.value()) {
            Ok(()) => Some(Scope::Name(text)),
            Err(flaw) => {
                d.flaw(text.span(), flaw);
                None
            }
        },
        Value::Literal(other) => {
            d.on(Code::WrongValue, &other, "a scope is a string or a typed value")
                .help("write `\"items:write\"` or `Scope::ItemsWrite`");
            None
        }
        Value::Path(path) => match path.get_ident() {
            Some(word) if word == "all" || word == "any" || word == "not" => {
                d.at(Code::EmptyGroup, word.span(), format!("`{word}` needs at least one scope"))
                    .help(format!("write `{}`", example(&word.to_string())));
                None
            }
            _ => Some(Scope::Typed(path)),
        },
        Value::Call(call) => group(call, d),
        Value::Tuple(_) => {
            d.on(Code::WrongValue, &value, "scopes in parentheses do not say how they are joined")
                .help("write `all(\"a\", \"b\")` or `any(\"a\", \"b\")`");
            None
        }
    }
}

fn group(call: Call, d: &mut Diagnostics) -> Option<Scope> {
    let word = call.path.get_ident().map(ToString::to_string).unwrap_or_default();
    if !matches!(word.as_str(), "all" | "any" | "not") {
        let written = call.path.to_token_stream().to_string().replace(' ', "");
        d.on(Code::UnknownWord, &call.path, format!("`{written}` does not join scopes"));
        match did_you_mean(&word, ["all", "any", "not"]) {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => d.help("write `all(..)`, `any(..)` or `not(..)`"),
        };
        return None;
    }
    if call.list.is_empty() {
        d.on(Code::EmptyGroup, &call.path, format!("`{word}` needs at least one scope"))
            .help("an empty group would admit every caller or none: name the scopes");
        return None;
    }
    let second = call.list.get(1).cloned();
    let scopes: Vec<_> = call.list.into_iter().map(|value| condition(value, d)).collect();
    let mut scopes = scopes.into_iter().collect::<Option<Vec<_>>>()?;
    if word == "not" {
        if let Some(second) = second {
            d.on(Code::UngroupedScopes, &second, "`not` takes one condition").help(
                "write `not(any(\"a\", \"b\"))` for neither, `not(all(\"a\", \"b\"))` for not both",
            );
            return None;
        }
        return scopes.pop().map(|scope| Scope::Not(Box::new(scope)));
    }
    if !refuse_duplicates(&scopes, d) {
        return None;
    }
    Some(if word == "all" { Scope::All(scopes) } else { Scope::Any(scopes) })
}

fn example(word: &str) -> &'static str {
    match word {
        "all" => "all(\"a\", \"b\")",
        "any" => "any(\"a\", \"b\")",
        _ => "all(\"a\", not(\"b\"))",
    }
}

fn refuse_duplicates(scopes: &[Scope], d: &mut Diagnostics) -> bool {
    let mut seen: Vec<String> = Vec::new();
    let mut unique = true;
    for scope in scopes {
        let text = scope.to_string();
        if seen.contains(&text) {
            unique = false;
            d.at(Code::DuplicateScope, scope.span(), format!("duplicate scope `{text}`"))
                .help("one of them was probably meant to be another scope");
        }
        seen.push(text);
    }
    unique
}

/// Refuses a condition that every token satisfies, and one that no token satisfies.
fn refuse_senseless(whole: &Scope, d: &mut Diagnostics) -> bool {
    if whole.holds(&|_| false) {
        d.at(
            Code::NothingRequired,
            whole.span(),
            format!("`{whole}` holds for a token that carries no scope at all"),
        )
        .help(
            "`not` only excludes, and would admit every other caller: write \
             `all(\"needed\", not(..))`",
        );
        return false;
    }
    if whole.is_impossible() {
        d.at(
            Code::ImpossibleScopes,
            whole.span(),
            format!("no token fulfils `{whole}`: it asks for a scope and for its absence"),
        )
        .help("take one of the two out");
        return false;
    }
    true
}

impl Scope {
    /// Whether a token with the scopes `held` satisfies the condition. Scopes are compared by their
    /// spelling.
    fn holds(&self, held: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Name(_) | Self::Typed(_) => held(&self.to_string()),
            Self::All(scopes) => scopes.iter().all(|scope| scope.holds(held)),
            Self::Any(scopes) => scopes.iter().any(|scope| scope.holds(held)),
            Self::Not(scope) => !scope.holds(held),
        }
    }

    /// Whether no token satisfies it. A condition with very many scopes is not evaluated here: it
    /// admits no caller at run time either.
    fn is_impossible(&self) -> bool {
        let mut names = Vec::new();
        self.names(&mut names);
        if names.len() > MOST_TRIED {
            return false;
        }
        (0..1_u32 << names.len()).all(|held| {
            !self.holds(&|name| {
                names.iter().position(|own| own == name).is_some_and(|at| held >> at & 1 == 1)
            })
        })
    }

    fn names(&self, names: &mut Vec<String>) {
        match self {
            Self::Name(_) | Self::Typed(_) => {
                let name = self.to_string();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Self::All(scopes) | Self::Any(scopes) => {
                scopes.iter().for_each(|scope| scope.names(names));
            }
            Self::Not(scope) => scope.names(names),
        }
    }

    /// The first token of the condition that has a span of its own.
    fn span(&self) -> Span {
        match self {
            Self::Name(text) => text.span(),
            Self::Typed(path) => path.span(),
            Self::All(scopes) | Self::Any(scopes) => {
                scopes.first().map_or_else(Span::call_site, Self::span)
            }
            Self::Not(scope) => scope.span(),
        }
    }
}

impl Scope {
    /// The format of the inventory: `items:write`, `all(a, not(b))`, `any(a, all(b, c))`, with the
    /// names of typed scopes if `name` knows them.
    pub fn shown(&self, name: &dyn Fn(&Path) -> Option<String>) -> String {
        let (word, scopes) = match self {
            Self::Name(text) => return text.value(),
            Self::Typed(path) => {
                let written = || path.to_token_stream().to_string().replace(' ', "");
                return name(path).unwrap_or_else(written);
            }
            Self::Not(scope) => return format!("not({})", scope.shown(name)),
            Self::All(scopes) => ("all", scopes),
            Self::Any(scopes) => ("any", scopes),
        };
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.shown(name)).collect();
        format!("{word}({})", scopes.join(", "))
    }

    /// The typed scopes in it, in source order.
    pub fn typed(&self) -> Vec<&Path> {
        match self {
            Self::Name(_) => Vec::new(),
            Self::Typed(path) => vec![path],
            Self::Not(scope) => scope.typed(),
            Self::All(scopes) | Self::Any(scopes) => scopes.iter().flat_map(Self::typed).collect(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(&|_| None))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use syn::{ItemFn, parse_str};

    use crate::{Code, Diagnostics, endpoint::Endpoint};

    /// The displayed access rule of an endpoint with this `require_scope`, or the first mistake.
    fn access(conditions: &[&str]) -> Result<String, Code> {
        let attributes: String =
            conditions.iter().map(|one| format!("#[require_scope({one})]")).collect();
        let item: ItemFn =
            parse_str(&format!("#[get(\"/a\")] {attributes} async fn a() {{}}")).unwrap();
        let mut d = Diagnostics::new();
        let endpoint = Endpoint::from_item(&item, &mut d);
        match d.check() {
            Ok(()) => Ok(endpoint.unwrap().access.to_string()),
            Err(found) => Err(found.first().unwrap().code),
        }
    }

    #[test]
    fn conditions_are_shown_as_they_are_read() {
        for (written, shown) in [
            (r#""a""#, "a"),
            (r#"all("a", not("b"))"#, "all(a, not(b))"),
            (
                r#"any("a", all("b", not(any("c", Scope::D))))"#,
                "any(a, all(b, not(any(c, Scope::D))))",
            ),
            (r#"not(not("a"))"#, "not(not(a))"),
            (r#"not(any("a", not("b")))"#, "not(any(a, not(b)))"),
        ] {
            assert_eq!(access(&[written]), Ok(shown.to_owned()), "{written}");
        }
        // What one attribute asks for is enough for the `not` of another: they are all required.
        assert_eq!(access(&[r#"not("b")"#, r#""a""#]), Ok("all(a, not(b))".to_owned()));
    }

    #[test]
    fn a_condition_that_asks_for_nothing_is_refused() {
        for open in [
            r#"not("a")"#,
            "not(Scope::A)",
            r#"any("a", not("b"))"#,
            r#"all(not("a"), not("b"))"#,
            r#"not(all("a", "b"))"#,
            r#"not(all("a", not("b")))"#,
        ] {
            assert_eq!(access(&[open]), Err(Code::NothingRequired), "{open}");
        }
        assert_eq!(access(&[r#"not("a")"#, r#"not("b")"#]), Err(Code::NothingRequired));
        assert_eq!(access(&[r#"all("a", not("a"))"#]), Err(Code::ImpossibleScopes));
        assert_eq!(access(&[r#""a""#, r#"not(any("a", "b"))"#]), Err(Code::ImpossibleScopes));
    }

    fn condition() -> impl Strategy<Value = String> {
        let leaf =
            prop_oneof![Just("\"a\""), Just("\"b\""), Just("Scope::C")].prop_map(str::to_owned);
        leaf.prop_recursive(4, 16, 3, |inner| {
            let list = prop::collection::vec(inner.clone(), 1..4);
            prop_oneof![
                list.clone().prop_map(|list| format!("all({})", list.join(", "))),
                list.prop_map(|list| format!("any({})", list.join(", "))),
                inner.prop_map(|one| format!("not({one})")),
            ]
        })
    }

    /// The same condition, evaluated from its displayed form without the model.
    fn holds(shown: &str, held: &[&str]) -> bool {
        fn one<'a>(text: &'a str, held: &[&str]) -> (bool, &'a str) {
            let end = text.find(['(', ',', ')']).unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            let Some(mut rest) = rest.strip_prefix('(') else {
                return (held.contains(&word), rest);
            };
            let mut values = Vec::new();
            loop {
                let (value, after) = one(rest.trim_start(), held);
                values.push(value);
                match after.strip_prefix(',') {
                    Some(next) => rest = next,
                    None => {
                        rest = after.strip_prefix(')').unwrap();
                        break;
                    }
                }
            }
            let value = match word {
                "all" => !values.contains(&false),
                "any" => values.contains(&true),
                _ => !values[0],
            };
            (value, rest)
        }
        one(shown, held).0
    }

    proptest! {
        #[test]
        fn what_is_admitted_asks_for_something_that_can_be(text in condition()) {
            if let Ok(shown) = access(&[&text]) {
                prop_assert!(!holds(&shown, &[]), "{shown}");
                let all = ["a", "b", "Scope::C"];
                let some = (0..8_usize).any(|held| {
                    let held: Vec<_> = all.iter().enumerate()
                        .filter(|(at, _)| held >> at & 1 == 1).map(|(_, name)| *name).collect();
                    holds(&shown, &held)
                });
                prop_assert!(some, "{shown}");
            }
        }
    }
}
