#!/usr/bin/env bash
# config 0.15.27 (crate) with serde 1.0.229: a fraction in a TOML file fills an integer, rounded.
#
# Expected: an error, as serde's own deserializer of TOML (crate toml) gives for `3.5` into a `u32`, and as
# config itself gives for `-3`. Seen: `0.4` is 0, `3.5` is 4, `inf` is the largest `u64`, `nan` is 0, and for a
# `bool` each number but 0 is `true`. A time-out of half a second written into a field of seconds is none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "fractions"
version = "0.0.0"
edition = "2024"
[dependencies]
config = { version = "=0.15.27", default-features = false, features = ["toml"] }
serde = { version = "=1.0.229", features = ["derive"] }
toml = "=1.2.0"
TOML
cat > src/main.rs <<'RUST'
use config::{Config, File, FileFormat};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Seconds {
    wait: u64,
}

#[derive(Debug, Deserialize)]
struct Switch {
    wait: bool,
}

fn main() {
    for text in ["wait = 0.4", "wait = 3.5", "wait = inf", "wait = nan", "wait = -3"] {
        let read = Config::builder().add_source(File::from_str(text, FileFormat::Toml)).build().unwrap();
        let seconds = read.clone().try_deserialize().map(|read: Seconds| read.wait);
        let switch = read.try_deserialize().map(|read: Switch| read.wait);
        let own = toml::from_str(text).map(|read: Seconds| read.wait);
        println!(
            "{text}: u64 {:?}, bool {:?}; toml itself: {:?}",
            seconds.map_err(|_| "error"),
            switch.map_err(|_| "error"),
            own.map_err(|_| "error")
        );
    }
}
RUST
seen=$(cargo run --quiet)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
wait = 0.4: u64 Ok(0), bool Ok(true); toml itself: Err("error")
wait = 3.5: u64 Ok(4), bool Ok(true); toml itself: Err("error")
wait = inf: u64 Ok(18446744073709551615), bool Ok(true); toml itself: Err("error")
wait = nan: u64 Ok(0), bool Ok(true); toml itself: Err("error")
wait = -3: u64 Err("error"), bool Ok(true); toml itself: Err("error")
EXPECTED
