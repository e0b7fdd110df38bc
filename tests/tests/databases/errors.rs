//! What a client sees of the database's errors, over HTTP.

use actix_web::App;
use palisade::{
    prelude::*,
    sql::{Db, Error},
};
use palisade_tests::server::Server;

use crate::lab::{Lab, query};

/// Runs the failure that is asked for.
#[get("/fail/{how}")]
#[public]
#[validated]
async fn fail(how: Path<Slug>, db: Data<Db>) -> Result<String> {
    let db = &db;
    match how.as_str() {
        "fine" => query!(i64: "SELECT count(*) FROM items").fetch_one(db).await.map(drop)?,
        "missing" => query!(String: "SELECT name FROM items WHERE id = " {404_i64})
            .fetch_one(db)
            .await
            .map(drop)?,
        "taken" => query!((): "INSERT INTO items (id, name) VALUES (2, 'taken')")
            .execute(db)
            .await
            .map(drop)?,
        "taken-id" => query!((): "INSERT INTO items (id, name) VALUES (1, 'free')")
            .execute(db)
            .await
            .map(drop)?,
        "nowhere" => {
            query!((): "INSERT INTO notes (item) VALUES (77)").execute(db).await.map(drop)?;
        }
        "pointed-at" => query!((): "DELETE FROM items WHERE id = 1").execute(db).await.map(drop)?,
        "check" => query!((): "INSERT INTO items (id, name, qty) VALUES (3, 'x', 0)")
            .execute(db)
            .await
            .map(drop)?,
        "above" => query!((): "UPDATE items SET id = " {u64::MAX} " WHERE id = 1")
            .execute(db)
            .await
            .map(drop)?,
        "null" => query!((): "INSERT INTO items (id, name) VALUES (3, " {None::<String>} ")")
            .execute(db)
            .await
            .map(drop)?,
        "syntax" => query!((): "SELEC hunter2").execute(db).await.map(drop)?,
        "no-table" => query!((): "DELETE FROM hunter2").execute(db).await.map(drop)?,
        "wrong-type" => query!(i64: "SELECT name FROM items").fetch_one(db).await.map(drop)?,
        "too-long" => {
            query!((): "INSERT INTO items (id, name) VALUES (3, " {"hunter2".repeat(50)} ")")
                .execute(db)
                .await
                .map(drop)?;
        }
        "by-driver" => Err(sqlx::Error::RowNotFound)?,
        _ => {}
    }
    Ok("fine".to_owned())
}

fn statuses(lab: &Lab) -> Vec<(&'static str, u16)> {
    let mut statuses = vec![
        ("fine", 200),
        ("missing", 404),
        ("taken", 409),
        ("taken-id", 409),
        ("nowhere", 409),
        ("pointed-at", 409),
        ("check", 422),
        ("above", 422),
        ("null", 500),
        ("syntax", 500),
        ("no-table", 500),
        ("wrong-type", 500),
        ("by-driver", 404),
    ];
    // SQLite does not enforce the length of strings.
    if lab.dialect() != palisade::sql::Dialect::Sqlite {
        statuses.push(("too-long", 422));
    }
    statuses
}

async fn serve(lab: &Lab) -> Result<Server, Error> {
    lab.add(1, "taken", Some(1)).await?;
    query!((): "INSERT INTO notes (item) VALUES (1)").execute(&lab.db).await?;
    let palisade =
        Palisade::builder().endpoints(endpoints![fail].with_data(lab.db.clone())).build().unwrap();
    Ok(Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    }))
}

pub(crate) async fn errors_over_http(lab: &Lab) {
    let server = serve(lab).await.unwrap();
    let cases = statuses(lab);
    let outcome = actix_web::rt::task::spawn_blocking(move || {
        for (how, status) in cases {
            let answer = server.get(&format!("/fail/{how}")).send();
            assert_eq!(answer.status, status, "{how}: {}", answer.text());
        }
    });
    outcome.await.unwrap();
}

/// The log has no value either.
pub(crate) async fn no_message_quotes_a_value(lab: &Lab) {
    use palisade::sql::{Dialect, ErrorKind};
    let db = &lab.db;
    let failed = match lab.dialect() {
        Dialect::Sqlite => query!(String: "SELECT json_extract('{}', " {"hunter2"} ")")
            .fetch_one(db)
            .await
            .map(drop),
        Dialect::Postgres => {
            query!(i32: "SELECT CAST(" {"hunter2"} " AS INT4)").fetch_one(db).await.map(drop)
        }
        Dialect::MySql => {
            query!((): "INSERT INTO items (id, name, qty) VALUES (1, 'a', " {"hunter2"} ")")
                .execute(db)
                .await
                .map(drop)
        }
    };
    let error = failed.unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    if lab.dialect() == Dialect::Postgres {
        assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    }
}

pub(crate) async fn nothing_of_the_database_is_told(lab: &Lab) {
    let server = serve(lab).await.unwrap();
    let cases = statuses(lab);
    let outcome = actix_web::rt::task::spawn_blocking(move || {
        for (how, status) in cases.into_iter().filter(|(_, status)| *status >= 400) {
            let answer = server.get(&format!("/fail/{how}")).send();
            let text = answer.text();
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{how}");
            for word in [
                "hunter2",
                "items",
                "taken",
                "SELECT",
                "INSERT",
                "positive",
                "line_item",
                "constraint",
                ".rs",
                "sql",
                "SQL",
            ] {
                assert!(!text.contains(word), "{how} ({status}) tells {word}: {text}");
            }
            assert_eq!(answer.json()["detail"], serde_json::Value::Null, "{how}");
        }
    });
    outcome.await.unwrap();
}
