//! Checks as services write them.

use crate::{check, check_body};

#[test]
fn lists_of_what_is_allowed() {
    check(
        r#"
use std::fs;
use std::collections::HashSet;
use actix_web::web;
const ALLOWED: &[&str] = &["a.txt", "b.txt"];
static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| HashSet::from(["a", "b"]));
#[derive(Deserialize, Clone, Copy)]
enum Sort { Name, Age }
impl Sort { fn column(self) -> &'static str { match self { Sort::Name => "name", Sort::Age => "age" } } }
#[derive(Deserialize)]
struct Q { name: String, sort: Sort }
async fn a(q: web::Query<Q>) -> Result<(), Error> {
    if ALLOWED.iter().any(|a| *a == q.name) { fs::read(&q.name)?; }
    if let Some(found) = ALLOWED.iter().find(|a| **a == q.name) { fs::read(found)?; }
    let found = ALLOWED.iter().copied().find(|a| *a == q.name.as_str()).unwrap_or("a.txt");
    fs::read(found)?;
    if KNOWN.contains(q.name.as_str()) { fs::read(&q.name)?; }
    if let Some(at) = ALLOWED.iter().position(|a| *a == q.name) { fs::read(ALLOWED[at])?; }
    fs::read(q.sort.column())?;
    let picked = match q.name.as_str() { n if ALLOWED.contains(&n) => n, _ => "x" };
    fs::read(picked)?;
    if ALLOWED.contains(&&*q.name) { fs::read(&*q.name)?; }
    if KNOWN.get(q.name.as_str()).is_some() { fs::read(&q.name)?; }
    let valid = ALLOWED.contains(&q.name.as_str()).then_some(&q.name).ok_or_else(bad)?;
    fs::read(valid)?;
    ALLOWED.contains(&q.name.as_str()).then_some(()).ok_or_else(bad)?;
    fs::read(&q.name)?;
    Ok(())
}
"#,
    );
}

#[test]
fn characters_that_are_let_through() {
    check_body(
        r#"
    let a: String = q.name.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    fs::read(&a)?;
    let mut b = q.name.clone();
    b.retain(|c| c.is_ascii_alphanumeric() || c == '_');
    fs::read(&b)?;
    if !q.dir.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') { return Err(bad()); }
    fs::read(&q.dir)?;
    let c: String = q.name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    fs::read(&c)?;
    let d: String = q.name.chars().filter(|c| !c.is_whitespace()).collect();
    fs::read(&d)?; //~
    if q.opt.as_deref().is_some_and(|o| o.chars().all(char::is_alphanumeric)) {
        fs::read(q.opt.as_deref().unwrap())?;
    }
"#,
    );
    check_body(
        r#"
    if q.name.contains("..") || q.name.contains('/') || q.name.contains('\\') { return Err(bad()); }
    fs::read(format!("/srv/{}", q.name))?;
    if q.dir.contains("..") || q.dir.starts_with('/') { return Err(bad()); }
    fs::read(format!("/srv/{}", q.dir))?;
"#,
    );
    check_body(
        r#"
    if q.name.contains("..") { tracing::warn!("odd"); }
    fs::read(format!("/srv/{}", q.name))?; //~
"#,
    );
    check_body(
        r#"
    anyhow::ensure!(q.name.chars().all(|c| c.is_ascii_digit()), "no");
    fs::read(&q.name)?;
    if q.dir.parse::<u32>().is_err() { return Err(bad()); }
    fs::read(&q.dir)?;
    let path = std::path::Path::new(&q.tags[0]);
    if path.components().any(|c| !matches!(c, std::path::Component::Normal(_))) { return Err(bad()); }
    fs::read(std::path::Path::new("/srv").join(path))?;
"#,
    );
}

#[test]
fn hosts_and_targets() {
    check(
        r#"
use actix_web::{web, HttpResponse};
const HOSTS: [&str; 2] = ["a.example", "b.example"];
async fn a(q: web::Query<Q>) -> Result<HttpResponse, Error> {
    let url = reqwest::Url::parse(&q.url)?;
    if !HOSTS.contains(&url.host_str().unwrap_or_default()) { return Err(bad()); }
    reqwest::get(url).await?;
    Ok(HttpResponse::Ok().finish())
}
async fn b(q: web::Query<Q>) -> Result<HttpResponse, Error> {
    let url = reqwest::Url::parse(&q.url)?;
    match url.host_str() {
        Some("a.example" | "b.example") => { reqwest::get(url).await?; }
        _ => return Err(bad()),
    }
    Ok(HttpResponse::Ok().finish())
}
async fn c(q: web::Query<Q>) -> Result<HttpResponse, Error> {
    if !q.next.starts_with('/') || q.next.starts_with("//") || q.next.contains('\\') { return Err(bad()); }
    Ok(HttpResponse::Found().insert_header(("Location", q.next.clone())).finish())
}
async fn d(q: web::Query<Q>) -> Result<HttpResponse, Error> {
    let next = q.next.as_deref().filter(|n| n.starts_with('/') && !n.starts_with("//")).unwrap_or("/");
    Ok(HttpResponse::Found().insert_header(("Location", next)).finish())
}
async fn e(q: web::Query<Q>) -> Result<HttpResponse, Error> {
    let base = reqwest::Url::parse("https://api.example.com/")?;
    reqwest::get(base.join(&q.path)?).await?; //~
    reqwest::Client::new().get(format!("http://{}/status", q.host)).send().await?; //~
    Ok(HttpResponse::Found().insert_header(("Location", q.next.clone())).finish()) //~
}
"#,
    );
}
