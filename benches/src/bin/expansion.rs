//! The time `cargo check` takes for 300 handlers: bare functions, Actix's route macro, and
//! palisade's attributes. What an attribute costs is what it takes beyond the bare function.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const HANDLERS: usize = 300;
const ROUNDS: usize = 7;

struct Variant {
    name: &'static str,
    imports: &'static str,
    attributes: &'static str,
}

const VARIANTS: [Variant; 4] = [
    Variant {
        name: "bare functions",
        imports: "use actix_web::web::Json; use serde::Deserialize;",
        attributes: "",
    },
    Variant {
        name: "actix's #[post]",
        imports: "use actix_web::{post, web::Json}; use serde::Deserialize;",
        attributes: "#[post(\"/h{i}\")]",
    },
    Variant {
        name: "palisade's #[post], access and #[validated]",
        imports: "use palisade::prelude::*;",
        attributes: "#[post(\"/h{i}\")] #[require_scope(\"items:write\")] #[validated]",
    },
    Variant {
        name: "the same with two limits, a body cap and a deadline",
        imports: "use palisade::prelude::*;",
        attributes: "#[post(\"/h{i}\")] #[require_scope(\"items:write\")] #[validated] \
                     #[rate_limit(\"10/minute\", by = subject)] \
                     #[rate_limit(\"100/minute\", by = ip)] \
                     #[body_limit(\"64 KiB\")] #[timeout(\"5 s\")]",
    },
];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let target = env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let folder = target.join("expansion");
    let mut crates = Vec::new();
    for (number, variant) in VARIANTS.iter().enumerate() {
        crates.push(generate(&folder, number, variant, root)?);
    }
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); VARIANTS.len()];
    for round in 0..=ROUNDS {
        for (path, times) in crates.iter().zip(&mut times) {
            let took = check(path, &folder)?;
            // The first round builds what the crates depend on.
            if round > 0 {
                times.push(took);
            }
        }
    }
    println!("`cargo check` of {HANDLERS} handlers, median of {ROUNDS} interleaved rounds");
    println!("| handlers | whole check | each handler beyond a bare function | of actix's macro |");
    println!("|---|---|---|---|");
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    let bare = medians.first().copied().unwrap_or_default();
    let actix = medians.get(1).copied().unwrap_or_default() - bare;
    for (variant, time) in VARIANTS.iter().zip(medians) {
        let each = (time - bare) * 1e6 / 300.0;
        let of = (time - bare) / actix;
        println!("| {} | {time:.2} s | {each:.0} us | {of:.2} |", variant.name);
    }
    Ok(())
}

fn generate(folder: &Path, number: usize, variant: &Variant, root: &Path) -> io::Result<PathBuf> {
    let path = folder.join(format!("handlers-{number}"));
    fs::create_dir_all(path.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"handlers-{number}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n\
         actix-web = {{ version = \"4.18.1\", default-features = false, features = [\"macros\"] }}\n\
         palisade = {{ path = {:?} }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
         validator = {{ version = \"0.21\", features = [\"derive\"] }}\n",
        root.join("runtime")
    );
    write_if_changed(&path.join("Cargo.toml"), &manifest)?;
    let is_ours = variant.imports.contains("palisade");
    let derives = if is_ours {
        "#[derive(Deserialize, Validate, Input)]\n#[serde(deny_unknown_fields)]"
    } else {
        "#[derive(Deserialize)]"
    };
    let mut source = format!("{}\n{derives}\npub struct New {{ pub qty: u32 }}\n", variant.imports);
    for i in 0..HANDLERS {
        let attributes = variant.attributes.replace("{i}", &i.to_string());
        let _written = writeln!(
            source,
            "{attributes} pub async fn h{i}(item: Json<New>) -> String {{ item.qty.to_string() }}"
        );
    }
    write_if_changed(&path.join("src/lib.rs"), &source)?;
    fs::copy(root.join("Cargo.lock"), path.join("Cargo.lock"))?;
    Ok(path)
}

fn write_if_changed(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(path, text)
}

fn check(path: &Path, folder: &Path) -> io::Result<Duration> {
    // Touched, so that this crate is checked anew and nothing else.
    let source = path.join("src/lib.rs");
    fs::write(&source, fs::read(&source)?)?;
    let started = Instant::now();
    let status = Command::new("cargo")
        .arg("check")
        .arg("--quiet")
        .current_dir(path)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("{} does not compile", path.display())));
    }
    Ok(started.elapsed())
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
}
