//! Scripts of log-ins and sessions: one step on one key.

use redis::{Cmd, FromRedisValue, RedisError, Script};

use super::LoginConnection;

/// Runs a script on a key, with what `arguments` adds to the command. A server that does not know it
/// is given it first.
///
/// The library's own way asserts that the server answers the load with the digest, and panics where
/// it answers something else.
pub(crate) async fn run_script<T: FromRedisValue>(
    connection: &mut LoginConnection,
    text: &str,
    key: &str,
    arguments: impl FnOnce(&mut Cmd),
) -> Result<T, RedisError> {
    let mut run = redis::cmd("EVALSHA");
    run.arg(Script::new(text).get_hash()).arg(1).arg(key);
    arguments(&mut run);
    match run.query_async(connection).await {
        Err(error) if error.code() == Some("NOSCRIPT") => {
            let mut load = redis::cmd("SCRIPT");
            load.arg("LOAD").arg(text);
            let _digest: redis::Value = load.query_async(connection).await?;
            run.query_async(connection).await
        }
        answered => answered,
    }
}
