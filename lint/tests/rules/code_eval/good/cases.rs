use actix_web::{HttpResponse, Result, web};

async fn constant(engine: web::Data<rhai::Engine>, id: web::Path<u32>) -> HttpResponse {
    let mut scope = rhai::Scope::new();
    scope.push("id", *id);
    HttpResponse::Ok().json(engine.eval_with_scope::<i64>(&mut scope, "id + 1").is_ok())
}

// trap: a method by the name of an interpreter that loads a record
async fn loaded(id: web::Path<String>, store: web::Data<Store>) -> HttpResponse {
    // Loads a record, not a program.
    HttpResponse::Ok().json(store.load(&id))
}

async fn fixed() -> HttpResponse {
    let lua = mlua::Lua::new();
    HttpResponse::Ok().json(lua.load("return 1").exec().is_ok())
}
