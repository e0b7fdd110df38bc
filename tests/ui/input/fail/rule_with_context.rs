use palisade::prelude::*;

struct Shop;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
#[validate(context = Shop)]
struct Order {
    #[validate(custom(function = "in_stock", use_context))]
    number: u8,
}

fn in_stock(_: u8, _: &Shop) -> Result<(), validator::ValidationError> {
    Ok(())
}

fn main() {}
