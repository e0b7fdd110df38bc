use palisade::prelude::*;

#[get("/admin")]
#[require_scope("admin")]
async fn guarded() -> &'static str {
    "guarded"
}

struct Bare;

impl palisade::Endpoint for Bare {
    fn mounted() -> palisade::__private::Mounted {
        actix_web::web::get().to(|| async { "unguarded" })
    }
}

fn main() {
    let _ = endpoints![guarded, Bare];
}
