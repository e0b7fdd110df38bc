//! The ways in which services are put together.

use crate::{check, check_body, check_files};

#[test]
fn commands_are_built_in_pieces() {
    check_body(
        r#"
    use std::process::Command;
    let mut cmd = Command::new("bash");
    cmd.arg("-c");
    cmd.arg(format!("ls {}", q.name)); //~
    cmd.output()?;
    Command::new("sh").args(["-c", &format!("ls {}", q.name)]).spawn()?; //~
    let args = vec!["-c".to_string(), format!("ls {}", q.dir)];
    Command::new("sh").args(&args).spawn()?; //~
    let script = format!("convert {} out.png", q.name);
    let out = tokio::process::Command::new("/bin/sh").arg("-c").arg(&script).output().await?; //~
    Command::new("ls").arg("--").arg(&q.name).output()?;
    Command::new(&q.name).output()?; //~
    let shell = if cfg!(windows) { "cmd" } else { "sh" };
    let flag = if cfg!(windows) { "/C" } else { "-c" };
    Command::new(shell).arg(flag).arg(&q.name).output()?; //~
"#,
    );
}

#[test]
fn requests_that_are_read_by_hand() {
    check(
        r#"
use std::fs;
use std::collections::HashMap;
use actix_web::HttpRequest;
fn params(query: &str) -> HashMap<String, String> {
    let mut map = HashMap::new();
    for pair in query.split('&') {
        if let Some((k, v)) = pair.split_once('=') { map.insert(k.to_string(), v.to_string()); }
    }
    map
}
async fn a(req: HttpRequest) -> Result<(), Error> {
    let map = params(req.query_string());
    let file = map.get("file").cloned().unwrap_or_default();
    fs::read(&file)?; //~
    let direct: HashMap<String, String> = req.query_string().split('&').filter_map(|p| p.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    fs::read(&direct["file"])?; //~
    let list: Vec<(String, String)> = serde_urlencoded::from_str(req.query_string())?;
    for (key, value) in list {
        if key == "file" { fs::read(&value)?; } //~
    }
    let segments: Vec<&str> = req.path().trim_matches('/').split('/').collect();
    if let [_, name] = segments[..] {
        fs::read(name)?; //~
    }
    Ok(())
}
"#,
    );
}

#[test]
fn layers_with_repositories_and_services() {
    check_files(
        &[
            (
                "src/main.rs",
                "mod repo;\nmod service;\nuse actix_web::web;\nasync fn find(svc: web::Data<service::Users>, q: web::Query<Filter>) -> String { svc.search(&q.name).await }\n",
            ),
            (
                "src/service.rs",
                "use crate::repo::UserRepo;\npub struct Users { repo: UserRepo }\nimpl Users {\n    pub async fn search(&self, name: &str) -> String { self.repo.by_name(name).await }\n}\n",
            ),
            (
                "src/repo.rs",
                "pub struct UserRepo { pool: sqlx::PgPool }\nimpl UserRepo {\n    pub async fn by_name(&self, name: &str) -> String {\n        let sql = format!(\"SELECT * FROM users WHERE name = '{name}'\");\n        sqlx::query(&sql).fetch_one(&self.pool).await //~\n    }\n    pub async fn by_id(&self, id: i64) -> String {\n        sqlx::query(&format!(\"SELECT * FROM users WHERE id = {id}\")).fetch_one(&self.pool).await\n    }\n}\n",
            ),
        ],
        false,
    );
}

#[test]
fn statements_are_built_by_conditions() {
    check_body(
        r#"
    let mut sql = String::from("SELECT * FROM items WHERE 1 = 1");
    if let Some(o) = &q.opt { sql.push_str(&format!(" AND name LIKE '%{o}%'")); }
    sqlx::query(&sql).fetch_all(&state.pool).await?; //~
    let mut fine = String::from("SELECT * FROM items WHERE 1 = 1");
    let mut binds: Vec<String> = Vec::new();
    if let Some(o) = &q.opt { fine.push_str(&format!(" AND name = ${}", binds.len() + 1)); binds.push(o.clone()); }
    let mut query = sqlx::query(&fine);
    for bind in &binds { query = query.bind(bind); }
    query.fetch_all(&state.pool).await?;
    let order = match q.dir.as_str() { "asc" => "ASC", "desc" => "DESC", _ => return Err(bad()) };
    sqlx::query(&format!("SELECT * FROM items ORDER BY name {order}")).fetch_all(&state.pool).await?;
    let clause = q.opt.as_ref().map(|o| format!("WHERE name = '{o}'")).unwrap_or_default();
    sqlx::query(&format!("SELECT * FROM items {clause}")).fetch_all(&state.pool).await?; //~
    let marks = q.tags.iter().enumerate().map(|(i, _)| format!("${}", i + 1)).collect::<Vec<_>>().join(", ");
    sqlx::query(&format!("SELECT * FROM items WHERE tag IN ({marks})")).fetch_all(&state.pool).await?;
    let list = q.tags.iter().map(|t| format!("'{t}'")).collect::<Vec<_>>().join(", ");
    sqlx::query(&format!("SELECT * FROM items WHERE tag IN ({list})")).fetch_all(&state.pool).await?; //~
"#,
    );
}

#[test]
fn tasks_and_threads_carry_their_captures() {
    check(
        r#"
use std::fs;
use actix_web::web;
async fn store(name: String) { fs::write(&name, b"").unwrap(); } //~
fn work(name: String) { fs::remove_file(&name).unwrap(); } //~
async fn a(q: web::Query<Q>) {
    let name = q.name.clone();
    tokio::spawn(store(name.clone()));
    tokio::spawn(async move { store(name).await });
    let other = q.dir.clone();
    std::thread::spawn(move || work(other));
    let third = q.dir.clone();
    let out = web::block(move || fs::read(third)).await; //~
    let fourth = q.dir.clone();
    tokio::task::spawn_blocking(move || {
        let path = format!("/srv/{fourth}");
        fs::read(path) //~
    });
}
"#,
    );
}

#[test]
fn pages_are_put_together_by_helpers() {
    check(
        r#"
use actix_web::{web, HttpResponse};
fn layout(title: &str, body: &str) -> String { format!("<html><title>{title}</title><body>{body}</body></html>") }
fn row(name: &str) -> String { format!("<li>{}</li>", html_escape::encode_text(name)) }
async fn a(q: web::Query<Q>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html").body(layout("x", &q.name)) //~
}
async fn b(q: web::Query<Q>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html").body(layout("x", &row(&q.name)))
}
async fn c(q: web::Query<Q>) -> HttpResponse {
    let mut html = String::new();
    html += "<ul>";
    for tag in &q.tags { html += &row(tag); }
    html += "</ul>";
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html)
}
"#,
    );
}

#[test]
fn generic_wrappers_and_results_are_seen_through() {
    check(
        r#"
use std::fs;
use actix_web::web;
struct Wrapper<T> { inner: T }
impl<T> Wrapper<T> {
    fn new(inner: T) -> Self { Self { inner } }
    fn get(&self) -> &T { &self.inner }
    fn into_parts(self) -> (T, u32) { (self.inner, 3) }
}
fn parse(text: &str) -> Result<(String, u64), Error> {
    let (name, rest) = text.split_once(':').ok_or(Error::Bad)?;
    let id = rest.parse::<u64>().map_err(|_| Error::Bad)?;
    Ok((name.to_owned(), id))
}
async fn a(q: web::Query<Q>) -> Result<(), Error> {
    let w = Wrapper::new(q.name.clone());
    fs::read(w.get())?; //~
    let (inner, three) = w.into_parts();
    fs::read(three.to_string())?;
    fs::read(inner)?; //~
    let (name, id) = parse(&q.name)?;
    fs::read(id.to_string())?;
    fs::read(name)?; //~
    Ok(())
}
"#,
    );
}
