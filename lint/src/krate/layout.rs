//! The positions of files in the module tree, which `#[path = ".."] mod` and `include!` can change
//! from that of their folders.

use std::path::{Component, Path, PathBuf};

use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta};

use super::load::Group;

/// The module of each file of a group, in the group's order.
pub(crate) fn modules(group: &Group, files: &[(usize, syn::File)]) -> Vec<Vec<String>> {
    let mut modules: Vec<Vec<String>> = group.files.iter().map(|f| f.module.clone()).collect();
    for (at, tree) in files {
        let Some(file) = group.files.get(*at) else { continue };
        let dir = Path::new(&file.path).parent().unwrap_or(Path::new("")).to_owned();
        let own = modules.get(*at).cloned().unwrap_or_default();
        let mut moves = Vec::new();
        find_moves(&tree.items, &dir, &own, &mut moves, 0);
        for (target, module) in moves {
            let found = group.files.iter().position(|f| normal(Path::new(&f.path)) == target);
            let Some(old) = found.and_then(|found| modules.get(found).cloned()) else { continue };
            if old == module {
                continue;
            }
            let whole = target.file_name().is_some_and(|name| name == "mod.rs");
            for (other, own) in modules.iter_mut().enumerate() {
                if Some(other) == found {
                    own.clone_from(&module);
                } else if whole && old.len() > 1 && own.starts_with(&old) {
                    // The modules below a moved folder move with it.
                    let mut new = module.clone();
                    new.extend(own.iter().skip(old.len()).cloned());
                    *own = new;
                }
            }
        }
    }
    modules
}

/// Files that the items name, each with the module that it becomes.
pub(super) fn find_moves(
    items: &[Item],
    dir: &Path,
    module: &[String],
    moves: &mut Vec<(PathBuf, Vec<String>)>,
    depth: usize,
) {
    if depth > 20 {
        return;
    }
    for item in items {
        if let Item::Mod(item) = item {
            let mut inner = module.to_vec();
            inner.push(item.ident.to_string());
            if let Some((_, items)) = &item.content {
                let dir = dir.join(item.ident.to_string());
                find_moves(items, &dir, &inner, moves, depth.saturating_add(1));
            } else if let Some(path) = path_of(item) {
                moves.push((normal(&dir.join(path)), inner));
            }
        } else if let Item::Macro(item) = item
            && item.mac.path.segments.last().is_some_and(|last| last.ident == "include")
            && let Ok(path) = item.mac.parse_body::<syn::LitStr>()
        {
            moves.push((normal(&dir.join(path.value())), module.to_vec()));
        }
    }
}

/// `#[path = ".."]`, also inside a `cfg_attr`.
fn path_of(item: &ItemMod) -> Option<String> {
    item.attrs.iter().find_map(in_attribute)
}

fn in_attribute(attr: &Attribute) -> Option<String> {
    if let Meta::NameValue(pair) = &attr.meta
        && pair.path.is_ident("path")
        && let Expr::Lit(lit) = &pair.value
        && let Lit::Str(text) = &lit.lit
    {
        return Some(text.value());
    }
    if attr.path().is_ident("cfg_attr") {
        let mut found = None;
        let _done = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("path") {
                let text: syn::LitStr = meta.value()?.parse()?;
                found = Some(text.value());
            } else if meta.input.peek(syn::token::Paren) {
                let inside;
                syn::parenthesized!(inside in meta.input);
                let _: proc_macro2::TokenStream = inside.parse()?;
            } else if meta.input.peek(syn::Token![=]) {
                let _: Expr = meta.value()?.parse()?;
            }
            Ok(())
        });
        return found;
    }
    None
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !parts.pop() {
                    parts.push("..");
                }
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => parts.push(part),
        }
    }
    parts
}
