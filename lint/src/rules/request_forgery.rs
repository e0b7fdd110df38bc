//! Outside data that decides where the service sends a request.

use super::{Call, Method, Site, Watch};
use crate::krate::name::Known;
use crate::taint::class::Class;
use crate::taint::value::Value;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data as the URL, the host or the address of an outgoing request. A preceding constant scheme and host is accepted.
    ///
    /// ## Why it is bad
    /// The service can reach hosts that the client cannot: the metadata address of the cloud, databases, the admin port on localhost.
    ///
    /// ## Example
    /// ```text
    /// let page = reqwest::get(&query.url).await?.text().await?;
    /// ```
    ///
    /// ## Use instead
    /// Compare the host with the allowed ones, or build the URL from a constant one.
    /// ```text
    /// let url = Url::parse(&query.url)?;
    /// if url.host_str() != Some("images.example.com") { return Err(Problem::bad_request()); }
    /// let page = reqwest::get(url).await?;
    /// ```
    ///
    /// ## References
    /// - CWE-918: Server-Side Request Forgery
    /// - OWASP Top 10 A10
    request_forgery, CWE 918, Deny, Item, watch &[Watch::CallOf("reqwest"), Watch::CallOf("blocking"), Watch::CallOf("ureq"), Watch::CallOf("surf"), Watch::CallOf("isahc"), Watch::CallOf("attohttpc"), Watch::CallOf("minreq"), Watch::CallOf("TcpStream"), Watch::CallOf("UdpSocket"), Watch::CallOf("Request"), Watch::CallOf("Proxy"), Watch::CallOf("http_req"), Watch::CallOf("Endpoint"), Watch::CallOf("Agent"), Watch::CallOf("Client"), Watch::CallOf("nyquest"), Watch::CallOf("UnixStream"), Watch::CallOf("tungstenite"), Watch::CallOf("tokio_tungstenite"), Watch::CallOf("async_tungstenite"), Watch::CallOf("FtpStream"), Watch::CallOf("NativeTlsFtpStream"), Watch::CallOf("AsyncFtpStream"), Watch::CallOf("SmtpTransport"), Watch::CallOf("RequestBuilder"), Watch::CallOf("Session"), Watch::CallOf("ehttp"), Watch::CallOf("chttp"), Watch::Call("get"), Watch::Call("connect_async"), Watch::Call("connect"), Watch::Call("lookup_host"), Watch::Call("client_async"), Watch::Call("download"), Watch::Method("get"), Watch::Method("post"), Watch::Method("put"), Watch::Method("patch"), Watch::Method("delete"), Watch::Method("head"), Watch::Method("request"), Watch::Method("uri"), Watch::Method("url"), Watch::Method("connect"), Watch::Method("send_to"), Watch::Method("execute"), Watch::Method("get_async"), Watch::Method("post_async"), Watch::Method("request_async"), Watch::Method("set_url")], check
}

pub(crate) const MESSAGE: &str = "request data decides where the service sends a request";
pub(crate) const HELP: &str =
    "compare the host with a list of those that are allowed, or build the URL on a constant host";

/// Crates that send requests.
const CLIENTS: &[&str] = &[
    "reqwest",
    "awc",
    "actix_web",
    "surf",
    "isahc",
    "hyper",
    "hyper_util",
    "ureq",
    "attohttpc",
    "minreq",
    "reqwest_middleware",
    "gloo_net",
    "http_client",
    "wreq",
    "rquest",
];

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) => check_call(call, walker),
        Site::Method(method) => check_method(method, walker),
        Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}

fn check_call(call: &Call<'_>, walker: &mut Walker<'_>) {
    let name = call.name;
    if name.known == Known::Local {
        return;
    }
    let verb = |word: &str| {
        matches!(
            word,
            "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "connect" | "trace"
        )
    };
    let value = match (name.parent(), name.last()) {
        ("reqwest" | "ureq" | "surf" | "isahc" | "attohttpc" | "minreq", "request") => call.arg(1),
        ("reqwest" | "ureq" | "surf" | "isahc" | "attohttpc" | "minreq", last)
            if verb(last) || matches!(last, "get_async" | "post_async") =>
        {
            call.arg(0)
        }
        ("blocking", last) if name.segments.iter().any(|s| &**s == "reqwest") && verb(last) => {
            call.arg(0)
        }
        ("http_req" | "request", "get") => call.arg(0),
        ("TcpStream" | "UdpSocket", "connect" | "connect_timeout") => call.arg(0),
        ("Request", last) if verb(last) => call.arg(0),
        ("Request", "new")
            if call.args.len() == 2 && name.segments.iter().any(|s| &**s == "reqwest") =>
        {
            call.arg(1)
        }
        ("Proxy", "all" | "http" | "https") | ("Endpoint", "from_shared" | "new") => call.arg(0),
        (_, "connect_async") if name.known != Known::Unknown || name.segments.len() == 1 => {
            call.arg(0)
        }
        ("net", "lookup_host") => call.arg(0),
        (
            "tungstenite" | "tokio_tungstenite" | "async_tungstenite",
            "connect" | "connect_async" | "client",
        ) => call.arg(0),
        (
            "FtpStream" | "SmtpTransport" | "NativeTlsFtpStream" | "AsyncFtpStream" | "UnixStream"
            | "WebSocketStream",
            "connect" | "relay" | "connect_timeout",
        ) => call.arg(0),
        ("Request" | "RequestBuilder", "post" | "get") => call.arg(0),
        ("Session" | "Request", "new")
            if name.segments.iter().any(|s| {
                matches!(&**s, "surf" | "http_req" | "attohttpc" | "ehttp" | "minreq")
            }) =>
        {
            call.args.last()
        }
        (
            "ehttp" | "nyquest" | "chttp" | "httpclient" | "curl" | "gloo" | "zap" | "easy_http",
            "get" | "post" | "fetch",
        ) => call.arg(0),
        _ => None,
    };
    if let Some(value) = value {
        walker.flow(
            &RULE,
            Class::REQUEST,
            address(value).as_ref().unwrap_or(value),
            call.span,
            MESSAGE,
            HELP,
        );
    }
}

/// The host of `(host, port)`.
fn address(value: &Value) -> Option<Value> {
    value.fields.as_ref()?.0.get("0").cloned()
}

fn check_method(method: &Method<'_>, walker: &mut Walker<'_>) {
    let ty = method.recv.ty.as_ref().map(super::super::krate::ty::Ty::peeled);
    let last = ty.as_ref().map_or("", |ty| ty.last());
    let client = ty.as_ref().is_some_and(|ty| {
        matches!(
            last,
            "Client"
                | "ClientWithMiddleware"
                | "HttpClient"
                | "Agent"
                | "Session"
                | "AsyncClient"
                | "BlockingClient"
                | "ClientRequest"
        ) && (CLIENTS.contains(&ty.head.first())
            || ty.head.known == Known::Unknown
                && matches!(last, "Client" | "HttpClient" | "ClientWithMiddleware" | "Agent"))
    });
    let name = method.recv_name();
    let named = last.is_empty()
        && (matches!(
            name.as_str(),
            "http" | "http_client" | "reqwest" | "reqwest_client" | "awc" | "agent" | "web_client"
        ) || name.ends_with("http_client"))
        || last.is_empty() && name == "client" && walker.names().imports_from(CLIENTS_ONLY);
    let value = match method.name {
        "get" | "post" | "put" | "patch" | "delete" | "head" | "get_async" | "post_async"
            if client || named =>
        {
            method.arg(0)
        }
        "request" if client || named => method.arg(1),
        "uri" => (matches!(last, "Request" | "Builder" | "RequestBuilder")
            && method.args.len() == 1)
            .then(|| method.arg(0))
            .flatten(),
        "url" | "set_url" => matches!(last, "Easy" | "Easy2").then(|| method.arg(0)).flatten(),
        "send_to" => matches!(last, "UdpSocket").then(|| method.arg(1)).flatten(),
        "connect" => matches!(last, "UdpSocket" | "TcpSocket" | "HttpConnector")
            .then(|| method.arg(0))
            .flatten(),
        _ => None,
    };
    if let Some(value) = value {
        walker.flow(
            &RULE,
            Class::REQUEST,
            address(value).as_ref().unwrap_or(value),
            method.span,
            MESSAGE,
            HELP,
        );
    }
}

/// Crates that do nothing else.
pub(crate) const CLIENTS_ONLY: &[&str] = &["reqwest", "awc", "surf", "isahc", "ureq"];
