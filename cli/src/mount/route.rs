//! Actix's own routes: `web::post().to(f)`.

use syn::{Expr, ExprCall, Path};

use super::{Reader, expression::name};

/// The target of a route.
pub(super) struct Target {
    pub(super) handler: Path,
    pub(super) method: Option<String>,
}

impl Reader<'_> {
    pub(super) fn targets(&self, expression: &Expr) -> Vec<Target> {
        let Some((handler, method)) = target(expression) else { return Vec::new() };
        self.held(handler)
            .into_iter()
            .map(|handler| Target { handler, method: method.clone() })
            .collect()
    }
}

/// Reads `web::post().guard(..).to(f)` and `web::to(f)`: the handler and the method.
pub(super) fn target(expression: &Expr) -> Option<(&Expr, Option<String>)> {
    if let Some(("to", call)) = web_call(expression) {
        return Some((call.args.first()?, None));
    }
    let Expr::MethodCall(to) = expression else { return None };
    if to.method != "to" {
        return None;
    }
    let handler = to.args.first()?;
    let mut root: &Expr = &to.receiver;
    while let Expr::MethodCall(call) = root {
        root = &call.receiver;
    }
    let (word, call) = web_call(root)?;
    let method = match word {
        "get" | "post" | "put" | "patch" | "delete" | "head" | "trace" => Some(word.to_uppercase()),
        "method" => Some(name(call.args.first()?)?.pop()?),
        "route" => None,
        _ => return None,
    };
    Some((handler, method))
}

/// Reads `web::word(..)`.
pub(super) fn web_call(expression: &Expr) -> Option<(&'static str, &ExprCall)> {
    const WORDS: [&str; 12] = [
        "scope", "resource", "to", "route", "method", "get", "post", "put", "patch", "delete",
        "head", "trace",
    ];
    let Expr::Call(call) = expression else { return None };
    let path = name(&call.func)?;
    let [.., module, word] = path.as_slice() else { return None };
    let word = WORDS.into_iter().find(|known| known == word)?;
    (module == "web").then_some((word, call))
}
