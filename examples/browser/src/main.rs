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

use clap::Parser as _;
use palisade::{
    Failure, Redis, SameSite,
    password::{PasswordCost, PasswordHasher},
    prelude::*,
    session::{RedisSessionStore, Sessions},
};

use crate::{book::Book, login::Admin, settings::Settings};

#[palisade::main]
async fn main() -> palisade::Exit {
    let settings = Settings::parse();
    let _log = palisade::log::init()?;
    serve(&settings).await
}

async fn serve(settings: &Settings) -> palisade::Exit {
    let palisade = Palisade::from_env()?;
    let sessions = sessions(palisade.redis()).await?;
    let book = Book::open(settings.database().await?).await;
    let book = book.map_err(|error| Failure::new(format!("the database: {error}")))?;
    let passwords = PasswordHasher::new(PasswordCost::default())?;
    let admin = Admin::new(settings.admin_password()?, &passwords).await?;
    palisade
        .sessions(sessions)
        .data(book)
        .data(passwords)
        .data(admin)
        .endpoints(endpoints![
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
        ])
        .serve()
        .await
}

/// Sessions of this process, or in Redis, where they outlive it.
async fn sessions(redis: Option<&Redis>) -> Result<Sessions, Failure> {
    let sessions = match redis {
        Some(redis) => Sessions::kept_in(RedisSessionStore::connect(redis, "browser").await?),
        None => Sessions::in_memory(),
    };
    // The cookie is an administrator's alone: no link of another site has a use for it.
    Ok(sessions.same_site(SameSite::Strict).login_page("/login"))
}
