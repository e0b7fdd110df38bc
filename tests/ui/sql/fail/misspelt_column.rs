use palisade::prelude::*;
use palisade::sql::Db;

async fn title(db: &Db, id: i64) -> Result<String> {
    Ok(sql!("SELECT titel FROM notes WHERE id = {id}" as String).fetch_one(db).await?)
}

fn main() {}
