//! Sessions for services that browsers use: who logged in, by a cookie.
//!
//! 1. The cookie is a [`HostCookie`](crate::HostCookie) and holds 256 random bits. What they stand
//!    for is kept on the server, under their digest: who reads the store cannot log in with it.
//! 2. There is no session before a log-in, so nobody can fix its id beforehand, and visitors fill no
//!    memory. Each log-in has a new id, and ends the session that the browser had (CWE-384).
//! 3. A session ends when nobody used it for a while, at the latest after its lifetime, and at
//!    once by [`Session::end`] or, with all others of its subject, by [`Session::end_everywhere`], or
//!    when its principal is revoked ([`Revocations`](crate::auth::Revocations)). All of that is
//!    decided here, not by the cookie's age (CWE-613), and for every way to a session alike.
//! 4. A session is one more [`Authenticator`](crate::auth::Authenticator): `#[authenticated]`,
//!    `#[require_scope(..)]` and limits by subject hold for it as for tokens, in the same order, and
//!    `#[credentials(session)]` names it. A request with a session and a token is refused.
//! 5. Browsers send cookies by themselves, so an endpoint that takes sessions cannot be opened to
//!    requests from other sites: with `#[cross_site(allow)]` the service does not start (CWE-352).
//! 6. A store that does not answer is 503, never a pass and never a log-out. A log-out that the
//!    store did not confirm holds in this instance at once, and is completed in the background.
//! 7. What a session keeps is written by [`Session::keep`] and [`Session::update`] alone, and
//!    compared with what the request read. A request that only looks writes none of it.
//!
//! Why not `actix-session`: its middleware gives state to every visitor, before and beside the
//! order of the guards, and its stores keep ids as they stand in the cookie. Its idea of a store
//! behind a trait is here as [`SessionStore`].

mod ending;
mod id;
mod memory;
#[cfg(test)]
mod order_tests;
#[cfg(feature = "redis")]
mod redis;
#[expect(clippy::module_inception, reason = "the argument is what the module is about")]
mod session;
mod sessions;
mod store;

#[cfg(feature = "redis")]
pub use self::redis::RedisSessionStore;
pub use memory::MemorySessionStore;
pub use session::Session;
pub use sessions::Sessions;
pub use store::{SessionRecord, SessionStore, Updated};
