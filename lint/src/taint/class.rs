//! The dangers that a value can be free of, one bit each.

/// A set of dangers. A value is clean of a danger when the bit is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Class(u32);

impl Class {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const SQL: Self = Self(1);
    pub(crate) const COMMAND: Self = Self(1 << 1);
    /// Starts with a dash.
    pub(crate) const OPTION: Self = Self(1 << 2);
    /// Climbs with `..`.
    pub(crate) const PATH_CLIMB: Self = Self(1 << 3);
    /// Starts at the root, so that a join forgets the base.
    pub(crate) const PATH_ROOT: Self = Self(1 << 4);
    pub(crate) const PATH: Self = Self(Self::PATH_CLIMB.0 | Self::PATH_ROOT.0);
    pub(crate) const HTML: Self = Self(1 << 5);
    /// Names another site by a scheme.
    pub(crate) const SITE_SCHEME: Self = Self(1 << 6);
    /// Names another site by two slashes.
    pub(crate) const SITE_SLASHES: Self = Self(1 << 7);
    pub(crate) const REDIRECT: Self = Self(Self::SITE_SCHEME.0 | Self::SITE_SLASHES.0);
    pub(crate) const REQUEST: Self = Self(1 << 8);
    pub(crate) const REGEX: Self = Self(1 << 9);
    pub(crate) const TEMPLATE: Self = Self(1 << 10);
    pub(crate) const QUERY_OBJECT: Self = Self(1 << 11);
    pub(crate) const DIRECTORY: Self = Self(1 << 12);
    pub(crate) const CODE: Self = Self(1 << 13);
    pub(crate) const ALL: Self = Self((1 << 14) - 1);

    /// Whether every danger of `other` is in this set.
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }
}
