//! Mistakes that the shapes of a handler's arguments show when it is compiled.
//!
//! Each function is called in a constant at the token that it is about, so that several mistakes
//! are several errors. A shape that is unknown is reported elsewhere, and passes here.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "constants have no other way through a slice, and a panic in one is a compile error"
)]

use crate::{
    Problem,
    policy::{Argument, PathShape, Policy, Shape, Validation},
};

/// That the argument at `index` fits the route: its path fields are the parameters of the path,
/// and if it reads a body, it is the only one and the method has one.
///
/// # Panics
///
/// When compiled, where it does not fit.
#[track_caller]
pub const fn check_argument(policy: &Policy, index: usize) {
    let Some(route) = policy.route else {
        // The path and the method of a plain handler are known when the first request comes.
        return check_only_body(policy.arguments, index);
    };
    match policy.arguments[index].shape {
        Shape::Path { shape, .. } => check_path(shape, route.parameters),
        Shape::Body { .. } => {
            check_method(route.methods);
            check_only_body(policy.arguments, index);
        }
        Shape::Free | Shape::Identity | Shape::Query { .. } | Shape::Vouched | Shape::Unknown => {}
    }
}

#[track_caller]
const fn check_path(path: PathShape, parameters: &[&str]) {
    match path {
        PathShape::One => assert!(
            parameters.len() == 1,
            "this argument takes one path parameter, and the path does not have exactly one"
        ),
        PathShape::Tuple(count) => assert!(
            parameters.len() == count,
            "this argument takes another number of path parameters than the path has"
        ),
        PathShape::Fields(fields) => {
            let mut i = 0;
            while i < fields.len() {
                assert!(
                    contains(parameters, fields[i]),
                    "a field of this argument is not a parameter of the path"
                );
                i += 1;
            }
            let mut i = 0;
            while i < parameters.len() {
                assert!(
                    contains(fields, parameters[i]),
                    "a parameter of the path is not a field of this argument"
                );
                i += 1;
            }
        }
    }
}

#[track_caller]
const fn check_method(methods: &[&str]) {
    let mut i = 0;
    while i < methods.len() {
        let method = methods[i];
        assert!(
            !(same(method, "GET") || same(method, "HEAD") || same(method, "DELETE")),
            "a GET, HEAD or DELETE request has no body to read: take it as `Query`, or use another \
             method"
        );
        i += 1;
    }
}

#[track_caller]
const fn check_only_body(arguments: &[Argument], index: usize) {
    if !matches!(arguments[index].shape, Shape::Body { .. }) {
        return;
    }
    let mut i = 0;
    while i < arguments.len() {
        assert!(
            i == index || !matches!(arguments[i].shape, Shape::Vouched),
            "the body may be read by a vouched argument too, and it can be read once"
        );
        assert!(
            i >= index || !matches!(arguments[i].shape, Shape::Body { .. }),
            "the body is read by another argument already, and it can be read once"
        );
        i += 1;
    }
}

/// That an argument takes the parameters of the path.
///
/// # Panics
///
/// When compiled, where none does.
#[track_caller]
pub const fn check_parameters(policy: &Policy) {
    let mut i = 0;
    while i < policy.arguments.len() {
        match policy.arguments[i].shape {
            // A vouched extractor may read them: `HttpRequest` does.
            Shape::Path { .. } | Shape::Vouched | Shape::Unknown => return,
            Shape::Free | Shape::Identity | Shape::Query { .. } | Shape::Body { .. } => {}
        }
        i += 1;
    }
    panic!("no argument takes the parameters of the path: add one of type `Path<..>`");
}

/// That `#[validated]` has input to validate, and that it and the input types agree on unknown
/// fields.
///
/// # Panics
///
/// When compiled, where it has none or they do not.
#[track_caller]
pub const fn check_validated(policy: &Policy) {
    let (mut input, mut drops) = (false, false);
    let mut i = 0;
    while i < policy.arguments.len() {
        match policy.arguments[i].shape {
            Shape::Query { unknown_fields, .. } | Shape::Body { unknown_fields, .. } => {
                input = true;
                drops = drops || unknown_fields;
            }
            Shape::Path { .. } => input = true,
            Shape::Unknown => return,
            Shape::Free | Shape::Identity | Shape::Vouched => {}
        }
        i += 1;
    }
    assert!(input, "`validated` on a handler that takes no input: remove it");
    // Types of fields are not seen here: the registrar looks through them when the service starts.
    assert!(
        !drops || matches!(policy.validation, Validation::AllowUnknownFields),
        "an input type of this handler drops unknown fields: say \
         `#[validated(unknown_fields = allow, reason = \"..\")]`, or deny them in the type"
    );
}

/// The same as [`check_argument`] for a plain handler, whose pattern is known when the first request comes.
pub(super) fn plain_path(shape: PathShape, matched: usize, name: &str) -> Result<(), Problem> {
    let fits = match shape {
        PathShape::One => matched == 1,
        PathShape::Tuple(count) => matched == count,
        PathShape::Fields(fields) => matched == fields.len(),
    };
    if fits {
        return Ok(());
    }
    Err(Problem::internal(format!(
        "`{name}` is mounted under a path whose parameters are not those of its `Path` argument"
    )))
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if same(names[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
