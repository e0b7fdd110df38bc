//! A form with files, read part by part.

use std::{borrow::Cow, collections::HashSet};

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::web::Bytes;
use futures_core::Stream;

use super::{
    display_name::DisplayName,
    flaw::{Flaw, broken},
    incoming::Incoming,
    inspect::Admission,
    intake::{Intake, Received},
    lent_body::LentBody,
    part::{BadHead, PartHead},
};
use crate::{
    Problem,
    input::{self, PartFields, PartKind},
    pipeline::{Boundary, CappedPayload, unreadable},
    policy::UploadRule,
    problem::Kind,
};

/// The most bytes of one text field.
const LONGEST_TEXT: usize = 16 << 10;

/// The most fields if unknown ones are dropped.
const MOST_FIELDS: usize = 64;

/// The content of a form.
#[derive(Debug, Default)]
pub(super) struct FilledForm {
    pub(super) files: Vec<(Received, Option<DisplayName>)>,
    pub(super) texts: Vec<(String, String)>,
}

/// Reads forms by an endpoint's rule.
#[derive(Debug)]
pub(super) struct FormReader<'a> {
    pub(super) rule: &'a UploadRule,
    pub(super) incoming: &'a Incoming,
    /// The other fields of the form; `None` if there are none.
    pub(super) fields: Option<PartFields>,
    /// Whether a form without a file is accepted.
    pub(super) is_optional: bool,
}

impl FormReader<'_> {
    /// Reads the form to its end. If the form is refused, everything that was read is removed.
    pub(super) async fn read(
        &self,
        boundary: &Boundary,
        body: CappedPayload,
    ) -> Result<FilledForm, Problem> {
        let files = usize::try_from(self.rule.files).unwrap_or(usize::MAX);
        // Empty parts of a field in which no file was chosen count, too.
        let most = files.saturating_add(MOST_FIELDS);
        let mut body = LentBody::new(body, boundary, most);
        let mut parts = Multipart::new(&boundary.headers(), body.clone());
        let mut form = FilledForm::default();
        let mut names = HashSet::new();
        let mut lengths = Vec::new();
        while let Some(part) = next(&mut parts).await {
            let mut part = part.map_err(refused)?;
            body.begin_part();
            if lengths.len() >= most {
                return Err(malformed("more parts than a form has"));
            }
            let head = PartHead::of(&part).map_err(|BadHead(what)| malformed(what))?;
            if head.name == self.rule.field {
                if form.files.len() >= files {
                    let most = Some(u64::from(self.rule.files));
                    return Err(Problem::invalid(vec![broken(self.pointer(), "files", most)]));
                }
                let (file, length) = self.file(&head, &mut part, &body).await?;
                lengths.push(length);
                form.files.extend(file.map(|file| (file, head.file_name)));
                continue;
            }
            let pointer = input::body_pointer(&head.name);
            let Some(kind) = self.fields.as_ref().and_then(|fields| fields.kind_of(&head.name))
            else {
                return Err(Problem::invalid(vec![broken(pointer, "unknown_field", None)]));
            };
            if !names.insert(head.name.clone()) && kind != PartKind::Element {
                return Err(Problem::invalid(vec![broken(pointer, "duplicate", None)]));
            }
            if form.texts.len() >= MOST_FIELDS {
                let most = u64::try_from(MOST_FIELDS).ok();
                return Err(Problem::invalid(vec![broken(String::new(), "fields", most)]));
            }
            let text = text(&head, &mut part, kind, &body, &pointer).await?;
            lengths.push(u64::try_from(text.len()).unwrap_or(u64::MAX));
            form.texts.push((head.name, text));
        }
        drop(parts);
        body.drain().await.map_err(|error| unreadable(&error))?;
        if !body.has_parts_of(&lengths) {
            return Err(malformed("parts that do not begin and end at their boundaries"));
        }
        if form.files.is_empty() && !self.is_optional {
            return Err(Problem::invalid(vec![broken(self.pointer(), "missing", None)]));
        }
        Ok(form)
    }

    /// The file, and the number of its bytes: more than are kept if there are bytes after its end.
    async fn file(
        &self,
        head: &PartHead,
        part: &mut Field,
        body: &LentBody,
    ) -> Result<(Option<Received>, u64), Problem> {
        let flawed = |flaw: Flaw| flaw.into_problem(self.pointer());
        let declared = head.declared().ok_or_else(|| flawed(Flaw::DeclaredType))?;
        // Labels that the attribute takes are known.
        let charset =
            self.rule.charset.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
        let (declared, says_charset) = declared.without(charset);
        let admission = Admission {
            kinds: self.rule.kinds,
            declared,
            charset,
            says_charset,
            markup: self.rule.markup,
            unpacked: self.rule.unpacked,
            pixels: self.rule.pixels,
            frames: self.rule.frames,
            size: self.rule.max,
        };
        let mut intake = Intake::new(self.incoming.clone(), admission, self.rule.max);
        while let Some(piece) = next(part).await {
            let piece: Bytes = piece.map_err(refused)?;
            body.handed_on(piece.len());
            intake.take(&piece).await.map_err(flawed)?;
        }
        // Browsers send this for a field without a chosen file.
        let length = intake.size();
        if length == 0 && head.names_no_file {
            return Ok((None, length));
        }
        intake.finish().await.map(|file| (Some(file), length)).map_err(flawed)
    }

    fn pointer(&self) -> String {
        input::body_pointer(self.rule.field)
    }
}

/// Reads text or a JSON document: UTF-8, and no longer than any field may be.
async fn text(
    head: &PartHead,
    part: &mut Field,
    kind: PartKind,
    body: &LentBody,
    pointer: &str,
) -> Result<String, Problem> {
    let broken = |code, max| Problem::invalid(vec![broken(pointer.to_owned(), code, max)]);
    // A browser gives a document a file name where a program made a `Blob` of it.
    if head.has_file_name && kind != PartKind::Json {
        return Err(broken("type", None).because("file-for-text", "a file in place of a text"));
    }
    let declared = head.declared();
    let fits = declared.is_some_and(|declared| match kind {
        PartKind::Text | PartKind::Element => declared.is_plain_text(),
        PartKind::Json | PartKind::Dropped => declared.is_document(),
    });
    if !fits {
        return Err(another_type(kind, pointer));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = next(part).await {
        let piece: Bytes = piece.map_err(refused)?;
        body.handed_on(piece.len());
        if bytes.len().saturating_add(piece.len()) > LONGEST_TEXT {
            return Err(broken("length", u64::try_from(LONGEST_TEXT).ok()));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| malformed("a text that is not UTF-8"))
}

/// 415 for a part whose type its field does not accept.
fn another_type(kind: PartKind, pointer: &str) -> Problem {
    let words = match kind {
        PartKind::Json => "the type of a part is none that a JSON document has",
        PartKind::Text | PartKind::Element | PartKind::Dropped => {
            "the type of a part is not `text/plain` in UTF-8, and its field takes a text"
        }
    };
    Problem::new(Kind::UnsupportedMediaType)
        .with_fields(vec![broken(pointer.to_owned(), "media_type", None)])
        .because("part-type", words)
}

async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|cx| std::pin::Pin::new(&mut *stream).poll_next(cx)).await
}

/// The fields, as an input type deserializes them.
pub(super) fn pairs(texts: &[(String, String)]) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    texts.iter().map(|(name, text)| (name.as_str().into(), text.as_str().into())).collect()
}

fn malformed(what: &'static str) -> Problem {
    Problem::new(Kind::MalformedBody).because("malformed-form", what)
}

/// Exceeding the body's own limits is reported as for any other body; every other error is a
/// malformed form.
fn refused(error: MultipartError) -> Problem {
    // The parser buffers 64 KiB and fails on a longer head: reported as too large a body.
    if let MultipartError::Payload(error) = error {
        return unreadable(&error);
    }
    Problem::new(Kind::MalformedBody)
        .because("malformed-form", "the parts of the form are malformed")
        .caused_by_note(error.to_string())
}
