use palisade::prelude::*;

#[get("/admin")]
#[require_scope("admin")]
async fn guarded() -> &'static str {
    "guarded"
}

fn main() {
    let route: actix_web::Route = <guarded as palisade::Endpoint>::mounted().put_on(actix_web::web::route());
    let _ = route;
}
