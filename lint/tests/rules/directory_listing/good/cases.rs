use actix_web::{HttpResponse, Result, web};

use actix_files::Files;

fn folder() -> Files {
    Files::new("/static", "./static")
}

// trap: the root of the site is not the root of the disk
fn index() -> Files {
    Files::new("/", "./public").index_file("index.html")
}

fn configured(settings: &Settings) -> Files {
    Files::new("/static", &settings.public)
}
