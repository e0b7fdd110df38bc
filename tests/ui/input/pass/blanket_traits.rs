use palisade::prelude::*;

/// Traits of the service, of every type, with methods that the derive might call.
trait Described {
    fn conditions(&self) -> &'static str {
        "none"
    }
    fn own_rules<A, B, C>(&self, _: A, _: B, _: C) {}
    fn rule(self) -> usize
    where
        Self: Sized,
    {
        0
    }
}

impl<T> Described for T {}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct New {
    name: Text<5>,
    #[validate(length(max = 3))]
    tags: Vec<Text<5>>,
}

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Either {
    One { number: u8 },
}

fn main() {
    let _ = (1_u8.conditions(), 1_u8.rule(), endpoints![]);
}
