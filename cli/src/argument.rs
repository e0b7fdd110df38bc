//! Classifies a handler's arguments by the names of their types.

use std::collections::{BTreeMap, BTreeSet};

use palisade_lint::{
    endpoint::written,
    tree::{Origin, parts},
};
use syn::{
    FnArg, ItemMod, ItemType, Signature, Type, TypePath,
    ext::IdentExt as _,
    visit::{self, Visit},
};

use crate::{
    conditional,
    facts::{self, Facts},
    inventory::Reason,
    program::{Package, Program},
};

/// The longest chain of aliases.
const MAX_STEPS: usize = 8;

/// The arguments that contain only input that palisade has checked, or no input.
const CHECKED: [&str; 14] = [
    "Batch",
    "ClientAddr",
    "Data",
    "FormToken",
    "Nonce",
    "Preconditions",
    "Principal",
    "RequestInfo",
    "Session",
    "TakenBack",
    "Asked",
    "OptionalUpload",
    "Upload",
    "UploadedFiles",
];

/// The arguments of one handler that contain input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Validated ones, as written.
    pub validated: Vec<String>,
    /// Objects that are loaded by the path if the caller has permission, as written.
    pub objects: Vec<String>,
    /// Those that a foreign extractor reads, as written.
    pub vouched: Vec<String>,
    /// The weakened defaults of the inputs' types, with reasons.
    pub reasons: Vec<Reason>,
}

/// The type aliases of all packages, by the paths of the items. If one has several definitions
/// under conditions, all of them apply.
#[derive(Debug, Default)]
pub struct Aliases<'a> {
    all: BTreeMap<Vec<String>, Vec<Alias<'a>>>,
}

/// A type with its position.
#[derive(Debug)]
struct Alias<'a> {
    ty: &'a Type,
    /// The names of its parameters.
    parameters: Vec<String>,
    scope: Scope<'a>,
}

/// A module in which names are resolved.
#[derive(Clone, Debug)]
struct Scope<'a> {
    program: &'a Program,
    package: &'a Package,
    module: Vec<String>,
}

impl Scope<'_> {
    fn origins(&self, path: &TypePath) -> BTreeSet<Origin> {
        self.program.origins(self.package, &self.module, &parts(&path.path))
    }

    fn items(&self, ty: &Type) -> BTreeSet<Vec<String>> {
        facts::items_of(self.program, self.package, &self.module, ty)
    }
}

/// The outermost type of an argument, with aliases resolved.
struct Outermost<'a> {
    path: &'a TypePath,
    /// The parameters of the alias in which it is written.
    parameters: &'a [String],
    scope: Scope<'a>,
}

impl<'a> Aliases<'a> {
    /// Reads the aliases of all packages.
    pub fn of(program: &'a Program) -> Self {
        let mut aliases = Self::default();
        for package in &program.packages {
            for file in &package.files {
                let scope = Scope { program, package, module: file.module.clone() };
                let mut reader = Reader { scope, aliases: &mut aliases };
                reader.visit_file(&file.syntax);
            }
        }
        aliases
    }

    /// The inputs among the arguments of a handler in a module, and the weakened defaults of their
    /// types.
    pub fn inputs(
        &self,
        signature: &Signature,
        program: &Program,
        package: &Package,
        module: &[String],
        facts: &Facts,
    ) -> Inputs {
        let mut inputs = Inputs::default();
        let here = Scope { program, package, module: module.to_vec() };
        for argument in &signature.inputs {
            let FnArg::Typed(argument) = argument else { continue };
            let mut types = Vec::new();
            let known = self.outermost(&argument.ty, &here, (MAX_STEPS, &[]), &mut types);
            let written = written(&argument.ty);
            let mut found = Inputs::default();
            // A type that cannot be judged is shown as it is written.
            if !known {
                found.vouched.push(written.clone());
            }
            let items = self.items(&argument.ty, &here);
            for ty in types {
                self.judge(&ty, (&written, &items), facts, &mut found);
            }
            if !found.validated.is_empty() {
                found.reasons.extend(facts.input_reasons(&items));
            }
            // What an alias is under several conditions is shown once.
            for (all, more) in [
                (&mut inputs.validated, found.validated),
                (&mut inputs.objects, found.objects),
                (&mut inputs.vouched, found.vouched),
            ] {
                if let Some(one) = more.into_iter().next() {
                    all.push(one);
                }
            }
            inputs.reasons.extend(found.reasons);
        }
        inputs
    }

    /// Classifies one possible type of an argument.
    fn judge(
        &self,
        ty: &Outermost<'_>,
        (written, given): (&str, &BTreeSet<Vec<String>>),
        facts: &Facts,
        found: &mut Inputs,
    ) {
        let Outermost { path, parameters, scope } = ty;
        let Scope { program, package, module } = scope;
        let name = program.original(package, module, &parts(&path.path));
        let whole = Type::Path((*path).clone());
        let arguments = facts::arguments(&whole);
        match name.as_str() {
            "Json" | "Form" | "Query" | "Path" => found.validated.push(written.to_owned()),
            "OptionalUpload" | "Upload" | "UploadedFiles" if arguments.len() > 1 => {
                found.validated.push(written.to_owned());
            }
            "Owned" | "Current" => {
                if let [object, action, ..] = arguments.as_slice() {
                    let is_parameter = |ty: &Type| {
                        let name = facts::written_name(ty);
                        name.is_some_and(|name| parameters.contains(&name))
                    };
                    // Of an alias with parameters, what was given is somewhere in the argument.
                    let mut objects = self.items(object, scope);
                    if is_parameter(object) {
                        objects.extend(given.iter().cloned());
                    }
                    let mut action_of = facts::Action::of(program, package, module, action);
                    action_of.any |= is_parameter(action);
                    if let Some(reason) = facts.denial(&objects, &action_of) {
                        let word = format!("Denied::Forbidden {written}");
                        found.reasons.push(Reason { word, reason: reason.to_owned() });
                    }
                }
                found.objects.push(written.to_owned());
            }
            // A file that may be absent.
            "Option" if arguments.first().is_some_and(|inner| self.is_upload(inner, scope)) => {}
            name if CHECKED.contains(&name) => {}
            // `Vouched`, and what is not known.
            _ => found.vouched.push(written.to_owned()),
        }
    }

    /// Whether a type is a file without further fields, itself or through an alias.
    fn is_upload(&self, ty: &Type, scope: &Scope<'_>) -> bool {
        let mut types = Vec::new();
        let known = self.outermost(ty, scope, (MAX_STEPS, &[]), &mut types);
        known
            && !types.is_empty()
            && types.iter().all(|Outermost { path, scope, .. }| {
                let Scope { program, package, module } = scope;
                let whole = Type::Path((*path).clone());
                program.original(package, module, &parts(&path.path)) == "Upload"
                    && facts::arguments(&whole).len() <= 1
            })
    }

    /// An item, and the items that it is an alias of.
    pub fn leads(&self, item: &[String]) -> BTreeSet<Vec<String>> {
        let mut found = BTreeSet::from([item.to_vec()]);
        let mut next = vec![item.to_vec()];
        while let Some(item) = next.pop() {
            for alias in self.all.get(&item).into_iter().flatten() {
                let Type::Path(path) = alias.ty else { continue };
                for origin in alias.scope.origins(path) {
                    if let Origin::Item(item) = origin
                        && found.insert(item.clone())
                    {
                        next.push(item);
                    }
                }
            }
        }
        found
    }

    /// The items in a type, with aliases resolved.
    fn items(&self, ty: &Type, scope: &Scope<'_>) -> BTreeSet<Vec<String>> {
        let mut found = scope.items(ty);
        let mut next: Vec<Vec<String>> = found.iter().cloned().collect();
        while let Some(item) = next.pop() {
            for alias in self.all.get(&item).into_iter().flatten() {
                for item in alias.scope.items(alias.ty) {
                    if found.insert(item.clone()) {
                        next.push(item);
                    }
                }
            }
        }
        found
    }

    /// Finds the possible types of an argument, with aliases resolved; `false` if one of them is
    /// unknown.
    fn outermost<'t>(
        &'t self,
        ty: &'t Type,
        scope: &Scope<'t>,
        (depth, parameters): (usize, &'t [String]),
        found: &mut Vec<Outermost<'t>>,
    ) -> bool {
        let mut ty = ty;
        // Macros wrap what they were given in groups without brackets.
        while let Type::Group(syn::TypeGroup { elem, .. })
        | Type::Paren(syn::TypeParen { elem, .. }) = ty
        {
            ty = elem;
        }
        let Type::Path(path) = ty else { return false };
        if path.qself.is_some() {
            return false;
        }
        let origins = scope.origins(path);
        let items = origins.iter().filter_map(|origin| match origin {
            Origin::Item(item) => Some(item),
            Origin::External(_) | Origin::Perhaps(_) => None,
        });
        let mut known = true;
        let mut of_items = false;
        for item in items {
            of_items = true;
            let aliases = self.all.get(item).map(Vec::as_slice).unwrap_or_default();
            // Only palisade's own types are arguments: an item of these packages is an alias.
            known &= depth > 0 && !aliases.is_empty();
            for alias in aliases.iter().filter(|_| depth > 0) {
                known &=
                    self.outermost(alias.ty, &alias.scope, (depth - 1, &alias.parameters), found);
            }
        }
        if !of_items {
            let foreign = origins.iter().all(|origin| match origin {
                Origin::External(path) => !scope.offers(path),
                Origin::Item(_) | Origin::Perhaps(_) => false,
            });
            // A crate that was not read may give any type any name.
            if foreign && !origins.is_empty() {
                return false;
            }
            found.push(Outermost { path, parameters, scope: scope.clone() });
        }
        known
    }
}

impl Scope<'_> {
    /// Whether a path belongs to a crate whose types are known: palisade and Actix. A module that
    /// is not imported is treated as Actix's `web`.
    fn offers(&self, path: &[String]) -> bool {
        let krate = path.first().map_or("", String::as_str);
        krate == "web"
            || krate.starts_with("actix_web")
            || self.program.is_palisade(self.package, path)
    }
}

struct Reader<'r, 'a> {
    scope: Scope<'a>,
    aliases: &'r mut Aliases<'a>,
}

impl<'a> Visit<'a> for Reader<'_, 'a> {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        if conditional::is_test_only(&item.attrs) {
            return;
        }
        self.scope.module.push(item.ident.unraw().to_string());
        visit::visit_item_mod(self, item);
        self.scope.module.pop();
    }

    fn visit_item_type(&mut self, item: &'a ItemType) {
        let mut path = self.scope.package.module(&self.scope.module);
        path.push(item.ident.unraw().to_string());
        let parameters = item.generics.type_params().map(|one| one.ident.to_string()).collect();
        let alias = Alias { ty: &item.ty, parameters, scope: self.scope.clone() };
        self.aliases.all.entry(path).or_default().push(alias);
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
        Aliases::of(&program).inputs(&signature.unwrap(), &program, package, &[], &facts)
    }

    #[test]
    fn inputs_are_found_through_paths_renames_and_aliases() {
        let found = inputs(
            "use palisade::{Json as Body, Vouched as V};
             mod body { pub use palisade::Form as Sent; }
             type Upload = V<Bytes>;
             use actix_web::web; use palisade::object;
             async fn f(who: Principal, a: Body<New>, b: web::Query<Page>, c: Upload, d: Data<X>,
                        e: object::Owned<Note, Read>, f: body::Sent<New>) {}",
        );
        assert_eq!(found.validated, ["Body<New>", "web::Query<Page>", "body::Sent<New>"]);
        assert_eq!(found.vouched, ["Upload"]);
        assert_eq!(found.objects, ["object::Owned<Note, Read>"]);
    }

    #[test]
    fn an_alias_that_goes_round_in_circles_ends() {
        let found = inputs("type A = B; type B = A; async fn f(a: A) {}");
        assert_eq!(found, Inputs { vouched: vec!["A".to_owned()], ..Inputs::default() });
    }

    #[test]
    fn aliases_are_followed_by_their_paths() {
        let found = inputs(
            "use palisade::prelude::*; use crate::types::Upload as U;
             pub mod types { use palisade::Vouched; pub type Upload = Vouched<Bytes>;
                 #[cfg(unix)] pub type Either = palisade::Json<u8>;
                 #[cfg(windows)] pub type Either = Vouched<u8>; }
             mod one { pub type Body = palisade::Json<u8>; }
             mod two { pub type Body = palisade::Vouched<u8>; pub type Sent<T> = palisade::Form<T>; }
             async fn f(u: U, a: one::Body, b: two::Body, c: two::Sent<New>, d: types::Either) {}",
        );
        assert_eq!(found.validated, ["one::Body", "two::Sent<New>", "types::Either"]);
        assert_eq!(found.vouched, ["U", "two::Body", "types::Either"]);
    }

    #[test]
    fn an_argument_that_cannot_be_judged_is_listed_as_it_is_written() {
        let found = inputs(
            "use palisade::prelude::*; struct Own;
             async fn f(a: Own, b: foreign::Data<u8>, c: <Own as Of>::Argument, d: Unknown,
                        e: (u8, u8), f: Data<u8>, g: actix_web::web::Data<u8>, h: Session) {}",
        );
        assert_eq!(
            found.vouched,
            ["Own", "foreign::Data<u8>", "<Own as Of>::Argument", "Unknown", "(u8, u8)"]
        );
        assert!(found.validated.is_empty(), "{:?}", found.validated);
    }

    #[test]
    fn a_file_that_may_be_absent_is_no_foreign_argument() {
        let found = inputs(
            "use palisade::prelude::*;
             type Picture = Upload<Image>;
             async fn f(a: Option<Upload<Image>>, b: OptionalUpload<Image, About>,
                        c: Option<Picture>, d: Option<Foreign>) {}",
        );
        assert_eq!(found.validated, ["OptionalUpload<Image, About>"]);
        assert_eq!(found.vouched, ["Option<Foreign>"]);
    }

    #[test]
    fn the_fields_beside_files_are_inputs() {
        let found = inputs(
            "use palisade::prelude::*; use palisade::upload::Png;
             #[derive(Deserialize, Validate, Input)]
             #[input(unknown_fields = allow, reason = \"the widget sends more\")]
             struct About { id: u8 }
             type Files = UploadedFiles<Png, About>;
             async fn f(a: Upload<Png, About>, b: Files, c: Upload<Png>, d: Upload) {}",
        );
        assert_eq!(found.validated, ["Upload<Png, About>", "Files"]);
        let reasons: Vec<&str> = found.reasons.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(reasons, ["the widget sends more"; 2]);
        assert!(found.vouched.is_empty(), "{:?}", found.vouched);
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
