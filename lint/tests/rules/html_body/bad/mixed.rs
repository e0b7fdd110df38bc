// audit
use axum::{extract::{Path, Query, Form, State}, response::{Html, Redirect, IntoResponse, Response}, http::{header, StatusCode, HeaderMap}};
use warp::Filter;
async fn hello(Query(p): Query<Params>) -> Html<String> {
    Html(format!("<h1>Hello, {}!</h1>", p.name)) //~ html_body
}
async fn hello_ok(Query(p): Query<Params>) -> Html<String> {
    Html(format!("<h1>Hello, {}!</h1>", html_escape::encode_text(&p.name)))
}
async fn go(Query(p): Query<Params>) -> Redirect {
    if p.url.starts_with("https://example.com/") { return Redirect::to(&p.url); }
    Redirect::to(&p.url) //~ open_redirect
}
async fn go2(Form(p): Form<Params>) -> impl IntoResponse {
    let target = p.next.unwrap_or("/".to_string());
    (StatusCode::FOUND, [(header::LOCATION, target)]) //~ open_redirect
}
async fn go3(Form(p): Form<Params>) -> Response {
    Response::builder().status(302).header("Location", p.next.as_str()).body(Body::empty()).unwrap() //~ open_redirect
}
fn go4(next: Option<String>) -> Redirect {
    let target = match next {
        Some(n) if n.starts_with('/') && !n.starts_with("//") => n,
        _ => "/".to_string(),
    };
    Redirect::to(&target)
}
fn is_safe_redirect(url: &str) -> bool { url.starts_with('/') && !url.starts_with("//") && !url.contains("\\") }
fn go5(next: &str) -> Redirect {
    let dest = if is_safe_redirect(next) { next } else { "/" };
    Redirect::to(dest)
}
fn page(name: &str) -> String {
    let mut html = String::new();
    html.push_str("<html><body>");
    html.push_str(&format!("<p>{}</p>", name));
    html
}
async fn show(Path(name): Path<String>) -> Html<String> { Html(page(&name)) } //~ html_body
async fn show2(Path(name): Path<String>) -> impl IntoResponse {
    let body = format!("<div>{}</div>", name);
    Response::builder().header("content-type", "text/html").body(body).unwrap() //~ html_body
}
async fn show3(Path(name): Path<String>) -> impl IntoResponse {
    Json(serde_json::json!({ "html": format!("<b>{}</b>", name) }))
}
async fn show4(Path(name): Path<u32>) -> Html<String> { Html(format!("<b>{}</b>", name)) }
#[post("/c")]
fn comment(c: Form<Comment>) -> RawHtml<String> {
    let safe = ammonia::clean(&c.text);
    RawHtml(format!("<p>{}</p>", safe))
}
#[post("/c")]
fn comment2(c: Form<Comment>) -> content::RawHtml<String> {
    content::RawHtml(format!("<p>{}</p>", c.text)) //~ html_body
}
fn escape_html(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            _ => out.push(c),
        }
    }
    out
}
async fn esc(Path(name): Path<String>) -> Html<String> { Html(format!("<p>{}</p>", escape_html(&name))) }
fn warp_routes() {
    warp::path!("hello" / String).map(|name: String| warp::reply::html(format!("<b>{}</b>", name))); //~ html_body
}
async fn items(Query(q): Query<Params>) -> Html<String> {
    let items = vec!["a", "b"];
    let list: String = items.iter().map(|i| format!("<li>{}</li>", i)).collect();
    Html(format!("<ul>{list}</ul>"))
}
async fn items2(Query(q): Query<Params>) -> Html<String> {
    let list: String = q.tags.iter().map(|i| format!("<li>{}</li>", i)).collect();
    Html(format!("<ul>{list}</ul>")) //~ html_body
}
async fn proxy(Query(p): Query<Params>, headers: HeaderMap) -> impl IntoResponse {
    let client = reqwest::Client::new();
    let r = client.get(p.url.clone()).header("x", "y").send().await.unwrap(); //~ request_forgery
    let target = headers.get("x-target").and_then(|v| v.to_str().ok()).unwrap_or("http://localhost");
    let r2 = reqwest::get(target).await; //~ request_forgery
    let r3 = ureq::get(&p.url).call(); //~ request_forgery
    let host = p.host.as_str();
    if host == "a.example.com" || host == "b.example.com" { reqwest::get(format!("https://{host}/x")).await; }
    match host { "eu" | "us" => { reqwest::get(format!("https://{host}.example.com")).await; } _ => {} }
    let url: url::Url = p.url.parse().unwrap();
    match url.host_str() { Some("ok.com") => {}, _ => return bad() }
    reqwest::get(url).await;
    r.text()
}
fn blocking(url: &str) -> String { reqwest::blocking::get(url).unwrap().text().unwrap() } //~ request_forgery
fn port_scan(host: String, port: u16) { TcpStream::connect(format!("{}:{}", host, port)); } //~ request_forgery
fn local(port: &str) { TcpStream::connect(format!("127.0.0.1:{}", port)); }
fn validated(u: &str) -> Result<String> {
    let parsed = Url::parse(u)?;
    let allowed = ["api.example.com"];
    let host = parsed.host_str().unwrap_or_default();
    if !allowed.iter().any(|a| *a == host) { bail!("no"); }
    Ok(reqwest::blocking::get(parsed.as_str())?.text()?)
}
fn validated2(u: &str) -> Result<String> {
    let parsed = Url::parse(u)?;
    if parsed.scheme() != "https" { bail!("no"); }
    Ok(reqwest::blocking::get(parsed.as_str())?.text()?) //~ request_forgery
}
fn download(file_name: &str) -> io::Result<Vec<u8>> {
    let path = format!("/var/data/{}", file_name);
    let mut f = File::open(path)?; //~ path_traversal
    let mut v = Vec::new(); f.read_to_end(&mut v)?; Ok(v)
}
fn download2(user: &str, base: &Path) -> io::Result<String> {
    let p = base.join(user);
    if !p.starts_with(base) { return Err(e()); }
    fs::read_to_string(&p) //~ path_traversal
}
fn download3(user: &str) -> io::Result<String> {
    let base = fs::canonicalize("/srv")?;
    let p = fs::canonicalize(base.join(user))?;
    if !p.starts_with(&base) { return Err(e()); }
    fs::read_to_string(p)
}
fn download4(user: &str) -> io::Result<String> {
    let name = Path::new(user).file_name().and_then(|n| n.to_str()).ok_or_else(e)?;
    fs::read_to_string(format!("/srv/{name}"))
}
fn save(name: &str, data: &[u8]) { std::fs::write(Path::new("/up").join(name), data).unwrap(); } //~ path_traversal
fn del(name: String) { let _ = std::fs::remove_file(&format!("uploads/{}", name)); } //~ path_traversal
fn open_opts(name: &str) { OpenOptions::new().write(true).create(true).open(format!("logs/{}.log", name)); } //~ path_traversal
fn hashed(name: &str) { let h = sha256(name); fs::write(format!("x/{h}"), b""); }
fn cfg() { let c = fs::read_to_string("config.toml").unwrap(); let p: Config = toml::from_str(&c).unwrap(); fs::read(p.file).unwrap(); }
fn backup(name: &str) { Command::new("sh").arg("-c").arg(&format!("tar czf /b/{}.tgz /d", name)).status(); } //~ shell_command
fn run(cmd: &str) -> Output { Command::new("cmd").args(["/C", cmd]).output().unwrap() } //~ shell_command
fn run2(program: &str, arg: &str) -> Output { Command::new(program).arg(arg).output().unwrap() } //~ shell_command
fn run3(file: &str) -> Output { Command::new("cat").arg("--").arg(file).output().unwrap() }
fn run4(host: &str) { let full = ["ping -c 1 ", host].concat(); let mut c = Command::new("/bin/bash"); c.args(vec!["-c", full.as_str()]); c.spawn(); } //~ shell_command
fn run5(host: &str) { let ip: IpAddr = host.parse().unwrap(); Command::new("sh").arg("-c").arg(format!("ping {}", ip)).status(); }
fn run6(action: &str) { let p = match action { "start" => "start", "stop" => "stop", _ => panic!() }; Command::new("sh").arg("-c").arg(format!("svc {p}")).status(); }
fn run7(tool: &str) { const T: [&str; 2] = ["ls", "df"]; if T.contains(&tool) { Command::new(tool).status(); } }
fn run8(x: &str) { let esc = shell_escape::escape(x.into()); Command::new("sh").arg("-c").arg(format!("echo {}", esc)).status(); }
