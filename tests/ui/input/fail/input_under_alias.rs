use palisade::Input as Admitted;

struct Name(String);

impl Admitted for Name {}

fn main() {}
