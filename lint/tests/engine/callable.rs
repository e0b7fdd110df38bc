//! Functions and closures as values, traits, generics.

use crate::{check, check_body};

#[test]
fn a_function_handed_over_by_name_is_called() {
    check(
        r#"
use std::fs;
use actix_web::web;
fn load(name: String) -> String { fs::read_to_string(name).unwrap() } //~
fn fixed(name: String) -> String { fs::read_to_string("a").unwrap() }
async fn a(q: web::Query<Q>) -> Vec<String> { q.tags.clone().into_iter().map(load).collect() }
async fn b(q: web::Query<Q>) -> Vec<String> { q.tags.clone().into_iter().map(fixed).collect() }
"#,
    );
    check(
        r#"
use std::fs;
use actix_web::web;
fn remove(name: &String) { fs::remove_file(name).unwrap() } //~
async fn a(q: web::Query<Q>) { q.tags.iter().for_each(remove); }
"#,
    );
    check(
        r#"
use std::fs;
use actix_web::web;
struct Store;
impl Store { fn load(name: &String) -> String { fs::read_to_string(name).unwrap() } } //~
async fn a(q: web::Query<Q>) { let text = q.opt.as_ref().map(Store::load); }
"#,
    );
}

#[test]
fn a_function_in_a_variable_or_an_argument_is_called() {
    check(
        r#"
use std::fs;
use actix_web::web;
fn load(name: &str) -> String { fs::read_to_string(name).unwrap() } //~
fn apply(f: fn(&str) -> String, x: &str) -> String { f(x) }
fn apply_all<F: Fn(&str) -> String>(x: &str, f: F) -> String { f(x) }
async fn a(q: web::Query<Q>) -> String { let f = load; f(&q.name) }
async fn b(q: web::Query<Q>) -> String { apply(load, &q.name) }
"#,
    );
    check(
        r#"
use std::fs;
use actix_web::web;
fn apply_all<F: Fn(&str) -> String>(x: &str, f: F) -> String { f(x) }
async fn b(q: web::Query<Q>) -> String {
    apply_all(&q.name, |name| {
        fs::read_to_string(name).unwrap() //~
    })
}
async fn c(q: web::Query<Q>) -> String {
    apply_all("fixed", |name| {
        fs::read_to_string(name).unwrap()
    })
}
"#,
    );
}

#[test]
fn a_closure_in_a_variable_or_a_field_is_called() {
    check_body(
        r#"
    let load = |name: &str| {
        fs::read_to_string(name) //~
    };
    load(&q.name)?;
    let same = move |name: &str| {
        fs::read_to_string(name)
    };
    same("fixed")?;
    let boxed: Box<dyn Fn(&str) -> String> = Box::new(|name: &str| {
        fs::read_to_string(name).unwrap() //~
    });
    boxed(&q.name);
    let kept = Hooks { on_load: |name: &str| {
        fs::read_to_string(name).unwrap() //~
    } };
    (kept.on_load)(&q.name);
    let caught = || {
        fs::read_to_string(&q.dir) //~
    };
    caught()?;
"#,
    );
}

#[test]
fn a_function_kept_in_a_field_is_called() {
    check(
        r#"
use std::fs;
use actix_web::web;
struct Hooks { load: fn(&str) -> String }
fn read(name: &str) -> String { fs::read_to_string(name).unwrap() } //~
async fn a(q: web::Query<Q>) -> String {
    let hooks = Hooks { load: read };
    (hooks.load)(&q.name)
}
"#,
    );
}

#[test]
fn a_trait_s_method_means_every_implementation() {
    check(
        r#"
use std::fs;
use std::sync::Arc;
use actix_web::web;
trait Store { fn fetch_text(&self, key: &str) -> String; fn twice(&self, key: &str) -> String { self.fetch_text(key) } }
struct Disk;
struct Memory;
impl Store for Disk { fn fetch_text(&self, key: &str) -> String { fs::read_to_string(key).unwrap() } } //~
impl Store for Memory { fn fetch_text(&self, key: &str) -> String { String::new() } }
async fn dynamic(q: web::Query<Q>, store: web::Data<Arc<dyn Store>>) -> String { store.fetch_text(&q.name) }
async fn boxed(q: web::Query<Q>) -> String { let store: Box<dyn Store> = make(); store.twice(&q.name) }
async fn generic<S: Store>(q: web::Query<Q>, store: S) -> String { store.fetch_text(&q.name) }
async fn by_path(q: web::Query<Q>, store: Disk) -> String { Store::fetch_text(&store, &q.name) }
"#,
    );
    check(
        r#"
use std::fs;
use actix_web::web;
trait Store { fn fetch(&self, key: &str) -> String; }
struct Disk;
struct Memory;
impl Store for Disk { fn fetch(&self, key: &str) -> String { fs::read_to_string(key).unwrap() } }
impl Store for Memory { fn fetch(&self, key: &str) -> String { String::new() } }
async fn known(q: web::Query<Q>) -> String { Memory.fetch(&q.name) }
async fn made(q: web::Query<Q>) -> String { let m = Memory {}; m.fetch(&q.name) }
"#,
    );
}

#[test]
fn conversions_between_types_run_their_code() {
    check(
        r#"
use std::fs;
use actix_web::web;
struct Key(String);
impl From<String> for Key { fn from(text: String) -> Self { Key(text) } }
impl Key { fn open(&self) -> String { fs::read_to_string(&self.0).unwrap() } } //~
async fn a(q: web::Query<Q>) -> String { let key = Key::from(q.name.clone()); key.open() }
"#,
    );
    check(
        r#"
use std::fs;
use actix_web::web;
enum Kind { A, B }
impl Kind { fn file(&self) -> &'static str { match self { Kind::A => "a", Kind::B => "b" } } }
impl std::str::FromStr for Kind {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> { match s { "a" => Ok(Kind::A), "b" => Ok(Kind::B), _ => Err(()) } }
}
async fn a(q: web::Query<Q>) -> String {
    let kind: Kind = q.name.parse().unwrap();
    fs::read_to_string(kind.file()).unwrap()
}
"#,
    );
}

#[test]
fn const_generics_and_type_parameters_change_nothing() {
    check(
        r#"
use std::fs;
use actix_web::web;
fn pad<const N: usize>(text: &str) -> String { format!("{text:N$}") }
fn pass<T: Into<String>>(text: T) -> String { text.into() }
async fn a(q: web::Query<Q>) {
    fs::read(pad::<8>(&q.name)).unwrap(); //~
    fs::read(pass(q.dir.clone())).unwrap(); //~
    fs::read(pass("fixed")).unwrap();
}
"#,
    );
}

#[test]
fn helpers_are_followed_through_modules_and_back() {
    check(
        r#"
use actix_web::web;
mod store {
    use std::fs;
    pub async fn load(name: &str) -> std::io::Result<String> { inner(name, "x") }
    fn inner(a: &str, b: &str) -> std::io::Result<String> {
        fs::read_to_string(b)?;
        fs::read_to_string(a) //~
    }
    pub fn clean(name: &str) -> Option<&str> { std::path::Path::new(name).file_name()?.to_str() }
}
async fn a(q: web::Query<Q>) -> String { store::load(&q.name).await.unwrap() }
async fn b(q: web::Query<Q>) -> Vec<u8> { std::fs::read(store::clean(&q.name).unwrap()).unwrap() }
"#,
    );
}
