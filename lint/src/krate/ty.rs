//! Types as far as the rules need them: a resolved head and its arguments, without references.

use std::rc::Rc;

use syn::{GenericArgument, GenericParam, Generics, PathArguments, Type, TypeParamBound};

use super::name::{Name, Names, segments};

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ty {
    pub(crate) head: Name,
    pub(crate) args: Vec<Rc<Ty>>,
    pub(crate) shape: TyShape,
}

/// The part of a type after its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TyShape {
    Path,
    Tuple,
    /// A slice or an array of the one argument.
    List,
    /// `impl` or `dyn` of the bound in the head.
    Bound,
    Other,
}

/// The name of `&'static str`: text that is part of the program, unless it was leaked.
pub(crate) const STATIC_TEXT: &str = "static str";

/// Types that are treated as what they contain: what a method finds through `Deref`, `?`, `unwrap`
/// or `lock`.
const WRAPPERS: &[&str] = &[
    "Arc",
    "Rc",
    "Box",
    "Cow",
    "Option",
    "Result",
    "Data",
    "State",
    "Extension",
    "Json",
    "Query",
    "Path",
    "Form",
    "Mutex",
    "RwLock",
    "RefCell",
    "Cell",
    "OnceCell",
    "OnceLock",
    "LazyLock",
    "Lazy",
    "MutexGuard",
    "RwLockReadGuard",
    "RwLockWriteGuard",
    "Pin",
    "ReqData",
    "ThinData",
    "Vouched",
    "HttpResult",
    "QsQuery",
    "MultipartForm",
    "TypedMultipart",
    "ValidatedJson",
    "Validated",
    "Valid",
    "TypedHeader",
    "Header",
    "Host",
    "WithRejection",
    "Either",
    "PooledConnection",
    "Strict",
    "LenientForm",
    "Contextual",
    "Wrapping",
    "ManuallyDrop",
    "web::Json",
    "Ref",
    "RefMut",
    "Yaml",
    "MsgPack",
    "Garde",
];

impl Ty {
    pub(crate) fn named(path: &str) -> Rc<Self> {
        let segments: Vec<Rc<str>> = path.split("::").map(Rc::from).collect();
        let written = segments.len();
        let known = super::name::Known::External;
        Rc::new(Self {
            head: Name { segments, known, written },
            args: Vec::new(),
            shape: TyShape::Path,
        })
    }

    pub(crate) fn plain(head: Name) -> Rc<Self> {
        Rc::new(Self { head, args: Vec::new(), shape: TyShape::Path })
    }

    pub(crate) fn last(&self) -> &str {
        self.head.last()
    }

    pub(crate) fn is_wrapper(&self) -> bool {
        self.shape == TyShape::Path
            && !self.args.is_empty()
            && WRAPPERS.contains(&self.last())
            && !(self.last() == "Path" && self.args.is_empty())
    }

    /// The type inside pointers, locks, extractors, options and results.
    pub(crate) fn peeled(self: &Rc<Self>) -> Rc<Self> {
        let mut ty = Rc::clone(self);
        for _ in 0..8 {
            match ty.args.first().cloned() {
                Some(inner) if ty.is_wrapper() => ty = inner,
                _ => break,
            }
        }
        ty
    }

    /// The element of a collection, or this very type.
    pub(crate) fn element(self: &Rc<Self>) -> Option<Rc<Self>> {
        let ty = self.peeled();
        match ty.last() {
            _ if ty.shape == TyShape::List => ty.args.first().cloned(),
            "Entries" if ty.is(&["tar"], "Entries") => Some(Self::named("tar::Entry")),
            "UploadedFiles" => Some(Self::named("palisade::upload::UploadedFile")),
            "Vec" | "VecDeque" | "HashSet" | "BTreeSet" | "Punctuated" | "SmallVec"
            | "ArrayVec" | "IndexSet" => ty.args.first().cloned(),
            _ => None,
        }
    }

    /// What a map holds under a key, or a list at an index.
    pub(crate) fn lookup(self: &Rc<Self>) -> Option<Rc<Self>> {
        let ty = self.peeled();
        match ty.last() {
            "HashMap" | "BTreeMap" | "IndexMap" => ty.args.get(1).cloned(),
            _ => ty.element(),
        }
    }

    pub(crate) fn is(&self, crates: &[&str], tail: &str) -> bool {
        self.head.is(crates, tail)
    }

    /// Whether a value of this type can hold characters of an attacker's choice, where that is certain.
    pub(crate) fn holds_text(self: &Rc<Self>) -> Option<bool> {
        let ty = self.peeled();
        match ty.shape {
            TyShape::Tuple | TyShape::List => {
                let mut unsure = false;
                for arg in &ty.args {
                    match arg.holds_text() {
                        Some(true) => return Some(true),
                        // Bytes in a row are text in another dress.
                        Some(false) if ty.shape == TyShape::List && arg.last() == "u8" => {
                            return Some(true);
                        }
                        Some(false) => {}
                        None => unsure = true,
                    }
                }
                return if unsure { None } else { Some(false) };
            }
            TyShape::Path | TyShape::Bound | TyShape::Other => {}
        }
        match ty.last() {
            "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64"
            | "u128" | "usize" | "f32" | "f64" | "bool" | "char" | "Uuid" | "Ulid" | "IpAddr"
            | "Ipv4Addr" | "Ipv6Addr" | "SocketAddr" | "NaiveDate" | "NaiveDateTime"
            | "NaiveTime" | "DateTime" | "OffsetDateTime" | "PrimitiveDateTime" | "Duration"
            | "Instant" | "SystemTime" | "Decimal" | "BigDecimal" | "NonZeroU32" | "NonZeroU64"
            | "NonZeroUsize" | "NonZeroI32" | "NonZeroI64" | "NonZeroU16" | "NonZeroU8"
            | "NonZeroI16" | "StatusCode" | "Method" | "Ordering" | "ObjectId" | "Slug"
            | "UploadId" | "FileKind" | "Version" | "Snowflake" | "BigInt" | "BigUint" => {
                Some(false)
            }
            "String" | "str" | "Bytes" | "BytesMut" | "PathBuf" | "OsString" | "OsStr"
            | "ByteString" | "Value" | "Text" => Some(true),
            "Vec" | "HashMap" | "BTreeMap" | "HashSet" | "BTreeSet" | "VecDeque" | "IndexMap" => {
                let mut unsure = ty.args.is_empty();
                for arg in &ty.args {
                    match arg.holds_text() {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => unsure = true,
                    }
                }
                // A vector of bytes is text in another dress.
                if ty.args.first().is_some_and(|a| a.last() == "u8") {
                    return Some(true);
                }
                if unsure { None } else { Some(false) }
            }
            _ => None,
        }
    }

    /// Plain text of any make: what an audit takes for outside data in a parameter.
    pub(crate) fn is_plain_text(self: &Rc<Self>) -> bool {
        let ty = self.peeled();
        match ty.shape {
            TyShape::Tuple => ty.args.iter().any(Self::is_plain_text),
            TyShape::List => ty.args.first().is_some_and(|e| e.is_plain_text() || e.last() == "u8"),
            TyShape::Bound => match ty.last() {
                "AsRef" | "Into" | "Borrow" | "Deref" | "IntoIterator" | "Iterator" => {
                    ty.args.iter().any(Self::is_plain_text)
                }
                "ToString" | "Display" => true,
                _ => false,
            },
            TyShape::Path => match ty.last() {
                "String" | "str" | "OsString" | "OsStr" | "Bytes" | "Url" | "Uri"
                | "ByteString" | "CString" | "CStr" => true,
                "Vec" | "HashMap" | "BTreeMap" | "HashSet" | "VecDeque" | "IndexMap" => {
                    ty.args.iter().any(Self::is_plain_text)
                        || ty.args.first().is_some_and(|a| a.last() == "u8")
                }
                _ => false,
            },
            TyShape::Other => false,
        }
    }
}

/// Reads a type; `generics` maps a type parameter to its bound.
pub(crate) fn read(
    ty: &Type,
    names: &Names,
    generics: Option<&Generics>,
    depth: u8,
) -> Option<Rc<Ty>> {
    if depth > 12 {
        return None;
    }
    let next = depth.saturating_add(1);
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other types hold nothing that a rule asks for"
    )]
    match ty {
        Type::Reference(ty)
            if ty.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
                && matches!(&*ty.elem, Type::Path(path) if path.path.is_ident("str")) =>
        {
            Some(Ty::named(STATIC_TEXT))
        }
        Type::Reference(ty) => read(&ty.elem, names, generics, next),
        Type::Ptr(ty) => read(&ty.elem, names, generics, next),
        Type::Group(ty) => read(&ty.elem, names, generics, next),
        Type::Paren(ty) => read(&ty.elem, names, generics, next),
        Type::Slice(ty) => Some(list(read(&ty.elem, names, generics, next))),
        Type::Array(ty) => Some(list(read(&ty.elem, names, generics, next))),
        Type::Tuple(ty) => {
            let args = ty
                .elems
                .iter()
                .map(|e| read(e, names, generics, next).unwrap_or_else(other))
                .collect();
            Some(Rc::new(Ty { head: Name::unknown(Vec::new()), args, shape: TyShape::Tuple }))
        }
        Type::Path(ty) => Some(read_path(&ty.path, names, generics, next)),
        Type::ImplTrait(ty) => ty.bounds.iter().find_map(|b| bound(b, names, generics, next)),
        Type::TraitObject(ty) => ty.bounds.iter().find_map(|b| bound(b, names, generics, next)),
        _ => None,
    }
}

fn list(element: Option<Rc<Ty>>) -> Rc<Ty> {
    Rc::new(Ty {
        head: Name::unknown(Vec::new()),
        args: vec![element.unwrap_or_else(other)],
        shape: TyShape::List,
    })
}

fn other() -> Rc<Ty> {
    Rc::new(Ty { head: Name::unknown(Vec::new()), args: Vec::new(), shape: TyShape::Other })
}

/// The type that a path names.
pub(crate) fn read_path(
    path: &syn::Path,
    names: &Names,
    generics: Option<&Generics>,
    depth: u8,
) -> Rc<Ty> {
    let written = segments(path);
    if let ([only], Some(generics)) = (written.as_slice(), generics)
        && let Some(bound) = parameter_bound(only, generics, names, depth)
    {
        return bound;
    }
    let args = match path.segments.last().map(|s| &s.arguments) {
        Some(PathArguments::AngleBracketed(args)) => args
            .args
            .iter()
            .filter_map(|arg| match arg {
                GenericArgument::Type(ty) => {
                    Some(read(ty, names, generics, depth).unwrap_or_else(other))
                }
                GenericArgument::AssocType(assoc) => read(&assoc.ty, names, generics, depth),
                GenericArgument::Lifetime(_)
                | GenericArgument::Const(_)
                | GenericArgument::AssocConst(_)
                | GenericArgument::Constraint(_)
                | _ => None,
            })
            .collect(),
        Some(PathArguments::Parenthesized(_) | PathArguments::None) | None => Vec::new(),
    };
    Rc::new(Ty { head: names.resolve(&written), args, shape: TyShape::Path })
}

fn parameter_bound(name: &str, generics: &Generics, names: &Names, depth: u8) -> Option<Rc<Ty>> {
    let param = generics.params.iter().find_map(|param| match param {
        GenericParam::Type(param) if param.ident == name => Some(param),
        GenericParam::Type(_) | GenericParam::Lifetime(_) | GenericParam::Const(_) => None,
    })?;
    if let Some(ty) = param.bounds.iter().find_map(|b| bound(b, names, None, depth)) {
        return Some(ty);
    }
    for predicate in generics.where_clause.iter().flat_map(|w| &w.predicates) {
        if let syn::WherePredicate::Type(predicate) = predicate
            && let Type::Path(subject) = &predicate.bounded_ty
            && subject.path.is_ident(&param.ident)
            && let Some(ty) = predicate.bounds.iter().find_map(|b| bound(b, names, None, depth))
        {
            return Some(ty);
        }
    }
    Some(other())
}

fn bound(
    bound: &TypeParamBound,
    names: &Names,
    generics: Option<&Generics>,
    depth: u8,
) -> Option<Rc<Ty>> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let ty = read_path(&bound.path, names, generics, depth);
    if matches!(ty.last(), "Send" | "Sync" | "Sized" | "Unpin" | "Clone" | "Copy" | "Debug") {
        return None;
    }
    Some(Rc::new(Ty { head: ty.head.clone(), args: ty.args.clone(), shape: TyShape::Bound }))
}
