//! Completes the data that needs all items.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use syn::{Expr, Item};

use super::collect::{Module, Task};
use super::index::{FnDef, Index};
use super::name::{Names, Offer};
use super::ty;
use crate::taint::summary::Summary;
use crate::taint::value::Marks;
use crate::taint::walk::{Hit, Scope, Walker};

/// Adds to modules the names of the standard library that their glob imports replace.
pub(crate) fn globs(modules: &mut [Module]) {
    bring(modules);
    // A module may import one whole that imports another one whole.
    for _ in 0..4 {
        let mut held: HashMap<&[Rc<str>], HashSet<Rc<str>>> = HashMap::new();
        for module in modules.iter() {
            let own = module.names.own_standard();
            if !own.is_empty() {
                held.entry(&module.names.module).or_default().extend(own);
            }
        }
        if held.is_empty() {
            return;
        }
        let brought: Vec<HashSet<Rc<str>>> = modules
            .iter()
            .map(|module| {
                let whole = module.names.whole_modules();
                whole.filter_map(|path| held.get(path.as_slice())).flatten().cloned().collect()
            })
            .collect();
        for (module, names) in modules.iter_mut().zip(&brought) {
            module.names.shadow(names);
        }
    }
}

/// Adds to modules the names of the modules that they import by a glob.
fn bring(modules: &mut [Module]) {
    let mut wanted: HashSet<Vec<Rc<str>>> = HashSet::new();
    let mut wholes: Vec<Vec<Vec<Rc<str>>>> = Vec::new();
    for module in modules.iter() {
        let whole: Vec<_> = module.names.whole_modules().collect();
        wanted.extend(whole.iter().cloned());
        wholes.push(whole);
    }
    for _ in 0..4 {
        let mut offers: HashMap<&[Rc<str>], Offer> = HashMap::new();
        for module in modules.iter().filter(|module| wanted.contains(&module.names.module)) {
            offers.entry(&module.names.module).or_default().extend(module.names.offer());
        }
        let mut brought = Vec::new();
        for (at, (module, whole)) in modules.iter().zip(&wholes).enumerate() {
            let others = whole.iter().filter(|path| **path != module.names.module);
            let taken: Vec<Offer> =
                others.filter_map(|path| offers.get(path.as_slice()).cloned()).collect();
            if !taken.is_empty() {
                brought.push((at, taken));
            }
        }
        if brought.is_empty() {
            return;
        }
        for (at, taken) in brought {
            let Some(module) = modules.get_mut(at) else { continue };
            for offer in &taken {
                module.names.bring(offer);
            }
        }
    }
}

/// What can be filled in only when all items are known.
pub(crate) fn finish(modules: &[Module], tasks: &mut [Task<'_>], index: &mut Index) {
    for (module, item) in
        modules.iter().flat_map(|m| m.exports.iter().map(move |e| (&m.names.module, e)))
    {
        let mut names = Names::new(module.clone());
        names.declare_one(&Item::Use(item.clone()));
        for name in names.imports() {
            let mut path = module.clone();
            path.push(Rc::clone(name));
            let resolved = names.resolve(std::slice::from_ref(name));
            if resolved.segments != path {
                index.exports.insert(path, resolved.segments);
            }
        }
    }
    for task in tasks.iter_mut() {
        let Some(module) = modules.get(task.module) else { continue };
        task.self_ty = task.self_type.and_then(|ty| ty::read(ty, &module.names, None, 0));
        let mut path = module.names.module.clone();
        path.extend(task.owner.clone());
        let name: Rc<str> = Rc::from(task.sig.ident.to_string());
        path.push(Rc::clone(&name));
        let ret = match &task.sig.output {
            syn::ReturnType::Default => None,
            syn::ReturnType::Type(_, ty) => match (&**ty, &task.self_ty) {
                (syn::Type::Path(p), Some(own)) if p.path.is_ident("Self") => Some(Rc::clone(own)),
                _ => ty::read(ty, &module.names, Some(&task.sig.generics), 0)
                    .map(|ty| index.unalias(&ty, 0)),
            },
        };
        let has_self = task.sig.receiver().is_some();
        let at = index.functions.len();
        index.functions.push(FnDef {
            path,
            owner: task.owner.clone(),
            of_trait: task.of_trait.clone(),
            has_self,
            params: task.sig.inputs.len(),
            ret,
            beyond_sight: super::depth::is_beyond_sight(task.block),
            summary: std::cell::RefCell::new(Rc::new(Summary::default())),
        });
        index.by_name.entry(name).or_default().push(at);
    }
    for module in modules {
        for (name, expr, ty, _) in &module.constants {
            let scope = Scope {
                names: &module.names,
                index: None,
                file: module.file,
                audit: false,
                item_only: false,
                in_test: true,
            };
            let mut walker = Walker::new(scope);
            let mut value = walker.expr(expr);
            if let Some(closure) = lazy(expr) {
                value = walker.closure_body(closure, &[]);
            }
            value.closure = None;
            value.pending = None;
            value.cond = None;
            value.taints.clear();
            let ty = ty.as_ref().and_then(|ty| walker.read_type(ty));
            value = value.with_ty(ty.map(|t| index.unalias(&t, 0)));
            value.marks = value.marks.with(Marks::CONSTANT);
            let mut path = module.names.module.clone();
            path.push(Rc::clone(name));
            index.constants.entry(Rc::clone(name)).or_default().push((path, value));
        }
    }
}

/// `LazyLock::new(|| ..)`
pub(super) fn lazy(expr: &Expr) -> Option<&syn::ExprClosure> {
    let Expr::Call(call) = expr else { return None };
    match call.args.first() {
        Some(Expr::Closure(closure)) => Some(closure),
        _ => None,
    }
}

/// Constants as places where something gets a name.
pub(crate) fn item_hits(module: &Module, index: &Index, audit: bool) -> Vec<Hit> {
    if module.in_test {
        return Vec::new();
    }
    let scope = Scope {
        names: &module.names,
        index: Some(index),
        file: module.file,
        audit,
        item_only: false,
        in_test: false,
    };
    let mut walker = Walker::new(scope);
    for (name, expr, _, _) in &module.constants {
        let value = walker.expr(expr);
        let span = syn::spanned::Spanned::span(expr);
        walker.ask(&crate::rules::Site::Bind(crate::rules::Bind {
            name,
            value: &value,
            expr: Some(expr),
            span,
        }));
    }
    walker.hits
}
