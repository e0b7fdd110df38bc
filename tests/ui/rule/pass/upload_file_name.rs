use palisade::prelude::*;
use palisade_tests::stand_in::multipart::Field;

#[post("/file")]
#[authenticated]
async fn handler(file: Vouched<Field>) -> HttpResponse {
    let file_name = file.0.get_filename();
    let _ = std::fs::write(format!("uploads/{}", file_name.len()), "");
    HttpResponse::Ok().finish()
}

fn main() {}
