//! Checks: what they clean, and where.

use crate::check_body;

#[test]
fn a_check_holds_only_in_its_branch() {
    check_body(
        r#"
    let ok = ["a", "b"];
    if ok.contains(&q.name.as_str()) {
        fs::read(&q.name)?;
    } else {
        fs::read(&q.name)?; //~
    }
    fs::read(&q.name)?; //~
"#,
    );
    check_body(
        r#"
    let ok = ["a", "b"];
    if !ok.contains(&q.name.as_str()) {
        fs::read(&q.name)?; //~
    } else {
        fs::read(&q.name)?;
    }
    if ok.contains(&q.name.as_str()) && q.id > 3 { fs::read(&q.name)?; }
    if ok.contains(&q.name.as_str()) || q.id > 3 {
        fs::read(&q.name)?; //~
    }
    if q.name == "a" || q.name == "b" { fs::read(&q.name)?; }
    if !(q.name != "a" && q.name != "b") { fs::read(&q.name)?; }
    if q.name == "a" || q.dir == "b" {
        fs::read(&q.name)?; //~
    }
"#,
    );
}

#[test]
fn a_check_before_a_change_says_nothing() {
    check_body(
        r#"
    let mut name = q.name.clone();
    if name != "a" { return Err(bad()); }
    fs::read(&name)?;
    name = q.dir.clone();
    fs::read(&name)?; //~
"#,
    );
    check_body(
        r#"
    let mut name = "a".to_string();
    let ok = name == "a";
    name = q.name.clone();
    if ok {
        fs::read(&name)?; //~
    }
"#,
    );
    check_body(
        r#"
    let mut name = q.name.clone();
    let fine = ["a", "b"].contains(&name.as_str());
    if fine { fs::read(&name)?; }
    name.push_str(&q.dir);
    if fine {
        fs::read(&name)?; //~
    }
"#,
    );
}

#[test]
fn matches_and_flags_are_checks() {
    check_body(
        r#"
    if matches!(q.name.as_str(), "a" | "b") { fs::read(&q.name)?; }
    if !matches!(q.dir.as_str(), "a" | "b") { return Err(bad()); }
    fs::read(&q.dir)?;
    if matches!(q.opt.as_deref(), Some("x")) { fs::read(q.opt.as_deref().unwrap())?; }
    if matches!(q.name.as_str(), _) {
        fs::read(&q.name)?; //~
    }
    let allowed = match q.name.as_str() { "a" => true, "b" => true, _ => false };
    if allowed { fs::read(&q.name)?; }
    let denied = !["a", "b"].contains(&q.name.as_str());
    if denied { return Err(bad()); }
    fs::read(&q.name)?;
"#,
    );
}

#[test]
fn functions_of_the_service_are_checks_by_what_they_do() {
    crate::check(
        r#"
use std::fs;
use actix_web::web;
fn known(name: &str) -> bool { ["a", "b"].contains(&name) }
fn pick(name: &str) -> Option<&str> { if ["a", "b"].contains(&name) { Some(name) } else { None } }
fn refuse(name: &str) -> Result<(), Error> { if name.chars().all(|c| c.is_ascii_alphanumeric()) { Ok(()) } else { Err(bad()) } }
fn talk(name: &str) -> bool { name.len() > 3 }
async fn a(q: web::Query<Q>) -> Result<(), Error> {
    if known(&q.name) { fs::read(&q.name)?; }
    if talk(&q.name) { fs::read(&q.name)?; } //~
    if let Some(name) = pick(&q.name) { fs::read(name)?; }
    refuse(&q.name)?;
    fs::read(&q.name)?;
    Ok(())
}
"#,
    );
}

#[test]
fn resolved_paths_below_a_folder_are_safe() {
    check_body(
        r#"
    let root = std::path::Path::new("/srv/files").canonicalize()?;
    let path = root.join(&q.name).canonicalize()?;
    if !path.starts_with(&root) { return Err(bad()); }
    fs::read(&path)?;
    let raw = root.join(&q.name);
    if !raw.starts_with(&root) { return Err(bad()); }
    fs::read(&raw)?; //~
    let only = std::path::Path::new(&q.name).file_name().unwrap();
    fs::read(root.join(only))?;
"#,
    );
}
