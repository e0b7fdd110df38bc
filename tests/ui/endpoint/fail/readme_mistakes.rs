use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    qty: u32,
}

#[post("/items")]
#[rate_limit("30/minut", by = ip)]
#[validated]
async fn create_item(item: Json<NewItem>) -> Result<NoContent> {
    println!("{} more", item.qty);
    Ok(NoContent)
}

fn main() {}
