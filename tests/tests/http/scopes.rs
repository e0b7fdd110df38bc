//! Conditions on scopes, texts and types, over real sockets.

use std::sync::LazyLock;

use actix_web::App;
use palisade::prelude::*;
use palisade_tests::{client::Answer, server::Server, token::token};

use crate::service;

#[derive(Scope)]
enum Scope {
    ItemsRead,
    #[scope("items.write")]
    ItemsWrite,
    #[scope("items:*", grants(ItemsRead, ItemsWrite))]
    Items,
    #[scope("admin", grants(Items))]
    Admin,
    Suspended,
}

#[get("/read")]
#[require_scope(Scope::ItemsRead)]
async fn read() -> &'static str {
    "ok"
}

#[get("/write")]
#[require_scope(all(Scope::ItemsRead, Scope::ItemsWrite, not(Scope::Suspended)))]
async fn write() -> &'static str {
    "ok"
}

#[get("/text")]
#[require_scope(any("items:read", all("a", not(any("b", not("c"))))))]
async fn text() -> &'static str {
    "ok"
}

#[get("/outsiders")]
#[require_scope("items:read")]
#[require_scope(not(Scope::Admin))]
async fn outsiders() -> &'static str {
    "ok"
}

fn get(path: &str, scopes: &str) -> Answer {
    static SERVER: LazyLock<Server> = LazyLock::new(|| {
        let endpoints = endpoints![read, write, text, outsiders];
        let palisade = service::palisade().endpoints(endpoints).build().unwrap();
        Server::start(move || {
            App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
        })
    });
    SERVER.get(path).bearer(&token("scopes", scopes)).send()
}

fn admits(path: &str, scopes: &str) -> bool {
    let answer = get(path, scopes);
    assert!(matches!(answer.status, 200 | 403), "{path} {scopes}: {}", answer.status);
    answer.status == 200
}

#[test]
fn a_typed_scope_is_held_by_its_name_or_by_a_declared_grant() {
    for scopes in ["items:read", "items:*", "admin", "other items:read"] {
        assert!(admits("/read", scopes), "{scopes}");
    }
    for scopes in
        ["", "items", "items:", "items:write", "items.write", "*", "items:**", "Items:read"]
    {
        assert!(!admits("/read", scopes), "{scopes}");
    }
}

#[test]
fn a_star_in_a_token_stands_for_nothing_where_a_text_is_asked_for() {
    assert!(admits("/text", "items:read"));
    for scopes in ["items:*", "*", "admin"] {
        assert!(!admits("/text", scopes), "{scopes}");
    }
}

#[test]
fn not_keeps_out_whoever_holds_the_scope_in_any_way() {
    assert!(admits("/write", "items:read items.write"));
    assert!(admits("/write", "items:*"));
    assert!(!admits("/write", "items:* suspended"));
    assert!(!admits("/write", "items:read"));
    assert!(admits("/text", "a c"));
    for scopes in ["a", "a b c", "c", "a b"] {
        assert!(!admits("/text", scopes), "{scopes}");
    }
    assert!(admits("/outsiders", "items:read"));
    assert!(!admits("/outsiders", "items:read admin"));
    assert!(!admits("/outsiders", ""));
}

#[test]
fn the_challenge_names_what_helps_and_nothing_else() {
    for (path, scopes, named) in [
        ("/read", "", "items:read"),
        ("/write", "items:* suspended", "items:read items.write"),
        ("/text", "", "items:read a c"),
        ("/outsiders", "admin", "items:read"),
    ] {
        let answer = get(path, scopes);
        assert_eq!(answer.status, 403, "{path}");
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{named}\"");
        assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()), "{path}");
    }
}

#[test]
fn all_scopes_of_a_type_are_listed() {
    let names: Vec<_> = Scope::ALL.iter().map(ScopeName::scope_name).collect();
    assert_eq!(names, ["items:read", "items.write", "items:*", "admin", "suspended"]);
    assert_eq!(Scope::ItemsRead.granted_by(), ["items:*", "admin"]);
    assert_eq!(Scope::Admin.granted_by(), Vec::<&str>::new());
}
