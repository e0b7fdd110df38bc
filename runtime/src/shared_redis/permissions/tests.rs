//! With a real server.

use super::{Feature, Refused, try_each};
use crate::{Redis, test_redis::RedisServer};

const DOCUMENTED: &str = include_str!("../../../../docs/limits.md");
const FEATURES: [Feature; 4] =
    [Feature::Limits, Feature::Revocations, Feature::RefreshTokens, Feature::Sessions];

/// The result for a user with these rules.
fn tried(server: &RedisServer, line: &str, feature: Feature) -> Result<(), Refused> {
    let redis = Redis::new(&server.user(line).into(), "shop").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = redis.servers().connect().await.map_err(Refused::Failed)?;
        try_each(&mut connection, &redis, feature).await
    })
}

#[test]
fn the_documented_rule_is_enough_and_each_word_of_it_is_needed() {
    let Some(server) = RedisServer::launch() else { return };
    let line = DOCUMENTED.lines().find(|line| line.starts_with("ACL SETUSER shop ")).unwrap();
    for feature in FEATURES {
        tried(&server, line, feature).unwrap();
        for command in feature.commands() {
            let fewer: Vec<&str> =
                line.split(' ').filter(|word| word.strip_prefix('+') != Some(*command)).collect();
            assert_eq!(fewer.len() + 1, line.split(' ').count(), "{command} is documented");
            let refused = tried(&server, &fewer.join(" "), feature).unwrap_err().to_string();
            let named = command.replace('|', " ").to_uppercase();
            let says = format!("the permission for {named}, which {feature} need");
            assert!(refused.contains(&says), "{command}: {refused}");
            assert!(refused.contains(&format!("+{command}")), "{refused}");
        }
        let other_keys = line.replace("~shop:*", "~shop2:*");
        let refused = tried(&server, &other_keys, feature).unwrap_err().to_string();
        assert!(refused.contains("~shop:*"), "{refused}");
    }
    let wanted = FEATURES.iter().flat_map(|feature| feature.commands());
    let wanted: std::collections::BTreeSet<&str> = wanted.copied().collect();
    let granted = line.split(' ').filter_map(|word| word.strip_prefix('+'));
    let granted: std::collections::BTreeSet<&str> = granted.collect();
    assert_eq!(granted, wanted, "nothing is granted that no feature needs");
    // No test key remains.
    for key in server.keys() {
        assert_ne!(server.command(&["PTTL", &key]), "-1", "{key}");
    }
}

#[test]
fn what_is_no_lack_of_a_permission_is_not_called_one() {
    let Some(server) = RedisServer::launch() else { return };
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let redis = Redis::new(&server.url().into(), "shop").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for feature in FEATURES {
        let refused = runtime.block_on(async {
            let mut connection = redis.servers().connect().await.map_err(Refused::Failed)?;
            try_each(&mut connection, &redis, feature).await
        });
        let said = refused.unwrap_err().to_string();
        assert_eq!(said, "Redis refused a command with OOM");
    }
}
