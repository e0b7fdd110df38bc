//! The description of a setting: its names, its values, its default.

/// One setting, for the sources and the lists for people.
///
/// The fields are public for the expansion of `derive(Settings)` alone.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    /// The name of its variable: `NOTES_DATA`.
    pub name: &'static str,
    /// The section of `palisade.toml` that it is in: `notes`.
    pub section: &'static str,
    /// Its key there; if it is empty, the key is the variable's name without that of the section,
    /// in lower case.
    pub key: &'static str,
    /// Its meaning, in words.
    pub about: &'static str,
    /// Its values: `seconds`.
    pub takes: &'static str,
    /// Its default; empty if there is none.
    pub default: &'static str,
    /// Whether its value is never shown.
    pub secret: bool,
    /// The name and the key of the setting that holds the address of this secret, instead of it;
    /// empty if there is none.
    pub from: (&'static str, &'static str),
    /// Whether `--key value` sets it.
    pub flag: bool,
}

impl Described {
    /// Refuses a field of a struct of settings for this reason, unless it holds what it has to.
    ///
    /// # Panics
    ///
    /// While the service is compiled.
    #[track_caller]
    pub const fn check(holds: bool, why: &str) {
        assert!(holds, "{}", why);
    }

    /// The name of the setting that holds the address of this secret.
    pub(crate) fn reference_name(&self) -> Option<&'static str> {
        let of_table = super::REFERENCES.iter().find(|(held, _)| *held == self.name);
        let own = Some(self.from.0).filter(|name| self.secret && !name.is_empty());
        of_table.map(|(_, name)| *name).or(own)
    }

    /// The setting that holds the address of this secret of a service.
    pub(crate) fn reference(&self) -> Option<Self> {
        let (name, key) = self.from;
        (self.secret && !name.is_empty()).then_some(Self {
            name,
            key,
            about: "the address of the secret of this name, in place of the secret",
            takes: "the address of a secret: vault:kv/data/shop#password",
            default: "",
            secret: false,
            flag: false,
            from: ("", ""),
            ..*self
        })
    }

    /// Its key in its section of the file: `cors_max_age`.
    pub(crate) fn key(&self) -> String {
        if self.key.is_empty() {
            let own = self.name.get(self.section.len().saturating_add(1)..);
            return own.unwrap_or(self.name).to_ascii_lowercase();
        }
        self.key.to_owned()
    }

    /// Its option of the command line: `--signing-key`.
    pub(crate) fn option(&self) -> String {
        format!("--{}", self.key().replace('_', "-"))
    }

    /// Whether it has this option; that of a secret is recognised, so that its refusal can say why.
    pub(crate) fn is_option(&self, name: &str) -> bool {
        (self.flag || self.secret) && self.section != super::SECTION && self.option() == name
    }

    /// Whether a name of a file or on the command line means it: the variable's, in any case, or
    /// the key.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.key() == name
    }
}

/// The known name that is nearest to an unknown one.
pub(crate) fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let near = known.map(|known| (distance(&known, name), known)).min()?;
    (near.0 <= 3 && near.0 < name.chars().count()).then_some(near.1)
}

/// Single-character edits between two names (Levenshtein).
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (slot, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let above = *slot;
            let cost = diagonal + usize::from(x != y);
            left = cost.min(above + 1).min(left + 1);
            diagonal = above;
            *slot = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Described, distance, nearest};

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("BIND", "BIND"), 0);
        assert_eq!(distance("BIND", "BIN"), 1);
        assert_eq!(distance("TRUSTED_PROXY", "TRUSTED_PROXIES"), 3);
        assert_eq!(distance("", "abc"), 3);
        let known = || ["bind", "hosts"].map(str::to_owned).into_iter();
        assert_eq!(nearest("bint", known()).as_deref(), Some("bind"));
        assert_eq!(nearest("x", known()), None);
    }

    #[test]
    fn a_setting_has_one_key_and_one_option() {
        let setting = Described {
            name: "NOTES_SIGNING_KEY",
            section: "notes",
            key: "",
            about: "",
            takes: "",
            default: "",
            secret: false,
            from: ("", ""),
            flag: true,
        };
        assert_eq!(
            (setting.key().as_str(), setting.option().as_str()),
            ("signing_key", "--signing-key")
        );
        assert!(setting.is_called("notes_signing_key") && setting.is_called("signing_key"));
        assert!(!setting.is_called("SIGNING_KEY"));
    }
}
