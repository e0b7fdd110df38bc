//! A value that knows where it comes from.

use std::{fmt, ops::Deref};

use super::value::SettingValue;
use crate::{Failure, secrets::SecretHandle};

/// The value of a setting with its name and its origin, so that whatever refuses it later names both.
///
/// ```
/// use std::path::PathBuf;
/// use palisade::{Failure, Settings, settings::Sourced};
///
/// /// Keeps notes.
/// #[derive(Settings)]
/// #[settings(section = "notes")]
/// struct NotesSettings {
///     /// The folder of the database file.
///     #[setting(default = ".palisade")]
///     data: Sourced<PathBuf>,
/// }
///
/// impl NotesSettings {
///     /// `NOTES_DATA (environment): ..`
///     fn open(&self) -> Result<(), Failure> {
///         std::fs::create_dir_all(&*self.data).map_err(|error| self.data.refused(error))
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Sourced<T> {
    value: T,
    label: String,
}

impl<T> Sourced<T> {
    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// A failure to start because of this value: the setting and its origin come first.
    pub fn refused(&self, why: impl Into<Failure>) -> Failure {
        why.into().about(&self.label)
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Leaves out the value.
impl<T> fmt::Debug for Sourced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sourced").field(&self.label).finish()
    }
}

impl<T: SettingValue> SettingValue for Sourced<T> {
    const TAKES: &'static str = T::TAKES;
    const SECRET: bool = T::SECRET;

    fn parse(text: &str) -> Result<Self, String> {
        Self::read(text, "")
    }

    fn read(text: &str, label: &str) -> Result<Self, String> {
        Ok(Self { value: T::read(text, label)?, label: label.to_owned() })
    }

    fn of_secret(secret: &SecretHandle, label: &str) -> Result<Self, String> {
        Ok(Self { value: T::of_secret(secret, label)?, label: label.to_owned() })
    }

    fn each_secret(text: &str, judge: &mut dyn FnMut(&str)) {
        T::each_secret(text, judge);
    }
}
