mod guards {
    pub use palisade::__private;
}

#[palisade::main(crate = crate::guards)]
async fn main() -> palisade::Exit {
    palisade::Palisade::from_env()?.serve().await
}
