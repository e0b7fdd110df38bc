//! The address of a secret: its source and its name there.

use std::{fmt, str::FromStr};

/// The longest address; an ARN with a path has a few hundred characters.
const LONGEST: usize = 2_048;

/// The address of a secret: `scheme:path[?parameter=value[&..]][#field]`.
///
/// - The scheme names the source: a lower-case letter, then lower-case letters, digits and `-`.
/// - The path is the secret's name at the source.
/// - Parameters select one version of it; which there are depends on the source.
/// - The field selects a member of a secret that is a JSON object. It begins at the first `#`.
///
/// All of it is visible ASCII, at most 2,048 characters. No segment of the path is empty, `.` or
/// `..`.
///
/// ```
/// use palisade::secrets::SecretAddress;
///
/// let address: SecretAddress = "vault:kv/data/shop?version=3#form_key".parse()?;
/// assert_eq!((address.scheme(), address.path()), ("vault", "kv/data/shop"));
/// assert_eq!((address.parameter("version"), address.field()), (Some("3"), Some("form_key")));
/// # Ok::<(), palisade::secrets::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SecretAddress {
    scheme: Box<str>,
    path: Box<str>,
    parameters: Vec<(Box<str>, Box<str>)>,
    field: Option<Box<str>>,
}

/// Why a string is not the address of a secret. The string is not repeated: it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressError(&'static str);

impl SecretAddress {
    /// The part before the colon, which names the source.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The secret's name at the source.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut own = self.parameters.iter().filter(|(own, _)| **own == *name);
        own.next().map(|(_, value)| &**value)
    }

    /// The member of a JSON object that is the secret.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The parameters that are not among these: a misspelt version must not select the newest one.
    pub(super) fn unknown_parameter(&self, known: &[&str]) -> Option<&str> {
        let mut unknown = self.parameters.iter().filter(|(own, _)| !known.contains(&&**own));
        unknown.next().map(|(name, _)| &**name)
    }
}

impl FromStr for SecretAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let fault = |what| Err(AddressError(what));
        if text.len() > LONGEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return fault("it has spaces, other than ASCII characters, or more than 2,048 of them");
        }
        let Some((scheme, rest)) = text.split_once(':') else { return fault("it has no scheme") };
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_scheme {
            return fault("its scheme is not made of lower-case letters, digits and `-`");
        }
        let (rest, field) = match rest.split_once('#') {
            Some((_, "")) => return fault("its field, behind `#`, is empty"),
            Some((rest, field)) => (rest, Some(Box::from(field))),
            None => (rest, None),
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        if path.starts_with("//") {
            return fault("it is a URL; a secret is named like vault:kv/data/shop#form_key");
        }
        let relative = path.strip_prefix('/').unwrap_or(path);
        if relative.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return fault("its path is empty, or has a segment that is empty, `.` or `..`");
        }
        let mut parameters: Vec<(Box<str>, Box<str>)> = Vec::new();
        for pair in query.into_iter().flat_map(|query| query.split('&')) {
            match pair.split_once('=') {
                Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                    if parameters.iter().any(|(own, _)| **own == *name) {
                        return fault("it has a parameter twice");
                    }
                    parameters.push((Box::from(name), Box::from(value)));
                }
                Some(_) | None => return fault("a parameter, behind `?`, is not name=value"),
            }
        }
        Ok(Self { scheme: Box::from(scheme), path: Box::from(path), parameters, field })
    }
}

impl fmt::Display for SecretAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme, self.path)?;
        for (number, (name, value)) in self.parameters.iter().enumerate() {
            write!(f, "{}{name}={value}", if number == 0 { '?' } else { '&' })?;
        }
        self.field.as_ref().map_or(Ok(()), |field| write!(f, "#{field}"))
    }
}

impl fmt::Debug for SecretAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretAddress({self})")
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not the address of a secret: {}; write scheme:path#field, for example \
             vault:kv/data/shop#form_key",
            self.0
        )
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::SecretAddress;

    #[test]
    fn addresses_have_one_form() {
        for good in [
            "vault:kv/data/shop#form_key",
            "vault:team/kv/data/a/b?version=3#x",
            "aws:arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/prod-AbCdEf",
            "aws:shop/prod?stage=AWSPREVIOUS#password",
            "google:projects/shop/secrets/form-key/versions/latest",
            "azure:shop-vault/form-key",
            "file:/run/secrets/form_key",
            "env:FORM_KEY",
        ] {
            let address: SecretAddress = good.parse().expect(good);
            assert_eq!(address.to_string(), good);
        }
        for bad in [
            "",
            "hunter22-hunter22",
            ":x",
            "Vault:x",
            "1vault:x",
            "vault:",
            "vault:#x",
            "vault:a#",
            "vault:a?#x",
            "vault:a?version#x",
            "vault:a?version=#x",
            "vault:a?version=1&version=2",
            "vault:a//b",
            "vault:a/../b",
            "vault:./a",
            "vault:a/",
            "vault:a b",
            "vault:ä",
            "vault:a\n",
            "vault://vault.example/kv",
            "postgres://user:hunter22@db/shop",
            "file:",
            "file:/",
        ] {
            let error = bad.parse::<SecretAddress>().expect_err(bad).to_string();
            assert!(!error.contains("hunter22"), "{error}");
        }
        let long = format!("vault:{}", "a".repeat(2_048));
        assert!(long.parse::<SecretAddress>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(text in "\\PC{0,40}|[a-z]{1,4}:[a-z/#?&=.]{0,20}") {
            if let Ok(address) = text.parse::<SecretAddress>() {
                prop_assert_eq!(address.to_string(), text);
            }
        }
    }
}
