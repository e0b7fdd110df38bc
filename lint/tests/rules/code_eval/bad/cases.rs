use actix_web::{HttpResponse, Result, web};

async fn rhai(script: web::Form<String>) -> HttpResponse {
    let engine = rhai::Engine::new();
    HttpResponse::Ok().json(engine.eval::<i64>(&script).is_ok()) //~ code_eval
}

#[actix_web::post("/lua")]
async fn lua(script: String) -> HttpResponse {
    let lua = mlua::Lua::new();
    HttpResponse::Ok().json(lua.load(&script).exec().is_ok()) //~ code_eval
}

async fn around(name: web::Path<String>, engine: web::Data<rhai::Engine>) -> HttpResponse {
    HttpResponse::Ok().json(engine.run(&format!("report(\"{name}\")")).is_ok()) //~ code_eval
}
