use palisade::{prelude::*, upload::AnyKind};

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Caption {
    place: (u32, u32),
}

#[post("/files")]
#[authenticated]
#[upload(max = "1 MiB", kinds(pdf))]
#[validated]
async fn files(_file: Upload<AnyKind, Caption>) -> NoContent {
    NoContent
}

fn main() {}
