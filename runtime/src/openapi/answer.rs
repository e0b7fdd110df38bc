//! The documented response of a handler, from its return type.
//!
//! The macros query [`AnswerOf`] about the type. It has inherent methods for types that are known
//! as responses; a trait covers all other types, so that every handler compiles. The same applies
//! to the content: a type that derives `ToSchema` has a schema, any other type is documented
//! without one.

use std::{borrow::Cow, marker::PhantomData};

use actix_web::web::{Bytes, Json};
use serde_json::Value;
use utoipa::ToSchema;

use super::schemas::{MakeSchema, Schemas};
use crate::{
    conditional::Tagged,
    issue::TokenResponse,
    limit::Metrics,
    page::DangerousHtml,
    respond::{Created, CreatedAt, Found, NoContent, SafeRedirect, StreamedJson},
};

/// A response of a handler.
#[derive(Debug)]
pub struct Answer {
    pub(super) head: Head,
    /// The schema of the content; `None` if it is unknown.
    pub(super) schema: Option<Value>,
}

/// Status, media type and header fields of a response.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    pub(super) status: u16,
    /// `None` without content.
    pub(super) media_type: Option<&'static str>,
    /// Header fields that it may have.
    pub(super) fields: &'static [&'static str],
    /// Further statuses: below 400 without content, otherwise problems.
    pub(super) also: &'static [u16],
    /// Whether the content is a list of the type.
    pub(super) is_list: bool,
    /// Whether the content is JSON of one of the service's types, with or without a schema.
    pub(super) is_typed: bool,
    /// Whether requests for it may have conditional headers.
    pub(super) has_version: bool,
}

const OK: Head = Head {
    status: 200,
    media_type: None,
    fields: &[],
    also: &[],
    is_list: false,
    is_typed: false,
    has_version: false,
};

const JSON: Head = Head { media_type: Some("application/json"), is_typed: true, ..OK };

const HTML: Head = Head { media_type: Some("text/html"), ..OK };

/// A type that handlers return.
pub trait Answers {
    /// The type of the content.
    type Content;
    /// Everything else.
    const HEAD: Head;
}

/// A content that no type describes.
#[derive(Debug)]
pub struct Opaque;

macro_rules! answers {
    ($([$($parameter:ident)?] $type:ty: $content:ty = $head:expr;)*) => {$(
        impl $(<$parameter>)? Answers for $type {
            type Content = $content;
            const HEAD: Head = $head;
        }
    )*};
}

answers! {
    [T] Json<T>: T = JSON;
    [T] Created<T>: T = Head { status: 201, ..JSON };
    [T] CreatedAt<T>: T = Head { status: 201, fields: &["Location", "ETag"], ..JSON };
    [T] Tagged<T>: T = Head {
        fields: &["ETag", "Last-Modified"],
        also: &[304, 412],
        has_version: true,
        ..JSON
    };
    [T] StreamedJson<T>: T = Head { fields: &["Content-Disposition"], is_list: true, ..JSON };
    [] NoContent: Opaque = Head { status: 204, ..OK };
    [] Found: Opaque = Head { status: 302, fields: &["Location"], ..OK };
    [] SafeRedirect: Opaque = Head { status: 303, fields: &["Location"], ..OK };
    [] TokenResponse: TokenResponse = JSON;
    [] Metrics: Opaque = Head { media_type: Some("application/openmetrics-text"), ..OK };
    [] DangerousHtml: Opaque = HTML;
    [] String: Opaque = Head { media_type: Some("text/plain"), ..OK };
    [] &'static str: Opaque = Head { media_type: Some("text/plain"), ..OK };
    [] Cow<'static, str>: Opaque = Head { media_type: Some("text/plain"), ..OK };
    [] Bytes: Opaque = Head { media_type: Some("application/octet-stream"), ..OK };
    [] Vec<u8>: Opaque = Head { media_type: Some("application/octet-stream"), ..OK };
    [] (): Opaque = OK;
}

#[cfg(feature = "askama")]
answers! {
    [T] crate::page::Page<T>: Opaque = HTML;
}

#[cfg(feature = "maud")]
answers! {
    [] crate::page::MarkupPage: Opaque = HTML;
}

#[cfg(feature = "uploads")]
answers! {
    [] crate::upload::Download: Opaque = Head {
        media_type: Some("application/octet-stream"),
        fields: &["Accept-Ranges", "Content-Disposition", "ETag", "Last-Modified"],
        also: &[206, 304, 404, 412, 416],
        has_version: true,
        ..OK
    };
}

impl<T: Answers, E> Answers for Result<T, E> {
    type Content = T::Content;
    const HEAD: Head = T::HEAD;
}

impl<T: Answers> Answers for Option<T> {
    type Content = T::Content;
    const HEAD: Head = match T::HEAD {
        Head { also: [], .. } => Head { also: &[404], ..T::HEAD },
        Head { also: [304, 412], .. } => Head { also: &[304, 404, 412], ..T::HEAD },
        other => other,
    };
}

/// Finds the response of a type.
#[derive(Debug)]
pub struct AnswerOf<T>(PhantomData<T>);

/// Finds the schema of a content.
#[derive(Debug)]
pub struct ContentOf<T>(PhantomData<T>);

impl<T> AnswerOf<T> {
    /// For this type.
    pub const NEW: Self = Self(PhantomData);
}

impl<T: Answers> AnswerOf<T> {
    /// The response, without its content.
    pub fn head(&self) -> Option<Head> {
        Some(T::HEAD)
    }

    /// The type of the content.
    pub fn content(&self) -> ContentOf<T::Content> {
        ContentOf(PhantomData)
    }
}

impl<T: ToSchema> ContentOf<T> {
    /// The schema of a type that has one.
    pub fn schema(&self) -> Option<MakeSchema> {
        Some(Schemas::output::<T>)
    }
}

/// Fallbacks for unknown types: one import brings them into scope, without names.
pub mod answer_fallbacks {
    pub use super::{NoAnswer as _, NoSchema as _};
}

/// A type that is unknown as a response; used only if [`AnswerOf`] has no inherent method.
pub trait NoAnswer {
    /// It is unknown.
    fn head(&self) -> Option<Head> {
        None
    }

    /// It is unknown.
    fn content(&self) -> ContentOf<Opaque> {
        ContentOf(PhantomData)
    }
}

impl<T> NoAnswer for AnswerOf<T> {}

/// A content without a schema; used only if `ContentOf` has no inherent method.
pub trait NoSchema {
    /// There is none.
    fn schema(&self) -> Option<MakeSchema> {
        None
    }
}

impl<T> NoSchema for ContentOf<T> {}

#[cfg(test)]
mod tests {
    use actix_web::web::Json;

    use super::{AnswerOf, answer_fallbacks::*};
    use crate::{Problem, openapi::Schemas, respond::Created};

    #[expect(dead_code, reason = "its schema is what counts")]
    #[derive(utoipa::ToSchema)]
    struct Item {
        id: u32,
    }

    struct Unknown;

    macro_rules! answer {
        ($type:ty) => {{
            let answer = AnswerOf::<$type>::NEW;
            (answer.head().map(|head| head.status), answer.content().schema().is_some())
        }};
    }

    #[test]
    fn types_say_what_they_answer() {
        assert_eq!(answer!(Json<Item>), (Some(200), true));
        assert_eq!(answer!(Result<Created<Vec<Item>>, Problem>), (Some(201), true));
        assert_eq!(answer!(Json<Unknown>), (Some(200), false));
        assert_eq!(answer!(Unknown), (None, false));
        assert_eq!(answer!(Option<Json<Item>>), (Some(200), true));
    }

    #[test]
    fn a_type_of_its_own_name_is_referred_to() {
        let mut schemas = Schemas::default();
        let answer = AnswerOf::<Json<Item>>::NEW;
        let answer = schemas.answer(answer.head(), answer.content().schema()).unwrap();
        assert_eq!(answer.schema.unwrap()["$ref"], "#/components/schemas/Item");
        let answer = AnswerOf::<Json<Vec<Item>>>::NEW;
        let answer = schemas.answer(answer.head(), answer.content().schema()).unwrap();
        assert_eq!(answer.schema.unwrap()["type"], "array");
    }
}
