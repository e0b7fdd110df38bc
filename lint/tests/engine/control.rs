//! Control flow: loops, labels, early ways out, async code.

use crate::{check, check_body};

#[test]
fn loops_give_back_what_they_break_with() {
    check_body(
        r#"
    let found = 'outer: loop {
        for t in &q.tags {
            if t.len() > 3 { break 'outer t.clone(); }
        }
        break "none".to_string();
    };
    fs::read(&found)?; //~
    let sure = loop { break "fixed"; };
    fs::read(sure)?;
    let block = 'b: { if q.id > 1 { break 'b q.name.clone(); } String::from("x") };
    fs::read(&block)?; //~
    let mut last = String::new();
    let mut before = String::new();
    for t in &q.tags { before = last; last = t.clone(); }
    fs::read(&before)?; //~
    let mut n = 0;
    while n < 3 { n += q.tags.len(); }
    fs::read(n.to_string())?;
"#,
    );
}

#[test]
fn early_returns_leave_only_what_passed() {
    check_body(
        r#"
    if !["a", "b"].contains(&q.name.as_str()) { return Err(bad()); }
    fs::read(&q.name)?;
    fs::read(&q.dir)?; //~
"#,
    );
    check_body(
        r#"
    let Some(name) = q.opt.as_deref() else { return Err(bad()) };
    fs::read(name)?; //~
    let Ok(id) = name.parse::<u64>() else { return Err(bad()) };
    fs::read(id.to_string())?;
"#,
    );
    check_body(
        r#"
    let name = match q.name.as_str() { "a" | "b" => &q.name, _ => return Err(bad()) };
    fs::read(name)?;
    let dir = match q.dir.as_str() { "a" => "x", other => other };
    fs::read(dir)?; //~
"#,
    );
}

#[test]
fn let_chains_hold_in_their_branch() {
    check_body(
        r#"
    if let Some(name) = &q.opt && ["a", "b"].contains(&name.as_str()) {
        fs::read(name)?;
    }
    if let Some(name) = &q.opt && q.id > 3 && let Some(rest) = name.strip_prefix("x") {
        fs::read(rest)?; //~
    }
    if q.id > 3 && let Some(name) = q.opt.as_deref() && name == "fixed" {
        fs::read(name)?;
    }
    while let Some(name) = next() && name.len() > 2 { fs::read(&name)?; }
"#,
    );
}

#[test]
fn async_code_is_walked_where_it_is_made() {
    check_body(
        r#"
    let name = q.name.clone();
    let task = async move {
        tokio::fs::read(&name).await //~
    };
    task.await?;
    let text = async { q.dir.clone() }.await;
    fs::read(&text)?; //~
    let handle = tokio::spawn(async move {
        fs::read(&text) //~
    });
    let (a, b) = tokio::join!(async { q.name.clone() }, async { "x".to_string() });
    fs::read(&a)?; //~
    let out = web::block(move || fs::read(&q.opt.clone().unwrap())).await?; //~
    let closure = async |x: &str| {
        fs::read(x) //~
    };
    closure(&a).await?;
"#,
    );
}

#[test]
fn streams_carry_what_they_yield() {
    check(
        r#"
use std::fs;
use actix_web::web;
use futures::StreamExt;
async fn a(mut payload: web::Payload) -> Result<(), Error> {
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await { body.extend_from_slice(&chunk?); }
    let text = String::from_utf8_lossy(&body);
    fs::read(text.as_ref())?; //~
    Ok(())
}
#[post("/b")]
async fn b(body: String) -> Vec<String> {
    let names = body.lines().map(str::to_owned).collect::<Vec<_>>();
    futures::stream::iter(names)
        .then(|name| async move {
            tokio::fs::read_to_string(&name).await.unwrap() //~
        })
        .collect::<Vec<_>>()
        .await
}
"#,
    );
}

#[test]
fn errors_are_mapped_and_values_go_on() {
    check_body(
        r#"
    let name = q.opt.clone().ok_or_else(bad)?;
    fs::read(&name)?; //~
    let text = String::from_utf8(q.name.clone().into_bytes()).map_err(|e| bad())?;
    fs::read(&text)?; //~
    let both = q.opt.as_ref().zip(Some(&q.dir));
    if let Some((x, y)) = both {
        fs::read(y)?; //~
    }
    let id: u32 = q.name.parse().map_err(|_| bad())?;
    fs::read(id.to_string())?;
    let other = q.opt.clone().unwrap_or_else(|| "x".into());
    fs::read(&other)?; //~
    let or = q.opt.as_deref().or(Some("x")).map_or("y", |v| v);
    fs::read(or)?; //~
    let then = (q.id > 3).then(|| q.name.clone()).unwrap_or_default();
    fs::read(&then)?; //~
"#,
    );
}
