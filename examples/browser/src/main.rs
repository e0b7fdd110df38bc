//! A guest book for browsers: a service to copy.
//!
//! `cargo run -p browser` serves. Visitors write into the book and search it, with a script or
//! without; an administrator logs in and deletes.

mod admin;
mod book;
mod entry;
mod greeting;
mod home;
mod login;
mod settings;

use palisade::{
    Builder, Endpoints, Failure, SameSite,
    password::{PasswordCost, PasswordHasher},
    prelude::*,
    session::{RedisSessionStore, SessionStore, Sessions},
};

use crate::{book::Book, login::Admin, settings::Settings};

/// The endpoints, for the service and for its OpenAPI document.
fn endpoints() -> Endpoints {
    endpoints![
        home::home,
        home::icon,
        entry::add_entry,
        entry::list_entries,
        entry::count_entries,
        greeting::greet,
        login::login_page,
        login::log_in,
        login::log_out,
        admin::admin,
        admin::delete_entry,
    ]
}

#[palisade::main(openapi = endpoints)]
async fn main() -> palisade::Exit {
    let _log = palisade::log::init()?;
    let (settings, palisade) = Palisade::from_settings()?;
    serve(&settings, palisade).await
}

async fn serve(settings: &Settings, palisade: Builder) -> palisade::Exit {
    let shared = match palisade.redis() {
        Some(redis) => Some(RedisSessionStore::connect(redis, "browser").await?),
        None => None,
    };
    let book = Book::open(settings.database().await?).await;
    let book = book.map_err(|error| Failure::new(format!("the database: {error}")))?;
    let passwords = PasswordHasher::new(PasswordCost::default())?;
    let kept = shared.as_ref().map(|store| store as &dyn SessionStore);
    let admin = Admin::open(settings.admin_password()?, &passwords, &book, kept).await?;
    palisade
        .sessions(sessions(shared))
        .data(book)
        .data(passwords)
        .data(admin)
        .endpoints(endpoints())
        .openapi()
        .serve()
        .await
}

/// Sessions of this process, or in Redis, where they outlive it.
fn sessions(shared: Option<RedisSessionStore>) -> Sessions {
    let sessions = match shared {
        Some(store) => Sessions::kept_in(store),
        None => Sessions::in_memory(),
    };
    // The cookie is an administrator's alone: no link of another site has a use for it.
    sessions.same_site(SameSite::Strict).login_page("/login")
}
