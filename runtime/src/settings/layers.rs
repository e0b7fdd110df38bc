//! The values of all sources; the last source that has a setting has precedence.

use std::{collections::BTreeMap, fmt};

use config::{Config, ConfigError, Map, Source, Value, ValueKind};
use secrecy::{ExposeSecret as _, SecretString};

use super::{described::Described, origin::Origin};

/// A value, and its source.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) text: SecretString,
    pub(crate) origin: Origin,
    /// The sources before this one that gave the setting too, the nearest first.
    pub(crate) overridden: Vec<Origin>,
}

impl Given {
    pub(crate) fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

/// All values from any source. Layers hold indices into them: the library copies its layers, and
/// copies of a secret would not be wiped.
#[derive(Debug, Default)]
pub(super) struct Pool(Vec<Given>);

impl Pool {
    fn put(&mut self, given: Given) -> u64 {
        let at = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        self.0.push(given);
        at
    }

    fn take(&self, at: u64) -> Option<&Given> {
        self.0.get(usize::try_from(at).ok()?)
    }
}

/// The values of one source, by the names of the settings.
#[derive(Clone, Default)]
pub(super) struct Layer(BTreeMap<&'static str, Value>);

impl Layer {
    /// Sets a value, which is trimmed unless it is a secret from a file.
    pub(super) fn set(
        &mut self,
        setting: &Described,
        text: SecretString,
        origin: Origin,
        pool: &mut Pool,
        complaints: &mut Vec<String>,
    ) {
        let is_file = matches!(
            origin,
            Origin::NamedFile { .. } | Origin::SecretsFolder(_) | Origin::Credential(_)
        );
        // A password may end with a space.
        let trimmed =
            if setting.secret && is_file { text } else { text.expose_secret().trim().into() };
        if trimmed.expose_secret().trim().is_empty() {
            complaints.push(format!("{} ({origin}) is empty: set it or unset it", setting.name));
            return;
        }
        let label = origin.to_string();
        let at = pool.put(Given { text: trimmed, origin, overridden: Vec::new() });
        self.0.insert(setting.name, Value::new(Some(&label), ValueKind::U64(at)));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn origins(&self, pool: &Pool) -> Vec<(&'static str, Origin)> {
        let origin = |value: &Value| {
            let at = value.clone().into_uint().ok()?;
            Some(pool.take(at)?.origin.clone())
        };
        self.0.iter().filter_map(|(name, value)| Some((*name, origin(value)?))).collect()
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }
}

/// The effective values, by the names of the settings: each from the last layer that has it.
pub(super) fn merge<const N: usize>(
    layers: [Layer; N],
    pool: &Pool,
    complaints: &mut Vec<String>,
) -> BTreeMap<String, Given> {
    let mut builder = Config::builder();
    let mut origins = BTreeMap::<&'static str, Vec<Origin>>::new();
    for layer in layers {
        for (name, origin) in layer.origins(pool) {
            origins.entry(name).or_default().insert(0, origin);
        }
        builder = builder.add_source(layer);
    }
    let merged = builder.build().and_then(|config| config.cache.into_table());
    let merged = match merged {
        Ok(merged) => merged,
        Err(error) => {
            complaints.push(format!("the settings cannot be put together: {error}"));
            return BTreeMap::new();
        }
    };
    let given = merged.into_iter().filter_map(|(name, value)| {
        let mut given = pool.take(value.into_uint().ok()?)?.clone();
        let all = origins.remove(name.as_str()).unwrap_or_default();
        given.overridden = all.into_iter().skip(1).collect();
        Some((name, given))
    });
    given.collect()
}
