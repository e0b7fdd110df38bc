//! Outside data that a program may take for an option.

use super::{Site, Watch};
use crate::taint::class::Class;
use crate::taint::value::Marks;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data as an argument of a program without a preceding `--`.
    ///
    /// ## Why it is bad
    /// A value that starts with a dash is an option: `--output=/etc/cron.d/x` for curl, `--upload-pack=..` for git, `-oProxyCommand=..` for ssh.
    ///
    /// ## Example
    /// ```text
    /// Command::new("git").arg("clone").arg(&query.repository).status()?;
    /// ```
    ///
    /// ## Use instead
    /// End the options first, or compare the value with those that are allowed.
    /// ```text
    /// Command::new("git").args(["clone", "--"]).arg(&query.repository).status()?;
    /// ```
    ///
    /// ## References
    /// - CWE-88: Argument Injection
    argument_injection, CWE 88, Warn, Item, watch &[Watch::Method("arg"), Watch::Method("args")], check
}

const MESSAGE: &str = "request data may be taken for an option of the program";
const HELP: &str =
    "end the options with `.arg(\"--\")` first, or refuse values that start with a dash";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Method(method) = site else { return };
    if !method
        .recv
        .ty
        .as_ref()
        .is_some_and(|ty| matches!(ty.peeled().last(), "Command" | "CommandBuilder"))
    {
        return;
    }
    let marks = method.recv.marks;
    if marks.has(Marks::OPTIONS_ENDED)
        || marks.has(Marks::SCRIPT_NEXT)
        || marks.has(Marks::SCRIPT_DONE)
    {
        return;
    }
    for value in method.args {
        let ended = value
            .fields
            .as_ref()
            .is_some_and(|f| f.0.values().any(|v| v.text.whole() == Some("--")));
        if !ended {
            walker.flow(&RULE, Class::OPTION, value, method.span, MESSAGE, HELP);
        }
    }
}
