//! A setting of palisade itself, and how it is applied.

use std::{collections::BTreeMap, mem};

use palisade_policy::secret::{Purpose, Weakness, weakness_of_setting};

use super::{
    limits::LimitVariables,
    secret_source::{Fetch, Fetched},
    table,
};
use crate::{
    secrets::SecretHandle,
    service::{Builder, Need},
    setting_sources::{
        REFERENCES, WeakSecret, both,
        described::Described,
        layers::Given,
        origin::{Origin, attributed},
    },
};

/// A row of the table of settings.
pub(super) struct Setting {
    /// Its name, without what all begin with: `BIND`.
    pub(super) described: Described,
    /// Without which it has no effect.
    pub(super) needs: Option<Need>,
    /// Parses and applies a value. What it refuses is noted in the stage, without the setting's name
    /// or after it: the origin is added.
    pub(super) apply: fn(&mut Stage, &str),
}

impl Setting {
    pub(super) const fn new(
        name: &'static str,
        takes: &'static str,
        default: &'static str,
        about: &'static str,
        apply: fn(&mut Stage, &str),
    ) -> Self {
        let described = Described {
            name,
            section: crate::setting_sources::SECTION,
            key: "",
            about,
            takes,
            default,
            secret: false,
            from: ("", ""),
            flag: false,
        };
        Self { described, needs: None, apply }
    }

    /// Its value is a secret, or may hold one.
    pub(super) const fn secret(mut self) -> Self {
        self.described.secret = true;
        self
    }

    /// Its key in `palisade.toml`, where its name does not begin as those of palisade do.
    #[cfg(feature = "otel")]
    pub(super) const fn keyed(mut self, key: &'static str) -> Self {
        self.described.key = key;
        self
    }

    /// Without this it has no effect, and keeps the service from starting.
    pub(super) const fn needs(mut self, need: Need) -> Self {
        self.needs = Some(need);
        self
    }
}

/// What settings are applied to.
#[derive(Default)]
pub(super) struct Stage {
    builder: Builder,
    pub(super) limits: LimitVariables,
    secrets: Fetched,
    /// What is wrong with the setting that is being applied.
    refused: Vec<String>,
}

impl Stage {
    /// Does something with the builder.
    pub(super) fn set(&mut self, with: impl FnOnce(Builder) -> Builder) {
        self.builder = with(mem::take(&mut self.builder));
    }

    /// The secret at this address; `None` where it is refused or not to be fetched.
    pub(super) fn fetch(&mut self, name: &'static str, address: &str) -> Option<SecretHandle> {
        match self.secrets.fetch(name, address) {
            Ok(secret) => secret,
            Err(error) => {
                self.refuse(error.to_string());
                None
            }
        }
    }

    /// Refuses the value: what is wrong, and what to write.
    pub(super) fn refuse(&mut self, wrong: impl Into<String>) {
        self.refused.push(wrong.into());
    }

    /// Refuses a setting of a feature that is not there.
    #[cfg_attr(
        all(feature = "acme", feature = "http2", feature = "tls", feature = "remote-keys"),
        expect(dead_code, reason = "for builds without features")
    )]
    pub(super) fn lacks(&mut self, feature: &str) {
        self.refuse(format!(
            "it needs the feature `{feature}` of palisade, and this service was built without it: palisade = \
             {{ features = [\"{feature}\"], .. }}"
        ));
    }

    /// Sets the value that a string is parsed to, or says what to write.
    pub(super) fn parse<T, E>(
        &mut self,
        value: &str,
        parsed: Result<T, E>,
        write: &str,
        with: fn(Builder, T) -> Builder,
    ) {
        match parsed {
            Ok(parsed) => self.set(|builder| with(builder, parsed)),
            Err(_) => self.refuse(format!("is {value:?}: write {write}")),
        }
    }

    /// Gives a setting of OpenTelemetry to the builder.
    #[cfg(feature = "otel")]
    pub(super) fn otel(
        &mut self,
        with: impl FnOnce(&mut crate::otel::OtelSettings) -> Result<(), crate::otel::OtelError>,
    ) {
        if let Err(wrong) = with(self.builder.otel_settings()) {
            self.refuse(wrong.to_string());
        }
    }

    /// Sets each element of a list, which commas separate.
    pub(super) fn each(&mut self, value: &str, with: fn(Builder, &str) -> Builder) {
        for part in value.split(',').map(str::trim) {
            self.set(|builder| with(builder, part));
        }
    }
}

/// The builder that these values make, and the secrets that were fetched for it; what the values refuse
/// goes to `complaints`.
pub(super) fn apply(
    values: &BTreeMap<String, Given>,
    fetch: Fetch,
    complaints: &mut Vec<String>,
) -> (Builder, Fetched) {
    let mut stage = Stage { secrets: Fetched::new(fetch), ..Stage::default() };
    let mut sources = Vec::new();
    for setting in table::settings() {
        let name = setting.described.name;
        let Some(given) = values.get(name) else { continue };
        let reference = REFERENCES.iter().find(|(_, reference)| *reference == name);
        if let Some((held, _)) = reference.filter(|(held, _)| values.contains_key(*held)) {
            complaints.push(attributed(name, &given.origin, &both(held, name)));
            continue;
        }
        if table::KEY_SOURCES.contains(&name) && given.expose() != "false" {
            sources.push(format!("{name} ({})", given.origin));
        }
        one(setting, given, &mut stage, complaints);
    }
    if sources.len() > 1 {
        complaints.push(format!(
            "{} each say where the keys come from: keep one of them",
            sources.join(" and ")
        ));
    }
    let Stage { builder, limits, secrets, .. } = stage;
    let mut late = Vec::new();
    let mut builder = limits.finish(builder, &mut late);
    complaints.extend(late.into_iter().map(|text| builder.given().with_origins(text)));
    builder.given_mut().take_refused(complaints);
    builder.finish_settings();
    (builder, secrets)
}

/// The one place where a setting is applied: whatever refuses it, the setting and its origin come first.
fn one(setting: &Setting, given: &Given, stage: &mut Stage, complaints: &mut Vec<String>) {
    let Described { name, default, secret, .. } = setting.described;
    // Before it is applied, so that refusals of the builder itself name the origin.
    stage.builder.given_mut().begin(name, &given.origin);
    (setting.apply)(stage, given.expose());
    let mut refused = mem::take(&mut stage.refused);
    refused.append(&mut stage.builder.take_complaints());
    complaints.extend(refused.iter().map(|wrong| refusal(name, &given.origin, wrong)));
    // What is as it would be anyway needs nothing.
    if let Some(need) = setting.needs.filter(|_| given.expose() != default) {
        stage.builder.given_mut().need(name, need);
    }
    // The password of a URL that is short is a finding of the deploy checks.
    let judge = || weakness_of_setting(given.expose(), Purpose::Password);
    if secret
        && refused.is_empty()
        && let Some(why) = judge().filter(|why| why.is_certain())
    {
        stage.builder.given_mut().weak(weak(name, &given.origin, why));
    }
}

fn refusal(name: &str, origin: &Origin, wrong: &str) -> String {
    // Some are sentences about the setting.
    if wrong.starts_with("is ") || wrong.starts_with("has ") {
        return format!("{name} ({origin}) {wrong}");
    }
    attributed(name, origin, wrong)
}

/// A secret that could be guessed.
fn weak(name: &str, origin: &Origin, why: Weakness) -> WeakSecret {
    WeakSecret {
        text: format!(
            "{name} ({origin}) is a secret that could be guessed, {why}: {}",
            Weakness::FIX
        ),
        is_certain: why.is_certain(),
    }
}
