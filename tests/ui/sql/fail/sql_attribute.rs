use palisade::{migrations, sql, sql::Migrations};

static MIGRATIONS: Migrations = migrations!(
    #[cfg(any())]
    "migrations"
);

fn main() {
    let _migrations = &MIGRATIONS;
    let _query = sql!(
        #[cfg(any())]
        "SELECT id FROM users" as i64
    );
}
