use palisade::prelude::*;

mod guards {
    pub mod __private {
        pub use palisade::__private::*;
        pub trait Endpoint {
            fn mounted() -> Mounted;
        }
    }
}

#[get("/admin", crate = guards)]
#[require_scope("admin")]
async fn admin() -> &'static str {
    "guarded"
}

fn main() {
    let _ = endpoints![admin];
}
