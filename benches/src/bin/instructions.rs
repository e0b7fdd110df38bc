//! Instructions per request, by callgrind: the difference of two runs that differ in the number
//! of requests only, so that start and end cancel out.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

use std::{env, fs, io, path::Path};

use palisade_benches::{
    contender::Contender,
    load::{Load, Target},
    process::Running,
};

const FEW: u64 = 2_000;
const MANY: u64 = 22_000;

fn main() -> io::Result<()> {
    let folder = env::temp_dir().join(format!("palisade-callgrind-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    println!("| request | contender | instructions | of bare |");
    println!("|---|---|---|---|");
    for target in Target::ALL {
        let mut base = None;
        for contender in Contender::ALL {
            let few = count(contender, target, FEW, &folder)?;
            let many = count(contender, target, MANY, &folder)?;
            let each = many.saturating_sub(few) as f64 / (MANY - FEW) as f64;
            let of = each / *base.get_or_insert(each);
            println!("| {} | {} | {each:.0} | {of:.2} |", target.name(), contender.name());
        }
    }
    if env::var_os("KEEP").is_some() {
        println!("kept in {}", folder.display());
        return Ok(());
    }
    fs::remove_dir_all(folder)
}

fn count(contender: Contender, target: Target, requests: u64, folder: &Path) -> io::Result<u64> {
    let out = folder.join(format!("{}-{}-{requests}", contender.name(), target.name().len()));
    let wrapper = [
        "valgrind".to_owned(),
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    let process = Running::start(contender, &wrapper)?;
    Load::open(process.address(), target, 1)?.run(requests)?;
    process.stop()?;
    let text = fs::read_to_string(&out)?;
    let total = text.lines().rev().find_map(|line| line.strip_prefix("totals: "));
    let total = total.or_else(|| text.lines().find_map(|line| line.strip_prefix("summary: ")));
    let total = total.and_then(|total| total.trim().parse().ok());
    total.ok_or_else(|| io::Error::other(format!("no total in {}", out.display())))
}
