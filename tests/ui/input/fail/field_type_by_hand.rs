use palisade::input::FieldType;

struct Name(String);

impl FieldType for Name {}

fn main() {}
