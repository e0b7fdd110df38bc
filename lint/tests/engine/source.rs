//! Files and modules: where code is, and the code in macros.

use crate::{check, check_files};

#[test]
fn helpers_in_other_files_are_found() {
    check_files(
        &[
            (
                "src/main.rs",
                "mod store;\nuse actix_web::web;\nuse crate::store::disk::load as fetch;\nasync fn a(q: web::Query<Q>) { fetch(&q.name); }\n",
            ),
            ("src/store/mod.rs", "pub mod disk;\n"),
            (
                "src/store/disk.rs",
                "pub fn load(name: &str) { std::fs::read(name); } //~\npub fn fixed() { std::fs::read(\"a\"); }\n",
            ),
        ],
        false,
    );
}

#[test]
fn modules_at_other_paths_are_found() {
    check_files(
        &[
            (
                "src/main.rs",
                "#[path = \"platform/unix_impl.rs\"]\nmod platform;\nuse actix_web::web;\nuse platform::load;\nasync fn a(q: web::Query<Q>) { load(&q.name); platform::drop_it(&q.name); }\n",
            ),
            (
                "src/platform/unix_impl.rs",
                "pub fn load(name: &str) { std::fs::read(name); } //~\npub fn drop_it(name: &str) { std::fs::remove_file(name); } //~\n",
            ),
        ],
        false,
    );
}

#[test]
fn included_files_belong_to_where_they_are_included() {
    check_files(
        &[
            (
                "src/main.rs",
                "use actix_web::web;\nuse std::fs;\ninclude!(\"parts/handlers.rs\");\n",
            ),
            ("src/parts/handlers.rs", "async fn a(q: web::Query<Q>) { fs::read(&q.name); } //~\n"),
        ],
        false,
    );
}

#[test]
fn macros_of_the_crate_are_read() {
    check(
        r#"
use std::fs;
use actix_web::web;
macro_rules! load {
    ($name:expr) => { fs::read_to_string($name).unwrap() };
}
macro_rules! sql {
    ($($arg:tt)*) => { sqlx::query(&format!($($arg)*)) };
}
async fn a(q: web::Query<Q>) {
    load!(&q.name); //~
    load!("fixed");
    sql!("SELECT * FROM t WHERE a = '{}'", q.name); //~
    sql!("SELECT * FROM t");
}
"#,
    );
    check(
        r#"
use std::fs;
use actix_web::web;
macro_rules! handler {
    ($name:ident, $field:ident) => {
        async fn $name(q: web::Query<Q>) { fs::read(&q.$field).unwrap(); }
    };
}
handler!(one, name); //~
macro_rules! define {
    ($($name:ident => $file:literal),* $(,)?) => {
        $( fn $name() -> Vec<u8> { fs::read($file).unwrap() } )*
    };
}
define! { a => "a.txt", b => "b.txt" }
"#,
    );
}

#[test]
fn code_given_to_macros_is_read() {
    check(
        r#"
use std::fs;
use actix_web::web;
async fn a(q: web::Query<Q>) {
    tokio::select! {
        text = tokio::fs::read(&q.name) => {} //~
        _ = sleep() => { fs::read(&q.dir); } //~
    }
    let stream = async_stream::stream! {
        yield fs::read(&q.name); //~
    };
    cfg_if::cfg_if! {
        if #[cfg(unix)] { fs::read(&q.name); } else { fs::read("x"); } //~
    }
    assert!(fs::read(&q.name).is_ok()); //~
    log::info!("{:?}", fs::read(&q.name)); //~
    my::unknown!(fs::read(&q.name)); //~
}
"#,
    );
}

#[test]
fn renamed_imports_and_aliases_are_resolved() {
    check(
        r#"
use std::fs as disk;
use std::process::Command as Cmd;
use actix_web::web::{self, Query as Params};
type Input = Params<Q>;
type Text = String;
struct Q { name: Text }
async fn a(q: Input) { disk::read(&q.name); } //~
async fn b(q: Params<Q>) { Cmd::new("sh").arg("-c").arg(&q.name).spawn(); } //~
async fn c(p: web::Path<Text>) { { use std::fs::read as slurp; slurp(p.as_str()); } } //~
"#,
    );
}

#[test]
fn an_audit_takes_every_text_parameter_for_outside_data() {
    check_files(
        &[(
            "src/lib.rs",
            "use std::fs;\npub fn a(name: &str) { fs::read(name); } //~\npub fn b(names: &[String]) { for n in names { fs::read(n); } } //~\npub fn c(n: u32) { fs::read(n.to_string()); }\npub fn d(name: Option<&str>) { fs::read(name.unwrap()); } //~\npub fn e(p: &std::path::Path) { fs::read(p); }\n",
        )],
        true,
    );
}
