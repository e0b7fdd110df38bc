//! Reads the modules and the imports of a crate from its sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    Attribute, Expr, Item, ItemMod, Lit, Macro, Meta, Token, UseTree, ext::IdentExt as _,
    punctuated::Punctuated, spanned::Spanned as _, visit, visit::Visit,
};

use super::graph::Use;

/// The modules below the root of a crate, and what they use of each other.
///
/// # Panics
///
/// Where a file cannot be read or parsed, or a path leads to no known name: an import that is not
/// understood could be part of a cycle.
pub(super) fn read(source: &Path, name: &str) -> (BTreeSet<String>, Vec<Use>) {
    let mut reader = Reader { name, source: source.to_owned(), ..Reader::default() };
    reader.file(&source.join("lib.rs"), source);
    let Reader { root, found, .. } = reader;
    let uses = found.into_iter().filter_map(|one| root.resolve(one)).collect();
    (root.modules, uses)
}

/// The names of the root of a crate.
#[derive(Default)]
struct Root {
    modules: BTreeSet<String>,
    /// The items that it exports from its modules, with these modules.
    exported: BTreeMap<String, String>,
    /// The module of which it exports every name.
    whole: Option<String>,
    /// The names that come from elsewhere.
    foreign: BTreeSet<String>,
}

impl Root {
    fn resolve(&self, found: Found) -> Option<Use> {
        let Found { by, path, place } = found;
        let first = path.first()?;
        let named = self.modules.get(first).or_else(|| self.exported.get(first));
        let of = match (named, &self.whole) {
            (Some(module), _) => module.clone(),
            (None, _) if self.foreign.contains(first) => return None,
            // The code compiles, so the name is one of this module.
            (None, Some(module)) => module.clone(),
            (None, None) => panic!("{place}: `crate::{}` leads to nothing known", path.join("::")),
        };
        Some(Use { by, of, path: path.join("::"), place })
    }
}

/// A path in a module below the root, from the root of the crate.
struct Found {
    by: String,
    path: Vec<String>,
    place: String,
}

#[derive(Default)]
struct Reader<'n> {
    name: &'n str,
    source: PathBuf,
    root: Root,
    found: Vec<Found>,
    /// The module that is being read.
    module: Vec<String>,
    file: PathBuf,
    /// The folder of the files of its modules.
    folder: PathBuf,
}

impl Reader<'_> {
    fn file(&mut self, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file)
            .unwrap_or_else(|error| panic!("cannot read `{}`: {error}", file.display()));
        let parsed = syn::parse_file(&text)
            .unwrap_or_else(|error| panic!("cannot parse `{}`: {error}", file.display()));
        let outer = (self.file.clone(), self.folder.clone());
        (self.file, self.folder) = (file.to_owned(), folder.to_owned());
        self.visit_file(&parsed);
        (self.file, self.folder) = outer;
    }

    /// Notes a path as it is written, if it leads through the root of the crate.
    fn note(&mut self, written: &[String], line: usize) {
        let Some(path) = self.path_of(written) else { return };
        let (Some(by), Some(_)) = (self.module.first(), path.first()) else { return };
        let file = self.file.strip_prefix(&self.source).unwrap_or(&self.file);
        let place = format!("{}:{line}", file.display());
        self.found.push(Found { by: by.clone(), path, place });
    }

    /// The path from the root; `None` for one into another crate, or from the module that has it.
    fn path_of(&self, written: &[String]) -> Option<Vec<String>> {
        let (first, rest) = written.split_first()?;
        if first == "crate" || first == self.name {
            return Some(rest.to_vec());
        }
        if first != "super" {
            return None;
        }
        let up = written.iter().take_while(|segment| *segment == "super").count();
        let kept = self.module.len().checked_sub(up)?;
        let start = self.module.iter().take(kept);
        Some(start.chain(written.iter().skip(up)).cloned().collect())
    }

    fn tree(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.unraw().to_string());
                self.tree(&path.tree, before);
                before.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, before);
                }
            }
            UseTree::Name(name) => self.leaf(before, &name.ident, &name.ident),
            UseTree::Rename(rename) => self.leaf(before, &rename.ident, &rename.rename),
            UseTree::Glob(glob) => {
                if self.module.is_empty() {
                    self.export_whole(before);
                }
                self.note(&before.clone(), glob.span().start().line);
            }
        }
    }

    fn leaf(&mut self, before: &[String], name: &proc_macro2::Ident, seen_as: &proc_macro2::Ident) {
        let mut path = before.to_vec();
        if name != "self" {
            path.push(name.unraw().to_string());
        }
        if self.module.is_empty() {
            self.export(&path, seen_as.unraw().to_string());
        }
        self.note(&path, name.span().start().line);
    }

    /// A name that the root has from elsewhere. Its modules come first in the root.
    fn export(&mut self, path: &[String], name: String) {
        let path = match path.split_first() {
            Some((first, rest)) if first == "crate" || first == "self" => rest,
            _ => path,
        };
        match path.first() {
            Some(module) if self.root.modules.contains(module) => {
                self.root.exported.insert(name, module.clone());
            }
            _ => {
                self.root.foreign.insert(name);
            }
        }
    }

    fn export_whole(&mut self, path: &[String]) {
        let Some(module) = path.iter().find(|segment| *segment != "crate" && *segment != "self")
        else {
            return;
        };
        assert!(self.root.modules.contains(module), "the root exports every name of `{module}`");
        let other = self.root.whole.replace(module.clone());
        assert!(other.is_none(), "the root exports every name of two modules");
    }

    /// The paths in the tokens of a macro or an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        // Whether the last tokens were a segment, or `::` behind one.
        let mut separators = 0_u8;
        loop {
            let token = tokens.next();
            match &token {
                Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && !path.is_empty() => {
                    separators = separators.saturating_add(1);
                    continue;
                }
                Some(TokenTree::Ident(ident)) if separators == 2 => {
                    path.push(ident.unraw().to_string());
                    separators = 0;
                    continue;
                }
                Some(TokenTree::Group(group))
                    if separators == 2 && group.delimiter() == Delimiter::Brace =>
                {
                    for first in firsts(group.stream()) {
                        let mut longer = path.clone();
                        longer.push(first);
                        self.note(&longer, line);
                    }
                }
                _ => self.note(&path, line),
            }
            path.clear();
            separators = 0;
            match token {
                Some(TokenTree::Ident(ident)) => {
                    line = ident.span().start().line;
                    path.push(ident.unraw().to_string());
                }
                Some(TokenTree::Group(group)) => self.tokens(group.stream()),
                Some(TokenTree::Punct(_) | TokenTree::Literal(_)) => {}
                None => break,
            }
        }
    }
}

/// The first name of each element of a list of imports.
fn firsts(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_first = true;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if is_first => {
                found.push(ident.unraw().to_string());
                is_first = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => is_first = true,
            _ => {}
        }
    }
    found
}

/// Whether only tests compile what has these attributes.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<Meta>().is_ok_and(|meta| needs_tests(&meta))
    })
}

fn needs_tests(meta: &Meta) -> bool {
    let inner = |list: &syn::MetaList| {
        list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default()
    };
    match meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => inner(list).iter().any(needs_tests),
        Meta::List(list) if list.path.is_ident("any") => {
            let inner = inner(list);
            !inner.is_empty() && inner.iter().all(needs_tests)
        }
        Meta::List(_) | Meta::NameValue(_) => false,
    }
}

/// The file that `#[path = ".."]` names.
fn named_file(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find(|attribute| attribute.path().is_ident("path")).and_then(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        let Expr::Lit(literal) = &pair.value else { return None };
        let Lit::Str(text) = &literal.lit else { return None };
        Some(text.value())
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_file(&mut self, file: &'ast syn::File) {
        if self.module.is_empty() {
            let modules = file.items.iter().filter_map(|item| match item {
                Item::Mod(module) if !is_for_tests(&module.attrs) => {
                    Some(module.ident.unraw().to_string())
                }
                _ => None,
            });
            self.root.modules.extend(modules);
        }
        visit::visit_file(self, file);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        if self.module.is_empty() {
            // What the root itself declares is above all modules.
            match item {
                Item::Mod(_) | Item::Use(_) => {}
                _ => return,
            }
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes: &[Attribute] = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let name = item.ident.unraw().to_string();
        self.module.push(name.clone());
        if item.content.is_some() {
            let folder = self.folder.join(&name);
            let outer = std::mem::replace(&mut self.folder, folder);
            visit::visit_item_mod(self, item);
            self.folder = outer;
        } else {
            let beside = self.file.parent().map(Path::to_owned).unwrap_or_default();
            let (file, folder) = match named_file(&item.attrs) {
                Some(named) => (beside.join(named), beside),
                None => {
                    let file = self.folder.join(format!("{name}.rs"));
                    let folder = self.folder.join(&name);
                    if file.exists() { (file, folder) } else { (folder.join("mod.rs"), folder) }
                }
            };
            self.file(&file, &folder);
        }
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> =
            path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
        self.note(&segments, path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(crate)` and `pub(in crate::module)` use nothing.
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        visit::visit_macro(self, called);
        self.tokens(called.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::read;

    #[test]
    fn every_form_of_a_path_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let file = folder.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write(
            "lib.rs",
            "mod a; mod b; mod c; mod d; #[path = \"other.rs\"] mod e; #[cfg(test)] mod test_only; \
             pub use b::{Item, other as Name}; pub use e::*; pub use std::fmt; extern crate self as own;",
        );
        write("a/mod.rs", "mod deep; use crate::{b::{self, x}, fmt}; #[cfg(test)] mod tests;");
        write("a/tests.rs", "use crate::d;");
        write(
            "a/deep.rs",
            "use super::super::c::Deep;\nuse super::deep::Own;\n\
             #[cfg(test)] mod tests { use crate::d::T; }\n\
             mod inner { fn f() { super::super::super::e::g(); } }",
        );
        write("b.rs", "fn f() { let _ = vec![crate::c::x(1), other::crate_::y]; }");
        write(
            "c.rs",
            "macro_rules! m { () => { $crate::d::X }; }\n#[derive(crate::e::D)] struct S;",
        );
        write(
            "d.rs",
            "fn f(x: crate::Item, y: crate::OfAll) -> own::Name { #[cfg(test)] use crate::a; }",
        );
        write(
            "other.rs",
            "#[cfg(all(test, unix))] fn t() { crate::a::x() }\npub(in crate::e) fn u() {}",
        );
        let (modules, uses) = read(folder.path(), "own");
        assert_eq!(modules.into_iter().collect::<String>(), "abcde");
        let mut found: Vec<_> =
            uses.iter().map(|one| format!("{}>{} {}", one.by, one.of, one.path)).collect();
        found.sort();
        found.dedup();
        assert_eq!(
            found,
            [
                "a>a a::deep::Own",
                "a>b b",
                "a>b b::x",
                "a>c c::Deep",
                "a>e e::g",
                "b>c c::x",
                "c>d d::X",
                "c>e e::D",
                "d>b Item",
                "d>b Name",
                "d>e OfAll",
            ]
        );
    }
}
