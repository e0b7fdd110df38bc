//! The time `cargo check` takes for 300 handlers: bare functions, Actix's route macro, and
//! palisade's attributes. What an attribute costs is what it takes beyond the bare function.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]

use std::{fmt::Write as _, io, path::PathBuf};

use palisade_benches::{
    crates::{Crates, root},
    median,
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
    let folder = Crates::new("expansion");
    let mut crates = Vec::new();
    for (number, variant) in VARIANTS.iter().enumerate() {
        // What a crate costs before its handlers (loading macros and metadata) is not theirs.
        crates.push(generate(&folder, number, variant, 1)?);
        crates.push(generate(&folder, number, variant, HANDLERS)?);
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); crates.len()];
    for round in 0..=ROUNDS {
        for (path, times) in crates.iter().zip(&mut times) {
            let took = folder.check(path, &[])?;
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
    folder: &Crates,
    number: usize,
    variant: &Variant,
    handlers: u32,
) -> io::Result<PathBuf> {
    let manifest = format!(
        "[package]\nname = \"handlers-{number}-{handlers}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n\
         actix-web = {{ version = \"4.18.1\", default-features = false, features = [\"macros\"] }}\n\
         palisade = {{ path = {:?} }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
         validator = {{ version = \"0.21\", features = [\"derive\"] }}\n",
        root().join("runtime")
    );
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
    let name = format!("handlers-{number}-{handlers}");
    folder.write(&name, &[("Cargo.toml", &manifest), ("src/lib.rs", &source)])
}
