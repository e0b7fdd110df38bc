use actix_web::{HttpResponse, Result, web};

use actix_files::Files;

fn here() -> Files {
    Files::new("/static", ".") //~ directory_listing
}

fn root() -> Files {
    Files::new("/all", "/") //~ directory_listing
}

fn listed() -> Files {
    Files::new("/static", "./static").show_files_listing() //~ directory_listing
}
