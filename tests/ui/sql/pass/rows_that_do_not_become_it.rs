use palisade::sql::{Db, Error};

async fn first(db: &Db) -> Result<i64, Error> {
    palisade::sql!("SELECT id FROM users WHERE id = {1}" as i64).fetch_one(db).await
}

fn main() {}
