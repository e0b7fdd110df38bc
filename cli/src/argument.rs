//! What a handler's arguments are, by the names of their types.

use std::collections::{BTreeMap, BTreeSet};

use palisade_lint::{endpoint::written, tree::parts};
use syn::{
    FnArg, ItemType, Signature, Type, TypePath,
    visit::{self, Visit},
};

use crate::{
    facts::{self, Facts},
    inventory::Reason,
    program::{Package, Program},
    source::SourceFile,
};

/// The arguments of one handler that take something from the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Validated ones, as written.
    pub validated: Vec<String>,
    /// Objects that are loaded by the path and granted to the caller, as written.
    pub objects: Vec<String>,
    /// Those that a foreign extractor reads, as written.
    pub vouched: Vec<String>,
    /// What the types of the inputs weaken, and why.
    pub reasons: Vec<Reason>,
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

    /// The inputs among the arguments of a handler in a module, and what their types weaken.
    pub fn inputs(
        &self,
        signature: &Signature,
        program: &Program,
        package: &Package,
        module: &[String],
        facts: &Facts,
    ) -> Inputs {
        let mut inputs = Inputs::default();
        for argument in &signature.inputs {
            let FnArg::Typed(argument) = argument else { continue };
            let written = written(&argument.ty);
            let Some(ty) = self.outermost(&argument.ty, 8) else { continue };
            let name = program.original(package, module, &parts(&ty.path));
            match name.as_str() {
                "Json" | "Form" | "Query" | "Path" => {
                    let items = self.items(&Type::Path(ty), program, package, module);
                    inputs.reasons.extend(facts.input_reasons(&items));
                    inputs.validated.push(written);
                }
                "Owned" => {
                    let ty = Type::Path(ty);
                    if let [object, action, ..] = facts::arguments(&ty).as_slice() {
                        let object = self.items(object, program, package, module);
                        if let Some(reason) = facts.denial(&object, &facts::last_of(action)) {
                            let word = format!("Denied::Forbidden {written}");
                            inputs.reasons.push(Reason { word, reason: reason.to_owned() });
                        }
                    }
                    inputs.objects.push(written);
                }
                "Vouched" => inputs.vouched.push(written),
                _ => {}
            }
        }
        inputs
    }

    /// The items that a type is made of, aliases followed.
    fn items(
        &self,
        ty: &Type,
        program: &Program,
        package: &Package,
        module: &[String],
    ) -> BTreeSet<Vec<String>> {
        let mut found = facts::items_of(program, package, module, ty);
        for _ in 0..8 {
            let aliased: Vec<&Type> =
                found.iter().filter_map(|item| self.all.get(item.last()?)?.as_ref()).collect();
            let more: BTreeSet<Vec<String>> = aliased
                .into_iter()
                .flat_map(|ty| facts::items_of(program, package, module, ty))
                .filter(|item| !found.contains(item))
                .collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        found
    }

    /// The outermost type, aliases followed.
    fn outermost(&self, ty: &Type, depth: usize) -> Option<TypePath> {
        let mut ty = ty;
        // Macros wrap what they were given in groups without delimiters.
        while let Type::Group(syn::TypeGroup { elem, .. })
        | Type::Paren(syn::TypeParen { elem, .. }) = ty
        {
            ty = elem;
        }
        let Type::Path(path) = ty else { return None };
        let name = path.path.segments.last()?.ident.to_string();
        match self.all.get(&name) {
            Some(Some(aliased)) if depth > 0 => self.outermost(aliased, depth - 1),
            _ => Some(path.clone()),
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
    use crate::{facts::Facts, program::Program};

    fn inputs(text: &str) -> Inputs {
        let program = Program::of_text(text);
        let package = program.packages.first().unwrap();
        let file = package.files.first().unwrap();
        let signature = file.syntax.items.iter().find_map(|item| {
            if let syn::Item::Fn(item) = item { Some(item.sig.clone()) } else { None }
        });
        let facts = Facts::of(&program);
        Aliases::of(&package.files).inputs(&signature.unwrap(), &program, package, &[], &facts)
    }

    #[test]
    fn inputs_are_found_through_paths_renames_and_aliases() {
        let found = inputs(
            "use palisade::{Json as Body, Vouched as V};
             mod body { pub use palisade::Form as Sent; }
             type Upload = V<Bytes>;
             async fn f(who: Principal, a: Body<New>, b: web::Query<Page>, c: Upload, d: Data<X>,
                        e: object::Owned<Note, Read>, f: body::Sent<New>) {}",
        );
        assert_eq!(found.validated, ["Body<New>", "web::Query<Page>", "body::Sent<New>"]);
        assert_eq!(found.vouched, ["Upload"]);
        assert_eq!(found.objects, ["object::Owned<Note, Read>"]);
    }

    #[test]
    fn an_alias_that_goes_round_in_circles_ends() {
        assert_eq!(inputs("type A = B; type B = A; async fn f(a: A) {}"), Inputs::default());
    }

    #[test]
    fn types_bring_their_reasons() {
        let found = inputs(
            "use palisade::prelude::*;
             type Body = Json<Outer>;
             #[derive(Deserialize, Validate, Input)] #[serde(deny_unknown_fields)]
             struct Outer { #[validate(nested)] inner: Option<Vec<deep::Inner>> }
             mod deep {
                 use palisade::prelude::*;
                 #[derive(Deserialize, Validate, Input)]
                 #[input(unknown_fields = allow, reason = \"the partner sends more\")]
                 pub struct Inner { id: u8 }
             }
             impl Permits<Read> for Note {
                 const DENIED: Denied = Denied::Forbidden { reason: \"members see all titles\" };
             }
             struct Note;
             async fn f(a: Body, note: Owned<Note, Read>, other: Owned<Note, Write>) {}",
        );
        let reasons: Vec<&str> = found.reasons.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(reasons, ["the partner sends more", "members see all titles"]);
    }
}
