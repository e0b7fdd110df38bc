//! What the rules cost: a hundred handlers the way the macros judge them, and every source in
//! cargo's own cache the way the command line tool does.
//!
//! ```sh
//! cargo bench -p palisade-lint --bench engine                           # optimized
//! cargo bench -p palisade-lint --bench engine --profile dev             # as macros run in users' builds
//! cargo bench -p palisade-lint --bench engine -- sources                # the cache, with an audit
//! ```

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]

use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};

use palisade_lint::{Context, Crate, Options, analyse, analyse_item};
use syn::{Item, ItemFn};

const HANDLERS: usize = 100;
const ROUNDS: usize = 21;

fn main() {
    if env::args().any(|arg| arg == "sources") {
        sources();
    } else {
        handlers();
    }
}

/// Handlers as services have them, from five lines to forty.
fn handlers() {
    let text = include_str!("handlers/service.rs");
    let file = match syn::parse_file(text) {
        Ok(file) => file,
        Err(error) => {
            println!("benches/handlers/service.rs cannot be parsed: {error}");
            return;
        }
    };
    let bodies: Vec<ItemFn> = file
        .items
        .into_iter()
        .filter_map(|item| if let Item::Fn(function) = item { Some(function) } else { None })
        .collect();
    let start = Instant::now();
    let mut findings = 0_usize;
    for body in bodies.iter().take(1) {
        findings += analyse_item(body, &Context::default()).len();
    }
    println!("the first handler of a process: {:?}", start.elapsed());
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for body in bodies.iter().cycle().take(HANDLERS) {
                findings += analyse_item(body, &Context::default()).len();
            }
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let median = times.get(ROUNDS / 2).copied().unwrap_or_default();
    println!(
        "{HANDLERS} handlers, {} different ones of {} lines: {median:?}, median of {ROUNDS} rounds; {findings} findings",
        bodies.len(),
        text.lines().count()
    );
}

fn sources() {
    let home = env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    let packages: Vec<PathBuf> = fs::read_dir(home.join("registry/src"))
        .into_iter()
        .flatten()
        .filter_map(|dir| fs::read_dir(dir.ok()?.path()).ok())
        .flatten()
        .filter_map(|dir| Some(dir.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    let start = Instant::now();
    let krate = match Crate::load(&packages) {
        Ok(krate) => krate,
        Err(error) => {
            println!("{error}");
            return;
        }
    };
    let (files, lines) = krate.size();
    println!("{files} files, {lines} lines, read in {:.1} s", start.elapsed().as_secs_f64());
    for audit in [false, true] {
        let start = Instant::now();
        let report = analyse(&krate, &Options { audit, ..Options::default() });
        let seconds = start.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rounded figure")]
        let each = seconds * 1e6 / lines.max(1) as f64;
        println!(
            "audit {audit}: {seconds:.1} s, a million lines in {each:.1} s, {} findings",
            report.findings.len()
        );
    }
}
