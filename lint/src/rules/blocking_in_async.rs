//! Blocking calls in async code.

use super::{Site, Watch};
use crate::krate::name::Known;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds `std::fs`, `thread::sleep` and blocking clients in async code outside of `web::block` and `spawn_blocking`.
    ///
    /// ## Why it is bad
    /// One slow call stops every request of that worker. A deadline does not help: `#[timeout(..)]` ends a
    /// handler at an `await`, and a blocking call has none. The body of a streamed response is produced
    /// after the handler, and is not under its deadline either.
    ///
    /// ## Example
    /// ```text
    /// let text = std::fs::read_to_string(path)?;
    /// ```
    ///
    /// ## Use instead
    /// The async form, or `web::block`.
    /// ```text
    /// let text = tokio::fs::read_to_string(path).await?;
    /// ```
    ///
    /// ## References
    /// - CWE-400: Uncontrolled Resource Consumption
    blocking_in_async, CWE 400, Warn, Item, watch &[Watch::CallOf("fs"), Watch::CallOf("thread"), Watch::CallOf("blocking"), Watch::CallOf("File"), Watch::CallOf("Client"), Watch::Call("sleep")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Call(call) = site else { return };
    if !walker.is_async || walker.may_block {
        return;
    }
    let name = call.name;
    let std = name.first() == "std" && name.known == Known::External;
    let blocking = std && matches!(name.parent(), "fs" | "File")
        || std && name.parent() == "thread" && name.last() == "sleep"
        || name.segments.iter().any(|s| &**s == "blocking") && name.first() == "reqwest";
    if blocking {
        let help = "use the async form, or run it in `web::block`";
        walker.report(
            &RULE,
            call.span,
            "this call stops every request of the worker while it runs",
            help,
        );
    }
}
