use palisade::prelude::*;

mod guards {
    pub mod __private {
        pub use palisade::__private::*;
        pub type Mounted = actix_web::Route;
    }
}

#[get("/admin", crate = guards)]
#[require_scope("admin")]
async fn admin() -> &'static str {
    "guarded"
}

fn main() {}
