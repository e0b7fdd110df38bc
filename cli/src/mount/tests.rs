use super::{Mount, all};
use crate::{program::Program, report::Report};

fn mounts(text: &str) -> Vec<String> {
    let program = Program::of_text(text);
    let package = program.packages.first().unwrap();
    all(&program, package, &mut Report::default())
        .named
        .into_iter()
        .map(|Mount { handler, by_attribute, method, path, .. }| {
            format!(
                "{} {} {}",
                handler.join("::"),
                if by_attribute { "+" } else { method.as_deref().unwrap_or("*") },
                path.as_deref().unwrap_or("?")
            )
        })
        .collect()
}

#[test]
fn routes_are_read_through_scopes_and_resources() {
    let found = mounts(
        r#"fn main() {
            HttpServer::new(move || {
                App::new()
                    .wrap(Logger::default())
                    .route("/a", web::post().to(a))
                    .service(
                        web::scope("/api")
                            .route("b", web::get().guard(g).to(items::b))
                            .service((
                                web::resource("/c").route(web::put().to(c)).wrap(x),
                                web::scope("/v2/").service(web::resource("/d").to(d)),
                            )),
                    )
            })
        }"#,
    );
    assert_eq!(found, ["a POST /a", "items::b GET /api/b", "c PUT /api/c", "d * /api/v2/d"]);
}

#[test]
fn configured_functions_stand_under_their_callers_scopes() {
    let found = mounts(
        r#"
        fn inner(cfg: &mut web::ServiceConfig) { cfg.route("/x", web::get().to(x)); }
        fn outer(cfg: &mut web::ServiceConfig) {
            cfg.service(web::scope("/in").configure(inner));
        }
        fn lost(cfg: &mut web::ServiceConfig) { cfg.route("/y", web::get().to(y)); }
        fn main() {
            App::new().service(web::scope("/one").configure(outer)).configure(inner);
        }"#,
    );
    assert_eq!(found, ["x GET /one/in/x", "x GET /x", "y GET ?"]);
}

#[test]
fn services_stand_under_their_scopes() {
    let found = mounts(
        r#"
        fn routes(config: &mut ServiceConfig) { config.service(a).service((x::b, c)); }
        fn main() {
            Palisade::builder().endpoints(endpoints![b, y::d,]);
            Endpoints::new().with(e);
            App::new()
                .service(web::scope("/v1").configure(routes).service(d))
                .service(web::scope(PREFIX).service(e));
        }"#,
    );
    assert_eq!(
        found,
        ["a + /v1", "x::b + /v1", "c + /v1", "b + ", "y::d + ", "e + ", "d + /v1", "e + ?"]
    );
}

#[test]
fn handlers_are_found_through_variables_and_in_macros() {
    let found = mounts(
        r#"
        macro_rules! list { () => { endpoints![made, r#loop] } }
        fn main() {
            let f = api::a;
            let g: fn() = f;
            App::new().route("/a", web::get().to(g));
            App::new().route("/b", web::to(if early { b } else { c }));
            let late = unknown();
            App::new().route("/d", web::get().to(late)).service(late);
            App::new().service(web::scope("/v1").service(services![e, web::resource("/f").to(f)]));
            assert!(mount(endpoints![crate = guards, ::g::g]).is_ok());
        }"#,
    );
    assert_eq!(
        found,
        [
            "made + ",
            "loop + ",
            "api::a GET /a",
            "b * /b",
            "c * /b",
            "e + /v1",
            "api::a * /v1/f",
            "::g::g + ",
        ]
    );
}

#[test]
fn with_mounts_where_it_is_called_on_a_list_of_endpoints() {
    let found = mounts(
        r#"
        use palisade::{Endpoints as List, endpoints as all};
        type Kept = List;
        struct State { list: Kept, cell: Cell<u32> }
        fn list() -> Result<List, Error> { todo() }
        fn main(given: Kept, state: State) {
            list()?.with(a);
            all![b].with(c);
            let mut kept = palisade::Endpoints::new();
            let kept = kept.with(d);
            let later = Some(kept).unwrap_or_default();
            kept.with(e);
            given.with(f);
            state.list.with(g);
            { List::default() }.with(h);
        }
        thread_local! { static COUNTER: Cell<u32> = Cell::new(0); }
        fn other(registry: Registry) {
            COUNTER.with(Cell::get);
            COUNTER.with(count);
            registry.with(layer);
            tracing::registry().with(layer::new);
            tower::ServiceBuilder::new().service(handle);
        }"#,
    );
    assert_eq!(found, ["a + ", "b + ", "c + ", "d + ", "e + ", "f + ", "g + ", "h + "]);
}

#[test]
fn what_is_no_literal_is_not_guessed() {
    let found = mounts(
        r#"fn main() {
            App::new().route(PATH, web::post().to(a));
            App::new().service(web::scope(PREFIX).route("/b", web::method(Method::PURGE).to(b)));
            let route = web::delete().to(c);
        }"#,
    );
    assert_eq!(found, ["a POST ?", "b PURGE ?", "c DELETE ?"]);
}
