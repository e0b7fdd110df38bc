//! Advisories that the workspace accepts, and the reasons.

use std::{collections::BTreeMap, fs, path::Path};

use palisade_policy::is_reason;
use toml::de::{DeTable, DeValue};

/// The exceptions of a manifest, and whether each was needed.
#[derive(Debug, Default)]
pub(super) struct Ignored(BTreeMap<String, bool>);

impl Ignored {
    /// Reads `[workspace.metadata.palisade.audit]`, or `[package.metadata.palisade.audit]` of a package
    /// that is its own workspace.
    ///
    /// # Errors
    ///
    /// The manifest is unreadable, or an exception has no reason.
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let manifest = root.join("Cargo.toml");
        let text = match fs::read_to_string(&manifest) {
            Ok(text) => text,
            // A lock file that is looked at by itself.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(format!("`{}` cannot be read: {error}", manifest.display())),
        };
        Self::of_text(&text)
    }

    fn of_text(text: &str) -> Result<Self, String> {
        let table =
            DeTable::parse(text).map_err(|error| format!("Cargo.toml: {}", error.message()))?;
        let mut ids = BTreeMap::new();
        for root in ["workspace", "package"] {
            let mut inner = table.get_ref().get(root).map(toml::Spanned::get_ref);
            for key in ["metadata", "palisade", "audit"] {
                inner = inner
                    .and_then(DeValue::as_table)
                    .and_then(|table| table.get(key))
                    .map(toml::Spanned::get_ref);
            }
            for (id, reason) in inner.and_then(DeValue::as_table).into_iter().flatten() {
                let id = id.get_ref().to_string();
                if !reason.get_ref().as_str().is_some_and(is_reason) {
                    return Err(format!(
                        "the exception for {id} needs a reason that a reviewer can judge: two words or more"
                    ));
                }
                ids.insert(id, false);
            }
        }
        Ok(Self(ids))
    }

    /// Whether there is an exception for this one.
    pub(super) fn takes(&mut self, id: &str) -> bool {
        let Some(is_needed) = self.0.get_mut(id) else { return false };
        *is_needed = true;
        true
    }

    /// The exceptions that were not needed.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.0.iter().filter(|(_, is_needed)| !**is_needed);
        unused.map(|(id, _)| id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Ignored;

    #[test]
    fn an_exception_has_a_reason_and_is_needed() {
        let text = "[workspace.metadata.palisade.audit]\nRUSTSEC-2099-0001 = \"no zone files are read\"\n\
                    RUSTSEC-2099-0002 = \"it is not called\"";
        let mut ignored = Ignored::of_text(text).unwrap();
        assert!(ignored.takes("RUSTSEC-2099-0001") && !ignored.takes("RUSTSEC-2099-0003"));
        assert_eq!(ignored.unused(), ["RUSTSEC-2099-0002"]);
        let text = "[workspace.metadata.palisade.audit]\nRUSTSEC-2099-0001 = \"later\"";
        assert!(Ignored::of_text(text).unwrap_err().contains("RUSTSEC-2099-0001 needs a reason"));
        assert!(Ignored::of_text("").unwrap().unused().is_empty());
    }
}
