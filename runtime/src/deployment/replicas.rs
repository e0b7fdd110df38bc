//! How many instances there are, as far as the machine shows it.

use std::env;

use palisade_policy::deploy::Replicas;

/// A StatefulSet of Kubernetes calls its pods `name-0`, `name-1`: the one with the number 2 has two
/// others beside it. Pods of a Deployment have a random suffix, and their number is unknown.
pub(crate) fn of_stateful_set() -> Option<Replicas> {
    env::var_os("KUBERNETES_SERVICE_HOST")?;
    of_host_name(&env::var("HOSTNAME").ok()?)
}

fn of_host_name(name: &str) -> Option<Replicas> {
    let (set, ordinal) = name.rsplit_once('-')?;
    // The random endings of a Deployment have five characters, which may all be digits.
    let is_ordinal = (1..=3).contains(&ordinal.len())
        && ordinal.bytes().all(|byte| byte.is_ascii_digit())
        && (ordinal == "0" || !ordinal.starts_with('0'));
    let ordinal: u32 = ordinal.parse().ok().filter(|_| is_ordinal && !set.is_empty())?;
    Some(Replicas {
        count: ordinal.saturating_add(1),
        told_by: format!("the host name {name}, as a StatefulSet gives it"),
        is_certain: false,
    })
}

#[cfg(test)]
mod tests {
    use super::of_host_name;

    #[test]
    fn the_number_of_a_pod_says_how_many_there_are_at_least() {
        for (name, count) in [("shop-0", 1), ("shop-2", 3), ("a-b-11", 12)] {
            assert_eq!(of_host_name(name).map(|replicas| replicas.count), Some(count), "{name}");
        }
        for name in
            ["shop", "shop-7d9f8b6c5d-24567", "shop-7d9f8b6c5d-x2k4q", "-1", "shop-01", "a-"]
        {
            assert!(of_host_name(name).is_none(), "{name}");
        }
    }
}
