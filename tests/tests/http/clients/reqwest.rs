//! reqwest, which is the client of services in Rust.

use std::{fs, net::SocketAddr, time::Duration};

use palisade_tests::client::Answer;
use tokio::runtime::{Builder, Runtime};

use super::{
    call::{Call, Content, FormFile},
    client::{Client, Outcome},
};

const BOUNDARY: &str = "a-line-of-no-file";

pub(super) struct Reqwest {
    service: SocketAddr,
    client: reqwest::Client,
    runtime: Runtime,
}

impl Reqwest {
    pub(super) fn new(service: SocketAddr) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20));
        Self { service, client: client.build().unwrap(), runtime }
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let url = format!("http://{}{}", self.service, call.target);
        let mut request = self.client.request(call.method.parse().unwrap(), url);
        if !call.token.is_empty() {
            request = request.bearer_auth(&call.token);
        }
        match &call.content {
            Content::Nothing => request,
            Content::Json(text) => {
                request.header("Content-Type", "application/json").body(text.clone())
            }
            Content::Text(media_type, text) => {
                request.header("Content-Type", *media_type).body(text.clone())
            }
            Content::Query(name, value) => request.query(&[(name, value)]),
            Content::File(file) => request
                .header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"))
                .body(form(file)),
        }
    }
}

/// Its own forms need a crate more, which guesses types of files by their names.
fn form(file: &FormFile) -> Vec<u8> {
    let FormFile { field, path, name, media_type } = file;
    let mut form = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: {media_type}\r\n\r\n"
    )
    .into_bytes();
    form.extend(fs::read(path).unwrap());
    form.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    form
}

async fn send(request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let headers = answer.headers().iter();
    let headers = headers
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    Ok(Answer { status, headers, body: answer.bytes().await?.to_vec() })
}

impl Client for Reqwest {
    fn send(&mut self, calls: &[Call]) -> Vec<Outcome> {
        let requests: Vec<_> = calls.iter().map(|call| self.request(call)).collect();
        self.runtime.block_on(async {
            let mut outcomes = Vec::new();
            for request in requests {
                outcomes.push(send(request).await.map_err(|error| format!("{error:?}")));
            }
            outcomes
        })
    }
}
