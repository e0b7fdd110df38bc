//! The program as a person runs it, over small packages written for the purpose.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod shop;

use std::{fs, path::Path};

use serde_json::{Value, json};
use shop::{inventory, log, names, out, package, run, write};

const CREATE: &str = r#"use palisade::prelude::*;

#[cfg(feature = "write")]
#[post("/items")]
#[require_scope(any("items:write", "admin"))]
#[credentials(bearer)]
#[rate_limit("10/minute", by = subject, burst = 5)]
#[rate_limit("1 MiB/day", by = client, outage = open, reason = "costs little")]
#[concurrency_limit(2, by = subject)]
#[body_limit("16 KiB")]
#[body_timeout("20 s")]
#[timeout("5 s")]
#[validated(unknown_fields = allow, reason = "old clients send more")]
#[cross_site(allow, reason = "called by the partner's page")]
#[conditional(required)]
#[cross_origin("https://*.app.example", credentials = allow, reason = "its pages sign in")]
async fn create_item(who: Principal, raw: Vouched<HttpRequest>, item: Json<NewItem>) -> Result<NoContent> {
    todo!()
}
"#;

#[test]
fn an_entry_says_everything_that_the_handler_declares() {
    let found = inventory(&[("src/main.rs", CREATE)]);
    assert_eq!(
        found,
        [json!({
            "kind": "endpoint",
            "package": "shop",
            "module": "crate",
            "name": "create_item",
            "mode": "routed",
            "methods": ["POST"],
            "path": "/items",
            "access": "any(items:write, admin)",
            "credentials": ["bearer"],
            "limits": [
                "10/minute by subject, burst 5",
                "2 at once by subject",
                "1024 KiB/day by client, open on outage",
            ],
            "body_limit": 16384,
            "body_timeout_ms": 20000,
            "timeout_ms": 5000,
            "cross_site": "allow",
            "cross_origin": "https://*.app.example, with credentials",
            "conditional": "required",
            "validation": "allow_unknown_fields",
            "inputs": ["Json<NewItem>"],
            "objects": [],
            "vouched": ["Vouched<HttpRequest>"],
            "cache": null,
            "csp": null,
            "conditions": ["feature = \"write\""],
            "reasons": [
                {"word": "rate_limit(outage)", "reason": "costs little"},
                {"word": "validated(unknown_fields)", "reason": "old clients send more"},
                {"word": "cross_site", "reason": "called by the partner's page"},
                {"word": "cross_origin(credentials)", "reason": "its pages sign in"},
            ],
            "file": "src/main.rs",
            "line": 17,
        })]
    );
}

#[test]
fn an_entry_says_which_files_are_taken() {
    let save = "use palisade::prelude::*;
        #[post(\"/files\")]
        #[authenticated]
        #[upload(max = \"5 MiB\", kinds(pdf, png), files = 3)]
        async fn save(files: UploadedFiles) -> NoContent { NoContent }";
    let found = inventory(&[("src/main.rs", save)]);
    let kept = |name: &str| found.first().and_then(|entry| entry.get(name)).cloned();
    assert_eq!(kept("body_limit"), Some(json!(3 * (5 << 20) + (64 << 10))));
    assert_eq!(
        kept("upload"),
        Some(json!({
            "field": "file",
            "files": 3,
            "max": 5 << 20,
            "kinds": ["png", "pdf"],
            "unpacked": 50 << 20,
            "pixels": 40_000_000,
            "frames": 1_000,
        }))
    );
}

#[test]
fn an_entry_says_which_content_codings_there_are() {
    let sources = "use palisade::prelude::*;
        #[post(\"/a\")]
        #[authenticated]
        #[validated]
        #[body_encoding(zstd, gzip)]
        #[compress(reason = \"sums of numbers are no secret\")]
        async fn a(body: Json<A>) -> NoContent { NoContent }
        #[post(\"/b\")]
        #[authenticated]
        async fn b() -> NoContent { NoContent }";
    let found = inventory(&[("src/main.rs", sources)]);
    let of = |at: usize, name: &str| found.get(at).and_then(|entry| entry.get(name)).cloned();
    assert_eq!(of(0, "body_encodings"), Some(json!(["gzip", "zstd"])));
    assert_eq!(of(0, "compressed"), Some(json!(true)));
    let reason = json!([{"word": "compress", "reason": "sums of numbers are no secret"}]);
    assert_eq!(of(0, "reasons"), Some(reason));
    assert_eq!((of(1, "body_encodings"), of(1, "compressed")), (None, None));
}

#[test]
fn handlers_are_found_wherever_modules_lie() {
    let handler = |path: &str, name: &str| {
        format!("use palisade::prelude::*;\n#[get(\"/{path}\")] #[public] async fn {name}() {{}}\n")
    };
    let main = "
        mod plain;
        mod folder;
        #[path = \"elsewhere/odd.rs\"] mod renamed;
        mod inline { mod deep; #[path = \"by_path.rs\"] mod other; }
        #[cfg(test)] mod tests;
        include!(\"included.rs\");
        struct S;
        impl S { fn f() { #[palisade::get(\"/in-fn\")] #[palisade::public] async fn in_fn() {} } }
    ";
    let plain = handler("plain", "plain") + "mod child;";
    let found = inventory(&[
        ("src/main.rs", main),
        ("src/plain.rs", &plain),
        ("src/plain/child.rs", &handler("child", "child")),
        ("src/folder/mod.rs", "mod beside;"),
        ("src/folder/beside.rs", &handler("beside", "beside")),
        ("src/elsewhere/odd.rs", "mod next;"),
        ("src/elsewhere/next.rs", &handler("next", "next")),
        ("src/inline/deep.rs", &handler("deep", "deep")),
        ("src/inline/by_path.rs", &handler("other", "other")),
        ("src/included.rs", &handler("included", "included")),
        ("src/tests.rs", "this is not read"),
    ]);
    assert_eq!(
        names(&found),
        [
            "routed GET /beside crate::folder::beside::beside",
            "routed GET /child crate::plain::child::child",
            "routed GET /deep crate::inline::deep::deep",
            "routed GET /in-fn crate::in_fn",
            "routed GET /included crate::included",
            "routed GET /next crate::renamed::next::next",
            "routed GET /other crate::inline::other::other",
            "routed GET /plain crate::plain::plain",
        ]
    );
}

#[test]
fn plain_handlers_show_their_route_where_it_can_be_read_off() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use actix_web::{get, web};
        #[actix_web::post("/above")] #[palisade::authenticated] async fn above() {}
        #[get("/bare")] #[palisade::authenticated] async fn bare() {}
        #[get("/foreign")] async fn foreign() {}
        #[palisade::authenticated] #[actix_web::put("/below")] async fn below() {}
        #[palisade::authenticated] async fn by_hand() {}
        #[palisade::authenticated] async fn lost() {}
        mod a { #[palisade::authenticated] pub async fn same() {} }
        mod b { #[palisade::authenticated] pub async fn same() {} }
        fn main() {
            App::new().service(
                web::scope("/v1")
                    .route("/hand", web::post().to(by_hand))
                    .route("/hand", web::put().to(by_hand))
                    .route("/same", web::get().to(b::same)),
            );
        }
        "#,
    )]);
    assert_eq!(
        names(&found),
        [
            "plain POST /above crate::above",
            "plain GET /bare crate::bare",
            "routed PUT /below crate::below",
            "plain POST,PUT /v1/hand crate::by_hand",
            "plain GET /v1/same crate::b::same",
            "plain ? ? crate::lost",
            "plain ? ? crate::a::same",
        ]
    );
}

#[test]
fn a_route_stands_under_the_scopes_that_it_is_served_in() {
    let found = inventory(&[(
        "src/main.rs",
        r#"
        use palisade::prelude::*;
        #[actix_web::post("/hook")] #[authenticated] async fn hook() {}
        #[actix_web::get("/top")] #[authenticated] async fn top() {}
        #[post("/items")] #[authenticated] async fn items() {}
        #[get("/twice")] #[authenticated] async fn twice() {}
        #[get("/alone")] #[authenticated] async fn alone() {}
        #[get("/somewhere")] #[authenticated] async fn somewhere() {}
        fn routes(c: &mut web::ServiceConfig) { c.service(items).service(twice); }
        fn main() {
            let _ = endpoints![twice, alone];
            App::new()
                .service(top)
                .service(web::scope("/legacy").service(hook).configure(routes))
                .service(web::scope(PREFIX).service(somewhere));
        }
        "#,
    )]);
    assert_eq!(
        names(&found),
        [
            "routed GET /alone crate::alone",
            "plain POST /legacy/hook crate::hook",
            "routed POST /legacy/items crate::items",
            "routed GET /legacy/twice crate::twice",
            "plain GET /top crate::top",
            "routed GET /twice crate::twice",
            "routed GET ? crate::somewhere",
        ]
    );
}

#[test]
fn a_wrong_handler_is_reported_at_its_place() {
    let folder = package(&[(
        "src/main.rs",
        "use palisade::prelude::*;\n#[post(\"/a\")]\nasync fn open() {}\n\n#[get(\"/b\")]\n#[authenticated]\n#[rate_limit(\"0/minute\", by = ip)]\nasync fn never() {}\n",
    )]);
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", log(&output));
    assert!(log(&output).contains("--> src/main.rs:3:10"), "{}", log(&output));
    assert!(log(&output).contains("--> src/main.rs:7:14"), "{}", log(&output));
    assert!(log(&output).contains("= help: "), "{}", log(&output));
}

#[test]
fn what_cannot_be_read_is_never_left_out_in_silence() {
    for (text, place, message) in [
        ("mod missing;", "src/main.rs:1:5", "no file for module `missing`"),
        ("fn f( {}", "src/main.rs:1:", "not Rust"),
        ("#[path = \"main.rs\"] mod me;", "src/main.rs:1:25", "includes itself"),
        ("include!(concat!(env!(\"OUT_DIR\"), \"/x.rs\"));", "src/main.rs:1:1", "include!"),
        ("make! { #[palisade::public] async fn f() {} }", "src/main.rs:1:21", "inside `make!`"),
    ] {
        let folder = package(&[("src/main.rs", text)]);
        let output = run(folder.path(), &[]);
        assert_eq!(output.status.code(), Some(2), "{text}: {}", log(&output));
        assert!(log(&output).contains(message), "{text}: {}", log(&output));
        assert!(log(&output).contains(&format!("--> {place}")), "{text}: {}", log(&output));
    }
}

#[test]
fn a_word_under_another_name_is_refused() {
    let folder = package(&[("src/main.rs", "use palisade::public as open;\n")]);
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(log(&output).contains("goes by the name `open`"), "{}", log(&output));
}

#[test]
fn what_only_the_macros_may_write_is_refused() {
    for (text, message) in [
        ("use palisade::prelude::*; impl Endpoint for X {}", "`Endpoint` is implemented by hand"),
        ("impl palisade::Input for X {}", "`Input` is implemented by hand"),
        ("fn f() { palisade::__private::run(); }", "`__private` is for what the macros write"),
        (
            "#[derive(palisade::Input)] struct X; \
             impl validator::ValidateArgs<'_> for X { type Args = (); }",
            "`ValidateArgs` is implemented by hand",
        ),
    ] {
        let folder = package(&[("src/main.rs", text)]);
        let output = run(folder.path(), &[]);
        assert_eq!(output.status.code(), Some(1), "{text}: {}", log(&output));
        assert!(log(&output).contains(message), "{text}: {}", log(&output));
    }
    let own = "use palisade::prelude::*; use crate::mine::Input; impl Input for X {}";
    assert!(inventory(&[("src/main.rs", own)]).is_empty());
    let other = "struct X; impl<'v> validator::ValidateArgs<'v> for X { type Args = &'v Context; }";
    assert!(inventory(&[("src/main.rs", other)]).is_empty());
}

#[test]
fn weakened_defaults_are_listed() {
    let files = [(
        "src/main.rs",
        "fn main() {
            Palisade::builder().dangerous_no_service_limit(\"the gateway counts\");
            Builder::dangerous_no_service_limit(builder, \"a script of ours\");
            builder.dangerous_no_service_limit(WHY).map(Builder::dangerous_no_service_limit);
        }",
    )];
    let call = |reason: Option<&str>, line: usize| {
        json!({
            "kind": "dangerous", "package": "shop", "module": "crate",
            "call": "dangerous_no_service_limit", "reason": reason,
            "file": "src/main.rs", "line": line,
        })
    };
    assert_eq!(
        inventory(&files),
        [
            call(Some("the gateway counts"), 2),
            call(Some("a script of ours"), 3),
            call(None, 4),
            call(None, 4),
        ]
    );
    let folder = package(&files);
    let output = run(folder.path(), &[]);
    let line = "  ! dangerous_no_service_limit: \"the gateway counts\" at src/main.rs:2\n";
    assert!(out(&output).contains(line), "{}", out(&output));
}

#[test]
fn queries_that_are_let_through_are_listed() {
    let files = [(
        "src/main.rs",
        "async fn forget(db: &Db) {
            sql!(\"DELETE FROM notes\", dangerous_no_where = \"the demo is reset\").execute(db).await;
            let all = [palisade::sql!(\"VACUUM\" as i64, dangerous_ddl = r\"once a night\")];
            assert!(f(&sql!(\"SELECT 'dangerous_raw'\", dangerous_raw = WHY)).is_ok());
            tracing::info!(\"{}\", builder.dangerous_no_service_limit(\"the gateway counts\"));
        }
        macro_rules! wipe { ($t:literal) => { sql!($t, dangerous_no_where = \"a table of ours\") } }
        #[cfg(test)]
        mod tests { fn f() { sql!(\"DELETE FROM a\", dangerous_no_where = \"a test's own table\"); } }",
    )];
    let call = |call: &str, reason: Option<&str>, line: usize| {
        json!({
            "kind": "dangerous", "package": "shop", "module": "crate",
            "call": call, "reason": reason, "file": "src/main.rs", "line": line,
        })
    };
    assert_eq!(
        inventory(&files),
        [
            call("dangerous_ddl", Some("once a night"), 3),
            call("dangerous_no_service_limit", Some("the gateway counts"), 5),
            call("dangerous_no_where", Some("the demo is reset"), 2),
            call("dangerous_no_where", Some("a table of ours"), 7),
            call("dangerous_raw", None, 4),
        ]
    );
    let folder = package(&files);
    let line = "  ! dangerous_no_where: \"the demo is reset\" at src/main.rs:2\n";
    assert!(out(&run(folder.path(), &[])).contains(line));
}

#[test]
fn rules_silenced_outside_of_handlers_are_listed() {
    let handler = "use palisade::prelude::*;
        #[get(\"/a\")] #[public]
        #[allow_unsafe(sql_format, reason = \"the handler's own reason\")]
        async fn a() -> &'static str { \"a\" }
        #[allow_unsafe(sql_format, reason = \"the table is one of ours\")]
        fn count(table: &str) {}";
    let found = inventory(&[("src/main.rs", handler)]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(
        found[0]["reasons"],
        json!([{"word": "allow_unsafe(sql_format)", "reason": "the handler's own reason"}])
    );
    assert_eq!(
        found[1],
        json!({
            "kind": "silenced", "package": "shop", "module": "crate", "rule": "sql_format",
            "reason": "the table is one of ours", "file": "src/main.rs", "line": 5,
        })
    );
    let folder = package(&[("src/main.rs", handler)]);
    let output = run(folder.path(), &[]);
    let line = "  ! allow_unsafe(sql_format): \"the table is one of ours\" at src/main.rs:5\n";
    assert!(out(&output).contains(line), "{}", out(&output));
}

#[test]
fn a_saved_inventory_is_compared_by_what_it_lets_through() {
    let folder = package(&[("src/main.rs", CREATE)]);
    let saved = run(folder.path(), &["--json"]);
    fs::write(folder.path().join("routes.json"), &saved.stdout).unwrap();
    let check = || run(folder.path(), &["--check", "routes.json"]);
    assert_eq!((check().status.code(), out(&check())), (Some(0), ""));

    write(folder.path(), "src/main.rs", &format!("// A line more.\n{CREATE}"));
    assert_eq!((check().status.code(), out(&check())), (Some(0), ""));

    write(folder.path(), "src/main.rs", &CREATE.replace("\"16 KiB\"", "\"32 KiB\""));
    assert_eq!(check().status.code(), Some(1));
    assert_eq!(
        out(&check()),
        "~ POST /items (shop crate::create_item): body_limit 16384 -> 32768\n"
    );

    write(folder.path(), "src/main.rs", &CREATE.replace("\"/items\"", "\"/things\""));
    assert_eq!(check().status.code(), Some(1));
    assert_eq!(
        out(&check()),
        "- POST /items (shop crate::create_item): access \"any(items:write, admin)\"\n\
         + POST /things (shop crate::create_item): access \"any(items:write, admin)\"\n"
    );

    write(folder.path(), "routes.json", "{}");
    assert_eq!(check().status.code(), Some(2));
}

#[test]
fn the_table_is_aligned() {
    let folder = package(&[("src/main.rs", CREATE)]);
    let output = run(folder.path(), &[]);
    let lines: Vec<_> = out(&output).lines().collect();
    let [title, head, row] = lines.as_slice() else { panic!("{}", out(&output)) };
    assert_eq!(*title, "shop");
    for (column, cell) in [("PATH", "/items"), ("BODY", "16 KiB"), ("CROSS-SITE", "allow")] {
        assert_eq!(head.find(column), row.find(cell), "{column}\n{}", out(&output));
    }
}

#[test]
fn packages_are_chosen_by_their_dependency_or_by_name() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "Cargo.toml", "[workspace]\nmembers = [\"one\", \"two\"]\n");
    let manifest = |name: &str, dependency: &str| {
        format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\n{dependency}\n")
    };
    write(
        folder.path(),
        "one/Cargo.toml",
        &manifest("one", "guard = { package = \"palisade\", version = \"0.1\" }"),
    );
    write(
        folder.path(),
        "one/src/lib.rs",
        "#[guard::get(\"/one\", crate = guard)] #[guard::public] async fn one() {}",
    );
    write(folder.path(), "two/Cargo.toml", &manifest("two", ""));
    write(folder.path(), "two/src/lib.rs", "mod nowhere;");

    let output = run(folder.path(), &["--json"]);
    assert_eq!((output.status.code(), log(&output)), (Some(0), ""));
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(names(&found), ["routed GET /one crate::one"]);
    assert_eq!(found[0]["file"], "one/src/lib.rs");

    assert_eq!(run(folder.path(), &["-p", "two"]).status.code(), Some(2));
    assert_eq!(run(folder.path(), &["-p", "three"]).status.code(), Some(2));
    assert!(log(&run(folder.path(), &["-p", "three"])).contains("there are: one, two"));
    let elsewhere = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("Cargo.toml");
    let output = run(elsewhere.path(), &["--manifest-path", manifest.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", log(&output));
}

#[test]
fn the_inventory_of_this_workspace_is_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = run(&root, &[]);
    assert_eq!((output.status.code(), log(&output)), (Some(0), ""));
    let shown = out(&output);
    assert!(shown.contains("! allow_unsafe(macro_internals): \"the stage is measured"), "{shown}");
}

#[test]
fn what_only_the_macros_may_write_is_silenced_with_a_reason_alone() {
    for (attribute, code) in [
        ("#[allow_unsafe(macro_internals, reason = \"it is measured by itself\")]", 0),
        ("#[allow_unsafe(macro_internals, reason = \"..........\")]", 1),
        ("#[allow_unsafe(bare_handler, reason = \"it is measured by itself\")]", 1),
        ("", 1),
    ] {
        let main = format!(
            "use palisade::prelude::*;\n{attribute}\nstruct Own(palisade::__private::HeaderStage);\n"
        );
        let folder = package(&[("src/main.rs", &main)]);
        let output = run(folder.path(), &[]);
        assert_eq!(output.status.code(), Some(code), "{attribute}: {}", log(&output));
    }
}
