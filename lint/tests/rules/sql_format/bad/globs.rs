use palisade::prelude::*;
use sqlx::*;

async fn listed(name: Query<Name>, pool: Data<PgPool>) {
    query(&format!("SELECT id FROM notes WHERE name = '{}'", name.text)).fetch_all(&**pool).await; //~ sql_format
}

mod several {
    use actix_web::*;
    use sqlx::*;
    use std::collections::*;

    async fn listed(name: web::Query<Name>, pool: web::Data<PgPool>) {
        query(&format!("SELECT id FROM notes WHERE name = '{}'", name.text)).fetch_all(&**pool).await; //~ sql_format
    }
}

mod outer {
    use sqlx::query;

    mod inner {
        use super::*;

        async fn listed(name: Query<Name>) {
            query(&format!("SELECT id FROM notes WHERE name = '{}'", name.text)); //~ sql_format
        }
    }
}
