use palisade::prelude::*;

static NAME: std::sync::LazyLock<regex::Regex> =
    std::sync::LazyLock::new(|| regex::Regex::new("^[a-z]+$").unwrap());

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Item {
    #[validate(length(max = 8), regex(path = *NAME))]
    name: String,
}

fn takes<T: palisade::input::PathInput>() {}

fn main() {
    takes::<Item>();
}
