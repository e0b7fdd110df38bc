//! How much memory bodies may take.

use crate::{machine, policy::Policy};

/// The bound of `#[body_limit]`.
const LARGEST_BODY: u64 = 1 << 30;

/// A body is read and parsed by several requests at once.
const BODIES_AT_ONCE: u64 = 4;

/// An endpoint whose bodies could take more memory than there is.
pub(crate) fn oversized_body(policy: &Policy) -> Option<String> {
    // Files go to a folder.
    let bytes = policy.body_limit.filter(|_| policy.upload.is_none())?;
    let (name, file, line) = (policy.name, policy.file, policy.line);
    too_large_body(&format!("`#[body_limit(..)]` of `{name}` ({file}:{line})"), bytes)
}

pub(crate) fn too_large_body(setting: &str, bytes: u64) -> Option<String> {
    let unit = "bytes, for each of a few requests at once,";
    machine::too_large(setting, bytes, unit, BODIES_AT_ONCE, LARGEST_BODY)
}
