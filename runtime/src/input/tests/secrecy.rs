//! A report never holds a value that the client sent.

use std::fmt::Debug;

use super::{Order, Search, refusals};
use crate::input::{Input, Rejection, Slug, from_form, from_json, from_path, from_query};

const SECRET: &str = "hunter2secret";

fn keeps_secret<T: Input + Debug>(result: Result<T, Rejection>, body: &str) {
    let Err(rejection) = result else { panic!("{body} was admitted") };
    assert!(!format!("{rejection:?}").contains("hunter2"), "{rejection:?} for {body}");
    if let Rejection::Invalid(errors) = rejection {
        assert!(!errors.is_empty());
        let told = serde_json::to_string(&errors).unwrap();
        assert!(!told.contains("hunter2"), "{told} for {body}");
    }
}

#[test]
fn no_position_of_a_json_body_leaks() {
    let secret = format!("\"{SECRET}\"");
    for body in [
        format!("{{\"fullName\":{secret},\"qty\":1}}"),
        format!("{{\"fullName\":\"a\",\"qty\":{secret}}}"),
        format!("{{\"fullName\":\"a\",\"qty\":1,\"a/b~c\":{secret}}}"),
        format!("{{\"fullName\":\"a\",\"qty\":1,\"tags\":[{secret}]}}"),
        format!("{{\"fullName\":\"a\",\"qty\":1,\"tags\":{secret}}}"),
        format!("{{\"fullName\":\"a\",\"qty\":1,\"kind\":{secret}}}"),
        format!("{{\"fullName\":\"a\",\"qty\":1,\"kind\":{{{secret}:1}}}}"),
        format!("{{\"fullName\":\"a\",\"qty\":1,\"first\":{secret}}}"),
        format!("{{\"fullName\":\"a\",\"qty\":1,\"first\":{{\"sku\":{secret},\"weight\":1}}}}"),
        format!("{{\"fullName\":\"a\",\"qty\":1,\"named\":{{\"a\":{secret}}}}}"),
        format!("{{\"fullName\":\"a\",\"qty\":1,\"unknown\":{secret}}}"),
        format!("{{\"fullName\":\"missing field `{SECRET}`\",\"qty\":1}}"),
        format!("{{\"fullName\":\"a\",\"qty\":\"`{SECRET}`\"}}"),
        secret.clone(),
        format!("[{secret}]"),
        format!("{{\"fullName\":{secret}"),
    ] {
        keeps_secret(from_json::<Order>(body.as_bytes()), &body);
    }
}

#[test]
fn no_position_of_a_form_query_or_path_leaks() {
    for name in ["page", "exact", "kind", "price", "offset", "unknown"] {
        let query = format!("q=a&{name}={SECRET}");
        keeps_secret(from_query::<Search>(&query), &query);
        keeps_secret(from_form::<Search>(query.as_bytes()), &query);
    }
    let query = format!("q={SECRET}{SECRET}");
    keeps_secret(from_query::<Search>(&query), &query);
    keeps_secret(from_query::<Search>(&format!("q={SECRET}%")), &query);
    keeps_secret(from_path::<u32>(&[("id", SECRET)]), SECRET);
    keeps_secret(from_path::<Slug>(&[("id", &SECRET.to_uppercase())]), SECRET);
}

#[test]
fn the_name_of_an_unknown_field_is_cut_and_cleaned() {
    let name = "n".repeat(500);
    let body = format!("{{\"fullName\":\"a\",\"qty\":1,\"{name}\\u0000\\r\\n\":1}}");
    let told = refusals(from_json::<Order>(body.as_bytes()));
    assert_eq!(told, [format!("/{} unknown_field", "n".repeat(64))]);
}
