#[palisade::main]
async fn main() {}
