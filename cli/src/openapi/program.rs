//! Builds the program of a service and gets its document.
//!
//! `#[palisade::main(openapi = endpoints)]` writes it before the program's own code runs: no port
//! is bound, and no database and no setting is read. A program without this option is never
//! started.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use cargo_metadata::{Message, Metadata, MetadataCommand, Package, Target, TargetKind};
use serde::Deserialize;
use serde_json::Value;
use syn::{Item, Meta};

use crate::{args::OpenapiArgs, workspace::Failure};

/// The variable that requests the document.
const VARIABLE: &str = "CARGO_PALISADE_OPENAPI";

/// A program that takes longer does something other than writing its document.
const PATIENCE: Duration = Duration::from_secs(60);

/// The output of a program.
#[derive(Debug, Deserialize)]
pub(super) struct Written {
    pub(super) document: Value,
    #[serde(default)]
    pub(super) undocumented: Vec<Undocumented>,
}

/// An empty part of a document.
#[derive(Debug, Deserialize)]
pub(super) struct Undocumented {
    handler: String,
    file: String,
    line: u32,
    what: String,
}

impl fmt::Display for Undocumented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { handler, file, line, what } = self;
        if file.is_empty() {
            return write!(f, "`{handler}`: {what}");
        }
        write!(f, "{file}:{line}: `{handler}`: {what}")
    }
}

/// Builds the program and gets its document.
///
/// # Errors
///
/// The error as text: the program cannot be found, built or run, or its output is unreadable.
pub(super) fn document(args: &OpenapiArgs) -> Result<Written, String> {
    if let Some(program) = &args.program {
        let folder = std::env::temp_dir();
        return written(program, &folder, Path::new("."));
    }
    let mut command = MetadataCommand::new();
    command.no_deps();
    if let Some(manifest) = &args.manifest_path {
        command.manifest_path(manifest);
    }
    let metadata = command.exec().map_err(|error| Failure::Cargo(error).to_string())?;
    let package = package(&metadata, args.package.as_deref())?;
    let target = target(package, args.bin.as_deref())?;
    says_openapi(target.src_path.as_std_path(), &target.name)?;
    let executable = build(args, package, target)?;
    let folder = metadata.target_directory.as_std_path();
    let home = package.manifest_path.parent().map(cargo_metadata::camino::Utf8Path::as_std_path);
    written(&executable, folder, home.unwrap_or(folder))
}

/// The output of the program: in a file in this folder, while its working directory is another one.
fn written(executable: &Path, folder: &Path, home: &Path) -> Result<Written, String> {
    let name = executable.display();
    // A folder of our own, since every user may write to the folder of temporary files.
    let own = folder.join(format!("palisade-openapi-{}", std::process::id()));
    fs::create_dir(&own).map_err(|error| format!("{}: {error}", own.display()))?;
    let file = own.join("document.json");
    let ran = ask(executable, &file, home);
    let read = fs::read(&file);
    // Whether the file exists or not, the folder is removed.
    let _removed = fs::remove_dir_all(&own);
    ran?;
    let bytes = read.map_err(|error| format!("`{name}` wrote no document: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("what `{name}` wrote: {error}"))
}

fn package<'a>(metadata: &'a Metadata, asked: Option<&str>) -> Result<&'a Package, String> {
    let members =
        metadata.packages.iter().filter(|one| metadata.workspace_members.contains(&one.id));
    if let Some(asked) = asked {
        let known: Vec<_> = members.clone().map(|one| one.name.to_string()).collect();
        let mut members = members;
        return members.find(|one| *one.name == asked).ok_or_else(|| {
            format!("no package is named `{asked}`; there are: {}", known.join(", "))
        });
    }
    let services: Vec<_> = members
        .filter(|one| one.dependencies.iter().any(|dependency| dependency.name == "palisade"))
        .filter(|one| one.targets.iter().any(|target| target.kind.contains(&TargetKind::Bin)))
        .collect();
    match services.as_slice() {
        [one] => Ok(one),
        [] => Err("no package here depends on palisade and has a program".to_owned()),
        several => {
            let names: Vec<_> = several.iter().map(|one| one.name.to_string()).collect();
            Err(format!(
                "several packages have a program: {}; name one with `--package`",
                names.join(", ")
            ))
        }
    }
}

fn target<'a>(package: &'a Package, asked: Option<&str>) -> Result<&'a Target, String> {
    let programs: Vec<_> =
        package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Bin)).collect();
    let asked = asked.or(package.default_run.as_deref());
    match (asked, programs.as_slice()) {
        (Some(asked), all) => {
            all.iter().find(|target| target.name == asked).copied().ok_or_else(|| {
                format!("the package `{}` has no program named `{asked}`", package.name)
            })
        }
        (None, [one]) => Ok(one),
        (None, []) => Err(format!("the package `{}` has no program", package.name)),
        (None, several) => {
            let names: Vec<_> = several.iter().map(|target| target.name.as_str()).collect();
            Err(format!(
                "the package `{}` has several programs: {}; name one with `--bin`",
                package.name,
                names.join(", ")
            ))
        }
    }
}

/// Refuses a program that would run as a service instead of writing its document.
fn says_openapi(source: &Path, name: &str) -> Result<(), String> {
    let text = fs::read_to_string(source)
        .map_err(|error| format!("cannot read `{}`: {error}", source.display()))?;
    let file = syn::parse_file(&text)
        .map_err(|error| format!("cannot parse `{}`: {error}", source.display()))?;
    let says = file.items.iter().any(|item| {
        let Item::Fn(function) = item else { return false };
        function.sig.ident == "main"
            && function.attrs.iter().any(|attribute| {
                let is_main =
                    attribute.path().segments.last().is_some_and(|last| last.ident == "main");
                let Meta::List(list) = &attribute.meta else { return false };
                let mut tokens = list.tokens.clone().into_iter();
                is_main && tokens.any(|token| token.to_string() == "openapi")
            })
    });
    if says {
        return Ok(());
    }
    Err(format!(
        "`main` of `{name}` ({}) does not say which endpoints are documented: write \
         `#[palisade::main(openapi = endpoints)]`, where `fn endpoints() -> Endpoints` lists them",
        source.display()
    ))
}

fn build(args: &OpenapiArgs, package: &Package, target: &Target) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--message-format=json-render-diagnostics"]);
    command.arg("--manifest-path").arg(&package.manifest_path);
    command.args(["--package", &package.name, "--bin", &target.name]);
    if let Some(features) = &args.features {
        command.args(["--features", features]);
    }
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    let mut executable = None;
    for message in Message::parse_stream(io::BufReader::new(output.stdout.as_slice())) {
        if let Ok(Message::CompilerArtifact(artifact)) = message
            && artifact.package_id == package.id
            && artifact.target.name == target.name
            && artifact.target.kind.contains(&TargetKind::Bin)
        {
            executable = artifact.executable;
        }
    }
    match executable {
        Some(executable) if output.status.success() => Ok(executable.into_std_path_buf()),
        Some(_) | None => Err(format!("`{}` cannot be built", target.name)),
    }
}

fn ask(executable: &Path, file: &Path, folder: &Path) -> Result<(), String> {
    let mut child = Command::new(executable)
        .env(VARIABLE, file)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| format!("`{}` cannot be run: {error}", executable.display()))?;
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => {
                return Err(format!("`{}` ended with {status}", executable.display()));
            }
            Ok(None) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                // It ends with this, or has ended by itself.
                let _killed = child.kill();
                let _ended = child.wait();
                return Err(format!(
                    "`{}` did not write its document: is its feature `openapi` of palisade on?",
                    executable.display()
                ));
            }
            Err(error) => return Err(format!("`{}`: {error}", executable.display())),
        }
    }
}
