//! Resolves paths in the source, as far as `use` declarations show.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use syn::{Item, UseTree};

/// The crates of the standard library.
const STANDARD: &[&str] = &["std", "core", "alloc"];

/// What `use std::fs::*` brings.
const STANDARD_FS: &[&str] = &[
    "File",
    "OpenOptions",
    "canonicalize",
    "copy",
    "create_dir",
    "create_dir_all",
    "exists",
    "hard_link",
    "metadata",
    "read",
    "read_dir",
    "read_link",
    "read_to_string",
    "remove_dir",
    "remove_dir_all",
    "remove_file",
    "rename",
    "set_permissions",
    "symlink_metadata",
    "write",
];

/// How well a path is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It starts at another crate.
    External,
    /// It is an item of the analysed code.
    Local,
    /// No declaration in sight says where it starts.
    Unknown,
}

/// A resolved path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) segments: Vec<Rc<str>>,
    pub(crate) known: Known,
    /// As many segments as were written.
    pub(crate) written: usize,
}

impl Name {
    /// A name that nothing is known of.
    pub(crate) fn unknown(segments: Vec<Rc<str>>) -> Self {
        let written = segments.len();
        Self { segments, known: Known::Unknown, written }
    }

    pub(crate) fn last(&self) -> &str {
        self.segments.last().map_or("", |s| s)
    }

    /// Whether this is the name of a constant by the language's convention.
    pub(crate) fn is_constant(&self) -> bool {
        self.last().chars().any(|c| c.is_ascii_uppercase())
            && !self.last().chars().any(|c| c.is_ascii_lowercase())
    }

    /// The segment before the last.
    pub(crate) fn parent(&self) -> &str {
        self.segments.len().checked_sub(2).and_then(|i| self.segments.get(i)).map_or("", |s| s)
    }

    pub(crate) fn first(&self) -> &str {
        self.segments.first().map_or("", |s| s)
    }

    /// Whether the path is `tail` (as `Command::new`) of one of `crates`.
    ///
    /// A path without a known start counts when at least two of its segments, or a type's name,
    /// are the same: a macro sees no `use`.
    pub(crate) fn is(&self, crates: &[&str], tail: &str) -> bool {
        if self.known == Known::Local || !self.ends_with(tail) {
            return false;
        }
        match self.known {
            Known::External => crates.is_empty() || crates.contains(&self.first()),
            Known::Unknown | Known::Local => {
                let wanted = tail.split("::").count();
                let lead = self.segments.len().saturating_sub(wanted);
                // `sqlx::query` looked up as `query` of `sqlx`: the prefix has to be the crate.
                if lead > 0 && self.first().starts_with(|c: char| c.is_ascii_lowercase()) {
                    crates.is_empty()
                        || crates.contains(&self.first())
                        || !matches!(self.first(), "std" | "crate" | "self" | "super")
                            && self.segments.len() == wanted.saturating_add(1)
                            && wanted > 1
                } else {
                    wanted > 1 || starts_upper(self.last())
                }
            }
        }
    }

    pub(crate) fn ends_with(&self, tail: &str) -> bool {
        let mut own = self.segments.iter().rev();
        tail.rsplit("::").all(|part| own.next().is_some_and(|segment| &**segment == part))
    }
}

/// Whether a module is known to hold no module and no crate: palisade's prelude.
fn brings_no_module(glob: &[Rc<str>]) -> bool {
    matches!(glob, [krate, prelude] if &**krate == "palisade" && &**prelude == "prelude")
}

pub(crate) fn starts_upper(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

/// The names that one module sees.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The path of the module, as `crate`, `a`, `b`.
    pub(crate) module: Vec<Rc<str>>,
    uses: HashMap<Rc<str>, Vec<Rc<str>>>,
    /// Modules imported whole.
    globs: Vec<Vec<Rc<str>>>,
    /// Names of the standard library's crates that a module imported whole is known to hold.
    shadowed: HashSet<Rc<str>>,
    locals: HashSet<Rc<str>>,
    /// Local functions and constants: no path goes on behind them.
    values: HashSet<Rc<str>>,
    /// What modules of the analysed code that are imported whole have under a name.
    brought: HashMap<Rc<str>, Held>,
    /// The modules of other crates that those modules import whole.
    beyond: Vec<Vec<Rc<str>>>,
}

/// What a module has under a name.
#[derive(Clone, Debug)]
struct Held {
    path: Vec<Rc<str>>,
    known: Known,
    /// A function or a constant: no path goes on behind it.
    is_value: bool,
}

/// What a module hands to those that import it whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offer {
    held: HashMap<Rc<str>, Held>,
    beyond: Vec<Vec<Rc<str>>>,
}

impl Offer {
    /// Adds what another part of the module offers.
    pub(crate) fn extend(&mut self, other: Self) {
        self.held.extend(other.held);
        self.beyond.extend(other.beyond);
    }
}

impl Names {
    pub(crate) fn new(module: Vec<Rc<str>>) -> Self {
        Self { module, ..Self::default() }
    }

    /// Takes in the declarations of a module's items.
    pub(crate) fn declare(&mut self, items: &[Item]) {
        for item in items {
            self.declare_one(item);
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other items declare no name that paths start with"
    )]
    pub(crate) fn declare_one(&mut self, item: &Item) {
        let ident = match item {
            Item::Use(item) => return self.import(&item.tree, &mut Vec::new()),
            Item::Struct(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Mod(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Fn(item) => {
                self.values.insert(Rc::from(item.sig.ident.to_string()));
                return;
            }
            Item::Const(item) => {
                self.values.insert(Rc::from(item.ident.to_string()));
                return;
            }
            Item::Static(item) => {
                self.values.insert(Rc::from(item.ident.to_string()));
                return;
            }
            _ => return,
        };
        self.locals.insert(Rc::from(ident.to_string()));
    }

    fn import(&mut self, tree: &UseTree, lead: &mut Vec<Rc<str>>) {
        match tree {
            UseTree::Path(path) => {
                lead.push(Rc::from(path.ident.to_string()));
                self.import(&path.tree, lead);
                lead.pop();
            }
            UseTree::Name(name) => {
                let ident = name.ident.to_string();
                if ident == "self" {
                    if let Some(last) = lead.last().cloned() {
                        self.uses.insert(last, lead.clone());
                    }
                } else {
                    let ident: Rc<str> = Rc::from(ident);
                    let mut path = lead.clone();
                    path.push(Rc::clone(&ident));
                    self.uses.insert(ident, path);
                }
            }
            UseTree::Rename(rename) => {
                let mut path = lead.clone();
                if rename.ident != "self" {
                    path.push(Rc::from(rename.ident.to_string()));
                }
                self.uses.insert(Rc::from(rename.rename.to_string()), path);
            }
            UseTree::Glob(_) => self.globs.push(lead.clone()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, lead);
                }
            }
        }
    }

    /// The path of a name that `use std::*`, `use std::fs::*` or `use std::thread::*` imports.
    fn standard_glob(&self, first: &Rc<str>) -> Option<Vec<Rc<str>>> {
        self.globs
            .iter()
            .find(|glob| {
                let path: Vec<&str> = glob.iter().map(|part| &**part).collect();
                let held: &[&str] = match path.as_slice() {
                    ["std"] => &["env", "fs", "io", "net", "path", "process", "thread"],
                    ["std", "fs"] => STANDARD_FS,
                    ["std", "thread"] => &["sleep", "spawn", "scope"],
                    _ => &[],
                };
                held.contains(&&**first)
            })
            .map(|glob| glob.iter().chain([first]).cloned().collect())
    }

    /// The modules that are imported whole, as paths of the analysed code.
    pub(crate) fn whole_modules(&self) -> impl Iterator<Item = Vec<Rc<str>>> {
        self.globs.iter().map(|glob| self.resolve(glob).segments)
    }

    /// What the module hands to those that import it whole. A `use` without `pub` counts too: the modules
    /// below may name what it brings, and for all others it would not compile.
    pub(crate) fn offer(&self) -> Offer {
        let local = |name: &Rc<str>, is_value| {
            let path = self.local(std::slice::from_ref(name), 0, 1).segments;
            (Rc::clone(name), Held { path, known: Known::Local, is_value })
        };
        let imported = self.uses.iter().map(|(name, path)| {
            let Name { segments, known, .. } = self.imported(path, &[], 1);
            (Rc::clone(name), Held { path: segments, known, is_value: false })
        });
        let brought = self.brought.iter().map(|(name, held)| (Rc::clone(name), held.clone()));
        let held = brought
            .chain(imported)
            .chain(self.values.iter().map(|name| local(name, true)))
            .chain(self.locals.iter().map(|name| local(name, false)))
            .collect();
        Offer { held, beyond: self.foreign_wholes() }
    }

    /// Takes in what a module offers that is imported whole.
    pub(crate) fn bring(&mut self, offer: &Offer) {
        for (name, held) in &offer.held {
            self.brought.entry(Rc::clone(name)).or_insert_with(|| held.clone());
        }
        for path in &offer.beyond {
            if !self.beyond.contains(path) {
                self.beyond.push(path.clone());
            }
        }
    }

    /// The modules of other crates that are imported whole, here or by a module that is.
    fn foreign_wholes(&self) -> Vec<Vec<Rc<str>>> {
        let own = self.globs.iter().map(|glob| self.resolve(glob)).filter_map(|name| {
            let is_foreign = name.known != Known::Local && !starts_upper(name.first());
            is_foreign.then_some(name.segments)
        });
        own.chain(self.beyond.iter().cloned()).filter(|glob| !brings_no_module(glob)).collect()
    }

    /// What a function's name without a path may refer to in each module of another crate that a
    /// glob imports, where no visible item declares it.
    pub(crate) fn through_globs(&self, name: &Name) -> Vec<Name> {
        let [single] = name.segments.as_slice() else { return Vec::new() };
        if name.known != Known::Unknown || starts_upper(single) {
            return Vec::new();
        }
        let wholes = self.foreign_wholes().into_iter();
        wholes
            .map(|mut segments| {
                segments.push(Rc::clone(single));
                Name { segments, known: Known::External, written: name.written }
            })
            .collect()
    }

    /// The names of the standard library's crates that this module has for something else.
    pub(crate) fn own_standard(&self) -> HashSet<Rc<str>> {
        let named = |name: &&str| {
            let import = self.uses.get(*name);
            self.locals.contains(*name) || import.is_some_and(|path| path.len() > 1)
        };
        let own = STANDARD.iter().filter(|name| named(name)).map(|name| Rc::from(*name));
        own.chain(self.shadowed.iter().cloned()).collect()
    }

    /// Says that a module imported whole holds these names.
    pub(crate) fn shadow(&mut self, names: &HashSet<Rc<str>>) {
        self.shadowed.extend(names.iter().cloned());
    }

    /// The crates that the module names in its imports.
    pub(crate) fn imports_from(&self, crates: &[&str]) -> bool {
        self.uses
            .values()
            .chain(&self.globs)
            .any(|path| path.first().is_some_and(|first| crates.contains(&&**first)))
    }

    /// The names that are imported.
    pub(crate) fn imports(&self) -> impl Iterator<Item = &Rc<str>> {
        self.uses.keys()
    }

    /// What a written path refers to.
    pub(crate) fn resolve(&self, segments: &[Rc<str>]) -> Name {
        let written = segments.len();
        let Some((first, rest)) = segments.split_first() else {
            return Name::unknown(Vec::new());
        };
        match &**first {
            "crate" => self.rooted(segments, written),
            "self" => self.local(rest, 0, written),
            "super" => {
                let ups = segments.iter().take_while(|s| &***s == "super").count();
                self.local(segments.get(ups..).unwrap_or_default(), ups, written)
            }
            "Self" => Name { segments: segments.to_vec(), known: Known::Unknown, written },
            _ => {
                if let Some(path) = self.uses.get(first) {
                    return self.imported(path, rest, written);
                }
                if self.locals.contains(first) || written == 1 && self.values.contains(first) {
                    return self.local(segments, 0, written);
                }
                if let Some(held) = self.brought.get(first)
                    && (written == 1 || !held.is_value)
                {
                    let mut segments = held.path.clone();
                    segments.extend(rest.iter().cloned());
                    return Name { segments, known: held.known, written };
                }
                // Modules that are imported before they are used; a snippet may leave the import out.
                let module = matches!(
                    &**first,
                    "fs" | "env"
                        | "io"
                        | "web"
                        | "process"
                        | "thread"
                        | "net"
                        | "path"
                        | "header"
                        | "http"
                        | "mem"
                        | "reply"
                        | "redirect"
                        | "content"
                        | "blocking"
                        | "response"
                        | "dsl"
                        | "mem_fs"
                );
                if let Some(path) = self.standard_glob(first) {
                    return self.imported(&path, rest, written);
                }
                let external = written > 1 && !starts_upper(first) && !module;
                // A glob import may bring any name along; `std` only if it is known to hold it.
                let certain = self.globs.iter().all(|glob| brings_no_module(glob))
                    || STANDARD.contains(&&**first) && !self.shadowed.contains(first);
                let known = if external && certain { Known::External } else { Known::Unknown };
                Name { segments: segments.to_vec(), known, written }
            }
        }
    }

    fn imported(&self, path: &[Rc<str>], rest: &[Rc<str>], written: usize) -> Name {
        let mut segments: Vec<Rc<str>> = path.to_vec();
        segments.extend(rest.iter().cloned());
        match path.first().map_or("", |s| s) {
            "crate" => self.rooted(&segments, written),
            "self" => self.local(segments.get(1..).unwrap_or_default(), 0, written),
            "super" => {
                let ups = segments.iter().take_while(|s| &***s == "super").count();
                self.local(segments.get(ups..).unwrap_or_default(), ups, written)
            }
            first => {
                // `use config::Settings` names a module next to this one in the 2015 style, or after `mod config`.
                if self.locals.contains(first) {
                    return self.local(&segments, 0, written);
                }
                // `use diesel::prelude::*; use std as system;`: one renaming deep.
                if let Some(again) = self.uses.get(first).filter(|again| again.as_slice() != path) {
                    let mut longer = again.clone();
                    longer.extend(segments.into_iter().skip(1));
                    return Name { segments: longer, known: Known::External, written };
                }
                Name { segments, known: Known::External, written }
            }
        }
    }

    /// A path from `crate` on: the crate's own name comes first, as other crates write it.
    fn rooted(&self, segments: &[Rc<str>], written: usize) -> Name {
        let mut own: Vec<Rc<str>> = self.module.iter().take(1).cloned().collect();
        own.extend(segments.iter().skip(own.len()).cloned());
        Name { segments: own, known: Known::Local, written }
    }

    fn local(&self, rest: &[Rc<str>], ups: usize, written: usize) -> Name {
        let keep = self.module.len().saturating_sub(ups);
        let mut segments: Vec<Rc<str>> = self.module.iter().take(keep.max(1)).cloned().collect();
        if segments.is_empty() {
            segments.push(Rc::from("crate"));
        }
        segments.extend(rest.iter().cloned());
        Name { segments, known: Known::Local, written }
    }
}

/// The identifiers of a path.
pub(crate) fn segments(path: &syn::Path) -> Vec<Rc<str>> {
    path.segments.iter().map(|segment| Rc::from(segment.ident.to_string())).collect()
}
