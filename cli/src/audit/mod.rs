//! `cargo palisade audit`: advisories about what `Cargo.lock` holds.
//!
//! The advisories are those of RustSec, in a folder: nothing is fetched. `cargo audit` and `cargo deny`
//! keep such a folder up to date; a checkout of the database does as well.

mod database;
mod ignored;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use palisade_policy::deploy::{Finding, Level};
use rustsec::{
    Database, Lockfile,
    advisory::Informational,
    report::{Report, Settings},
};
use serde_json::json;

use crate::{
    exit_code::{CLEAN, FOUND, UNREADABLE},
    format::Format,
};
use ignored::Ignored;

/// The options of `audit`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AUDIT_HELP)]
pub struct AuditArgs {
    /// The folder of the RustSec database, which holds `crates`.
    #[arg(long, value_name = "FOLDER")]
    pub db: Option<PathBuf>,

    /// The lock file; that of the workspace if absent.
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,

    /// How findings are printed: `human`, or `json` with one object a line.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// The manifest to start from; the one of the current folder if absent.
    #[arg(long, value_name = "PATH", conflicts_with = "lock")]
    pub manifest_path: Option<PathBuf>,
}

/// The part of `audit --help` that explains the rest.
const AUDIT_HELP: &str = r#"Which advisories
  Without `--db`, the first of these folders that holds `crates`: advisory-db in CARGO_HOME (cargo audit),
  advisory-dbs/* there (cargo deny), ~/.cargo/advisory-db, and `advisories` at the root of the
  workspace. Nothing is fetched.

Exceptions
  In the manifest of the workspace, by the advisory's id and a reason:
    [workspace.metadata.palisade.audit]
    RUSTSEC-2099-0001 = "the function is not called: no zone files are read"
  A reason of two words or more; an exception that is not needed any more is a warning.

JSON
  rule ("known_vulnerability" or "unmaintained_dependency"), level ("error" or "warning"), id, package,
  version, title, patched (requirements, as texts), url or null

Exit code
  0  no vulnerability
  1  a vulnerability that no exception names
  2  the lock file or the database cannot be read, or there is no database"#;

/// One advisory about one package.
struct Found {
    finding: Finding,
    id: String,
    package: String,
    version: String,
    title: String,
    patched: Vec<String>,
    url: Option<String>,
}

/// What was found.
struct Audit {
    found: Vec<Found>,
    packages: usize,
    advisories: usize,
    newest: Option<String>,
    unused: Vec<String>,
}

/// Prints what is found to `out` and everything else to `log`; returns the exit code.
///
/// # Errors
///
/// Those of `out` and `log`.
pub fn run(args: &AuditArgs, out: &mut impl Write, log: &mut impl Write) -> io::Result<u8> {
    let root = match (&args.lock, root(args.manifest_path.as_deref())) {
        (_, Ok(root)) => root,
        (Some(lock), Err(_)) => lock.parent().map(Path::to_owned).unwrap_or_default(),
        (None, Err(error)) => {
            writeln!(log, "error: {error}")?;
            return Ok(UNREADABLE);
        }
    };
    let lock = args.lock.clone().unwrap_or_else(|| root.join("Cargo.lock"));
    let audit = database::find(args.db.as_deref(), &root).and_then(|db| audit(&lock, &db, &root));
    let audit = match audit {
        Ok(audit) => audit,
        Err(error) => {
            writeln!(log, "error: {error}")?;
            return Ok(UNREADABLE);
        }
    };
    for found in &audit.found {
        match args.format {
            Format::Human => write_human(found, out)?,
            Format::Json | Format::Sarif => write_json(found, out)?,
        }
    }
    for id in &audit.unused {
        writeln!(
            log,
            "warning: the exception for {id} is not needed: remove it from the manifest"
        )?;
    }
    let newest = audit.newest.as_deref().unwrap_or("never");
    let count = |level| audit.found.iter().filter(|one| one.finding.level == level).count();
    writeln!(
        log,
        "{} packages, {} advisories (the newest of {newest}): {} vulnerable, {} to be warned of",
        audit.packages,
        audit.advisories,
        count(Level::Error),
        count(Level::Warning)
    )?;
    Ok(if count(Level::Error) > 0 { FOUND } else { CLEAN })
}

/// The findings about a workspace, each with its file and line.
pub(crate) fn of_workspace(root: &Path) -> Result<Vec<(String, usize, Finding)>, String> {
    let lock = root.join("Cargo.lock");
    let db = database::find(None, root)?;
    let audit = audit(&lock, &db, root)?;
    let text = std::fs::read_to_string(&lock).unwrap_or_default();
    let line = |package: &str| {
        let name = format!("name = \"{package}\"");
        text.lines().position(|line| line == name).map_or(1, |line| line.saturating_add(1))
    };
    let found = audit.found.into_iter();
    Ok(found.map(|one| ("Cargo.lock".to_owned(), line(&one.package), one.finding)).collect())
}

fn root(manifest: Option<&Path>) -> Result<PathBuf, String> {
    let mut command = cargo_metadata::MetadataCommand::new();
    command.no_deps();
    if let Some(manifest) = manifest {
        command.manifest_path(manifest);
    }
    match command.exec() {
        Ok(metadata) => Ok(metadata.workspace_root.into_std_path_buf()),
        Err(cargo_metadata::Error::CargoMetadata { stderr }) => {
            Err(stderr.trim().trim_start_matches("error: ").to_owned())
        }
        Err(error) => Err(format!("cargo metadata failed: {error}")),
    }
}

fn audit(lock: &Path, db: &Path, root: &Path) -> Result<Audit, String> {
    let lockfile = Lockfile::load(lock)
        .map_err(|error| format!("`{}` cannot be read: {error}", lock.display()))?;
    let database = Database::open(db)
        .map_err(|error| format!("the database in `{}` cannot be read: {error}", db.display()))?;
    let mut ignored = Ignored::read(root)?;
    let informational_warnings =
        vec![Informational::Unmaintained, Informational::Unsound, Informational::Notice];
    let settings = Settings { informational_warnings, ..Settings::default() };
    let report = Report::generate(&database, &lockfile, &settings);
    let mut found = Vec::new();
    for one in report.vulnerabilities.list {
        let package = (one.package.name.to_string(), one.package.version.to_string());
        let patched: Vec<_> = one.versions.patched().iter().map(ToString::to_string).collect();
        found.extend(entry("known_vulnerability", Level::Error, package, &one.advisory, patched));
    }
    for one in report.warnings.into_values().flatten() {
        let Some(advisory) = &one.advisory else { continue };
        let package = (one.package.name.to_string(), one.package.version.to_string());
        let patched = one.versions.iter().flat_map(|versions| versions.patched().iter());
        let patched: Vec<_> = patched.map(ToString::to_string).collect();
        let is_unmaintained = one.is_unmaintained();
        let id = if is_unmaintained { "unmaintained_dependency" } else { "known_vulnerability" };
        found.extend(entry(id, Level::Warning, package, advisory, patched));
    }
    found.retain(|one| !ignored.takes(&one.id));
    Ok(Audit {
        found,
        packages: lockfile.packages.len(),
        advisories: database.iter().count(),
        newest: database.iter().map(|one| one.metadata.date.as_str().to_owned()).max(),
        unused: ignored.unused(),
    })
}

fn entry(
    check: &str,
    level: Level,
    (package, version): (String, String),
    advisory: &rustsec::advisory::Metadata,
    patched: Vec<String>,
) -> Option<Found> {
    let (id, title) = (advisory.id.to_string(), advisory.title.clone());
    let mut finding =
        Finding::new(check, format!("{package} {version}: {title} ({id})"))?.at(level);
    if !patched.is_empty() {
        finding.fix = format!("update {package} to {}", patched.join(" or "));
    }
    let url = advisory.url.as_ref().map(ToString::to_string);
    Some(Found { finding, id, package, version, title, patched, url })
}

fn write_human(found: &Found, out: &mut impl Write) -> io::Result<()> {
    let Finding { check, level, what, fix, .. } = &found.finding;
    writeln!(out, "{}[{}]: {what}\n  --> Cargo.lock\n  = help: {fix}", level.word(), check.id)?;
    if let Some(url) = &found.url {
        writeln!(out, "  = note: {url}")?;
    }
    Ok(())
}

fn write_json(found: &Found, out: &mut impl Write) -> io::Result<()> {
    let Found { finding, id, package, version, title, patched, url } = found;
    let line = json!({
        "rule": finding.check.id,
        "level": finding.level.word(),
        "id": id,
        "package": package,
        "version": version,
        "title": title,
        "patched": patched,
        "url": url,
    });
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}
