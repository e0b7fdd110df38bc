//! The deployment itself.

use crate::{
    service::Builder,
    settings::setting::{Setting, Stage},
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_SILENCE",
        "ids of deploy checks, each with a reason: `id: reason; id: reason`",
        "",
        "the deploy checks that do not apply to this service",
        |stage, value| stage.set(|b| b.silence_by_environment(value)),
    ),
    Setting::new(
        "PALISADE_REPLICAS",
        "a number of instances",
        "",
        "the number of instances of the service, for the deploy checks",
        |stage, value| {
            let write = "how many instances of the service there are";
            stage.parse(value, value.parse(), write, Builder::replicas);
        },
    ),
    Setting::new(
        "PALISADE_ERRORS",
        "plain or detailed",
        "plain",
        "whether clients see the causes of errors, in development only",
        |stage, value| match value {
            "detailed" => stage.set(Builder::detailed_errors),
            "plain" => {}
            _ => stage.refuse(format!("is {value:?}: write plain, or detailed for development")),
        },
    ),
    Setting::new(
        "PALISADE_USER",
        "user or user:group",
        "",
        "the user that the process changes to after binding its sockets",
        |stage, value| stage.set(|b| b.run_as(value)),
    ),
    Setting::new("PALISADE_UMASK", "an octal mask: 0077", "", "the umask of the process", umask),
    Setting::new(
        "PALISADE_DANGEROUS_CORE_DUMPS",
        "a reason",
        "",
        "why the service may write core dumps in production",
        |stage, value| stage.set(|b| b.dangerous_core_dumps(value)),
    ),
];

fn umask(stage: &mut Stage, value: &str) {
    let parsed = u32::from_str_radix(value, 8);
    stage.parse(value, parsed, "an octal mask like 0077", Builder::umask);
}
