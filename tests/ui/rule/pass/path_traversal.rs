use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let file = std::path::Path::new(name.as_str()).file_name();
    let _ = file.map(|file| std::fs::read(std::path::Path::new("reports").join(file)));
    HttpResponse::Ok().finish()
}

fn main() {}
