//! Patterns: destructuring, nesting, binding.

use crate::{check, check_body};

#[test]
fn nested_patterns_bind_the_parts() {
    check_body(
        r#"
    let Q { name, id, opt: Some(inner), .. } = q.into_inner() else { return Err(bad()) };
    fs::read(&name)?; //~
    fs::read(id.to_string())?;
    fs::read(&inner)?; //~
    let (a, (b, c)) = ("x", (name.clone(), "y"));
    fs::read(a)?;
    fs::read(&b)?; //~
    fs::read(c)?;
    let [d, e] = ["z".to_string(), name.clone()];
    fs::read(&d)?;
    fs::read(&e)?; //~
    let whole @ (f, g) = (name.clone(), "fixed".to_string());
    fs::read(&f)?; //~
    fs::read(&g)?;
    let ref h = name;
    fs::read(h)?; //~
"#,
    );
    check_body(
        r#"
    match (q.name.as_str(), q.opt.as_deref()) {
        ("a", Some(x)) => { fs::read(x)?; } //~
        (x @ "b", _) => { fs::read(x)?; }
        (x, None) if x.len() > 3 => { fs::read(x)?; } //~
        _ => {}
    }
    match q.tags.as_slice() {
        [only] => { fs::read(only)?; } //~
        [first, .., last] => { fs::read(last)?; } //~
        [] => {}
    }
    if let Some((user, host)) = q.name.split_once('@') {
        fs::read(host)?; //~
    }
    let mut it = q.name.splitn(2, ':');
    let (Some(a), Some(b)) = (it.next(), it.next()) else { return Err(bad()) };
    fs::read(b)?; //~
"#,
    );
}

#[test]
fn enums_carry_their_parts() {
    check(
        r#"
use std::fs;
use actix_web::web;
enum Action { Load(String), Move { from: String, to: String }, Stop }
fn decide(q: &Q) -> Action {
    if q.id > 3 { Action::Load(q.name.clone()) } else { Action::Move { from: "x".into(), to: q.dir.clone() } }
}
#[derive(Deserialize)]
struct Q { name: String, dir: String, id: i64 }
async fn a(q: web::Json<Q>) {
    match decide(&q) {
        Action::Load(name) => { fs::read(name).unwrap(); } //~
        Action::Move { from, to } => {
            fs::read(from).unwrap();
            fs::read(to).unwrap(); //~
        }
        Action::Stop => {}
    }
}
"#,
    );
}

#[test]
fn assignments_take_patterns_apart() {
    check_body(
        r#"
    let (mut a, mut b) = (String::new(), String::new());
    (a, b) = (q.name.clone(), "x".to_string());
    fs::read(&a)?; //~
    fs::read(&b)?;
    let c;
    if q.id > 1 { c = q.name.clone(); } else { c = "x".into(); }
    fs::read(&c)?; //~
    let d = q.name.clone();
    let d = "shadow";
    fs::read(d)?;
    Q { name: a, dir: b, .. } = q.into_inner();
    fs::read(&b)?; //~
"#,
    );
}
