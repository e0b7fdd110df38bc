use palisade::prelude::*;

#[get("/page")]
#[public]
#[compress(reason = "the page shows nothing of the session, and a form token differs each time")]
async fn page(session: Session, token: FormToken) -> String {
    drop(session);
    token.field().to_string()
}

fn main() {}
