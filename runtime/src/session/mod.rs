//! Sessions for services that browsers use: who logged in, by a cookie.
//!
//! 1. The cookie is a [`HostCookie`](crate::HostCookie) and holds 256 random bits. The session is
//!    stored on the server, under their digest: a reader of the store cannot log in with it.
//! 2. There is no session before a log-in, so an attacker cannot fix its id beforehand, and
//!    visitors fill no memory. Each log-in has a new id, and ends the session that the browser had
//!    (CWE-384).
//! 3. A session ends when it is idle for a while, at the latest after its lifetime, and at once by
//!    [`Session::end`] or, with all others of its subject, by [`Session::end_everywhere`], or when
//!    its principal is revoked ([`Revocations`](crate::auth::Revocations)). The server decides all
//!    of that, not the cookie's age (CWE-613), and in the same way wherever a session is used.
//! 4. A session is one more [`Authenticator`](crate::auth::Authenticator): `#[authenticated]`,
//!    `#[require_scope(..)]` and limits by subject apply to it as to tokens, in the same order, and
//!    `#[credentials(session)]` names it. A request with a session and a token is refused.
//! 5. Browsers send cookies by themselves, so an endpoint that takes sessions cannot be opened to
//!    requests from other sites: with `#[cross_site(allow)]` the service does not start (CWE-352).
//! 6. If the store does not answer, the request is answered 503; it never passes, and the
//!    session does not count as ended. A log-out that the store did not confirm applies in this instance at once, and is
//!    completed in the background.
//! 7. The data of a session is written by [`Session::keep`] and [`Session::update`] alone, and
//!    compared with what the request read. A request that only reads writes none of it.
//!
//! Why not `actix-session`: its middleware gives state to every visitor, before and beside the
//! order of the guards, and its stores keep ids as they are in the cookie. Its idea of a store
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
