//! Where a service is, and who is in front of it.

use crate::{
    ForwardedField,
    service::{Builder, Environment, Need},
    settings::setting::Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_ENV",
        "production or development",
        "production if there is evidence of it",
        "the environment in which the service runs",
        |stage, value| match value {
            "production" => stage.set(|b| b.environment(Environment::Production)),
            "development" => stage.set(|b| b.environment(Environment::Development)),
            _ => stage.refuse(format!("is {value:?}: write production or development")),
        },
    ),
    Setting::new(
        "PALISADE_BIND",
        "address:port, unix: and the path of a Unix socket, systemd, or fd:// and the name of a socket that was handed over",
        "127.0.0.1:8080",
        "the address that the service listens on",
        |stage, value| stage.set(|b| b.bind(value)),
    ),
    Setting::new(
        "PALISADE_SOCKET_MODE",
        "0600 or 0660",
        "0600",
        "the mode of the Unix socket: whether only its user may connect, or also its group",
        |stage, value| {
            match value {
            "0600" | "600" => stage.set(|b| b.socket_mode(0o600)),
            "0660" | "660" => stage.set(|b| b.socket_mode(0o660)),
            _ => stage.refuse(format!(
                "is {value:?}: write 0600, for the user of the service alone, or 0660, for the group of \
                 the socket too"
            )),
        }
        },
    ),
    Setting::new(
        "PALISADE_HOSTS",
        "hosts, separated by commas: api.example, *.api.example, addresses, networks",
        "",
        "the hosts that the service serves, in addition to that of the public origin",
        |stage, value| stage.each(value, Builder::host),
    ),
    Setting::new(
        "PALISADE_DANGEROUS_ANY_HOST",
        "a reason",
        "",
        "why the service serves every host",
        |stage, value| stage.set(|b| b.dangerous_any_host(value)),
    ),
    Setting::new(
        "PALISADE_PUBLIC_ORIGIN",
        "an origin: https://api.example",
        "",
        "the origin under which clients reach the service",
        |stage, value| stage.set(|b| b.public_origin(value)),
    ),
    Setting::new(
        "PALISADE_PUBLIC_PREFIX",
        "a path: /api",
        "",
        "the path prefix that a proxy strips from each request",
        |stage, value| stage.set(|b| b.public_prefix(value)),
    ),
    Setting::new(
        "PALISADE_TRUSTED_PROXIES",
        "networks, addresses or unix:, separated by commas",
        "",
        "the proxies whose forwarding fields are trusted",
        |stage, value| stage.each(value, Builder::trusted_proxy),
    ),
    Setting::new(
        "PALISADE_DANGEROUS_WIDE_PROXIES",
        "a reason",
        "",
        "why public networks of proxies may be larger than a /8 of IPv4 or a /16 of IPv6",
        |stage, value| stage.set(|b| b.dangerous_wide_proxies(value)),
    )
    .needs(Need::Proxies),
    Setting::new(
        "PALISADE_FORWARDED_FIELD",
        "x-forwarded-for or forwarded",
        "x-forwarded-for",
        "the forwarding field that the trusted proxies write",
        |stage, value| match value {
            "x-forwarded-for" => {
                stage.set(|b| b.forwarded_field(ForwardedField::XForwardedFor));
            }
            "forwarded" => stage.set(|b| b.forwarded_field(ForwardedField::Forwarded)),
            _ => stage.refuse(format!("is {value:?}: write x-forwarded-for or forwarded")),
        },
    )
    .needs(Need::Proxies),
    Setting::new(
        "PALISADE_BLOCKED_NETWORKS",
        "networks or addresses, separated by commas",
        "",
        "the networks whose requests are refused",
        |stage, value| stage.each(value, Builder::blocked_network),
    ),
];
