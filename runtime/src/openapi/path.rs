//! Paths: the patterns of the router as templates of OpenAPI.

/// A pattern as a template, and its parameters in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template<'a> {
    /// `/items/{id}`
    pub(super) path: String,
    pub(super) parameters: Vec<Parameter<'a>>,
}

/// A parameter of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    /// The regular expression after its name, if there is one.
    pub(super) pattern: Option<&'a str>,
    /// Whether it matches the rest of the path, including slashes.
    pub(super) is_tail: bool,
}

/// Whether OpenAPI has operations for this method.
pub(super) fn is_documented_method(method: &str) -> bool {
    matches!(method, "GET" | "PUT" | "POST" | "DELETE" | "OPTIONS" | "HEAD" | "PATCH" | "TRACE")
}

/// Parses a pattern: `/items/{id:[0-9]+}`, `/files/{rest}*`.
pub(super) fn template(pattern: &str) -> Template<'_> {
    let mut path = String::with_capacity(pattern.len());
    let mut parameters = Vec::new();
    let mut rest = pattern;
    while let Some((before, inside)) = rest.split_once('{') {
        path.push_str(before);
        let mut depth = 1_usize;
        let end = inside.char_indices().find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let Some((end, _)) = end else { break };
        let (own, behind) = inside.split_at(end);
        let behind = behind.strip_prefix('}').unwrap_or(behind);
        let (name, expression) = match own.split_once(':') {
            Some((name, expression)) => (name, Some(expression)),
            None => (own, None),
        };
        let is_tail = behind.starts_with('*');
        rest = behind.strip_prefix('*').unwrap_or(behind);
        path.push('{');
        path.push_str(name);
        path.push('}');
        parameters.push(Parameter { name, pattern: expression, is_tail });
    }
    path.push_str(rest);
    Template { path, parameters }
}

#[cfg(test)]
mod tests {
    use super::{Parameter, template};

    #[test]
    fn patterns_become_templates() {
        let plain = |name| Parameter { name, pattern: None, is_tail: false };
        for (pattern, path, parameters) in [
            ("/notes", "/notes", vec![]),
            ("/notes/{id}/share", "/notes/{id}/share", vec![plain("id")]),
            (
                "/a/{id:[0-9]{2}}/{b}",
                "/a/{id}/{b}",
                vec![Parameter { pattern: Some("[0-9]{2}"), ..plain("id") }, plain("b")],
            ),
            ("/f/{rest}*", "/f/{rest}", vec![Parameter { is_tail: true, ..plain("rest") }]),
        ] {
            let found = template(pattern);
            assert_eq!((found.path.as_str(), found.parameters), (path, parameters));
        }
    }
}
