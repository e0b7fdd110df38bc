//! The ready-made endpoint for reports.

use actix_web::web::Data;

use super::{Reports, batch::Batch};
use crate::{
    client::ClientAddr, clock::Moment, endpoints, extract::RequestInfo, mount::Endpoints, post,
    respond::NoContent,
};

/// For one request, in the log.
const MOST_LOGGED: usize = 8;

impl Reports {
    /// The endpoint, which counts the reports of this value.
    ///
    /// | endpoint | access | answers |
    /// |---|---|---|
    /// | `POST /reports` | public, 60 a minute for each address | 204 to `application/reports+json` and `application/csp-report` |
    pub fn endpoints(&self) -> Endpoints {
        endpoints![receive].with_data(self.clone())
    }
}

#[post("/reports")]
#[public(reason = "browsers send reports of what they show to anybody")]
#[cross_site(
    allow,
    reason = "a report changes nothing, and those of sandboxed pages come from nowhere"
)]
#[rate_limit("60/minute", by = ip, burst = 20)]
#[body_limit("64 KiB")]
async fn receive(
    reports: Data<Reports>,
    request: RequestInfo,
    client: ClientAddr,
    batch: Batch,
) -> NoContent {
    for (index, report) in batch.0.iter().enumerate() {
        reports.note(report.kind);
        if index < MOST_LOGGED
            && let Some(suppressed) = reports.lines.0.take(Moment::now())
        {
            // Written as quoted strings: the client may have put line breaks into them.
            tracing::warn!(
                target: "palisade::reports",
                request_id = %request.id(),
                client = %client,
                kind = report.kind.name(),
                page = ?report.page,
                policy = ?report.policy,
                blocked = ?report.blocked,
                source = ?report.source,
                line = report.line,
                disposition = ?report.disposition,
                suppressed = (suppressed > 0).then_some(suppressed),
                "a browser reports"
            );
        }
    }
    NoContent
}
