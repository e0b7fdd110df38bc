//! The required permissions of a Redis user, and how they are checked.
//!
//! The server reports that a command was refused, often without its name, and for a script without
//! the line. So each command is tried separately, on keys of its own.

use std::fmt;

use redis::{Cmd, RedisError};

use super::{Connection, Redis};

/// The data in Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Limits,
    Revocations,
    RefreshTokens,
    Sessions,
}

/// A command that a feature needs, with arguments that change no data.
#[derive(Clone, Debug)]
struct Need(Vec<String>);

/// Why a server is unusable.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The user lacks the permission for this command.
    Permission { feature: Feature, command: String, rule: String },
    /// Anything else.
    Failed(RedisError),
}

impl Feature {
    /// The commands of the feature, including those in its scripts, with their names in access
    /// rules.
    const fn commands(self) -> &'static [&'static str] {
        match self {
            Self::Limits => &["eval", "evalsha", "time", "mget", "get", "set", "del"],
            Self::Revocations => &["xadd", "xread", "xrange", "pexpire"],
            Self::RefreshTokens => &[
                "evalsha",
                "script|load",
                "time",
                "ttl",
                "expireat",
                "hset",
                "hget",
                "zadd",
                "zcard",
                "zrange",
                "zrem",
                "del",
            ],
            Self::Sessions => &[
                "evalsha",
                "script|load",
                "time",
                "ttl",
                "expireat",
                "hset",
                "hget",
                "hmget",
                "hincrby",
                "zadd",
                "zcard",
                "zrange",
                "zrem",
                "del",
            ],
        }
    }

    /// The arguments for `ACL SETUSER` that permit all of them.
    fn rule(self, prefix: &str) -> String {
        let mut rule = format!("~{prefix}:*");
        for command in self.commands() {
            rule.push_str(" +");
            rule.push_str(command);
        }
        rule
    }

    /// Each command once. For `EVALSHA` the server may not have the script.
    fn needs(self, redis: &Redis) -> Vec<Need> {
        // One slot of a cluster, and one key for each type.
        let key = |kind: &str| format!("{}:{{probe}}:{kind}", redis.prefix());
        let soon = crate::clock::Moment::now().unix_seconds().saturating_add(60).to_string();
        let (text, hash, set, stream) = (key("text"), key("hash"), key("set"), key("stream"));
        let script = redis::Script::new(SCRIPT);
        let need = |words: &[&str]| Need(words.iter().map(|&word| word.to_owned()).collect());
        let mut needs = Vec::new();
        for command in self.commands() {
            match *command {
                "eval" => needs.push(need(&["EVAL", SCRIPT, "1", &text])),
                "evalsha" => {
                    // The server may not have it.
                    needs.push(need(&["EVALSHA", script.get_hash(), "1", &text]));
                }
                "script|load" => needs.push(need(&["SCRIPT", "LOAD", SCRIPT])),
                "time" => needs.push(need(&["TIME"])),
                "mget" => needs.push(need(&["MGET", &text])),
                "get" => needs.push(need(&["GET", &text])),
                "set" => needs.push(need(&["SET", &text, "1", "EX", "60"])),
                "ttl" => needs.push(need(&["TTL", &text])),
                "hset" => needs.push(need(&["HSET", &hash, "field", "1"])),
                "hget" => needs.push(need(&["HGET", &hash, "field"])),
                "hmget" => needs.push(need(&["HMGET", &hash, "field"])),
                "hincrby" => needs.push(need(&["HINCRBY", &hash, "count", "1"])),
                "zadd" => needs.push(need(&["ZADD", &set, "1", "member"])),
                "zcard" => needs.push(need(&["ZCARD", &set])),
                "zrange" => needs.push(need(&["ZRANGE", &set, "0", "-1"])),
                "zrem" => needs.push(need(&["ZREM", &set, "member"])),
                "expireat" => {
                    needs.extend([&text, &hash, &set].map(|key| need(&["EXPIREAT", key, &soon])));
                }
                "del" => {
                    needs.extend([&text, &hash, &set].map(|key| need(&["DEL", key])));
                }
                "xadd" => {
                    needs.push(need(&["XADD", &stream, "MINID", "~", "0", "*", "probe", "1"]));
                }
                "xread" => needs.push(need(&["XREAD", "COUNT", "1", "STREAMS", &stream, "0-0"])),
                "xrange" => needs.push(need(&["XRANGE", &stream, "-", "+", "COUNT", "1"])),
                "pexpire" => needs.push(need(&["PEXPIRE", &stream, "1000"])),
                _ => {}
            }
        }
        needs.sort_by_key(Need::cleans_up);
        needs
    }
}

/// It has no effect; its key selects the node that runs it.
const SCRIPT: &str = "return 1";

/// Tries each command, and returns the first that is not permitted.
pub(crate) async fn try_each(
    connection: &mut Connection,
    redis: &Redis,
    feature: Feature,
) -> Result<(), Refused> {
    try_all(connection, redis, feature, |_| true).await
}

/// The same for all but the scripts, if those of the feature have run already.
pub(crate) async fn try_plain(
    connection: &mut Connection,
    redis: &Redis,
    feature: Feature,
) -> Result<(), Refused> {
    try_all(connection, redis, feature, |word| !matches!(word, "EVAL" | "EVALSHA")).await
}

async fn try_all(
    connection: &mut Connection,
    redis: &Redis,
    feature: Feature,
    is_tried: impl Fn(&str) -> bool,
) -> Result<(), Refused> {
    let needs = feature.needs(redis);
    let mut refused = None;
    for need in needs.iter().filter(|need| need.0.first().is_some_and(|word| is_tried(word))) {
        if refused.is_some() && need.cleans_up() == 0 {
            continue;
        }
        let mut command = Cmd::new();
        for word in &need.0 {
            command.arg(word);
        }
        match connection.run(&command).await {
            Err(error) if error.code() == Some("NOPERM") => {
                let name = need.0.iter().take(1 + usize::from(need.is_of_two_words()));
                // The keys of earlier commands are removed nevertheless.
                refused.get_or_insert(Refused::Permission {
                    feature,
                    command: name.cloned().collect::<Vec<_>>().join(" "),
                    rule: feature.rule(redis.prefix()),
                });
            }
            // If the script is unknown, the permission exists.
            Err(error) if error.code() == Some("NOSCRIPT") => {}
            Err(error) => return Err(Refused::Failed(error)),
            Ok(_) => {}
        }
    }
    refused.map_or(Ok(()), Err)
}

impl Need {
    /// The test keys must not remain: each gets an expiry, and is then removed. One of the two is
    /// sufficient if the other is not permitted.
    fn cleans_up(&self) -> u8 {
        match self.0.first().map(String::as_str) {
            Some("EXPIREAT") => 1,
            Some("DEL") => 2,
            Some(_) | None => 0,
        }
    }

    fn is_of_two_words(&self) -> bool {
        self.0.first().is_some_and(|word| word == "SCRIPT")
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Limits => "limits",
            Self::Revocations => "revocations",
            Self::RefreshTokens => "refresh tokens",
            Self::Sessions => "sessions",
        })
    }
}

/// Contains the command and the rule; for other failures their kind, since the server's message may
/// repeat what was sent to it.
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permission { feature, command, rule } => write!(
                f,
                "the user of Redis lacks the permission for {command}, which {feature} need: \
                 ACL SETUSER <user> {rule}"
            ),
            Self::Failed(error) => match error.code() {
                Some(code) => write!(f, "Redis refused a command with {code}"),
                None if error.is_timeout() => f.write_str("Redis did not answer in time"),
                None => f.write_str("Redis cannot be reached"),
            },
        }
    }
}

#[cfg(test)]
mod tests;
