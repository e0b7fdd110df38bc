use palisade::prelude::*;

#[get("/included")]
#[public]
pub(crate) async fn included() -> &'static str {
    "from another file"
}

pub mod deep {
    #[palisade::get("/included/deep")]
    #[palisade::authenticated]
    pub(crate) async fn deep() -> &'static str {
        "from a module of another file"
    }
}
