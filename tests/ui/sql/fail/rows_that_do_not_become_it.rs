use palisade::sql::{Db, Error};

async fn first(db: &Db) -> Result<std::thread::Thread, Error> {
    palisade::sql!("SELECT id FROM users WHERE id = {1}" as std::thread::Thread).fetch_one(db).await
}

fn main() {}
