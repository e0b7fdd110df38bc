//! Who may do what to one object, over real sockets.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::App;
use palisade::{
    Palisade,
    object::{
        Action, Decision, Delete, Denied, Permits, Policy, Read, Resource, Write, all_of, any_of,
        has_scope, owner, when,
    },
    prelude::*,
};
use palisade_tests::{
    audit,
    client::{Answer, Request},
    server::Server,
    token::{self, token},
};

#[derive(Scope)]
enum Scope {
    NotesAdmin,
    #[scope(grants(NotesAdmin))]
    Root,
}

#[get("/admin")]
#[require_scope(Scope::NotesAdmin)]
async fn as_admin() -> &'static str {
    "ok"
}

/// Notes 1 to 9 are ada's, note 3 is shared with bob, note 5 cannot be loaded.
#[derive(Debug)]
struct Note {
    id: u64,
    owner: &'static str,
}

#[derive(Debug, Default)]
struct Notes {
    loaded: AtomicUsize,
}

/// Who shares what is asked of something that may be out of reach.
#[derive(Debug)]
struct Shares;

impl Shares {
    async fn has(&self, note: u64, subject: &str) -> Result<bool> {
        actix_web::rt::task::yield_now().await;
        if note == 4 {
            return Err(Problem::unavailable("the shares are out of reach: secret-42"));
        }
        Ok(note == 3 && subject == "bob")
    }
}

impl Resource for Note {
    type Id = u64;
    type State = Data<Notes>;

    async fn load(id: u64, notes: Data<Notes>) -> Result<Option<Self>> {
        notes.loaded.fetch_add(1, Ordering::SeqCst);
        match id {
            5 => Err(Problem::internal("the table is gone: secret-42")),
            6 => Err(Problem::not_found().with_detail("a detail of its own")),
            7 => Err(Problem::conflict("it is locked by somebody else")),
            1..10 => Ok(Some(Self { id, owner: "ada" })),
            _ => Ok(None),
        }
    }
}

async fn is_shared(note: &Note, who: &Principal, shares: &Shares) -> Result<bool> {
    shares.has(note.id, who.subject()).await
}

fn is_frozen(note: &Note, _: &Principal) -> Decision {
    if note.id == 2 { Decision::Denied } else { Decision::Granted }
}

impl Permits<Read> for Note {
    fn policy() -> impl Policy<Self> {
        any_of((owner(|note: &Note| note.owner), has_scope(Scope::NotesAdmin), when(is_shared)))
    }
}

impl Permits<Write> for Note {
    fn policy() -> impl Policy<Self> {
        all_of((owner(|note: &Note| note.owner), when(is_frozen)))
    }
}

impl Permits<Delete> for Note {
    const DENIED: Denied = Denied::Forbidden { reason: "every member sees the list of notes" };

    fn policy() -> impl Policy<Self> {
        owner(|note: &Note| note.owner)
    }
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    #[validate(length(min = 1, max = 10))]
    text: String,
}

#[get("/notes/{id}")]
#[require_scope(any("notes:read", Scope::NotesAdmin))]
async fn read(note: Owned<Note, Read>) -> String {
    format!("{} of {}", note.id, note.owner)
}

/// The object precedes the input, and is loaded after it.
#[put("/notes/{id}")]
#[authenticated]
#[validated]
async fn write(note: Owned<Note, Write>, change: Json<Change>) -> String {
    format!("{} {}", note.id, change.text)
}

#[delete("/notes/{id}")]
#[authenticated]
async fn delete_note(note: Owned<Note, Delete>) -> Result<NoContent> {
    let Note { .. } = note.into_inner();
    Ok(NoContent)
}

/// An object whose id is two parameters of the path, and another beside it.
#[derive(Debug)]
struct Folder(u32);

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct FolderId {
    folder: u32,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Rest {
    page: u32,
}

impl Resource for Folder {
    type Id = FolderId;
    type State = ();

    async fn load(id: FolderId, (): ()) -> Result<Option<Self>> {
        Ok((id.folder < 10).then_some(Self(id.folder)))
    }
}

impl Permits<Read> for Folder {
    fn policy() -> impl Policy<Self> {
        when(|folder: &Folder, _: &Principal| folder.0 > 0)
    }
}

#[get("/folders/{folder}/pages/{page}")]
#[authenticated]
#[validated]
async fn page(rest: Path<Rest>, folder: Owned<Folder, Read>) -> String {
    format!("{} {}", folder.0, rest.page)
}

/// How slow loading is, in milliseconds.
#[derive(Debug)]
struct Slow;

struct Wait;

impl Action for Wait {
    const NAME: &'static str = "wait";
}

impl Resource for Slow {
    type Id = u64;
    type State = ();

    const REFUSE_AFTER: Duration = Duration::from_millis(60);

    async fn load(id: u64, (): ()) -> Result<Option<Self>> {
        actix_web::rt::time::sleep(Duration::from_millis(id)).await;
        Ok(id.is_multiple_of(2).then_some(Self))
    }
}

impl Permits<Wait> for Slow {
    fn policy() -> impl Policy<Self> {
        when(|_: &Slow, who: &Principal| who.subject() == "ada")
    }
}

#[get("/slow/{id}")]
#[authenticated]
#[timeout("4 s")]
async fn slow(_slow: Owned<Slow, Wait>) -> &'static str {
    actix_web::rt::time::sleep(Duration::from_secs(2)).await;
    "ok"
}

/// Mounted by hand, under a path that the macro does not know.
#[authenticated]
async fn plain(note: Owned<Note, Read>) -> String {
    note.id.to_string()
}

fn builder() -> palisade::Builder {
    Palisade::builder()
        .auth(token::verifier())
        .dangerous_no_service_limit("the tests send more than one client would")
        .endpoints(endpoints![read, write, delete_note, page, slow, as_admin])
}

static NOTES: LazyLock<Data<Notes>> = LazyLock::new(|| Data::new(Notes::default()));

fn server() -> &'static Server {
    static SERVER: LazyLock<Server> = LazyLock::new(|| {
        audit::listen();
        let palisade = builder().build().unwrap();
        Server::start(move || {
            App::new()
                .app_data(NOTES.clone())
                .app_data(Data::new(Shares))
                .configure(|config| palisade.mount(config))
                .route("/plain/{id}", actix_web::web::get().to(plain))
                .route("/plain/{a}/{b}", actix_web::web::get().to(plain))
                .wrap(palisade.clone())
        })
    });
    &SERVER
}

fn by(subject: &str, method: &str, path: &str) -> Request {
    server().request(method, path).bearer(&token(subject, "notes:read"))
}

fn get(subject: &str, path: &str) -> Answer {
    by(subject, "GET", path).send()
}

/// The parts by which a client could distinguish answers: all but the id and the date.
fn visible(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let differs = |name: &str| matches!(name, "x-request-id" | "date");
    let mut headers: Vec<_> =
        answer.headers.iter().filter(|(name, _)| !differs(name)).cloned().collect();
    // Their order is that of a hash map, and another with each answer.
    headers.sort();
    (answer.status, headers, answer.text())
}

fn outcome(subject: &str) -> String {
    let events = audit::events("subject", subject);
    let [event] = events.as_slice() else { panic!("{events:?}") };
    event.get("objects").cloned().unwrap_or_default()
}

#[test]
fn an_owner_reads_and_others_see_nothing() {
    assert_eq!(get("ada", "/notes/1").text(), "1 of ada");
    let missing = get("eve", "/notes/99");
    assert_eq!((missing.status, missing.problem().as_str()), (404, "not-found"));
    for hidden in ["/notes/1", "/notes/6", "/notes/7"] {
        assert_eq!(visible(&get("eve", hidden)), visible(&missing), "{hidden}");
    }
}

#[test]
fn who_is_granted_otherwise_reads_too() {
    assert_eq!(get("bob", "/notes/3").text(), "3 of ada");
    assert_eq!(get("bob", "/notes/2").status, 404);
    let admin = server().get("/notes/2").bearer(&token("root", "notes:admin")).send();
    assert_eq!(admin.text(), "2 of ada");
}

#[test]
fn every_policy_of_a_group_counts() {
    let change = |subject, path| by(subject, "PUT", path).json(r#"{"text":"x"}"#).send();
    assert_eq!(change("ada", "/notes/1").text(), "1 x");
    // A frozen object of the caller; an object of another caller that is not frozen.
    assert_eq!(change("ada", "/notes/2").status, 404);
    assert_eq!(change("bob", "/notes/3").status, 404);
}

#[test]
fn a_refusal_says_so_where_that_is_declared() {
    assert_eq!(by("ada", "DELETE", "/notes/1").send().status, 204);
    let denied = by("eve", "DELETE", "/notes/1").send();
    assert_eq!((denied.status, denied.problem().as_str()), (403, "forbidden"));
    assert_eq!(by("eve", "DELETE", "/notes/99").send().status, 404);
}

#[test]
fn what_cannot_be_decided_is_never_a_pass() {
    let answer = get("bob", "/notes/4");
    assert_eq!((answer.status, answer.problem().as_str()), (503, "unavailable"));
    assert!(!answer.text().contains("secret-42"));
    // The owner's access does not depend on the shares.
    assert_eq!(get("ada", "/notes/4").status, 200);
    let broken = get("ada", "/notes/5");
    assert_eq!((broken.status, broken.problem().as_str()), (500, "internal"));
    assert!(!broken.text().contains("secret-42"));
}

#[test]
fn input_is_validated_before_an_object_is_loaded() {
    // An id that names nothing and a body that breaks a rule: the rule comes first.
    let answer = by("order-eve", "PUT", "/notes/99").json(r#"{"text":""}"#).send();
    assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-input"));
    let answer = by("order-eve", "PUT", "/notes/99").json("{").send();
    assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed-body"));
    for event in audit::events("subject", "order-eve") {
        assert_eq!(event.get("objects"), None, "an object was asked about");
    }
    let answer = by("order-eve", "PUT", "/notes/99").json(r#"{"text":"x"}"#).send();
    assert_eq!(answer.status, 404);
}

#[test]
fn guards_come_before_objects() {
    let answer = server().get("/notes/99").send();
    assert_eq!(answer.status, 401);
    let answer = server().get("/notes/99").bearer(&token("x", "other")).send();
    assert_eq!((answer.status, answer.problem().as_str()), (403, "insufficient-scope"));
}

#[test]
fn an_id_of_another_form_is_refused_as_every_input() {
    for id in ["x", "-1", "01", "1.0", "18446744073709551616", "%31%30x", "+1"] {
        let answer = get("ada", &format!("/notes/{id}"));
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-input"), "{id}");
    }
}

#[test]
fn arguments_share_the_parameters_of_a_path() {
    assert_eq!(get("ada", "/folders/1/pages/7").text(), "1 7");
    assert_eq!(get("ada", "/folders/0/pages/7").status, 404);
    assert_eq!(get("ada", "/folders/99/pages/7").status, 404);
    assert_eq!(get("ada", "/folders/99/pages/x").status, 422);
    assert_eq!(get("ada", "/folders/x/pages/7").status, 422);
}

#[test]
fn loading_counts_against_the_handlers_deadline() {
    assert_eq!(get("ada", "/slow/2").status, 200);
    // Alone each would be in time.
    let answer = get("ada", "/slow/2500");
    assert_eq!((answer.status, answer.problem().as_str()), (504, "timeout"));
    let started = Instant::now();
    assert_eq!(get("ada", "/slow/60000").status, 504);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn refusals_leave_no_earlier_than_declared() {
    for (subject, id) in [("eve", 2), ("ada", 1)] {
        let started = Instant::now();
        assert_eq!(get(subject, &format!("/slow/{id}")).status, 404);
        assert!(started.elapsed() >= Duration::from_millis(60), "{subject}");
    }
}

#[test]
fn the_audit_event_has_each_decision_and_its_trace() {
    let shared = "http::objects::is_shared";
    for (subject, path, expected) in [
        ("audit-missing", "/notes/99", "Note 99 read: missing".to_owned()),
        (
            "audit-denied",
            "/notes/1",
            format!("Note 1 read: denied (owner: denied, notes:admin: denied, {shared}: denied)"),
        ),
        (
            "audit-undecided",
            "/notes/4",
            format!(
                "Note 4 read: indeterminate (owner: denied, notes:admin: denied, {shared}: \
                 indeterminate)"
            ),
        ),
        ("audit-failed", "/notes/5", "Note 5 read: failed".to_owned()),
        ("audit-late", "/slow/60000", "Slow 60000 wait: timed out".to_owned()),
    ] {
        get(subject, path);
        assert_eq!(outcome(subject), expected, "{path}");
    }
    server().get("/notes/2").bearer(&token("audit-admin", "notes:admin")).send();
    assert_eq!(
        outcome("audit-admin"),
        "Note 2 read: granted (owner: denied, notes:admin: granted)"
    );
    get("audit-none", "/folders/1/pages/x");
    assert_eq!(outcome("audit-none"), "");
}

#[test]
fn a_plain_handler_takes_its_object_from_the_path_that_it_is_mounted_under() {
    assert_eq!(get("ada", "/plain/3").text(), "3");
    assert_eq!(get("eve", "/plain/3").status, 404);
    assert_eq!(get("ada", "/plain/3/4").status, 500);
}

#[test]
fn without_its_state_nothing_is_loaded_and_the_service_does_not_start() {
    let palisade = builder().build().unwrap();
    let server = Server::start(move || {
        App::new()
            .app_data(Data::new(Notes::default()))
            .configure(|config| palisade.mount(config))
            .wrap(palisade.clone())
    });
    let answer = server.get("/notes/1").bearer(&token("ada", "notes:read")).send();
    assert_eq!((answer.status, answer.problem().as_str()), (500, "internal"));
    // What needs no more than there is goes on.
    let answer = server.request("DELETE", "/notes/1").bearer(&token("ada", "")).send();
    assert_eq!(answer.status, 204);

    let serve = |builder: palisade::Builder| {
        actix_web::rt::System::new().block_on(async {
            let serving = builder.bind("127.0.0.1:0").serve();
            match actix_web::rt::time::timeout(Duration::from_millis(300), serving).await {
                Ok(Err(failure)) => failure.complaints().to_vec(),
                Ok(Ok(())) => panic!("it ended by itself"),
                Err(_) => Vec::new(),
            }
        })
    };
    let complaints = serve(builder().data(Notes::default()));
    let [complaint] = complaints.as_slice() else { panic!("{complaints:?}") };
    assert!(complaint.starts_with("`read` (") && complaint.contains("Shares"), "{complaint}");
    assert_eq!(serve(builder()).len(), 3);
    audit::listen();
    assert_eq!(serve(builder().data(Notes::default()).data(Shares)), Vec::<String>::new());

    // The table at the start has each object, and what was given away.
    let table = audit::message("Owned<Note, Delete>").unwrap();
    let row = |name: &str| table.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(row("Owned<Note, Read>").contains("Owned<Note, Read> (read)"), "{table}");
    let told = row("Owned<Note, Delete>");
    assert!(told.contains("Owned<Note, Delete> (delete, 403 where denied)"), "{table}");
    assert!(told.contains("every member sees the list of notes"), "{table}");
    assert!(row("/admin").contains("notes:admin is granted by root"), "{table}");
}

#[test]
fn the_policy_of_an_endpoint_says_which_object_and_for_what() {
    let endpoints = endpoints![read, delete_note];
    let arguments = endpoints.policies().flat_map(|policy| policy.arguments);
    let objects: Vec<_> = arguments
        .filter_map(|argument| {
            let palisade::policy::Shape::Object(object) = argument.shape else { return None };
            Some((argument.written, object.action, object.denied))
        })
        .collect();
    let denied = Denied::Forbidden { reason: "every member sees the list of notes" };
    assert_eq!(
        objects,
        [
            ("Owned<Note, Read>", "read", Denied::NotFound),
            ("Owned<Note, Delete>", "delete", denied)
        ]
    );
}
