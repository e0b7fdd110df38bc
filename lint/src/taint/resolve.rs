//! Names and types in the scope of the analysed function.

use std::rc::Rc;

use syn::Type;

use super::class::Class;
use super::value::Value;
use super::walk::Walker;
use crate::krate::name::{Known, Name, Names};
use crate::krate::ty::{self, Ty};

impl Walker<'_> {
    pub(crate) fn names(&self) -> &Names {
        self.inner.as_ref().unwrap_or(self.scope.names)
    }

    /// Whether a name of no known origin may be of one of these crates, from which the module imports.
    pub(crate) fn may_be_of(&self, crates: &[&str], name: &Name) -> bool {
        name.known == Known::Unknown && self.names().imports_from(crates)
    }

    pub(crate) fn resolve(&self, path: &syn::Path) -> Name {
        let segments = crate::krate::name::segments(path);
        if segments.first().is_some_and(|s| &**s == "Self")
            && let Some(ty) = &self.self_ty
        {
            let written = segments.len();
            let mut all = ty.head.segments.clone();
            all.extend(segments.into_iter().skip(1));
            return Name { segments: all, known: ty.head.known, written };
        }
        let name = self.names().resolve(&segments);
        match self.scope.index {
            Some(index) => index.follow(name),
            None => name,
        }
    }

    pub(crate) fn read_type(&self, ty: &Type) -> Option<Rc<Ty>> {
        if let Type::Path(path) = ty
            && path.path.is_ident("Self")
            && let Some(own) = &self.self_ty
        {
            return Some(Rc::clone(own));
        }
        let read = ty::read(ty, self.names(), self.generics, 0)?;
        Some(match self.scope.index {
            Some(index) => index.unalias(&read, 0),
            None => read,
        })
    }

    /// What a value is once it has the type `ty`: numbers hold no text.
    pub(crate) fn typed_as(&self, mut value: Value, ty: &Rc<Ty>) -> Value {
        if self.holds_text(ty) == Some(false) {
            value = value.cleaned(Class::ALL);
        }
        value.with_ty(Some(Rc::clone(ty)))
    }

    pub(crate) fn holds_text(&self, ty: &Rc<Ty>) -> Option<bool> {
        ty.holds_text().or_else(|| self.scope.index.and_then(|index| index.holds_text(ty, 0)))
    }
}
