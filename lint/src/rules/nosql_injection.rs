//! Outside data in a query that is not SQL.

use super::{Site, Watch};
use crate::taint::class::Class;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data as a `MongoDB` filter parsed from a string, in a `SurrealDB` or Cypher query string, or as the name of a Redis command.
    ///
    /// ## Why it is bad
    /// A filter that is parsed from the request can contain `{\"$ne\": null}` instead of a name, and matches every record.
    ///
    /// ## Example
    /// ```text
    /// users.find_one(serde_json::from_str(&body)?).await?;
    /// ```
    ///
    /// ## Use instead
    /// A filter in the code, with the value as a parameter.
    /// ```text
    /// users.find_one(doc! { "name": &form.name }).await?;
    /// ```
    ///
    /// ## References
    /// - CWE-943: Improper Neutralization of Special Elements in Data Query Logic
    nosql_injection, CWE 943, Deny, Item, watch &[Watch::Method("query"), Watch::Method("find"), Watch::Method("find_one"), Watch::Method("aggregate"), Watch::Method("delete_one"), Watch::Method("delete_many"), Watch::Method("update_one"), Watch::Method("update_many"), Watch::Method("count_documents"), Watch::Method("run_command"), Watch::Method("run"), Watch::Method("execute"), Watch::Method("find_one_and_update"), Watch::Method("find_one_and_delete"), Watch::Method("replace_one"), Watch::Call("cmd"), Watch::Call("query")], check
}

const MESSAGE: &str = "request data decides what a query asks";
const HELP: &str = "write the query yourself and put the value in one place of it";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) => {
            let watched = call.name.is(&["redis"], "redis::cmd")
                || call.name.is(&["redis"], "cmd") && call.name.first() == "redis"
                || call.name.is(&["neo4rs"], "query") && call.name.first() == "neo4rs";
            if watched && let Some(first) = call.arg(0) {
                walker.flow(&RULE, Class::QUERY_OBJECT, first, call.span, MESSAGE, HELP);
            }
        }
        Site::Method(method) => {
            let Some(first) = method.arg(0) else { return };
            let surreal = method.on(&["surrealdb"], "Surreal") && method.name == "query";
            let graph = method.on(&["neo4rs"], "Graph") && matches!(method.name, "run" | "execute");
            // A filter written with `doc!` has the value in its place; one that was parsed is the client's.
            let filter = method.on(&["mongodb"], "Collection") && parsed(method.expr(0))
                || method.on(&["mongodb"], "Collection")
                    && first
                        .ty
                        .as_ref()
                        .is_some_and(|t| matches!(t.last(), "Document" | "Bson" | "Value"));
            if surreal || graph || filter {
                walker.flow(&RULE, Class::QUERY_OBJECT, first, method.span, MESSAGE, HELP);
            }
        }
        Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}

/// Whether a filter is made by reading text.
fn parsed(expr: Option<&syn::Expr>) -> bool {
    let Some(expr) = expr else { return false };
    let text = quote::ToTokens::to_token_stream(expr).to_string();
    text.contains("from_str")
        || text.contains("from_slice")
        || text.contains("to_document")
        || text.contains("from_value")
}
