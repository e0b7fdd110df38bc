//! Finds the source files of one crate, as the compiler does.

use std::{
    fs,
    path::{Path, PathBuf},
};

use syn::{
    Attribute, Expr, ExprLit, Item, ItemMod, Lit, LitStr, Meta, Token,
    punctuated::Punctuated,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use crate::{conditional, place::Place, report::Report};

/// One parsed file of a crate.
#[derive(Debug)]
pub struct SourceFile {
    /// The file, relative to the workspace's root if it is inside.
    pub path: PathBuf,
    /// The module of the file, without the crate's name; empty for the root.
    pub module: Vec<String>,
    /// The `#[cfg(..)]` conditions of the file.
    pub conditions: Vec<String>,
    /// Its content.
    pub syntax: syn::File,
}

/// Reads the crate with the root file `root`, including every `mod name;`.
///
/// Code that is only compiled for tests is omitted. A missing or invalid file is reported as a
/// failure: an inventory with a file missing silently would be worse than none.
pub fn read(root: &Path, base: &Path, report: &mut Report) -> Vec<SourceFile> {
    let mut reader = Reader { base, report, files: Vec::new(), open: Vec::new() };
    let root = Found {
        path: root.to_owned(),
        module: Vec::new(),
        conditions: Vec::new(),
        layout: Layout::Root,
        place: Place::top_of(&shown(root, base)),
    };
    reader.file(root);
    reader.files
}

/// How the folder of a file's children depends on its own path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// A crate root, a `mod.rs` or a file from `#[path]`: children are in the same folder.
    Root,
    /// `name.rs`: children are in `name/`.
    Named,
}

struct Reader<'a> {
    base: &'a Path,
    report: &'a mut Report,
    files: Vec<SourceFile>,
    /// The files that are being read, for detecting cycles.
    open: Vec<PathBuf>,
}

impl Reader<'_> {
    fn file(&mut self, found: Found) {
        let Found { path, module, mut conditions, layout, place: from } = found;
        let shown = shown(&path, self.base);
        // A path with `..` in it has many spellings; the circle is in the files.
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if self.open.contains(&real) {
            self.report.unreadable(from, format!("`{}` includes itself", shown.display()));
            return;
        }
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                self.report.unreadable(from, format!("cannot read `{}`: {error}", shown.display()));
                return;
            }
        };
        let syntax = match syn::parse_file(&text) {
            Ok(syntax) => syntax,
            Err(error) => {
                for error in error {
                    self.report
                        .unreadable(Place::of(&shown, error.span()), format!("not Rust: {error}"));
                }
                return;
            }
        };
        if conditional::is_test_only(&syntax.attrs) {
            return;
        }
        conditions.extend(conditional::conditions(&syntax.attrs));
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let children = match (layout, path.file_stem()) {
            (Layout::Named, Some(stem)) => folder.join(stem),
            _ => folder.clone(),
        };
        let mut modules = Modules {
            base: self.base,
            file: &shown,
            folder,
            children,
            module: module.clone(),
            conditions: conditions.clone(),
            inline: 0,
            found: Vec::new(),
            errors: Vec::new(),
        };
        modules.visit_file(&syntax);
        let Modules { found, errors, .. } = modules;
        for (place, message) in errors {
            self.report.unreadable(place, message);
        }
        self.files.push(SourceFile { path: shown, module, conditions, syntax });
        self.open.push(real);
        for found in found {
            self.file(found);
        }
        self.open.pop();
    }
}

/// `path` relative to the workspace's root.
fn shown(path: &Path, base: &Path) -> PathBuf {
    path.strip_prefix(base).unwrap_or(path).to_owned()
}

/// A file of a `mod` item.
struct Found {
    path: PathBuf,
    module: Vec<String>,
    conditions: Vec<String>,
    layout: Layout,
    place: Place,
}

/// Collects the `mod` items of one file.
struct Modules<'a> {
    base: &'a Path,
    file: &'a Path,
    /// The folder of the file.
    folder: PathBuf,
    /// The folder of the current position's modules.
    children: PathBuf,
    module: Vec<String>,
    /// The conditions of the current position.
    conditions: Vec<String>,
    /// How many inline modules contain the current position.
    inline: usize,
    found: Vec<Found>,
    errors: Vec<(Place, String)>,
}

impl Modules<'_> {
    fn declared(&mut self, item: &ItemMod) {
        let name = name_of(item);
        let place = Place::of(self.file, item.ident.span());
        let PathAttributes { always, sometimes } = path_attributes(&item.attrs);
        // Inside an inline module a path starts at that module's folder, elsewhere at the file's.
        let start = if self.inline > 0 { self.children.clone() } else { self.folder.clone() };
        if let Some(path) = always {
            self.add(item, start.join(path), Layout::Root);
            return;
        }
        // Under `cfg_attr` either file may be the one that is compiled: all that exist are read.
        let mut some = false;
        for path in sometimes.into_iter().map(|path| start.join(path)).filter(|path| path.is_file())
        {
            some = true;
            self.add(item, path, Layout::Root);
        }
        let plain = self.children.join(format!("{name}.rs"));
        let nested = self.children.join(&name).join("mod.rs");
        let named = |middle: &str| {
            format!(
                "`{}` {middle} `{}`",
                self.shown(&plain).display(),
                self.shown(&nested).display()
            )
        };
        match (plain.is_file(), nested.is_file()) {
            (true, false) => self.add(item, plain, Layout::Named),
            (false, true) => self.add(item, nested, Layout::Root),
            (false, false) if some => {}
            (true, true) => {
                self.errors
                    .push((place, format!("two files for module `{name}`: {}", named("and"))));
            }
            (false, false) => self.errors.push((
                place,
                format!("no file for module `{name}`: neither {} is there", named("nor")),
            )),
        }
    }

    fn add(&mut self, item: &ItemMod, path: PathBuf, layout: Layout) {
        let mut module = self.module.clone();
        module.push(name_of(item));
        let mut conditions = self.conditions.clone();
        conditions.extend(conditional::conditions(&item.attrs));
        let place = Place::of(self.file, item.ident.span());
        self.found.push(Found { path, module, conditions, layout, place });
    }

    fn shown<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.base).unwrap_or(path)
    }
}

impl<'ast> Visit<'ast> for Modules<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if conditional::is_test_only(&item.attrs) {
            return;
        }
        if item.content.is_none() {
            self.declared(item);
            return;
        }
        let name = name_of(item);
        let folder = match path_attributes(&item.attrs).always {
            Some(path) if self.inline == 0 => self.folder.join(path),
            Some(path) => self.children.join(path),
            None => self.children.join(&name),
        };
        let outer = std::mem::replace(&mut self.children, folder);
        self.module.push(name);
        let conditions = self.conditions.len();
        self.conditions.extend(conditional::conditions(&item.attrs));
        self.inline += 1;
        visit::visit_item_mod(self, item);
        self.inline -= 1;
        self.conditions.truncate(conditions);
        self.module.pop();
        self.children = outer;
    }

    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Macro(included) = item
            && included.mac.path.segments.last().is_some_and(|last| last.ident == "include")
        {
            match included.mac.parse_body::<LitStr>() {
                Ok(path) => self.found.push(Found {
                    path: self.folder.join(path.value()),
                    module: self.module.clone(),
                    conditions: self.conditions.clone(),
                    layout: Layout::Root,
                    place: Place::of(self.file, path.span()),
                }),
                Err(_) => self.errors.push((
                    Place::of(self.file, included.mac.path.span()),
                    "this `include!` names a file that is known only to the compiler".to_owned(),
                )),
            }
        }
        visit::visit_item(self, item);
    }
}

fn name_of(item: &ItemMod) -> String {
    let name = item.ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// The files in a module's attributes.
struct PathAttributes {
    /// By `#[path = ".."]`.
    always: Option<String>,
    /// By `#[cfg_attr(.., path = "..")]`.
    sometimes: Vec<String>,
}

fn path_attributes(attributes: &[Attribute]) -> PathAttributes {
    let mut found = PathAttributes { always: None, sometimes: Vec::new() };
    for attribute in attributes {
        if attribute.path().is_ident("cfg_attr") {
            let metas = attribute
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .unwrap_or_default();
            found.sometimes.extend(metas.iter().skip(1).filter_map(path_value));
        } else if found.always.is_none() {
            found.always = path_value(&attribute.meta);
        }
    }
    found
}

fn path_value(meta: &Meta) -> Option<String> {
    let Meta::NameValue(pair) = meta else { return None };
    if !pair.path.is_ident("path") {
        return None;
    }
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
    Some(text.value())
}
