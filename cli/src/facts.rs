//! Items that handlers refer to: input types, objects, scopes, policies in constants.

use std::collections::{BTreeMap, BTreeSet};

use palisade_lint::{
    Diagnostics,
    endpoint::{Scope, written},
    input::InputType,
    scope::ScopeType,
    tree::{Origin, parts},
    unfolded,
};
use proc_macro2::{TokenStream, TokenTree};
use syn::{
    DeriveInput, Expr, GenericArgument, ItemImpl, ItemMod, Lit, Macro, Meta, Path, PathArguments,
    Token, Type,
    ext::IdentExt as _,
    punctuated::Punctuated,
    visit::{self, Visit},
    visit_mut::VisitMut,
};

use crate::{
    conditional,
    inventory::Reason,
    program::{Package, Program},
};

/// The longest chain of constants, and the deepest nesting of types.
const MAX_STEPS: usize = 16;

/// The macros for browser policies.
const POLICIES: [&str; 3] = ["csp", "permissions", "cors"];

/// All items that handlers may refer to, by their paths.
#[derive(Debug, Default)]
pub struct Facts {
    inputs: BTreeMap<Vec<String>, Input>,
    denials: Vec<Denial>,
    scopes: BTreeMap<Vec<String>, ScopeType>,
    constants: BTreeMap<Vec<String>, Constant>,
    /// The types with handwritten scopes: `impl ScopeName for Audit`.
    by_hand: BTreeSet<Vec<String>>,
    /// The type aliases.
    aliases: BTreeSet<Vec<String>>,
}

/// A type that derives `Input`.
#[derive(Debug)]
struct Input {
    reasons: Vec<Reason>,
    /// The items in the types of its fields.
    fields: BTreeSet<Vec<String>>,
}

/// An object for which a denied caller gets another response than for a missing one.
#[derive(Debug)]
struct Denial {
    /// The item; `None` if the `impl` is generic over it.
    object: Option<Vec<String>>,
    action: Action,
    reason: String,
}

/// The action of a caller on an object: `Read` of `Owned<Note, Read>`.
#[derive(Debug)]
pub struct Action {
    /// The possible items of its path.
    origins: BTreeSet<Origin>,
    /// Its last name, for unknown items.
    last: String,
    /// Whether it is a parameter of the `impl`, which includes each action.
    pub any: bool,
}

impl Action {
    /// Reads the type of an action in a module.
    pub fn of(program: &Program, package: &Package, module: &[String], ty: &Type) -> Self {
        let mut ty = ty;
        while let Type::Group(syn::TypeGroup { elem, .. })
        | Type::Paren(syn::TypeParen { elem, .. }) = ty
        {
            ty = elem;
        }
        let path = if let Type::Path(path) = ty { parts(&path.path) } else { Vec::new() };
        Self {
            origins: program.origins(package, module, &path),
            last: program.original(package, module, &path),
            any: path.is_empty(),
        }
    }
}

/// A policy in a constant.
#[derive(Clone, Debug)]
struct Constant {
    /// The text of the policy.
    text: Option<String>,
    /// Why it is weaker than the default.
    reason: Option<String>,
    /// Another constant that is its value.
    same_as: Option<Vec<String>>,
}

impl Facts {
    /// Reads all packages.
    pub fn of(program: &Program) -> Self {
        let mut facts = Self::default();
        for package in &program.packages {
            for file in &package.files {
                let module = file.module.clone();
                let mut reader = Reader { program, package, module, facts: &mut facts };
                reader.visit_file(&file.syntax);
            }
        }
        facts
    }

    /// The reasons of the types in a validated argument.
    pub fn input_reasons(&self, items: &BTreeSet<Vec<String>>) -> Vec<Reason> {
        let (mut reasons, mut seen) = (Vec::new(), BTreeSet::new());
        let mut next: Vec<&Vec<String>> = items.iter().collect();
        while let Some(item) = next.pop() {
            if !seen.insert(item) {
                continue;
            }
            if let Some(input) = self.inputs.get(item) {
                reasons.extend(input.reasons.iter().cloned());
                next.extend(&input.fields);
            }
        }
        reasons
    }

    /// Why denied callers may know that an object exists.
    pub fn denial(&self, object: &BTreeSet<Vec<String>>, action: &Action) -> Option<&str> {
        self.denials
            .iter()
            .find(|denial| {
                denial.object.as_ref().is_none_or(|one| object.contains(one))
                    && self.may_be(&denial.action, action)
            })
            .map(|denial| denial.reason.as_str())
    }

    /// Whether two actions may be the same one.
    fn may_be(&self, one: &Action, other: &Action) -> bool {
        let any = |action: &Action| {
            let alias = |origin: &Origin| matches!(origin, Origin::Item(item) if self.aliases.contains(item));
            action.any || action.origins.iter().any(alias)
        };
        let certain = |action: &Action| {
            let named = |origin: &Origin| !matches!(origin, Origin::Perhaps(_));
            !action.origins.is_empty() && action.origins.iter().all(named)
        };
        // A prelude and the module behind it lead to the same action by two paths.
        let items =
            |action: &Action| action.origins.iter().any(|origin| matches!(origin, Origin::Item(_)));
        any(one)
            || any(other)
            || !one.origins.is_disjoint(&other.origins)
            || one.last == other.last
                && !(certain(one) && certain(other) && (items(one) || items(other)))
    }

    /// The text of a policy in a constant, as it is written, and why it is weaker than the default.
    /// `None` if none of the constants is known to be such a policy.
    pub fn policy(&self, items: &BTreeSet<Vec<String>>) -> Option<(String, Option<String>)> {
        let constant = items.iter().find_map(|item| {
            let mut constant = self.constants.get(item)?;
            for _ in 0..MAX_STEPS {
                match constant.same_as.as_ref().and_then(|other| self.constants.get(other)) {
                    Some(other) => constant = other,
                    None => break,
                }
            }
            Some(constant)
        })?;
        Some((constant.text.clone()?, constant.reason.clone()))
    }

    /// A typed scope's name in tokens, and the scopes that include it. `leads` resolves type
    /// aliases.
    pub fn scope<'f>(
        &'f self,
        items: &BTreeSet<Vec<String>>,
        leads: &dyn Fn(&[String]) -> BTreeSet<Vec<String>>,
    ) -> Option<(&'f str, &'f [String])> {
        self.same(items).iter().find_map(|item| {
            let (variant, ty) = item.split_last()?;
            leads(ty).iter().find_map(|ty| {
                let found =
                    self.scopes.get(ty)?.variants.iter().find(|one| one.ident == variant)?;
                Some((found.name.as_str(), found.granted_by.as_slice()))
            })
        })
    }

    /// Whether a typed scope belongs to a type with handwritten names, which the inventory lists.
    pub fn is_by_hand(
        &self,
        items: &BTreeSet<Vec<String>>,
        leads: &dyn Fn(&[String]) -> BTreeSet<Vec<String>>,
    ) -> bool {
        self.same(items).iter().any(|item| {
            let of = item.split_last().map_or(&[][..], |(_, of)| of);
            [item.as_slice(), of]
                .into_iter()
                .any(|item| leads(item).iter().any(|item| self.by_hand.contains(item)))
        })
    }

    /// These items, and their values if they are constants.
    fn same(&self, items: &BTreeSet<Vec<String>>) -> Vec<Vec<String>> {
        let mut all: Vec<Vec<String>> = items.iter().cloned().collect();
        for _ in 0..MAX_STEPS {
            let other = all.last().and_then(|last| self.constants.get(last)?.same_as.clone());
            match other {
                Some(other) if !all.contains(&other) => all.push(other),
                _ => break,
            }
        }
        all
    }
}

/// The items of the paths in a type, including aliases and generic arguments.
pub fn items_of(
    program: &Program,
    package: &Package,
    module: &[String],
    ty: &Type,
) -> BTreeSet<Vec<String>> {
    struct Paths<'a>(Vec<&'a Path>);
    impl<'a> Visit<'a> for Paths<'a> {
        fn visit_path(&mut self, path: &'a Path) {
            self.0.push(path);
            visit::visit_path(self, path);
        }
    }
    let mut paths = Paths(Vec::new());
    paths.visit_type(ty);
    paths.0.into_iter().flat_map(|path| items_at(program, package, module, path)).collect()
}

/// The items of a path.
pub fn items_at(
    program: &Program,
    package: &Package,
    module: &[String],
    path: &Path,
) -> BTreeSet<Vec<String>> {
    let origins = program.origins(package, module, &parts(path));
    origins
        .into_iter()
        .filter_map(|origin| match origin {
            Origin::Item(item) => Some(item),
            Origin::External(_) | Origin::Perhaps(_) => None,
        })
        .collect()
}

/// The typed scopes of a condition, with their names in tokens, and the scopes that include them.
pub fn grants(scope: &Scope, find: impl Fn(&Path) -> Option<(String, Vec<String>)>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (name, by) in scope.typed().into_iter().filter_map(find) {
        let line = format!("{name} by {}", by.join(", "));
        if !by.is_empty() && !all.contains(&line) {
            all.push(line);
        }
    }
    all
}

/// The name of a type that is a single identifier.
pub fn written_name(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    path.path.get_ident().map(|name| name.unraw().to_string())
}

/// The type arguments of a type: `Note` and `Read` of `Owned<Note, Read>`.
pub fn arguments(ty: &Type) -> Vec<&Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    let Some(last) = path.path.segments.last() else { return Vec::new() };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Vec::new() };
    arguments
        .args
        .iter()
        .filter_map(
            |argument| {
                if let GenericArgument::Type(ty) = argument { Some(ty) } else { None }
            },
        )
        .collect()
}

/// The `reason = ".."` among a macro's arguments, as written if it is not a literal.
pub fn reason_of(tokens: &TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let at = tokens.windows(2).position(|pair| {
        matches!(pair, [TokenTree::Ident(word), TokenTree::Punct(equals)]
            if word == "reason" && equals.as_char() == '=')
    })?;
    let value = tokens.get(at.saturating_add(2))?;
    if let TokenTree::Literal(literal) = value
        && let Lit::Str(text) = Lit::new(literal.clone())
    {
        return Some(text.value());
    }
    Some(written(value))
}

/// Whether a macro makes a browser policy: its path ends with one of these names, or is palisade's
/// macro of that name.
pub fn makes_policy(program: &Program, package: &Package, module: &[String], path: &Path) -> bool {
    let path = parts(path);
    let known = program.macro_of_palisade(package, module, &path);
    path.last().into_iter().chain(&known).any(|name| POLICIES.contains(&name.as_str()))
}

struct Reader<'a> {
    program: &'a Program,
    package: &'a Package,
    module: Vec<String>,
    facts: &'a mut Facts,
}

impl Reader<'_> {
    fn item(&self, name: &syn::Ident) -> Vec<String> {
        let mut path = self.package.module(&self.module);
        path.push(name.unraw().to_string());
        path
    }

    fn derives(&self, attrs: &[syn::Attribute], wanted: &str) -> bool {
        attrs.iter().filter(|attr| attr.path().is_ident("derive")).any(|attr| {
            let parser = Punctuated::<Path, Token![,]>::parse_terminated;
            let derived = attr.parse_args_with(parser).unwrap_or_default();
            derived.iter().any(|path| {
                let path = parts(path);
                let known = self.program.of_palisade(self.package, &self.module, &path);
                let last = known.as_deref().unwrap_or(&path).last();
                last.is_some_and(|last| last == wanted)
            })
        })
    }

    fn ty(&mut self, item: &DeriveInput) {
        if self.derives(&item.attrs, "Input") {
            let mut fields = BTreeSet::new();
            struct Fields<'a>(Vec<&'a Type>);
            impl<'a> Visit<'a> for Fields<'a> {
                fn visit_field(&mut self, field: &'a syn::Field) {
                    self.0.push(&field.ty);
                }
            }
            let mut types = Fields(Vec::new());
            types.visit_derive_input(item);
            for ty in types.0 {
                fields.extend(items_of(self.program, self.package, &self.module, ty));
            }
            let mut mistakes = Diagnostics::new();
            let model = InputType::new(item, &mut mistakes);
            // The compiler reports them; what can be read of the reasons is shown all the same.
            let _reported_by_the_derive = mistakes.check();
            let reasons = match model {
                Some(model) => model
                    .reasons
                    .into_iter()
                    .map(|one| Reason { word: one.word, reason: one.reason })
                    .collect(),
                None => written_reasons(item),
            };
            self.facts.inputs.insert(self.item(&item.ident), Input { reasons, fields });
        }
        if self.derives(&item.attrs, "Scope") {
            let mut mistakes = Diagnostics::new();
            let model = ScopeType::new(item, &mut mistakes);
            let _reported_by_the_derive = mistakes.check();
            if let Some(model) = model {
                self.facts.scopes.insert(self.item(&item.ident), model);
            }
        }
    }

    fn constant(&mut self, name: &syn::Ident, value: &Expr) {
        let mut policy = Policy { reader: self, found: None };
        policy.visit_expr(value);
        let policy = policy.found;
        let same_as = if let Expr::Path(path) = value {
            items_at(self.program, self.package, &self.module, &path.path).into_iter().next()
        } else {
            None
        };
        if policy.is_none() && same_as.is_none() {
            return;
        }
        let (text, reason) = policy.unwrap_or_default();
        self.facts.constants.insert(self.item(name), Constant { text, reason, same_as });
    }
}

/// The reasons of a type that the model refuses, as they are written.
fn written_reasons(item: &DeriveInput) -> Vec<Reason> {
    struct Reasons(Vec<Reason>);
    impl<'ast> Visit<'ast> for Reasons {
        fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
            if attribute.path().is_ident("input")
                && let Meta::List(list) = &attribute.meta
                && let Some(reason) = reason_of(&list.tokens)
            {
                self.0.push(Reason { word: "input".to_owned(), reason });
            }
        }
    }
    let mut reasons = Reasons(Vec::new());
    reasons.visit_derive_input(item);
    reasons.0
}

/// The text and the reason of the policy in an expression.
struct Policy<'r, 'a> {
    reader: &'r Reader<'a>,
    found: Option<(Option<String>, Option<String>)>,
}

impl<'ast> Visit<'ast> for Policy<'_, '_> {
    fn visit_macro(&mut self, item: &'ast Macro) {
        let Reader { program, package, module, .. } = self.reader;
        if makes_policy(program, package, module, &item.path) {
            let text = item.tokens.clone().into_iter().find_map(|token| {
                let TokenTree::Literal(literal) = token else { return None };
                let Lit::Str(text) = Lit::new(literal) else { return None };
                Some(text.value())
            });
            self.found = Some((text, reason_of(&item.tokens)));
        }
    }
}

/// A type with the attributes that it has if all conditions are true.
fn unconditional(mut item: DeriveInput) -> DeriveInput {
    struct Unfold;
    impl VisitMut for Unfold {
        fn visit_attributes_mut(&mut self, attributes: &mut Vec<syn::Attribute>) {
            *attributes = attributes.iter().flat_map(unfolded).collect();
        }
    }
    Unfold.visit_derive_input_mut(&mut item);
    item
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if conditional::is_test_only(&item.attrs) {
            return;
        }
        self.module.push(item.ident.unraw().to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.ty(&unconditional(DeriveInput::from(item.clone())));
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.ty(&unconditional(DeriveInput::from(item.clone())));
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        let item = self.item(&item.ident);
        self.facts.aliases.insert(item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.constant(&item.ident, &item.expr);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.constant(&item.ident, &item.expr);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let Some((path, _)) = &item.trait_ else {
            // `Owner::LAX` is a constant of the type `Owner`.
            if let Type::Path(owner) = &*item.self_ty
                && let Some(name) = owner.path.get_ident()
            {
                self.module.push(name.unraw().to_string());
                for inner in &item.items {
                    if let syn::ImplItem::Const(constant) = inner {
                        self.constant(&constant.ident, &constant.expr);
                    }
                }
                self.module.pop();
            }
            return visit::visit_item_impl(self, item);
        };
        let last = self.program.original(self.package, &self.module, &parts(path));
        let of = items_of(self.program, self.package, &self.module, &item.self_ty);
        if last == "ScopeName" {
            self.facts.by_hand.extend(of);
        } else if last == "Permits"
            && let Some(segment) = path.segments.last()
            && let PathArguments::AngleBracketed(actions) = &segment.arguments
        {
            self.denials(item, actions, &of);
        }
        visit::visit_item_impl(self, item);
    }
}

impl Reader<'_> {
    /// Records an `impl Permits<..>` that reveals to callers that an object exists.
    fn denials(
        &mut self,
        item: &ItemImpl,
        actions: &syn::AngleBracketedGenericArguments,
        of: &BTreeSet<Vec<String>>,
    ) {
        let is_parameter = |ty: &Type| {
            let name = written_name(ty);
            name.is_some_and(|name| item.generics.type_params().any(|one| one.ident == name))
        };
        // Behind a parameter is any type.
        let objects: Vec<Option<Vec<String>>> = if is_parameter(&item.self_ty) {
            vec![None]
        } else {
            of.iter().cloned().map(Some).collect()
        };
        for inner in &item.items {
            let syn::ImplItem::Const(constant) = inner else { continue };
            if constant.ident != "DENIED" {
                continue;
            }
            let Some(reason) = forbidden(&constant.expr) else { continue };
            for action in &actions.args {
                let GenericArgument::Type(action) = action else { continue };
                for object in &objects {
                    let any = is_parameter(action);
                    let action = Action::of(self.program, self.package, &self.module, action);
                    let action = Action { any: any || action.any, ..action };
                    let (object, reason) = (object.clone(), reason.clone());
                    self.facts.denials.push(Denial { object, action, reason });
                }
            }
        }
    }
}

/// The reason in `Denied::Forbidden { reason: ".." }`; any other value than `NotFound` counts as one.
fn forbidden(value: &Expr) -> Option<String> {
    if let Expr::Struct(value) = value {
        let named = |field: &&syn::FieldValue| matches!(&field.member, syn::Member::Named(name) if name == "reason");
        let reason = value.fields.iter().find(named);
        return Some(reason.map_or_else(|| "?".to_owned(), |field| text_of(&field.expr)));
    }
    let absent = matches!(value, Expr::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident == "NotFound"));
    (!absent).then(|| written(value))
}

fn text_of(value: &Expr) -> String {
    if let Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) = value {
        return text.value();
    }
    written(value)
}
