#!/usr/bin/env bash
# The crate redis 1.8.1 with a Redis server (7.0 from Debian): a multiplexed connection with default
# settings has a response time-out of 500 ms, for blocking commands too.
#
# Expected: `XREAD BLOCK 1500` waits 1.5 s and answers nil. Seen: it ends with a time-out after half a
# second. The server still waits for it, so the next command on the same connection is not answered
# within 500 ms either; once the server is done, the connection works again. A connection that
# follows a stream needs `AsyncConnectionConfig::set_response_timeout` above its BLOCK.
set -euo pipefail
command -v redis-server > /dev/null || { echo "SKIPPED: redis-server is missing (Debian: redis-server)"; exit 0; }
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "blocking"
version = "0.0.0"
edition = "2024"
[dependencies]
redis = { version = "=1.8.1", default-features = false, features = ["tokio-comp"] }
tokio = { version = "1", features = ["macros", "rt", "time"] }
TOML
cat > src/main.rs <<'RUST'
use std::time::{Duration, Instant};

use redis::{RedisResult, Value, aio::MultiplexedConnection, cmd};

async fn ask(connection: &mut MultiplexedConnection, words: &str) {
    let mut parts = words.split(' ');
    let mut command = cmd(parts.next().unwrap_or_default());
    parts.for_each(|part| {
        command.arg(part);
    });
    let began = Instant::now();
    let answer: RedisResult<Value> = command.query_async(connection).await;
    let outcome = match answer {
        Ok(value) => format!("{value:?}"),
        Err(error) if error.is_timeout() => "time-out".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    };
    let half_seconds = (began.elapsed().as_millis() + 250) / 500;
    println!("{words}: {outcome} after {half_seconds} half seconds");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> RedisResult<()> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let client = redis::Client::open(url)?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    ask(&mut connection, "XREAD BLOCK 1500 STREAMS s $").await;
    ask(&mut connection, "PING").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    ask(&mut connection, "PING").await;
    Ok(())
}
RUST
cargo build --quiet
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis-server --port "$port" --bind 127.0.0.1 --save "" > redis.log &
server=$!
for _ in $(seq 50); do redis-cli -p "$port" ping > /dev/null 2>&1 && break; sleep 0.1; done
seen=$(cargo run --quiet -- "redis://127.0.0.1:$port")
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
XREAD BLOCK 1500 STREAMS s $: time-out after 1 half seconds
PING: time-out after 1 half seconds
PING: simple-string("PONG") after 0 half seconds
EXPECTED
