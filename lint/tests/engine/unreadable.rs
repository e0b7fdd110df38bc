//! What cannot be read is a finding, never a pass.

use crate::check;

#[test]
fn broken_code_is_reported() {
    check("fn f( { } //~\n");
}

#[test]
fn the_rest_of_a_file_with_unknown_syntax_is_checked() {
    check(
        r#"
use std::fs;
use actix_web::web;
async fn a(q: web::Query<Q>) { fs::read(&q.name); } //~
"#,
    );
}
