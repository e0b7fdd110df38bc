use palisade::prelude::*;

#[get("/page")]
#[public]
#[compress]
async fn page(session: Session, token: FormToken) -> String {
    drop(session);
    token.field().to_string()
}

fn main() {}
