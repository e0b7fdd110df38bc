//! Files that anybody may leave and fetch: a service to copy.
//!
//! `cargo run -p uploads` serves. Pictures and PDF documents are taken, by their content and not by
//! their name, and are given back as downloads.

mod file;
mod settings;

use std::io::IsTerminal as _;

use clap::Parser as _;
use palisade::prelude::*;
use tracing_subscriber::EnvFilter;

use crate::settings::Settings;

#[palisade::main]
async fn main() -> palisade::Exit {
    let settings = Settings::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(
            EnvFilter::builder()
                .with_default_directive(tracing::Level::INFO.into())
                .from_env_lossy(),
        )
        .init();
    Palisade::from_env()?
        .data(settings.store()?)
        .endpoints(endpoints![file::save_file, file::list_files, file::load_file])
        .serve()
        .await
}
