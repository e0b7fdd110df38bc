//! The head of a part and its boundary line, of any bytes: what is taken is taken whole, and the name of
//! the file is one that can be shown.
//!
//! The first byte says what the rest is: the value of the file name in a well-made head, the whole value of
//! `Content-Disposition`, the whole head, or what follows the boundary on its line.

#![no_main]

use std::{path::PathBuf, sync::LazyLock};

use actix_web::{
    App,
    http::header::CONTENT_TYPE,
    rt::System,
    test::{TestRequest, init_service, read_body, try_call_service},
};
use libfuzzer_sys::fuzz_target;
use palisade::{Palisade, prelude::*};

#[post("/files")]
#[public(reason = "the fuzzer has no credentials")]
#[upload(max = "64 KiB", kinds(text))]
async fn show(file: Upload) -> String {
    assert_eq!(file.size(), 4, "the content is that of the part");
    file.display_name().unwrap_or_default().to_owned()
}

static OUTER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// Made by the store, for this user alone.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| OUTER.path().join("uploads"));

static STORE: LazyLock<Uploads> = LazyLock::new(|| Uploads::in_folder(&*FOLDER).unwrap());

static PALISADE: LazyLock<Palisade> = LazyLock::new(|| {
    Palisade::builder()
        .host("api.example")
        .dangerous_no_service_limit("the fuzzer asks as fast as it can")
        .endpoints(endpoints![show])
        .build()
        .unwrap()
});

const FILE: &[u8] = b"Content-Disposition: form-data; name=\"file\"; filename=\"f\"";

fn body(how: u8, bytes: &[u8]) -> Vec<u8> {
    let named = b"Content-Disposition: form-data; name=\"file\"; filename=";
    let (line, head) = match how % 4 {
        0 => (&b""[..], [&named[..], b"\"", bytes, b"\""].concat()),
        1 => (&b""[..], [&b"Content-Disposition: "[..], bytes].concat()),
        2 => (&b""[..], bytes.to_vec()),
        _ => (bytes, FILE.to_vec()),
    };
    [&b"--b"[..], line, b"\r\n", &head, b"\r\n\r\ntext\r\n--b--\r\n"].concat()
}

async fn judge(data: &[u8]) {
    let Some((how, bytes)) = data.split_first() else { return };
    // What ends a head begins another content.
    if bytes.windows(2).any(|two| two == b"\r\n") {
        return;
    }
    let app = App::new()
        .app_data(Data::new(STORE.clone()))
        .configure(|config| PALISADE.mount(config))
        .wrap(PALISADE.clone());
    let service = init_service(app).await;
    let request = TestRequest::post()
        .uri("/files")
        .insert_header(("host", "api.example"))
        .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=b"))
        .set_payload(body(*how, bytes))
        .to_request();
    let response = try_call_service(&service, request).await.unwrap();
    let status = response.status().as_u16();
    assert!([200, 400, 413, 415, 422].contains(&status), "{status}");
    let text = read_body(response).await;
    if status == 200 {
        let name = std::str::from_utf8(&text).unwrap();
        let bad = |c: char| c.is_control() || matches!(c, '/' | '\\' | '"');
        assert!(!name.contains(bad) && name.chars().count() <= 120, "{name:?}");
        assert!(
            *how % 4 != 3 || bytes.iter().all(|byte| matches!(byte, b' ' | b'\t')),
            "{bytes:?}"
        );
    }
}

fuzz_target!(|data: &[u8]| {
    thread_local!(static SYSTEM: actix_web::rt::SystemRunner = System::new());
    SYSTEM.with(|system| system.block_on(judge(data)));
});
