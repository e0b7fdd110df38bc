use palisade::prelude::*;

#[post("/files")]
#[authenticated]
#[upload(max = "1 MiB", kinds(png))]
#[body_encoding(gzip)]
async fn save(file: Upload) -> String {
    file.kind().to_string()
}

fn main() {}
