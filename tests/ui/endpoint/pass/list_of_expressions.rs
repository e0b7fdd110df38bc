use palisade::prelude::*;

#[get("/one")]
#[public]
async fn one() -> &'static str {
    "one"
}

#[get("/two")]
#[public]
async fn two() -> &'static str {
    "two"
}

macro_rules! list {
    ($($handler:expr),*) => {
        endpoints![$($handler),*]
    };
}

fn main() {
    assert_eq!(list![one, self::two].policies().count(), 2);
}
