//! The files and folders in palisade's settings.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf, absolute},
};

use crate::file_owner::FileOwner;

/// How a service uses a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// Reads a file once, at the start.
    Read,
    /// Reads a file, and reads it again after it is replaced.
    ReadAgain,
    /// Reads a folder.
    ReadFolder,
    /// Creates, writes and removes files in a folder.
    WriteFolder,
    /// Writes a file, and creates other files in the same folder.
    WriteBeside,
}

use Use::{Read, ReadAgain, ReadFolder, WriteBeside, WriteFolder};

/// Settings whose values are paths; several are separated by commas.
const SETTINGS: &[(&str, Use)] = &[
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", Read),
    ("PALISADE_ACME_CACHE", WriteFolder),
    ("PALISADE_ACME_ROOT", Read),
    ("PALISADE_AUTH_KEYS", ReadAgain),
    ("PALISADE_TLS_CERT", ReadAgain),
    ("PALISADE_TLS_CLIENT_CA", ReadAgain),
    ("PALISADE_TLS_CLIENT_CRL", ReadAgain),
    ("PALISADE_TLS_KEY", ReadAgain),
    ("PALISADE_VAULT_KUBERNETES_TOKEN", ReadAgain),
    ("PALISADE_VAULT_TOKEN_FILE", ReadAgain),
];

/// Settings that may be a Unix socket: `unix:` and a path.
const SOCKETS: &[&str] = &["PALISADE_BIND", "PALISADE_HEALTH_BIND", "PALISADE_METRICS_BIND"];

/// Variables of other software: each is the path of a file or folder that is read.
const VARIABLES: &[(&str, Use)] = &[
    // Tokens of workloads, which the platform replaces while the service runs.
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", ReadAgain),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", ReadAgain),
    ("AZURE_FEDERATED_TOKEN_FILE", ReadAgain),
    ("CREDENTIALS_DIRECTORY", ReadFolder),
    ("GOOGLE_APPLICATION_CREDENTIALS", Read),
    ("PALISADE_CONFIG", Read),
    ("PALISADE_SECRETS_DIR", ReadFolder),
    ("SSL_CERT_DIR", ReadFolder),
    ("SSL_CERT_FILE", Read),
    ("VAULT_CACERT", Read),
];

/// Where Kubernetes mounts the token of a service account.
const KUBERNETES_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The setting for the user that the service switches to.
const USER: &str = "PALISADE_USER";

/// The paths of a sandbox.
#[derive(Debug, Default)]
pub(super) struct Paths {
    pub(super) read: Vec<PathBuf>,
    pub(super) write: Vec<PathBuf>,
    /// The owner of created folders.
    pub(super) owner: Option<FileOwner>,
}

impl Paths {
    /// Those of the environment, of `palisade.toml`, and of the files that they name.
    pub(super) fn of_settings(values: Vec<(String, String)>, file: Option<PathBuf>) -> Self {
        let mut paths = Self::default();
        for (name, value) in values {
            paths.add_setting(&name, &value);
        }
        if let Some(file) = file {
            paths.add(Read, &file);
        }
        paths.add_variables(env::vars_os());
        paths
    }

    fn add_variables(&mut self, variables: impl Iterator<Item = (OsString, OsString)>) {
        for (name, value) in variables {
            let Some(name) = name.to_str() else { continue };
            let path = Path::new(&value);
            if let Some((_, how)) = VARIABLES.iter().find(|(known, _)| *known == name) {
                self.add(*how, path);
            } else if name.ends_with("_FILE") && path.is_file() {
                // The value of a setting, of palisade or of the service.
                let how = if name.starts_with("PALISADE_") { ReadAgain } else { Read };
                self.add(how, path);
            } else if name.ends_with("_FROM") {
                // The address of a secret of the service's own settings.
                self.add_address(&value.to_string_lossy());
            }
        }
    }

    /// The file that an address of a secret names, where it is that of a file.
    fn add_address(&mut self, address: &str) {
        if let Some(path) = address.trim().strip_prefix("file:") {
            let path = path.split_once('#').map_or(path, |(path, _)| path);
            self.add(ReadAgain, Path::new(path));
        }
    }

    fn add_setting(&mut self, name: &str, value: &str) {
        if name == USER {
            self.owner = super::RunAs::read(value).ok().and_then(super::RunAs::owner_of_files);
        } else if name == "PALISADE_VAULT_ROLE" {
            // The token of this method, unless PALISADE_VAULT_KUBERNETES_TOKEN is another one.
            self.add(ReadAgain, Path::new(KUBERNETES_TOKEN));
        } else if name == "PALISADE_AUDIT" {
            let files = value.split(',').filter_map(|sink| sink.trim().strip_prefix("file:"));
            files.for_each(|file| self.add(WriteBeside, Path::new(file)));
        } else if SOCKETS.contains(&name) {
            let sockets = value.split(',').filter_map(|part| part.trim().strip_prefix("unix:"));
            sockets.for_each(|socket| self.add(WriteBeside, Path::new(socket)));
        } else if name.ends_with("_FROM") {
            self.add_address(value);
        } else if let Some((_, how)) = SETTINGS.iter().find(|(known, _)| *known == name) {
            for path in value.split(',').map(str::trim).filter(|path| !path.is_empty()) {
                self.add(*how, Path::new(path));
            }
        }
    }

    fn add(&mut self, how: Use, path: &Path) {
        let Ok(path) = absolute(path) else { return };
        match how {
            Read => self.add_existing(&path),
            ReadFolder => self.add_existing(&path),
            ReadAgain => self.add_replaced(&path),
            WriteFolder => self.write.push(path),
            WriteBeside => self.write.extend(path.parent().map(Path::to_owned)),
        }
    }

    /// A missing path has no rule. The service reports it when it reads it.
    fn add_existing(&mut self, path: &Path) {
        if path.exists() {
            self.read.push(path.to_owned());
        }
    }

    /// Replacing a file by a rename makes another file: the rule is for its folder. If the path
    /// contains symbolic links, as for mounted secrets and renewed certificates, there is another
    /// rule for the folder of the target.
    fn add_replaced(&mut self, path: &Path) {
        self.add_folder_of(path);
        if let Ok(file) = fs::canonicalize(path) {
            self.add_folder_of(&file);
        }
    }

    /// A folder directly in the root, and the root itself, have further content: the rule is for
    /// the file then.
    fn add_folder_of(&mut self, path: &Path) {
        let folder = path.parent().filter(|folder| folder.components().count() > 2);
        self.add_existing(folder.unwrap_or(path));
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::Paths;
    use crate::{private_folder::tests::Place, settings::Described};

    #[test]
    fn folders_of_files_that_are_replaced_count_and_large_folders_do_not() {
        let place = Place::new();
        let tls = place.join("tls");
        let target = place.join("archive");
        for folder in [&tls, &target] {
            std::fs::create_dir(folder).unwrap();
        }
        std::fs::write(target.join("cert1.pem"), "").unwrap();
        std::os::unix::fs::symlink(target.join("cert1.pem"), tls.join("cert.pem")).unwrap();
        let mut paths = Paths::default();
        paths.add_setting("PALISADE_TLS_CERT", &tls.join("cert.pem").display().to_string());
        paths.add_setting("PALISADE_TLS_KEY", "/etc/passwd, /does/not/exist/key.pem");
        let expected =
            [tls, target.canonicalize().unwrap(), "/etc/passwd".into(), "/etc/passwd".into()];
        assert_eq!(paths.read, expected);
        assert_eq!(paths.write, [] as [PathBuf; 0]);
    }

    #[test]
    fn folders_are_written_that_files_and_sockets_are_made_in() {
        let mut paths = Paths::default();
        for (name, value) in [
            ("PALISADE_AUDIT", "log, file:/var/log/notes/audit.jsonl, syslog:unix:/dev/log"),
            ("PALISADE_BIND", "unix:/run/notes/http.sock"),
            ("PALISADE_METRICS_BIND", "127.0.0.1:9090"),
            ("PALISADE_ACME_CACHE", "/var/lib/notes/acme"),
        ] {
            paths.add_setting(name, value);
        }
        let expected = ["/var/log/notes", "/run/notes", "/var/lib/notes/acme"];
        assert_eq!(paths.write, expected.map(Path::new));
        assert_eq!(paths.read, [] as [PathBuf; 0]);
    }

    /// What a service does with a path.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Needs {
        Read,
        Write,
    }

    /// What a setting needs, by what it takes: `None` where it names no path of the machine.
    fn needs(setting: &Described) -> Option<Needs> {
        // Paths of URLs and of Vault, and texts that only look like one.
        const OTHER_PATHS: [&str; 4] = [
            "PALISADE_PUBLIC_PREFIX",
            "PALISADE_HEALTH_PATHS",
            "PALISADE_VAULT_KUBERNETES_MOUNT",
            "PALISADE_TRUSTED_PROXIES",
        ];
        const WRITTEN: [&str; 5] = [
            "PALISADE_ACME_CACHE",
            "PALISADE_AUDIT",
            "PALISADE_BIND",
            "PALISADE_HEALTH_BIND",
            "PALISADE_METRICS_BIND",
        ];
        if OTHER_PATHS.contains(&setting.name) {
            return None;
        }
        if WRITTEN.contains(&setting.name) {
            return Some(Needs::Write);
        }
        let words = ["path", "file", "folder", "unix:"];
        let is_path = words.iter().any(|word| setting.takes.contains(word));
        (is_path || setting.name.ends_with("_FROM")).then_some(Needs::Read)
    }

    #[track_caller]
    fn assert_allows(paths: &Paths, path: &Path, needs: Needs, name: &str) {
        let allowed = match needs {
            Needs::Read => &paths.read,
            Needs::Write => &paths.write,
        };
        assert!(
            allowed.iter().any(|allowed| path.starts_with(allowed)),
            "the sandbox does not allow {name} ({needs:?}): add it to the lists of this module"
        );
    }

    #[test]
    fn every_setting_that_names_a_path_is_allowed() {
        let place = Place::new();
        let file = place.join("folder/file");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "").unwrap();
        let known = crate::settings::described();
        let mut tried = 0;
        for setting in &known {
            let Some(needs) = needs(setting) else { continue };
            let before = match setting.name {
                "PALISADE_BIND" | "PALISADE_HEALTH_BIND" | "PALISADE_METRICS_BIND" => "unix:",
                "PALISADE_AUDIT" => "log, file:",
                name if name.ends_with("_FROM") => "file:",
                _ => "",
            };
            let mut paths = Paths::default();
            paths.add_setting(setting.name, &format!("{before}{}", file.display()));
            assert_allows(&paths, &file, needs, setting.name);
            tried += 1;
        }
        assert!(tried > 15, "{tried}");
        // The value of each setting can be in a file, of a service's own too.
        let own = ["DATABASE_URL", "SHOP_PASSWORD"];
        for name in known.iter().map(|setting| setting.name).chain(own) {
            let name = format!("{name}_FILE");
            let mut paths = Paths::default();
            paths.add_variables([((&name).into(), file.clone().into())].into_iter());
            assert_allows(&paths, &file, Needs::Read, &name);
        }
        let address = format!("file:{}#url", file.display());
        let mut paths = Paths::default();
        paths.add_variables([("DATABASE_URL_FROM".into(), address.into())].into_iter());
        assert_allows(&paths, &file, Needs::Read, "DATABASE_URL_FROM");
    }

    /// The variables of clouds and of Vault that the sources of secrets read, and those of the process.
    #[test]
    fn every_variable_that_names_a_path_is_allowed() {
        let place = Place::new();
        let file = place.join("folder/file");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "").unwrap();
        let endings = ["_FILE", "_CACERT", "_CREDENTIALS", "_PATH", "_DIR"];
        let of_sources = crate::secrets::VARIABLES.iter().copied();
        let of_sources = of_sources.filter(|name| endings.iter().any(|end| name.ends_with(end)));
        let of_process = ["CREDENTIALS_DIRECTORY", "PALISADE_CONFIG", "PALISADE_SECRETS_DIR"];
        let mut tried = 0;
        for name in of_sources.chain(of_process) {
            let mut paths = Paths::default();
            paths.add_variables([(name.into(), file.clone().into())].into_iter());
            assert_allows(&paths, &file, Needs::Read, name);
            tried += 1;
        }
        assert!(tried >= 9, "{tried}");
    }
}
