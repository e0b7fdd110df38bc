use palisade::{prelude::*, upload::AnyKind};

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[validate(length(max = 5))]
    #[input(json)]
    tags: Vec<Text<8>>,
}

#[post("/files")]
#[authenticated]
#[upload(max = "1 MiB", kinds(pdf))]
#[validated]
async fn files(file: Upload<AnyKind, Filter>) -> NoContent {
    let _tags = &file.fields().tags;
    NoContent
}

fn main() {}
