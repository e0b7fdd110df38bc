//! Real clients, direct and through proxies: each signs up, logs in, writes, searches, uploads, downloads, is
//! refused, and posts hundreds of times without losing one.
//!
//! The programs are in `tests/clients`. Each client that is not installed is skipped by its name.

mod build;
mod call;
mod client;
mod curl;
mod errand;
mod program;
mod reqwest;
mod service;
mod way;

use palisade_tests::reverse_proxy::Kind as ProxyKind;

/// A module with a test for each client.
macro_rules! matrix {
    ($way:ident: $through:expr, $jdk:literal) => {
        mod $way {
            use super::{client::Kind, errand, way::Way};

            #[test]
            fn aiohttp() {
                errand::run(Kind::Aiohttp, $through, 500);
            }

            #[test]
            fn axios() {
                errand::run(Kind::Axios, $through, 500);
            }

            #[test]
            fn curl() {
                errand::run(Kind::Curl, $through, 500);
            }

            #[test]
            fn fetch() {
                errand::run(Kind::Fetch, $through, 500);
            }

            #[test]
            fn go() {
                errand::run(Kind::Go, $through, 500);
            }

            #[test]
            fn got() {
                errand::run(Kind::Got, $through, 500);
            }

            #[test]
            fn httpx() {
                errand::run(Kind::Httpx, $through, 500);
            }

            #[test]
            fn jdk() {
                errand::run(Kind::Jdk, $through, $jdk);
            }

            #[test]
            fn lwp() {
                errand::run(Kind::Lwp, $through, 500);
            }

            #[test]
            fn requests() {
                errand::run(Kind::Requests, $through, 500);
            }

            #[test]
            fn reqwest() {
                errand::run(Kind::Reqwest, $through, 500);
            }

            #[test]
            fn undici() {
                errand::run(Kind::Undici, $through, 500);
            }
        }
    };
}

// Its client offers HTTP/2 with its requests, which lost some of them where the offer was mistaken for the end of a
// connection.
matrix!(direct: Way::Direct, 2000);
matrix!(nginx: Way::Through(super::ProxyKind::Nginx), 500);
matrix!(haproxy: Way::Through(super::ProxyKind::HaProxy), 500);
matrix!(caddy: Way::Through(super::ProxyKind::Caddy), 500);

#[test]
fn no_post_is_lost_beside_offers_of_http_2_through_nginx() {
    errand::beside(client::Kind::Jdk, way::Way::Through(ProxyKind::Nginx));
}

#[test]
fn no_post_is_lost_beside_offers_of_http_2_through_haproxy() {
    errand::beside(client::Kind::Jdk, way::Way::Through(ProxyKind::HaProxy));
}

#[test]
fn no_post_is_lost_beside_offers_of_http_2_through_caddy() {
    errand::beside(client::Kind::Jdk, way::Way::Through(ProxyKind::Caddy));
}
