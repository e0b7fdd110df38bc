//! Names of the language and its standard library that are available in every module.

use syn::{Meta, Path, Token, punctuated::Punctuated};

/// Attributes of the compiler. Importing another one with such a name is an error.
const ATTRIBUTES: &[&str] = &[
    "allow",
    "automatically_derived",
    "cfg",
    "cfg_attr",
    "cold",
    "crate_name",
    "crate_type",
    "debugger_visibility",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "export_name",
    "feature",
    "forbid",
    "ignore",
    "inline",
    "instruction_set",
    "link",
    "link_name",
    "link_ordinal",
    "link_section",
    "macro_export",
    "macro_use",
    "must_use",
    "naked",
    "no_builtins",
    "no_implicit_prelude",
    "no_link",
    "no_main",
    "no_mangle",
    "no_std",
    "non_exhaustive",
    "panic_handler",
    "path",
    "proc_macro",
    "proc_macro_attribute",
    "proc_macro_derive",
    "recursion_limit",
    "repr",
    "should_panic",
    "target_feature",
    "track_caller",
    "type_length_limit",
    "unsafe",
    "used",
    "warn",
    "windows_subsystem",
];

/// Macros and attributes of the standard library. An explicitly imported name has precedence.
const MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "bench",
    "cfg",
    "cfg_select",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "derive",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "global_allocator",
    "include",
    "include_bytes",
    "include_str",
    "is_x86_feature_detected",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "test",
    "thread_local",
    "todo",
    "try",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Attributes for tools, which generate no code.
const TOOLS: &[&str] = &["clippy", "diagnostic", "miri", "rust_analyzer", "rustfmt"];

/// Derives of the standard library: they have no helper attribute for the item itself.
const DERIVES: &[&str] =
    &["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// Derives of palisade, and of widely used crates that make no handlers: preludes of frameworks
/// re-export them.
const HANDED_ON: &[&str] = &[
    "Args",
    "Arbitrary",
    "AsRef",
    "Builder",
    "Constructor",
    "Deref",
    "DerefMut",
    "Deserialize",
    "Display",
    "EnumIter",
    "EnumString",
    "Error",
    "From",
    "FromRow",
    "FromStr",
    "Input",
    "Into",
    "IntoParams",
    "IsVariant",
    "JsonSchema",
    "Parser",
    "Row",
    "Scope",
    "Serialize",
    "Settings",
    "SqlName",
    "Subcommand",
    "Template",
    "ToSchema",
    "TryFrom",
    "Type",
    "Validate",
    "ValueEnum",
    "Zeroize",
    "ZeroizeOnDrop",
];

/// Whether frameworks re-export a derive with this name.
pub(super) fn is_handed_on(name: &str) -> bool {
    HANDED_ON.contains(&name)
}

/// Whether this is an attribute of the compiler or of a tool.
pub(super) fn is_attribute(path: &[String]) -> bool {
    match path {
        [name] => ATTRIBUTES.contains(&name.as_str()),
        [tool, _, ..] => TOOLS.contains(&tool.as_str()),
        [] => false,
    }
}

/// Whether a macro or an attribute with this name is available in every module.
pub(super) fn is_macro(name: &str) -> bool {
    MACROS.contains(&name)
}

/// An attribute's content, including that under conditions: `cfg_attr(.., serde(..), doc = "..")`.
pub fn unconditional(meta: &Meta) -> Vec<Meta> {
    if let Meta::List(list) = meta
        && list.path.is_ident("cfg_attr")
        && let Ok(within) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
    {
        return within.iter().skip(1).flat_map(unconditional).collect();
    }
    vec![meta.clone()]
}

/// The derives of an attribute that may have helper attributes: those outside of the standard
/// library.
pub fn derives_with_helpers(meta: &Meta) -> Vec<Path> {
    let Meta::List(list) = meta else { return Vec::new() };
    if !list.path.is_ident("derive") {
        return Vec::new();
    }
    let all = list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
    let mut all: Vec<Path> = all.into_iter().flatten().collect();
    all.retain(|path| {
        let last = path.segments.last();
        last.is_some_and(|last| !DERIVES.iter().any(|own| last.ident == own))
    });
    all
}
