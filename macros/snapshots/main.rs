#[palisade::main]
async fn main() -> Result<(), Failure> {
    Palisade::from_env()?.endpoints(endpoints![ping, shop::list]).serve().await
}
