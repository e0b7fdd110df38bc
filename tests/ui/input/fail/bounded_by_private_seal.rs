use palisade::input::private::InputSeal;

fn main() {}
