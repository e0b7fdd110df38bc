use palisade::prelude::*;

#[get("/route/{id}")]
#[public]
#[validated]
async fn route(id: Path<u32>) -> String {
    id.to_string()
}

#[get("/policy")]
#[public]
async fn policy() {}

#[get("/app")]
#[public]
async fn app() {}

#[authenticated]
async fn request() {}

#[authenticated]
async fn payload(_who: Principal) {}

fn main() {
    let _ = endpoints![route, policy, app];
    let _ = [actix_web::web::get().to(request), actix_web::web::get().to(payload)];
}
