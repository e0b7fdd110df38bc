//! The settings of a deployment: from the environment, from `palisade.toml` and from the given
//! files.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use palisade_policy::{
    Origin,
    deploy::{CorsFact, Facts, Finding, LimitsFact, Replicas, SecretFact, Server, SharedFile},
    secret::{names_secret_file, purpose_of_variable, weakness_of_setting},
};
use toml::de::{DeTable, DeValue};

const PREFIX: &str = "PALISADE_";

/// The default of HSTS: two years.
const HSTS: u32 = 63_072_000;

/// Every known setting, with its position.
#[derive(Debug, Default)]
pub(super) struct Settings {
    values: BTreeMap<String, (String, String)>,
    files: Vec<PathBuf>,
}

/// Reads the environment, `palisade.toml` at the root, and these files: TOML, or lines of
/// `NAME=value` as for systemd and containers. Later ones have precedence, and the environment has
/// precedence over all.
pub(super) fn read(files: &[PathBuf], root: Option<&Path>) -> Result<Settings, String> {
    let mut settings = Settings::default();
    let own = root.map(|root| root.join("palisade.toml")).filter(|path| path.is_file());
    for path in own.iter().chain(files) {
        let text = fs::read_to_string(path)
            .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
        let place = shown(path, root);
        if path.extension().is_some_and(|extension| extension == "toml") {
            let table = DeTable::parse(&text)
                .map_err(|error| format!("`{}` is no TOML: {}", path.display(), error.message()))?;
            for (name, value) in table.get_ref() {
                settings.add_value(&place, name.get_ref(), value.get_ref());
            }
        } else {
            for (name, value) in lines(&text) {
                settings.values.insert(name, (value, place.clone()));
            }
        }
        settings.files.push(path.clone());
    }
    for (name, value) in env::vars_os() {
        let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else { continue };
        if name.starts_with(PREFIX) || ["DATABASE_URL", "RUST_LOG"].contains(&name.as_str()) {
            settings.values.insert(name, (value, "environment".to_owned()));
        }
    }
    Ok(settings)
}

fn shown(path: &Path, root: Option<&Path>) -> String {
    let short = root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(path);
    short.display().to_string()
}

/// `NAME=value`, with comments, `export` and quotes.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
        let value = value.trim();
        let bare = ['"', '\''].iter().find_map(|quote| {
            value.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote))
        });
        Some((name.trim().to_owned(), bare.unwrap_or(value).to_owned()))
    })
}

impl Settings {
    /// A TOML value under the name of its variable: `redis_url` of `[palisade]` is
    /// `PALISADE_REDIS_URL`, `data` of `[notes]` is `NOTES_DATA`.
    fn add_value(&mut self, place: &str, name: &str, value: &DeValue<'_>) {
        if let DeValue::Table(table) = value {
            for (inner, value) in table {
                let inner = inner.get_ref();
                let is_url = inner.eq_ignore_ascii_case("database_url");
                let whole = if is_url { inner.to_string() } else { format!("{name}_{inner}") };
                self.add_value(place, &whole, value.get_ref());
            }
            return;
        }
        let text = if let DeValue::Array(items) = value {
            let items: Vec<_> = items.iter().filter_map(|item| scalar(item.get_ref())).collect();
            items.join(",")
        } else {
            scalar(value).unwrap_or_default()
        };
        let name = name.to_ascii_uppercase().replace('-', "_");
        self.values.insert(name, (text, place.to_owned()));
    }

    /// Whether no setting of a service is known.
    pub(super) fn is_empty(&self) -> bool {
        !self.values.keys().any(|name| name.starts_with(PREFIX) && name != "PALISADE_SILENCE")
    }

    /// A palisade setting, without its prefix.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.variable(&format!("{PREFIX}{name}"))
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The position of a palisade setting.
    pub(super) fn place(&self, name: &str) -> &str {
        let place = self.values.get(&format!("{PREFIX}{name}"));
        place.map_or("environment", |(_, place)| place.as_str())
    }

    /// The position of the first setting in a finding.
    pub(super) fn place_of(&self, finding: &Finding) -> &str {
        let named = self.values.iter().find(|(name, _)| finding.what.contains(name.as_str()));
        let any = || self.values.values().next().map(|(_, place)| place.as_str());
        named.map(|(_, (_, place))| place.as_str()).or_else(any).unwrap_or("environment")
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == Some(value)
    }

    fn has(&self, names: &[&str]) -> bool {
        // A file or a secret manager may hold it.
        let is_set = |name: &str| {
            ["", "_FILE", "_FROM"].iter().any(|end| self.value(&format!("{name}{end}")).is_some())
        };
        names.iter().any(|name| is_set(name))
    }

    /// The facts about a deployment.
    pub(super) fn facts(&self) -> Facts {
        let origin: Option<Origin> = self.value("PUBLIC_ORIGIN").and_then(|text| text.parse().ok());
        let speaks_tls = self.has(&["TLS_CERT", "ACME_DOMAINS"]);
        let over_tls = origin.as_ref().is_some_and(Origin::is_secure);
        let hsts = self.value("HSTS_MAX_AGE").and_then(|text| text.parse().ok()).unwrap_or(HSTS);
        Facts {
            is_production: true,
            is_production_by_name: self.is("ENV", "production"),
            is_development_by_name: self.is("ENV", "development"),
            secrets: self.secrets(),
            shared_files: self.shared_files(),
            detailed_errors: self.is("ERRORS", "detailed"),
            log_filter: self.variable("RUST_LOG").map(str::to_owned),
            cors: vec![self.cors()],
            is_https: over_tls || speaks_tls,
            speaks_tls,
            is_reachable: self.is_reachable(),
            hsts_max_age: over_tls.then_some(hsts),
            hsts_subdomains: self.is("HSTS_SUBDOMAINS", "true"),
            any_host: self.value("DANGEROUS_ANY_HOST").map(str::to_owned),
            hosts_unset: !self.has(&["HOSTS", "PUBLIC_ORIGIN", "DANGEROUS_ANY_HOST"]),
            trusts_proxies: self.has(&["TRUSTED_PROXIES"]),
            limits: match self.value("LIMITS") {
                Some("off") => LimitsFact::Off("PALISADE_LIMITS=off".to_owned()),
                Some("shared") => LimitsFact::Shared,
                Some(_) | None => LimitsFact::InMemory,
            },
            replicas: self.value("REPLICAS").and_then(|text| text.parse().ok()).map(|count| {
                Replicas { count, told_by: "PALISADE_REPLICAS".to_owned(), is_certain: true }
            }),
            revocations_unset: self.has(&[
                "AUTH_KEYS",
                "AUTH_KEYS_JSON",
                "AUTH_KEYS_URL",
                "AUTH_DISCOVERY",
            ]) && !self.has(&["REVOCATIONS_URL", "REDIS_URL"]),
            databases: self.servers(&["DATABASE_URL"]),
            stores: self.servers(&["PALISADE_REDIS_URL", "PALISADE_REVOCATIONS_URL"]),
            ..Facts::default()
        }
    }

    fn servers(&self, names: &[&str]) -> Vec<Server> {
        let of = |name: &&str| Server::of(*name, self.variable(name)?);
        names.iter().filter_map(of).collect()
    }

    fn cors(&self) -> CorsFact {
        let local = self.value("CORS_ORIGINS").unwrap_or_default().split(',').map(str::trim);
        let is_local = |text: &&str| text.parse().is_ok_and(|origin: Origin| origin.is_local());
        CorsFact {
            place: "PALISADE_CORS_ORIGINS".to_owned(),
            credentials: self.has(&["CORS_DANGEROUS_CREDENTIALS"]),
            local: local.filter(is_local).map(str::to_owned).collect(),
            reason: self.value("CORS_DANGEROUS_CREDENTIALS").map(str::to_owned),
            ..CorsFact::default()
        }
    }

    fn is_reachable(&self) -> bool {
        let bind = self.value("BIND").unwrap_or("127.0.0.1:8080");
        let host = bind.rsplit_once(':').map_or(bind, |(host, _)| host).trim_matches(['[', ']']);
        let is_local = host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        !bind.starts_with("unix:") && !is_local
    }

    fn secrets(&self) -> Vec<SecretFact> {
        let found = self.values.iter().filter_map(|(name, (value, _))| {
            let purpose = purpose_of_variable(name).filter(|_| !value.is_empty())?;
            let weakness = weakness_of_setting(value, purpose)?;
            // The other side decides how long a password is.
            let fact = SecretFact { setting: name.clone(), weakness, is_used: true };
            weakness.is_certain().then_some(fact)
        });
        found.collect()
    }

    /// Files with secrets that every user of this machine can read.
    #[cfg(unix)]
    fn shared_files(&self) -> Vec<SharedFile> {
        use std::os::unix::fs::PermissionsExt as _;

        let own = self.files.iter().filter(|path| {
            let place = path.display().to_string();
            self.values.iter().any(|(name, (value, from))| {
                place.ends_with(from.as_str()) && holds_secret(name, value)
            })
        });
        let own = own.map(|path| ("the settings".to_owned(), path.clone()));
        let named = self.values.iter().filter_map(|(name, (value, _))| {
            let path = PathBuf::from(value);
            let is_secret = names_secret_file(name)
                || (name == "PALISADE_AUTH_KEYS" && holds_secret_keys(&path));
            is_secret.then(|| (name.clone(), path))
        });
        own.chain(named)
            .filter_map(|(setting, path)| {
                let mode = fs::metadata(&path).ok()?.permissions().mode() & 0o7777;
                let path = path.display().to_string();
                (mode & 0o004 != 0).then_some(SharedFile { setting, path, mode })
            })
            .collect()
    }

    #[cfg(not(unix))]
    fn shared_files(&self) -> Vec<SharedFile> {
        Vec::new()
    }
}

/// Whether a variable contains a secret: by its name, or because it is a URL with a password.
pub(super) fn holds_secret(name: &str, value: &str) -> bool {
    let is_named = purpose_of_variable(name).is_some();
    let has_password = || Server::of(name, value).is_some_and(|server| server.has_password);
    !value.is_empty() && (is_named || has_password())
}

/// Whether a JWK set (RFC 7517) has a symmetric key or the private part of a key pair. The service
/// refuses an unreadable one.
#[cfg(unix)]
fn holds_secret_keys(path: &Path) -> bool {
    let set = fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let keys = set.as_ref().and_then(|set: &serde_json::Value| set.get("keys")?.as_array());
    let has = |key: &serde_json::Value| key.get("k").is_some() || key.get("d").is_some();
    keys.is_some_and(|keys| keys.iter().any(has))
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(is) => Some(is.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{holds_secret, lines};

    #[test]
    fn lines_are_read_as_services_get_them() {
        let text = "# a comment\nexport A=1\nB = \"two words\"\nC='x'\n\nnothing\n#D=4";
        let found: Vec<_> = lines(text).collect();
        let expected = [("A", "1"), ("B", "two words"), ("C", "x")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_of_keys_is_secret_by_what_is_in_it() {
        let path = std::env::temp_dir().join(format!("palisade-keys-{}", std::process::id()));
        for (set, expected) in [
            (r#"{"keys":[{"kty":"OKP","x":"a"},{"kty":"oct","k":"a"}]}"#, true),
            (r#"{"keys":[{"kty":"OKP","x":"a","d":"b"}]}"#, true),
            (r#"{"keys":[{"kty":"OKP","x":"a"}]}"#, false),
            ("{", false),
        ] {
            std::fs::write(&path, set).unwrap();
            assert_eq!(super::holds_secret_keys(&path), expected, "{set}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(!super::holds_secret_keys(&path));
    }

    #[test]
    fn secrets_are_told_from_other_settings() {
        for (name, value) in [
            ("SHOP_API_KEY", "x"),
            ("PALISADE_FORM_KEY", "x"),
            ("PALISADE_AUDIT_KEY", "x"),
            ("DATABASE_URL", "postgres://u:p@h/n"),
        ] {
            assert!(holds_secret(name, value), "{name}");
        }
        for (name, value) in
            [("PALISADE_BIND", "x"), ("SHOP_API_KEY", ""), ("DATABASE_URL", "postgres://h/n")]
        {
            assert!(!holds_secret(name, value), "{name}");
        }
    }
}
