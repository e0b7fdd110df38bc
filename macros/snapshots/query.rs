async fn titles(db: &Db, term: &str) -> Result<Vec<String>, SqlError> {
    sql!(
        "SELECT title FROM notes WHERE title LIKE {palisade::sql::contains(term)}" as String,
        migrations = "../macros/snapshots/migrations"
    )
    .fetch_all(db)
    .await
}
