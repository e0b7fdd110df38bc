//! A form with a file of any content: one answer, never a failure, and nothing is left of it.
//!
//! The first byte says what the rest is: the whole body of a form, or the content of a file in a
//! well-made one, which is how the parsers of each kind are reached.

#![no_main]

use std::{fs, path::PathBuf, sync::LazyLock, time::Duration};

use actix_web::{
    App,
    http::header::CONTENT_TYPE,
    rt::{System, time::sleep},
    test::{TestRequest, init_service, read_body, try_call_service},
};
use libfuzzer_sys::fuzz_target;
use palisade::{Palisade, prelude::*, upload::FileKind};

#[post("/files")]
#[public(reason = "the fuzzer has no credentials")]
#[upload(
    max = "256 KiB",
    kinds(png, jpeg, gif, webp, pdf, zip, gzip, docx, xlsx, pptx, text, csv, svg, html),
    unpacked = "1 MiB",
    pixels = 1_000_000,
    reason = "nobody is shown these"
)]
async fn save(file: Upload) -> String {
    file.kind().to_string()
}

static OUTER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// Made by the store, for this user alone.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| OUTER.path().join("uploads"));

static STORE: LazyLock<Uploads> = LazyLock::new(|| Uploads::in_folder(&*FOLDER).unwrap());

static PALISADE: LazyLock<Palisade> = LazyLock::new(|| {
    Palisade::builder()
        .host("api.example")
        .dangerous_no_service_limit("the fuzzer asks as fast as it can")
        .endpoints(endpoints![save])
        .build()
        .unwrap()
});

const HEAD: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\
    Content-Type: application/octet-stream\r\n\r\n";
const TAIL: &[u8] = b"\r\n--b--\r\n";

async fn judge(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else { return };
    let body = if *how == 0 { rest.to_vec() } else { [HEAD, rest, TAIL].concat() };
    let app = App::new()
        .app_data(Data::new(STORE.clone()))
        .configure(|config| PALISADE.mount(config))
        .wrap(PALISADE.clone());
    let service = init_service(app).await;
    let request = TestRequest::post()
        .uri("/files")
        .insert_header(("host", "api.example"))
        .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=b"))
        .set_payload(body)
        .to_request();
    let response = try_call_service(&service, request).await.unwrap();
    let status = response.status().as_u16();
    assert!([200, 400, 413, 415, 422].contains(&status), "{status}");
    let text = read_body(response).await;
    if status == 200 {
        assert!(FileKind::ALL.iter().any(|kind| text == kind.to_string()), "{text:?}");
    }
    // A thread that may wait for the disk removes the file.
    let mut left = left_over();
    for _ in 0..1_000 {
        if left.is_empty() {
            break;
        }
        sleep(Duration::from_millis(1)).await;
        left = left_over();
    }
    assert!(left.is_empty(), "{left:?}");
}

/// One folder for what is stored, and in another one for each process that receives.
fn left_over() -> Vec<PathBuf> {
    let incoming = fs::read_dir(FOLDER.join("incoming")).unwrap().flatten();
    let folders = incoming.map(|entry| entry.path()).filter(|path| path.is_dir());
    let files = folders.chain([FOLDER.join("files")]).flat_map(|folder| fs::read_dir(folder));
    files.flatten().flatten().map(|entry| entry.path()).collect()
}

fuzz_target!(|data: &[u8]| {
    thread_local!(static SYSTEM: actix_web::rt::SystemRunner = System::new());
    SYSTEM.with(|system| system.block_on(judge(data)));
});
