//! What a handler's arguments are, by the names of their types.

use std::collections::BTreeMap;

use palisade_lint::endpoint::written;
use syn::{
    FnArg, ItemType, Signature, Type,
    visit::{self, Visit},
};

use crate::{import::Imports, source::SourceFile};

/// The arguments of one handler that take something from the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Validated ones, as written.
    pub validated: Vec<String>,
    /// Objects that are loaded by the path and granted to the caller, as written.
    pub objects: Vec<String>,
    /// Those that a foreign extractor reads, as written.
    pub vouched: Vec<String>,
}

/// The type aliases of a package. An alias that is written several times is followed nowhere.
#[derive(Debug, Default)]
pub struct Aliases {
    all: BTreeMap<String, Option<Type>>,
}

impl Aliases {
    /// Reads the aliases of all files.
    pub fn of(files: &[SourceFile]) -> Self {
        let mut aliases = Self::default();
        for file in files {
            aliases.visit_file(&file.syntax);
        }
        aliases
    }

    /// The inputs among the arguments of a handler in a file with these imports.
    pub fn inputs(&self, signature: &Signature, imports: &Imports) -> Inputs {
        let mut inputs = Inputs::default();
        for argument in &signature.inputs {
            let FnArg::Typed(argument) = argument else { continue };
            let written = written(&argument.ty);
            match self.extractor(&argument.ty, imports, 8).as_deref() {
                Some("Json" | "Form" | "Query" | "Path") => inputs.validated.push(written),
                Some("Owned") => inputs.objects.push(written),
                Some("Vouched") => inputs.vouched.push(written),
                _ => {}
            }
        }
        inputs
    }

    /// The name of the outermost type, aliases and renames followed.
    fn extractor(&self, ty: &Type, imports: &Imports, depth: usize) -> Option<String> {
        let mut ty = ty;
        // Macros wrap what they were given in groups that nobody sees.
        while let Type::Group(syn::TypeGroup { elem, .. })
        | Type::Paren(syn::TypeParen { elem, .. }) = ty
        {
            ty = elem;
        }
        let Type::Path(path) = ty else { return None };
        let name = path.path.segments.last()?.ident.to_string();
        match self.all.get(&name) {
            Some(Some(aliased)) if depth > 0 => self.extractor(aliased, imports, depth - 1),
            _ => Some(imports.original(&name).to_owned()),
        }
    }
}

impl<'ast> Visit<'ast> for Aliases {
    fn visit_item_type(&mut self, item: &'ast ItemType) {
        self.all
            .entry(item.ident.to_string())
            .and_modify(|known| *known = None)
            .or_insert_with(|| Some((*item.ty).clone()));
        visit::visit_item_type(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::{Aliases, Inputs};
    use crate::{import::Imports, source::SourceFile};

    fn inputs(text: &str) -> Inputs {
        let syntax = syn::parse_file(text).unwrap();
        let file = SourceFile {
            path: "src/main.rs".into(),
            module: Vec::new(),
            conditions: Vec::new(),
            syntax,
        };
        let imports = Imports::of(&file.syntax);
        let signature = file.syntax.items.iter().find_map(|item| {
            if let syn::Item::Fn(item) = item { Some(item.sig.clone()) } else { None }
        });
        Aliases::of(&[file]).inputs(&signature.unwrap(), &imports)
    }

    #[test]
    fn inputs_are_found_through_paths_renames_and_aliases() {
        let found = inputs(
            "use palisade::{Json as Body, Vouched as V};
             type Upload = V<Bytes>;
             async fn f(who: Principal, a: Body<New>, b: web::Query<Page>, c: Upload, d: Data<X>,
                        e: object::Owned<Note, Read>) {}",
        );
        assert_eq!(found.validated, ["Body<New>", "web::Query<Page>"]);
        assert_eq!(found.vouched, ["Upload"]);
        assert_eq!(found.objects, ["object::Owned<Note, Read>"]);
    }

    #[test]
    fn an_alias_that_goes_round_in_circles_ends() {
        assert_eq!(inputs("type A = B; type B = A; async fn f(a: A) {}"), Inputs::default());
    }
}
