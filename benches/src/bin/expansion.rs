//! The time `cargo check` takes for 300 handlers and for 300 input types: bare functions, Actix's
//! route macro and palisade's attributes; serde's derive, validator's beside it, and palisade's beside
//! both; and each of ours with the feature `openapi`. With the path of another checkout of palisade as its
//! argument, what that one takes is measured in the same rounds.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]

use std::{
    env,
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

use palisade_benches::{
    crates::{Crates, root},
    median,
};

const ITEMS: u32 = 300;
const ROUNDS: usize = 7;

/// Items of one kind, and what they are compared with.
struct Kind {
    /// What one of them is called.
    item: &'static str,
    /// What every crate of the kind has once.
    once: &'static str,
    /// The first is the least that such an item can be, the second what the others are compared with.
    variants: &'static [Variant],
}

struct Variant {
    name: &'static str,
    /// Whether it is written with palisade.
    is_ours: bool,
    imports: &'static str,
    /// One item, with its number for `{i}`.
    each: &'static str,
}

const KINDS: [Kind; 2] = [HANDLERS, INPUT_TYPES];

const HANDLERS: Kind = Kind {
    item: "handler",
    once: "pub struct New { pub qty: u32 }",
    variants: &[
        Variant {
            name: "bare functions",
            is_ours: false,
            imports: "use actix_web::web::Json; use serde::Deserialize;\n#[derive(Deserialize)]",
            each: "pub async fn h{i}(item: Json<New>) -> String { item.qty.to_string() }",
        },
        Variant {
            name: "actix's #[post]",
            is_ours: false,
            imports: "use actix_web::{post, web::Json}; use serde::Deserialize;\n\
                      #[derive(Deserialize)]",
            each: "#[post(\"/h{i}\")] \
                   pub async fn h{i}(item: Json<New>) -> String { item.qty.to_string() }",
        },
        Variant {
            name: "palisade's #[post], access and #[validated]",
            is_ours: true,
            imports: "use palisade::prelude::*;\n#[derive(Deserialize, Validate, Input)]\n\
                      #[serde(deny_unknown_fields)]",
            each: "#[post(\"/h{i}\")] #[require_scope(\"items:write\")] #[validated] \
                   pub async fn h{i}(item: Json<New>) -> String { item.qty.to_string() }",
        },
        Variant {
            name: "the same with two limits, a body cap and a deadline",
            is_ours: true,
            imports: "use palisade::prelude::*;\n#[derive(Deserialize, Validate, Input)]\n\
                      #[serde(deny_unknown_fields)]",
            each: "#[post(\"/h{i}\")] #[require_scope(\"items:write\")] #[validated] \
                   #[rate_limit(\"10/minute\", by = subject)] \
                   #[rate_limit(\"100/minute\", by = ip)] \
                   #[body_limit(\"64 KiB\")] #[timeout(\"5 s\")] \
                   pub async fn h{i}(item: Json<New>) -> String { item.qty.to_string() }",
        },
    ],
};

const INPUT_TYPES: Kind = Kind {
    item: "type",
    once: "",
    variants: &[
        Variant {
            name: "Deserialize",
            is_ours: false,
            imports: "use serde::Deserialize;",
            each: "#[derive(Deserialize)] #[serde(deny_unknown_fields)] pub struct New{i} { \
                   pub name: String, pub qty: u32, pub note: Option<String> }",
        },
        Variant {
            name: "Deserialize and Validate",
            is_ours: false,
            imports: "use serde::Deserialize; use validator::Validate;",
            each: "#[derive(Deserialize, Validate)] #[serde(deny_unknown_fields)] \
                   pub struct New{i} { \
                   #[validate(length(min = 1, max = 64))] pub name: String, \
                   #[validate(range(min = 1, max = 100))] pub qty: u32, \
                   #[validate(length(max = 200))] pub note: Option<String> }",
        },
        Variant {
            name: "Deserialize, Validate and Input",
            is_ours: true,
            imports: "use palisade::prelude::*;",
            each: "#[derive(Deserialize, Validate, Input)] #[serde(deny_unknown_fields)] \
                   pub struct New{i} { \
                   #[validate(length(min = 1, max = 64))] pub name: String, \
                   #[validate(range(min = 1, max = 100))] pub qty: u32, \
                   #[validate(length(max = 200))] pub note: Option<String> }",
        },
    ],
};

/// A variant as one checkout of palisade compiles it.
struct Row<'a> {
    kind: usize,
    variant: &'a Variant,
    /// What is different, for the table.
    label: &'static str,
    one: PathBuf,
    all: PathBuf,
    times: Vec<(f64, f64)>,
}

fn main() -> io::Result<()> {
    let folder = Crates::new("expansion");
    let other = env::args_os().nth(1).map(PathBuf::from);
    let mut rows = Vec::new();
    for (kind, items) in KINDS.iter().enumerate() {
        for (number, variant) in items.variants.iter().enumerate() {
            let other = other.as_deref().filter(|_| variant.is_ours);
            let openapi = variant.is_ours.then(root);
            for (checkout, name, label) in [
                (Some(root()), "own", ""),
                (openapi, "openapi", ", openapi"),
                (other, "other", ", other checkout"),
            ] {
                let Some(checkout) = checkout else { continue };
                let features = if name == "openapi" { "\"openapi\"" } else { "" };
                let name = format!("{}s-{number}-{name}", items.item);
                let checkout = (checkout, features);
                // What a crate costs before its items (loading macros and metadata) is not theirs.
                let one = generate(&folder, &name, checkout, items, variant, 1)?;
                let all = generate(&folder, &name, checkout, items, variant, ITEMS)?;
                rows.push(Row { kind, variant, label, one, all, times: Vec::new() });
            }
        }
    }
    for round in 0..=ROUNDS {
        for row in &mut rows {
            let took = (folder.check(&row.one, &[])?, folder.check(&row.all, &[])?);
            // The first round builds what the crates depend on.
            if round > 0 {
                row.times.push(took);
            }
        }
    }
    println!("`cargo check`: processor time, medians of {ROUNDS} interleaved rounds");
    for (kind, items) in KINDS.iter().enumerate() {
        let own: Vec<_> = rows.iter().filter(|row| row.kind == kind).collect();
        print(items, &own);
    }
    Ok(())
}

fn print(kind: &Kind, rows: &[&Row<'_>]) {
    let item = kind.item;
    let each = |index: usize| rows.get(index).map_or(f64::NAN, |row| row.each());
    let (bare, compared) = (each(0), each(1));
    println!(
        "\n| {ITEMS} {item}s | whole check | each {item} | beyond the first row | of the second row's \
         | of the second row |"
    );
    println!("|---|---|---|---|---|---|");
    for row in rows {
        let (name, each) = (row.variant.name, row.each());
        let other = row.label;
        let whole = median(row.times.iter().map(|(_, all)| *all).collect());
        let beyond = each - bare;
        println!(
            "| {name}{other} | {whole:.2} s | {each:.0} us | {beyond:.0} us | {:.2} | {:.2} |",
            beyond / (compared - bare),
            each / compared,
        );
    }
}

impl Row<'_> {
    /// Microseconds of one item.
    fn each(&self) -> f64 {
        let median = |pick: fn(&(f64, f64)) -> f64| median(self.times.iter().map(pick).collect());
        (median(|(_, all)| *all) - median(|(one, _)| *one)) * 1e6 / f64::from(ITEMS - 1)
    }
}

fn generate(
    folder: &Crates,
    name: &str,
    (checkout, features): (&Path, &str),
    kind: &Kind,
    variant: &Variant,
    items: u32,
) -> io::Result<PathBuf> {
    let name = format!("{name}-{items}");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n\
         actix-web = {{ version = \"4.18.1\", default-features = false, features = [\"macros\"] }}\n\
         palisade = {{ path = {:?}, features = [{features}] }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
         validator = {{ version = \"0.21\", features = [\"derive\"] }}\n",
        checkout.canonicalize()?.join("runtime")
    );
    let mut source = format!("{}\n{}\n", variant.imports, kind.once);
    for i in 0..items {
        let _written = writeln!(source, "{}", variant.each.replace("{i}", &i.to_string()));
    }
    folder.write(&name, &[("Cargo.toml", &manifest), ("src/lib.rs", &source)])
}
