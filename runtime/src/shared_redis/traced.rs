//! The span of a command, in a sampled request.

use redis::{Arg, Cmd, Pipeline, RedisError};

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
    within(|| operation(command), run).await
}

/// Runs the commands of a pipeline within one span, as the semantic conventions have it.
pub(super) async fn traced_pipeline<T>(
    pipeline: &Pipeline,
    run: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, RedisError> {
    let operation = if pipeline.is_transaction() { "MULTI" } else { "PIPELINE" };
    within(|| Some(operation), run).await
}

async fn within<T>(
    operation: impl FnOnce() -> Option<&'static str>,
    run: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, RedisError> {
    let span = DatabaseSpan::begin(|| Running {
        system: "redis",
        operation: operation(),
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

#[cfg(all(test, feature = "otel"))]
mod span_tests {
    use redis::Value;

    use crate::{
        Redis,
        shared_redis::{LoginConnection, permissions::Feature},
        spans::tests::spans_of,
        test_redis::RedisServer,
    };

    #[test]
    fn a_pipeline_has_one_span_as_a_command_has() {
        let Some(server) = RedisServer::launch() else { return };
        let redis = Redis::new(&server.url().as_str().into(), "shop").unwrap();
        let spans = spans_of(async {
            let mut connection =
                LoginConnection::open(&redis, Feature::Sessions).await.map_err(drop).unwrap();
            let mut pipeline = redis::pipe();
            pipeline.cmd("SET").arg("shop:a").arg("a-value").cmd("GET").arg("shop:a");
            let _answers: Vec<Value> = pipeline.query_async(&mut connection).await.unwrap();
            let _answers: Vec<Value> =
                pipeline.atomic().query_async(&mut connection).await.unwrap();
            let _answer: Value =
                redis::cmd("GET").arg("shop:a").query_async(&mut connection).await.unwrap();
        });
        let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
        let last = names.get(names.len().saturating_sub(3)..).unwrap();
        assert_eq!(last, ["PIPELINE", "MULTI", "GET"], "{names:?}");
        assert!(!format!("{spans:?}").contains("a-value"), "{spans:?}");
    }
}
