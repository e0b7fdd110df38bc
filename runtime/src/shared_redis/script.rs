//! Scripts for logins and sessions: each is one step on one key.

use redis::{Cmd, FromRedisValue, RedisError, Script};

use super::LoginConnection;

/// Runs a script on a key; `arguments` adds to the command. If the server does not have the script,
/// it is sent first.
///
/// The library's own function asserts that the reply to the load is the digest, and panics if it is
/// not.
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
