//! The endpoints, and what they take and give.

use palisade::prelude::*;

use crate::store::Store;

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
#[derive(Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
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
    store: Data<Store>,
    item: Json<NewItem>,
) -> Result<Created<Item>> {
    Ok(Created(store.add(who.subject(), &item).await?))
}

/// The caller's own items, the newest first.
#[get("/items")]
#[require_scope("items:read")]
#[validated]
pub(crate) async fn list_items(
    who: Principal,
    store: Data<Store>,
    page: Query<Page>,
) -> Result<Json<Vec<Item>>> {
    Ok(Json(store.newest(who.subject(), page.limit.unwrap_or(20)).await?))
}
