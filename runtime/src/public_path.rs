//! Paths of this service, as redirects and reports name them.

use actix_web::http::header::HeaderValue;

/// The value, if it can only be a path of this service.
pub(crate) fn own_path(path: &str) -> Option<HeaderValue> {
    let mut bytes = path.bytes();
    let starts_here = bytes.next() == Some(b'/') && bytes.next() != Some(b'/');
    let clean = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if starts_here && clean { HeaderValue::from_str(path).ok() } else { None }
}

/// A path of this service as clients use it, with the prefix that a proxy removes; `None` for an
/// address of another host, and for a path that has the prefix already.
pub(crate) fn public_path(prefix: &str, path: &str) -> Option<String> {
    let has_it = path
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    (!has_it && own_path(path).is_some()).then(|| format!("{prefix}{path}"))
}

#[cfg(test)]
mod tests {
    use super::{own_path, public_path};

    #[test]
    fn a_path_of_this_service_gets_the_prefix_once() {
        for (path, public) in
            [("/", "/api/"), ("/notes?a=1#b", "/api/notes?a=1#b"), ("/apis", "/api/apis")]
        {
            assert_eq!(public_path("/api", path).as_deref(), Some(public));
        }
        for path in ["/api", "/api/notes", "/api?a", "//evil.example", "https://id.example/a", "a"]
        {
            assert_eq!(public_path("/api", path), None, "{path}");
        }
    }

    #[test]
    fn only_paths_of_this_service_are_taken() {
        for good in ["/", "/items/7", "/items?after=3#top", "/a//b"] {
            assert!(own_path(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "items",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/ä",
            "/a b",
        ] {
            assert!(own_path(bad).is_none(), "{bad}");
        }
    }
}
