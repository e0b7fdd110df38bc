//! The same service by Actix's dispatcher (`HttpServer`) and by palisade's own (`Builder::serve`):
//! requests per second and processor time in interleaved rounds, and instructions by callgrind.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

use std::{env, fs, io, path::Path, time::Duration};

use palisade_benches::{
    contender::Contender,
    load::{Load, Target},
    median,
    process::Running,
};

const ROUNDS: usize = 15;
const CONNECTIONS: usize = 32;
const REQUESTS: u64 = 40_000;
/// Requests in one write, where they are pipelined.
const DEPTH: usize = 16;

/// For callgrind: the difference of two runs.
const FEW: u64 = 2_000;
const MANY: u64 = 12_000;

/// Seconds in one tick of `/proc`.
const TICK: f64 = 0.01;

/// What is asked, and how many at once.
const CASES: [(&str, Target, usize); 3] = [
    ("GET, one by one", Target::Item, 1),
    ("GET, 16 pipelined", Target::Item, DEPTH),
    ("POST, one by one", Target::Create, 1),
];

fn run(load: &mut Load, requests: u64, depth: usize) -> io::Result<(u64, Duration)> {
    match depth {
        1 => load.run(requests),
        _ => load.run_pipelined(requests, depth),
    }
}

fn main() -> io::Result<()> {
    println!("one worker, {CONNECTIONS} connections, {ROUNDS} interleaved rounds; medians");
    println!("| requests | server | requests/s | ratio of each round | CPU per request | ratio |");
    println!("|---|---|---|---|---|---|");
    for (name, target, depth) in CASES {
        throughput(name, target, depth)?;
    }
    println!();
    println!("| requests | server | instructions | ratio |");
    println!("|---|---|---|---|");
    let folder = env::temp_dir().join(format!("palisade-callgrind-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    for (name, target, depth) in CASES {
        let mut base = None;
        for contender in Contender::DISPATCHERS {
            let few = instructions(contender, target, depth, FEW, &folder)?;
            let many = instructions(contender, target, depth, MANY, &folder)?;
            let each = many.saturating_sub(few) as f64 / (MANY - FEW) as f64;
            let of = each / *base.get_or_insert(each);
            println!("| {name} | {} | {each:.0} | {of:.3} |", contender.name());
        }
    }
    if env::var_os("KEEP").is_some() {
        println!("kept in {}", folder.display());
        return Ok(());
    }
    fs::remove_dir_all(folder)
}

fn throughput(name: &str, target: Target, depth: usize) -> io::Result<()> {
    let mut running = Vec::new();
    for contender in Contender::DISPATCHERS {
        let process = Running::start(contender, &[])?;
        let mut load = Load::open(process.address(), target, CONNECTIONS)?;
        run(&mut load, REQUESTS / 10, depth)?;
        running.push((contender, process, load, Vec::new(), Vec::new()));
    }
    for round in 0..ROUNDS {
        // Whatever else the machine does meets each of them first in turn.
        if round % 2 == 1 {
            running.reverse();
        }
        for (_, process, load, rates, costs) in &mut running {
            let before = process.ticks()?;
            let (answered, took) = run(load, REQUESTS, depth)?;
            let used = (process.ticks()? - before) as f64 * TICK;
            rates.push(answered as f64 / took.as_secs_f64());
            costs.push(used * 1e6 / answered as f64);
        }
        if round % 2 == 1 {
            running.reverse();
        }
    }
    let base = running.first().map(|(.., rates, costs)| (rates.clone(), costs.clone()));
    let (base_rates, base_costs) = base.unwrap_or_default();
    for (contender, _, _, rates, costs) in running {
        let ratio = |own: &[f64], base: &[f64]| {
            median(own.iter().zip(base).map(|(own, base)| own / base).collect())
        };
        println!(
            "| {name} | {} | {:.0} | {:.3} | {:.2} us | {:.3} |",
            contender.name(),
            median(rates.clone()),
            ratio(&rates, &base_rates),
            median(costs.clone()),
            ratio(&costs, &base_costs),
        );
    }
    Ok(())
}

fn instructions(
    contender: Contender,
    target: Target,
    depth: usize,
    requests: u64,
    folder: &Path,
) -> io::Result<u64> {
    let out =
        folder.join(format!("{}-{depth}-{}-{requests}", contender.name(), target.name().len()));
    let wrapper = [
        "valgrind".to_owned(),
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    let process = Running::start(contender, &wrapper)?;
    let mut load = Load::open(process.address(), target, 1)?;
    run(&mut load, requests, depth)?;
    process.stop()?;
    let text = fs::read_to_string(&out)?;
    let total = text.lines().rev().find_map(|line| line.strip_prefix("totals: "));
    let total = total.or_else(|| text.lines().find_map(|line| line.strip_prefix("summary: ")));
    let total = total.and_then(|total| total.trim().parse().ok());
    total.ok_or_else(|| io::Error::other(format!("no total in {}", out.display())))
}
