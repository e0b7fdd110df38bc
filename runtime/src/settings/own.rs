//! A service's own settings.

use std::{collections::BTreeMap, str::FromStr};

use palisade_policy::secret::{Purpose, weakness_of_setting};
use secrecy::ExposeSecret as _;

use super::{
    load,
    secret_source::{Fetch, Fetched},
    value::SettingValue,
};
use crate::{
    Failure,
    setting_sources::{
        both,
        described::Described,
        layers::Given,
        origin::{Origin, attributed},
        weak::{WeakSecret, unchecked, weak_own},
    },
};

/// The settings of a service: a struct that [`derive(Settings)`](derive@crate::Settings) makes readable from
/// all [sources](crate::settings).
///
/// ```
/// use std::{path::PathBuf, time::Duration};
/// use palisade::Settings;
///
/// /// Keeps notes.
/// #[derive(Settings)]
/// #[settings(section = "notes")]
/// struct NotesSettings {
///     /// The folder of the database file.
///     #[setting(default = ".palisade")]
///     data: PathBuf,
///     /// How long a note that was deleted can be restored.
///     #[setting(default = "24 h", max = "720 h")]
///     keep: Duration,
/// }
/// ```
pub trait Settings: Sized {
    /// What the lists for people say of the service.
    #[doc(hidden)]
    const SERVICE: Service;

    #[doc(hidden)]
    fn described() -> Vec<Described>;

    #[doc(hidden)]
    fn read(reader: &mut SettingsReader<'_>) -> Option<Self>;

    /// Reads these settings from all sources, for a program that serves nothing; a service calls
    /// [`Palisade::from_settings`](crate::Palisade::from_settings), which reads both.
    ///
    /// `--help`, `--version`, `--print-settings` and `--check` end the process.
    ///
    /// # Errors
    ///
    /// Every setting that is missing, malformed or unknown, of the service and of palisade, with its origin
    /// and the fix.
    fn load() -> Result<Self, Failure> {
        load::of_process().map(|(settings, _)| settings)
    }
}

/// A service, as its `Cargo.toml` and the comment of its settings describe it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// The name of the package.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it does.
    pub about: &'static str,
    /// The section of its settings.
    pub section: &'static str,
}

/// A service without settings of its own.
impl Settings for () {
    const SERVICE: Service = Service { name: "", version: "", about: "", section: "" };

    fn described() -> Vec<Described> {
        Vec::new()
    }

    fn read(_: &mut SettingsReader<'_>) -> Option<Self> {
        Some(())
    }
}

/// What the attributes of a field say about its values.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// The least value, as it is written.
    pub min: Option<&'static str>,
    /// The greatest value.
    pub max: Option<&'static str>,
    /// The only values.
    pub one_of: &'static [&'static str],
    /// The name of the setting without which this one has no effect.
    pub needs: Option<&'static str>,
    /// Why a value that can be guessed is accepted, though the type is a secret.
    pub unchecked: Option<&'static str>,
}

/// Reads the fields of a service's settings, and collects what is wrong with them.
#[doc(hidden)]
#[derive(Debug)]
pub struct SettingsReader<'a> {
    values: &'a BTreeMap<String, Given>,
    complaints: Vec<String>,
    weak: Vec<WeakSecret>,
    unchecked: Vec<String>,
    secrets: Fetched,
}

/// What a reader found beside the values.
pub(super) struct Found {
    /// What is wrong.
    pub(super) complaints: Vec<String>,
    /// The secrets that can be guessed.
    pub(super) weak: Vec<WeakSecret>,
    /// The secrets that are not checked, each with its reason.
    pub(super) unchecked: Vec<String>,
    /// The secrets that were fetched.
    pub(super) fetched: Fetched,
}

impl<'a> SettingsReader<'a> {
    pub(super) fn new(values: &'a BTreeMap<String, Given>, fetch: Fetch) -> Self {
        let secrets = Fetched::new(fetch);
        Self { values, complaints: Vec::new(), weak: Vec::new(), unchecked: Vec::new(), secrets }
    }

    pub(super) fn finish(self) -> Found {
        let Self { complaints, weak, unchecked, secrets: fetched, .. } = self;
        Found { complaints, weak, unchecked, fetched }
    }

    /// A field of any type that a setting may have.
    pub fn value<T: SettingValue>(&mut self, setting: &Described, bounds: &Bounds) -> Option<T> {
        if let Some((name, address)) = self.address(setting) {
            return self.fetched(setting, bounds, (name, &address));
        }
        self.judge_given::<T>(setting, bounds);
        self.read(setting, bounds, T::read, T::absent())
    }

    /// The address of a secret, where a source gave that in place of the secret.
    fn address(&mut self, setting: &Described) -> Option<(&'static str, Given)> {
        let reference = setting.reference()?;
        let address = self.values.get(reference.name)?;
        Some((reference.name, address.clone()))
    }

    /// A field whose secret is fetched.
    fn fetched<T: SettingValue>(
        &mut self,
        setting: &Described,
        bounds: &Bounds,
        (name, address): (&'static str, &Given),
    ) -> Option<T> {
        let origin = &address.origin;
        if self.values.contains_key(setting.name) {
            let both = both(setting.name, name);
            self.complaints.push(attributed(name, origin, &both));
            return None;
        }
        let secret = match self.secrets.fetch(name, address.expose()) {
            Ok(secret) => secret?,
            Err(error) => {
                self.complaints.push(attributed(name, origin, &error.to_string()));
                return None;
            }
        };
        self.check_need(name, origin, bounds);
        let seen = secret.current();
        self.judge::<T>(name, origin, bounds, seen.value().expose_secret());
        if !bounds.one_of.is_empty() && !bounds.one_of.contains(&seen.value().expose_secret()) {
            let wrong = format!("write {}", bounds.one_of.join(" or "));
            self.complaints.push(format!("{name} ({origin}): {wrong}"));
            return None;
        }
        match T::of_secret(&secret, &format!("{name} ({origin})")) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.complaints.push(format!("{name} ({origin}): {wrong}"));
                None
            }
        }
    }

    /// Refuses a setting without another one that it needs.
    fn check_need(&mut self, name: &str, origin: &Origin, bounds: &Bounds) {
        let has = |other: &str| {
            self.values.contains_key(other) || self.values.contains_key(&format!("{other}_FROM"))
        };
        if let Some(other) = bounds.needs.filter(|other| !has(other)) {
            self.complaints.push(format!(
                "{name} ({origin}) has no effect without {other}: set it too, or unset {name}"
            ));
        }
    }

    /// Judges the value that a source gave, if the type of the field is a secret.
    fn judge_given<T: SettingValue>(&mut self, setting: &Described, bounds: &Bounds) {
        let Some(given) = self.values.get(setting.name).filter(|_| T::SECRET) else { return };
        self.judge::<T>(setting.name, &given.origin, bounds, given.expose());
    }

    /// Judges each secret in the text of a setting.
    fn judge<T: SettingValue>(&mut self, name: &str, origin: &Origin, bounds: &Bounds, text: &str) {
        if let Some(reason) = bounds.unchecked {
            self.unchecked.push(unchecked(name, reason));
            return;
        }
        let mut found = Vec::new();
        T::each_secret(text, &mut |secret| {
            found.push(weakness_of_setting(secret, Purpose::Password));
        });
        let is_one = found.len() == 1;
        for (at, why) in found.into_iter().enumerate() {
            let Some(why) = why else { continue };
            let element = (!is_one).then(|| at.saturating_add(1));
            self.weak.push(weak_own(name, origin, element, why));
        }
    }

    /// A field with a least or a greatest value.
    pub fn bounded<T: SettingValue + PartialOrd>(
        &mut self,
        setting: &Described,
        bounds: &Bounds,
    ) -> Option<T> {
        self.judge_given::<T>(setting, bounds);
        let parse = |text: &str, label: &str| {
            let value = T::read(text, label)?;
            // A field that is optional has the bounds of what is in it.
            for (bound, is_min) in [(bounds.min, true), (bounds.max, false)] {
                let Some(bound) = bound else { continue };
                let limit = T::parse(bound)
                    .map_err(|_| format!("the bound {bound:?} of the field is no value of it"))?;
                if (is_min && value < limit) || (!is_min && value > limit) {
                    return Err(match (bounds.min, bounds.max) {
                        (Some(min), Some(max)) => format!("write {min} to {max}"),
                        (Some(min), None) => format!("write {min} or more"),
                        (None, _) => format!("write {bound} or less"),
                    });
                }
            }
            Ok(value)
        };
        self.read(setting, bounds, parse, T::absent())
    }

    /// A field whose type reads itself.
    pub fn from_str<T>(&mut self, setting: &Described, bounds: &Bounds) -> Option<T>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let parse = |text: &str, _: &str| text.parse::<T>().map_err(|error| error.to_string());
        self.read(setting, bounds, parse, None)
    }

    fn read<T>(
        &mut self,
        setting: &Described,
        bounds: &Bounds,
        parse: impl Fn(&str, &str) -> Result<T, String>,
        absent: Option<T>,
    ) -> Option<T> {
        let Described { name, default, .. } = *setting;
        let Some(given) = self.values.get(name) else {
            if !default.is_empty() {
                return self.parsed(setting, default, &Origin::Default, &parse);
            }
            if absent.is_none() {
                let (key, section, takes) = (setting.key(), setting.section, setting.takes);
                self.complaints.push(format!(
                    "{name} is not set: it takes {takes}; set the variable, or `{key}` in `[{section}]` of \
                     palisade.toml"
                ));
            }
            return absent;
        };
        let origin = &given.origin;
        if given.expose() != default {
            self.check_need(name, origin, bounds);
        }
        if !bounds.one_of.is_empty() && !bounds.one_of.contains(&given.expose()) {
            let wrong = format!("write {}", bounds.one_of.join(" or "));
            self.refuse(setting, given.expose(), origin, &wrong);
            return None;
        }
        self.parsed(setting, given.expose(), origin, &parse)
    }

    fn parsed<T>(
        &mut self,
        setting: &Described,
        text: &str,
        origin: &Origin,
        parse: &impl Fn(&str, &str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(text, &format!("{} ({origin})", setting.name)) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.refuse(setting, text, origin, &wrong);
                None
            }
        }
    }

    fn refuse(&mut self, setting: &Described, text: &str, origin: &Origin, wrong: &str) {
        let name = setting.name;
        self.complaints.push(if setting.secret {
            format!("{name} ({origin}): {wrong}")
        } else {
            format!("{name} ({origin}) is {text:?}: {wrong}")
        });
    }
}
