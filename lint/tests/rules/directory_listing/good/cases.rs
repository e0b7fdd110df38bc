use actix_web::{HttpResponse, Result, web};

use actix_files::Files;

fn folder() -> Files {
    Files::new("/static", "./static")
}

fn index() -> Files {
    Files::new("/", "./public").index_file("index.html")
}

fn configured(settings: &Settings) -> Files {
    Files::new("/static", &settings.public)
}
