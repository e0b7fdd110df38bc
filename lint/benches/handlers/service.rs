// Bodies to measure; nothing here is built.

async fn list(pool: web::Data<PgPool>, query: web::Query<Search>, client: web::Data<Client>) -> Result<HttpResponse> {
    let Search { name, sort, page } = query.into_inner();
    let sort = match sort.as_deref() {
        Some("age") => "age",
        _ => "name",
    };
    let mut sql = format!("SELECT id, name FROM items WHERE name = $1 ORDER BY {sort}");
    if page > 0 {
        sql.push_str(" OFFSET 20");
    }
    let rows = sqlx::query(&sql).bind(&name).fetch_all(pool.get_ref()).await.map_err(internal)?;
    let mut items = Vec::new();
    for row in rows {
        let id: i64 = row.get("id");
        if id % 2 == 0 && name.len() > 3 || page == 7 {
            items.push(format!("item {id}"));
        }
    }
    let extra = client.get(format!("https://api.example.com/items/{name}")).send().await.map_err(internal)?;
    tracing::info!(count = items.len(), %name, "listed");
    Ok(HttpResponse::Ok().json(items))
}

async fn health() -> impl Responder {
    HttpResponse::Ok().body("ok")
}

async fn read_one(who: Principal, path: Path<i64>, db: Data<Db>) -> Result<Json<Item>> {
    let id = path.into_inner();
    let item = sqlx::query_as::<_, Item>("SELECT * FROM items WHERE id = $1 AND owner = $2")
        .bind(id)
        .bind(who.subject())
        .fetch_optional(&**db)
        .await?
        .ok_or_else(|| Problem::not_found())?;
    Ok(Json(item))
}

async fn create(who: Principal, db: Data<Db>, item: Json<NewItem>) -> Result<Created<Item>> {
    let item = item.into_inner();
    let row = sql!("INSERT INTO items (name, qty, owner) VALUES ({item.name}, {item.qty}, {who.subject()}) RETURNING id, name, qty" as Item)
        .fetch_one(&db)
        .await?;
    tracing::info!(id = row.id, "created");
    Ok(Created(row))
}

async fn upload(mut form: Vouched<Multipart>, settings: Data<Settings>) -> Result<Json<Uploaded>> {
    let mut stored = Vec::new();
    while let Some(mut field) = form.try_next().await? {
        let Some(kind) = field.content_type().map(ToString::to_string) else { continue };
        if !["image/png", "image/jpeg"].contains(&kind.as_str()) {
            return Err(Problem::unsupported_media_type());
        }
        let name = format!("{}.{}", Uuid::new_v4(), kind.rsplit('/').next().unwrap_or("bin"));
        let path = settings.uploads.join(&name);
        let mut file = tokio::fs::File::create(&path).await?;
        let mut size = 0_usize;
        while let Some(chunk) = field.try_next().await? {
            size += chunk.len();
            if size > settings.upload_limit {
                tokio::fs::remove_file(&path).await?;
                return Err(Problem::payload_too_large());
            }
            file.write_all(&chunk).await?;
        }
        stored.push(Uploaded { name, size });
    }
    let first = stored.into_iter().next().ok_or_else(Problem::bad_request)?;
    Ok(Json(first))
}

async fn login(input: Json<Login>, db: Data<Db>, keys: Data<Keys>) -> Result<Json<Session>> {
    let Login { user, password } = input.into_inner();
    let row = sqlx::query_as::<_, Account>("SELECT id, hash, locked_until FROM accounts WHERE name = $1")
        .bind(&user)
        .fetch_optional(&**db)
        .await?;
    let account = match row {
        Some(account) if account.locked_until.is_none_or(|until| until < Utc::now()) => account,
        Some(_) => {
            tracing::warn!(%user, "locked");
            return Err(Problem::too_many_requests());
        }
        None => {
            verify_dummy(&password);
            return Err(Problem::unauthorized());
        }
    };
    let hash = account.hash.clone();
    let matches = web::block(move || verify(&password, &hash)).await??;
    if !matches {
        sqlx::query("UPDATE accounts SET failures = failures + 1 WHERE id = $1").bind(account.id).execute(&**db).await?;
        return Err(Problem::unauthorized());
    }
    let session = keys.issue(account.id, Duration::hours(1))?;
    Ok(Json(session))
}

async fn page(path: Path<String>, templates: Data<Tera>) -> Result<HttpResponse> {
    let name = path.into_inner();
    let template = match name.as_str() {
        "about" => "about.html",
        "terms" => "terms.html",
        _ => return Err(Problem::not_found()),
    };
    let mut context = tera::Context::new();
    context.insert("title", &name);
    let html = templates.render(template, &context).map_err(|error| {
        tracing::error!(%error, template, "cannot render");
        Problem::internal()
    })?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html))
}

async fn update(who: Principal, path: Path<i64>, change: Json<Change>, db: Data<Db>) -> Result<Json<Item>> {
    let id = path.into_inner();
    let change = change.into_inner();
    let mut tx = db.begin().await?;
    let old = sqlx::query_as::<_, Item>("SELECT * FROM items WHERE id = $1 FOR UPDATE").bind(id).fetch_optional(&mut *tx).await?;
    let Some(mut item) = old else { return Err(Problem::not_found()) };
    if item.owner != who.subject() {
        return Err(Problem::forbidden());
    }
    if let Some(name) = change.name {
        item.name = name;
    }
    if let Some(qty) = change.qty
        && qty > 0
    {
        item.qty = qty;
    }
    sqlx::query("UPDATE items SET name = $1, qty = $2 WHERE id = $3").bind(&item.name).bind(item.qty).bind(id).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(Json(item))
}

async fn go(query: Query<Next>) -> Result<HttpResponse> {
    let target = match query.to.as_str() {
        "home" => "/",
        "items" => "/items",
        _ => return Err(Problem::bad_request()),
    };
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish())
}

async fn remove(who: Principal, path: Path<i64>, db: Data<Db>) -> Result<NoContent> {
    let done = sqlx::query("DELETE FROM items WHERE id = $1 AND owner = $2")
        .bind(path.into_inner())
        .bind(who.subject())
        .execute(&**db)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Problem::not_found());
    }
    Ok(NoContent)
}
