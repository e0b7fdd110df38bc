use palisade::{prelude::*, upload::AnyKind};

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Caption {
    #[input(json)]
    place: (u32, u32),
}

#[post("/files")]
#[authenticated]
#[upload(max = "1 MiB", kinds(pdf))]
#[validated]
async fn files(file: Upload<AnyKind, Caption>) -> NoContent {
    let _place = file.fields().place;
    NoContent
}

fn main() {}
