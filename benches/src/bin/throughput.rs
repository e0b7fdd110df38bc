//! Requests per second and processor time per request of all contenders, in interleaved rounds.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

use std::io;

use palisade_benches::{
    contender::Contender,
    load::{Load, Target},
    median,
    process::Running,
};

const ROUNDS: usize = 7;
const CONNECTIONS: usize = 32;
const REQUESTS: u64 = 60_000;

/// Seconds in one tick of `/proc`.
const TICK: f64 = 0.01;

struct Measured {
    per_second: Vec<f64>,
    micros: Vec<f64>,
}

fn main() -> io::Result<()> {
    for target in Target::ALL {
        println!("{}: medians of {ROUNDS} interleaved rounds, one worker", target.name());
        println!("| contender | requests/s | of bare | CPU per request | of bare |");
        println!("|---|---|---|---|---|");
        let measured = measure(target)?;
        let mut base = None;
        for (contender, Measured { per_second, micros }) in measured {
            let (rate, cost) = (median(per_second), median(micros));
            let (base_rate, base_cost) = *base.get_or_insert((rate, cost));
            println!(
                "| {} | {rate:.0} | {:.2} | {cost:.1} us | {:.2} |",
                contender.name(),
                rate / base_rate,
                cost / base_cost
            );
        }
        println!();
    }
    Ok(())
}

fn measure(target: Target) -> io::Result<Vec<(Contender, Measured)>> {
    let mut running = Vec::new();
    for contender in Contender::ALL {
        let process = Running::start(contender, &[])?;
        let mut load = Load::open(process.address(), target, CONNECTIONS)?;
        load.run(REQUESTS / 10)?;
        let measured = Measured { per_second: Vec::new(), micros: Vec::new() };
        running.push((contender, process, load, measured));
    }
    for _ in 0..ROUNDS {
        for (_, process, load, measured) in &mut running {
            let before = process.ticks()?;
            let (answered, took) = load.run(REQUESTS)?;
            let used = (process.ticks()? - before) as f64 * TICK;
            measured.per_second.push(answered as f64 / took.as_secs_f64());
            measured.micros.push(used * 1e6 / answered as f64);
        }
    }
    Ok(running.into_iter().map(|(contender, _, _, measured)| (contender, measured)).collect())
}
