//! The reports of one request.

use actix_web::{
    http::header::{self, HeaderMap, HeaderValue},
    web::Bytes,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ReportKind;
use crate::{
    Problem,
    extract::{BodyExtraction, Extract, Extraction, sealed::Sealed},
    input,
    media_type::{Charset, MediaType},
    pipeline::{Cleared, Reserved},
    policy::Shape,
    problem::Kind,
};

/// For one request.
const MOST: usize = 32;

/// The most characters of one value in the log.
const LONGEST: usize = 200;

/// The reports that are processed.
#[derive(Debug)]
pub(super) struct Batch(pub(super) Vec<Report>);

/// One report. Its strings come from the client, and are truncated.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) kind: ReportKind,
    /// The page.
    pub(super) page: Option<String>,
    /// The directive or the feature.
    pub(super) policy: Option<String>,
    /// The blocked resource.
    pub(super) blocked: Option<String>,
    /// The script or style that requested it.
    pub(super) source: Option<String>,
    pub(super) line: Option<u64>,
    /// Whether it was blocked, or only reported.
    pub(super) disposition: Option<String>,
}

/// In the format of the Reporting API.
#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    body: Option<Map<String, Value>>,
}

/// In the format of `report-uri` in Content Security Policy Level 2.
#[derive(Deserialize)]
struct OlderSent {
    #[serde(rename = "csp-report")]
    report: Map<String, Value>,
}

impl Batch {
    fn read(body: &[u8]) -> Result<Self, Problem> {
        let malformed = |_| Problem::new(Kind::MalformedBody);
        if input::repeated(body).is_some() {
            return Err(Problem::new(Kind::MalformedBody));
        }
        let reports = if body.trim_ascii_start().starts_with(b"[") {
            let sent: Vec<Sent> = serde_json::from_slice(body).map_err(malformed)?;
            sent.into_iter().take(MOST).map(Report::new).collect()
        } else {
            let sent: OlderSent = serde_json::from_slice(body).map_err(malformed)?;
            vec![Report::of_older(&sent.report)]
        };
        Ok(Self(reports))
    }
}

impl Report {
    fn new(sent: Sent) -> Self {
        let body = sent.body.unwrap_or_default();
        let page = text(&body, &["documentURL"]).or(sent.url.as_deref());
        Self {
            kind: ReportKind::of(&sent.kind),
            page: page.map(address),
            policy: text(&body, &["effectiveDirective", "policyId", "featureId", "id", "reason"])
                .map(cut),
            blocked: text(&body, &["blockedURL"]).map(address),
            source: text(&body, &["sourceFile"]).map(address),
            line: body.get("lineNumber").and_then(Value::as_u64),
            disposition: text(&body, &["disposition"]).map(cut),
        }
    }

    fn of_older(body: &Map<String, Value>) -> Self {
        Self {
            kind: ReportKind::Csp,
            page: text(body, &["document-uri"]).map(address),
            policy: text(body, &["effective-directive", "violated-directive"]).map(cut),
            blocked: text(body, &["blocked-uri"]).map(address),
            source: text(body, &["source-file"]).map(address),
            line: body.get("line-number").and_then(Value::as_u64),
            disposition: text(body, &["disposition"]).map(cut),
        }
    }
}

/// The first of these fields that is present and a string.
fn text<'a>(body: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| body.get(*name)?.as_str())
}

/// Without the parts that may be secret, and without the content of a `data:` address.
fn address(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let text = text.get(..end).unwrap_or_default();
    let is_data = text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    cut(if is_data { "data:" } else { text })
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// The media types of reports: of the Reporting API, and of Content Security Policy Level 2.
const TAKEN: &str = "application/reports+json, application/csp-report";

fn is_report(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let media_type = value.to_str().ok().and_then(MediaType::parse);
    media_type.is_some_and(|media_type| {
        matches!(media_type.essence(), "application/reports+json" | "application/csp-report")
            && media_type.charset() != Charset::Other
    })
}

impl Sealed for Batch {}

impl<A, C> Extract<A, C> for Batch {
    // It has no declared type: only the known members are read.
    const SHAPE: Shape = Shape::Vouched;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        if !is_report(cleared.request().headers()) {
            let problem = Problem::new(Kind::UnsupportedMediaType)
                .with_header(header::ACCEPT, HeaderValue::from_static(TAKEN));
            return Extraction::Now(Some(Err(problem)));
        }
        Extraction::Body(BodyExtraction {
            reserved: Reserved::No,
            read: cleared.read_body(),
            parse: |body: &Bytes, _| Self::read(body),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Batch, LONGEST, MOST, Report};
    use crate::report::ReportKind;

    #[test]
    fn both_forms_are_read() {
        let newer = br#"[{"type":"csp-violation","age":1,"url":"https://a.example/p?token=1#x",
            "user_agent":"x","body":{"documentURL":"https://a.example/p?token=1#x",
            "blockedURL":"https://evil.example/x.js?y","effectiveDirective":"script-src-elem",
            "sourceFile":"https://a.example/app.js","lineNumber":7,"disposition":"enforce",
            "sample":"secret","statusCode":200}},
            {"type":"never heard of","url":"data:text/html,<p>secret"}]"#;
        let Batch(reports) = Batch::read(newer).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let first = Report {
            kind: ReportKind::Csp,
            page: text("https://a.example/p"),
            policy: text("script-src-elem"),
            blocked: text("https://evil.example/x.js"),
            source: text("https://a.example/app.js"),
            line: Some(7),
            disposition: text("enforce"),
        };
        assert_eq!(reports.first(), Some(&first));
        let other = reports.get(1).unwrap();
        assert_eq!((other.kind, other.page.as_deref()), (ReportKind::Other, Some("data:")));
        let older = br#"{"csp-report":{"document-uri":"https://a.example/p?token=1",
            "violated-directive":"script-src-elem","blocked-uri":"https://evil.example/x.js?y",
            "source-file":"https://a.example/app.js","line-number":7,"disposition":"enforce"}}"#;
        assert_eq!(Batch::read(older).unwrap().0, [first]);
    }

    #[test]
    fn what_is_looked_at_is_bounded() {
        let long = "x".repeat(10_000);
        let one = format!("{{\"type\":\"coep\",\"url\":\"{long}\"}}");
        let many = format!("[{}]", vec![one; 100].join(","));
        let Batch(reports) = Batch::read(many.as_bytes()).unwrap();
        assert_eq!(reports.len(), MOST);
        assert!(reports.iter().all(|one| one.page.as_ref().unwrap().len() == LONGEST));
        let deep = format!("[{{\"type\":\"a\",\"body\":{}", "[".repeat(10_000));
        for bad in
            [&b""[..], b"{}", b"[1]", b"null", b"[{}]", b"{\"csp-report\":1}", deep.as_bytes()]
        {
            assert!(Batch::read(bad).is_err(), "{}", bad.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,60}", body in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = super::address(&text);
            let _ = Batch::read(&body);
        }
    }
}
