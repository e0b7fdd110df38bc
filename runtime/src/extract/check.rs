//! Checks of the shapes of a handler's arguments when it is compiled.
//!
//! Each method is called in a constant with the span of the token that it is about, so that several
//! mistakes are several errors. They are methods, so that an expansion finds them by the policy's
//! type alone. An unknown shape is reported elsewhere, and passes here.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "constants have no other way through a slice, and a panic in one is a compile error"
)]

use crate::{
    Problem,
    policy::{
        Argument, BodyKind, Compression, Conditions, Object, PathShape, Policy, Shape, UploadRule,
        Validation,
    },
    upload::FileKind,
};

impl Policy {
    /// Checks that the argument at `index` fits the route: its path fields are the parameters of
    /// the path, and if it reads a body, it is the only one and the method has one.
    ///
    /// # Panics
    ///
    /// When compiled, where it does not fit.
    #[doc(hidden)]
    #[track_caller]
    pub const fn check_argument(&self, index: usize) {
        check_taken_once(self.arguments, index);
        check_only_body(self.arguments, index);
        check_named(self.arguments[index].shape);
        if let Shape::Upload { kinds, several, .. } = self.arguments[index].shape {
            check_files(self.upload, kinds, several);
        }
        if evaluates_conditions(self.arguments[index].shape) {
            assert!(
                !matches!(self.conditions, Conditions::Refused),
                "this argument evaluates conditional requests, and the handler does not declare it: \
                 add `#[conditional]` to it"
            );
        }
        // The path and the method of a plain handler are known when the first request comes.
        let Some(route) = self.route else { return };
        if self.arguments[index].shape.path().is_some() {
            check_path(self.arguments, index, route.parameters);
        }
        if matches!(self.arguments[index].shape, Shape::Body { .. }) {
            check_method(route.methods);
        }
    }

    /// Checks that an argument takes the parameters of the path.
    ///
    /// # Panics
    ///
    /// When compiled, if none does.
    #[doc(hidden)]
    #[track_caller]
    pub const fn check_parameters(&self) {
        let mut i = 0;
        while i < self.arguments.len() {
            match self.arguments[i].shape {
                // A vouched extractor may read them: `HttpRequest` does.
                Shape::Path { .. } | Shape::Object(_) | Shape::Vouched | Shape::Unknown => return,
                Shape::Free
                | Shape::State(_)
                | Shape::Identity
                | Shape::Conditions
                | Shape::Query { .. }
                | Shape::Body { .. }
                | Shape::Upload { .. } => {}
            }
            i += 1;
        }
        panic!(
            "no argument takes the parameters of the path: add one of type `Path<..>` or `Owned<..>`"
        );
    }

    /// Checks that `#[validated]` has input to validate, and that it and the input types agree on
    /// unknown fields.
    ///
    /// # Panics
    ///
    /// When compiled, if it has none or they do not.
    #[doc(hidden)]
    #[track_caller]
    pub const fn check_validated(&self) {
        let (mut input, mut drops) = (false, false);
        let mut i = 0;
        while i < self.arguments.len() {
            match self.arguments[i].shape {
                Shape::Query { unknown_fields, .. } | Shape::Body { unknown_fields, .. } => {
                    input = true;
                    drops = drops || unknown_fields;
                }
                Shape::Upload { fields: Some(_), unknown_fields, .. } => {
                    input = true;
                    drops = drops || unknown_fields;
                }
                Shape::Path { .. } => input = true,
                Shape::Unknown => return,
                // The id of an object is taken by `Owned`, and never reaches the handler.
                Shape::Free
                | Shape::State(_)
                | Shape::Identity
                | Shape::Conditions
                | Shape::Object(_)
                | Shape::Upload { fields: None, .. }
                | Shape::Vouched => {}
            }
            i += 1;
        }
        assert!(input, "`validated` on a handler that takes no input: remove it");
        // Types of fields are not seen here: the registrar looks through them when the service starts.
        assert!(
            !drops || matches!(self.validation, Validation::AllowUnknownFields),
            "an input type of this handler drops unknown fields: say \
             `#[validated(unknown_fields = allow, reason = \"..\")]`, or deny them in the type"
        );
    }

    /// Checks that a limit of bytes has a body to count.
    ///
    /// # Panics
    ///
    /// When compiled, if no argument reads one.
    #[doc(hidden)]
    #[track_caller]
    pub const fn check_bytes(&self) {
        let mut i = 0;
        while i < self.arguments.len() {
            match self.arguments[i].shape {
                // A vouched extractor may read it.
                Shape::Body { .. } | Shape::Upload { .. } | Shape::Vouched | Shape::Unknown => {
                    return;
                }
                Shape::Free
                | Shape::State(_)
                | Shape::Identity
                | Shape::Conditions
                | Shape::Query { .. }
                | Shape::Path { .. }
                | Shape::Object(_) => {}
            }
            i += 1;
        }
        panic!("a limit of bytes on a handler that reads no body: count requests, `\"10/minute\"`");
    }

    /// Checks that the argument of a handler with `#[compress]`, and without a reason for it, puts
    /// no secret into answers.
    ///
    /// # Panics
    ///
    /// When compiled, if it does.
    #[doc(hidden)]
    #[track_caller]
    pub const fn check_compressed(&self, is_secret: bool) {
        assert!(
            !is_secret || !matches!(self.compression, Compression::WithoutSecrets),
            "`compress` on a handler whose answers may hold a secret of this argument: write \
             `#[compress(reason = \"..\")]`, why no secret is beside text that a request chooses (BREACH)"
        );
    }

    /// Checks that the content codings of `body_encoding` have a body that is decoded.
    ///
    /// # Panics
    ///
    /// When compiled, if there is none.
    #[doc(hidden)]
    #[track_caller]
    pub const fn check_body_encoding(&self) {
        let mut i = 0;
        while i < self.arguments.len() {
            match self.arguments[i].shape {
                Shape::Body { .. } | Shape::Unknown => return,
                // What reads it may decode by what the header says, and would decode it twice.
                Shape::Vouched => panic!(
                    "`body_encoding` on a handler with a vouched argument, which reads the body as it \
                     comes: take the body as `Json` or `Form`"
                ),
                Shape::Upload { .. } => panic!(
                    "`body_encoding` on a handler that takes files, whose forms are never decoded: \
                     remove it"
                ),
                Shape::Free
                | Shape::State(_)
                | Shape::Identity
                | Shape::Query { .. }
                | Shape::Path { .. }
                | Shape::Conditions
                | Shape::Object(_) => {}
            }
            i += 1;
        }
        panic!("`body_encoding` on a handler that reads no body: add an argument `Json` or `Form`");
    }

    /// Checks that the files of `upload` have an argument that takes them.
    ///
    /// # Panics
    ///
    /// When compiled, if none does.
    #[doc(hidden)]
    #[track_caller]
    pub const fn check_upload(&self) {
        let mut i = 0;
        while i < self.arguments.len() {
            match self.arguments[i].shape {
                Shape::Upload { .. } | Shape::Unknown => return,
                Shape::Free
                | Shape::State(_)
                | Shape::Identity
                | Shape::Conditions
                | Shape::Query { .. }
                | Shape::Path { .. }
                | Shape::Object(_)
                | Shape::Body { .. }
                | Shape::Vouched => {}
            }
            i += 1;
        }
        panic!("`upload` on a handler that takes no files: add an argument of type `Upload`");
    }

    /// Checks that an argument judges the conditions of requests.
    ///
    /// # Panics
    ///
    /// When compiled, if none does.
    #[doc(hidden)]
    #[track_caller]
    pub const fn check_conditional(&self) {
        let mut i = 0;
        while i < self.arguments.len() {
            let shape = self.arguments[i].shape;
            // A vouched extractor may read the fields: `HttpRequest` does.
            if evaluates_conditions(shape) || matches!(shape, Shape::Vouched | Shape::Unknown) {
                return;
            }
            i += 1;
        }
        panic!(
            "no argument evaluates conditional requests: take `Current<T, Action>` in place of \
             `Owned<T, Action>`, or an argument of type `Preconditions`"
        );
    }
}

/// Whether one of palisade's own arguments judges the conditions of the request.
const fn evaluates_conditions(shape: Shape) -> bool {
    matches!(shape, Shape::Conditions | Shape::Object(Object { is_conditional: true, .. }))
}

/// Checks that a query string or a form can fill the type which is read from it.
#[track_caller]
const fn check_named(shape: Shape) {
    let misfit = match shape {
        Shape::Query { declared, .. } | Shape::Body { kind: BodyKind::Form, declared, .. } => {
            declared.misfit()
        }
        Shape::Upload { fields: Some(declared), .. } => declared.misfit_in_parts(),
        Shape::Free
        | Shape::State(_)
        | Shape::Identity
        | Shape::Path { .. }
        | Shape::Conditions
        | Shape::Object(_)
        | Shape::Body { .. }
        | Shape::Upload { fields: None, .. }
        | Shape::Vouched
        | Shape::Unknown => None,
    };
    if let Some(misfit) = misfit {
        misfit.refuse();
    }
}

/// Checks that no earlier argument takes the same parameter: an object is loaded by its `Owned`
/// alone. A handler that had the id as well could load the object without its policy.
#[track_caller]
const fn check_taken_once(arguments: &[Argument], index: usize) {
    let Some(own) = arguments[index].shape.path() else { return };
    let mut i = 0;
    while i < index {
        if let Some(other) = arguments[i].shape.path() {
            assert!(
                !overlap(own, other),
                "an argument before this one takes the same parameter of the path: take it once, \
                 and an object's id by its `Owned` alone"
            );
        }
        i += 1;
    }
}

const fn overlap(a: PathShape, b: PathShape) -> bool {
    let (PathShape::Fields(a), PathShape::Fields(b)) = (a, b) else {
        // What takes parameters by their place takes all of them.
        return true;
    };
    let mut i = 0;
    while i < a.len() {
        if contains(b, a[i]) {
            return true;
        }
        i += 1;
    }
    false
}

#[track_caller]
const fn check_path(arguments: &[Argument], index: usize, parameters: &[&str]) {
    let Some(path) = arguments[index].shape.path() else { return };
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
                    is_field_of_any(arguments, parameters[i]),
                    "a parameter of the path is not a field of this argument"
                );
                i += 1;
            }
        }
    }
}

const fn is_field_of_any(arguments: &[Argument], parameter: &str) -> bool {
    let mut i = 0;
    while i < arguments.len() {
        if let Some(PathShape::Fields(fields)) = arguments[i].shape.path()
            && contains(fields, parameter)
        {
            return true;
        }
        i += 1;
    }
    false
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

/// Checks that an argument of files has a rule, and fits it.
#[track_caller]
const fn check_files(rule: Option<UploadRule>, kinds: &[FileKind], several: bool) {
    let Some(rule) = rule else {
        panic!(
            "this argument takes files, and the handler does not declare which: add \
             `#[upload(max = \"5 MiB\", kinds(..))]` to the handler"
        );
    };
    assert!(
        several || rule.files == 1,
        "this argument takes one file, and `upload` admits several: take them as `UploadedFiles`, \
         or leave `files` out"
    );
    let mut i = 0;
    while i < rule.kinds.len() {
        assert!(
            holds(kinds, rule.kinds[i]),
            "`upload` admits a kind of file that the type of this argument does not: take it out of \
             `kinds(..)`, or take a wider type"
        );
        i += 1;
    }
}

const fn holds(kinds: &[FileKind], kind: FileKind) -> bool {
    let mut i = 0;
    while i < kinds.len() {
        // Names are unique; `==` of enums is not for constants.
        if same(kinds[i].name(), kind.name()) {
            return true;
        }
        i += 1;
    }
    false
}

#[track_caller]
const fn check_only_body(arguments: &[Argument], index: usize) {
    if !reads_body(arguments[index].shape) {
        return;
    }
    let mut i = 0;
    while i < arguments.len() {
        assert!(
            i == index || !matches!(arguments[i].shape, Shape::Vouched),
            "the body may be read by a vouched argument too, and it can be read once"
        );
        assert!(
            i >= index || !reads_body(arguments[i].shape),
            "the body is read by another argument already, and it can be read once"
        );
        i += 1;
    }
}

/// Whether one of palisade's own arguments reads the body.
const fn reads_body(shape: Shape) -> bool {
    matches!(shape, Shape::Body { .. } | Shape::Upload { .. })
}

/// The same as [`Policy::check_argument`] for a plain handler, whose pattern is known when the first request
/// comes: its arguments take as many parameters as the pattern has.
pub(super) fn plain_path(policy: &Policy, matched: usize) -> Result<(), Problem> {
    let taken: usize = policy
        .arguments
        .iter()
        .filter_map(|argument| argument.shape.path())
        .map(|path| match path {
            PathShape::One => 1,
            PathShape::Tuple(count) => count,
            PathShape::Fields(fields) => fields.len(),
        })
        .sum();
    if taken == matched {
        return Ok(());
    }
    Err(Problem::internal(format!(
        "`{}` is mounted under a path whose parameters are not those of its arguments",
        policy.name
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
