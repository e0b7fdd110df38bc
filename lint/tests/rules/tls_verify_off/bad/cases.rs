use actix_web::{HttpResponse, Result, web};

fn certificates() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().danger_accept_invalid_certs(true).build() //~ tls_verify_off
}

fn host_names() -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder();
    builder.danger_accept_invalid_hostnames(true).build() //~ tls_verify_off
}

fn openssl(builder: &mut openssl::ssl::SslConnectorBuilder) {
    builder.set_verify(openssl::ssl::SslVerifyMode::NONE); //~ tls_verify_off
}

fn switch(settings: &Settings) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().danger_accept_invalid_certs(settings.insecure).build() //~ tls_verify_off
}
