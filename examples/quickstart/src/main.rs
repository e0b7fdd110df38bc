//! A small service over palisade: scopes, limits, validated input, items in one database file.
//!
//! `cargo run -p quickstart` serves, `cargo run -p quickstart -- token --scope items:write` prints
//! a token for it.

mod item;
mod key;
mod settings;
mod token;

use std::env;

use clap::Parser as _;
use palisade::{migrations, prelude::*, sql::Db};

use crate::settings::{Settings, TokenArgs};

#[palisade::main]
async fn main() -> palisade::Exit {
    // Logs go to the error stream: standard output carries the token, or nothing.
    let _log = palisade::log::init()?;
    if env::args_os().nth(1).is_some_and(|word| word == "token") {
        return token::print(&TokenArgs::parse_from(env::args_os().skip(1)));
    }
    serve().await
}

async fn serve() -> palisade::Exit {
    let (settings, palisade) = Palisade::from_settings::<Settings>()?;
    let palisade = settings.complete(palisade)?;
    let db = Db::open_file(settings.data.join("quickstart.sqlite")).await;
    let db = db.map_err(|error| settings.data.refused(error))?;
    db.migrate(migrations!()).await?;
    palisade
        .data(db)
        .endpoints(endpoints![item::ping, item::create_item, item::list_items])
        .serve()
        .await
}
