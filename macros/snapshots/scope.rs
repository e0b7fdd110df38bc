#[post("/items/{id}")]
#[require_scope(all("items:write", any("staff", "owner")))]
#[validated]
async fn rename(id: Path<u64>, item: Json<NewItem>, items: Data<Items>) -> Result<Json<Item>> {
    items.rename(*id, item.into_inner()).await
}
