//! SIGHUP: files are read again, and the service goes on.

use std::fs;

use palisade::auth::ApiKey;
use palisade_tests::client::Request;
use secrecy::ExposeSecret as _;

use crate::process::{API_KEYS, Process, until};

#[test]
fn sighup_reads_files_again_and_never_ends_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, reloads) = (folder.path().join("keys.json"), folder.path().join("reloads"));
    let [first, second] = [(); 2].map(|()| ApiKey::generate("acme").unwrap());
    let write = |key: &ApiKey| {
        let records = serde_json::to_string(&[key.record("ada")]).unwrap();
        fs::write(&keys, records).unwrap();
    };
    write(&first);
    let process = Process::start(folder.path(), &[(API_KEYS, keys.to_str().unwrap())]);
    let ask = |key: &ApiKey| {
        let value = format!("ApiKey {}", key.text().expose_secret());
        let request = Request::new(process.address, "GET", "/private");
        request.header("Authorization", &value).send().status
    };
    assert_eq!((ask(&first), ask(&second)), (200, 401));
    let told = || fs::read_to_string(&reloads).unwrap().lines().count();

    write(&second);
    process.signal("HUP");
    until("the keys are read", || ask(&second) == 200);
    assert_eq!(ask(&first), 401, "it is not in the file any more");
    until("the service's own function is called", || told() == 1);

    // What cannot be read stays as it was.
    fs::write(&keys, "[{").unwrap();
    process.signal("HUP");
    until("the others are read all the same", || told() == 2);
    assert_eq!(ask(&second), 200);

    fs::remove_file(&keys).unwrap();
    process.signal("HUP");
    until("the others are read all the same", || told() == 3);
    assert_eq!(ask(&second), 200);
}
