//! Outside data that decides what a shell runs.

use super::{Call, MacroCall, Method, Site, Watch};
use crate::krate::name::Known;
use crate::taint::command::is_shell;
use crate::taint::class::Class;
use crate::taint::command::after_word;
use crate::taint::value::{Marks, Value};
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data that names the program to run, or that becomes part of a script for `sh -c`, `cmd /C`, `powershell -Command` and other interpreters.
    ///
    /// ## Why it is bad
    /// A shell interprets `;`, `|`, `$(..)` and many more characters. `ping -c1 {host}` with the host `x; rm -rf /` runs two commands.
    ///
    /// ## Example
    /// ```text
    /// Command::new("sh").arg("-c").arg(format!("ping -c1 {}", query.host)).output()?;
    /// ```
    ///
    /// ## Use instead
    /// A fixed program, and one argument for each value.
    /// ```text
    /// Command::new("ping").arg("-c1").arg("--").arg(&query.host).output()?;
    /// ```
    ///
    /// ## References
    /// - CWE-78: OS Command Injection
    /// - OWASP Top 10 A03: Injection
    shell_command, CWE 78, Deny, Item, watch &[Watch::CallOf("Command"), Watch::CallOf("CommandBuilder"), Watch::CallOf("Exec"), Watch::CallOf("duct"), Watch::CallOf("unistd"), Watch::CallOf("Popen"), Watch::CallOf("open"), Watch::CallOf("opener"), Watch::CallOf("duct_sh"), Watch::CallOf("libc"), Watch::CallOf("run_script"), Watch::Call("system"), Watch::Call("popen"), Watch::Call("sh"), Watch::Call("sh_dangerous"), Watch::Call("cmd"), Watch::Call("spawn_sh"), Watch::Call("execvp"), Watch::Call("execv"), Watch::Call("execve"), Watch::Call("run_script"), Watch::Call("shell"), Watch::Call("run_fun"), Watch::Call("run_cmd"), Watch::Method("arg"), Watch::Method("args"), Watch::Method("raw_arg"), Watch::Method("shell"), Watch::Method("raw_command"), Watch::Method("exec"), Watch::Method("cmd"), Watch::Macro("cmd"), Watch::Macro("run_cmd"), Watch::Macro("run_fun"), Watch::Macro("spawn")], check
}

const MESSAGE: &str = "request data decides what is run";
const SCRIPT: &str = "request data becomes part of a script that a shell runs";
const HELP: &str =
    "run a fixed program and hand the data over as an argument of its own, behind `--`";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) => check_call(call, walker),
        Site::Method(method) => check_method(method, walker),
        Site::Macro(call) => check_macro(call, walker),
        Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}

/// `cmd!("sh", "-c", script)` of duct; `cmd!(shell, "sh -c {script}")` of xshell quotes all but the script.
fn check_macro(call: &MacroCall<'_>, walker: &mut Walker<'_>) {
    if call.name.last() != "cmd" || call.name.known == Known::Local {
        return;
    }
    let values: Vec<Value> = call.args.iter().map(|(_, _, value)| value.clone()).collect();
    let Some((program, rest)) = values.split_first() else { return };
    if let Some(line) = rest.first().filter(|_| program.text.is_unknown()) {
        let mut words = line.text.raw().split_whitespace();
        let runs_script = words.next().is_some_and(is_shell)
            && words.next().is_some_and(|word| after_word(Marks::SHELL, Some(word)).has(Marks::SCRIPT_NEXT));
        if runs_script {
            walker.flow(&RULE, Class::COMMAND, line, call.span, SCRIPT, HELP);
        }
        return;
    }
    walker.flow(&RULE, Class::COMMAND, program, call.span, MESSAGE, HELP);
    if program.text.whole().is_some_and(is_shell) {
        scripts(Marks::SHELL, rest, "arg", call.span, walker);
    }
}

/// The crates whose functions and types start a program and have names that others may have too.
const OPENERS: &[&str] = &["open", "opener", "subprocess"];

fn check_call(call: &Call<'_>, walker: &mut Walker<'_>) {
    let Some(first) = call.arg(0) else { return };
    let name = call.name;
    match (name.parent(), name.last()) {
        ("Command" | "CommandBuilder", "new") | ("Exec", "cmd" | "shell") => {
            walker.flow(&RULE, Class::COMMAND, first, call.span, MESSAGE, HELP);
        }
        ("libc", "system" | "popen" | "execvp" | "execv" | "execve")
        | ("unistd", "execvp" | "execv" | "execve") => {
            walker.flow(&RULE, Class::COMMAND, first, call.span, MESSAGE, HELP);
        }
        ("Popen" | "open" | "opener", "create" | "that" | "with" | "open")
            if name.known == Known::External || walker.may_be_of(OPENERS, name) =>
        {
            walker.flow(&RULE, Class::COMMAND, first, call.span, MESSAGE, HELP);
        }
        ("duct_sh", "sh_dangerous" | "sh") | ("run_script", "run" | "run_script" | "spawn") => {
            walker.flow(&RULE, Class::COMMAND, first, call.span, SCRIPT, HELP);
        }
        ("duct", "cmd") => {
            walker.flow(&RULE, Class::COMMAND, first, call.span, MESSAGE, HELP);
            if let Some(args) = call.arg(1)
                && first.text.whole().is_some_and(is_shell)
            {
                scripts(Marks::SHELL, std::slice::from_ref(args), "args", call.span, walker);
            }
        }
        (_, "system") if name.known == Known::Unknown && name.segments.len() == 1 => {
            walker.flow(&RULE, Class::COMMAND, first, call.span, SCRIPT, HELP);
        }
        _ => {}
    }
}

fn check_method(method: &Method<'_>, walker: &mut Walker<'_>) {
    let command = method.recv.ty.as_ref().is_some_and(|ty| {
        matches!(
            ty.peeled().last(),
            "Command" | "CommandBuilder" | "Exec" | "StdCommand" | "AsyncCommand" | "TokioCommand"
        )
    });
    match method.name {
        "arg" | "args" if command || method.recv.marks.has(Marks::SHELL) => {
            scripts(method.recv.marks, method.args, method.name, method.span, walker);
        }
        "raw_arg" if command => {
            if let Some(first) = method.arg(0) {
                walker.flow(&RULE, Class::COMMAND, first, method.span, MESSAGE, HELP);
            }
        }
        // A command over SSH is read by the shell at the other end.
        "exec" | "raw_command" | "shell"
            if method.on(&["ssh2"], "Channel")
                || method.on(&["openssh"], "Session")
                || method.on(&["russh"], "Channel")
                || matches!(method.recv_name().as_str(), "channel" | "ssh") =>
        {
            if let Some(value) = method.args.iter().find(|v| v.is_tainted()) {
                walker.flow(&RULE, Class::COMMAND, value, method.span, SCRIPT, HELP);
            }
        }
        _ => {}
    }
}

/// Looks at the arguments of a shell one by one: only the script itself is read as syntax.
fn scripts(
    marks: Marks,
    args: &[Value],
    name: &str,
    span: proc_macro2::Span,
    walker: &mut Walker<'_>,
) {
    let mut marks = marks;
    for arg in args {
        let words: Vec<&Value> = match &arg.fields {
            Some(fields) if name == "args" => {
                let mut ordered: Vec<(usize, &Value)> = fields
                    .0
                    .iter()
                    .filter_map(|(at, value)| Some((at.parse().ok()?, value)))
                    .collect();
                ordered.sort_by_key(|(at, _)| *at);
                ordered.into_iter().map(|(_, value)| value).collect()
            }
            _ => vec![arg],
        };
        for word in words {
            if marks.has(Marks::SHELL) && marks.has(Marks::SCRIPT_NEXT) {
                walker.flow(&RULE, Class::COMMAND, word, span, SCRIPT, HELP);
            } else if marks.has(Marks::SHELL)
                && name == "args"
                && arg.fields.is_none()
                && !marks.has(Marks::SCRIPT_DONE)
            {
                // A list that is not in sight may hold the option and the script.
                walker.flow(&RULE, Class::COMMAND, word, span, SCRIPT, HELP);
            }
            marks = after_word(marks, word.text.whole());
        }
    }
}
