//! The engine over sources that were not written for it: the crates in cargo's own cache.
//!
//! `cargo test -p palisade-lint --release --test sources -- --nocapture` prints files and lines per second.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use palisade_lint::{Context, Crate, Options, analyse, analyse_item};

/// Unoptimised, all of the cache takes minutes.
const PACKAGES: usize = if cfg!(debug_assertions) { 40 } else { usize::MAX };

fn packages() -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    let Ok(registries) = fs::read_dir(home.join("registry/src")) else { return Vec::new() };
    let mut found: Vec<PathBuf> = registries
        .filter_map(|dir| fs::read_dir(dir.ok()?.path()).ok())
        .flatten()
        .filter_map(|dir| Some(dir.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found.truncate(PACKAGES);
    found
}

#[test]
fn nothing_in_the_registry_makes_it_panic() {
    for audit in [false, true] {
        let krate = Crate::load(&packages()).unwrap();
        let (files, lines) = krate.size();
        let start = Instant::now();
        let report = analyse(&krate, &Options { audit, ..Options::default() });
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "audit {audit}: {files} files, {lines} lines in {seconds:.1} s: {:.0} files/s, {:.0} lines/s; {} findings",
            files as f64 / seconds,
            lines as f64 / seconds,
            report.findings.len()
        );
    }
}

#[test]
fn a_handler_costs_little() {
    let body = r#"
        async fn list(pool: web::Data<PgPool>, query: web::Query<Search>, client: web::Data<Client>) -> Result<HttpResponse> {
            let Search { name, sort, page } = query.into_inner();
            let sort = match sort.as_deref() { Some("age") => "age", _ => "name" };
            let mut sql = format!("SELECT id, name FROM items WHERE name = $1 ORDER BY {sort}");
            if page > 0 { sql.push_str(" OFFSET 20"); }
            let rows = sqlx::query(&sql).bind(&name).fetch_all(pool.get_ref()).await.map_err(internal)?;
            let mut items = Vec::new();
            for row in rows {
                let id: i64 = row.get("id");
                if id % 2 == 0 && name.len() > 3 || page == 7 { items.push(format!("item {id}")); }
            }
            let extra = client.get(format!("https://api.example.com/items/{name}")).send().await.map_err(internal)?;
            tracing::info!(count = items.len(), %name, "listed");
            Ok(HttpResponse::Ok().json(items))
        }
    "#;
    let handler: syn::ItemFn = syn::parse_str(body).unwrap();
    let start = Instant::now();
    for _ in 0..100 {
        assert!(analyse_item(&handler, &Context::default()).is_empty());
    }
    let elapsed = start.elapsed();
    println!("100 handlers in {elapsed:?}");
    // Fifty milliseconds are the aim with optimisation; a busy machine without it gets more.
    assert!(elapsed.as_millis() < 2000, "{elapsed:?}");
}

#[test]
fn hostile_code_ends_in_a_finding() {
    let deep = format!("fn f() {{ {}1{} }}", "(".repeat(5000), ")".repeat(5000));
    let unary = format!("fn f() {{ let a = {}1; }}", "!".repeat(30_000));
    let long = format!("fn f(a: &str) {{ let b = a{}; }}", " + a".repeat(4000));
    let chain = format!("fn f(a: &str) {{ a{}; }}", ".trim()".repeat(4000));
    let blocks = format!("fn f() {{ {} {} }}", "if a { ".repeat(150), "}".repeat(150));
    for (text, refused) in
        [(deep, true), (unary, true), (long, false), (chain, false), (blocks, true)]
    {
        let krate = Crate::from_sources([("src/lib.rs", text.as_str())]);
        let report = analyse(&krate, &Options { audit: true, ..Options::default() });
        let found = report.findings.iter().any(|f| f.rule == "unparsed_code");
        assert_eq!(found, refused, "{}", text.chars().take(60).collect::<String>());
    }
}

#[test]
fn a_compiler_thread_is_deep_enough() {
    // `rustc` runs macros on a stack of eight megabytes, most of which is its own.
    let work = || {
        let blocks =
            format!("fn f(a: String) {{ {} {} }}", "if a.len() > 1 { ".repeat(90), "}".repeat(90));
        let handler: syn::ItemFn = syn::parse_str(&blocks).unwrap();
        analyse_item(&handler, &Context::default()).len()
    };
    let thread = std::thread::Builder::new().stack_size(6 << 20).spawn(work).unwrap();
    thread.join().unwrap();
}
