//! Tokens that must be refused, each made for one mistake that a verifier could make.
//!
//! Each of them is one mistake away from an access token of RFC 9068 that passes.
//!
//! Keys are generated anew in each run. [`Forge::jwk_set`] is what the service under test is
//! configured with, so the same table serves a verifier called directly and a service on a socket.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "made for tests: what does not fit should stop them"
)]

mod claims;
mod forge;
mod form;
mod header;
mod profile;
mod signature;

pub use forge::{AUDIENCE, Forge, ISSUER, Kind, SUBJECT};

/// A token that must be refused.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// The mistake that it is made for.
    pub name: String,
    /// What follows `Bearer ` in the header.
    pub token: String,
    /// The status that RFC 6750 gives it.
    pub expect: u16,
    /// Refused by the profile of RFC 9068 alone: a plain JWT may look like this.
    pub is_plain: bool,
}

/// Every hostile token, for a service whose clock is near `now`.
pub fn table(forge: &Forge, now: u64) -> Vec<Hostile> {
    let stranger = Forge::generate();
    let mut table = Vec::new();
    form::add(&mut table, forge, now);
    header::add(&mut table, forge, &stranger, now);
    claims::add(&mut table, forge, now);
    profile::add(&mut table, forge, now);
    signature::add(&mut table, forge, &stranger, now);
    table
}

fn refuse(table: &mut Vec<Hostile>, name: impl Into<String>, token: String, expect: u16) {
    table.push(Hostile { name: name.into(), token, expect, is_plain: false });
}

/// A valid plain JWT that is not an access token of RFC 9068.
fn refuse_plain(table: &mut Vec<Hostile>, name: impl Into<String>, token: String) {
    table.push(Hostile { name: name.into(), token, expect: 401, is_plain: true });
}
