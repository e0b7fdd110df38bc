use palisade::prelude::*;
use validator::ValidationErrors;

trait Derived {
    const IS_DERIVED: bool = true;
}
impl<T> Derived for T {}

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
struct New {
    from: u32,
}
impl Validate for New {
    fn validate(&self) -> std::result::Result<(), ValidationErrors> {
        Err(ValidationErrors::new())
    }
}

fn main() {}
