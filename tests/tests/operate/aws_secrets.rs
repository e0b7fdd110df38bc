//! AWS Secrets Manager, against moto: signatures that it checks, policies, versions, and the places that
//! credentials come from.

use std::fs;

use palisade::secrets::{AwsSource, SourceErrorKind};
use palisade_tests::{
    client::Request,
    secret_manager::{Manner, Moto, instance_metadata, private_file, unheard_of},
};
use serde_json::json;

use crate::secret_sources::{refused, secrets, text, version, wait_for};

use SourceErrorKind::{Denied, Malformed, NotFound, Setting, Unavailable};

fn aws(moto: &Moto) -> AwsSource {
    let source = AwsSource::from_environment().unwrap().region("eu-central-1").unwrap();
    source.endpoint(&moto.url()).unwrap()
}

fn any_key(moto: &Moto) -> AwsSource {
    aws(moto).access_key("AKIATEST", &unheard_of().as_str().into())
}

/// Text between two marks.
fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, behind) = text.split_once(&format!("<{name}>")).unwrap();
    behind.split_once("</").unwrap().0
}

#[test]
fn secrets_fields_and_versions_are_read() {
    let Some(moto) = Moto::launch() else { return };
    let (first, second, password) = (unheard_of(), unheard_of(), unheard_of());
    let created = moto.call("CreateSecret", json!({"Name": "shop/key", "SecretString": first}));
    let arn = created["ARN"].as_str().unwrap().to_owned();
    let object = json!({"username": "shop", "password": password}).to_string();
    moto.call("CreateSecret", json!({"Name": "shop/db", "SecretString": object}));
    moto.call("CreateSecret", json!({"Name": "binary", "SecretBinary": "/w=="}));
    // Neither is JSON, and the second begins as a number of JSON does.
    for (name, first) in [("letter", 'x'), ("digit", '7')] {
        let value = format!("{first}{}", unheard_of());
        moto.call("CreateSecret", json!({"Name": name, "SecretString": value}));
    }
    moto.call("CreateSecret", json!({"Name": "odd", "SecretString": r#"{"a":7,"b":"x","b":"y"}"#}));
    let all = secrets("aws", any_key(&moto));
    let key = all.fetch_blocking("X", "aws:shop/key").unwrap();
    assert_eq!(text(&key), first);
    assert_eq!(Some(version(&key).as_str()), created["VersionId"].as_str());
    assert_eq!(text(&all.fetch_blocking("X", &format!("aws:{arn}")).unwrap()), first);
    assert_eq!(text(&all.fetch_blocking("X", "aws:shop/db#password").unwrap()), password);

    moto.call("PutSecretValue", json!({"SecretId": "shop/key", "SecretString": second}));
    wait_for("new value", || text(&key) == second);
    let before = all.fetch_blocking("X", "aws:shop/key?stage=AWSPREVIOUS").unwrap();
    assert_eq!(text(&before), first);

    moto.call("CreateSecret", json!({"Name": "gone", "SecretString": unheard_of()}));
    moto.call("DeleteSecret", json!({"SecretId": "gone"}));
    for (address, kind, says) in [
        ("aws:none", NotFound, "ResourceNotFoundException"),
        ("aws:shop/key?stage=NONE", NotFound, "ResourceNotFoundException"),
        ("aws:gone", NotFound, "marked for deletion"),
        ("aws:shop/db#none", NotFound, "no field `none`"),
        ("aws:letter#none", Malformed, "not a JSON object"),
        ("aws:digit#none", Malformed, "not a JSON object"),
        ("aws:odd#a", Malformed, "`a` is not a string"),
        ("aws:odd#b", Malformed, "`b` occurs more than once"),
        ("aws:binary", Malformed, "binary"),
        ("aws:shop/key?label=x", Setting, "no parameter `label`"),
        ("aws:arn:aws:s3:eu-central-1:1:secret:x", Setting, "not one of Secrets Manager"),
    ] {
        assert_eq!(refused(&all, address, says), kind, "{address}");
    }
}

/// A user with a key, who may read secrets or may not.
fn user(moto: &Moto, name: &str, may_read: bool) -> (String, String) {
    let iam = |form: &[(&str, &str)]| {
        let scope = "AKIATEST/20261201/us-east-1/iam/aws4_request";
        let mut body = serde_json::Map::new();
        for (name, value) in form {
            body.insert((*name).to_owned(), json!(value));
        }
        let body: Vec<String> = form
            .iter()
            .map(|(name, value)| {
                let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
                format!("{name}={value}")
            })
            .collect();
        let address = moto.url().strip_prefix("http://").unwrap().parse().unwrap();
        let answer = Request::new(address, "POST", "/")
            .header("Authorization", &format!("AWS4-HMAC-SHA256 Credential={scope}"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.join("&"))
            .send();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    };
    let version = ("Version", "2010-05-08");
    iam(&[("Action", "CreateUser"), version, ("UserName", name)]);
    let effect = if may_read { "Allow" } else { "Deny" };
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": "secretsmanager:GetSecretValue", "Resource": "*"},
    ]});
    let policy = policy.to_string();
    let names = [("UserName", name), ("PolicyName", "p"), ("PolicyDocument", &policy)];
    iam(&[&[("Action", "PutUserPolicy"), version][..], &names].concat());
    let key = iam(&[("Action", "CreateAccessKey"), version, ("UserName", name)]);
    (between(&key, "AccessKeyId").to_owned(), between(&key, "SecretAccessKey").to_owned())
}

#[test]
fn signatures_and_policies_are_checked() {
    let Some(moto) = Moto::launch() else { return };
    let value = unheard_of();
    moto.call("CreateSecret", json!({"Name": "shop/key", "SecretString": value}));
    let (reader, stranger) = (user(&moto, "reader", true), user(&moto, "stranger", false));
    // From now on it checks who asks.
    let address = moto.url().strip_prefix("http://").unwrap().parse().unwrap();
    let reset = Request::new(address, "POST", "/moto-api/reset-auth").body("0").send();
    assert_eq!(reset.status, 200);
    let with = |id: &str, secret: &str| secrets("aws", aws(&moto).access_key(id, &secret.into()));
    let all = with(&reader.0, &reader.1);
    assert_eq!(text(&all.fetch_blocking("X", "aws:shop/key").unwrap()), value);
    let forged = with(&reader.0, &unheard_of());
    assert_eq!(refused(&forged, "aws:shop/key", "refuses the request (403)"), Denied);
    let unknown = with("AKIAUNKNOWN0000000000", &unheard_of());
    assert_eq!(refused(&unknown, "aws:shop/key", "refuses the request (403)"), Denied);
    let denied = with(&stranger.0, &stranger.1);
    assert_eq!(refused(&denied, "aws:shop/key", "secretsmanager:GetSecretValue"), Denied);
}

#[test]
fn credentials_come_from_the_instance_and_from_a_role() {
    let Some(moto) = Moto::launch() else { return };
    let value = unheard_of();
    moto.call("CreateSecret", json!({"Name": "shop/key", "SecretString": value}));
    let (metadata, secret) = instance_metadata();
    let on_instance = || secrets("aws", aws(&moto).instance_metadata(&metadata.url()).unwrap());
    let all = on_instance();
    assert_eq!(text(&all.fetch_blocking("X", "aws:shop/key").unwrap()), value);
    let asked = metadata.asked();
    assert_eq!(asked[0].method, "PUT", "a token first");
    assert!(asked.iter().all(|asked| !asked.body.contains(&secret)));
    let count = metadata.count();
    assert!(all.fetch_blocking("X", "aws:shop/key").is_ok());
    assert_eq!(metadata.count(), count, "credentials are kept for a while");
    metadata.behave(Manner::Status(503, ""));
    let says = "the metadata service of the instance answered 503";
    assert_eq!(refused(&on_instance(), "aws:shop/key", says), Unavailable);
    metadata.behave(Manner::Redirect("http://127.0.0.1:1/".to_owned()));
    assert_eq!(refused(&on_instance(), "aws:shop/key", "redirect"), Unavailable);
    metadata.behave(Manner::Status(404, ""));
    assert_eq!(refused(&on_instance(), "aws:shop/key", "gives no token"), Malformed);

    let token = private_file("header.payload.signature");
    let role = "arn:aws:iam::123456789012:role/shop";
    let identity = |sts: &str| secrets("aws", aws(&moto).web_identity(sts, role, &token).unwrap());
    let all = identity(&moto.url());
    assert_eq!(text(&all.fetch_blocking("X", "aws:shop/key").unwrap()), value);
    let refusing = palisade_tests::secret_manager::Peer::start(|asked| {
        assert_eq!(asked.form()["WebIdentityToken"], "header.payload.signature");
        let body = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
        let (status, headers) = (403, Vec::new());
        palisade_tests::secret_manager::Reply { status, headers, body: body.to_owned() }
    });
    let refusing = identity(&refusing.url());
    assert_eq!(refused(&refusing, "aws:shop/key", "AccessDenied"), Denied);
    fs::remove_file(token).unwrap();
}
