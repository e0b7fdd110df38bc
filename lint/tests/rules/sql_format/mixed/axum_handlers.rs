// audit

use axum::{extract::{Path, Query, State}, http::StatusCode, response::IntoResponse, Json};
use sqlx::{PgPool, Postgres, QueryBuilder, Row};
use std::collections::HashMap;

#[derive(Clone)]
pub struct AppState { pub db: PgPool, pub read: deadpool_postgres::Pool }

pub async fn list_orders(State(st): State<AppState>, Query(q): Query<HashMap<String, String>>) -> Result<Json<Vec<Order>>, AppError> {
    let sort = q.get("sort").map(String::as_str).unwrap_or("created_at");
    let sql = format!("SELECT id, total FROM orders ORDER BY {sort}");
    let rows = sqlx::query_as::<_, Order>(&sql).fetch_all(&st.db).await?; //~ sql_format
    Ok(Json(rows))
}

pub async fn list_orders_ok(State(st): State<AppState>, Query(q): Query<HashMap<String, String>>) -> Result<Json<Vec<Order>>, AppError> {
    let sort = match q.get("sort").map(String::as_str) {
        Some("total") => "total",
        Some("customer") => "customer",
        _ => "created_at",
    };
    let sql = format!("SELECT id, total FROM orders ORDER BY {sort}");
    let rows = sqlx::query_as::<_, Order>(&sql).fetch_all(&st.db).await?;
    Ok(Json(rows))
}

pub async fn by_email(State(st): State<AppState>, Path(email): Path<String>) -> impl IntoResponse {
    let client = st.read.get().await.unwrap();
    let rows = client
        .query( //~ sql_format
            &("SELECT * FROM accounts WHERE email = '".to_owned() + &email + "'"),
            &[],
        )
        .await;
    match rows { Ok(r) => Json(r.len()).into_response(), Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response() }
}

pub async fn by_email_ok(State(st): State<AppState>, Path(email): Path<String>) -> impl IntoResponse {
    let client = st.read.get().await.unwrap();
    let rows = client.query("SELECT * FROM accounts WHERE email = $1", &[&email]).await;
    match rows { Ok(r) => Json(r.len()).into_response(), Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response() }
}

pub async fn filter(State(st): State<AppState>, Json(body): Json<FilterBody>) -> Result<Json<i64>, AppError> {
    let mut qb: QueryBuilder<Postgres> = QueryBuilder::new("SELECT count(*) FROM events WHERE kind = ");
    qb.push_bind(&body.kind);
    if let Some(extra) = &body.extra {
        qb.push(" AND ").push(extra); //~ sql_format
    }
    let n: i64 = qb.build_query_scalar().fetch_one(&st.db).await?;
    Ok(Json(n))
}

pub async fn in_list(State(st): State<AppState>, Json(ids): Json<Vec<i64>>) -> Result<Json<usize>, AppError> {
    let marks = ids.iter().enumerate().map(|(i, _)| format!("${}", i + 1)).collect::<Vec<_>>().join(", ");
    let sql = format!("DELETE FROM carts WHERE id IN ({marks})");
    let mut query = sqlx::query(&sql);
    for id in ids { query = query.bind(id); }
    Ok(Json(query.execute(&st.db).await?.rows_affected() as usize))
}

pub async fn in_names(State(st): State<AppState>, Json(names): Json<Vec<String>>) -> Result<Json<usize>, AppError> {
    let list = names.iter().map(|n| format!("'{}'", n)).collect::<Vec<_>>().join(",");
    let sql = format!("SELECT id FROM tags WHERE name IN ({})", list);
    let rows = sqlx::query(&sql).fetch_all(&st.db).await?; //~ sql_format
    Ok(Json(rows.len()))
}
