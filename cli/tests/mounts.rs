//! Endpoints that are mounted without being named: they are found, or reported as missing.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop where it stands"
)]

mod shop;

use serde_json::{Value, json};
use shop::{inventory, log, names, out, package, run};

const SEEN: &str = "use palisade::prelude::*; use actix_web::{App, web};
    #[get(\"/seen\")] #[public] async fn seen() {}\n";

/// What is said of a program, and with which exit code.
fn told(main: &str) -> (Option<i32>, String) {
    let folder = package(&[("src/main.rs", &format!("{SEEN}{main}"))]);
    let output = run(folder.path(), &[]);
    (output.status.code(), log(&output).to_owned())
}

/// The field of the only endpoint with this name.
#[track_caller]
fn field(inventory: &[Value], name: &str, field: &str) -> Value {
    let found: Vec<&Value> = inventory.iter().filter(|entry| entry["name"] == name).collect();
    let [one] = found.as_slice() else { panic!("{name}: {found:?}") };
    one[field].clone()
}

#[test]
fn what_mounts_and_was_not_read_is_an_error() {
    for main in [
        // Lists.
        "fn f() { Palisade::builder().endpoints(external::all()); }",
        "fn f() { Palisade::builder().endpoints(endpoints![seen].and(external::all())); }",
        "fn f() { endpoints![seen].and(external::all()); }",
        "use external::all; fn f() { Palisade::builder().endpoints(all()); }",
        "use external::*; fn f() { Palisade::builder().endpoints(every()); }",
        "fn f() { let list = external::all(); Palisade::builder().endpoints(list.with(seen)); }",
        "fn f() { let list = external::all(); let list = list.and(endpoints![seen]);
            Palisade::builder().endpoints(list); }",
        "fn f(b: palisade::Builder) { let list = external::all();
            let list = if x { list.and(endpoints![seen]) } else { list }; b.endpoints(list); }",
        "fn f(b: palisade::Builder) { let list = Some(external::all());
            if let Some(list) = list { b.endpoints(list); } }",
        "fn list() -> palisade::Endpoints { external::all() }",
        "fn list() -> Result<palisade::Endpoints> { let all = external::all()?; Ok(all) }",
        "fn f(b: palisade::Builder) { b.endpoints(if x { endpoints![seen] } else { external::all() }); }",
        "fn f(b: palisade::Builder) { for list in external::lists() { b.endpoints(list); } }",
        "fn f(b: palisade::Builder) { if let Some(list) = external::list() { b.endpoints(list); } }",
        "fn f(b: palisade::Builder) { match external::list() { Some(list) => b.endpoints(list), None => b } }",
        "struct State { list: Endpoints } fn f() { State { list: external::all() } }",
        "fn take(list: Endpoints) {} fn f() { take(external::all()); }",
        "fn f(b: palisade::Builder) { palisade::Builder::endpoints(b, external::all()); }",
        "fn f(list: Endpoints) { palisade::Endpoints::and(list, external::all()); }",
        "fn f(b: palisade::Builder) { let make = || external::all(); b.endpoints(make()); }",
        "fn f(b: palisade::Builder) { let make = external::all; b.endpoints(make()); }",
        "fn f(b: palisade::Builder) { b.endpoints((external::LIST)()); }",
        "fn f(b: palisade::Builder) { b.endpoints((external::lists())()); }",
        "fn f(b: palisade::Builder, plugin: external::Plugin) { b.endpoints(plugin.endpoints()); }",
        // Functions that configure the app.
        "fn f() { App::new().configure(external::routes); }",
        "use external::routes; fn f() { App::new().configure(routes); }",
        "fn f() { App::new().service(web::scope(\"/v1\").configure(external::routes(1))); }",
        "fn f() { App::new().configure(|config| external::routes(config)); }",
        "fn f() { App::new().configure(|config| { external::Routes::new().mount(config); }); }",
        "fn f(config: &mut web::ServiceConfig) { external::routes(config); }",
        "fn f() { let add = external::routes(); App::new().configure(add); }",
        // Services.
        "fn f() { App::new().service(external::scope(\"/v1\")); }",
        "fn f() { App::new().service(external::Pages::new().at(\"/v1\")); }",
        "fn f() { let pages = external::pages(); App::new().service(pages); }",
    ] {
        let (code, log) = told(main);
        assert_eq!(code, Some(2), "{main}: {log}");
        assert!(
            log.starts_with("error: not read: `") || log.starts_with("error: not read: the "),
            "{main}: {log}"
        );
        assert_eq!(log.matches("error").count(), 1, "{main}: {log}");
    }
}

#[test]
fn a_service_that_is_mounted_on_purpose_is_a_line_with_its_reason() {
    for (attribute, code) in [
        ("#[allow_unsafe(bare_handler, reason = \"the page of the API is public\")]", 0),
        ("#[allow_unsafe(bare_handler, reason = \"..........\")]", 2),
        ("#[allow_unsafe(html_body, reason = \"the page of the API is public\")]", 2),
        ("", 2),
    ] {
        for (mounts, silenced) in [
            ("config.service(external::Pages::new(\"/docs\"));", code),
            ("config.configure(external::pages);", code),
            // Endpoints of a list have lines of their own.
            ("Palisade::builder().endpoints(external::all());", 2),
        ] {
            let main = format!(
                "{SEEN}{attribute}\nfn docs(config: &mut web::ServiceConfig) {{ {mounts} }}\n
                 fn f() {{ App::new().configure(docs); }}"
            );
            let folder = package(&[("src/main.rs", &main)]);
            let output = run(folder.path(), &[]);
            assert_eq!(output.status.code(), Some(silenced), "{main}: {}", log(&output));
            let line = "allow_unsafe(bare_handler): \"the page of the API is public\"";
            if silenced == 0 {
                assert!(out(&output).contains(line), "{}", out(&output));
            } else if mounts.starts_with("config") {
                assert!(log(&output).contains("`#[allow_unsafe(bare_handler, reason"), "{main}");
            }
        }
    }
}

#[test]
fn what_was_read_or_mounts_nothing_is_no_error() {
    for main in [
        "mod api { pub fn all() -> palisade::Endpoints { palisade::endpoints![crate::seen] } }
            fn f() { Palisade::builder().endpoints(api::all().and(api::all())); }",
        "fn f() { let list = endpoints![seen]; let list = list.and(Endpoints::new());
            Palisade::builder().endpoints(list.clone()); }",
        "fn f(list: palisade::Endpoints) { Palisade::builder().endpoints(list); }",
        "fn f(b: palisade::Builder, list: Endpoints) {
            let list = list.and(endpoints![seen]); b.endpoints(list); }",
        "fn f(b: palisade::Builder, list: Option<Endpoints>) {
            if let Some(list) = list { b.endpoints(list); } }",
        "fn f(b: palisade::Builder) { let list = endpoints![seen];
            let list = if x { list.and(endpoints![seen]) } else { list }; b.endpoints(list); }",
        "struct State { list: palisade::Endpoints }
            impl State { fn all(self) -> Endpoints { self.list } }
            fn f(state: State) { Palisade::builder().endpoints(state.all()); }",
        "fn f(b: palisade::Builder) { for list in [endpoints![seen]] { b.endpoints(list); } }",
        "fn f() -> Result<Endpoints> { let list = Endpoints::default(); Ok(list) }",
        "fn f() -> Option<Endpoints> { None }",
        "fn f(b: palisade::Builder) { let make = || endpoints![seen]; b.endpoints(make()); }",
        "struct Owner; impl Owner { const LIST: fn() -> Endpoints = || endpoints![seen]; }
            fn f(b: palisade::Builder) { b.endpoints((Owner::LIST)()); }",
        "fn f(kept: Option<Endpoints>) { Palisade::builder().endpoints(kept.unwrap_or_default()); }",
        "fn routes(config: &mut web::ServiceConfig) { config.service(seen); }
            fn f() { App::new().configure(routes).configure(|config| routes(config)); }",
        "fn routes(at: &str) -> impl Fn(&mut web::ServiceConfig) { move |config| {} }
            fn f() { App::new().configure(routes(\"/v1\")); }",
        "fn f() { let palisade = Palisade::builder().build()?;
            App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone()); }",
        "fn f(guards: &palisade::Palisade) { App::new().configure(|config| guards.mount(config)); }",
        "fn part() -> actix_web::Scope { web::scope(\"/v1\").service(seen) }
            fn f() { App::new().service(part()).service(actix_files::Files::new(\"/\", \".\")); }",
        "fn f() { let client = external::Client::new(); client.endpoints(external::hosts());
            external::Jail::new().configure(external::options); tower::Stack::new().service(external::layer()); }",
        "fn f() { let stack = tower::ServiceBuilder::new(); stack.service(external::layer()); }",
    ] {
        let (code, log) = told(main);
        assert_eq!((code, log.as_str()), (Some(0), ""), "{main}");
    }
}

#[test]
fn the_endpoints_of_palisade_itself_are_lines() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use palisade::{prelude::*, Reports as Told, StaticFiles, issue::TokenIssuer};
        struct State { issuer: TokenIssuer }
        #[get("/ping")] #[public] async fn ping() {}
        fn service(state: State) -> Result<palisade::Builder> {
            let reports = Told::new();
            let files = StaticFiles::load("/assets", "web/assets")?;
            Ok(Palisade::builder()
                .endpoints(endpoints![ping].and(reports.endpoints()))
                .endpoints(state.issuer.endpoints())
                .health_details_scope("ops:health")
                .metrics_endpoint("ops:metrics")
                .static_files(files))
        }
        "#,
    )]);
    assert_eq!(
        names(&found),
        [
            "routed GET /.well-known/jwks.json palisade::issue::endpoints::published_keys",
            "routed GET /assets/{file}* static files under /assets/::static_files",
            "routed GET /metrics palisade::metrics::endpoint::scrape",
            "routed POST /oauth/introspect palisade::issue::endpoints::introspect",
            "routed GET /ping crate::ping",
            "routed GET /readyz palisade::health::endpoint::health_details",
            "routed POST /reports palisade::report::endpoints::receive",
        ]
    );
    assert_eq!(field(&found, "receive", "cross_site"), "allow");
    assert_eq!(field(&found, "introspect", "access"), "token:introspect");
    assert_eq!(field(&found, "health_details", "access"), "ops:health");
    assert_eq!(field(&found, "scrape", "access"), "ops:metrics");
    assert_eq!(field(&found, "introspect", "validation"), "allow_unknown_fields");
    assert_eq!(field(&found, "receive", "line"), 9);
}

#[test]
fn who_reads_the_document_is_shown() {
    for (call, access, reasons) in [
        (
            ".openapi()",
            "public",
            r#"[{"reason":"only a developer's own requests, in development","word":"openapi"}]"#,
        ),
        (".openapi_scope(\"docs:read\")", "docs:read", "[]"),
        (
            ".openapi_public(\"partners read it\")",
            "public",
            r#"[{"reason":"partners read it","word":"openapi"}]"#,
        ),
    ] {
        let main = format!(
            "use palisade::{{prelude::*, Endpoints}};
            #[get(\"/ping\")] #[public] async fn ping() {{}}
            fn endpoints() -> Endpoints {{ endpoints![ping] }}
            fn service() -> palisade::Builder {{
                Palisade::builder().endpoints(endpoints()){call}
            }}"
        );
        let found = inventory(&[("src/main.rs", main.as_str())]);
        // The call that makes the document public is an entry of its own, too.
        let (endpoints, others): (Vec<_>, Vec<_>) =
            found.iter().cloned().partition(|entry| entry["kind"] == "endpoint");
        assert_eq!(others.len(), usize::from(call.contains("public")), "{others:?}");
        assert_eq!(
            names(&endpoints),
            [
                "routed GET /docs palisade::openapi::openapi_page",
                "routed GET /docs/icon.svg palisade::openapi::openapi_icon",
                "routed GET /docs/style.css palisade::openapi::openapi_style",
                "routed GET /openapi.json palisade::openapi::openapi_document",
                "routed GET /ping crate::ping",
            ],
            "{call}"
        );
        assert_eq!(field(&found, "openapi_page", "access"), access);
        assert_eq!(field(&found, "openapi_page", "reasons").to_string(), reasons);
    }
}

#[test]
fn conditions_in_a_list_are_shown_and_false_ones_name_nothing() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use palisade::prelude::*;
        #[get("/dump")] #[public] async fn dump() {}
        #[cfg(unix)] #[get("/both")] #[public] async fn both() {}
        #[get("/often")] #[public] async fn often() {}
        #[get("/held")] #[public] async fn held() {}
        trait Mounts { const HANDLER: held; }
        struct Holder;
        impl Mounts for Holder { const HANDLER: held = held; }
        fn f() {
            endpoints![
                #[cfg(debug_assertions)] dump,
                #[cfg(feature = "a")] both,
                #[cfg(feature = "b")] often,
                #[cfg(any())] not::even::there,
                #[cfg(all(unix, not(all())))] nor::this,
                #[cfg(test)] only::in_tests,
                <Holder as Mounts>::HANDLER,
            ];
            endpoints![#[cfg(feature = "c")] often];
        }
        "#,
    )]);
    assert_eq!(field(&found, "dump", "conditions"), json!(["debug_assertions"]));
    assert_eq!(field(&found, "both", "conditions"), json!(["unix", "feature = \"a\""]));
    assert_eq!(
        field(&found, "often", "conditions"),
        json!(["any(feature = \"b\", feature = \"c\")"])
    );
    assert_eq!(field(&found, "held", "conditions"), json!([]));
    let (code, log) = told("fn f() { endpoints![#[cfg(unix)] not::there]; }");
    assert_eq!(code, Some(2), "{log}");
    let (code, log) = told("fn f() { endpoints![<Holder as Mounts>::HANDLER]; }");
    assert_eq!(code, Some(2), "{log}");
    assert!(log.contains("`<Holder as Mounts>::HANDLER`"), "{log}");
}

#[test]
fn a_policy_that_was_not_read_is_an_error() {
    for (headers, name) in [
        ("csp = dep::POL", "csp"),
        ("permissions = dep::CAM", "permissions"),
        ("report_only = dep::POL", "report_only"),
    ] {
        let main = format!(
            "#[get(\"/a\")] #[public] #[headers({headers})] async fn a() {{}}
             fn f() {{ endpoints![a]; }}"
        );
        let (code, log) = told(&main);
        assert_eq!(code, Some(2), "{headers}: {log}");
        let says = format!("of `{name}` is in no constant that was read");
        assert!(log.contains(&says), "{headers}: {log}");
        let folder = package(&[("src/main.rs", &format!("{SEEN}{main}"))]);
        let output = run(folder.path(), &["--json"]);
        let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let shown = field(&found, "a", name);
        assert!(shown.as_str().unwrap().starts_with("not read: dep::"), "{shown}");
    }
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use palisade::{prelude::*, Permissions, permissions};
        const CAM: Permissions = permissions!("camera=*", reason = "the page scans codes");
        #[get("/a")] #[public]
        #[headers(permissions = CAM, report_only = "script-src 'self'", profile = download)]
        async fn a() {}
        "#,
    )]);
    assert_eq!(field(&found, "a", "permissions"), "camera=*");
    assert_eq!(field(&found, "a", "report_only"), "script-src 'self'");
    assert_eq!(field(&found, "a", "profile"), "download");
    assert_eq!(field(&found, "a", "reasons")[0]["word"], "headers(permissions)");
}

#[test]
fn what_a_service_puts_before_its_handlers_is_listed() {
    let main = r#"
        use actix_web::{dev::{Service, ServiceRequest, ServiceRequest as Req, Transform}, guard::{self, fn_guard as by}, middleware::from_fn};
        use palisade::auth::Authenticator as Auth;
        struct Log; struct Keys;
        impl<S> Transform<S, ServiceRequest> for Log { fn new_transform(&self, s: S) {} }
        impl<S> Service<Req> for Log { fn call(&self, r: Req) {} }
        impl<S> Service<Command> for Log { fn call(&self, r: Command) {} }
        impl Auth for Keys { fn authenticate<'a>(&'a self, presented: Presented<'a>) {} }
        fn f() {
            App::new().wrap_fn(|r, s| s.call(r)).wrap(from_fn(trace)).wrap(Log);
            web::get().guard(guard::fn_guard(|c| true)).guard(by(is_beta));
            std::iter::from_fn(|| None::<u8>);
        }
    "#;
    let folder = package(&[("src/main.rs", &format!("{SEEN}{main}"))]);
    let output = run(folder.path(), &["--json"]);
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let readers: Vec<&str> = found.iter().filter_map(|one| one["reader"].as_str()).collect();
    assert_eq!(
        readers,
        [
            "Keys::authenticate",
            "Log::call",
            "Log::new_transform",
            "fn_guard(..)",
            "fn_guard(is_beta)",
            "from_fn(trace)",
            "wrap_fn(..)",
        ]
    );
    let table = run(folder.path(), &[]);
    assert!(out(&table).contains("  ! raw: from_fn(trace) at src/main.rs:"), "{}", out(&table));
}

#[test]
fn two_handlers_on_one_path_are_told() {
    let other = "#[get(\"/seen\")] #[public] async fn other() {}\n";
    for mounts in [
        "fn f() { Palisade::builder().endpoints(endpoints![seen]); App::new().service(other); }",
        "fn f() { Palisade::builder().endpoints(endpoints![seen]).endpoints(endpoints![other]); }",
    ] {
        let (code, log) = told(&format!("{other}{mounts}"));
        assert_eq!(code, Some(0), "{log}");
        assert!(log.starts_with("warning: GET /seen is mounted with `crate::"), "{mounts}: {log}");
        assert_eq!(log.matches("warning").count(), 1, "{log}");
    }
    let parameters = "#[get(\"/a/{id}\")] #[public] async fn one(id: Path<u8>) {}
        #[get(\"/a/{name}\")] #[public] async fn two(name: Path<u8>) {}
        fn f() { Palisade::builder().endpoints(endpoints![one]); App::new().service(two); }";
    let (_, log) = told(parameters);
    assert!(log.contains("warning: GET /a/{} is mounted with"), "{log}");
    for fine in [
        "#[post(\"/seen\")] #[authenticated] async fn other() {}
            fn f() { endpoints![seen, other]; }",
        "#[cfg(unix)] #[get(\"/seen\")] #[public] async fn other() {}
            fn f() { endpoints![seen, other]; }",
        "#[get(\"/seen\", guard = \"is_beta\")] #[public] async fn other() {}
            fn f() { endpoints![seen, other]; }",
        "#[get(\"/seen\")] #[public] async fn other() {}
            fn f() { endpoints![seen]; App::new().service(web::scope(\"/v2\").service(other)); }",
    ] {
        let (code, log) = told(fine);
        assert_eq!((code, log.as_str()), (Some(0), ""), "{fine}");
    }
}
