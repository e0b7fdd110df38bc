//! Mistakes that the shapes of a handler's arguments show when it is compiled.
//!
//! Each function is called in a constant at the token that it is about, so that several mistakes
//! are several errors. A shape that is unknown is reported elsewhere, and passes here.

#![expect(clippy::indexing_slicing, reason = "constants have no other way through a slice, and a panic in one is a compile error")]

use crate::{
    Problem,
    policy::{PathShape, Shape, Validation},
};

/// That an argument's path fields are the parameters of the route.
///
/// # Panics
///
/// When compiled, where they are not.
#[track_caller]
pub const fn check_path(shape: Shape, parameters: &[&str]) {
    let Shape::Path(path) = shape else { return };
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

/// That the argument at `index` may read a body: it is the only one, and the method has one.
///
/// # Panics
///
/// When compiled, where it may not.
#[track_caller]
pub const fn check_body(index: usize, shapes: &[Shape], methods: &[&str]) {
    if !matches!(shapes[index], Shape::Body { .. }) {
        return;
    }
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
    let mut i = 0;
    while i < index {
        assert!(
            !matches!(shapes[i], Shape::Body { .. } | Shape::Vouched),
            "the body is read by another argument already: it can be read once"
        );
        i += 1;
    }
}

/// That `#[validated]` and the path agree with the arguments.
///
/// # Panics
///
/// When compiled, where they do not.
#[track_caller]
pub const fn check_inputs(shapes: &[Shape], validation: Validation, parameters: &[&str]) {
    let (mut input, mut path, mut drops, mut unknown) = (false, false, false, false);
    let mut i = 0;
    while i < shapes.len() {
        match shapes[i] {
            Shape::Query { unknown_fields } | Shape::Body { unknown_fields, .. } => {
                input = true;
                drops = drops || unknown_fields;
            }
            Shape::Path(_) => {
                input = true;
                path = true;
            }
            Shape::Vouched => path = true,
            Shape::Unknown => unknown = true,
            Shape::Free | Shape::Identity => {}
        }
        i += 1;
    }
    if unknown {
        return;
    }
    assert!(
        path || parameters.is_empty(),
        "no argument takes the parameters of the path: add one of type `Path<..>`"
    );
    match validation {
        Validation::NoInput => {}
        Validation::Strict => {
            assert!(input, "`#[validated]` on a handler that takes no input: remove it");
            assert!(
                !drops,
                "an input type of this handler drops unknown fields: say \
                 `#[validated(unknown_fields = allow, reason = \"..\")]`, or deny them in the type"
            );
        }
        Validation::AllowUnknownFields => assert!(
            drops,
            "`unknown_fields = allow` on a handler whose input types all refuse unknown fields"
        ),
    }
}

/// [`check_path`] for a plain handler, whose pattern is known when the first request comes.
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
