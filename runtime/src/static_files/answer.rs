//! A request for a file, and its response: RFC 9110 sections 13 and 14.

use std::ops::Range;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::Bytes,
};
use percent_encoding::percent_decode_str;

use super::{
    entry::{Entry, Form},
    folder::Folder,
};
use crate::{
    Problem,
    conditional::{Outcome, Validators, Wanted, http_date, judge, wanted},
    extract::{Extract, Extraction, sealed::Sealed},
    headers::Wears,
    pipeline::Cleared,
    policy::Shape,
    problem::Kind,
};

/// How many ranges of one request are sent. These files are small and in memory: a request for more
/// ranges gets the whole file.
const MOST_RANGES: usize = 1;

/// The requested file, and the conditional headers of the request.
pub(super) struct Asked(HttpRequest);

impl Sealed for Asked {}

impl<A, C> Extract<A, C> for Asked {
    const SHAPE: Shape = Shape::Free;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Now(Some(Ok(Self(cleared.request().clone()))))
    }
}

impl Asked {
    pub(super) fn answer(&self, folder: &Folder) -> Result<HttpResponse, Problem> {
        let request = &self.0;
        let file = request.match_info().get("file").unwrap_or_default();
        // Once, as the firewall read it: an escape of a percent sign has not come so far.
        let file = percent_decode_str(file).decode_utf8().map_err(|_| Problem::not_found())?;
        let entry = folder.file(&file).ok_or_else(Problem::not_found)?;
        let form = entry.form(request.headers());
        let validators =
            Validators { in_any_coding: false, tag: form.version(), modified: entry.modified };
        match judge(request.headers(), validators)? {
            Outcome::Failed => Err(Problem::new(Kind::PreconditionFailed)),
            Outcome::NotModified => {
                let head = HttpResponse::build(StatusCode::NOT_MODIFIED);
                Ok(self.finish(entry, form, head, None))
            }
            Outcome::Proceed => self.send(entry, form),
        }
    }

    fn send(&self, entry: &Entry, form: &Form) -> Result<HttpResponse, Problem> {
        let whole = || self.finish(entry, form, HttpResponse::Ok(), Some(form.bytes.clone()));
        let length = u64::try_from(form.bytes.len())?;
        match wanted(&self.0, form.version(), length, MOST_RANGES) {
            // No more than one is taken.
            Wanted::Whole | Wanted::Several(_) => Ok(whole()),
            Wanted::One(Range { start, end }) => {
                let mut head = HttpResponse::build(StatusCode::PARTIAL_CONTENT);
                head.insert_header((
                    header::CONTENT_RANGE,
                    format!("bytes {start}-{}/{length}", end.saturating_sub(1)),
                ));
                // Within the bytes: that is what makes a range satisfiable.
                let part = form.bytes.slice(usize::try_from(start)?..usize::try_from(end)?);
                Ok(self.finish(entry, form, head, Some(part)))
            }
            Wanted::Nothing => Err(no_range(entry, length)),
        }
    }

    fn finish(
        &self,
        entry: &Entry,
        form: &Form,
        mut head: HttpResponseBuilder,
        body: Option<Bytes>,
    ) -> HttpResponse {
        vary(&mut head, entry);
        head.insert_header((header::ETAG, form.etag.clone()));
        head.insert_header((header::ACCEPT_RANGES, "bytes"));
        if let Some(modified) = entry.modified.and_then(http_date) {
            head.insert_header((header::LAST_MODIFIED, modified));
        }
        let own = entry.own(self.0.query_string());
        if body.is_some() {
            head.insert_header((header::CONTENT_TYPE, entry.content_type.clone()));
            if let Some(coding) = form.coding {
                head.insert_header((header::CONTENT_ENCODING, coding.name()));
            }
        }
        Wears::answer(&mut head, body.unwrap_or_default(), entry.kind.profile, Some(own))
    }
}

/// If a file has several representations, every response has `Vary`.
fn vary(head: &mut HttpResponseBuilder, entry: &Entry) {
    if entry.has_forms() {
        head.append_header((header::VARY, header::ACCEPT_ENCODING.as_str()));
    }
}

fn no_range(entry: &Entry, length: u64) -> Problem {
    let problem = Problem::no_range(length);
    if !entry.has_forms() {
        return problem;
    }
    problem.with_header(header::VARY, HeaderValue::from_static("accept-encoding"))
}
