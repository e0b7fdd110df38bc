//! Path patterns in Actix's syntax: `/items/{id}`, `/files/{rest:.*}`.

use super::Flaw;
use crate::diagnostic::Code;

/// Actix refuses a pattern with more, when the service starts.
const MAX_PARAMETERS: usize = 16;

/// Checks a path pattern; returns the names of its parameters, in order.
///
/// # Errors
///
/// The first thing that is wrong with the text.
pub fn template(text: &str) -> Result<Vec<String>, Flaw> {
    if !text.starts_with('/') {
        return Err(Flaw::new(
            Code::PathNotAbsolute,
            format!("path `{}` does not start with `/`", text.escape_debug()),
        )
        .help(format!("write `/{}`", text.escape_debug())));
    }
    let mut parameters: Vec<String> = Vec::new();
    // The path with each parameter as one letter: what segments and characters are checked on.
    let mut fixed = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        fixed.push_str(before);
        let Some(inside) = from.strip_prefix('{') else {
            return Err(unbalanced(text, "`}` without `{`"));
        };
        let Some((parameter, after)) = split_at_close(inside) else {
            return Err(unbalanced(text, "`{` without `}`"));
        };
        let name = parameter_name(parameter)?;
        if parameters.iter().any(|known| known == name) {
            return Err(Flaw::new(
                Code::PathParameterTwice,
                format!("duplicate parameter `{name}` in the path"),
            )
            .help("give each parameter a name of its own"));
        }
        parameters.push(name.to_owned());
        fixed.push('x');
        rest = after;
    }
    fixed.push_str(rest);
    if parameters.len() > MAX_PARAMETERS {
        return Err(Flaw::new(
            Code::PathTooManyParameters,
            format!("{} parameters in one path", parameters.len()),
        )
        .help("at most 16 can be routed"));
    }
    check_fixed(&fixed)?;
    Ok(parameters)
}

/// Splits before the brace that closes the parameter; a regex part may hold pairs of its own.
fn split_at_close(inside: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some((inside.get(..at)?, inside.get(at + 1..)?)),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn parameter_name(parameter: &str) -> Result<&str, Flaw> {
    let flaw = |message: String| {
        Flaw::new(Code::PathParameterName, message)
            .help("write a name such as `{id}`, or with a pattern `{id:[0-9]+}`")
    };
    let name = match parameter.split_once(':') {
        Some((name, "")) => return Err(flaw(format!("parameter `{name}` has an empty pattern"))),
        Some((name, _)) => name,
        None => parameter,
    };
    if name.is_empty() {
        return Err(flaw("a parameter without a name in the path".to_owned()));
    }
    // Actix makes it the name of a regex group.
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(flaw(format!("`{}` cannot name a parameter", name.escape_debug())));
    }
    Ok(name)
}

fn check_fixed(fixed: &str) -> Result<(), Flaw> {
    if let Some(wrong) =
        fixed.chars().find(|c| matches!(c, '?' | '#' | '*' | '\\') || !c.is_ascii_graphic())
    {
        return Err(Flaw::new(Code::PathCharacter, format!("path contains {wrong:?}")).help(
            match wrong {
                '?' => "a query is no part of the path: take `Query<T>` as an argument",
                '*' => "name the rest of the path: `{rest:.*}`",
                _ => "a path is printable ASCII; write other characters percent-encoded",
            },
        ));
    }
    for segment in fixed.split('/') {
        if matches!(segment, "." | "..") {
            return Err(Flaw::new(Code::PathSegment, format!("segment `{segment}` in the path"))
                .help("clients remove dot segments before they ask"));
        }
    }
    if fixed.contains("//") {
        return Err(Flaw::new(Code::PathSegment, "an empty segment in the path")
            .help("write one `/` between segments"));
    }
    Ok(())
}

fn unbalanced(text: &str, what: &str) -> Flaw {
    Flaw::new(Code::PathBraces, format!("{what} in path `{}`", text.escape_debug()))
        .help("write parameters as `{name}`")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Code, template};

    fn names(text: &str) -> Vec<String> {
        template(text).unwrap()
    }

    #[test]
    fn parameters_are_named_in_order() {
        assert!(names("/").is_empty());
        assert!(names("/items").is_empty());
        assert!(names("/items/").is_empty());
        assert_eq!(names("/items/{id}"), ["id"]);
        assert_eq!(names("/a/{x}-{y}/{_z1}"), ["x", "y", "_z1"]);
        assert_eq!(names(r"/items/{id:\d{1,3}}/edit"), ["id"]);
        assert_eq!(names("/files/{rest:.*}"), ["rest"]);
    }

    #[test]
    fn wrong_paths_are_refused() {
        for (text, code) in [
            ("", Code::PathNotAbsolute),
            ("items", Code::PathNotAbsolute),
            ("{id}", Code::PathNotAbsolute),
            ("/items/{id", Code::PathBraces),
            ("/items/id}", Code::PathBraces),
            ("/items/{id:a{2}", Code::PathBraces),
            ("/items/{}", Code::PathParameterName),
            ("/items/{:a}", Code::PathParameterName),
            ("/items/{id:}", Code::PathParameterName),
            ("/items/{item id}", Code::PathParameterName),
            ("/items/{1}", Code::PathParameterName),
            ("/items/{{id}}", Code::PathParameterName),
            ("/{id}/{id}", Code::PathParameterTwice),
            ("/items//new", Code::PathSegment),
            ("/items/../new", Code::PathSegment),
            ("/items?id=1", Code::PathCharacter),
            ("/items/{id}*", Code::PathCharacter),
            ("/items/a b", Code::PathCharacter),
        ] {
            assert_eq!(template(text).unwrap_err().code, code, "{text}");
        }
        let many: String = (0..17).map(|i| format!("/{{p{i}}}")).collect();
        assert_eq!(template(&many).unwrap_err().code, Code::PathTooManyParameters);
    }

    proptest! {
        #[test]
        fn never_panics(text in "/?[/{}:a-c.*?\\PC]{0,24}") {
            if let Ok(names) = template(&text) {
                prop_assert!(text.starts_with('/') && !names.iter().any(String::is_empty));
            }
        }
    }
}
