//! The pages of other origins that may read the responses of an operation, from `x-palisade-cors`.

use std::collections::BTreeSet;

use serde_json::Value;

/// The policy of an operation.
#[derive(Debug)]
pub(super) struct Cors {
    origins: Origins,
    credentials: bool,
}

#[derive(Debug)]
enum Origins {
    Any,
    Listed(BTreeSet<String>),
}

/// The operation's own policy; `None` if the service's applies.
pub(super) fn cors(operation: &Value) -> Option<Cors> {
    let cors = operation.get("x-palisade-cors")?;
    let origins = match cors.get("origins") {
        Some(Value::Array(list)) => {
            Origins::Listed(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        // What cannot be read counts as the widest.
        _ => Origins::Any,
    };
    let credentials = cors.get("credentials").and_then(Value::as_bool).unwrap_or(true);
    Some(Cors { origins, credentials })
}

impl Cors {
    /// Whether no page may read a response.
    pub(super) fn is_closed(&self) -> bool {
        matches!(&self.origins, Origins::Listed(list) if list.is_empty())
    }

    /// Whether the other policy permits every page that this one permits, with credentials if this
    /// one permits them.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        if self.is_closed() {
            return true;
        }
        let origins = match (&self.origins, &other.origins) {
            (_, Origins::Any) => true,
            (Origins::Any, Origins::Listed(_)) => false,
            (Origins::Listed(own), Origins::Listed(others)) => own.is_subset(others),
        };
        origins && (!self.credentials || other.credentials)
    }

    pub(super) fn show(&self) -> String {
        let origins = match &self.origins {
            Origins::Any => "any origin".to_owned(),
            Origins::Listed(list) if list.is_empty() => "none".to_owned(),
            Origins::Listed(list) => list.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        let credentials = if self.credentials { ", with credentials" } else { "" };
        format!("{origins}{credentials}")
    }
}
