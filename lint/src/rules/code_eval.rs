//! Outside data that is run as a program.

use super::{Site, Watch};
use crate::taint::class::Class;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data as source code for an embedded language: rhai, mlua, boa, deno, python.
    ///
    /// ## Why it is bad
    /// The request decides which code runs, with all capabilities of the engine.
    ///
    /// ## Example
    /// ```text
    /// let result: i64 = engine.eval(&form.formula)?;
    /// ```
    ///
    /// ## Use instead
    /// A parser for the small language that is needed.
    ///
    /// ## References
    /// - CWE-94: Code Injection
    code_eval, CWE 94, Deny, Item, watch &[Watch::Method("eval"), Watch::Method("eval_with_scope"), Watch::Method("eval_expression"), Watch::Method("run"), Watch::Method("exec"), Watch::Method("load"), Watch::Method("compile"), Watch::Method("execute_script"), Watch::Method("eval_file"), Watch::Method("call_fn"), Watch::Method("load_and_execute")], check
}

const MESSAGE: &str = "request data is run as a program";
const HELP: &str = "parse the few expressions that are meant, or keep scripts out of requests";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Method(method) = site else { return };
    let engine = method.on(&["rhai"], "Engine")
        || method.on(&["mlua", "rlua"], "Lua")
        || method.on(&["boa_engine"], "Context")
        || method.on(&["deno_core"], "JsRuntime")
        || method.on(&["pyo3"], "Python")
        || method.on(&["steel"], "Engine")
        || method.on(&["rustpython_vm"], "VirtualMachine")
        || method.on(&["evalexpr"], "Engine")
        || matches!(method.recv_name().as_str(), "lua" | "rhai" | "py" | "python")
        || method.name == "eval" && method.recv_name().contains("engine");
    if engine && let Some(first) = method.arg(0) {
        walker.flow(&RULE, Class::CODE, first, method.span, MESSAGE, HELP);
    }
}
