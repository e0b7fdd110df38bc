//! Handlers in constants of types: `<Holder as Mounts>::HANDLER`, `Holder::HANDLER`.

use palisade_lint::tree::parts;
use syn::{
    Expr, ExprPath, ImplItem, ItemImpl, ItemMod, Path, Type,
    ext::IdentExt as _,
    visit::{self, Visit},
};

use crate::program::Package;

/// The constants of a package's types that are paths.
#[derive(Debug, Default)]
pub(super) struct Constants(Vec<Constant>);

/// One constant.
#[derive(Debug)]
pub(super) struct Constant {
    /// The last name of its type.
    ty: String,
    /// The last name of its trait, if it belongs to one.
    of: Option<String>,
    name: String,
    /// Its value.
    pub(super) value: Path,
    /// The module in which the value is written.
    pub(super) module: Vec<String>,
}

impl Constants {
    /// Reads a package.
    pub(super) fn of(package: &Package) -> Self {
        let mut constants = Self::default();
        for file in &package.files {
            let module = file.module.clone();
            Reader { constants: &mut constants, module }.visit_file(&file.syntax);
        }
        constants
    }

    /// The constant of a path, if there is only one.
    pub(super) fn find(&self, path: &ExprPath) -> Option<&Constant> {
        let written = parts(&path.path);
        let (name, of) = written.split_last()?;
        let (ty, of) = match &path.qself {
            Some(qualified) => (last(&qualified.ty)?, (qualified.position > 0).then_some(of)),
            None => (of.last()?.clone(), None),
        };
        let of = of.and_then(<[String]>::last);
        let mut found = self.0.iter().filter(|one| {
            one.ty == ty && one.name == *name && (path.qself.is_none() || one.of.as_ref() == of)
        });
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }
}

fn last(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    parts(&path.path).pop()
}

struct Reader<'c> {
    constants: &'c mut Constants,
    module: Vec<String>,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(path, _)| parts(path).pop());
        for inner in &item.items {
            if let ImplItem::Const(constant) = inner
                && let Expr::Path(value) = &constant.expr
                && let Some(ty) = last(&item.self_ty)
            {
                self.constants.0.push(Constant {
                    ty,
                    of: of.clone(),
                    name: constant.ident.unraw().to_string(),
                    value: value.path.clone(),
                    module: self.module.clone(),
                });
            }
        }
        visit::visit_item_impl(self, item);
    }
}
