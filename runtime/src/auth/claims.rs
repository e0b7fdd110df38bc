//! The claims of a token, once its signature is verified.

use std::borrow::Cow;

use super::{
    json::{Members, Value},
    profile::TokenProfile,
    refusal::TokenRefusal,
    scopes::{MAX_SCOPES, is_scope, is_scope_list},
};

/// In characters; for the subject and for the other identifiers.
const MAX_IDENTIFIER_LENGTH: usize = 256;

/// The end of the year 9999: a later date is in milliseconds instead of seconds, or an attack.
const LAST_DATE: u64 = 253_402_300_799;

/// The claims that are used, as they are in the payload.
#[derive(Debug, Default)]
pub(super) struct Claims<'a> {
    issuer: Value<'a>,
    audience: Value<'a>,
    expires: Value<'a>,
    not_before: Value<'a>,
    issued: Value<'a>,
    subject: Value<'a>,
    scope: Value<'a>,
    scopes: Value<'a>,
    scp: Value<'a>,
    client_id: Value<'a>,
    authorized_party: Value<'a>,
    token_id: Value<'a>,
    confirmation: Value<'a>,
}

impl<'a> Members<'a> for Claims<'a> {
    fn slot(&mut self, name: &str) -> Option<&mut Value<'a>> {
        Some(match name {
            "iss" => &mut self.issuer,
            "aud" => &mut self.audience,
            "exp" => &mut self.expires,
            "nbf" => &mut self.not_before,
            "iat" => &mut self.issued,
            "sub" => &mut self.subject,
            "scope" => &mut self.scope,
            "scopes" => &mut self.scopes,
            "scp" => &mut self.scp,
            "client_id" => &mut self.client_id,
            "azp" => &mut self.authorized_party,
            "jti" => &mut self.token_id,
            "cnf" => &mut self.confirmation,
            _ => return None,
        })
    }
}

impl<'a> Claims<'a> {
    /// Checks `exp`, `nbf` and `iat` against the clock and returns `exp`.
    pub(super) fn check_dates(&self, now: u64, leeway: u64) -> Result<u64, TokenRefusal> {
        let expires = date("exp", &self.expires)?.ok_or(TokenRefusal::Missing("exp"))?;
        if now >= expires.saturating_add(leeway) {
            return Err(TokenRefusal::Expired);
        }
        let latest_start = now.saturating_add(leeway);
        if date("nbf", &self.not_before)?.is_some_and(|start| start > latest_start) {
            return Err(TokenRefusal::NotYetValid);
        }
        if date("iat", &self.issued)?.is_some_and(|issued| issued > latest_start) {
            return Err(TokenRefusal::IssuedInFuture);
        }
        Ok(expires)
    }

    /// When the token was issued (`iat`).
    pub(super) fn issued_at(&self) -> Result<Option<u64>, TokenRefusal> {
        date("iat", &self.issued)
    }

    /// The beginning of the token's validity: the later of `nbf` and `iat`; 0 if neither is given.
    pub(super) fn valid_from(&self) -> Result<u64, TokenRefusal> {
        let not_before = date("nbf", &self.not_before)?;
        Ok(not_before.max(self.issued_at()?).unwrap_or(0))
    }

    /// The issuer, if it is exactly the one expected: no array, no prefix, no case folding.
    pub(super) fn check_issuer(&self, expected: &str) -> Result<&Cow<'a, str>, TokenRefusal> {
        match &self.issuer {
            Value::Absent => Err(TokenRefusal::Missing("iss")),
            Value::Text(issuer) if issuer == expected => Ok(issuer),
            Value::Text(_) => Err(TokenRefusal::Issuer),
            Value::Whole(_) | Value::Texts(_) | Value::Other => Err(TokenRefusal::Mistyped("iss")),
        }
    }

    pub(super) fn check_audience(&self, ours: &[Box<str>]) -> Result<(), TokenRefusal> {
        let is_ours = |audience: &str| ours.iter().any(|our| **our == *audience);
        let named = match &self.audience {
            Value::Absent => return Err(TokenRefusal::Missing("aud")),
            Value::Text(audience) => is_ours(audience),
            Value::Texts(audiences) => audiences.iter().any(|audience| is_ours(audience)),
            Value::Whole(_) | Value::Other => return Err(TokenRefusal::Mistyped("aud")),
        };
        if named { Ok(()) } else { Err(TokenRefusal::Audience) }
    }

    /// Checks that all claims are present that the profile requires; their values are judged where
    /// they are read. A token that is bound to a key of its client (RFC 7800) is refused: the proof
    /// of that key is not checked here, so a stolen token would pass as that client.
    pub(super) fn check_presence(&self, profile: TokenProfile) -> Result<(), TokenRefusal> {
        if self.confirmation != Value::Absent {
            return Err(TokenRefusal::Bound);
        }
        match profile {
            TokenProfile::PlainJwt => Ok(()),
            TokenProfile::AccessToken => {
                let required = [
                    ("iat", &self.issued),
                    ("jti", &self.token_id),
                    ("client_id", &self.client_id),
                ];
                let missing = required.into_iter().find(|(_, value)| **value == Value::Absent);
                missing.map_or(Ok(()), |(name, _)| Err(TokenRefusal::Missing(name)))
            }
        }
    }

    pub(super) fn subject(&self) -> Result<&Cow<'a, str>, TokenRefusal> {
        identifier("sub", &self.subject)?.ok_or(TokenRefusal::Missing("sub"))
    }

    pub(super) fn token_id(&self) -> Result<Option<&Cow<'a, str>>, TokenRefusal> {
        identifier("jti", &self.token_id)
    }

    /// `client_id` (RFC 9068), else `azp` (`OpenID` Connect).
    pub(super) fn client_id(&self) -> Result<Option<&Cow<'a, str>>, TokenRefusal> {
        let client = identifier("client_id", &self.client_id)?;
        let party = identifier("azp", &self.authorized_party)?;
        Ok(client.or(party))
    }

    /// The scopes as one list with single spaces: from `scope` (RFC 8693 section 4.2), or from
    /// `scopes` or `scp`, as some issuers call it. Two of these claims could disagree, so a token
    /// with two of them is refused.
    pub(super) fn scopes(&self) -> Result<Cow<'a, str>, TokenRefusal> {
        match (&self.scope, &self.scopes, &self.scp) {
            (Value::Absent, Value::Absent, Value::Absent) => Ok(Cow::Borrowed("")),
            (Value::Text(list), Value::Absent, Value::Absent)
            | (Value::Absent, Value::Absent, Value::Text(list)) => {
                if is_scope_list(list) {
                    Ok(list.clone())
                } else {
                    Err(TokenRefusal::Scopes)
                }
            }
            (Value::Absent, Value::Texts(names), Value::Absent)
            | (Value::Absent, Value::Absent, Value::Texts(names)) => {
                if names.len() > MAX_SCOPES || !names.iter().all(|name| is_scope(name)) {
                    return Err(TokenRefusal::Scopes);
                }
                Ok(Cow::Owned(names.join(" ")))
            }
            (_, Value::Absent, Value::Absent) => Err(TokenRefusal::Mistyped("scope")),
            (Value::Absent, _, Value::Absent) => Err(TokenRefusal::Mistyped("scopes")),
            (Value::Absent, Value::Absent, _) => Err(TokenRefusal::Mistyped("scp")),
            _ => Err(TokenRefusal::Scopes),
        }
    }
}

/// RFC 7519 permits fractions of a second. No issuer needs one, and readers round them differently;
/// dates are whole seconds here.
fn date(name: &'static str, value: &Value<'_>) -> Result<Option<u64>, TokenRefusal> {
    match value {
        Value::Absent => Ok(None),
        Value::Whole(seconds) if *seconds <= LAST_DATE => Ok(Some(*seconds)),
        Value::Whole(_) | Value::Text(_) | Value::Texts(_) | Value::Other => {
            Err(TokenRefusal::Mistyped(name))
        }
    }
}

fn identifier<'v, 'a>(
    name: &'static str,
    value: &'v Value<'a>,
) -> Result<Option<&'v Cow<'a, str>>, TokenRefusal> {
    match value {
        Value::Absent => Ok(None),
        Value::Text(text) if is_identifier(text) => Ok(Some(text)),
        Value::Text(_) | Value::Whole(_) | Value::Texts(_) | Value::Other => {
            Err(TokenRefusal::Mistyped(name))
        }
    }
}

/// Whether `text` can identify a caller. It becomes a limit key and is logged, so it has neither
/// control characters nor line separators.
pub(super) fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_IDENTIFIER_LENGTH * 4
        && text.chars().count() <= MAX_IDENTIFIER_LENGTH
        && !text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

#[cfg(test)]
mod tests {
    use super::{Claims, TokenProfile, TokenRefusal};
    use crate::auth::json::read_object;

    fn claims(json: &str) -> Claims<'_> {
        read_object(json).unwrap()
    }

    #[test]
    fn dates_have_sharp_edges() {
        let dates = |json: &str, now, leeway| claims(json).check_dates(now, leeway);
        let expired = Err(TokenRefusal::Expired);
        assert_eq!(dates(r#"{"exp":100}"#, 99, 0), Ok(100));
        assert_eq!(dates(r#"{"exp":100}"#, 100, 0), expired);
        assert_eq!(dates(r#"{"exp":100}"#, 129, 30), Ok(100));
        assert_eq!(dates(r#"{"exp":100}"#, 130, 30), expired);
        assert_eq!(dates(r#"{"exp":100,"nbf":80}"#, 50, 30), Ok(100));
        assert_eq!(dates(r#"{"exp":100,"nbf":81}"#, 50, 30), Err(TokenRefusal::NotYetValid));
        assert_eq!(dates(r#"{"exp":100,"iat":80}"#, 50, 30), Ok(100));
        assert_eq!(dates(r#"{"exp":100,"iat":81}"#, 50, 30), Err(TokenRefusal::IssuedInFuture));
        assert_eq!(dates("{}", 50, 30), Err(TokenRefusal::Missing("exp")));
        assert_eq!(dates(r#"{"exp":253402300799}"#, u64::MAX, 120), expired);
        assert_eq!(dates(r#"{"exp":253402300800}"#, 0, 0), Err(TokenRefusal::Mistyped("exp")));
    }

    #[test]
    fn the_profile_says_what_must_be_there() {
        let check = |json: &str, profile| claims(json).check_presence(profile);
        for (json, missing) in [
            (r#"{"jti":"a","client_id":"web"}"#, "iat"),
            (r#"{"iat":1,"client_id":"web"}"#, "jti"),
            (r#"{"iat":1,"jti":"a","azp":"web"}"#, "client_id"),
        ] {
            let refusal = Err(TokenRefusal::Missing(missing));
            assert_eq!(check(json, TokenProfile::AccessToken), refusal, "{json}");
            assert_eq!(check(json, TokenProfile::PlainJwt), Ok(()), "{json}");
        }
        let whole = r#"{"iat":1,"jti":"a","client_id":"web"}"#;
        assert_eq!(check(whole, TokenProfile::AccessToken), Ok(()));
        for profile in [TokenProfile::AccessToken, TokenProfile::PlainJwt] {
            let bound = r#"{"iat":1,"jti":"a","client_id":"web","cnf":null}"#;
            assert_eq!(check(bound, profile), Err(TokenRefusal::Bound));
        }
    }

    #[test]
    fn scopes_come_from_one_claim() {
        for (json, scopes) in [
            ("{}", ""),
            (r#"{"scope":""}"#, ""),
            (r#"{"scope":"a b"}"#, "a b"),
            (r#"{"scopes":["a","b"]}"#, "a b"),
            (r#"{"scp":["a","b"]}"#, "a b"),
            (r#"{"scp":"a b"}"#, "a b"),
            (r#"{"scp":[]}"#, ""),
        ] {
            assert_eq!(claims(json).scopes().as_deref(), Ok(scopes), "{json}");
        }
        for (json, refusal) in [
            (r#"{"scope":["a"]}"#, TokenRefusal::Mistyped("scope")),
            (r#"{"scope":null}"#, TokenRefusal::Mistyped("scope")),
            (r#"{"scopes":"a b"}"#, TokenRefusal::Mistyped("scopes")),
            (r#"{"scp":["a",1]}"#, TokenRefusal::Mistyped("scp")),
            (r#"{"scope":"a","scp":"a"}"#, TokenRefusal::Scopes),
            (r#"{"scope":"a","scopes":["a","admin"]}"#, TokenRefusal::Scopes),
            (r#"{"scp":["a b"]}"#, TokenRefusal::Scopes),
            (r#"{"scp":[""]}"#, TokenRefusal::Scopes),
            (r#"{"scope":"a  b"}"#, TokenRefusal::Scopes),
        ] {
            assert_eq!(claims(json).scopes(), Err(refusal), "{json}");
        }
    }

    #[test]
    fn identifiers_are_short_texts_without_control_characters() {
        let long = |n: usize| format!(r#"{{"sub":"{}"}}"#, "\u{e9}".repeat(n));
        assert!(claims(&long(256)).subject().is_ok());
        assert!(claims(&long(257)).subject().is_err());
        for bad in [r#""""#, r#""a\n""#, r#""\u0000""#, r#""a\u2028b""#, "1", "null", r#"["a"]"#] {
            let json = format!(r#"{{"sub":{bad}}}"#);
            assert_eq!(claims(&json).subject(), Err(TokenRefusal::Mistyped("sub")), "{bad}");
        }
    }
}
