use palisade::{prelude::*, sql::Db};

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Search {
    #[validate(length(max = 64))]
    term: Option<String>,
}

#[get("/notes")]
#[public]
#[validated]
async fn notes(db: Data<Db>, search: Query<Search>) -> Result<Json<Vec<String>>> {
    let titles = sql!(
        "SELECT title FROM notes WHERE pinned
         {?let Some(term) = &search.term: AND title LIKE {palisade::sql::contains(term)}}"
            as String
    );
    Ok(Json(titles.fetch_all(&db).await?))
}

fn main() {}
