//! Credentials of a role, for a token of the cluster: `AssumeRoleWithWebIdentity` of the security token
//! service. Its request is not signed; the token is the proof.

use aws_credential_types::Credentials;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};

use super::credentials::{WebIdentity, credentials};
use crate::secrets::{
    SourceError,
    remote::client::{Client, send},
};

pub(super) async fn assume(
    client: &Client,
    url: Url,
    identity: &WebIdentity,
    token: &SecretString,
) -> Result<Credentials, SourceError> {
    let form = Zeroizing::new(
        form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "AssumeRoleWithWebIdentity")
            .append_pair("Version", "2011-06-15")
            .append_pair("RoleArn", &identity.role)
            .append_pair("RoleSessionName", &identity.session)
            .append_pair("WebIdentityToken", token.expose_secret())
            .finish(),
    );
    let request = client
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.as_bytes().to_vec());
    let answer = send(request).await?.or_unavailable("the security token service")?;
    let xml = std::str::from_utf8(&answer.body).unwrap_or_default();
    if answer.status != 200 {
        let code: String = text(xml, "Code").unwrap_or("no code").chars().take(64).collect();
        return Err(SourceError::denied(format!(
            "the role `{}` is not given to this service ({} {code}): its trust policy has to name the \
             cluster's identity provider and the service account",
            identity.role,
            answer.status.as_u16()
        )));
    }
    let secret = text(xml, "SecretAccessKey").map(SecretString::from);
    match (text(xml, "AccessKeyId"), secret, text(xml, "SessionToken")) {
        (Some(id), Some(secret), Some(session)) => Ok(credentials(id, &secret, Some(session))),
        _ => Err(SourceError::malformed(
            "the answer of the security token service has no credentials",
        )),
    }
}

/// The text of the only element of this name. The values are letters, digits and a few signs: one
/// with another element or a reference in it is refused, so that nothing has to be decoded.
fn text<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, behind) = xml.split_once(&format!("<{name}>"))?;
    let (text, rest) = behind.split_once(&format!("</{name}>"))?;
    let is_plain = !text.is_empty() && !text.contains(['<', '>', '&']);
    (is_plain && !rest.contains(&format!("<{name}>"))).then(|| text.trim())
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn one_element_is_read() {
        assert_eq!(text("<a><Code>x/+=</Code></a>", "Code"), Some("x/+="));
        for bad in [
            "",
            "<Code>x",
            "<Code></Code>",
            "<Code><b>x</b></Code>",
            "<Code>a&lt;</Code>",
            "<Code>a</Code><Code>b</Code>",
        ] {
            assert_eq!(text(bad, "Code"), None, "{bad}");
        }
    }
}
