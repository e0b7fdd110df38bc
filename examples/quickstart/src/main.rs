//! A small service over palisade: scopes, limits, validated input, items in one database file.
//!
//! `cargo run -p quickstart` serves, `cargo run -p quickstart -- token --scope items:write` prints
//! a token for it.

mod item;
mod key;
mod settings;
mod token;

use clap::Parser as _;
use palisade::{migrations, prelude::*, sql::Db};

use crate::settings::{Args, Command};

#[palisade::main]
async fn main() -> palisade::Exit {
    let args = Args::parse();
    // Logs go to the error stream: standard output carries the token, or nothing.
    let _log = palisade::log::init()?;
    match &args.command {
        None => serve(&args).await,
        Some(Command::Token(asked)) => token::print(&args, asked),
    }
}

async fn serve(args: &Args) -> palisade::Exit {
    // What the environment says goes first; the rest makes the service start without any of it.
    let palisade = Palisade::from_env()?
        .auth_keys_file(args.key_set()?)
        .auth_issuer(&args.issuer)
        .auth_audience(&args.audience);
    let db = Db::open_file(args.data.join("quickstart.sqlite")).await?;
    db.migrate(migrations!()).await?;
    palisade
        .data(db)
        .endpoints(endpoints![item::ping, item::create_item, item::list_items])
        .serve()
        .await
}
