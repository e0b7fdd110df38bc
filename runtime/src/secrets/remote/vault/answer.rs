//! The meaning of Vault's answers.

use serde::Deserialize;

use super::Answer;
use crate::secrets::SourceError;

#[derive(Deserialize)]
struct Envelope {
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    version: u64,
    #[serde(default)]
    deletion_time: String,
    #[serde(default)]
    destroyed: bool,
}

/// The answer, unless the server cannot answer now.
pub(super) fn or_unavailable(answer: Answer) -> Result<Answer, SourceError> {
    let what = match answer.status.as_u16() {
        503 => "it is sealed or in maintenance (503)",
        // https://developer.hashicorp.com/vault/api-docs#http-status-codes
        412 => "its state is not up to date yet (412)",
        472 | 473 => "it is a standby that answers no requests (472, 473)",
        501 => "it is not initialized (501)",
        _ => return answer.or_unavailable("Vault"),
    };
    Err(SourceError::unavailable(what))
}

/// The version of the secret in an answer to a read.
pub(super) fn version(answer: &Answer, path: &str) -> Result<u64, SourceError> {
    let status = answer.status.as_u16();
    match status {
        200 | 404 => {}
        403 => {
            return Err(SourceError::denied(format!(
                "Vault refuses the token for {path} (403): it is not valid, or its policies do not \
                 have `read` on this path"
            )));
        }
        400 => {
            return Err(SourceError::malformed(
                "Vault does not understand the request (400): the namespace or the mount may not exist",
            ));
        }
        _ => return Err(SourceError::malformed(format!("Vault answered {status}, not 200"))),
    }
    let envelope = serde_json::from_slice::<Envelope>(&answer.body);
    let metadata = match envelope {
        Ok(envelope) => envelope.data.and_then(|data| data.metadata),
        // A missing secret has a list of errors in place of data.
        Err(_) if status == 404 => None,
        Err(error) => {
            return Err(SourceError::malformed(format!(
                "not an answer of KV version 2 at line {}, column {}",
                error.line(),
                error.column()
            )));
        }
    };
    match metadata {
        Some(metadata) if metadata.destroyed => Err(SourceError::not_found(format!(
            "version {} of the secret is destroyed",
            metadata.version
        ))),
        Some(metadata) if !metadata.deletion_time.is_empty() && status == 404 => {
            Err(SourceError::not_found(format!(
                "version {} of the secret is deleted",
                metadata.version
            )))
        }
        Some(metadata) if status == 200 => Ok(metadata.version),
        None if status == 200 => {
            Err(SourceError::malformed("the answer has no metadata: the mount is not KV version 2"))
        }
        Some(_) | None => Err(SourceError::not_found(format!(
            "there is no secret at {path}, or no such mount (404)"
        ))),
    }
}
