#[palisade::main]
fn main() {}
