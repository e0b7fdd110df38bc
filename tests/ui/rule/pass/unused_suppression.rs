use palisade::prelude::*;
use palisade_tests::stand_in::sqlx;

#[post("/find")]
#[authenticated]
#[validated]
#[allow_unsafe(shell_command, reason = "the program was chosen by an operator")]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    #[allow_unsafe(sql_format, reason = "the table's name is one of an enum of ours")]
    sqlx::query(format!("SELECT id FROM {}", name.as_str()));
    let _ = std::process::Command::new(name.as_str()).spawn();
    HttpResponse::Ok().finish()
}

fn main() {}
