#!/usr/bin/env bash
# serde_json 1.0.154 and serde 1.0.229: a JSON number beyond the range of `f32` becomes infinity.
#
# Expected: an error, as for integers (`300` into a `u8`) and for `f64` (`1e309`: "number out of
# range"). Seen: the number is read as an `f64` and cast, so `1e39` is `inf` in an `f32`, without an
# error; written again it is `null`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "infinite"
version = "0.0.0"
edition = "2024"
[dependencies]
serde = "=1.0.229"
serde_json = "=1.0.154"
TOML
cat > src/main.rs <<'RUST'
fn main() {
    println!("u8  300:   {:?}", serde_json::from_str::<u8>("300").map_err(|error| error.is_data()));
    println!("f64 1e309: {:?}", serde_json::from_str::<f64>("1e309").map_err(|error| error.is_syntax()));
    println!("f32 1e39:  {:?}", serde_json::from_str::<f32>("1e39").map_err(|error| error.is_data()));
    let read: f32 = serde_json::from_str("1e39").unwrap_or_default();
    println!("written:   {:?}", serde_json::to_string(&read).ok());
}
RUST
seen=$(cargo run --quiet)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
u8  300:   Err(true)
f64 1e309: Err(true)
f32 1e39:  Ok(inf)
written:   Some("null")
EXPECTED
