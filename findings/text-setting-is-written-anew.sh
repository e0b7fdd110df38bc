#!/usr/bin/env bash
# config 0.15.27 (crate): a text that looks like a number is another text once a service has read it.
#
# `Environment::try_parsing(true)` lets numbers and switches come from the environment. Expected: a field of
# type `String` has the characters of the variable, since the type is known when it is read. Seen: the value
# becomes a number first, and the text is made of the number: leading zeros, the sign and digits beyond 53
# bits are lost, an exponent is multiplied out. An account number, a PIN, a key in digits and a version
# change, without an error. Without `try_parsing` they do not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "texts"
version = "0.0.0"
edition = "2024"
[dependencies]
config = { version = "=0.15.27", default-features = false }
TOML
cat > src/main.rs <<'RUST'
use config::{Config, Environment};

fn read(variable: Environment) -> Result<String, config::ConfigError> {
    Config::builder().add_source(variable).build()?.get_string("value")
}

fn main() {
    for text in ["00123", "+5", "1.10", "12345678901234567890123", "2e3", "0x10"] {
        let source = || Environment::default().source(Some([("VALUE".to_owned(), text.to_owned())].into()));
        println!("{text}: parsed {:?}, not parsed {:?}", read(source().try_parsing(true)), read(source()));
    }
}
RUST
seen=$(cargo run --quiet)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
00123: parsed Ok("123"), not parsed Ok("00123")
+5: parsed Ok("5"), not parsed Ok("+5")
1.10: parsed Ok("1.1"), not parsed Ok("1.10")
12345678901234567890123: parsed Ok("12345678901234568000000"), not parsed Ok("12345678901234567890123")
2e3: parsed Ok("2000"), not parsed Ok("2e3")
0x10: parsed Ok("0x10"), not parsed Ok("0x10")
EXPECTED
