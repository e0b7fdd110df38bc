//! Commands: which program runs, and whether an argument is a script.

use super::value::{Marks, Value};
use super::walk::Walker;

impl Walker<'_> {
    /// How a command that is being built changes with an argument.
    pub(super) fn command_marks(&self, name: &str, recv: &Value, args: &[Value], new: &mut Value) {
        if !matches!(name, "arg" | "args") {
            return;
        }
        new.taints.clone_from(&recv.taints);
        new.fields.clone_from(&recv.fields);
        new.ty.clone_from(&recv.ty);
        new.text = recv.text.clone();
        let mut words: Vec<Option<String>> = Vec::new();
        for arg in args {
            match (&arg.fields, name) {
                (Some(fields), "args") => {
                    let mut ordered: Vec<(usize, &Value)> =
                        fields.0.iter().filter_map(|(k, v)| Some((k.parse().ok()?, v))).collect();
                    ordered.sort_by_key(|(at, _)| *at);
                    words.extend(
                        ordered.into_iter().map(|(_, v)| v.text.whole().map(str::to_owned)),
                    );
                }
                _ => words.push(arg.text.whole().map(str::to_owned)),
            }
        }
        for word in words {
            new.marks = after_word(new.marks, word.as_deref());
        }
    }
}

/// What the marks of a command are after one more argument.
pub(crate) fn after_word(marks: Marks, word: Option<&str>) -> Marks {
    if marks.has(Marks::SCRIPT_NEXT) {
        return marks.without(Marks::SCRIPT_NEXT).with(Marks::SCRIPT_DONE);
    }
    let Some(word) = word else { return marks };
    if word == "--" {
        return marks.with(Marks::OPTIONS_ENDED);
    }
    if marks.has(Marks::SHELL) && !marks.has(Marks::SCRIPT_DONE) {
        let lower = word.to_ascii_lowercase();
        let option = matches!(
            lower.as_str(),
            "-c" | "/c"
                | "/k"
                | "-command"
                | "-e"
                | "-r"
                | "-lc"
                | "-ic"
                | "-ec"
                | "-xc"
                | "-euc"
                | "-cl"
                | "--command"
                | "-encodedcommand"
                | "-euxc"
                | "-exc"
        );
        // `docker exec box sh -c ..`, `env bash -c ..`: the option decides.
        if option {
            return marks.with(Marks::SCRIPT_NEXT);
        }
    }
    if is_shell(word) {
        return marks.with(Marks::SHELL);
    }
    marks
}

/// Programs that run a script they are given.
pub(crate) fn is_shell(program: &str) -> bool {
    let base = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let base = base.strip_suffix(".exe").unwrap_or(&base);
    matches!(
        base,
        "sh" | "bash"
            | "zsh"
            | "dash"
            | "ash"
            | "ksh"
            | "fish"
            | "csh"
            | "tcsh"
            | "busybox"
            | "cmd"
            | "powershell"
            | "pwsh"
            | "python"
            | "python2"
            | "python3"
            | "perl"
            | "ruby"
            | "node"
            | "php"
            | "lua"
            | "osascript"
            | "ssh"
            | "env"
            | "sudo"
            | "su"
            | "nsenter"
            | "docker"
            | "kubectl"
            | "xargs"
            | "wsl"
    )
}
