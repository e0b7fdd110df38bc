//! Whether the caller's token has the required scopes.

use super::{Visit, authenticate::Identified};
use crate::{
    Problem,
    auth::{Principal, Refusal},
    policy::Access,
};

/// The caller may call this endpoint.
pub(super) struct Authorized {
    visit: Visit,
    principal: Option<Principal>,
}

impl Identified {
    pub(super) fn authorize(self) -> Result<Authorized, Problem> {
        match (self.visit().policy.access, self.principal()) {
            (Access::Public, _) | (Access::Authenticated, Some(_)) => {}
            (Access::Scoped(scope), Some(principal)) => {
                if !scope.is_satisfied(&|name| principal.has_scope(name)) {
                    return Err(self.refused(&Refusal::InsufficientScope { needed: scope }));
                }
            }
            (Access::Authenticated | Access::Scoped(_), None) => {
                return Err(self.refused(&Refusal::NoCredentials));
            }
        }
        let (visit, principal) = self.into_parts();
        Ok(Authorized { visit, principal })
    }
}

impl Authorized {
    pub(super) fn into_parts(self) -> (Visit, Option<Principal>) {
        (self.visit, self.principal)
    }
}
