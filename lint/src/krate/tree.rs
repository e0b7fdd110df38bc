//! The tree of modules: resolves paths through `use`, in both directions.

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Attribute, Item, ItemUse, Path, Token, UseTree,
    ext::IdentExt as _,
    punctuated::Punctuated,
    visit::{self, Visit},
};

use super::condition::unfolded;

/// Imports that lead to imports, so many times over.
const MAX_STEPS: usize = 24;

/// So many `*` imports bring one another: `use a::*; use b::*; use c::*;` with `b` of `a`, and `c` of `b`.
const MAX_WHOLES: usize = 3;

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// To an item of the crates that were read; the crate's name comes first.
    Item(Vec<String>),
    /// Into another crate.
    External(Vec<String>),
    /// Into another crate, if a `*` import from there brings the name.
    Perhaps(Vec<String>),
}

/// What one module names.
#[derive(Debug, Default)]
struct Names {
    items: BTreeSet<String>,
    uses: BTreeMap<String, BTreeSet<Vec<String>>>,
    globs: BTreeSet<Vec<String>>,
    /// Whether it is an enum, whose variants are the items; its functions are not among them.
    is_enum: bool,
}

/// The modules of some crates, by their paths from the crate's name on.
#[derive(Debug, Default)]
pub struct Tree {
    modules: BTreeMap<Vec<String>, Names>,
    crates: BTreeSet<String>,
    /// The paths that the structs and enums derive, as they are written.
    derives: BTreeMap<Vec<String>, Vec<Vec<String>>>,
}

impl Tree {
    /// Takes in the items of a module, those in its inline modules and in functions' bodies included.
    pub fn add(&mut self, module: &[String], items: &[Item]) {
        if let Some(krate) = module.first() {
            self.crates.insert(krate.clone());
        }
        let mut reader = Reader { tree: self, module: module.to_vec() };
        reader.names();
        for item in items {
            reader.visit_item(item);
        }
    }

    /// Where the path of an item leads that is written in `module`. Several where the sources leave it
    /// open, none where nothing in sight says.
    #[must_use]
    pub fn origins(&self, module: &[String], path: &[String]) -> BTreeSet<Origin> {
        self.walk(module, path, Kind::Item)
    }

    /// Where the path of a module or a crate leads: a name that nothing declares is a crate's.
    #[must_use]
    pub fn module_origins(&self, module: &[String], path: &[String]) -> BTreeSet<Origin> {
        self.walk(module, path, Kind::Module)
    }

    /// Where the path of a macro leads: functions and types do not hide it.
    #[must_use]
    pub fn macro_origins(&self, module: &[String], path: &[String]) -> BTreeSet<Origin> {
        self.walk(module, path, Kind::Macro)
    }

    /// What a struct or an enum derives, under conditions too, as it is written in its module; `None`
    /// for other items.
    #[must_use]
    pub fn derives(&self, item: &[String]) -> Option<&[Vec<String>]> {
        self.derives.get(item).map(Vec::as_slice)
    }

    fn walk(&self, module: &[String], path: &[String], kind: Kind) -> BTreeSet<Origin> {
        let mut walk = Walk {
            tree: self,
            kind,
            seen: Vec::new(),
            found: BTreeSet::new(),
            level: 0,
            wholes: BTreeMap::new(),
        };
        walk.step(module, path);
        let mut found = walk.found;
        // A name that is imported outright goes before one that a `*` may bring.
        if found.iter().any(|origin| !matches!(origin, Origin::Perhaps(_))) {
            found.retain(|origin| !matches!(origin, Origin::Perhaps(_)));
        }
        found
    }

    /// Whether a module imports one of these crates whole: `use palisade::*`.
    #[must_use]
    pub fn imports_whole(&self, module: &[String], crates: &[String]) -> bool {
        self.modules.get(module).is_some_and(|names| {
            names.globs.iter().any(|glob| {
                self.module_origins(module, glob).iter().any(|origin| match origin {
                    Origin::External(path) | Origin::Perhaps(path) => {
                        matches!(path.as_slice(), [krate] if crates.contains(krate))
                    }
                    Origin::Item(_) => false,
                })
            })
        })
    }
}

/// What a path is the path of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Item,
    Module,
    Macro,
}

/// The way from one written path to where it leads.
struct Walk<'t> {
    tree: &'t Tree,
    kind: Kind,
    seen: Vec<(Vec<String>, Vec<String>)>,
    found: BTreeSet<Origin>,
    /// How many `*` imports bring one another on the way.
    level: usize,
    /// Where the `*` imports of a module lead, found at a level: each is looked for once.
    wholes: BTreeMap<(usize, Vec<String>, Vec<String>), BTreeSet<Origin>>,
}

impl Walk<'_> {
    /// Does something for a path in a module, unless that is under way already.
    fn once(&mut self, module: &[String], path: &[String], go: impl FnOnce(&mut Self)) {
        let here = (module.to_vec(), path.to_vec());
        if self.seen.len() > MAX_STEPS || self.seen.contains(&here) {
            return;
        }
        self.seen.push(here);
        go(self);
        self.seen.pop();
    }

    /// Follows a path from the module that it is written in.
    fn step(&mut self, module: &[String], path: &[String]) {
        self.once(module, path, |walk| walk.follow(module, path));
    }

    fn follow(&mut self, module: &[String], path: &[String]) {
        let Some((first, rest)) = path.split_first() else { return };
        match first.as_str() {
            "crate" => return self.descend(module.get(..1).unwrap_or_default(), rest),
            "self" => return self.descend(module, rest),
            "super" => {
                let parent = module.len().saturating_sub(1).max(1);
                let parent = module.get(..parent).unwrap_or_default();
                return match rest.first() {
                    Some(next) if next == "super" => self.step(parent, rest),
                    _ => self.descend(parent, rest),
                };
            }
            // `::palisade::get` starts at a crate whatever the module declares.
            "" => return self.outside(rest),
            _ => {}
        }
        if self.named(module, path) {
            return;
        }
        let before = self.found.len();
        self.globbed(module, path);
        let certain = self.found.iter().any(|origin| !matches!(origin, Origin::Perhaps(_)));
        if (path.len() > 1 || self.kind == Kind::Module) && !(certain && self.found.len() > before)
        {
            self.outside(path);
        }
    }

    /// A path whose first part is a crate's name.
    fn outside(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else { return };
        if self.tree.crates.contains(first) {
            self.descend(std::slice::from_ref(first), rest);
        } else {
            self.found.insert(Origin::External(path.to_vec()));
        }
    }

    /// Follows a path whose first name the module declares or imports by name.
    fn named(&mut self, module: &[String], path: &[String]) -> bool {
        let tree = self.tree;
        let (Some((first, rest)), Some(names)) = (path.split_first(), tree.modules.get(module))
        else {
            return false;
        };
        let mut known = false;
        if names.items.contains(first) && !(self.kind == Kind::Macro && rest.is_empty()) {
            known = true;
            let mut item = module.to_vec();
            item.push(first.clone());
            if tree.modules.contains_key(&item) {
                self.descend(&item, rest);
            } else {
                item.extend(rest.iter().cloned());
                self.found.insert(Origin::Item(item));
            }
        }
        for target in names.uses.get(first).into_iter().flatten() {
            known = true;
            let longer: Vec<String> = target.iter().chain(rest).cloned().collect();
            if target.as_slice() == std::slice::from_ref(first) {
                // `use serde;` names the crate itself.
                self.outside(&longer);
            } else {
                self.step(module, &longer);
            }
        }
        known
    }

    /// Follows a path whose first name comes by a `*`.
    fn globbed(&mut self, module: &[String], path: &[String]) {
        let Some(names) = self.tree.modules.get(module) else { return };
        for glob in &names.globs {
            for target in self.whole(module, glob) {
                match target {
                    Origin::Item(whole) => self.inside(&whole, path),
                    // A prelude brings names, and no modules.
                    Origin::External(whole) | Origin::Perhaps(whole)
                        if path.len() > 1 && whole.last().is_some_and(|last| last == "prelude") => {
                    }
                    Origin::External(whole) | Origin::Perhaps(whole) => {
                        let longer = whole.iter().chain(path).cloned().collect();
                        self.found.insert(Origin::Perhaps(longer));
                    }
                }
            }
        }
    }

    /// Where a `*` import of a module leads. Its path may begin with a name that another `*` import
    /// brings, and so on for a few levels.
    fn whole(&mut self, module: &[String], glob: &[String]) -> BTreeSet<Origin> {
        if self.level >= MAX_WHOLES {
            return BTreeSet::new();
        }
        let key = (self.level, module.to_vec(), glob.to_vec());
        if let Some(known) = self.wholes.get(&key) {
            return known.clone();
        }
        let found = std::mem::take(&mut self.found);
        let kind = std::mem::replace(&mut self.kind, Kind::Module);
        self.level = self.level.saturating_add(1);
        self.follow(module, glob);
        self.level = self.level.saturating_sub(1);
        self.kind = kind;
        let targets = std::mem::replace(&mut self.found, found);
        self.wholes.insert(key, targets.clone());
        targets
    }

    /// Looks up a path in a module, and nowhere else.
    fn inside(&mut self, module: &[String], path: &[String]) {
        self.once(module, path, |walk| {
            if !walk.named(module, path) {
                walk.globbed(module, path);
            }
        });
    }

    /// Follows the rest of a path from a module of these crates.
    fn descend(&mut self, module: &[String], rest: &[String]) {
        if rest.is_empty() {
            self.found.insert(Origin::Item(module.to_vec()));
        } else {
            let before = self.found.len();
            self.inside(module, rest);
            let is_enum = self.tree.modules.get(module).is_some_and(|names| names.is_enum);
            if is_enum && self.found.len() == before {
                self.found.insert(Origin::Item(module.iter().chain(rest).cloned().collect()));
            }
        }
    }
}

/// The parts of a path, raw identifiers without their `r#`; a leading `::` is an empty part.
#[must_use]
pub fn parts(path: &Path) -> Vec<String> {
    let lead = path.leading_colon.map(|_| String::new());
    lead.into_iter()
        .chain(path.segments.iter().map(|part| part.ident.unraw().to_string()))
        .collect()
}

/// One path of a `use` declaration, with the name that it gets; `*` for all that is there.
#[must_use]
pub fn imports(item: &ItemUse) -> Vec<(Vec<String>, syn::Ident)> {
    let mut found = Vec::new();
    let lead = item.leading_colon.map(|_| String::new());
    flatten(&item.tree, &mut lead.into_iter().collect(), &mut found);
    found
}

fn flatten(tree: &UseTree, lead: &mut Vec<String>, found: &mut Vec<(Vec<String>, syn::Ident)>) {
    match tree {
        UseTree::Path(path) => {
            lead.push(path.ident.unraw().to_string());
            flatten(&path.tree, lead, found);
            lead.pop();
        }
        UseTree::Name(name) => {
            let mut path = lead.clone();
            if name.ident == "self" {
                // `use a::b::{self}` names `b`.
                if let Some(last) = lead.last().cloned() {
                    found.push((path, named(&last, name.ident.span())));
                }
            } else {
                path.push(name.ident.unraw().to_string());
                found.push((path, name.ident.clone()));
            }
        }
        UseTree::Rename(rename) => {
            let mut path = lead.clone();
            if rename.ident != "self" {
                path.push(rename.ident.unraw().to_string());
            }
            found.push((path, rename.rename.clone()));
        }
        UseTree::Glob(glob) => {
            let mut path = lead.clone();
            path.push("*".to_owned());
            let span = glob.star_token.spans.first().copied();
            found.push((path, named("all", span.unwrap_or_else(proc_macro2::Span::call_site))));
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, lead, found);
            }
        }
    }
}

/// A name as an identifier; words of the language as raw ones.
fn named(name: &str, span: proc_macro2::Span) -> syn::Ident {
    match name {
        "" | "crate" | "self" | "super" | "Self" => syn::Ident::new("this", span),
        _ if syn::parse_str::<syn::Ident>(name).is_ok() => syn::Ident::new(name, span),
        _ => syn::Ident::new_raw(name, span),
    }
}

struct Reader<'t> {
    tree: &'t mut Tree,
    module: Vec<String>,
}

impl Reader<'_> {
    fn names(&mut self) -> &mut Names {
        self.tree.modules.entry(self.module.clone()).or_default()
    }

    fn declare(&mut self, name: &syn::Ident) {
        let name = name.unraw().to_string();
        self.names().items.insert(name);
    }

    fn derived(&mut self, name: &syn::Ident, attributes: &[Attribute]) {
        let mut item = self.module.clone();
        item.push(name.unraw().to_string());
        let derives = self.tree.derives.entry(item).or_default();
        for attribute in attributes.iter().flat_map(unfolded) {
            if attribute.path().is_ident("derive") {
                let parser = Punctuated::<Path, Token![,]>::parse_terminated;
                let paths = attribute.parse_args_with(parser).unwrap_or_default();
                derives.extend(paths.iter().map(parts));
            }
        }
    }

    fn import(&mut self, item: &ItemUse) {
        for (mut path, name) in imports(item) {
            if path.last().is_some_and(|last| last == "*") {
                path.pop();
                self.names().globs.insert(path);
            } else if !path.is_empty() {
                let name = name.unraw().to_string();
                self.names().uses.entry(name).or_default().insert(path);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "other items declare no name")]
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Use(item) => self.import(item),
            Item::ExternCrate(item) => {
                let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
                let name = name.unraw().to_string();
                let path = if item.ident == "self" {
                    vec!["crate".to_owned()]
                } else {
                    vec![String::new(), item.ident.unraw().to_string()]
                };
                self.names().uses.entry(name).or_default().insert(path);
            }
            Item::Mod(item) => {
                self.declare(&item.ident);
                self.module.push(item.ident.unraw().to_string());
                if item.content.is_some() {
                    self.names();
                }
                visit::visit_item_mod(self, item);
                self.module.pop();
                return;
            }
            Item::Fn(item) => self.declare(&item.sig.ident),
            Item::Struct(item) => {
                self.declare(&item.ident);
                self.derived(&item.ident, &item.attrs);
            }
            Item::Enum(item) => {
                self.declare(&item.ident);
                self.derived(&item.ident, &item.attrs);
                self.module.push(item.ident.unraw().to_string());
                self.names().is_enum = true;
                for variant in &item.variants {
                    self.declare(&variant.ident);
                }
                self.module.pop();
            }
            Item::Union(item) => self.declare(&item.ident),
            Item::Trait(item) => self.declare(&item.ident),
            Item::TraitAlias(item) => self.declare(&item.ident),
            Item::Type(item) => self.declare(&item.ident),
            Item::Const(item) => self.declare(&item.ident),
            Item::Static(item) => self.declare(&item.ident),
            _ => {}
        }
        visit::visit_item(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Tree};

    fn tree(modules: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (module, text) in modules {
            let module: Vec<String> = module.split("::").map(str::to_owned).collect();
            tree.add(&module, &syn::parse_file(text).unwrap().items);
        }
        tree
    }

    fn path(text: &str) -> Vec<String> {
        text.split("::").map(str::to_owned).collect()
    }

    #[track_caller]
    fn leads(tree: &Tree, module: &str, written: &str, to: &[&str]) {
        let found: Vec<String> = tree
            .origins(&path(module), &path(written))
            .into_iter()
            .map(|origin| match origin {
                Origin::Item(path) => format!("item {}", path.join("::")),
                Origin::External(path) => path.join("::"),
                Origin::Perhaps(path) => format!("perhaps {}", path.join("::")),
            })
            .collect();
        assert_eq!(found, to, "{written} in {module}");
    }

    #[test]
    fn paths_are_followed_through_imports_both_ways() {
        let tree = tree(&[
            (
                "shop",
                "mod api; mod access { pub use palisade::public; pub mod deep { pub use super::public as open; } }
                 use api::list as items; use palisade::{self as p, prelude::*}; pub use api::inner::*;
                 fn main() { use crate::api::late; }",
            ),
            ("shop::api", "pub mod inner; pub fn list() {} pub use inner::create; pub use super::r#loop; pub fn late() {}"),
            ("shop::api::inner", "pub fn create() {} pub fn r#loop() {} use super::super::items;"),
            ("tool", "pub fn run() {} pub use self::run as go;"),
        ]);
        leads(&tree, "shop", "items", &["item shop::api::list"]);
        leads(&tree, "shop", "late", &["item shop::api::late"]);
        leads(&tree, "shop", "api::create", &["item shop::api::inner::create"]);
        leads(&tree, "shop", "loop", &["item shop::api::inner::loop"]);
        leads(&tree, "shop::api", "loop", &["item shop::api::inner::loop"]);
        leads(&tree, "shop::api::inner", "super::list", &["item shop::api::list"]);
        leads(&tree, "shop::api::inner", "items", &["item shop::api::list"]);
        leads(&tree, "shop", "access::public", &["palisade::public"]);
        leads(&tree, "shop", "crate::access::deep::open", &["palisade::public"]);
        leads(&tree, "shop", "p::get", &["palisade::get"]);
        leads(&tree, "shop", "tool::go", &["item tool::run"]);
        leads(&tree, "shop", "::tool::run", &["item tool::run"]);
        leads(&tree, "shop", "other::thing", &["other::thing"]);
        leads(&tree, "shop", "post", &["perhaps palisade::prelude::post"]);
        leads(&tree, "shop", "web::Json", &["web::Json"]);
        leads(&tree, "shop::api", "post", &[]);
    }

    #[test]
    fn variants_of_enums_are_followed_by_star_imports() {
        let tree = tree(&[(
            "shop",
            "pub enum Scopes { Admin } use Scopes::*; mod deep { use super::Scopes::{self, *}; }",
        )]);
        leads(&tree, "shop", "Admin", &["item shop::Scopes::Admin"]);
        leads(&tree, "shop::deep", "Admin", &["item shop::Scopes::Admin"]);
        leads(&tree, "shop::deep", "Scopes::Admin", &["item shop::Scopes::Admin"]);
        leads(&tree, "shop::deep", "Scopes::all", &["item shop::Scopes::all"]);
        leads(&tree, "shop", "all", &[]);
    }

    #[test]
    fn imports_in_circles_end() {
        let tree = tree(&[(
            "a",
            "pub use b::*; mod b { pub use super::*; pub use super::x as y; use super::y as x; }",
        )]);
        leads(&tree, "a", "x", &[]);
        leads(&tree, "a", "b::y", &[]);
    }
}
