use actix_web::{HttpResponse, Result, web};

use reqwest::Client;

#[derive(serde::Deserialize)]
struct Hook {
    url: String,
    host: String,
}

async fn whole(query: web::Query<Hook>) -> HttpResponse {
    let page = reqwest::get(&query.url).await; //~ request_forgery
    HttpResponse::Ok().json(page.is_ok())
}

async fn host(query: web::Query<Hook>, client: web::Data<Client>) -> HttpResponse {
    let sent = client
        .post(format!("http://{}/hook", query.host)) //~ request_forgery
        .json(&1)
        .send()
        .await;
    HttpResponse::Ok().json(sent.is_ok())
}

async fn socket(query: web::Query<Hook>) -> HttpResponse {
    let open = tokio::net::TcpStream::connect((query.host.as_str(), 80)).await; //~ request_forgery
    HttpResponse::Ok().json(open.is_ok())
}

struct Fetcher {
    client: Client,
}

impl Fetcher {
    async fn fetch(&self, url: &str) -> bool {
        self.client.get(url).send().await.is_ok() //~ request_forgery
    }
}

async fn through_a_method(fetcher: web::Data<Fetcher>, query: web::Query<Hook>) -> HttpResponse {
    HttpResponse::Ok().json(fetcher.fetch(&query.url).await)
}
