//! Not from another site.

use super::{Visit, meter::Metered};
use crate::{Problem, policy::CrossSite};

/// The request does not come from another site, or the endpoint takes such requests.
pub(super) struct SameSite(Visit);

impl Metered {
    pub(super) fn refuse_cross_site(self) -> Result<SameSite, Problem> {
        let visit = self.into_visit();
        if visit.policy.cross_site == CrossSite::Refuse {
            let secure = visit.request.app_config().secure();
            let shield = &visit.passage.worker.shield;
            let (method, headers) = (visit.request.method(), visit.request.headers());
            shield.same_site.check(method, headers, secure, &visit.plan.cors)?;
        }
        Ok(SameSite(visit))
    }
}

impl SameSite {
    pub(super) fn into_visit(self) -> Visit {
        self.0
    }
}
