//! Source files outside of the usual folders: `include!`, `#[path = ".."] mod`, and the modules of
//! a single requested file.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{Item, Lit, ext::IdentExt as _};

use super::collect::is_test;
use super::layout::find_moves;
use super::load::{Group, SourceFile, package_of};
use crate::page::normal;

/// Files that name one another so many times over.
const MAX_FILES: usize = 4096;

/// The longest file that is followed: a list of data is none.
const MAX_BYTES: u64 = 8 << 20;

/// Adds the files that those of a group name.
pub(super) fn complete(group: &mut Group) {
    let mut at = 0;
    while let Some(file) = group.files.get(at) {
        at = at.saturating_add(1);
        let found = if names_files(&file.text) { named(file) } else { Vec::new() };
        let in_test = file.in_test;
        for (path, module) in found {
            let is_known = group.files.iter().any(|known| normal(Path::new(&known.path)) == path);
            let is_short = fs::metadata(&path).is_ok_and(|data| data.len() <= MAX_BYTES);
            if is_known || !is_short || group.files.len() >= MAX_FILES {
                continue;
            }
            // One that is not there is for the compiler to refuse, where it is asked for at all.
            let Ok(bytes) = fs::read(&path) else { continue };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let path = path.display().to_string();
            group.files.push(SourceFile { path, text, module, in_test });
        }
    }
}

fn names_files(text: &str) -> bool {
    text.contains("include") || text.contains("mod ")
}

/// The files that one names, with their modules.
fn named(file: &SourceFile) -> Vec<(PathBuf, Vec<String>)> {
    let path = Path::new(&file.path);
    let dir = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut found = Vec::new();
    if let Ok(tokens) = file.text.parse::<TokenStream>() {
        let mut includes = Vec::new();
        included(tokens, &mut includes);
        let literal = includes.into_iter().filter_map(|(_, arguments)| {
            let named = text_of(&arguments?)?;
            let named = match named.strip_prefix(OF_PACKAGE) {
                Some(below) => package_of(path)?.join(below.trim_start_matches('/')),
                None => dir.join(named),
            };
            Some((normal(&named), file.module.clone()))
        });
        found.extend(literal);
    }
    if let Ok(syntax) = syn::parse_file(&file.text) {
        find_moves(&syntax.items, &dir, &file.module, &mut found, 0);
        // `mod a;` in `b.rs` is `b/a.rs`; in a crate root and in a `mod.rs` it is a sibling file.
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let mut folders = vec![dir.join(stem)];
        if matches!(stem, "mod" | "lib" | "main") || file.module.len() < 2 {
            folders.insert(0, dir);
        }
        for item in &syntax.items {
            let Item::Mod(item) = item else { continue };
            if item.content.is_some() || is_test(&item.attrs) {
                continue;
            }
            let name = item.ident.unraw().to_string();
            let files = folders.iter().flat_map(|folder| {
                [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")]
            });
            let mut module = file.module.clone();
            module.push(name.clone());
            found.extend(files.map(|path| (normal(&path), module.clone())));
        }
    }
    found
}

/// The places where the source includes a file that only the compiler finds: one that a build
/// script writes, or that a macro names.
pub(super) fn beyond(file: &SourceFile) -> Vec<Span> {
    if !file.text.contains("include") {
        return Vec::new();
    }
    let Ok(tokens) = file.text.parse::<TokenStream>() else { return Vec::new() };
    let mut includes = Vec::new();
    included(tokens, &mut includes);
    let is_unknown = |arguments: &Option<TokenStream>| {
        arguments.as_ref().is_none_or(|arguments| text_of(arguments).is_none())
    };
    includes.into_iter().filter(|(_, arguments)| is_unknown(arguments)).map(|(at, _)| at).collect()
}

/// Every `include!`, with its arguments; `None` for one that gets another name.
fn included(tokens: TokenStream, found: &mut Vec<(Span, Option<TokenStream>)>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => included(group.stream(), found),
            TokenTree::Ident(word) if word == "include" => match tokens.peek() {
                Some(TokenTree::Punct(mark)) if mark.as_char() == '!' => {
                    tokens.next();
                    if let Some(TokenTree::Group(arguments)) = tokens.peek() {
                        found.push((word.span(), Some(arguments.stream())));
                        tokens.next();
                    }
                }
                // `use std::include as brought;`
                Some(TokenTree::Ident(rename)) if rename == "as" => found.push((word.span(), None)),
                _ => {}
            },
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Represents the folder of the package, which reports do not name.
const OF_PACKAGE: char = '\0';

/// The text of a literal, of `concat!` of such, and of the folder of the package.
fn text_of(tokens: &TokenStream) -> Option<String> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next()?, tokens.next(), tokens.next()) {
        (TokenTree::Literal(literal), comma, None)
            if comma.as_ref().is_none_or(|comma| comma.to_string() == ",") =>
        {
            match Lit::new(literal) {
                Lit::Str(text) => Some(text.value()),
                Lit::Int(number) => Some(number.base10_digits().to_owned()),
                Lit::Char(one) => Some(one.value().to_string()),
                Lit::Bool(value) => Some(value.value.to_string()),
                Lit::ByteStr(_)
                | Lit::CStr(_)
                | Lit::Byte(_)
                | Lit::Float(_)
                | Lit::Verbatim(_)
                | _ => None,
            }
        }
        (TokenTree::Ident(name), Some(TokenTree::Punct(_)), Some(TokenTree::Group(group)))
            if name == "concat" =>
        {
            let mut parts = vec![TokenStream::new()];
            for token in group.stream() {
                if matches!(&token, TokenTree::Punct(comma) if comma.as_char() == ',') {
                    parts.push(TokenStream::new());
                } else {
                    parts.last_mut()?.extend([token]);
                }
            }
            let parts = parts.iter().filter(|part| !part.is_empty());
            parts.map(text_of).collect()
        }
        (TokenTree::Ident(name), Some(TokenTree::Punct(_)), Some(TokenTree::Group(group)))
            if name == "env"
                && group.stream().to_string().trim_end_matches(',') == "\"CARGO_MANIFEST_DIR\"" =>
        {
            Some(OF_PACKAGE.to_string())
        }
        _ => None,
    }
}
