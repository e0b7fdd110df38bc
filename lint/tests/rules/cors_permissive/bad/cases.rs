use actix_web::{HttpResponse, Result, web};

use actix_cors::Cors;

fn permissive() -> Cors {
    Cors::permissive() //~ cors_permissive
}

fn with_credentials() -> Cors {
    Cors::default().allow_any_origin().supports_credentials() //~ cors_permissive cors_permissive
}

fn the_other_way_round() -> Cors {
    Cors::default()
        .supports_credentials()
        .allow_any_origin() //~ cors_permissive
}
