//! Fields: of `self` from one method to another, of structs, of builders, of statics.

use crate::{check, check_body};

#[test]
fn a_field_set_in_one_method_is_used_in_another() {
    check(
        r#"
use std::fs;
use actix_web::web;
struct Job { name: String, root: String, count: usize }
impl Job {
    fn take(&mut self, q: web::Query<Q>) { self.name = q.name.clone(); self.count = q.name.len(); }
    fn run(&self) -> String {
        fs::read_to_string(&self.root).unwrap();
        fs::read_to_string(format!("{}", self.count)).unwrap();
        fs::read_to_string(&self.name).unwrap() //~
    }
}
"#,
    );
}

#[test]
fn a_field_filled_by_a_constructor_is_used_in_a_method() {
    check(
        r#"
use std::fs;
use actix_web::web;
struct Report { file: String, base: String }
impl Report {
    fn new(file: String) -> Self { Self { file, base: "static".into() } }
    fn load(&self) -> String { fs::read_to_string(&self.file).unwrap() } //~
    fn base(&self) -> String { fs::read_to_string(&self.base).unwrap() }
}
async fn show(q: web::Query<Q>) -> String {
    let report = Report::new(q.into_inner().name);
    report.base();
    report.load()
}
"#,
    );
}

#[test]
fn a_field_kept_by_a_struct_literal_elsewhere_is_used_in_a_method() {
    check(
        r#"
use std::process::Command;
use actix_web::web;
struct Tool { line: String }
struct Other { line: String }
impl Tool {
    fn run(&self) { Command::new("sh").arg("-c").arg(&self.line).output(); } //~
}
impl Other {
    fn run(&self) { Command::new("sh").arg("-c").arg(&self.line).output(); }
}
fn make(q: web::Query<Q>) -> Box<Tool> { Box::new(Tool { line: q.name.clone() }) }
fn fixed() -> Other { Other { line: "ls".into() } }
"#,
    );
}

#[test]
fn a_setter_changes_what_a_caller_holds() {
    check(
        r#"
use std::fs;
use actix_web::web;
#[derive(Default)]
struct Options { path: String, label: String }
impl Options {
    fn set_path(&mut self, path: &str) { self.path = path.to_string(); }
    fn label(mut self, label: &str) -> Self { self.label = label.into(); self }
    fn path(mut self, path: &str) -> Self { self.path = path.into(); self }
}
async fn by_setter(q: web::Query<Q>) -> String {
    let mut o = Options::default();
    o.set_path(&q.name);
    fs::read_to_string(&o.label).unwrap();
    fs::read_to_string(&o.path).unwrap() //~
}
async fn by_builder(q: web::Query<Q>) -> String {
    let o = Options::default().label("x");
    let o = o.path(&q.name);
    fs::read_to_string(&o.path).unwrap() //~
}
async fn by_builder_of_constants(q: web::Query<Q>) -> String {
    let o = Options::default().label(&q.name).path("index.html");
    fs::read_to_string(&o.path).unwrap()
}
"#,
    );
}

#[test]
fn statics_and_shared_state_keep_what_is_put_into_them() {
    check(
        r#"
use std::fs;
use std::sync::Mutex;
use actix_web::web;
static LAST: Mutex<String> = Mutex::new(String::new());
static ROOT: Mutex<String> = Mutex::new(String::new());
async fn put(q: web::Query<Q>) { *LAST.lock().unwrap() = q.name.clone(); }
async fn show() -> String { fs::read_to_string(LAST.lock().unwrap().as_str()).unwrap() } //~
async fn root() -> String { fs::read_to_string(ROOT.lock().unwrap().as_str()).unwrap() }
"#,
    );
}

#[test]
fn nested_fields_and_updates_stay_apart() {
    check_body(
        r#"
    let o = Outer { inner: Inner { path: q.name.clone(), safe: "a".into() }, tag: "t".into() };
    fs::read(&o.inner.path)?; //~
    fs::read(&o.inner.safe)?;
    fs::read(&o.tag)?;
    let p = Outer { tag: "u".into(), ..o };
    fs::read(&p.inner.path)?; //~
    fs::read(&p.tag)?;
    let mut m = p.inner;
    m.path = "fixed".into();
    fs::read(&m.path)?;
"#,
    );
}
