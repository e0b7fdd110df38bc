// audit

use hyper::{Body, Client, Request, Uri};

pub async fn hyper_get(target: &str) -> Result<hyper::Response<Body>, Box<dyn std::error::Error>> {
    let client = Client::new();
    let uri: Uri = target.parse()?;
    Ok(client.get(uri).await?) //~ request_forgery
}

pub async fn hyper_request(target: String) -> Result<hyper::Response<Body>, Box<dyn std::error::Error>> {
    let req = Request::builder().method("POST").uri(target).body(Body::empty())?; //~ request_forgery
    Ok(Client::new().request(req).await?)
}

pub async fn surf_get(u: String) -> surf::Result<String> {
    surf::get(u).recv_string().await //~ request_forgery
}

pub fn isahc_get(u: &str) -> Result<String, isahc::Error> {
    use isahc::ReadResponseExt;
    Ok(isahc::get(u)?.text()?) //~ request_forgery
}

pub fn minreq_get(u: &str) -> Result<String, minreq::Error> {
    Ok(minreq::get(u).send()?.as_str()?.to_owned()) //~ request_forgery
}

pub fn std_tcp(addr: &str) -> std::io::Result<std::net::TcpStream> {
    std::net::TcpStream::connect(addr) //~ request_forgery
}

pub async fn query_in_constant_ok(term: &str) -> reqwest::Result<String> {
    reqwest::Client::new().get("https://search.example.com/api").query(&[("q", term)]).send().await?.text().await
}

pub async fn joined_ok(id: &str) -> Result<String, Box<dyn std::error::Error>> {
    let id: uuid::Uuid = id.parse()?;
    let base = reqwest::Url::parse("https://api.example.com/v2/")?;
    Ok(reqwest::get(base.join(&format!("users/{id}"))?).await?.text().await?)
}

pub async fn suffix(sub: &str) -> reqwest::Result<String> {
    let url = "https://".to_string() + sub + ".example.com/feed";
    reqwest::get(&url).await?.text().await //~ request_forgery
}

fn build_url(host: &str, path: &str) -> String { format!("https://{host}/{path}") }

pub async fn helper_chain(form: axum::extract::Form<Target>) -> axum::http::StatusCode {
    let url = build_url(&form.host, "health");
    match reqwest::get(&url).await { //~ request_forgery
        Ok(r) => axum::http::StatusCode::from_u16(r.status().as_u16()).unwrap(),
        Err(_) => axum::http::StatusCode::BAD_GATEWAY,
    }
}

pub async fn many(urls: axum::Json<Vec<String>>) -> axum::Json<Vec<u16>> {
    let client = reqwest::Client::new();
    let mut out = Vec::new();
    for url in urls.0 {
        if let Ok(r) = client.head(&url).send().await { //~ request_forgery
            out.push(r.status().as_u16());
        }
    }
    axum::Json(out)
}

pub async fn spawned(q: axum::extract::Query<Target>) -> axum::http::StatusCode {
    let host = q.host.clone();
    tokio::spawn(async move {
        let _ = reqwest::Client::builder().build().unwrap().put(&host).send().await; //~ request_forgery
    });
    axum::http::StatusCode::ACCEPTED
}

pub async fn scheme_only(u: String) -> reqwest::Result<()> {
    if u.starts_with("https://") {
        reqwest::get(&u).await?; //~ request_forgery
    }
    Ok(())
}

const ALLOWED: [&str; 2] = ["https://a.example.com/", "https://b.example.com/"];
pub async fn allow_ok(u: String) -> reqwest::Result<()> {
    if ALLOWED.iter().any(|p| u.starts_with(p)) {
        reqwest::get(&u).await?;
    }
    Ok(())
}
