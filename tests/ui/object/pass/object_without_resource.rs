use palisade::{object::*, prelude::*};

struct Anything;

impl Resource for Anything {
    type Id = u64;
    type State = (Data<String>, Data<u32>);

    async fn load(_: u64, _: (Data<String>, Data<u32>)) -> Result<Option<Self>> {
        Ok(Some(Self))
    }
}
