//! Files that anyone may upload and download: a service to copy.
//!
//! `cargo run -p uploads` serves. Pictures and PDF documents are taken, by their content and not by
//! their name, and are given back as downloads.

mod file;
mod settings;

use palisade::{Endpoints, prelude::*};

use crate::settings::Settings;

/// The endpoints, for the service and for its OpenAPI document.
fn endpoints() -> Endpoints {
    endpoints![file::save_file, file::list_files, file::load_file]
}

#[palisade::main(openapi = endpoints)]
async fn main() -> palisade::Exit {
    let _log = palisade::log::init()?;
    let (settings, palisade) = Palisade::from_settings::<Settings>()?;
    palisade.data(settings.store()?).endpoints(endpoints()).openapi().serve().await
}
