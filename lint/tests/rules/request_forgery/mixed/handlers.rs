// audit

use actix_web::{get, post, web, HttpResponse, Error};
use reqwest::{Client, Url};
use std::time::Duration;

pub struct Fetcher { http: Client }

#[get("/preview")]
async fn preview(client: web::Data<Client>, q: web::Query<UrlQuery>) -> Result<HttpResponse, Error> {
    let text = client.get(&q.url).timeout(Duration::from_secs(5)).send().await.map_err(actix_web::error::ErrorBadGateway)?; //~ request_forgery
    Ok(HttpResponse::Ok().json(text.status().as_u16()))
}

#[post("/webhook")]
async fn webhook(body: web::Json<Hook>, state: web::Data<Fetcher>) -> HttpResponse {
    let res = state
        .http
        .post(body.target.clone()) //~ request_forgery
        .json(&body.payload)
        .send()
        .await;
    if res.is_ok() { HttpResponse::Accepted().finish() } else { HttpResponse::BadGateway().finish() }
}

#[get("/weather/{city}")]
async fn weather_ok(client: web::Data<Client>, city: web::Path<String>) -> HttpResponse {
    let url = format!("https://api.weather.example/v1/{}", city);
    match client.get(url).send().await { Ok(_) => HttpResponse::Ok().finish(), Err(_) => HttpResponse::BadGateway().finish() }
}

#[get("/status/{host}")]
async fn status(host: web::Path<String>) -> HttpResponse {
    let url = format!("http://{}:9100/metrics", host.into_inner());
    let body = reqwest::get(url).await.unwrap().text().await.unwrap(); //~ request_forgery
    HttpResponse::Ok().content_type("text/plain").body(body)
}

impl Fetcher {
    pub async fn avatar(&self, link: &str) -> anyhow::Result<Vec<u8>> {
        let url = Url::parse(link)?;
        anyhow::ensure!(url.scheme() == "https");
        Ok(self.http.get(url).send().await?.bytes().await?.to_vec()) //~ request_forgery
    }

    pub async fn avatar_ok(&self, link: &str) -> anyhow::Result<Vec<u8>> {
        let url = Url::parse(link)?;
        match url.host_str() {
            Some("cdn.example.com") => {}
            _ => anyhow::bail!("host not allowed"),
        }
        Ok(self.http.get(url).send().await?.bytes().await?.to_vec())
    }

    pub async fn proxy(&self, method: reqwest::Method, to: String) -> reqwest::Result<reqwest::Response> {
        let req = self.http.request(method, &to).build()?; //~ request_forgery
        self.http.execute(req).await
    }
}

fn blocking(url: String) -> Result<String, Box<dyn std::error::Error>> {
    Ok(ureq::get(&url).call()?.into_string()?) //~ request_forgery
}

fn agent(path: &str) -> Result<String, ureq::Error> {
    let agent = ureq::AgentBuilder::new().build();
    Ok(agent.get(path).call()?.into_string()?) //~ request_forgery
}

async fn awc_call(url: web::Query<UrlQuery>) -> Result<HttpResponse, Error> {
    let mut res = awc::Client::default().get(url.url.as_str()).send().await.map_err(actix_web::error::ErrorBadGateway)?; //~ request_forgery
    Ok(HttpResponse::Ok().body(res.body().await?))
}

async fn socket(host: String, port: u16) -> std::io::Result<()> {
    let _s = tokio::net::TcpStream::connect((host.as_str(), port)).await?; //~ request_forgery
    Ok(())
}

async fn socket_ok() -> std::io::Result<()> {
    let _s = tokio::net::TcpStream::connect("127.0.0.1:6379").await?;
    Ok(())
}
