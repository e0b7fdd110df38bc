//! A revocation, as it is shared with other instances.

use aws_lc_rs::digest::{Context, SHA256};

/// Something that was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::auth) struct Entry {
    pub(super) kind: Kind,
    pub(super) issuer: Box<str>,
    pub(super) name: Box<str>,
    /// The subject of the token or login, if it is known.
    pub(super) subject: Option<Box<str>>,
    /// The last second of issue of the tokens that it covers. A single token and those of a login
    /// that has ended were issued before they were revoked.
    pub(super) issued_until: u64,
    /// When the entry may be forgotten, in seconds since 1970.
    pub(super) until: u64,
}

/// What an entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Token,
    Subject,
    /// All tokens of one login, whenever they were issued.
    Login,
}

impl Kind {
    #[cfg(feature = "redis")]
    pub(super) const ALL: [Self; 3] = [Self::Token, Self::Subject, Self::Login];

    /// The word for it in Redis.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Subject => "subject",
            Self::Login => "login",
        }
    }

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Token => 0,
            Self::Subject => 1,
            Self::Login => 2,
        }
    }
}

/// A name in the memory of an instance: 16 bytes, whatever its length. Two names with one digest
/// would only be revoked together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NameDigest([u8; 16]);

impl NameDigest {
    /// Of no entry.
    pub(super) const NONE: Self = Self([0; 16]);

    /// The lengths separate issuer and name.
    pub(super) fn of(kind: Kind, issuer: &str, name: &str) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(kind.word().as_bytes());
        context.update(&u64::try_from(issuer.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(issuer.as_bytes());
        context.update(name.as_bytes());
        let digest = context.finish();
        let mut short = [0; 16];
        for (byte, of_digest) in short.iter_mut().zip(digest.as_ref()) {
            *byte = *of_digest;
        }
        Self(short)
    }
}

impl Entry {
    pub(super) fn digest(&self) -> NameDigest {
        NameDigest::of(self.kind, &self.issuer, &self.name)
    }

    /// The digest of the subject's own entry.
    pub(super) fn owner(&self) -> NameDigest {
        match (&self.subject, self.kind) {
            (Some(subject), Kind::Token | Kind::Login) => {
                NameDigest::of(Kind::Subject, &self.issuer, subject)
            }
            (_, Kind::Subject) | (None, _) => NameDigest::NONE,
        }
    }
}
