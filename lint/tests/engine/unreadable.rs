//! What cannot be read is a finding, never a pass, and nothing runs forever.

use std::time::{Duration, Instant};

use palisade_lint::{Crate, Options, analyse};

use crate::check;

#[test]
fn broken_code_is_reported() {
    check("fn f( { } //~\n");
}

#[test]
fn raw_names_in_format_strings_are_read() {
    check(
        "use std::fs;\nfn f() { fs::read(format!(\"{r#type} {r#} {1} {:?}\")); }\nasync fn a(r#type: web::Path<String>) { fs::read(r#type.as_str()); } //~\n",
    );
}

#[test]
fn macros_that_grow_without_end_are_left_alone() {
    for text in [
        "macro_rules! m { ($($x:tt)*) => { m!($($x)* $($x)*) } } fn f(a: &str) { m!(a a); std::fs::read(a); }",
        "macro_rules! m { ($x:expr) => { m!(($x)); m!([$x]); } } fn f(a: &str) { m!(a); std::fs::read(a); }",
        "macro_rules! m { ($x:ident) => { m!($x); m!($x); m!($x); } } m!(a); fn f(a: &str) { std::fs::read(a); }",
        "macro_rules! m { ($($x:ident)*) => { $( m!($($x)*); )* } } m!(a b c d e f g h); fn f(a: &str) { std::fs::read(a); }",
    ] {
        let start = Instant::now();
        let krate = Crate::from_sources([("src/lib.rs", text)]);
        let report = analyse(&krate, &Options { audit: true, ..Options::default() });
        assert!(report.findings.iter().any(|f| f.rule == "path_traversal"), "{text}");
        assert!(start.elapsed() < Duration::from_secs(20), "{text}: {:?}", start.elapsed());
    }
}
