//! Secrets in the files that git tracks.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::Command,
};

use palisade_policy::deploy::Finding;

use super::settings::{holds_secret, lines};

/// Names of files that are secrets, or contain all settings of a service.
const NAMES: [&str; 6] =
    ["id_rsa", "id_ecdsa", "id_ed25519", "signing.pem", "admin-password", ".pgpass"];
const ENDINGS: [&str; 8] =
    [".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".sqlite", ".sqlite3"];

/// File name endings of samples for settings.
const SAMPLES: [&str; 5] = [".example", ".sample", ".template", ".dist", ".defaults"];

/// Folders whose files are not secrets of a deployment.
const TESTS: [&str; 6] = ["tests", "test", "testdata", "fixtures", "testing", "benches"];

/// Larger files are not read as keys or settings.
const LARGEST: u64 = 256 * 1024;

/// The files with secrets. Without git, or outside of a repository, there are none, which is
/// logged.
pub(super) fn findings(
    root: &Path,
    log: &mut impl Write,
) -> io::Result<Vec<(String, usize, Finding)>> {
    let listed = Command::new("git").arg("-C").arg(root).args(["ls-files", "-z"]).output();
    let names = match listed {
        Ok(output) if output.status.success() => output.stdout,
        Ok(_) | Err(_) => {
            writeln!(log, "tracked files were not judged: git does not list any here")?;
            return Ok(Vec::new());
        }
    };
    let names = names.split(|byte| *byte == 0).filter_map(|name| std::str::from_utf8(name).ok());
    let found = names.filter_map(|name| {
        let (line, what) = secret_in(root, name)?;
        Finding::new("tracked_secret", format!("{name} {what}"))
            .map(|finding| (name.to_owned(), line, finding))
    });
    Ok(found.collect())
}

/// The line of a secret in a file, and its kind.
fn secret_in(root: &Path, name: &str) -> Option<(usize, String)> {
    let path = Path::new(name);
    let file = path.file_name()?.to_str()?;
    let is_of_tests = path
        .components()
        .filter_map(|part| part.as_os_str().to_str())
        .any(|part| TESTS.contains(&part));
    let is_sample = SAMPLES.iter().any(|ending| file.ends_with(ending));
    if is_of_tests || is_sample {
        return None;
    }
    let whole = root.join(path);
    let metadata = fs::symlink_metadata(&whole).ok().filter(fs::Metadata::is_file)?;
    if NAMES.contains(&file) || ENDINGS.iter().any(|ending| file.ends_with(ending)) {
        return Some((1, "is a key or a database by its name, and git tracks it".to_owned()));
    }
    // Constants of a program are those of the rule `hardcoded_secret`, and prose shows what keys look like.
    if metadata.len() > LARGEST || [".rs", ".md"].iter().any(|ending| file.ends_with(ending)) {
        return None;
    }
    let text = fs::read_to_string(&whole).ok()?;
    let key = text.lines().position(|line| {
        line.trim_start().starts_with("-----BEGIN ") && line.contains("PRIVATE KEY-----")
    });
    if let Some(line) = key {
        return Some((line.saturating_add(1), "holds a private key, and git tracks it".to_owned()));
    }
    let is_settings = file == ".env"
        || file.starts_with(".env.")
        || file.ends_with(".env")
        || file == "palisade.toml";
    if !is_settings {
        return None;
    }
    text.lines().enumerate().find_map(|(index, line)| {
        let (name, value) = lines(line).next()?;
        let upper = name.to_ascii_uppercase();
        let is_reference = value.starts_with("${") || value.starts_with('<');
        let is_secret = !is_reference
            && (holds_secret(&upper, &value)
                || (file == "palisade.toml" && holds_secret(&format!("PALISADE_{upper}"), &value)));
        is_secret.then(|| {
            (index.saturating_add(1), format!("sets the secret {name}, and git tracks it"))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::secret_in;

    #[test]
    fn secrets_are_found_by_name_and_by_content() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("tests")).unwrap();
        let key = ["-----BEGIN", "PRIVATE KEY-----\nAAAA\n"].join(" ");
        for (name, text, line) in [
            (".env", "A=1\nSHOP_PASSWORD=hunter2\n", Some(2)),
            (".env", "DATABASE_URL=postgres://u:p@h/n\n", Some(1)),
            (".env", "PALISADE_BIND=127.0.0.1:80\nSHOP_PASSWORD=\nA_TOKEN=${A}\n", None),
            (".env.example", "SHOP_PASSWORD=hunter2\n", None),
            ("palisade.toml", "[palisade]\nform_key = \"x\"\n", Some(2)),
            ("deploy/tls.pem", &key, Some(1)),
            ("tests/tls.pem", &key, None),
            ("docs.md", &key, None),
            ("cert.pem", "-----BEGIN CERTIFICATE-----\n", None),
            ("app.sqlite", "", Some(1)),
            ("main.rs", "const A: &str = \"x\";", None),
        ] {
            fs::create_dir_all(root.join("deploy")).unwrap();
            fs::write(root.join(name), text).unwrap();
            assert_eq!(secret_in(root, name).map(|(line, _)| line), line, "{name}");
        }
        assert!(secret_in(root, "gone.key").is_none());
    }
}
