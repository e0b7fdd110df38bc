//! Endpoints in every way that they can be written.

pub mod bare {
    use palisade::prelude::*;

    #[get("/bare/get")]
    #[public]
    pub(crate) async fn get() -> &'static str {
        "a handler with the name of an attribute"
    }

    #[public]
    #[get("/bare/turned")]
    pub(crate) async fn turned() -> &'static str {
        "the other order"
    }

    #[palisade::get("/bare/qualified")]
    #[palisade::public]
    pub(crate) async fn qualified() -> &'static str {
        "by the crate"
    }

    #[::palisade::get("/bare/absolute")]
    #[::palisade::public]
    pub(crate) async fn absolute() -> &'static str {
        "by the crate, from its root"
    }

    #[public]
    #[palisade::get("/bare/mixed")]
    pub(crate) async fn mixed() -> &'static str {
        "one of each"
    }

    /// Documented.
    #[get(r"/bare/raw")]
    /// Between the attributes.
    #[public]
    #[doc = "And after them."]
    pub(crate) async fn raw() -> &'static str {
        "a raw text"
    }

    #[get(r#"/bare/hashes"#)]
    #[public]
    pub(crate) async fn hashes() -> &'static str {
        "a raw text with hashes"
    }

    #[get("/bare/loop")]
    #[public]
    pub(crate) async fn r#loop() -> &'static str {
        "a raw name"
    }

    #[authenticated]
    #[actix_web::put("/bare/taken")]
    pub(crate) async fn taken() -> &'static str {
        "Actix's own attribute below"
    }

    #[post("/bare/post")]
    #[public(reason = "a form without a login")]
    pub async fn post() -> &'static str {
        "post"
    }

    #[put("/bare/put")]
    #[authenticated]
    pub(crate) async fn put() -> &'static str {
        "put"
    }

    #[patch("/bare/patch")]
    #[authenticated]
    pub(super) async fn patch() -> &'static str {
        "patch"
    }

    #[delete("/bare/delete")]
    #[authenticated]
    pub(crate) async fn delete() -> NoContent {
        NoContent
    }

    #[head("/bare/head")]
    #[public]
    pub(crate) async fn head() -> &'static str {
        ""
    }

    #[options("/bare/options")]
    #[public]
    pub(crate) async fn options() -> &'static str {
        "options"
    }

    #[route("/bare/route", method = "GET", method = "POST")]
    #[authenticated]
    pub(crate) async fn route() -> &'static str {
        "two methods"
    }

    #[get("/bare/named", name = "named")]
    #[public]
    pub(crate) async fn named() -> &'static str {
        "with a name"
    }
}

pub mod conditions {
    use palisade::prelude::*;

    #[cfg(any(unix, windows))]
    #[get("/conditions/all")]
    #[public]
    pub(crate) async fn all() -> &'static str {
        "always"
    }

    #[get("/conditions/below")]
    #[cfg(any(unix, windows))]
    #[public]
    pub(crate) async fn below() -> &'static str {
        "somewhere"
    }

    #[cfg(not(any()))]
    pub mod inner {
        use palisade::{get, public};

        #[get("/conditions/inner")]
        #[public]
        pub(crate) async fn inner() -> &'static str {
            "in a module"
        }
    }

    #[get("/conditions/either")]
    #[authenticated]
    #[cfg(not(windows))]
    pub(crate) async fn either() -> &'static str {
        "with a login"
    }

    #[get("/conditions/either")]
    #[public]
    #[cfg(windows)]
    pub(crate) async fn either() -> &'static str {
        "without one"
    }
}

pub mod imports {
    mod all {
        pub(super) use palisade::prelude::*;
    }
    mod some {
        pub(super) use palisade::{authenticated, get, public};
    }

    pub mod by_glob {
        use super::all::*;

        #[get("/imports/glob")]
        #[public]
        pub(crate) async fn glob() -> &'static str {
            "by a glob of a glob"
        }
    }

    pub mod by_name {
        use super::some::{authenticated, get};

        #[get("/imports/name")]
        #[authenticated]
        pub(crate) async fn name() -> &'static str {
            "by a name of a name"
        }
    }

    pub mod by_group {
        use palisade::{
            self as _,
            prelude::{get as _, *},
            public,
        };

        #[get("/imports/group")]
        #[public]
        pub(crate) async fn group() -> &'static str {
            "by a group"
        }
    }

    pub mod nested {
        pub mod deeper {
            use super::super::some::*;

            #[get("/imports/deeper")]
            #[public]
            pub(crate) async fn deeper() -> &'static str {
                "further down"
            }
        }
        pub(crate) use self::deeper::deeper as risen;
    }
    pub(crate) use nested::risen;

    pub mod r#mod {
        use palisade::prelude::*;

        #[get("/imports/mod")]
        #[public]
        pub(crate) async fn r#type() -> &'static str {
            "in a module with a raw name"
        }
    }
}

pub mod scopes {
    use palisade::prelude::*;

    pub mod list {
        use palisade::prelude::*;

        /// The scopes.
        #[derive(Clone, Copy, Debug, Scope)]
        pub enum Listed {
            /// `notes:read`
            NotesRead,
            /// `notes:write`, which reads too.
            #[scope(grants(NotesRead))]
            NotesWrite,
            /// By another name.
            #[scope("everything")]
            Audit,
        }
    }
    use list::{Listed as S, Listed::*};

    /// The scopes under another name.
    pub type T = S;

    #[get("/scopes/star")]
    #[require_scope(NotesWrite)]
    pub(crate) async fn star() -> &'static str {
        "a value that a star brings"
    }

    #[get("/scopes/aliased")]
    #[require_scope(T::Audit)]
    pub(crate) async fn aliased() -> &'static str {
        "a value of an alias"
    }

    #[get("/scopes/text")]
    #[require_scope("notes:read")]
    pub(crate) async fn text() -> &'static str {
        "a literal"
    }

    #[get("/scopes/any")]
    #[require_scope(any("a", all("b", not("c"))))]
    pub(crate) async fn any() -> &'static str {
        "a condition"
    }

    #[get("/scopes/several")]
    #[require_scope("b")]
    #[require_scope("a")]
    pub(crate) async fn several() -> &'static str {
        "several"
    }

    #[get("/scopes/typed")]
    #[require_scope(S::NotesRead)]
    pub(crate) async fn typed() -> &'static str {
        "a value"
    }

    #[get("/scopes/path")]
    #[require_scope(any(list::Listed::NotesWrite, self::list::Listed::Audit))]
    pub(crate) async fn path() -> &'static str {
        "values by their paths"
    }
}

pub mod inputs {
    use palisade::prelude::*;

    /// A body.
    #[derive(Debug, Deserialize, Validate, Input)]
    #[serde(deny_unknown_fields)]
    pub struct New {
        #[validate(length(max = 9))]
        pub(crate) name: String,
        #[validate(nested)]
        pub(crate) inner: Option<parts::Inner>,
    }

    pub mod parts {
        use palisade::prelude::*;

        /// A part of a body.
        #[derive(Debug, Deserialize, Validate, Input)]
        #[input(unknown_fields = allow, reason = "old clients send more")]
        pub struct Inner {
            pub(crate) id: u8,
        }

        /// A body under a condition.
        #[cfg_attr(any(unix, windows), derive(Debug, Deserialize, Validate, Input))]
        #[cfg_attr(
            any(unix, windows),
            input(unknown_fields = allow, reason = "the partner's client sends more")
        )]
        pub struct Conditional {
            pub(crate) id: u8,
        }

        /// A body in another module than its handler.
        pub type Part = Json<Conditional>;

        /// A part of an address.
        #[derive(Debug, Deserialize, Validate, Input)]
        #[serde(deny_unknown_fields)]
        pub struct Id {
            pub(crate) id: u32,
        }
    }

    /// A body of a kind.
    pub type Body = Json<New>;
    use parts::Part as P;

    #[post("/inputs/renamed")]
    #[authenticated]
    #[validated(unknown_fields = allow, reason = "its type says so")]
    pub(crate) async fn renamed(new: P) -> String {
        new.id.to_string()
    }

    #[post("/inputs/json")]
    #[authenticated]
    #[validated(unknown_fields = allow, reason = "its part says so")]
    pub(crate) async fn json(new: Json<New>) -> String {
        format!("{} {:?}", new.name, new.inner.as_ref().map(|inner| inner.id))
    }

    #[post("/inputs/alias")]
    #[authenticated]
    #[validated(unknown_fields = allow, reason = "its part says so")]
    pub(crate) async fn alias(new: Body) -> String {
        new.into_inner().name
    }

    #[get("/inputs/{id}")]
    #[public]
    #[validated]
    pub(crate) async fn path(id: Path<parts::Id>) -> String {
        id.id.to_string()
    }

    #[get("/inputs/query")]
    #[public]
    #[validated]
    pub(crate) async fn query(id: actix_web::web::Query<parts::Id>) -> String {
        id.id.to_string()
    }

    #[post("/inputs/form")]
    #[authenticated]
    #[validated]
    pub(crate) async fn form(id: Form<self::parts::Id>) -> String {
        id.id.to_string()
    }

    #[get("/inputs/request")]
    #[public]
    pub(crate) async fn request(request: Vouched<actix_web::HttpRequest>) -> String {
        request.path().to_owned()
    }
}

pub mod budgets {
    use palisade::prelude::*;

    const LAX: palisade::Csp = palisade::csp!(
        "default-src 'self'; script-src 'self' 'unsafe-inline'",
        reason = "an old widget"
    );

    #[get("/budgets/limited")]
    #[public]
    #[rate_limit("10/minute", by = ip)]
    #[rate_limit("100/hour", by = ip, name = "hourly")]
    #[concurrency_limit(2, by = ip)]
    #[timeout("5 s")]
    pub(crate) async fn limited() -> &'static str {
        "limited"
    }

    #[post("/budgets/large")]
    #[authenticated]
    #[validated]
    #[body_limit("64 KiB")]
    pub(crate) async fn large(id: Json<super::inputs::parts::Id>) -> String {
        id.id.to_string()
    }

    #[post("/budgets/open")]
    #[public(reason = "called by the partner's page")]
    #[cross_site(allow, reason = "called by the partner's page")]
    pub(crate) async fn open() -> &'static str {
        "open"
    }

    #[get("/budgets/headers")]
    #[public]
    #[headers(cache = "private, max-age=60")]
    pub(crate) async fn headers() -> &'static str {
        "kept"
    }

    const CAMERA: palisade::Permissions =
        palisade::permissions!("camera=*", reason = "the page scans codes");
    const REPORTED: palisade::Csp = palisade::csp!(
        "default-src 'self'; script-src {nonce}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );

    #[get("/budgets/written")]
    #[public]
    #[headers(
        csp = "default-src 'self';  script-src {nonce}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        report_only = REPORTED,
        permissions = "geolocation=(self)",
        profile = download
    )]
    pub(crate) async fn written() -> &'static str {
        "policies in the attribute"
    }

    #[get("/budgets/camera")]
    #[public]
    #[headers(permissions = CAMERA, report_only = "script-src 'self'")]
    pub(crate) async fn camera() -> &'static str {
        "a policy in a constant, and one that is reported"
    }

    #[get("/budgets/page")]
    #[public]
    #[headers(csp = LAX)]
    pub(crate) async fn page() -> &'static str {
        "a policy in a constant"
    }
}

pub mod made {
    use palisade::prelude::*;

    macro_rules! open {
        ($access:meta, $name:ident, $path:literal) => {
            #[get($path)]
            #[$access]
            pub(crate) async fn $name() -> &'static str {
                $path
            }
        };
    }

    open!(public, by_meta, "/made/meta");
    open!(authenticated, with_login, "/made/login");
    open!(require_scope("a"), with_scope, "/made/scope");

    macro_rules! several {
        ($($name:ident => $path:literal),* $(,)?) => {
            $(open!(public, $name, $path);)*
        };
    }

    several! { one => "/made/one", two => "/made/two" }

    macro_rules! whole {
        ($item:item) => {
            $item
        };
    }

    whole! {
        #[get("/made/item")]
        #[public]
        pub(crate) async fn item() -> &'static str {
            "an item"
        }
    }

    macro_rules! within {
        ($module:ident { $($inner:tt)* }) => {
            pub mod $module {
                use palisade::prelude::*;

                $($inner)*
            }
        };
    }

    within! {
        inside {
            #[get("/made/inside")]
            #[public]
            pub async fn inside() -> &'static str {
                "in a module that a macro makes"
            }
        }
    }

    macro_rules! by_method {
        ($method:ident, $name:ident, $($scope:literal)|+) => {
            #[$method("/made/method")]
            #[require_scope(any($($scope),+))]
            pub(crate) async fn $name() -> &'static str {
                stringify!($method)
            }
        };
    }

    by_method!(patch, patched, "a" | "b");
    by_method!(put, replaced, "a" | "b");
}

pub mod included {
    include!("included.rs");
}

pub mod lists {
    use palisade::{
        Endpoints, Reports, StaticFiles,
        auth::{Algorithm, SigningKey},
        issue::{SigningKeys, TokenIssuer},
        prelude::*,
    };

    trait Mounts {
        const HANDLER: held;
    }

    struct Holder;

    impl Mounts for Holder {
        const HANDLER: held = held;
    }

    #[get("/lists/held")]
    #[public]
    async fn held() -> &'static str {
        "in a constant of a type"
    }

    #[get("/lists/sometimes")]
    #[public]
    async fn sometimes() -> &'static str {
        "under a condition in the list"
    }

    #[get("/lists/cleared")]
    #[require_scope("a")]
    async fn cleared() -> &'static str {
        "through a variable"
    }

    /// Names under conditions, and one in a constant.
    pub fn conditional() -> Endpoints {
        let kept = cleared;
        palisade::endpoints![
            <Holder as Mounts>::HANDLER,
            #[cfg(any(unix, windows))]
            sometimes,
            #[cfg(any())]
            not::even::there,
            kept,
        ]
    }

    fn issuer() -> TokenIssuer {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        TokenIssuer::new("https://id.example.org", "items", SigningKeys::new(key)).unwrap()
    }

    /// What palisade itself brings.
    pub fn brought() -> Endpoints {
        let reports = Reports::new();
        let files = StaticFiles::load("/assets", "tests/spellings").unwrap();
        reports.endpoints().and(issuer().endpoints()).with_files(files)
    }
}

pub mod blocks {
    use palisade::prelude::*;

    /// A list that is made in a function, with the handlers in it.
    pub fn list() -> palisade::Endpoints {
        #[get("/blocks/function")]
        #[public]
        async fn in_function() -> &'static str {
            "in a function"
        }

        let first = super::bare::turned;
        palisade::Endpoints::new().with(first).with(in_function)
    }
}

pub mod hidden {
    use palisade::{Endpoints, prelude::*};

    /// In a closure.
    pub fn closure() -> Endpoints {
        let make = || {
            #[get("/hidden/closure")]
            #[public]
            async fn in_closure() -> &'static str {
                "in a closure"
            }
            endpoints![in_closure]
        };
        make()
    }

    /// A type with handlers in its functions.
    #[derive(Debug)]
    pub struct Owner;

    impl Owner {
        /// In a value that belongs to a type.
        pub const LIST: fn() -> Endpoints = {
            #[get("/hidden/constant")]
            #[public]
            async fn in_constant() -> &'static str {
                "in a constant"
            }
            || Endpoints::new().with(in_constant)
        };

        /// In a method.
        pub fn list() -> Endpoints {
            #[get("/hidden/method")]
            #[public]
            async fn in_method() -> &'static str {
                "in a method"
            }
            endpoints![in_method]
        }
    }

    /// In a static.
    pub static LIST: fn() -> Endpoints = {
        #[get("/hidden/static")]
        #[public]
        async fn in_static() -> &'static str {
            "in a static"
        }
        || endpoints![in_static]
    };

    /// With a function of its own.
    pub trait Listed {
        /// In a default of a trait.
        fn list() -> Endpoints {
            #[get("/hidden/default")]
            #[public]
            async fn in_default() -> &'static str {
                "in a default"
            }
            endpoints![in_default]
        }
    }

    impl Listed for Owner {}

    /// In the arms of a `match` and of an `if let`.
    pub fn branches(number: u8) -> Endpoints {
        match number {
            0 => {
                #[get("/hidden/arm")]
                #[public]
                async fn in_arm() -> &'static str {
                    "in an arm"
                }
                endpoints![in_arm]
            }
            more => {
                if more.checked_sub(1).is_some() {
                    #[get("/hidden/branch")]
                    #[public]
                    async fn in_branch() -> &'static str {
                        "in a branch"
                    }
                    endpoints![in_branch]
                } else {
                    Endpoints::new()
                }
            }
        }
    }

    /// A type whose value is given on.
    pub fn picked() -> impl palisade::Endpoint {
        #[get("/hidden/picked")]
        #[public]
        async fn picked() -> &'static str {
            "given by a function"
        }
        picked
    }

    /// All of them.
    pub fn all() -> Endpoints {
        closure()
            .and(Owner::list())
            .and((Owner::LIST)())
            .and(LIST())
            .and(<Owner as Listed>::list())
            .and(branches(0))
            .and(branches(1))
            .with(picked())
    }
}

pub mod tokens {
    use palisade::prelude::*;

    macro_rules! as_they_are {
        ($($token:tt)*) => { $($token)* };
    }

    as_they_are! {
        #[get("/tokens/same")]
        #[public]
        pub(crate) async fn same() -> &'static str { "tokens" }
    }

    macro_rules! of_parts {
        ($seen:vis $name:ident $($returned:ty)? => $block:block) => {
            #[get("/tokens/parts")]
            #[public]
            $seen async fn $name() $(-> $returned)? $block
        };
    }

    of_parts!(pub(crate) parts &'static str => { "a block" });

    macro_rules! with_attributes {
        ($(#[$attribute:meta])* $name:ident) => {
            $(#[$attribute])*
            pub(crate) async fn $name() -> &'static str {
                "attributes of the caller"
            }
        };
    }

    with_attributes! {
        #[get("/tokens/attributes")]
        #[public]
        attributes
    }

    macro_rules! of_lifetime {
        ($life:lifetime $name:ident) => {
            #[get("/tokens/lifetime")]
            #[public]
            pub(crate) async fn $name() -> &$life str {
                "a lifetime of the caller"
            }
        };
    }

    of_lifetime!('static lifetime);

    macro_rules! of_expressions {
        ($name:ident: $($handler:expr),*) => {
            /// A list of expressions.
            pub fn $name() -> palisade::Endpoints {
                endpoints![$($handler),*]
            }
        };
    }

    of_expressions!(list: same, parts, self::attributes, lifetime);
}

/// Every endpoint of this file.
pub fn endpoints() -> palisade::Endpoints {
    use palisade::endpoints as all;

    let kept = scopes::text;
    palisade::endpoints![
        bare::get,
        bare::qualified,
        bare::absolute,
        bare::mixed,
        bare::raw,
        bare::hashes,
        bare::r#loop,
        bare::taken,
        bare::post,
        bare::put,
        self::bare::patch,
        bare::delete,
        bare::head,
        bare::options,
        bare::route,
        bare::named,
        conditions::all,
        conditions::below,
        conditions::inner::inner,
        conditions::either,
    ]
    .and(all![
        imports::by_glob::glob,
        imports::by_name::name,
        imports::by_group::group,
        imports::risen,
        imports::r#mod::r#type,
        scopes::any,
        scopes::several,
        scopes::typed,
        scopes::path,
        scopes::star,
        scopes::aliased,
    ])
    .and(palisade::endpoints![
        inputs::json,
        inputs::alias,
        inputs::renamed,
        inputs::path,
        inputs::query,
        inputs::form,
        inputs::request,
        budgets::limited,
        budgets::large,
        budgets::open,
        budgets::headers,
        budgets::page,
        budgets::written,
        budgets::camera,
    ])
    .and(palisade::endpoints![
        made::by_meta,
        made::with_login,
        made::with_scope,
        made::one,
        made::two,
        made::item,
        made::inside::inside,
        made::patched,
        made::replaced,
        included::included,
        included::deep::deep,
    ])
    .and(lists::conditional())
    .and(lists::brought())
    .and(blocks::list())
    .and(hidden::all())
    .and(tokens::list())
    .with(kept)
}
