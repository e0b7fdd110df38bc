//! The time `cargo check` takes for 300 handlers: bare functions, Actix's route macro, and
//! palisade's attributes. What an attribute costs is what it takes beyond the bare function.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]

use palisade_benches::process::children_seconds;
use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const HANDLERS: u32 = 300;
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
        // What a crate costs before its handlers (loading macros and metadata) is not theirs.
        crates.push(generate(&folder, number, variant, 1, root)?);
        crates.push(generate(&folder, number, variant, HANDLERS, root)?);
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); crates.len()];
    for round in 0..=ROUNDS {
        for (path, times) in crates.iter().zip(&mut times) {
            let took = check(path, &folder)?;
            // The first round builds what the crates depend on.
            if round > 0 {
                times.push(took);
            }
        }
    }
    println!(
        "`cargo check` of {HANDLERS} handlers: processor time, median of {ROUNDS} interleaved rounds"
    );
    println!(
        "| handlers | whole check | each handler | beyond a bare function | of actix's macro |"
    );
    println!("|---|---|---|---|---|");
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    let rows: Vec<(f64, f64)> = medians
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [one, all] => Some((*all, (all - one) * 1e6 / f64::from(HANDLERS - 1))),
            _ => None,
        })
        .collect();
    let each = |index: usize| rows.get(index).map_or(f64::NAN, |(_, each)| *each);
    let (bare, actix) = (each(0), each(1) - each(0));
    for (variant, (whole, each)) in VARIANTS.iter().zip(&rows) {
        let beyond = each - bare;
        let of = beyond / actix;
        println!("| {} | {whole:.2} s | {each:.0} us | {beyond:.0} us | {of:.2} |", variant.name);
    }
    Ok(())
}

fn generate(
    folder: &Path,
    number: usize,
    variant: &Variant,
    handlers: u32,
    root: &Path,
) -> io::Result<PathBuf> {
    let path = folder.join(format!("handlers-{number}-{handlers}"));
    fs::create_dir_all(path.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"handlers-{number}-{handlers}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
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
    for i in 0..handlers {
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

/// Processor seconds of one check: unlike the clock on the wall, it does not count waiting.
fn check(path: &Path, folder: &Path) -> io::Result<f64> {
    // Touched, so that this crate is checked anew and nothing else.
    let source = path.join("src/lib.rs");
    fs::write(&source, fs::read(&source)?)?;
    let before = children_seconds()?;
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
    Ok(children_seconds()? - before)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
