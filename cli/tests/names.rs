//! What the inventory knows by name: handlers, words, types and policies, wherever they are.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop where it stands"
)]

mod shop;

use serde_json::{Value, json};
use shop::{MANIFEST, inventory, log, names, out, package, run, write};

/// The value of a field of the only endpoint with this name.
#[track_caller]
fn field(inventory: &[Value], name: &str, field: &str) -> Value {
    let found: Vec<&Value> = inventory.iter().filter(|entry| entry["name"] == name).collect();
    let [one] = found.as_slice() else { panic!("{name}: {found:?}") };
    one[field].clone()
}

/// What is said of a program, and with which exit code.
fn told(main: &str) -> (Option<i32>, String) {
    let folder = package(&[("src/main.rs", main)]);
    let output = run(folder.path(), &[]);
    (output.status.code(), log(&output).to_owned())
}

#[test]
fn a_name_without_a_handler_is_an_error() {
    const SEEN: &str = "use palisade::prelude::*; use actix_web::web;
        #[get(\"/seen\")] #[public] async fn seen() {}\n";
    for mount in [
        "fn f() { endpoints![seen, hidden_a]; }",
        "fn f() { endpoints![seen, elsewhere::hidden_a]; }",
        "mod api { } fn f() { endpoints![api::hidden_a]; }",
        "fn f() { let _ = Some(endpoints![hidden_a]); }",
        "macro_rules! all { () => { endpoints![hidden_a] } }",
        "macro_rules! all { ($h:expr) => { fn all() { endpoints![seen, $h]; } } } all!(hidden_a);",
        "fn f() { Endpoints::new().with(elsewhere::hidden_a); }",
        "fn f(all: palisade::Endpoints) { all.with(elsewhere::hidden_a); }",
        "fn f() { use palisade::endpoints as all; all![seen].with(elsewhere::hidden_a); }",
        "fn f() { use palisade::endpoints as all; all![elsewhere::hidden_a]; }",
        "fn f() { App::new().service(elsewhere::hidden_a); }",
        "fn f() { App::new().route(\"/\", web::get().to(elsewhere::hidden_a)); }",
        "fn f() { App::new().route(\"/\", web::to(elsewhere::hidden_a)); }",
        "fn f() { web::resource(\"/\").to(hidden_a); }",
        "make! { hidden_a } fn f() { endpoints![hidden_a]; }",
    ] {
        let (code, log) = told(&format!("{SEEN}{mount}"));
        assert_eq!(code, Some(2), "{mount}: {log}");
        assert!(
            log.contains("error: not found: `") && log.contains("hidden_a` is"),
            "{mount}: {log}"
        );
        assert_eq!(log.matches("error").count(), 1, "{mount}: {log}");
    }
    let all = "macro_rules! all { ($h:expr) => { endpoints![$h] } } fn f() { all!(seen); }";
    let (code, log) = told(&format!("{SEEN}{all}"));
    assert_eq!(code, Some(2), "{log}");
    assert!(log.contains("this list of endpoints"), "{log}");
    let (code, log) = told(&format!("{SEEN}fn f() {{ endpoints![seen, later()]; }}"));
    assert_eq!(code, Some(2), "{log}");
    assert!(log.contains("this list of endpoints"), "{log}");
}

#[test]
fn what_another_crate_mounts_is_an_error() {
    const USE: &str = "use palisade::prelude::*; use palisade::Endpoints;\n";
    for (main, told) in [
        (
            "fn f() { Palisade::from_env().endpoints(framework::all()); }",
            "the list `framework::all()` is",
        ),
        ("fn f(l: Endpoints) { l.and(framework::all()); }", "the list `framework::all()` is"),
        (
            "fn f(l: Endpoints) { l.and(framework::all().and(l)); }",
            "the list `framework::all()` is",
        ),
        ("use framework::all; fn f(l: Endpoints) { l.and(all()?); }", "the list `all()` is"),
        (
            "fn f(l: Endpoints) { let own = framework::all(); l.and(own); }",
            "the list `framework::all()` is",
        ),
        ("fn f() { App::new().configure(framework::routes); }", "`framework::routes` configures"),
        ("fn f(l: Endpoints) { l.and(other::list![a]); }", "the list `other::list![a]` is"),
        ("framework::routes!();", "what `framework::routes!` makes"),
        ("fn f() { framework::serve!(\"/x\") }", "what `framework::serve!` makes"),
        ("use framework::serve as run; run! { a }", "what `run!` makes"),
        ("use framework::*; serve! { a }", "what `serve!` makes"),
        ("#[framework::endpoint] async fn f() {}", "what `#[framework::endpoint]` makes"),
        (
            "use framework::*; #[resource] #[derive(Serialize)] struct A;",
            "what `#[resource]` makes",
        ),
        ("use framework::*; #[derive(Clone)] #[resource] struct A;", "what `#[resource]` makes"),
        ("use framework::input; #[derive(Input)] #[input] struct A;", "what `#[input]` makes"),
        (
            "#[cfg_attr(all(), framework::endpoint)] async fn f() {}",
            "what `#[framework::endpoint]` makes",
        ),
        (
            "struct A; impl A { #[framework::endpoint] async fn f() {} }",
            "what `#[framework::endpoint]` makes",
        ),
        (
            "fn f() { #[framework::endpoint] async fn g() {} }",
            "what `#[framework::endpoint]` makes",
        ),
        ("#[derive(framework::Resource)] struct A;", "what `#[derive(framework::Resource)]` makes"),
        (
            "use framework::Form as Filled; #[derive(Clone, Filled)] struct A;",
            "what `#[derive(Filled)]` makes",
        ),
        (
            "use framework::prelude::*; #[derive(Resource)] enum A {}",
            "what `#[derive(Resource)]` makes",
        ),
        (
            "#[cfg_attr(all(), derive(framework::Resource))] struct A;",
            "what `#[derive(framework::Resource)]` makes",
        ),
        (
            "fn f() { #[derive(upon::Resource)] struct A; }",
            "what `#[derive(upon::Resource)]` makes",
        ),
        ("#[macro_use] extern crate framework;", "what `#[macro_use]` brings of `framework` makes"),
        ("upon::serve! { a }", "what `upon::serve!` makes"),
    ] {
        let (code, log) = told_of_lock(&format!("{USE}{main}"));
        assert_eq!(code, Some(2), "{main}: {log}");
        assert!(log.contains(told), "{main}: {log}");
        assert_eq!(log.matches("error").count(), 1, "{main}: {log}");
    }
    for right in [
        "fn all() -> Endpoints { endpoints![] } fn f(l: Endpoints) { l.and(all()); }",
        "fn f(issuer: palisade::issue::TokenIssuer) {
            Palisade::from_env().endpoints(endpoints![].and(issuer.endpoints())); }",
        "fn f(l: Option<u8>) { l.and(other::some()); }",
        "fn f() { other::log!(\"x\"); println!(); }",
        "use framework::*; fn f() { println!(); format!(\"\"); }",
        "use framework::prelude::*; fn f() { writeln!(f, \"a\"); unimplemented!(); debug_assert_ne!(1, 2); }
            thread_local! { static A: u8 = 1; }",
        "use framework::prelude::*; #[derive(Clone, Deserialize, Validate, Input)] #[serde(deny_unknown_fields)]
            #[validate(schema(function = f))] #[input(unknown_fields = allow, reason = \"a\")]
            struct A { #[serde(default)] #[validate(email)] #[input(max = 3)] a: u8 }",
        "use framework::prelude::*; #[cfg_attr(all(), derive(Template))] #[template(path = \"a\")] struct A;",
        "use framework::prelude::*; #[derive(Row)] #[sql(schema = \"a\")] struct A { #[sql(b)] b: u8 }",
        "use framework::prelude::*; #[derive(Debug, Default, Error)] enum A { #[default] #[error(\"b\")] B(#[from] C) }",
        "use framework::serde; #[derive(serde::Serialize)] #[serde(rename_all = \"lowercase\")] struct A;",
        "use framework::prelude::*; #[repr(u8)] #[non_exhaustive] #[deprecated] #[forbid(a)] #[warn(b)] enum A { B }
            #[track_caller] #[cold] fn f() {} #[test] #[ignore] fn g() {} #[path = \"h.rs\"] #[macro_use] #[cfg(any())] mod h {}",
        "use framework::prelude::*; #[rustfmt::skip] #[clippy::cognitive_complexity = \"9\"] #[other::attribute] fn f() {
            #[diagnostic::on_unimplemented(message = \"a\")] trait A {} other::log!(\"a\"); std::println!(); }",
        "use framework::log_it; fn f() { log_it(); }",
        "macro_rules! serve { () => {} } serve!();",
        "use framework::prelude::*; use other::Resource; #[derive(Resource)] struct A;",
        "#[cfg(test)] mod tests { #[derive(framework::Resource)] struct A; }",
        "use framework::{Deserialize, Input}; #[derive(Deserialize, Input)] struct A { a: u8 }",
        "#[derive(Clone)] #[other::attribute] struct A;",
        "macro_rules! list { ($name:ident: $($h:expr),*) => { fn $name() { endpoints![$($h),*]; } } }
            #[get(\"/a\")] #[public] async fn a() {} list!(all: a, self::a);",
    ] {
        let (code, log) = told_of_lock(&format!("{USE}{right}"));
        assert_eq!((code, log.as_str()), (Some(0), ""), "{right}");
    }
}

/// As [`told`], in a package that has been built, and that depends on a framework over palisade.
fn told_of_lock(main: &str) -> (Option<i32>, String) {
    const LOCK: &str = "
        [[package]]\nname = \"palisade\"\n
        [[package]]\nname = \"framework\"\ndependencies = [\"palisade\"]
        [[package]]\nname = \"layer\"\ndependencies = [\"framework 0.1.0\"]
        [[package]]\nname = \"other\"\n";
    let manifest = MANIFEST.replace(
        "palisade = \"0.1\"",
        "palisade = \"0.1\"\nframework = \"0.1\"\nother = \"0.1\"\n\
         upon = { package = \"layer\", version = \"0.1\" }",
    );
    let folder = package(&[("src/main.rs", main), ("Cargo.lock", LOCK)]);
    write(folder.path(), "Cargo.toml", &manifest);
    let output = run(folder.path(), &[]);
    (output.status.code(), log(&output).to_owned())
}

#[test]
fn a_name_that_leads_to_a_handler_is_no_error() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use palisade::prelude::*;
        use actix_web::web;
        mod api {
            pub mod inner { use palisade::prelude::*; #[get("/a")] #[public] pub async fn list() {} }
            pub use inner::list;
            pub use self::inner::list as all;
        }
        use api::*;
        #[get("/b")] #[public] async fn r#loop() {}
        async fn bare() {}
        fn f(config: &mut web::ServiceConfig, files: Files, route: fn()) {
            endpoints![all, r#loop];
            let kept = api::list;
            config.service(kept).service(files).route("/b", web::get().to(bare));
            config.route("/c", web::get().to(route)).route("/d", web::get().to(HttpResponse::Ok));
            config.service(actix_files::Files::new("/", "."));
            COUNTER.with(std::cell::Cell::get);
            CELL.with(std::cell::RefCell::take);
            NAMES.with(std::mem::take);
            tracing_subscriber::registry().with(tracing_subscriber::fmt::layer);
            tower::ServiceBuilder::new().service(hyper::service::answer);
            config.service(outside::Answer::new);
        }
        "#,
    )]);
    assert_eq!(
        names(&found),
        [
            "routed GET /a crate::api::inner::list",
            "routed GET /b crate::r#loop",
            "routed GET ? crate::api::inner::list",
        ]
    );
}

#[test]
fn what_the_packages_own_macros_make_is_listed() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use palisade::prelude::*;
        macro_rules! open {
            ($access:meta, $name:ident, $path:literal) => {
                #[get($path)] #[$access] async fn $name() -> &'static str { "a" }
            };
        }
        open!(public, hidden_a, "/hidden-a");
        #[cfg(feature = "more")]
        open!(require_scope("b"), hidden_b, "/hidden-b");
        macro_rules! both { ($($name:ident $path:literal),*) => { $(open!(authenticated, $name, $path);)* } }
        mod inner { use palisade::prelude::*; crate::both!(c "/c", d "/d"); }
        fn f() { endpoints![hidden_a, hidden_b, inner::c, inner::d]; }
        "#,
    )]);
    assert_eq!(
        names(&found),
        [
            "routed GET /c crate::inner::c",
            "routed GET /d crate::inner::d",
            "routed GET /hidden-a crate::hidden_a",
            "routed GET /hidden-b crate::hidden_b",
        ]
    );
    assert_eq!(field(&found, "hidden_b", "access"), "b");
    assert_eq!(field(&found, "hidden_b", "conditions"), json!(["feature = \"more\""]));
}

#[test]
fn what_cannot_be_read_of_a_macro_is_an_error() {
    for (text, message) in [
        (
            "macro_rules! open { ($n:ident) => { #[get(\"/a\")] #[public] async fn $n() {} } }
             fn f() { open!(hidden); }",
            "inside `open!`",
        ),
        (
            "macro_rules! open { ($n:ident, $a:meta) => { #[get(\"/a\")] #[$a] async fn $n() {} } }
             fn f() { open!(hidden, public); }",
            "inside `open!`",
        ),
        (
            "mod a { macro_rules! open { ($n:ident) => { #[get(\"/a\")] #[public] async fn $n() {} } } open!(x); }
             mod b { macro_rules! open { ($n:ident) => { #[get(\"/b\")] #[authenticated] async fn $n() {} } } open!(x); }",
            "inside `open!`",
        ),
        ("make! { #[r#public] async fn f() {} }", "inside `make!`"),
        ("make! { #[cfg_attr(all(), palisade::public)] async fn f() {} }", "inside `make!`"),
        (
            "macro_rules! open { (a) => { #[get(\"/a\")] #[public] async fn a() {} } } open!(b);",
            "inside `open!`",
        ),
    ] {
        let (code, log) = told(&format!("use palisade::prelude::*; {text}"));
        assert_eq!(code, Some(2), "{text}: {log}");
        assert!(log.contains(message), "{text}: {log}");
    }
}

#[test]
fn words_under_a_condition_are_refused() {
    for attribute in [
        "#[cfg_attr(all(), get(\"/hidden-b\"), public)]",
        "#[cfg_attr(feature = \"x\", palisade::public)] #[get(\"/a\")]",
        "#[cfg_attr(a, cfg_attr(b, get(\"/a\"), public))]",
    ] {
        let (code, log) = told(&format!("use palisade::prelude::*; {attribute} async fn f() {{}}"));
        assert_eq!(code, Some(1), "{attribute}: {log}");
        assert!(log.contains("under `cfg_attr`"), "{attribute}: {log}");
    }
}

#[test]
fn words_are_found_under_every_path() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use actix_web::web;
        pub use palisade::public;
        mod access { pub use palisade::public; pub use palisade::{self as p, authenticated}; }
        mod all { pub use palisade::prelude::*; }
        use access::p as guards;
        #[access::public(reason = "the first of them")] async fn a() {}
        #[crate::public(reason = "the second of them")] async fn b() {}
        #[self::public(reason = "the third of them")] async fn c() {}
        #[r#public(reason = "the fourth of them")] async fn d() {}
        #[guards::public(reason = "the fifth of them")] async fn e() {}
        #[::palisade::public(reason = "the sixth of them")] async fn f() {}
        #[access::p::get("/g")] #[access::authenticated] async fn g() {}
        mod inner { use super::all::*; #[get("/h")] #[public] async fn h() {} }
        mod function { fn outer() { use super::access::*; #[authenticated] async fn i() {} } }
        fn get() {}
        fn f0() { App::new().route("/a", web::get().to(a)); }
        "#,
    )]);
    let mut names = names(&found);
    names.sort();
    assert_eq!(
        names,
        [
            "plain ? ? crate::b",
            "plain ? ? crate::c",
            "plain ? ? crate::d",
            "plain ? ? crate::e",
            "plain ? ? crate::f",
            "plain ? ? crate::function::i",
            "plain GET /a crate::a",
            "routed GET /g crate::g",
            "routed GET /h crate::inner::h",
        ]
    );
}

#[test]
fn a_word_of_another_crate_is_refused() {
    for text in [
        "use other::get; use palisade::require_scope; #[get(\"/x\")] #[require_scope(\"admin\")] async fn x() {}",
        "mod m { pub use other::get; } use m::get; #[get(\"/x\")] #[palisade::public] async fn x() {}",
        "use other as palisade; use palisade::get; #[get(\"/x\")] #[::palisade::public] async fn x() {}",
        "use palisade::{get, public}; use other::rate_limit; #[get(\"/x\")] #[public] #[rate_limit(\"1/s\")] async fn x() {}",
    ] {
        let (code, log) = told(text);
        assert_eq!(code, Some(1), "{text}: {log}");
        assert!(log.contains("comes from `other` here"), "{text}: {log}");
    }
    // Of a crate that has all of them nothing is said, nor of Actix's own route.
    let text = "use rocket::get; #[get(\"/x\")] async fn x() {}
        #[palisade::public] #[actix_web::get(\"/y\")] async fn y() {}";
    assert_eq!(names(&inventory(&[("src/main.rs", text)])), ["routed GET /y crate::y"]);
}

#[test]
fn a_renamed_word_is_refused_wherever_it_is_imported() {
    for text in [
        "use palisade::public as open;",
        "mod a { pub use palisade::public; } use a::public as open;",
        "mod a { pub use palisade as p; } use a::p::public as open;",
    ] {
        let (code, log) = told(text);
        assert_eq!(code, Some(1), "{text}: {log}");
        assert!(log.contains("goes by the name `open`"), "{text}: {log}");
    }
}

#[test]
fn dependencies_in_folders_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = MANIFEST.replace(
        "palisade = \"0.1\"",
        "palisade = \"0.1\"\nextdep = { path = \"../extdep\" }\nsecond = { package = \"ext-two\", path = \"../two\" }",
    );
    write(folder.path(), "shop/Cargo.toml", &manifest);
    write(
        folder.path(),
        "shop/src/main.rs",
        "use palisade::prelude::*; use extdep::api;
         #[get(\"/seen\")] #[public] async fn seen() {}
         fn f() { endpoints![seen, extdep::hidden, api::deep, second::two]; }",
    );
    write(folder.path(), "extdep/Cargo.toml", &MANIFEST.replace("shop", "extdep"));
    write(
        folder.path(),
        "extdep/src/lib.rs",
        "use palisade::prelude::*;
         #[post(\"/hidden\")] #[public(reason = \"a form without a login\")] pub async fn hidden() {}
         pub mod api { #[palisade::get(\"/deep\")] #[palisade::public] pub async fn deep() {} }",
    );
    write(folder.path(), "two/Cargo.toml", &MANIFEST.replace("shop", "ext-two"));
    write(
        folder.path(),
        "two/src/lib.rs",
        "#[palisade::get(\"/two\")] #[palisade::public] pub async fn two() {}",
    );
    let output = run(&folder.path().join("shop"), &["--json"]);
    assert_eq!((output.status.code(), log(&output)), (Some(0), ""));
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        names(&found),
        [
            "routed GET /two crate::two",
            "routed GET /deep crate::api::deep",
            "routed POST /hidden crate::hidden",
            "routed GET /seen crate::seen",
        ]
    );
}

#[test]
fn what_weakens_belongs_to_the_endpoints_line() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use palisade::prelude::*;
        use palisade::{Csp, csp, permissions, object::{Denied, Permits}};
        mod policy {
            use palisade::{Csp, csp};
            pub const LAX: Csp = csp!("default-src *", reason = "the old widget needs it");
            pub const SAME: Csp = LAX;
            pub const STRICT: Csp = csp!("default-src 'none'");
        }
        struct Pages;
        impl Pages { const CAMERA: Permissions = permissions!("camera=*", reason = "the page scans codes"); }

        #[derive(Deserialize, Validate, Input)]
        #[input(unknown_fields = allow, reason = "old clients send more")]
        struct New { #[input(allow(unbounded), reason = "a document of the user")] extra: Value }

        struct Note;
        impl Permits<Read> for Note {
            const DENIED: Denied = Denied::Forbidden { reason: "members see all titles" };
        }

        #[post("/a")] #[authenticated] #[validated(unknown_fields = allow, reason = "the type says it")]
        #[headers(csp = policy::SAME, permissions = Pages::CAMERA)]
        async fn a(new: Json<New>, note: Owned<Note, Read>) {}

        #[get("/b")] #[public] #[headers(csp = policy::STRICT)] async fn b() {}
        "#,
    )]);
    let reasons = field(&found, "a", "reasons");
    let reasons: Vec<&str> =
        reasons.as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()).collect();
    assert_eq!(
        reasons,
        [
            "the type says it",
            "old clients send more",
            "a document of the user",
            "members see all titles",
            "the old widget needs it",
            "the page scans codes",
        ]
    );
    assert_eq!(field(&found, "a", "csp"), "default-src *");
    assert_eq!(field(&found, "b", "csp"), "default-src 'none'");
    assert_eq!(field(&found, "b", "reasons"), json!([]));
}

#[test]
fn what_weakens_the_service_has_lines_of_its_own() {
    let found = inventory(&[(
        "src/main.rs",
        r#"use palisade::page::dangerous_html as html;
        mod pages { pub use palisade::page::dangerous_html as made; }
        fn main() {
            Palisade::builder()
                .headers(HeaderSet::new().page_csp(csp!("default-src *", reason = "the old widget")))
                .cors(palisade::cors!(any, reason = "an open directory"));
            html(text, "cleaned by the editor");
            pages::made(text, "cleaned as well");
            assert!(ok(html(text, "cleaned before")));
            let f = html;
            own::html(text, "another function");
        }"#,
    )]);
    let lines: Vec<String> = found
        .iter()
        .map(|one| format!("{} {} {}", one["call"], one["reason"], one["line"]))
        .collect();
    assert_eq!(
        lines,
        [
            "\"cors!\" \"an open directory\" 6",
            "\"csp!\" \"the old widget\" 5",
            "\"dangerous_html\" \"cleaned by the editor\" 7",
            "\"dangerous_html\" \"cleaned as well\" 8",
            "\"dangerous_html\" \"cleaned before\" 9",
            "\"dangerous_html\" null 10",
        ]
    );
}

#[test]
fn typed_scopes_are_shown_as_tokens_carry_them() {
    let main = r#"
        use palisade::prelude::*;
        mod auth {
            use palisade::prelude::*;
            #[derive(Scope)]
            pub enum Scope {
                ItemsRead,
                #[scope(grants(ItemsRead))]
                ItemsWrite,
            }
        }
        use auth::Scope as S;
        struct Admin;
        impl ScopeName for Admin {
            fn scope_name(&self) -> &'static str { "admin" }
            fn granted_by(&self) -> &'static [&'static str] { &["openid"] }
        }
        #[get("/a")] #[require_scope(any(S::ItemsRead, "b"))] async fn a() {}
        #[get("/b")] #[require_scope(auth::Scope::ItemsWrite)] async fn b() {}
        #[get("/c")] #[require_scope(Admin)] async fn c() {}
    "#;
    let found = inventory(&[("src/main.rs", main)]);
    assert_eq!(field(&found, "a", "access"), "any(items:read, b)");
    assert_eq!(field(&found, "a", "grants"), json!(["items:read by items:write"]));
    assert_eq!(field(&found, "b", "access"), "items:write");
    assert_eq!(field(&found, "b", "grants"), Value::Null);
    assert_eq!(
        found.last().unwrap(),
        &json!({
            "kind": "scope", "package": "shop", "module": "crate", "name": "Admin",
            "scope": "admin", "granted_by": "&[\"openid\"]", "file": "src/main.rs", "line": 14,
        })
    );
    let folder = package(&[("src/main.rs", main)]);
    let table = run(folder.path(), &[]);
    let line = "  ! scope Admin: admin, granted by &[\"openid\"] at src/main.rs:14\n";
    assert!(out(&table).contains(line), "{}", out(&table));
}

#[test]
fn readers_of_the_request_beside_the_arguments_are_listed() {
    let main = r#"
        use palisade::prelude::*;
        use palisade::auth::ScopeName as _;
        use actix_web::{Responder as Answer, guard::Guard};
        struct Echo;
        impl Answer for Echo {
            fn respond_to(self, r: &HttpRequest) -> HttpResponse { HttpResponse::Ok().body(r.query_string().to_owned()) }
        }
        struct Inner;
        impl Responder for Inner { fn respond_to(self, r: &HttpRequest) -> HttpResponse { self.0.respond_to(r) } }
        impl ResponseError for Failed { fn error_response(&self) -> HttpResponse { LAST.take() } }
        impl Guard for Beta { fn check(&self, context: &GuardContext<'_>) -> bool { true } }
        #[get("/a", guard = "remember")] #[public] #[rate_limit("1/s", by = function(key))] #[rate_limit("9/s", by = ip, name = "ip")] async fn a() -> Echo { Echo }
    "#;
    let found = inventory(&[("src/main.rs", main)]);
    assert_eq!(field(&found, "a", "raw"), json!(["guard remember", "key key"]));
    let readers: Vec<&str> = found.iter().filter_map(|one| one["reader"].as_str()).collect();
    assert_eq!(readers, ["Beta::check", "Echo::respond_to", "Failed::error_response"]);
    let folder = package(&[("src/main.rs", main)]);
    let table = run(folder.path(), &[]);
    assert!(
        out(&table).contains("  ! raw: Echo::respond_to at src/main.rs:7\n"),
        "{}",
        out(&table)
    );
}

#[test]
fn what_only_the_macros_may_write_is_refused_under_every_name() {
    for text in [
        "use palisade::Endpoint as Mounted; impl Mounted for Bare {}",
        "use palisade::input; impl input::Input for New {}",
        "use palisade::input::private::{Bounded, InputSeal};",
        "use palisade::__private as inner;",
        "mod guards { pub use palisade::*; pub mod __private {} }",
        "mod guards { pub use palisade::*; } #[palisade::get(\"/a\", crate = crate::guards)] #[palisade::public] async fn f() {}",
        "extern crate palisade as real; extern crate self as palisade;",
        "fn f() { println!(\"{}\", palisade::__private::REFUSED.name); }",
        "mod a { pub use palisade::Endpoint as E; } impl a::E for Bare {}",
    ] {
        let (code, log) = told(text);
        assert_eq!(code, Some(1), "{text}: {log}");
    }
    let text =
        "mod __private { pub fn f() {} } fn f() { crate::__private::f(); serde::__private::g(); }";
    assert!(inventory(&[("src/main.rs", text)]).is_empty());
}

#[test]
fn weakened_types_are_found_under_conditions_and_aliases() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use palisade::{prelude::*, csp as policy, object::{Denied, Permits, Read, Read as R, Write}};
        #[cfg_attr(all(), derive(Deserialize, Validate, Input))]
        #[cfg_attr(all(), input(unknown_fields = allow, reason = "the partner sends more"))]
        struct New { id: u8 }
        struct Note;
        impl<A> Permits<A> for Note {
            const DENIED: Denied = Denied::Forbidden { reason: "members see all titles" };
        }
        struct Draft;
        impl Permits<Read> for Draft {
            const DENIED: Denied = Denied::Forbidden { reason: "drafts have a public list" };
        }
        mod own { pub struct Read; }
        const LAX: palisade::Csp = policy!("script-src 'unsafe-inline'", reason = "an old widget");
        #[post("/new")] #[authenticated] #[validated] async fn create(new: Json<New>) {}
        #[get("/note")] #[authenticated] async fn note(note: Owned<Note, Write>) {}
        #[get("/draft")] #[authenticated] async fn draft(note: Owned<Draft, R>) {}
        #[get("/write")] #[authenticated] async fn write(note: Owned<Draft, Write>) {}
        #[get("/own")] #[authenticated] async fn other(note: Owned<Draft, own::Read>) {}
        #[get("/page")] #[public] #[headers(csp = LAX)] async fn page() {}
        "#,
    )]);
    let reason = |name: &str| field(&found, name, "reasons")[0]["reason"].clone();
    assert_eq!(reason("create"), "the partner sends more");
    assert_eq!(reason("note"), "members see all titles");
    assert_eq!(reason("draft"), "drafts have a public list");
    assert_eq!(reason("page"), "an old widget");
    for name in ["write", "other"] {
        assert_eq!(field(&found, name, "reasons"), json!([]), "{name}");
    }
    let calls: Vec<_> = found.iter().filter(|entry| entry["kind"] == "dangerous").collect();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["call"], "csp!");
}

#[test]
fn typed_scopes_are_found_through_aliases_stars_and_constants() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use palisade::prelude::*;
        mod list { #[derive(palisade::Scope)]
            pub enum Scopes { Admin, #[scope("notes:read", grants(Admin))] Read } }
        use list::Scopes; use Scopes::*;
        type S = list::Scopes; type T = S;
        const LATER: Scopes = Scopes::Read;
        struct Audit; impl ScopeName for Audit { fn scope_name(&self) -> &'static str { "audit" } }
        #[get("/a")] #[require_scope(Admin)] async fn by_star() {}
        #[get("/b")] #[require_scope(T::Admin)] async fn by_alias() {}
        #[get("/c")] #[require_scope(LATER)] async fn by_constant() {}
        #[get("/d")] #[require_scope(Audit)] async fn by_hand() {}
        "#,
    )]);
    for (name, access) in [
        ("by_star", "admin"),
        ("by_alias", "admin"),
        ("by_constant", "notes:read"),
        ("by_hand", "Audit"),
    ] {
        assert_eq!(field(&found, name, "access"), access, "{name}");
    }
    assert_eq!(field(&found, "by_alias", "grants"), json!(["admin by notes:read"]));
    let (code, log) = told(
        "use palisade::prelude::*; use shared::Scopes;
         #[get(\"/a\")] #[require_scope(Scopes::Admin)] async fn a() {}",
    );
    assert_eq!(code, Some(2), "{log}");
    assert!(log.contains("the scope `Scopes::Admin` is of no type that was read"), "{log}");
}

#[test]
fn a_package_shows_what_it_mounts_of_others() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "Cargo.toml", "[workspace]\nmembers = [\"app\", \"notes\", \"other\"]\n");
    let manifest = |name: &str, more: &str| {
        format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\npalisade = \"0.1\"\n{more}\n"
        )
    };
    let handler = |name: &str| {
        format!("#[get(\"/{name}\")] #[public] pub async fn {name}(u: types::Upload) {{}}\n")
    };
    let types = "pub mod types { pub type Upload = palisade::Vouched<palisade::Bytes>; }\n";
    write(folder.path(), "app/Cargo.toml", &manifest("app", "notes = { path = \"../notes\" }"));
    write(
        folder.path(),
        "app/src/main.rs",
        "use palisade::prelude::*;
         #[get(\"/own\")] #[public] async fn own(u: notes::types::Upload) {}
         fn main() { App::new().service(web::scope(\"/v1\").service(notes::list));
             notes::all().and(endpoints![own]); }",
    );
    write(folder.path(), "notes/Cargo.toml", &manifest("notes", ""));
    write(
        folder.path(),
        "notes/src/lib.rs",
        &format!(
            "use palisade::prelude::*;\n{types}{}{}{}pub fn all() -> palisade::Endpoints {{ endpoints![kept] }}",
            handler("list"),
            handler("kept"),
            handler("loose")
        ),
    );
    write(folder.path(), "other/Cargo.toml", &manifest("other", ""));
    write(
        folder.path(),
        "other/src/lib.rs",
        &format!("use palisade::prelude::*;\n{types}{}", handler("apart")),
    );
    let output = run(folder.path(), &["-p", "app", "--json"]);
    assert_eq!((output.status.code(), log(&output)), (Some(0), ""));
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        names(&found),
        [
            "routed GET /own crate::own",
            "routed GET /kept crate::kept",
            "routed GET /v1/list crate::list"
        ]
    );
    // The alias of another package is followed.
    assert_eq!(field(&found, "own", "vouched"), json!(["notes::types::Upload"]));
}
