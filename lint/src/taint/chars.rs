//! Checks of single characters: which dangers are excluded when every character passes.

use syn::{BinOp, Expr, Lit, Pat, UnOp};

use super::class::Class;

/// The dangers that need this character.
pub(crate) fn dangers_of(c: char) -> Class {
    let base = match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => return Class::NONE,
        '-' => Class::OPTION.or(Class::REGEX),
        '\'' | '"' | '`' => Class::SQL.or(Class::COMMAND).or(Class::HTML).or(Class::QUERY_OBJECT),
        ';' | ' ' | '(' | ')' | '#' | '=' => Class::SQL.or(Class::COMMAND),
        '<' | '>' | '&' => Class::HTML.or(Class::COMMAND).or(Class::SQL),
        '/' | '\\' => Class::PATH.or(Class::REDIRECT).or(Class::REQUEST).or(Class::COMMAND),
        '.' => Class::REQUEST,
        ':' => Class::SITE_SCHEME.or(Class::REQUEST),
        '@' | '?' | '%' => Class::REQUEST.or(Class::COMMAND),
        _ => Class::COMMAND.or(Class::SQL),
    };
    base.or(Class::REGEX).or(Class::TEMPLATE).or(Class::CODE).or(Class::DIRECTORY)
}

fn without_all(text: impl Iterator<Item = char>) -> Class {
    text.fold(Class::ALL, |safe, c| safe.without(dangers_of(c)))
}

/// The dangers that are excluded if every character makes `test` true; none if that is unknown.
#[expect(clippy::wildcard_enum_match_arm, reason = "any other test proves nothing")]
pub(crate) fn proven(test: &Expr) -> Class {
    match test {
        Expr::Closure(closure) => proven(&closure.body),
        Expr::Paren(inner) => proven(&inner.expr),
        Expr::Group(inner) => proven(&inner.expr),
        Expr::Reference(inner) => proven(&inner.expr),
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [syn::Stmt::Expr(only, None)] => proven(only),
            _ => Class::NONE,
        },
        Expr::Binary(binary) => match binary.op {
            BinOp::Or(_) => proven(&binary.left).and(proven(&binary.right)),
            BinOp::And(_) => proven(&binary.left).or(proven(&binary.right)),
            BinOp::Eq(_) => literal_chars(&binary.right)
                .or_else(|| literal_chars(&binary.left))
                .map_or(Class::NONE, |t| without_all(t.chars())),
            BinOp::Ne(_) => literal_chars(&binary.right)
                .or_else(|| literal_chars(&binary.left))
                .map_or(Class::NONE, |t| rejected(&t)),
            _ => Class::NONE,
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => disproven(&unary.expr),
        Expr::MethodCall(call) => {
            let name = call.method.to_string();
            if is_word_test(&name) {
                return Class::ALL;
            }
            match (name.as_str(), literal_chars(&call.receiver)) {
                ("contains", Some(text)) => without_all(text.chars()),
                _ => Class::NONE,
            }
        }
        // `char::is_alphanumeric` handed over as a value.
        Expr::Path(path) => match path.path.segments.last() {
            Some(last) if is_word_test(&last.ident.to_string()) => Class::ALL,
            _ => Class::NONE,
        },
        Expr::Macro(mac) if mac.mac.path.is_ident("matches") => {
            mac.mac.parse_body_with(matches_pattern).map_or(Class::NONE, |pat| pattern(&pat))
        }
        Expr::Match(choice) => {
            // `match c { 'a'..='z' => true, _ => false }`
            choice
                .arms
                .iter()
                .filter(|arm| !is_false(&arm.body))
                .map(|arm| pattern(&arm.pat))
                .reduce(Class::and)
                .unwrap_or(Class::NONE)
        }
        _ => Class::NONE,
    }
}

/// What is gone when every character makes `test` false.
#[expect(clippy::wildcard_enum_match_arm, reason = "any other test proves nothing")]
pub(crate) fn disproven(test: &Expr) -> Class {
    match test {
        Expr::Closure(closure) => disproven(&closure.body),
        Expr::Paren(inner) => disproven(&inner.expr),
        Expr::Group(inner) => disproven(&inner.expr),
        Expr::Reference(inner) => disproven(&inner.expr),
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [syn::Stmt::Expr(only, None)] => disproven(only),
            _ => Class::NONE,
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => proven(&unary.expr),
        Expr::Binary(binary) => match binary.op {
            BinOp::Or(_) => disproven(&binary.left).or(disproven(&binary.right)),
            BinOp::And(_) => disproven(&binary.left).and(disproven(&binary.right)),
            BinOp::Eq(_) => literal_chars(&binary.right)
                .or_else(|| literal_chars(&binary.left))
                .map_or(Class::NONE, |t| rejected(&t)),
            _ => Class::NONE,
        },
        Expr::Lit(_) | Expr::Array(_) => literal_chars(test).map_or(Class::NONE, |t| rejected(&t)),
        Expr::Index(index) => disproven(&index.expr),
        Expr::MethodCall(call) if call.method == "contains" => {
            literal_chars(&call.receiver).map_or(Class::NONE, |t| rejected(&t))
        }
        Expr::Macro(mac) if mac.mac.path.is_ident("matches") => mac
            .mac
            .parse_body_with(matches_pattern)
            .ok()
            .and_then(|pat| pattern_chars(&pat))
            .map_or(Class::NONE, |t| rejected(&t)),
        _ => Class::NONE,
    }
}

/// What is gone when none of these characters occurs.
pub(crate) fn rejected(chars: &str) -> Class {
    let mut safe = Class::NONE;
    if chars.contains('/') {
        safe = safe.or(Class::PATH).or(Class::SITE_SLASHES);
    }
    if chars.contains('<') {
        safe = safe.or(Class::HTML);
    }
    if chars.contains(':') && chars.contains('/') {
        safe = safe.or(Class::REDIRECT);
    }
    safe
}

fn is_word_test(name: &str) -> bool {
    matches!(
        name,
        "is_alphanumeric"
            | "is_ascii_alphanumeric"
            | "is_alphabetic"
            | "is_ascii_alphabetic"
            | "is_numeric"
            | "is_ascii_digit"
            | "is_digit"
            | "is_ascii_hexdigit"
            | "is_lowercase"
            | "is_uppercase"
            | "is_ascii_lowercase"
            | "is_ascii_uppercase"
    )
}

fn is_false(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(lit) if matches!(&lit.lit, Lit::Bool(b) if !b.value))
}

/// The pattern of `matches!(value, pattern)`.
fn matches_pattern(input: syn::parse::ParseStream<'_>) -> syn::Result<Pat> {
    input.parse::<Expr>()?;
    input.parse::<syn::Token![,]>()?;
    let pat = Pat::parse_multi_with_leading_vert(input)?;
    let _: proc_macro2::TokenStream = input.parse()?;
    Ok(pat)
}

fn pattern(pat: &Pat) -> Class {
    #[expect(clippy::wildcard_enum_match_arm, reason = "any other pattern proves nothing")]
    match pat {
        Pat::Or(or) => or.cases.iter().map(pattern).reduce(Class::and).unwrap_or(Class::NONE),
        Pat::Lit(_) | Pat::Range(_) => {
            pattern_chars(pat).map_or(Class::NONE, |t| without_all(t.chars()))
        }
        Pat::Paren(inner) => pattern(&inner.pat),
        Pat::Reference(inner) => pattern(&inner.pat),
        _ => Class::NONE,
    }
}

fn pattern_chars(pat: &Pat) -> Option<String> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "any other pattern names no characters")]
    match pat {
        Pat::Or(or) => or.cases.iter().map(pattern_chars).collect(),
        Pat::Lit(lit) => lit_text(&lit.lit),
        Pat::Range(range) => {
            let (start, end) = (range.start.as_deref()?, range.end.as_deref()?);
            let (start, end) = (one_char(start)?, one_char(end)?);
            Some((start..=end).take(300).collect())
        }
        Pat::Reference(inner) => pattern_chars(&inner.pat),
        Pat::Paren(inner) => pattern_chars(&inner.pat),
        _ => None,
    }
}

fn one_char(expr: &Expr) -> Option<char> {
    literal_chars(expr)?.chars().next()
}

fn lit_text(lit: &Lit) -> Option<String> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other literal holds characters")]
    match lit {
        Lit::Char(c) => Some(c.value().to_string()),
        Lit::Byte(b) => Some(char::from(b.value()).to_string()),
        Lit::Str(text) => Some(text.value()),
        Lit::ByteStr(bytes) => String::from_utf8(bytes.value()).ok(),
        _ => None,
    }
}

/// The characters that a literal or a list of literals spells.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other form holds characters")]
pub(crate) fn literal_chars(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(lit) => lit_text(&lit.lit),
        Expr::Reference(inner) => literal_chars(&inner.expr),
        Expr::Paren(inner) => literal_chars(&inner.expr),
        Expr::Group(inner) => literal_chars(&inner.expr),
        Expr::Unary(inner) if matches!(inner.op, UnOp::Deref(_)) => literal_chars(&inner.expr),
        Expr::Index(inner) => literal_chars(&inner.expr),
        Expr::Array(array) => array.elems.iter().map(literal_chars).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(test: &str) -> Class {
        proven(&syn::parse_str(test).unwrap())
    }

    #[test]
    fn word_characters_are_harmless() {
        assert!(class("|c| c.is_ascii_alphanumeric() || c == '_'").has(Class::ALL));
        assert!(
            class("|c| matches!(c, 'a'..='z' | '0'..='9' | '-')").has(Class::SQL.or(Class::PATH))
        );
        assert!(class("char::is_alphanumeric").has(Class::ALL));
    }

    #[test]
    fn a_slash_is_not() {
        assert!(!class("|c| c.is_alphanumeric() || c == '/'").has(Class::PATH));
        assert!(!class("|c| c.is_alphanumeric() || c == '\\''").has(Class::SQL));
        assert!(!class("|c| c.is_ascii()").has(Class::SQL));
        assert!(!class("|c| !c.is_control()").has(Class::SQL));
    }

    #[test]
    fn rejected_slashes_keep_a_name_in_its_folder() {
        let test: Expr = syn::parse_str("|c| c == '/' || c == '\\\\'").unwrap();
        assert!(disproven(&test).has(Class::PATH));
        assert!(!disproven(&test).has(Class::SQL));
    }
}
