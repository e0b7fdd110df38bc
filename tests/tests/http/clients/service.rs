//! The service that the clients use: accounts, notes and files, with the limits of a real one.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::HttpRequest;
use palisade::{
    Builder, CreatedAt, Palisade,
    auth::{Algorithm, SigningKey},
    issue::{Grant, MemoryRefreshStore, SigningKeys, TokenIssuer, TokenResponse},
    password::{Password, PasswordCost, PasswordHash, PasswordHasher},
    prelude::*,
    upload::FileInfo,
};
use tempfile::TempDir;

/// What is kept, and what the tests count.
#[derive(Clone, Default)]
pub(super) struct Shelf(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    users: BTreeMap<String, PasswordHash>,
    notes: BTreeMap<u32, Note>,
    /// How often each number came.
    numbers: BTreeMap<u32, usize>,
    /// The peer's port of each turn.
    ports: Vec<u16>,
}

impl Shelf {
    fn with<T>(&self, what: impl FnOnce(&mut Kept) -> T) -> T {
        what(&mut self.0.lock().unwrap())
    }

    /// How often each number came.
    pub(super) fn numbers(&self) -> BTreeMap<u32, usize> {
        self.with(|kept| kept.numbers.clone())
    }

    /// The peer's port of each turn.
    pub(super) fn ports(&self) -> Vec<u16> {
        self.with(|kept| kept.ports.clone())
    }
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Credentials {
    #[validate(length(min = 1, max = 64))]
    name: String,
    password: Password,
}

#[derive(Serialize)]
struct Account {
    name: String,
}

#[post("/signup")]
#[public(reason = "people sign up before they have an account")]
#[rate_limit("60/minute", by = ip)]
#[concurrency_limit(8, by = ip)]
#[validated]
async fn sign_up(
    shelf: Data<Shelf>,
    passwords: Data<PasswordHasher>,
    credentials: Json<Credentials>,
) -> Result<Created<Account>> {
    let Credentials { name, password } = credentials.into_inner();
    let hash = passwords.hash(&password.for_account(&[&name])?).await?;
    let is_new = shelf.with(|kept| kept.users.insert(name.clone(), hash).is_none());
    if is_new { Ok(Created(Account { name })) } else { Err(Problem::conflict("it is taken")) }
}

#[post("/login")]
#[public(reason = "this is where callers become known")]
#[rate_limit("60/minute", by = ip)]
#[rate_limit("10/15 min", by = (ip, body("name")), count = failures, name = "guesses")]
#[validated]
async fn log_in(
    shelf: Data<Shelf>,
    passwords: Data<PasswordHasher>,
    issuer: Data<TokenIssuer>,
    credentials: Json<Credentials>,
) -> Result<TokenResponse> {
    let stored = shelf.with(|kept| kept.users.get(&credentials.name).cloned());
    passwords.verify(&credentials.password, stored.as_ref()).await?;
    let scopes = ["notes:read", "notes:write", "files:read", "files:write"];
    issuer.issue(Grant::new(&credentials.name, "matrix").scopes(scopes)).await
}

#[derive(Clone, Serialize)]
struct Note {
    id: u32,
    owner: String,
    title: String,
    body: String,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewNote {
    #[validate(length(min = 1, max = 200))]
    title: String,
    #[validate(length(max = 10_000))]
    body: String,
}

#[post("/notes")]
#[require_scope("notes:write")]
#[rate_limit("300/minute", by = subject)]
#[rate_limit("20 MiB/day", by = subject, name = "bytes")]
#[body_limit("16 KiB")]
#[validated]
async fn create_note(
    who: Principal,
    shelf: Data<Shelf>,
    note: Json<NewNote>,
) -> Result<CreatedAt<Note>> {
    let NewNote { title, body } = note.into_inner();
    let owner = who.subject().to_owned();
    let note = shelf.with(|kept| {
        let id = kept.notes.keys().next_back().map_or(1, |last| last + 1);
        let note = Note { id, owner, title, body };
        kept.notes.insert(id, note.clone());
        note
    });
    let place = format!("/notes/{}", note.id);
    Ok(Created(note).at(place))
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Listing {
    #[validate(length(max = 200))]
    search: Option<String>,
}

#[get("/notes")]
#[require_scope("notes:read")]
#[rate_limit("1200/minute", by = subject)]
#[validated]
async fn list_notes(
    who: Principal,
    shelf: Data<Shelf>,
    listing: Query<Listing>,
) -> Json<Vec<Note>> {
    let fits = |note: &&Note| {
        let search = listing.search.as_deref().unwrap_or_default();
        note.owner == who.subject() && note.title.contains(search)
    };
    Json(shelf.with(|kept| kept.notes.values().filter(fits).cloned().collect()))
}

#[get("/notes/{id}")]
#[require_scope("notes:read")]
#[validated]
async fn read_note(who: Principal, id: Path<u32>, shelf: Data<Shelf>) -> Result<Json<Note>> {
    let note = shelf.with(|kept| kept.notes.get(&id).cloned());
    let own = note.filter(|note| note.owner == who.subject());
    own.map(Json).ok_or_else(Problem::not_found)
}

#[delete("/notes/{id}")]
#[require_scope("notes:write")]
#[validated]
async fn delete_note(who: Principal, id: Path<u32>, shelf: Data<Shelf>) -> Result<NoContent> {
    let is_own = |kept: &mut Kept| {
        let is_own = kept.notes.get(&id).is_some_and(|note| note.owner == who.subject());
        is_own && kept.notes.remove(&id).is_some()
    };
    if shelf.with(is_own) { Ok(NoContent) } else { Err(Problem::not_found()) }
}

/// What no login here may do.
#[delete("/notes")]
#[require_scope("notes:admin")]
async fn delete_notes() -> NoContent {
    NoContent
}

#[post("/guesses")]
#[authenticated]
#[rate_limit("2/hour", by = subject)]
async fn guess() -> NoContent {
    NoContent
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Numbered {
    number: u32,
    #[validate(length(max = 1000))]
    text: String,
}

/// Takes requests that are counted one by one.
#[post("/numbers")]
#[require_scope("notes:write")]
#[rate_limit("6000/minute", by = subject)]
#[validated]
async fn count(shelf: Data<Shelf>, numbered: Json<Numbered>) -> Created<u32> {
    let Numbered { number, text } = numbered.into_inner();
    assert!(!text.is_empty());
    shelf.with(|kept| *kept.numbers.entry(number).or_default() += 1);
    Created(number)
}

/// Shows which connection is in use, between other requests.
#[get("/turn")]
#[public]
async fn turn(request: Vouched<HttpRequest>, shelf: Data<Shelf>) -> &'static str {
    let port = request.peer_addr().map_or(0, |peer| peer.port());
    shelf.with(|kept| kept.ports.push(port));
    "turn"
}

#[post("/files")]
#[require_scope("files:write")]
#[rate_limit("60/minute", by = subject)]
#[upload(max = "2 MiB", kinds(png))]
async fn save_file(file: Upload, store: Data<Uploads>) -> Result<CreatedAt<FileInfo>> {
    let kept = file.store(&store).await?;
    let place = format!("/files/{}", kept.id());
    Ok(Created(kept).at(place))
}

#[get("/files/{id}")]
#[require_scope("files:read")]
#[validated]
async fn load_file(id: Path<UploadId>, store: Data<Uploads>) -> Result<Download> {
    store.load(*id).await
}

/// The service, its shelf, and the folder that its files are in.
pub(super) fn service() -> (Builder, Shelf, TempDir) {
    let keys = SigningKeys::new(SigningKey::generate(Algorithm::EdDsa).unwrap());
    let issuer = TokenIssuer::new("https://id.example", "matrix", keys).unwrap();
    let issuer = issuer.refresh_store(MemoryRefreshStore::default());
    let (shelf, folder) = (Shelf::default(), tempfile::tempdir().unwrap());
    // The usual quota; one client sends 2,000 requests without a pause.
    let builder = Palisade::builder().service_limit(6000, Duration::from_secs(60), 3000);
    let builder = builder.host("127.0.0.1").auth(issuer.verifier().unwrap()).endpoints(
        endpoints![
            sign_up,
            log_in,
            create_note,
            list_notes,
            read_note,
            delete_note,
            delete_notes,
            guess,
            count,
            turn,
            save_file,
            load_file,
        ]
        .with_data(issuer)
        .with_data(PasswordHasher::new(PasswordCost::default()).unwrap())
        .with_data(Uploads::in_folder(folder.path().join("files")).unwrap())
        .with_data(shelf.clone()),
    );
    (builder, shelf, folder)
}
