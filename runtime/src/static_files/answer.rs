//! A request for a file, and the answer to it: RFC 9110 sections 13 and 14.

use std::{ops::RangeInclusive, time::SystemTime};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method, StatusCode,
        header::{
            self, ByteRangeSpec, EntityTag, Header, HeaderName, HttpDate, IfMatch, IfModifiedSince,
            IfNoneMatch, IfUnmodifiedSince, Range, TryIntoHeaderValue as _,
        },
    },
    web::Bytes,
};
use percent_encoding::percent_decode_str;

use super::{entry::Entry, folder::Folder};
use crate::{
    Problem,
    extract::{Extract, Extraction, sealed::Sealed},
    headers::Wears,
    pipeline::Cleared,
    policy::Shape,
    problem::Kind,
};

/// Which file somebody asked for, and under which conditions.
pub(super) struct Asked(HttpRequest);

impl Sealed for Asked {}

impl<A, C> Extract<A, C> for Asked {
    const SHAPE: Shape = Shape::Free;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Now(Some(Ok(Self(cleared.request().clone()))))
    }
}

/// What the conditions of a request come to.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Send,
    NotModified,
    Failed,
}

impl Asked {
    pub(super) fn answer(&self, folder: &Folder) -> Result<HttpResponse, Problem> {
        let request = &self.0;
        let file = request.match_info().get("file").unwrap_or_default();
        // Once, as the firewall read it: an escape of a percent sign has not come so far.
        let file = percent_decode_str(file).decode_utf8().map_err(|_| Problem::not_found())?;
        let entry = folder.file(&file).ok_or_else(Problem::not_found)?;
        match self.outcome(entry) {
            Outcome::Failed => Err(Problem::new(Kind::PreconditionFailed)),
            Outcome::NotModified => {
                let head = HttpResponse::build(StatusCode::NOT_MODIFIED);
                Ok(self.finish(entry, head, None))
            }
            Outcome::Send => Ok(self.send(entry)),
        }
    }

    fn send(&self, entry: &Entry) -> HttpResponse {
        let length = entry.bytes.len();
        match self.range(entry) {
            None => self.finish(entry, HttpResponse::Ok(), Some(entry.bytes.clone())),
            Some(Some(range)) => {
                let (first, last) = (*range.start(), *range.end());
                let mut head = HttpResponse::build(StatusCode::PARTIAL_CONTENT);
                head.insert_header((
                    header::CONTENT_RANGE,
                    format!("bytes {first}-{last}/{length}"),
                ));
                // Within the bytes: that is what makes a range satisfiable.
                self.finish(entry, head, Some(entry.bytes.slice(range)))
            }
            Some(None) => HttpResponse::build(StatusCode::RANGE_NOT_SATISFIABLE)
                .insert_header((header::CONTENT_RANGE, format!("bytes */{length}")))
                .finish(),
        }
    }

    fn finish(
        &self,
        entry: &Entry,
        mut head: HttpResponseBuilder,
        body: Option<Bytes>,
    ) -> HttpResponse {
        head.insert_header((header::ETAG, entry.etag.clone()));
        head.insert_header((header::ACCEPT_RANGES, "bytes"));
        if let Some(modified) = entry.modified.and_then(|date| date.try_into_value().ok()) {
            head.insert_header((header::LAST_MODIFIED, modified));
        }
        let own = entry.own(self.0.query_string());
        if body.is_some() {
            head.insert_header((header::CONTENT_TYPE, entry.content_type.clone()));
        }
        Wears::answer(&mut head, body.unwrap_or_default(), entry.kind.profile, Some(own))
    }

    fn outcome(&self, entry: &Entry) -> Outcome {
        let tag = EntityTag::new_strong(entry.version().to_owned());
        if self.has(header::IF_MATCH) {
            // A condition that cannot be read is not fulfilled.
            let holds = match self.read::<IfMatch>() {
                Some(IfMatch::Any) => true,
                Some(IfMatch::Items(tags)) => tags.iter().any(|one| one.strong_eq(&tag)),
                None => false,
            };
            if !holds {
                return Outcome::Failed;
            }
        } else if let Some(IfUnmodifiedSince(date)) = self.read()
            && entry.modified.is_some_and(|modified| is_later(modified, date))
        {
            return Outcome::Failed;
        }
        if self.has(header::IF_NONE_MATCH) {
            let known = match self.read::<IfNoneMatch>() {
                Some(IfNoneMatch::Any) => true,
                Some(IfNoneMatch::Items(tags)) => tags.iter().any(|one| one.weak_eq(&tag)),
                None => false,
            };
            return if known { Outcome::NotModified } else { Outcome::Send };
        }
        match (self.read(), entry.modified) {
            (Some(IfModifiedSince(date)), Some(modified)) if !is_later(modified, date) => {
                Outcome::NotModified
            }
            _ => Outcome::Send,
        }
    }

    /// The range that is asked for; `Some(None)` for one that there is not. Several at once, or what
    /// cannot be read, are answered with all of it, which is always allowed.
    fn range(&self, entry: &Entry) -> Option<Option<RangeInclusive<usize>>> {
        if self.0.method() != Method::GET || !self.is_range_of_this(entry) {
            return None;
        }
        let mut values = self.0.headers().get_all(header::RANGE);
        let value = values.next()?.to_str().ok()?;
        if values.next().is_some() || value.contains(',') {
            return None;
        }
        let Range::Bytes(specs) = value.parse::<Range>().ok()? else { return None };
        let [spec] = specs.as_slice() else { return None };
        // From behind its own end is no range at all.
        if matches!(spec, ByteRangeSpec::FromTo(first, last) if first > last) {
            return None;
        }
        let length = u64::try_from(entry.bytes.len()).ok()?;
        Some(spec.to_satisfiable_range(length).and_then(|(first, last)| {
            Some(usize::try_from(first).ok()?..=usize::try_from(last).ok()?)
        }))
    }

    /// Whether the part that is asked for is to be put to a part of what there is still.
    fn is_range_of_this(&self, entry: &Entry) -> bool {
        let mut values = self.0.headers().get_all(header::IF_RANGE);
        match (values.next(), values.next()) {
            (None, _) => true,
            // By the tag alone: a date is too coarse for parts of a file.
            (Some(value), None) => *value == entry.etag,
            (Some(_), Some(_)) => false,
        }
    }

    fn has(&self, name: HeaderName) -> bool {
        self.0.headers().contains_key(name)
    }

    fn read<H: Header>(&self) -> Option<H> {
        H::parse(&self.0).ok()
    }
}

/// In whole seconds, as both are written.
fn is_later(one: HttpDate, other: HttpDate) -> bool {
    let seconds = |date: HttpDate| {
        let since = SystemTime::from(date).duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    };
    seconds(one) > seconds(other)
}
