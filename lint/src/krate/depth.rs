//! How deeply the analysis examines a function that checks or cleans its arguments.

use syn::Block;
use syn::visit::Visit;

/// Whether a function goes through its data piece by piece, in a way that the analysis does not follow.
///
/// Calls like `contains`, `starts_with` and `replace` are followed, so what they do not prove is not
/// proven. Of a function that walks over characters, labels of a host or octets of an address, only
/// its name is left to go by.
pub(crate) fn is_beyond_sight(block: &Block) -> bool {
    let mut found = Found(false);
    found.visit_block(block);
    found.0
}

struct Found(bool);

impl<'ast> Visit<'ast> for Found {
    fn visit_expr_for_loop(&mut self, _: &'ast syn::ExprForLoop) {
        self.0 = true;
    }

    fn visit_expr_while(&mut self, _: &'ast syn::ExprWhile) {
        self.0 = true;
    }

    fn visit_expr_loop(&mut self, _: &'ast syn::ExprLoop) {
        self.0 = true;
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.0 |= matches!(
            call.method.to_string().as_str(),
            "next"
                | "next_back"
                | "nth"
                | "peek"
                | "split"
                | "rsplit"
                | "splitn"
                | "rsplitn"
                | "split_once"
                | "rsplit_once"
                | "split_at"
                | "fold"
                | "try_fold"
                | "try_for_each"
                | "scan"
                | "windows"
                | "host"
                | "host_str"
                | "domain"
                | "origin"
                | "is_loopback"
                | "is_private"
                | "is_link_local"
                | "is_global"
                | "is_unspecified"
                | "octets"
                | "to_socket_addrs"
        );
        syn::visit::visit_expr_method_call(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_piecewise_work_from_plain_calls() {
        for block in [
            "{ let mut c = s.chars(); c.next() == Some('/') }",
            "{ for b in s.bytes() { if b == 0 { return false; } } true }",
            "{ Url::parse(s).is_ok_and(|u| u.host_str() == Some(\"a\")) }",
        ] {
            assert!(is_beyond_sight(&syn::parse_str(block).unwrap()), "{block}");
        }
        for block in ["{ s.contains(\"example.com\") }", "{ !s.starts_with('/') && s.len() < 9 }"] {
            assert!(!is_beyond_sight(&syn::parse_str(block).unwrap()), "{block}");
        }
    }
}
