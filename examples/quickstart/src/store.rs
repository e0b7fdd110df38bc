//! Where the items are kept: one database file.

use std::{path::Path, time::Duration};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::item::{Item, NewItem};

/// The items.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens the file at `path`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened or is no database of this service.
    pub(crate) async fn open(path: &Path) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            // Readers do not wait for the writer; a commit survives a crash of this process.
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(2));
        let pool = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(2))
            .connect_with(options)
            .await?;
        // The endpoint checks its input; the table holds the same line for whoever else writes.
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS items (
                id INTEGER PRIMARY KEY,
                owner TEXT NOT NULL,
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
                qty INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 1000)
            ) STRICT",
        )
        .execute(&pool)
        .await?;
        sqlx::query("CREATE INDEX IF NOT EXISTS items_by_owner ON items (owner, id)")
            .execute(&pool)
            .await?;
        Ok(Self { pool })
    }

    /// Keeps an item of `owner`.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub(crate) async fn add(&self, owner: &str, item: &NewItem) -> sqlx::Result<Item> {
        sqlx::query_as(
            "INSERT INTO items (owner, name, qty) VALUES (?, ?, ?) RETURNING id, name, qty",
        )
        .bind(owner)
        .bind(&item.name)
        .bind(item.qty)
        .fetch_one(&self.pool)
        .await
    }

    /// The newest items of `owner`, at most `limit`.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub(crate) async fn newest(&self, owner: &str, limit: u32) -> sqlx::Result<Vec<Item>> {
        sqlx::query_as("SELECT id, name, qty FROM items WHERE owner = ? ORDER BY id DESC LIMIT ?")
            .bind(owner)
            .bind(limit)
            .fetch_all(&self.pool)
            .await
    }
}
