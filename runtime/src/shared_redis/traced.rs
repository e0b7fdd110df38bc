//! The span of a command, in a sampled request.

use redis::{Arg, Cmd, RedisError};

use crate::spans::{DatabaseSpan, Running};

/// The commands whose names are in spans. Their arguments are not.
const COMMANDS: [&str; 12] = [
    "DEL", "EVAL", "EVALSHA", "FCALL", "GET", "HGET", "HMGET", "HSET", "SET", "ZADD", "ZRANGE",
    "ZREM",
];

/// Runs a command in a span.
pub(super) async fn traced<T>(
    command: &Cmd,
    run: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, RedisError> {
    let span = DatabaseSpan::begin(|| Running {
        system: "redis",
        operation: operation(command),
        text: None,
        at: None,
    });
    let answer = run.await;
    // An error reply is a reply: for instance, that the script is not there yet.
    let is_away = answer.as_ref().is_err_and(RedisError::is_io_error);
    span.end(is_away.then_some("unavailable"));
    answer
}

fn operation(command: &Cmd) -> Option<&'static str> {
    let Some(Arg::Simple(name)) = command.args_iter().next() else { return None };
    COMMANDS.into_iter().find(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use redis::Cmd;

    use super::operation;

    #[test]
    fn commands_have_names_and_arguments_have_none() {
        let mut command = Cmd::new();
        command.arg("evalsha").arg("a-key");
        assert_eq!(operation(&command), Some("EVALSHA"));
        let mut command = Cmd::new();
        command.arg("a-key");
        assert_eq!(operation(&command), None);
    }
}
