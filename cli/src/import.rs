//! The names that a file brings in.

use syn::{
    File, Item, ItemUse, UseTree,
    spanned::Spanned as _,
    visit::{self, Visit},
};

/// One imported name.
#[derive(Debug)]
pub struct Import {
    /// The full path, as written: `["actix_web", "get"]`; ends with `*` for a glob.
    pub path: Vec<String>,
    /// The name that it has in the file.
    pub name: String,
    /// Where it stands.
    pub span: proc_macro2::Span,
}

/// All imports of a file, those in functions and modules included.
#[derive(Debug, Default)]
pub struct Imports {
    all: Vec<Import>,
}

impl Imports {
    /// Reads the imports of `file`.
    pub fn of(file: &File) -> Self {
        let mut imports = Self::default();
        imports.visit_file(file);
        imports
    }

    /// Whether the bare word `word` is actix's attribute here, not palisade's.
    ///
    /// A name that is imported outright goes before one that a `*` brings in, as in the language.
    pub fn is_actix(&self, word: &str, palisade: &[String]) -> bool {
        let from = |import: &Import, krate: &str| import.path.first().is_some_and(|p| p == krate);
        let ours = |import: &Import| palisade.iter().any(|krate| from(import, krate));
        let mut named = self.all.iter().filter(|import| import.name == word);
        if let Some(import) = named.next() {
            return from(import, "actix_web") || from(import, "actix_web_codegen");
        }
        let globs = || self.all.iter().filter(|import| import.name == "*");
        globs().any(|import| import.path.len() == 2 && from(import, "actix_web"))
            && !globs().any(ours)
    }

    /// Whether the bare name `name` comes from one of `crates`, as far as this file tells.
    pub fn is_from(&self, name: &str, crates: &[String]) -> bool {
        let ours = |import: &Import| import.path.first().is_some_and(|p| crates.contains(p));
        match self.all.iter().find(|import| import.name == name) {
            Some(import) => ours(import),
            None => self.all.iter().any(|import| import.name == "*" && ours(import)),
        }
    }

    /// The imports that give something of `crates` another name.
    pub fn renamed(&self, crates: &[String]) -> impl Iterator<Item = &Import> {
        self.all.iter().filter(|import| {
            import.path.first().is_some_and(|first| crates.contains(first))
                && import.path.last().is_some_and(|last| *last != import.name)
        })
    }

    /// The name that `name` has where it comes from: `Body` for `use palisade::Json as Body`.
    pub fn original<'a>(&'a self, name: &'a str) -> &'a str {
        self.all
            .iter()
            .find(|import| import.name == name)
            .and_then(|import| import.path.last())
            .map_or(name, String::as_str)
    }

    fn tree(&mut self, prefix: &[String], tree: &UseTree) {
        let mut path = prefix.to_vec();
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.tree(&path, &inner.tree);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(prefix, tree);
                }
            }
            UseTree::Name(last) => {
                let name = last.ident.to_string();
                // `use a::b::{self}` names `b`.
                if name != "self" {
                    path.push(name);
                }
                let name = path.last().cloned().unwrap_or_default();
                self.all.push(Import { path, name, span: last.span() });
            }
            UseTree::Rename(last) => {
                path.push(last.ident.to_string());
                let name = last.rename.to_string();
                self.all.push(Import { path, name, span: last.span() });
            }
            UseTree::Glob(last) => {
                path.push("*".to_owned());
                self.all.push(Import { path, name: "*".to_owned(), span: last.span() });
            }
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Use(ItemUse { tree, .. }) = item {
            self.tree(&[], tree);
        }
        visit::visit_item(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::Imports;

    fn imports(text: &str) -> Imports {
        Imports::of(&syn::parse_file(text).unwrap())
    }

    #[test]
    fn a_bare_route_word_belongs_to_the_crate_that_it_comes_from() {
        let ours = ["palisade".to_owned()];
        for (text, actix) in [
            ("use actix_web::{get, web};", true),
            ("use actix_web::*;", true),
            ("use actix_web::*; use palisade::prelude::*;", false),
            ("use actix_web::web::*;", false),
            ("use palisade::get;", false),
            ("use palisade::prelude::*; use actix_web::get;", true),
            ("", false),
        ] {
            assert_eq!(imports(text).is_actix("get", &ours), actix, "{text}");
        }
    }

    #[test]
    fn a_rename_is_seen_through_groups() {
        let imports = imports("use palisade::{prelude::{Json as Body, Query}, self as p};");
        let ours = ["palisade".to_owned()];
        let renamed: Vec<_> = imports.renamed(&ours).map(|import| import.name.as_str()).collect();
        assert_eq!(renamed, ["Body", "p"]);
        assert_eq!(imports.original("Body"), "Json");
        assert_eq!(imports.original("Query"), "Query");
        assert_eq!(imports.original("Other"), "Other");
    }
}
