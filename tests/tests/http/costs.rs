//! Endpoints that cost much and do not say how many requests may be under way: warned of at the start.

use std::time::Duration;

use palisade::{
    StreamedJson,
    password::{PasswordCost, PasswordHasher},
    prelude::*,
};
use palisade_tests::audit;

use crate::service;

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Search {
    #[validate(length(max = 16))]
    term: Option<String>,
}

#[get("/found")]
#[public]
#[validated]
async fn find_without_bound(search: Query<Search>) -> String {
    format!("{:?}", search.term)
}

#[get("/bounded/found")]
#[public]
#[concurrency_limit(2, by = ip)]
#[validated]
async fn find_with_bound(search: Query<Search>) -> String {
    format!("{:?}", search.term)
}

#[get("/rows")]
#[authenticated]
async fn export_without_bound() -> Result<StreamedJson<u32>> {
    rows().await
}

#[get("/bounded/rows")]
#[authenticated]
#[concurrency_limit(2, by = subject)]
async fn export_with_bound() -> Result<StreamedJson<u32>> {
    rows().await
}

async fn rows() -> Result<StreamedJson<u32>> {
    StreamedJson::array(futures_util::stream::iter([Ok::<_, Problem>(1)])).begin().await
}

#[post("/hashes")]
#[public(reason = "a test of warnings")]
async fn hash_without_bound(_hasher: Data<PasswordHasher>) -> NoContent {
    NoContent
}

#[post("/bounded/hashes")]
#[public(reason = "a test of warnings")]
#[concurrency_limit(2, by = ip)]
async fn hash_with_bound(_hasher: Data<PasswordHasher>) -> NoContent {
    NoContent
}

/// A rate says how often, and not how much at once.
#[get("/rows-of-a-rate")]
#[authenticated]
#[rate_limit("2/minute", by = subject)]
async fn export_with_a_rate() -> Result<StreamedJson<u32>> {
    rows().await
}

#[post("/files")]
#[authenticated]
#[upload(max = "64 KiB", kinds(png))]
async fn take_file_without_bound(_file: Upload) -> NoContent {
    NoContent
}

#[post("/bounded/files")]
#[authenticated]
#[concurrency_limit(8, by = subject)]
#[upload(max = "64 KiB", kinds(png))]
async fn take_file_with_bound(_file: Upload) -> NoContent {
    NoContent
}

#[get("/cheap")]
#[public]
async fn cost_nothing() -> &'static str {
    "ok"
}

#[test]
fn a_service_names_what_has_no_bound_when_it_starts() {
    audit::listen();
    let folder = tempfile::tempdir().unwrap();
    let uploads = Uploads::in_folder(folder.path().join("data")).unwrap();
    let builder = service::palisade()
        .data(PasswordHasher::new(PasswordCost::default()).unwrap())
        .data(uploads)
        .endpoints(endpoints![
            find_without_bound,
            find_with_bound,
            export_without_bound,
            export_with_bound,
            export_with_a_rate,
            hash_without_bound,
            hash_with_bound,
            take_file_without_bound,
            take_file_with_bound,
            cost_nothing,
        ])
        .bind("127.0.0.1:0");
    actix_web::rt::System::new().block_on(async {
        let serving = builder.serve();
        let ended = actix_web::rt::time::timeout(Duration::from_millis(300), serving).await;
        assert!(ended.is_err(), "it ended by itself: {ended:?}");
    });
    let warning = |name: &str| audit::message(&format!("`{name}` ("));
    for (name, does, most, by) in [
        ("find_without_bound", "searches", 2, "ip"),
        ("export_without_bound", "streams its answer", 2, "subject"),
        ("export_with_a_rate", "streams its answer", 2, "subject"),
        ("hash_without_bound", "hashes passwords", 2, "ip"),
        ("take_file_without_bound", "takes files", 8, "subject"),
    ] {
        let warning = warning(name).unwrap_or_else(|| panic!("no warning of `{name}`"));
        assert!(warning.contains(&format!(") {does} and does not say")), "{warning}");
        let fix = format!("`#[concurrency_limit({most}, by = {by})]`");
        assert!(warning.ends_with(&format!("{fix} [unbounded_cost]")), "{warning}");
    }
    for name in [
        "find_with_bound",
        "export_with_bound",
        "hash_with_bound",
        "take_file_with_bound",
        "cost_nothing",
    ] {
        assert_eq!(warning(name), None, "{name}");
    }
}
