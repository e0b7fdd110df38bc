//! The sources of all packages, and the meaning of their names.

mod built_in;

use std::collections::{BTreeMap, BTreeSet};

use palisade_lint::{
    Crates,
    attribute::Word,
    expand_own,
    tree::{Origin, Tree, parts},
};
use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, ItemMacro, visit::Visit};

pub use self::built_in::{derives_with_helpers, unconditional};
use crate::{
    report::Report,
    source::{self, SourceFile},
    workspace::{Member, Workspace},
};

/// Palisade's function-like macros, and the attribute of `main`.
const OWN_MACROS: [&str; 8] =
    ["cors", "csp", "csp_hash", "endpoints", "main", "migrations", "permissions", "sql"];

/// The packages and their names.
#[derive(Debug)]
pub struct Program {
    /// The packages.
    pub packages: Vec<Package>,
    tree: Tree,
}

/// One package.
#[derive(Debug)]
pub struct Package {
    /// Its metadata from cargo.
    pub member: Member,
    /// Its files.
    pub files: Vec<SourceFile>,
    /// The names of palisade in its sources.
    pub crates: Crates,
    /// Its `macro_rules!`, by their names.
    macros: BTreeMap<String, TokenStream>,
}

/// The owner of an attribute with the name of one of palisade's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Palisade's, as far as the sources show.
    Palisade,
    /// Actix's.
    Actix,
    /// Another crate's.
    Other(String),
}

impl Program {
    /// Reads the sources. The output of the packages' own `macro_rules!` is read too.
    pub fn read(workspace: Workspace, report: &mut Report) -> Self {
        let root = workspace.root;
        let mut packages = Vec::new();
        let mut tree = Tree::default();
        for member in workspace.packages {
            let mut files: Vec<SourceFile> = Vec::new();
            for start in &member.roots {
                for file in source::read(start, &root, report) {
                    // A file may belong to the library and to a binary.
                    let known =
                        |other: &SourceFile| other.path == file.path && other.module == file.module;
                    if !files.iter().any(known) {
                        files.push(file);
                    }
                }
            }
            let mut macros = Macros(BTreeMap::new());
            for file in &files {
                macros.visit_file(&file.syntax);
            }
            expand(&mut files);
            for file in &files {
                tree.add(&full(&member.key, &file.module), &file.syntax.items);
            }
            // A package may be read before it depends on the crate under the usual name.
            let mut names = member.palisade.clone();
            names.push("palisade".to_owned());
            let crates = Crates { names, certain: true };
            packages.push(Package { member, files, crates, macros: macros.0 });
        }
        Self { packages, tree }
    }

    /// The arms of the `macro_rules!` with this path, in any package.
    pub fn macro_named(&self, path: &str) -> Option<&TokenStream> {
        let name = path.rsplit("::").next().unwrap_or(path);
        self.packages.iter().find_map(|package| package.macros.get(name))
    }

    /// The names of the requested packages, and of their dependencies.
    pub fn within(&self) -> BTreeSet<&str> {
        let members = || self.packages.iter().map(|package| &package.member);
        let mut next: Vec<&Member> = members().filter(|member| member.listed).collect();
        let mut found = BTreeSet::new();
        while let Some(member) = next.pop() {
            if found.insert(member.name.as_str()) {
                next.extend(members().filter(|other| member.depends_on(&other.name)));
            }
        }
        found
    }

    /// The tree of names.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The possible origins of an item's path.
    pub fn origins(
        &self,
        package: &Package,
        module: &[String],
        path: &[String],
    ) -> BTreeSet<Origin> {
        let found = self.tree.origins(&full(&package.member.key, module), path);
        found.into_iter().flat_map(|origin| self.through_dependency(package, origin)).collect()
    }

    /// Resolves a path into a package that this one knows under another name.
    fn through_dependency(&self, package: &Package, origin: Origin) -> BTreeSet<Origin> {
        if let Origin::External(path) | Origin::Perhaps(path) = &origin
            && let Some((first, rest)) = path.split_first()
            && let Some((_, key)) = package.member.renames.iter().find(|(name, _)| name == first)
        {
            let mut inside = vec!["crate".to_owned()];
            inside.extend(rest.iter().cloned());
            return self.tree.origins(std::slice::from_ref(key), &inside);
        }
        BTreeSet::from([origin])
    }

    /// The path in palisade of an item's path, without the crate's name.
    pub fn of_palisade(
        &self,
        package: &Package,
        module: &[String],
        path: &[String],
    ) -> Option<Vec<String>> {
        let origins = self.origins(package, module, path);
        origins.into_iter().find_map(|origin| own(package, &origin))
    }

    /// The name of palisade's macro for a macro's path.
    pub fn macro_of_palisade(
        &self,
        package: &Package,
        module: &[String],
        path: &[String],
    ) -> Option<String> {
        let origins = self.tree.macro_origins(&full(&package.member.key, module), path);
        origins.iter().find_map(|origin| own(package, origin)?.pop())
    }

    /// The crate of a macro that only the compiler can expand: it depends on palisade, so that the
    /// macro may make handlers, and its sources are unknown.
    pub fn unread_macro(
        &self,
        package: &Package,
        module: &[String],
        path: &[String],
    ) -> Option<String> {
        let last = path.last()?;
        // A framework may hand palisade's own on; they are judged by what they say.
        if OWN_MACROS.contains(&last.as_str()) || Word::named(last).is_some() {
            return None;
        }
        let origins = self.tree.macro_origins(&full(&package.member.key, module), path);
        origins.iter().find_map(|origin| {
            let krate = match origin {
                Origin::External(path) => path.first()?,
                // A `*` import does not bring what is in every module already.
                Origin::Perhaps(path) if !built_in::is_macro(last) => path.first()?,
                Origin::Perhaps(_) | Origin::Item(_) => return None,
            };
            package.member.unread.contains(krate).then(|| krate.clone())
        })
    }

    /// As [`unread_macro`](Self::unread_macro), for an attribute of an item. `derives` are those
    /// above the attribute whose helper it may be.
    pub fn unread_attribute(
        &self,
        package: &Package,
        module: &[String],
        path: &[String],
        derives: &[syn::Path],
    ) -> Option<String> {
        if built_in::is_attribute(path) {
            return None;
        }
        if let [name] = path
            && !derives.is_empty()
        {
            // Which helpers a derive has is known to its crate alone. The compiler refuses a helper that
            // has the name of an attribute in scope, so what is imported outright is none; but the import
            // of a crate may have the name of its helper.
            let is_of_serde = name == "serde"
                && derives
                    .iter()
                    .filter_map(|path| path.segments.last())
                    .any(|derive| derive.ident == "Serialize" || derive.ident == "Deserialize");
            let origins = self.tree.macro_origins(&full(&package.member.key, module), path);
            let by_star = |origin: &Origin| matches!(origin, Origin::Perhaps(_));
            if is_of_serde || origins.iter().all(by_star) {
                return None;
            }
        }
        self.unread_macro(package, module, path)
    }

    /// As [`unread_macro`](Self::unread_macro), for a derive: it may make handlers, or the
    /// `Deserialize` of an input type.
    pub fn unread_derive(
        &self,
        package: &Package,
        module: &[String],
        path: &[String],
    ) -> Option<String> {
        // A framework may hand on those of palisade and of others.
        if path.last().is_some_and(|last| built_in::is_handed_on(last)) {
            return None;
        }
        self.unread_macro(package, module, path)
    }

    /// Whether the path of another crate belongs to palisade.
    pub fn is_palisade(&self, package: &Package, path: &[String]) -> bool {
        path.first().is_some_and(|first| package.crates.names.contains(first))
    }

    /// The original name of a type: `Json` for `use palisade::Json as Body`.
    pub fn original(&self, package: &Package, module: &[String], path: &[String]) -> String {
        let origins = self.origins(package, module, path);
        let ours = origins.iter().find_map(|origin| own(package, origin));
        let named = ours.or_else(|| {
            origins.iter().find_map(|origin| match origin {
                Origin::External(path) => Some(path.clone()),
                Origin::Item(_) | Origin::Perhaps(_) => None,
            })
        });
        let last = named.as_deref().unwrap_or(path).last();
        last.or(path.last()).cloned().unwrap_or_default()
    }

    /// The name of a palisade attribute, and its owner.
    pub fn word(
        &self,
        package: &Package,
        module: &[String],
        attribute: &Attribute,
    ) -> Option<(Word, Owner)> {
        let path = parts(attribute.path());
        let last = path.last()?;
        let origins = self.tree.macro_origins(&full(&package.member.key, module), &path);
        if let Some(word) = origins
            .iter()
            .filter_map(|origin| own(package, origin))
            .find_map(|path| Word::named(path.last()?))
        {
            return Some((word, Owner::Palisade));
        }
        let word = Word::named(last)?;
        // `crate = my::palisade` says that `my::palisade::post` is ours.
        if names_crate(attribute) {
            return Some((word, Owner::Palisade));
        }
        let mut others = origins.iter().filter_map(|origin| match origin {
            Origin::External(path) => path.first().map(|first| (first, true)),
            // `use actix_web::*` brings its attributes, `use actix_web::web::*` does not.
            Origin::Perhaps(path) => {
                path.first().filter(|_| path.len() == 2).map(|first| (first, false))
            }
            Origin::Item(_) => None,
        });
        if let Some((krate, certain)) = others.next() {
            if krate == "actix_web" || krate == "actix_web_codegen" {
                return word.is_route().then_some((word, Owner::Actix));
            }
            if certain {
                return Some((word, Owner::Other(krate.clone())));
            }
        }
        // Nothing in sight says otherwise.
        (path.len() == 1 || word.is_access()).then_some((word, Owner::Palisade))
    }
}

impl Package {
    /// A module of the package, as the tree of names has it.
    pub fn module(&self, module: &[String]) -> Vec<String> {
        full(&self.member.key, module)
    }
}

struct Macros(BTreeMap<String, TokenStream>);

impl<'ast> Visit<'ast> for Macros {
    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        if item.mac.path.is_ident("macro_rules")
            && let Some(name) = &item.ident
        {
            // Of several, each may be the one that is called.
            self.0.entry(name.to_string()).or_default().extend(item.mac.tokens.clone());
        }
    }
}

/// A module in the tree of names: raw identifiers without their `r#`.
fn full(key: &str, module: &[String]) -> Vec<String> {
    let parts = module.iter().map(|part| part.strip_prefix("r#").unwrap_or(part).to_owned());
    std::iter::once(key.to_owned()).chain(parts).collect()
}

/// The rest of a path that starts at palisade.
fn own(package: &Package, origin: &Origin) -> Option<Vec<String>> {
    let (Origin::External(path) | Origin::Perhaps(path)) = origin else { return None };
    let (first, rest) = path.split_first()?;
    package.crates.names.contains(first).then(|| rest.to_vec())
}

fn expand(files: &mut [SourceFile]) {
    let empty =
        || syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: Vec::new() };
    let mut taken: Vec<(usize, syn::File)> = files
        .iter_mut()
        .map(|file| std::mem::replace(&mut file.syntax, empty()))
        .enumerate()
        .collect();
    expand_own(&mut taken);
    for (file, (_, syntax)) in files.iter_mut().zip(taken) {
        file.syntax = syntax;
    }
}

/// Whether the arguments of an attribute contain the path of palisade: `crate = ..`.
pub fn names_crate(attribute: &Attribute) -> bool {
    attribute.meta.require_list().is_ok_and(|list| {
        list.tokens
            .clone()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Ident(word) if word == "crate"))
    })
}

#[cfg(test)]
impl Program {
    /// A package of one file.
    #[expect(clippy::missing_panics_doc, reason = "for tests alone")]
    pub fn of_text(text: &str) -> Self {
        let syntax = syn::parse_file(text).unwrap();
        let file = SourceFile {
            path: "src/main.rs".into(),
            module: Vec::new(),
            conditions: Vec::new(),
            syntax,
        };
        let mut tree = Tree::default();
        tree.add(&["shop".to_owned()], &file.syntax.items);
        let crates = Crates { names: vec!["palisade".to_owned()], certain: true };
        let member = Member::named("shop");
        let package = Package { member, files: vec![file], crates, macros: BTreeMap::new() };
        Self { packages: vec![package], tree }
    }
}
