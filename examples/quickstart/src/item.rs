//! The endpoints, and what they take and give.

use palisade::{
    prelude::*,
    sql,
    sql::{Db, Row},
};

/// An item as the client sends it.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewItem {
    /// What it is called.
    #[validate(length(min = 1, max = 64))]
    pub(crate) name: String,
    /// How many there are.
    #[validate(range(min = 1, max = 1000))]
    pub(crate) qty: u32,
}

/// How much of a list the client wants.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// At most so many items; 20 if absent.
    #[validate(range(min = 1, max = 100))]
    pub(crate) limit: Option<u32>,
}

/// An item as it is kept.
#[derive(Debug, Row, Serialize)]
pub(crate) struct Item {
    /// Its number.
    pub(crate) id: i64,
    /// What it is called.
    pub(crate) name: String,
    /// How many there are.
    pub(crate) qty: i64,
}

/// Says that the service answers.
#[derive(Debug, Serialize)]
pub(crate) struct Pong {
    status: &'static str,
}

/// Whether the service answers.
#[get("/ping")]
#[public]
pub(crate) async fn ping() -> Result<Json<Pong>> {
    Ok(Json(Pong { status: "ok" }))
}

/// Keeps an item for the caller.
#[post("/items")]
#[require_scope("items:write")]
#[rate_limit("30/minute", by = subject)]
#[rate_limit("120/minute", by = ip)]
#[validated]
pub(crate) async fn create_item(
    who: Principal,
    db: Data<Db>,
    item: Json<NewItem>,
) -> Result<Created<Item>> {
    let kept = sql!(
        "INSERT INTO items (owner, name, qty) VALUES ({who.subject()}, {item.name}, {item.qty})
         RETURNING id, name, qty" as Item
    );
    Ok(Created(kept.fetch_one(&db).await?))
}

/// The caller's own items, the newest first.
#[get("/items")]
#[require_scope("items:read")]
#[validated]
pub(crate) async fn list_items(
    who: Principal,
    db: Data<Db>,
    page: Query<Page>,
) -> Result<Json<Vec<Item>>> {
    let newest = sql!(
        "SELECT id, name, qty FROM items WHERE owner = {who.subject()}
         ORDER BY id DESC LIMIT {page.limit.unwrap_or(20)}" as Item
    );
    Ok(Json(newest.fetch_all(&db).await?))
}
