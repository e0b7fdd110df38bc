//! What it costs to take a file: an endpoint with `#[upload(..)]`, which looks at every byte and
//! digests it, against Actix handlers that write the same form to a file and look at nothing.
//!
//! `uploads` prints interleaved rounds of 1 MiB and 32 MiB, then streams 1 GiB and prints by how much
//! the largest resident memory grew.

#![expect(clippy::print_stdout, reason = "what was measured is what it prints")]

use std::{
    error::Error,
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use actix_multipart::Multipart;
use actix_web::{App, HttpResponse, HttpServer, web};
use futures_util::TryStreamExt as _;
use palisade::{Palisade, prelude::*};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const BOUNDARY: &str = "----a-line-that-stands-in-no-file";
const ROUNDS: usize = 15;
const MIB: usize = 1 << 20;

#[post("/palisade")]
#[public(reason = "a measurement on one's own machine")]
#[upload(max = "1 GiB", kinds(jpeg), pixels = 1_000_000_000)]
#[timeout("60 s")]
async fn guarded(file: Upload) -> String {
    file.size().to_string()
}

/// As Actix's own example does it: each piece that comes is written by a thread that may wait.
#[allow_unsafe(bare_handler, reason = "a contender that is measured has no guards")]
async fn by_piece(mut form: Multipart, folder: Data<Folder>) -> actix_web::Result<HttpResponse> {
    let path = folder.0.join("piece");
    let (mut file, mut size) = (File::create(&path)?, 0);
    while let Some(mut field) = form.try_next().await? {
        while let Some(piece) = field.try_next().await? {
            size += piece.len();
            file = web::block(move || file.write_all(&piece).map(|()| file)).await??;
        }
    }
    drop(file);
    web::block(move || fs::remove_file(path)).await??;
    Ok(HttpResponse::Ok().body(size.to_string()))
}

/// With the pieces that palisade writes: the fastest that such a handler gets.
#[allow_unsafe(bare_handler, reason = "a contender that is measured has no guards")]
async fn by_block(mut form: Multipart, folder: Data<Folder>) -> actix_web::Result<HttpResponse> {
    let path = folder.0.join("block");
    let (mut file, mut size) = (File::create(&path)?, 0);
    while let Some(mut field) = form.try_next().await? {
        let mut filling = Vec::with_capacity(256 << 10);
        while let Some(piece) = field.try_next().await? {
            size += piece.len();
            filling.extend_from_slice(&piece);
            if filling.len() >= 256 << 10 {
                (file, filling) = web::block(move || {
                    file.write_all(&filling)?;
                    filling.clear();
                    std::io::Result::Ok((file, filling))
                })
                .await??;
            }
        }
        file = web::block(move || file.write_all(&filling).map(|()| file)).await??;
    }
    drop(file);
    web::block(move || fs::remove_file(path)).await??;
    Ok(HttpResponse::Ok().body(size.to_string()))
}

struct Folder(PathBuf);

fn serve(folder: &Path) -> Fallible<SocketAddr> {
    let store = Uploads::in_folder(folder.join("data"))?;
    let palisade = Palisade::builder()
        .dangerous_no_service_limit("a measurement on one's own machine")
        .body_timeout(Duration::from_secs(120))
        .endpoints(endpoints![guarded])
        .build()
        .map_err(|failure| failure.to_string())?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let bare = folder.to_owned();
    let (ready, started) = mpsc::channel();
    thread::spawn(move || {
        let run = async move {
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(Data::new(store.clone()))
                    .app_data(Data::new(Folder(bare.clone())))
                    .service(
                        web::scope("/bare")
                            .route("/piece", web::post().to(by_piece))
                            .route("/block", web::post().to(by_block)),
                    )
                    .service(
                        web::scope("")
                            .configure(|config| palisade.mount(config))
                            .wrap(palisade.clone()),
                    )
            });
            let server = server.workers(1).listen(listener)?.run();
            let _sent = ready.send(());
            server.await
        };
        actix_web::rt::System::new().block_on(run)
    });
    started.recv()?;
    Ok(address)
}

/// The beginning of an image of one scan, and its end.
fn ends() -> (Vec<u8>, Vec<u8>) {
    let segment = |code: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
        [&[0xff, code], &length.to_be_bytes()[..], body].concat()
    };
    let frame = segment(0xc0, &[8, 0x40, 0, 0x40, 0, 1, 1, 0x11, 0]);
    let scan = segment(0xda, &[1, 1, 0, 0, 63, 0]);
    ([&[0xff, 0xd8][..], &frame, &scan].concat(), vec![0xff, 0xd9])
}

/// Sends a form with an image of about so many bytes, and waits for the answer.
fn send(address: SocketAddr, target: &str, size: usize) -> Fallible<Duration> {
    let (begin, end) = ends();
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    // Noise as the data of a scan is, without the byte that begins a marker.
    let noise: Vec<u8> =
        (0_u32..64 << 10).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0] & 0xfe).collect();
    let blocks = size / noise.len();
    let length = head.len() + begin.len() + blocks * noise.len() + end.len() + tail.len();
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let started = Instant::now();
    write!(
        stream,
        "POST {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n{head}"
    )?;
    stream.write_all(&begin)?;
    for _ in 0..blocks {
        stream.write_all(&noise)?;
    }
    stream.write_all(&end)?;
    stream.write_all(tail.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let took = started.elapsed();
    if !answer.starts_with("HTTP/1.1 200") {
        return Err(format!("{target}: {answer}").into());
    }
    Ok(took)
}

fn peak() -> Fallible<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.split_ascii_whitespace().nth(1).ok_or("no figure")?.parse()?)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let address = serve(folder.path())?;
    let targets = ["/bare/piece", "/bare/block", "/palisade"];
    println!("{:>8}  {:<12} {:>10}  of /bare/piece  of /bare/block", "size", "target", "median ms");
    for (size, times) in [(MIB, 20), (32 * MIB, 1)] {
        let mut took = [const { Vec::new() }; 3];
        for round in 0..=ROUNDS {
            for (target, took) in targets.iter().zip(&mut took) {
                let mut all = Duration::ZERO;
                for _ in 0..times {
                    all += send(address, target, size)?;
                }
                // The first round makes files and pages that the others find.
                if round > 0 {
                    took.push(all.as_secs_f64() * 1_000.0 / f64::from(times));
                }
            }
        }
        let [piece, block, own] = &took;
        for (target, own) in targets.iter().zip([piece, block, own]) {
            let ratio = |other: &[f64]| median(own.iter().zip(other).map(|(a, b)| a / b).collect());
            println!(
                "{:>4} MiB  {target:<12} {:>10.2}  {:>14.2}  {:>14.2}",
                size / MIB,
                median(own.clone()),
                ratio(piece),
                ratio(block),
            );
        }
    }
    let before = peak()?;
    let took = send(address, "/palisade", 1_023 * MIB)?;
    println!("1 GiB in {:.1} s; peak memory grew by {} KiB", took.as_secs_f64(), peak()? - before);
    Ok(())
}
