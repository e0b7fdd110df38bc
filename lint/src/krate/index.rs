//! The items of the analysed code: types, constants, functions and the summaries of functions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::expansion::Definition;
use super::kept::{Kept, Place};
use super::name::{Known, Name, Names, starts_upper};
use super::ty::{Ty, TyShape};
use crate::taint::summary::Summary;
use crate::taint::value::Value;

/// A definition, with its path.
type Named<T> = (Vec<Rc<str>>, T);

/// A struct or an enum.
#[derive(Clone, Debug)]
pub(crate) struct TypeDef {
    pub(crate) path: Vec<Rc<str>>,
    /// The path as one text.
    pub(crate) key: Rc<str>,
    pub(crate) fields: BTreeMap<Rc<str>, Option<Rc<Ty>>>,
    /// Types inside the variants of an enum.
    pub(crate) payloads: Vec<Option<Rc<Ty>>>,
    pub(crate) is_enum: bool,
    /// Made from outside text by serde or a form parser.
    pub(crate) is_input: bool,
    /// A template that escapes its fields.
    pub(crate) is_template: bool,
}

impl TypeDef {
    pub(crate) fn new(path: Vec<Rc<str>>) -> Self {
        Self {
            key: Rc::from(path.join("::")),
            path,
            fields: BTreeMap::new(),
            payloads: Vec::new(),
            is_enum: false,
            is_input: false,
            is_template: false,
        }
    }
}

/// A function, as its callers see it.
#[derive(Debug)]
pub(crate) struct FnDef {
    pub(crate) path: Vec<Rc<str>>,
    /// The type that it is a method or an associated function of.
    pub(crate) owner: Option<Rc<str>>,
    /// The trait that it implements or belongs to.
    pub(crate) of_trait: Option<Rc<str>>,
    pub(crate) has_self: bool,
    pub(crate) params: usize,
    pub(crate) ret: Option<Rc<Ty>>,
    /// What it checks is more than the analysis follows.
    pub(crate) beyond_sight: bool,
    pub(crate) summary: RefCell<Rc<Summary>>,
}

/// Everything that can be looked up.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) types: HashMap<Rc<str>, Vec<TypeDef>>,
    pub(crate) aliases: HashMap<Rc<str>, Vec<Named<Rc<Ty>>>>,
    /// The `macro_rules!` of this code, by name.
    pub(crate) macros: BTreeMap<String, Definition>,
    pub(crate) constants: HashMap<Rc<str>, Vec<Named<Value>>>,
    pub(crate) functions: Vec<FnDef>,
    /// The names of the crates that are analysed.
    pub(crate) roots: HashSet<Rc<str>>,
    pub(crate) by_name: HashMap<Rc<str>, Vec<usize>>,
    /// `pub use a::b as c`: where a path of this code leads on to.
    pub(crate) exports: HashMap<Vec<Rc<str>>, Vec<Rc<str>>>,
    /// Which functions the one under analysis has asked for.
    pub(crate) asked: RefCell<HashSet<usize>>,
    pub(crate) current: Cell<usize>,
    pub(crate) kept: RefCell<Kept>,
    /// For each function that is called: which arguments were constants in every call.
    pub(crate) constant_args: RefCell<HashMap<usize, Vec<bool>>>,
}

impl Index {
    /// The definition that a type's head names.
    fn type_def(&self, head: &Name) -> Option<&TypeDef> {
        if head.known == Known::External && !self.roots.contains(head.first()) {
            return None;
        }
        let candidates = self.types.get(head.last())?;
        match candidates.as_slice() {
            [only] => Some(only),
            many => many
                .iter()
                .find(|def| def.path == head.segments)
                .or_else(|| many.iter().find(|def| def.path.first() == head.segments.first()))
                .or_else(|| many.first()),
        }
    }

    /// The type of a field.
    pub(crate) fn field(&self, ty: &Rc<Ty>, name: &str) -> Option<Rc<Ty>> {
        if ty.last() == "TempFile" && name == "file" {
            return Some(Ty::named("tempfile::NamedTempFile"));
        }
        self.type_def(&ty.head)?.fields.get(name)?.clone()
    }

    /// The abstract place of a field that functions may share.
    pub(crate) fn kept_place(&self, ty: &Rc<Ty>, field: &str) -> Option<Place> {
        let def = self.type_def(&ty.peeled().head)?;
        let (name, _) = def.fields.get_key_value(field)?;
        Some((Rc::clone(&def.key), Rc::clone(name)))
    }

    /// The abstract place of a static.
    pub(crate) fn kept_static(&self, name: &Name) -> Option<Place> {
        if name.known == Known::External || !self.constants.contains_key(name.last()) {
            return None;
        }
        Some((Rc::from(name.segments.join("::")), Rc::from("")))
    }

    /// Adds what a place may hold to a value that was read from it.
    pub(crate) fn recall(&self, place: Place, value: &mut Value) {
        for taint in self.kept.borrow_mut().read(place, self.current.get()) {
            crate::taint::value::add(&mut value.taints, taint);
        }
    }

    /// Whether a type of this code can hold text.
    pub(crate) fn holds_text(&self, ty: &Rc<Ty>, depth: u8) -> Option<bool> {
        let known = ty.holds_text();
        if known.is_some() || depth > 4 {
            return known;
        }
        let ty = ty.peeled();
        if matches!(ty.last(), "Vec" | "HashSet" | "BTreeSet" | "Option")
            || ty.shape == TyShape::Tuple
            || ty.shape == TyShape::List
        {
            let mut all = Some(false);
            for arg in &ty.args {
                match self.holds_text(arg, depth.saturating_add(1)) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => all = None,
                }
            }
            return all.filter(|_| !ty.args.is_empty());
        }
        let def = self.type_def(&ty.head)?;
        let parts: Vec<&Option<Rc<Ty>>> =
            if def.is_enum { def.payloads.iter().collect() } else { def.fields.values().collect() };
        if parts.is_empty() {
            return Some(false);
        }
        let mut all = Some(false);
        for part in parts {
            match part.as_ref().map(|ty| self.holds_text(ty, depth.saturating_add(1))) {
                Some(Some(false)) => {}
                Some(Some(true)) => return Some(true),
                Some(None) | None => all = None,
            }
        }
        all
    }

    /// Whether a type of this code is filled from a request.
    pub(crate) fn is_input(&self, ty: &Rc<Ty>) -> bool {
        self.type_def(&ty.head).is_some_and(|def| def.is_input)
    }

    /// A field of a type that holds a secret by its name.
    pub(crate) fn secret_field(&self, ty: &Rc<Ty>) -> Option<Rc<str>> {
        let def = self.type_def(&ty.head)?;
        def.fields
            .iter()
            .find(|(name, ty)| {
                crate::rules::words::is_secret(name)
                    && ty.as_ref().is_none_or(|t| t.holds_text() != Some(false))
            })
            .map(|(name, _)| Rc::clone(name))
    }

    /// Whether a type of this code is a template.
    pub(crate) fn is_template(&self, ty: &Rc<Ty>) -> bool {
        self.type_def(&ty.peeled().head).is_some_and(|def| def.is_template)
    }

    /// A type with its aliases resolved.
    pub(crate) fn unalias(&self, ty: &Rc<Ty>, depth: u8) -> Rc<Ty> {
        if self.aliases.is_empty() || depth > 6 {
            return Rc::clone(ty);
        }
        let next = depth.saturating_add(1);
        let args: Vec<Rc<Ty>> = ty.args.iter().map(|arg| self.unalias(arg, next)).collect();
        if ty.shape == TyShape::Path
            && ty.head.known != Known::External
            && let Some(candidates) = self.aliases.get(ty.last())
        {
            let chosen = candidates
                .iter()
                .find(|(path, _)| *path == ty.head.segments)
                .or_else(|| candidates.first().filter(|_| candidates.len() == 1));
            if let Some((_, target)) = chosen
                && target.last() != ty.last()
            {
                let target = self.unalias(target, next);
                // `type Result<T> = std::result::Result<T, Error>`: the argument goes where it is written.
                let args = if args.is_empty() { target.args.clone() } else { args };
                return Rc::new(Ty { head: target.head.clone(), args, shape: target.shape });
            }
        }
        Rc::new(Ty { head: ty.head.clone(), args, shape: ty.shape })
    }

    /// Where a path of this code leads in the end.
    pub(crate) fn follow(&self, mut name: Name) -> Name {
        if name.known == Known::External && self.roots.contains(name.first()) {
            name.known = Known::Local;
        }
        if name.known != Known::Local || self.exports.is_empty() {
            return name;
        }
        for _ in 0..4 {
            // The whole path may be exported, or the type in front of an associated function.
            let mut target = None;
            for cut in (1..=name.segments.len()).rev() {
                let head = name.segments.get(..cut).unwrap_or_default();
                if let Some(to) = self.exports.get(head) {
                    let mut segments = to.clone();
                    segments.extend(name.segments.get(cut..).unwrap_or_default().iter().cloned());
                    target = Some(segments);
                    break;
                }
            }
            let Some(segments) = target.filter(|t| *t != name.segments) else { break };
            let known = if segments.first().is_some_and(|s| self.roots.contains(s)) {
                Known::Local
            } else {
                Known::External
            };
            name = Name { segments, known, written: name.written };
        }
        name
    }

    /// What a constant holds.
    pub(crate) fn constant(&self, name: &Name) -> Option<Value> {
        if name.known == Known::External {
            return None;
        }
        let candidates = self.constants.get(name.last())?;
        let exact = candidates.iter().find(|(path, _)| *path == name.segments);
        let chosen = exact.or_else(|| candidates.first().filter(|_| candidates.len() == 1));
        chosen.map(|(_, value)| value.clone())
    }

    /// The functions that a path may name.
    pub(crate) fn functions(&self, name: &Name) -> Vec<usize> {
        if name.known == Known::External {
            return Vec::new();
        }
        let Some(candidates) = self.by_name.get(name.last()) else { return Vec::new() };
        let exact: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|at| self.functions.get(*at).is_some_and(|f| f.path == name.segments))
            .collect();
        if !exact.is_empty() {
            return exact;
        }
        let parent = name.parent();
        if starts_upper(parent) {
            return candidates
                .iter()
                .copied()
                .filter(|at| {
                    self.functions.get(*at).is_some_and(|f| f.owner.as_deref() == Some(parent))
                })
                .collect();
        }
        // A path through a glob import or a re-export: the only function with this name will be meant.
        match candidates.as_slice() {
            [only]
                if self.functions.get(*only).is_some_and(|f| f.owner.is_none())
                    && !is_common(name.last()) =>
            {
                vec![*only]
            }
            _ => Vec::new(),
        }
    }

    /// Whether a module of this code declares a function, or one that it imports whole does.
    pub(crate) fn declares(&self, names: &Names, function: &Name) -> bool {
        let Some(candidates) = self.by_name.get(function.last()) else { return false };
        let mut known = candidates.iter().filter_map(|at| self.functions.get(*at));
        known.any(|declared| {
            let module = declared.path.split_last().map_or(&[][..], |(_, module)| module);
            declared.owner.is_none()
                && (names.module == module || names.whole_modules().any(|whole| whole == module))
        })
    }

    /// The methods that a call may mean.
    pub(crate) fn methods(&self, recv: Option<&Rc<Ty>>, name: &str, args: usize) -> Vec<usize> {
        let Some(candidates) = self.by_name.get(name) else { return Vec::new() };
        let fits: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|at| {
                self.functions
                    .get(*at)
                    .is_some_and(|f| f.has_self && f.params == args.saturating_add(1))
            })
            .collect();
        if fits.is_empty() {
            return fits;
        }
        if let Some(ty) = recv {
            let ty = ty.peeled();
            if ty.shape == TyShape::Bound {
                let own: Vec<usize> = fits
                    .iter()
                    .copied()
                    .filter(|at| {
                        self.functions
                            .get(*at)
                            .is_some_and(|f| f.of_trait.as_deref() == Some(ty.last()))
                    })
                    .collect();
                if !own.is_empty() {
                    return own;
                }
            }
            if ty.shape == TyShape::Path {
                let own: Vec<usize> = fits
                    .iter()
                    .copied()
                    .filter(|at| {
                        self.functions
                            .get(*at)
                            .is_some_and(|f| f.owner.as_deref() == Some(ty.last()))
                    })
                    .collect();
                if !own.is_empty()
                    || ty.head.known == Known::External
                    || self.types.contains_key(ty.last())
                {
                    return own;
                }
            }
        }
        if is_common(name) || fits.len() > 4 {
            return Vec::new();
        }
        fits
    }

    /// Notes a call, for [`Index::spared`].
    pub(crate) fn called(&self, at: usize, args: &[Value], caller: &str, in_test: bool) {
        if in_test {
            return;
        }
        let mut calls = self.constant_args.borrow_mut();
        let known = calls.entry(at).or_insert_with(|| vec![true; args.len()]);
        for (at, known) in known.iter_mut().enumerate() {
            // What `main` hands over is a demonstration, not a proof.
            *known &= caller != "main" && args.get(at).is_some_and(Value::is_constant);
        }
    }

    /// Whether a function is called anywhere in sight.
    pub(crate) fn is_called(&self, at: usize) -> bool {
        self.constant_args.borrow().contains_key(&at)
    }

    /// The parameters that only ever get constants.
    pub(crate) fn spared(&self, at: usize) -> Vec<u16> {
        let calls = self.constant_args.borrow();
        let Some(known) = calls.get(&at) else { return Vec::new() };
        known
            .iter()
            .enumerate()
            .filter(|(_, constant)| **constant)
            .filter_map(|(at, _)| u16::try_from(at).ok())
            .collect()
    }

    /// The functions that have such parameters.
    pub(crate) fn spared_functions(&self) -> Vec<usize> {
        self.constant_args
            .borrow()
            .iter()
            .filter(|(_, known)| known.contains(&true))
            .map(|(at, _)| *at)
            .collect()
    }

    /// Whether a function checks more than the analysis follows.
    pub(crate) fn is_beyond_sight(&self, at: usize) -> bool {
        self.functions.get(at).is_some_and(|function| function.beyond_sight)
    }

    /// What a function does, and what type it returns.
    pub(crate) fn summary(&self, at: usize) -> (Rc<Summary>, Option<Rc<Ty>>) {
        self.asked.borrow_mut().insert(at);
        match self.functions.get(at) {
            Some(function) => (Rc::clone(&function.summary.borrow()), function.ret.clone()),
            None => Default::default(),
        }
    }
}

/// Method names that the standard library and half of all crates use: such a name alone does not
/// identify a method.
fn is_common(name: &str) -> bool {
    matches!(
        name,
        "new"
            | "get"
            | "set"
            | "insert"
            | "push"
            | "pop"
            | "remove"
            | "len"
            | "iter"
            | "next"
            | "map"
            | "filter"
            | "find"
            | "parse"
            | "from"
            | "into"
            | "clone"
            | "default"
            | "fmt"
            | "eq"
            | "cmp"
            | "hash"
            | "drop"
            | "as_ref"
            | "as_str"
            | "to_string"
            | "read"
            | "write"
            | "open"
            | "close"
            | "start"
            | "stop"
            | "run"
            | "send"
            | "recv"
            | "query"
            | "execute"
            | "build"
            | "or"
            | "or_else"
            | "and"
            | "then"
            | "unwrap_or"
            | "unwrap_or_else"
            | "ok_or"
            | "min"
            | "max"
            | "not"
            | "builder"
            | "with"
            | "update"
            | "delete"
            | "create"
            | "load"
            | "save"
            | "add"
            | "call"
            | "poll"
            | "connect"
            | "join"
            | "body"
            | "header"
            | "status"
            | "json"
            | "text"
            | "path"
            | "name"
            | "main"
            | "arg"
            | "args"
            | "contains"
            | "append"
            | "extend"
            | "clear"
            | "fetch"
            | "fetch_one"
            | "fetch_all"
            | "prepare"
            | "put"
            | "post"
            | "handle"
            | "init"
            | "flush"
            | "lock"
            | "wait"
            | "spawn"
            | "apply"
            | "register"
            | "service"
            | "route"
            | "to"
            | "unwrap"
            | "expect"
            | "ok"
            | "err"
            | "and_then"
            | "take"
            | "replace"
            | "entry"
            | "keys"
            | "values"
            | "first"
            | "last"
            | "sort"
            | "begin"
            | "commit"
            | "method"
            | "uri"
            | "url"
            | "headers"
            | "host"
            | "port"
    )
}
