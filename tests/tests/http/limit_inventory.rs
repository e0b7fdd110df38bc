//! What the command line says about limits without running anything, and what a service says that
//! runs: the same words.

use palisade_lint::{Diagnostics, Endpoint};
use syn::Item;

#[path = "../../ui/endpoint/pass/limits_of_every_kind.rs"]
#[expect(dead_code, unreachable_pub, reason = "a fixture is a program of its own")]
mod every_kind;

const SOURCE: &str = include_str!("../../ui/endpoint/pass/limits_of_every_kind.rs");

#[test]
fn every_kind_of_limit_is_shown_in_the_same_words() {
    let file = syn::parse_file(SOURCE).unwrap();
    let handler = file.items.iter().find_map(|item| {
        if let Item::Fn(handler) = item { Some(handler) } else { None }
            .filter(|h| h.sig.ident == "body")
    });
    let mut d = Diagnostics::new();
    let endpoint = Endpoint::from_item(handler.unwrap(), &mut d).unwrap();
    assert_eq!(d.check().map_err(|found| found.len()), Ok(()));

    let endpoints = palisade::Endpoints::new().with(every_kind::body);
    let policy = endpoints.policies().next().unwrap();
    let read: Vec<_> = endpoint.limits.iter().map(|one| format!("{}: {one}", one.name)).collect();
    let run: Vec<_> = policy.limits.iter().map(|one| format!("{}: {one}", one.name)).collect();
    assert_eq!(read, run);
    assert_eq!(
        run,
        [
            "uploads: 100 at once by global, track",
            "ip: 5/minute by ip, local, 3600s ban after 10 refusals in 600s",
            "subject-path: 10/minute by subject+path(team), burst 3, cost 2, shared",
            "subject-concurrent: 2 at once by subject",
            "client-bytes: 1048576 KiB/day by client, burst 65536 KiB, closed on outage",
            "function: 1000/minute by function(tenants::own), open on outage",
            "ip-body-body-body: 100/hour by ip+body(account.name)+body(type)+body(part)",
            "body: 100/hour by body(account.name), failures, track",
        ]
    );
    assert_eq!(policy.reasons[0].word, "rate_limit(outage)");
    assert_eq!(policy.reasons[0].reason, "costs little");
}
