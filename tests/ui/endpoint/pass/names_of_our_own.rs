use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[validate(length(max = 8))]
    word: String,
}

#[get("/report")]
#[public]
#[validated]
async fn report(filter: Query<Filter>) -> String {
    filter.into_inner().word
}

#[get("/route/{id}")]
#[public]
#[validated]
async fn route(id: Path<u32>) -> String {
    id.to_string()
}

#[get("/policy")]
#[public]
async fn policy() -> &'static str {
    "ok"
}

#[get("/app")]
#[public]
async fn app() -> &'static str {
    "ok"
}

#[authenticated]
async fn request() -> &'static str {
    "ok"
}

#[authenticated]
async fn payload(who: Principal) -> String {
    who.subject().to_owned()
}

fn main() {
    let _ = endpoints![report, route, policy, app];
    let _ = [actix_web::web::get().to(request), actix_web::web::get().to(payload)];
}
