//! A user of the service.

use palisade_tests::client::{Answer, Request};
use serde_json::{Value, json};

use crate::deployment::Deployment;

/// The password of every user here.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A user with an account, logged in.
#[derive(Clone)]
pub(crate) struct Person<'a> {
    pub(crate) service: &'a Deployment,
    pub(crate) name: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl<'a> Person<'a> {
    /// Signs up and logs in.
    pub(crate) fn new(service: &'a Deployment, name: &str) -> Self {
        let credentials = json!({"name": name, "password": PASSWORD});
        let answer = service.request("POST", "/signup").json(&credentials.to_string()).send();
        assert_eq!(answer.status, 201, "{name}: {}", answer.text());
        Self::log_in(service, name)
    }

    /// Logs in.
    pub(crate) fn log_in(service: &'a Deployment, name: &str) -> Self {
        let answer = log_in(service, name, PASSWORD);
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        let tokens = answer.json();
        assert_eq!(tokens["token_type"], "Bearer");
        assert!(tokens["expires_in"].as_u64().is_some_and(|seconds| seconds > 0), "{tokens}");
        Self {
            service,
            name: name.to_owned(),
            access: text(&tokens["access_token"]),
            refresh: text(&tokens["refresh_token"]),
        }
    }

    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        self.service.request(method, target).bearer(&self.access)
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.request("GET", target).send()
    }

    /// With a body.
    pub(crate) fn send(&self, method: &str, target: &str, body: &Value) -> Answer {
        self.request(method, target).json(&body.to_string()).send()
    }

    /// Keeps a note, and returns it.
    pub(crate) fn note(&self, title: &str, body: &str) -> Value {
        let answer = self.send("POST", "/notes", &json!({"title": title, "body": body}));
        assert_eq!(answer.status, 201, "{title}: {}", answer.text());
        answer.json()
    }

    /// The notes of a list.
    pub(crate) fn list(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/notes?{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.json()["items"].as_array().unwrap().clone()
    }

    /// All of the own notes.
    pub(crate) fn export(&self) -> Vec<Value> {
        let answer = self.get("/notes/export");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json().as_array().unwrap().clone()
    }
}

pub(crate) fn log_in(service: &Deployment, name: &str, password: &str) -> Answer {
    let credentials = json!({"name": name, "password": password});
    service.request("POST", "/login").json(&credentials.to_string()).send()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
