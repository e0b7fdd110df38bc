//! The attributes of `palisade`. Depend on `palisade`, which re-exports them; this crate has no
//! stable interface of its own.
//!
//! The attributes on one handler form a set: their order says nothing. Each of them takes all its
//! siblings, and what comes out is one model, checked as a whole by `palisade-lint`.

mod expand;
#[cfg(test)]
mod fixtures;
mod input;
mod launch;
mod mount;
mod package;
mod scope;
mod settings;
#[cfg(feature = "sql")]
mod sql;
mod web;

use palisade_lint::attribute::{Entry, Word};
use proc_macro::TokenStream;
use proc_macro2::Span;

/// Routes `GET` (and `HEAD`) requests of a path to the handler.
///
/// ```text
/// #[get("/items/{id}")]
/// #[require_scope("items:read")]
/// #[validated]
/// async fn read_item(id: Path<u64>) -> Result<Json<Item>> { .. }
/// ```
///
/// - The path is absolute and a pattern as in Actix: `{name}` is one segment, `{name:regex}` what
///   the expression matches, `{rest:.*}` the rest. Every parameter is taken by an argument of type
///   `Path<T>`, and the reverse; both are checked when compiled.
/// - `name = ".."` names the route for URL generation.
/// - `guard = "module::function"` lets Actix ask a function before it routes here. It is routing:
///   a request that it refuses is answered 404. Who may call is said by [`macro@require_scope`],
///   [`macro@authenticated`] or [`macro@public`], and one of them must be there.
/// - `crate = path` (on any one of the attributes of a handler) is where `palisade` is found when
///   the dependency has another name. It begins with a dependency, not with `crate`, `self` or
///   `super`.
///
/// The function becomes a unit struct of its name, to be mounted by `endpoints![read_item]` or
/// `.service(read_item)`. It cannot be called past its guards; in unit tests
/// `read_item::unguarded(..)` calls it alone.
#[proc_macro_attribute]
pub fn get(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Get, args, item)
}

/// Routes `POST` requests of a path to the handler. See [`macro@get`] for what it takes.
#[proc_macro_attribute]
pub fn post(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Post, args, item)
}

/// Routes `PUT` requests of a path to the handler. See [`macro@get`] for what it takes.
#[proc_macro_attribute]
pub fn put(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Put, args, item)
}

/// Routes `PATCH` requests of a path to the handler. See [`macro@get`] for what it takes.
#[proc_macro_attribute]
pub fn patch(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Patch, args, item)
}

/// Routes `DELETE` requests of a path to the handler. See [`macro@get`] for what it takes.
///
/// A body is refused: its meaning is undefined (RFC 9110 section 9.3.5), and intermediaries drop it.
#[proc_macro_attribute]
pub fn delete(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Delete, args, item)
}

/// Routes `HEAD` requests of a path to the handler. See [`macro@get`], which answers `HEAD` too.
#[proc_macro_attribute]
pub fn head(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Head, args, item)
}

/// Routes `OPTIONS` requests of a path to the handler. See [`macro@get`] for what it takes.
///
/// Preflight requests of browsers are answered by the CORS stage and never come here.
#[proc_macro_attribute]
pub fn options(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Options, args, item)
}

/// Routes requests of several methods to the handler.
///
/// ```text
/// #[route("/items", method = "PUT", method = "PATCH")]
/// ```
///
/// Methods are `GET`, `POST`, `PUT`, `PATCH`, `DELETE`, `HEAD` and `OPTIONS`; everything else is as
/// for [`macro@get`].
#[proc_macro_attribute]
pub fn route(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Route, args, item)
}

/// Requires a valid identity whose token carries scopes.
///
/// ```text
/// #[require_scope("items:write")]
/// #[require_scope(all("items:read", "items:write"))]
/// #[require_scope(any("admin", all("items:read", "audit")))]
/// #[require_scope(all("items:read", not("suspended")))]
/// #[require_scope(Scope::ItemsWrite)]
/// ```
///
/// A text is one scope token (RFC 6749 section 3.3) and is compared as it is. A path names a value
/// of a type that implements `ScopeName`, as [`derive(Scope)`](derive@crate::Scope) writes it: a
/// misspelt one does not compile. `all`, `any` and `not` nest to any depth. A condition that a
/// token without any scope would fulfil (`not` alone) and one that no token fulfils do not compile.
/// Several attributes on one handler are all required.
///
/// 1. No credentials, or none that are valid: 401 (RFC 6750 section 3).
/// 2. Valid, without the scopes: 403 `insufficient_scope`, with the scopes that would help. Nothing
///    of the body has been read.
#[proc_macro_attribute]
pub fn require_scope(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::RequireScope, args, item)
}

/// Requires any valid identity. Takes no arguments.
///
/// Without valid credentials the answer is 401, before anything of the body is read. The handler
/// may take the caller as an argument of type `Principal`.
#[proc_macro_attribute]
pub fn authenticated(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Authenticated, args, item)
}

/// Lets anybody call, without an identity.
///
/// ```text
/// #[get("/ping")]
/// #[public]
///
/// #[post("/sign-up")]
/// #[public(reason = "people sign up before they have an account")]
/// ```
///
/// The reason is required where a method of the route changes state, and on handlers without a
/// route of ours; it shows in the inventory.
#[proc_macro_attribute]
pub fn public(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Public, args, item)
}

/// Names the credentials that the endpoint takes, among those that the service is configured for.
///
/// ```text
/// #[credentials(bearer)]
/// #[credentials(api_key, mutual_tls)]
/// #[credentials(bearer, revocation_outage = allow, reason = "reading the catalogue harms nobody")]
/// ```
///
/// - A name is that of an authenticator: `bearer` for tokens, or what the service's own call
///   themselves. One that no configured authenticator has stops the start. Without names, and
///   without the attribute, all that are configured are taken.
/// - `revocation_outage = allow`: while the revocations are not known, valid credentials pass
///   unless they were known to be revoked before, and the log says so; without it the answer
///   is 503. It needs a reason.
///
/// 1. Credentials of a kind that is not named here are not looked at: 401, as without any.
/// 2. Credentials of two kinds that are taken here, in one request: 400.
#[proc_macro_attribute]
pub fn credentials(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Credentials, args, item)
}

/// Admits request input: `Json<T>`, `Form<T>`, `Query<T>` and `Path<T>` of `Input` types.
///
/// ```text
/// #[validated]
/// #[validated(unknown_fields = allow, reason = "the partner adds fields before telling us")]
/// ```
///
/// 1. What cannot be parsed at all: 400. Another media type: 415. Too large: 413.
/// 2. A field that is missing, unknown, of the wrong type or against its rule: 422, naming each
///    field by its JSON pointer and the broken rule, never its value.
#[proc_macro_attribute]
pub fn validated(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Validated, args, item)
}

/// Limits how often the endpoint may be called, or how many bytes it may be sent. May repeat.
///
/// ```text
/// #[rate_limit("10/minute", by = ip)]
/// #[rate_limit("100/30 s", by = subject, burst = 20, cost = 2)]
/// #[rate_limit("10 MiB/hour", by = client)]
/// #[rate_limit("5/15 min", by = body("email"), count = failures)]
/// #[rate_limit("20/hour", by = ip, ban = "10 refusals in 10 minutes, 1 hour")]
/// ```
///
/// - The rate is a count and a window: `second`, `minute`, `hour`, `day` or a number of them, one
///   second to 30 days, at most 1,000,000 per second. A count in `KiB`, `MiB` or `GiB` is of the
///   bytes of request bodies.
/// - `by`: `ip` (the client's address, as trusted proxies vouch for it), `subject` (the identity),
///   `client` (the OAuth client), `global`, `header("x-api-key")`, `path("id")`, `body("email")` (a
///   field of the validated body; `"account.name"` for one inside another) or `function(tenant)` (a
///   `fn(&KeyRequest<'_>) -> Option<String>`). Two to four in parentheses count together those that
///   agree in all: `by = (ip, body("email"))`. A caller chooses headers, fields and the path, so a
///   limit by one of these needs a limit without them beside it, of at most 1,000 times as much; so
///   does one by a function, unless it says what it is made of: `function(tenant, of = subject)`, of
///   a pure `fn(&KeySources<'_>) -> Option<String>`.
/// - `burst`: units that may be spent at once; the count where it is left out. Of bytes: a size.
/// - `cost`: units that one request spends; 1 where it is left out.
/// - `count = failures`: only refused requests spend.
/// - `store = shared`: counted over all instances of the service; `store = local`: in each. Without
///   it the service's settings decide.
/// - `outage`: what holds while the shared store is out of reach. `local` (each instance counts by
///   itself) where it is left out, `closed` (503), or `open` (everything passes), which needs a
///   `reason`.
/// - `ban`: a key that is refused so often in this time is refused for that time. At most 10,000
///   refusals in 30 days, for 50 days.
/// - `mode = track`: counts and reports, and never refuses.
/// - `name`: the name in the `RateLimit` fields; the words of `by` where it is left out.
///
/// A request above the limit is answered 429 with `Retry-After`. Limits by address, header and path
/// are checked first, those by subject and client after authentication, those by fields of the body
/// once it has been validated.
#[proc_macro_attribute]
pub fn rate_limit(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::RateLimit, args, item)
}

/// Limits how many requests of the endpoint may be under way at once. May repeat.
///
/// ```text
/// #[concurrency_limit(8, by = subject)]
/// #[concurrency_limit(200, by = global, name = "exports")]
/// ```
///
/// The number is 1 to 10,000, in each instance of the service. `by`, `mode` and `name` are those of
/// [`macro@rate_limit`]. A request above the limit is answered 429; its place is free again when the
/// answer has been made, or nobody waits for it any more.
#[proc_macro_attribute]
pub fn concurrency_limit(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::ConcurrencyLimit, args, item)
}

/// Caps the request body of the endpoint: `#[body_limit("64 KiB")]`.
///
/// Units are `B`, `KiB`, `MiB` and `GiB`; at most 1 GiB. A longer body is 413, by its declared
/// length before a byte of it is read, or while it is read. Without the attribute the service's
/// default applies; there always is one.
#[proc_macro_attribute]
pub fn body_limit(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::BodyLimit, args, item)
}

/// Sets the deadline of the whole request body: `#[body_timeout("2 min")]`.
///
/// Units are `ms`, `s`, `min` and `h`; at most an hour. A body that has not arrived by then is 408.
/// The time counts in which the endpoint waits for bytes. Without the attribute the deadline follows
/// the bytes: the service's grace time, and from then on a least rate.
///
/// It has to fit the largest body, which [`macro@body_limit`] or [`macro@upload`] says: a deadline
/// that takes a line faster than 1 Mbit/s is a compile error.
#[proc_macro_attribute]
pub fn body_timeout(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::BodyTimeout, args, item)
}

/// Takes bodies in content codings: `#[body_encoding(gzip, zstd)]`.
///
/// The codings are `gzip`, `br` and `zstd` (RFC 9110 section 8.4.1). The endpoint takes such a body as it
/// takes a plain one, and [`macro@body_limit`] holds twice: for the bytes that come, and for those that
/// they decode to. A coding that is not named is 415, and `Accept-Encoding` in the answer names those
/// that are. A body in two codings is 415 too.
///
/// 1. A body that is cut off, corrupt, or followed by something is 400. One member of gzip or one frame of
///    zstd is taken: readers differ on those that follow.
/// 2. A body that decodes to more than the cap is 413, and so is one above 16 MiB that is more than 250
///    times as large as what came (CWE-409).
/// 3. The window of zstd has 8 MiB at most (RFC 9659), that of brotli 16 MiB (RFC 7932).
///
/// It is for `Json` and `Form`. What a `Vouched` extractor or an `Upload` reads is never decoded.
///
/// ```text
/// #[post("/measurements")]
/// #[require_scope("measurements:write")]
/// #[body_limit("4 MiB")]
/// #[body_encoding(gzip, zstd)]
/// #[validated]
/// async fn record(batch: Json<Batch>) -> Result<NoContent> { .. }
/// ```
///
/// It needs the feature `compression` of `palisade`; `br` the feature `brotli`, and `zstd` the feature
/// `zstd`.
#[proc_macro_attribute]
pub fn body_encoding(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::BodyEncoding, args, item)
}

/// Compresses the answers of the endpoint: `#[compress]`, `#[compress(reason = "..")]`.
///
/// Without the attribute nothing that a handler answers is compressed. An observer of encrypted
/// connections sees sizes, and the size of a compressed answer tells whether text that the request chose
/// is also in the rest of the answer: a secret there can be guessed piece by piece (BREACH,
/// CVE-2013-3587). So the attribute says that no secret is beside such text.
///
/// - On an endpoint that identifies its callers (`#[authenticated]`, `#[require_scope(..)]`) a reason is
///   required, and on one that takes a `Session` or a `FormToken`.
/// - Without a reason an answer that sets a cookie leaves as it is.
/// - With a reason the answer to a request that a browser calls another site's leaves as it is
///   (`Sec-Fetch-Site`).
///
/// The coding is what the client prefers by `Accept-Encoding` (RFC 9110 section 12.5.3): `zstd`, `br` or
/// `gzip`. Compressed is text (JSON, HTML, CSS, scripts, XML, SVG, ..) of 1 KiB or more, in answers with a
/// status of 2xx. Streams are flushed whenever they pause.
///
/// ```text
/// #[get("/catalogue")]
/// #[public]
/// #[compress]
/// async fn catalogue(db: Data<Db>) -> Result<Json<Catalogue>> { .. }
/// ```
///
/// It needs the feature `compression` of `palisade`, which has `gzip`; `br` comes with the feature `brotli`,
/// and `zstd` with the feature `zstd`.
#[proc_macro_attribute]
pub fn compress(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Compress, args, item)
}

/// Says which files the endpoint takes, as parts of a `multipart/form-data` body.
///
/// ```text
/// #[post("/files")]
/// #[require_scope("files:write")]
/// #[rate_limit("20/minute", by = subject)]
/// #[upload(max = "5 MiB", kinds(png, jpeg, pdf))]
/// async fn save(file: Upload, store: Data<Uploads>) -> Result<Created<..>> { .. }
///
/// #[upload(max = "2 MiB", kinds(png, jpeg), files = 8, field = "photos", pixels = 24_000_000)]
/// #[upload(max = "1 MiB", kinds(docx, zip), unpacked = "20 MiB")]
/// #[upload(max = "64 KiB", kinds(svg), reason = "logos, never shown in our own origin")]
/// ```
///
/// - `max`: the bytes of one file, 1 byte to 1 GiB. Required.
/// - `kinds`: what a file may be, by its content: `png`, `jpeg`, `gif`, `webp`, `pdf`, `zip`, `gzip`,
///   `docx`, `xlsx`, `pptx`, `text`, `csv`, `svg`, `html`. Required.
/// - `field`: the name of the form's field that holds a file; `file` where it is left out.
/// - `files`: how many files one request may have, 1 to 100; 1 where it is left out.
/// - `unpacked`: the bytes that what is packed in one file may unpack to; ten times `max`, and at
///   most 1 GiB, where it is left out.
/// - `pixels`: the pixels of one image, width times height times frames; 40,000,000 where it is left
///   out.
/// - `frames`: the frames of one image, 1 to 100,000; 1,000 where it is left out. With `frames = 1` no
///   animation is taken. The images that phones write behind a photo (a preview) are no frames.
/// - `charset`: the charset of texts that are not UTF-8, such as `"windows-1252"`; they are kept in UTF-8.
/// - `markup = allow`: takes texts and tables that a browser would take for markup. Needs a `reason`.
/// - `reason`: why `svg` or `html` is taken, which browsers run, or a text with markup. Required with
///   these, and with these only.
///
/// The handler takes the files as an argument of type `Upload` (one) or `UploadedFiles` (several). The
/// whole body may have `files` times `max` and 64 KiB, unless [`macro@body_limit`] says another total.
///
/// 1. Another media type than `multipart/form-data`: 415. A body above its cap: 413, by its declared
///    length before a byte of it is read.
/// 2. A file above `max`: 413. Content that is not of these kinds, or not of the kind that the part
///    declares: 415. Too many files, none, an unknown field: 422.
/// 3. What was refused leaves nothing behind.
///
/// It needs the feature `uploads` of `palisade`.
#[proc_macro_attribute]
pub fn upload(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Upload, args, item)
}

/// Sets the deadline of the handler: `#[timeout("5 s")]`.
///
/// Units are `ms`, `s`, `min` and `h`; at most an hour. A handler that takes longer is dropped where
/// it waits, and the answer is 504. One that blocks its thread waits nowhere: where it ends after its
/// deadline, its answer is sent, and the log and the metrics have it. The body of a streamed answer is
/// made after the handler has returned, and is not under this deadline.
#[proc_macro_attribute]
pub fn timeout(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Timeout, args, item)
}

/// Has the endpoint evaluate the conditions of requests (RFC 9110 section 13): `If-Match`,
/// `If-None-Match` and `If-Unmodified-Since`.
///
/// ```text
/// #[patch("/notes/{id}")]
/// #[require_scope("notes:write")]
/// #[conditional]
/// async fn change_note(note: Current<Note, Write>, ..) -> Result<Tagged<Note>> { .. }
///
/// #[conditional(required)]
/// ```
///
/// The handler takes `Current<T, Action>`, whose conditions are judged before the handler runs, or
/// `Preconditions`, which it judges itself. With `required` a request has to name a
/// version: `If-Match`, or `If-None-Match: *`.
///
/// 1. A field that cannot be read: 400.
/// 2. A condition that does not hold: 412. It is judged after the guards and after the policy of the
///    object, so that it tells nothing of objects of other callers.
/// 3. With `required`, neither `If-Match` nor `If-None-Match: *`: 428 (RFC 6585 section 3).
/// 4. Without the attribute, a request that may change state and states a condition: 412, of the type
///    `conditions-not-evaluated`.
///
/// It is for methods that change state. `GET` and `HEAD` need no attribute: answer with `Tagged<T>`.
#[proc_macro_attribute]
pub fn conditional(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Conditional, args, item)
}

/// Names the statuses that the handler itself answers with, for the OpenAPI document.
///
/// ```text
/// #[post("/notes")]
/// #[require_scope("notes:write")]
/// #[responds(409)]
/// async fn create_note(..) -> Result<Created<Note>> { .. }
/// ```
///
/// The document has the status of the return type and those of the endpoint's guards by itself. What the
/// handler returns as a `Problem` is in no type, so it is named here. A status from 400 up is
/// documented as a problem document, another one without a content.
///
/// It changes nothing about the answers, and costs nothing without the feature `openapi`.
#[proc_macro_attribute]
pub fn responds(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Responds, args, item)
}

/// Replaces response headers of the service's profile on one endpoint.
///
/// ```text
/// #[headers(cache = "public, max-age=3600")]
/// #[headers(csp = PAGES_WITH_MAPS, permissions = "geolocation=(self)")]
/// #[headers(profile = download)]
/// #[headers(profile = html, reason = "tera escapes what callers have written")]
/// #[headers(resource_policy = cross_origin, reason = "logos that partners embed")]
/// ```
///
/// - `cache`: the `Cache-Control` value; a shared cache is refused on endpoints with an identity.
/// - `csp`, `permissions`, `report_only`: the policies of the pages that the endpoint answers with,
///   and the one of which browsers only report. Texts that are checked as in [`macro@csp`] and
///   [`macro@permissions`], or constants that those have made. Other answers keep the strictest.
/// - `profile`: what the answers are that palisade did not make itself. `json` where it is left
///   out; `download` for files, which are saved and never shown; `html` for pages of a template
///   engine that palisade does not know, with a `reason`.
/// - `resource_policy`: which pages may embed the answers as pictures, fonts, styles or scripts
///   (`Cross-Origin-Resource-Policy`), beside those of this origin: `same_site` or `cross_origin`, with a
///   `reason`. Under `#[cross_origin(any)]` every page may.
/// - `reason`: why something weakens; without one it does not compile.
#[proc_macro_attribute]
pub fn headers(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::Headers, args, item)
}

/// Says what becomes of unsafe requests that browsers send for other sites, which are answered 403
/// without it.
///
/// ```text
/// #[cross_site(allow, reason = "the payment provider posts its form here")]
/// #[cross_site(token)]
/// ```
///
/// - `allow`: they are taken. The reason shows in the inventory.
/// - `token`: a request of which the browser does not say where it comes from, as older ones do not,
///   proves it by the `FormToken` of a page of this service, in the form's field `csrf_token` or in
///   the header `x-csrf-token`. What the browser calls another site's is refused as without it.
#[proc_macro_attribute]
pub fn cross_site(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::CrossSite, args, item)
}

/// Says which pages of other origins may read the answers of the endpoint (CORS), in place of the
/// service's list.
///
/// ```text
/// #[cross_origin("https://app.example", "https://*.app.example")]
/// #[cross_origin("https://app.example", headers("x-api-key"), expose("x-total"), max_age = "1 h")]
/// #[cross_origin("https://app.example", credentials = allow, reason = "the shop's own pages")]
/// #[cross_origin(any, reason = "a public catalogue, for everybody's pages")]
/// #[cross_origin(none)]
/// ```
///
/// - A text is an origin as browsers send it; `https://*.app.example` are all that are one label
///   below. What anybody can be (`null`, `*` over a public suffix, plain http to other machines)
///   and what no browser sends (capitals, a default port, a slash) do not compile.
/// - Pages of listed origins may send unsafe requests too; under `any` nobody of another site may.
/// - `credentials = allow` lets their requests carry cookies, and never goes with `any`.
/// - `headers(..)` are fields that they may send besides `Accept`, `Authorization` and
///   `Content-Type`; `expose(..)` fields of the answer that they may read besides those of every
///   answer.
/// - `max_age` is how long browsers keep what they were told: ten minutes without it, a day at most.
///
/// Preflight requests are answered by this policy, before authentication and limits.
#[proc_macro_attribute]
pub fn cross_origin(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::CrossOrigin, args, item)
}

/// Makes the CORS policy of a service, checked when compiled: for `Builder::cors`.
///
/// ```text
/// const PAGES: CorsPolicy = cors!("https://app.example", "https://*.app.example");
/// Palisade::from_env()?.cors(PAGES)
/// ```
///
/// It takes what [`macro@cross_origin`] takes, and `crate = path` before it where the dependency has
/// another name.
#[proc_macro]
pub fn cors(tokens: TokenStream) -> TokenStream {
    expand::cors(tokens.into()).into()
}

/// Silences one rule for one handler, or for one statement or expression of its body; for a type, with
/// the files of its template, or for an `impl`.
///
/// ```text
/// #[allow_unsafe(sql_format, reason = "the table's name comes from an enum of ours")]
/// ```
///
/// The reason is required and shows in the inventory.
#[proc_macro_attribute]
pub fn allow_unsafe(args: TokenStream, item: TokenStream) -> TokenStream {
    enter(Word::AllowUnsafe, args, item)
}

/// Marks a function whose attributes have been taken; changes nothing.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn absorbed(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// Lists the handlers to mount: `endpoints![create_item, items::list]`.
///
/// Takes only what has a policy; `crate = path,` in front says where a renamed `palisade` is.
/// `#[cfg(..)]` leaves a handler out of the list; any other attribute belongs on the handler.
#[proc_macro]
pub fn endpoints(tokens: TokenStream) -> TokenStream {
    mount::endpoints(tokens.into()).into()
}

/// Runs an `async fn main` on the server's runtime.
///
/// ```text
/// #[palisade::main]
/// async fn main() -> palisade::Exit { .. }
///
/// #[palisade::main(openapi = endpoints)]
/// async fn main() -> palisade::Exit { .. }
/// ```
///
/// With `openapi = function` (feature `openapi`), where `fn function() -> Endpoints` lists the endpoints,
/// `cargo palisade openapi` gets the OpenAPI document of the program before any code of `main` runs.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    launch::main(args.into(), item.into()).into()
}

/// Makes a type one that request input may be read into.
///
/// Every field must be bounded: a `String`, `Vec` or map by `#[validate(length(max = ..))]`, its
/// elements by their type (`Text<64>`). Unknown fields must be refused by
/// `#[serde(deny_unknown_fields)]`, and the `Validate` derive must stand beside it. What loosens
/// this takes a reason: `#[input(.., reason = "..")]`.
#[proc_macro_derive(Input, attributes(input))]
pub fn derive_input(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    input::derive(&item).into()
}

/// Makes an enum the list of a service's scopes, each named by a variant.
///
/// ```text
/// #[derive(Scope)]
/// enum Scope {
///     ItemsRead,                                   // items:read
///     OrderItemsRead,                              // order-items:read
///     #[scope("items.write")]
///     ItemsWrite,
///     #[scope("items:*", grants(ItemsRead, ItemsWrite))]
///     Items,
/// }
/// ```
///
/// - A variant's scope is its words in lower case, a colon before the last and hyphens between the
///   others; `#[scope("..")]` says another text. It is one RFC 6749 scope token, and two variants
///   do not share one.
/// - `grants(..)` lists the scopes that this one stands for, and they may grant others: a token
///   that carries `items:*` holds `Scope::ItemsRead`. Nothing is granted by the form of a text; a
///   `*` is admitted in a text that says what it grants, and nowhere else.
/// - `#[scope(crate = path)]` on the enum is where `palisade` is found under another name.
///
/// Implements `ScopeName`, for [`macro@require_scope`], and `Scopes` with the list of all. Grants
/// count where a scope is asked for by its value. A text in `require_scope` is compared as it is.
#[proc_macro_derive(Scope, attributes(scope))]
pub fn derive_scope(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    scope::derive(&item).into()
}

/// Makes a struct the settings of a service: read from `palisade.toml`, the environment, files that hold
/// one value, and the command line.
///
/// ```text
/// /// Keeps notes.
/// #[derive(Settings)]
/// #[settings(section = "notes")]
/// struct NotesSettings {
///     /// The folder of the database file.
///     #[setting(default = ".palisade")]
///     data: PathBuf,                      // NOTES_DATA, `data` in `[notes]`, --data
///     /// The database, in place of a file.
///     #[setting(name = "DATABASE_URL")]
///     database: Option<SecretString>,     // DATABASE_URL, DATABASE_URL_FILE
///     /// How many notes a page has.
///     #[setting(default = 50, min = 1, max = 200)]
///     page: u32,
///     /// How they are sorted.
///     #[setting(default = "title", one_of("title", "created"))]
///     sort: String,
/// }
/// ```
///
/// - The comment of a field is what `--help` prints. It cannot be left out.
/// - Types are those that implement `SettingValue`; with `from_str` any type that is `FromStr`. What is
///   neither an `Option` nor a `Vec`, and has no `default`, must be set.
/// - `SecretString` is a secret: it is masked, is not taken from the command line, nor from a file that
///   others can read, and has no `default`. In production it must not be one that can be guessed, unless
///   `unchecked = ".."` says why it may: a user name.
/// - `needs = "page"` names another field: setting this one alone is an error.
/// - `#[settings(crate = path)]` is where `palisade` is found under another name.
#[proc_macro_derive(Settings, attributes(settings, setting))]
pub fn derive_settings(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    settings::derive(&item).into()
}

/// A `Content-Security-Policy` that is checked when the program is compiled: a constant `Csp`.
///
/// ```text
/// csp!("default-src 'self'; script-src {nonce} 'strict-dynamic'; object-src 'none'; \
///       base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
/// csp!("default-src 'none'; script-src {boot}; ..", boot = inline("start()"))
/// csp!("default-src 'none'; script-src {app}; ..", app = file("static/app.js"))
/// csp!("default-src 'self'; style-src 'self' 'unsafe-inline'; ..", reason = "the editor's styles")
/// ```
///
/// - `{nonce}` is the nonce of each answer; another name in braces the SHA-256 of a text or of a
///   file, from the folder of the `Cargo.toml`.
/// - What browsers would ignore or read otherwise is an error: an unknown directive or keyword, one
///   that is given twice, a keyword without quotes, a comma, a fixed nonce.
/// - What weakens is one without a `reason`: `'unsafe-inline'`, `'unsafe-eval'`, `*`, `http:`,
///   `data:` for scripts, a host where anybody publishes, and whatever the policy leaves open
///   (`default-src`, `base-uri`, `form-action`, `frame-ancestors`). The reason shows at start-up.
/// - `crate = path` is where `palisade` is found under another name.
#[proc_macro]
pub fn csp(tokens: TokenStream) -> TokenStream {
    web::csp(tokens.into()).into()
}

/// The hash of an inline script or style, or of a file: `"sha256-.."`, for `integrity`.
///
/// ```text
/// csp_hash!("start()")
/// csp_hash!(file("static/app.js"))
/// ```
#[proc_macro]
pub fn csp_hash(tokens: TokenStream) -> TokenStream {
    web::csp_hash(tokens.into()).into()
}

/// A `Permissions-Policy` that is checked when the program is compiled: a constant `Permissions`.
///
/// ```text
/// permissions!("geolocation=(self), camera=(self \"https://meet.example\")")
/// permissions!("fullscreen=*", reason = "players of many sites are embedded")
/// ```
///
/// What it does not name is denied. Unknown features, malformed lists and the syntax of
/// `Feature-Policy` are errors; `*` and http origins are, without a `reason`.
#[proc_macro]
pub fn permissions(tokens: TokenStream) -> TokenStream {
    web::permissions(tokens.into()).into()
}

/// A query that is checked when the program is compiled, and that cannot be injected.
///
/// ```text
/// sql!("SELECT id, title FROM notes WHERE owner = {who.subject()} AND id IN ({ids..})
///       {?let Some(term) = &search: AND title LIKE {contains(term)}}
///       ORDER BY {sort: NoteSort} LIMIT {limit}" as Note)
///     .fetch_all(&db).await?
/// ```
///
/// What stands in braces is Rust and is bound; it never becomes a part of the text.
///
/// | braces | |
/// |---|---|
/// | `{expr}` | a value of a type that implements `Bind` |
/// | `{expr..}` | a list, alone in its parentheses: `id IN ({ids..})`; an empty one is no row |
/// | `{expr: Type}` | a column, chosen by a type that derives `SqlName`; after one, a direction |
/// | `{?condition: AND ..}` | text that is there where the condition holds: a `bool`, or `let PATTERN = expr` |
/// | `LIKE {contains(&term)}` | the one place where a pattern is made: `contains`, `starts_with`, `ends_with` |
/// | `{{`, `}}` | a brace that is text |
///
/// `as Type` says what a row is: a type that derives `Row`, a tuple, or the type of a single column.
/// A query without rows has no `as`, and is run by `execute`.
///
/// The text is parsed for every database whose feature is on, with each combination of its optional
/// parts. It is one statement, without comments. UPDATE and DELETE have a WHERE, and what is no
/// SELECT, INSERT, UPDATE or DELETE belongs into a migration. Tables and columns are looked up in
/// what the files in `migrations` make, and what the type reads is compared with what they hold.
///
/// Options follow the type: `dangerous_no_where`, `dangerous_ddl`, `dangerous_pattern` and
/// `dangerous_raw` let one of these through and take a reason; `sqlite`, `postgres` and `mysql` take
/// a text of their own for one database, with the same braces; `migrations = "folder"` names another
/// folder; `crate = path` is where `palisade` is found under another name.
#[cfg(feature = "sql")]
#[proc_macro]
pub fn sql(tokens: TokenStream) -> TokenStream {
    sql::query(tokens.into()).into()
}

/// The migrations of the crate, as they are when it is compiled: `db.migrate(migrations!())`.
///
/// They are the files in `migrations` beside the `Cargo.toml`, in the layout of sqlx:
/// `0001_notes.sql`, or `0001_notes.up.sql` with a `.down.sql`. Where the databases need texts of
/// their own they are in `migrations/sqlite`, `migrations/postgres` and `migrations/mysql`.
/// `migrations!("folder")` names another folder.
#[cfg(feature = "sql")]
#[proc_macro]
pub fn migrations(tokens: TokenStream) -> TokenStream {
    sql::migrations(tokens.into()).into()
}

/// Makes an enum a set of columns that a request chooses among: `ORDER BY {sort: NoteSort}`.
///
/// ```text
/// #[derive(SqlName)]
/// enum NoteSort {
///     Title,                              // title
///     CreatedAt,                          // created_at
///     #[sql(name = "users.name")]
///     Owner,
/// }
///
/// #[derive(SqlName)]
/// enum Order { Asc, Desc }                // after a column
/// ```
///
/// Names are identifiers, and no words of SQL. That they are columns of the query is checked at each
/// `sql!` that uses them. `#[sql(crate = path)]` on the enum is where `palisade` is found under
/// another name.
#[cfg(feature = "sql")]
#[proc_macro_derive(SqlName, attributes(sql))]
pub fn derive_sql_name(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    sql::derive_name(&item).into()
}

/// Makes a struct one that rows are read into: `sql!(".." as Note)`.
///
/// Each field is read from the column of its name, or of `#[sql(name = "..")]`. That a query gives
/// all of them, of a type that fits, and `Option` where they may be `NULL`, is checked when it is
/// compiled, as far as the migrations tell. `#[sql(crate = path)]` on the struct is where `palisade`
/// is found under another name.
#[cfg(feature = "sql")]
#[proc_macro_derive(Row, attributes(sql))]
pub fn derive_row(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    sql::derive_row(&item).into()
}

fn enter(word: Word, args: TokenStream, item: TokenStream) -> TokenStream {
    let entry = Entry { word, span: Span::call_site(), tokens: args.into() };
    expand::attribute(entry, &item.into()).into()
}
