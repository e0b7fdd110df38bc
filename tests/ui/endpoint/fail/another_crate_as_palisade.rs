extern crate palisade as real;
extern crate self as palisade;
use real::get;

pub mod __private {
    pub use real::__private::*;
    pub trait Endpoint {
        fn mounted() -> Mounted;
    }
}

#[get("/admin")]
#[require_scope("admin")]
async fn admin() -> &'static str {
    "guarded"
}

fn main() {
    let _ = real::endpoints![admin];
}
