//! Files that anybody may leave and fetch: a service to copy.
//!
//! `cargo run -p uploads` serves. Pictures and PDF documents are taken, by their content and not by
//! their name, and are given back as downloads.

mod file;
mod settings;

use clap::Parser as _;
use palisade::prelude::*;

use crate::settings::Settings;

#[palisade::main]
async fn main() -> palisade::Exit {
    let settings = Settings::parse();
    let _log = palisade::log::init()?;
    Palisade::from_env()?
        .data(settings.store()?)
        .endpoints(endpoints![file::save_file, file::list_files, file::load_file])
        .serve()
        .await
}
