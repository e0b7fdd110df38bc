// audit
use std::net::{TcpStream, UdpSocket};
use tokio::net::TcpStream as TokioTcp;
use reqwest::Client;
use actix_web::web::Html;
use rocket::response::content::{RawCss, RawHtml};
use sqlx::{query_as_with, query_scalar, raw_sql};
use ignore::WalkBuilder;
use std::fs;
fn a(data: &str) {
    let h = data.to_string();
    let _ = TcpStream::connect_timeout(&h.parse().unwrap(), Duration::from_secs(3)); //~ request_forgery
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let _ = socket.connect(&h); //~ request_forgery
    let _ = socket.send_to(b"data", &h); //~ request_forgery
    let _ = TokioTcp::connect(&h); //~ request_forgery
    let client = Client::new();
    let _ = client.head(&h); //~ request_forgery
    let _ = client.request(reqwest::Method::GET, &h); //~ request_forgery
    let _ = reqwest::Client::builder().build().unwrap().get(h.clone()); //~ request_forgery
    let _ = ureq::agent().get(&h).call(); //~ request_forgery
    let _ = isahc::get(&h); //~ request_forgery
    let _ = surf::get(&h).recv_string(); //~ request_forgery
    let _ = awc::Client::default().get(&h).send(); //~ request_forgery
    let _ = hyper::Request::builder().uri(&h).body(()); //~ request_forgery
    let mut e = curl::easy::Easy::new(); e.url(&h); //~ request_forgery
}
fn b(data: String) {
    let _ = Html::new(data.clone()); //~ html_body
    let _ = RawCss(data.clone()); //~ html_body
    let _ = RawHtml(data.clone()); //~ html_body
    let _ = axum::response::Html(data.clone()); //~ html_body
    let _ = warp::reply::html(data.clone()); //~ html_body
    let _ = poem::web::Html(&data); //~ html_body
}
fn c(data: String) {
    let _ = query_as_with::<sqlx::Any, R, A>(&data, A::default()); //~ sql_format
    let _ = query_scalar::<sqlx::Any, String>(&data); //~ sql_format
    let _ = raw_sql(&data); //~ sql_format
    let _ = diesel::sql_query(data.clone()); //~ sql_format
    let _ = diesel::dsl::sql::<Bool>(&data); //~ sql_format
    let mut c = postgres::Client::connect("x", NoTls).unwrap(); c.batch_execute(&data); //~ sql_format
    let conn = rusqlite::Connection::open_in_memory().unwrap(); conn.execute_batch(&data); //~ sql_format
    let pool = mysql::Pool::new("x").unwrap(); let mut m = pool.get_conn().unwrap(); m.query_drop(&data); //~ sql_format
    let _ = sea_orm::Statement::from_string(DbBackend::Sqlite, data.clone()); //~ sql_format
}
fn d(data: String) {
    let _ = fs::set_permissions(&data, fs::Permissions::from_mode(0o755)); //~ path_traversal
    let _ = fs::DirBuilder::new().create(&data); //~ path_traversal
    let _ = WalkBuilder::new(&data).add(&data).build(); //~ path_traversal
    let _ = fs::hard_link("a", &data); //~ path_traversal
    let _ = tokio::fs::File::open(&data); //~ path_traversal
    let _ = tokio::fs::OpenOptions::new().read(true).open(&data); //~ path_traversal
    let _ = async_std::fs::read(&data); //~ path_traversal
    let _ = std::env::set_current_dir(&data); //~ path_traversal
    let _ = fs::read_dir(Path::new(&data)); //~ path_traversal
}
fn e(data: String) {
    let _ = rocket::response::Redirect::to(data.clone()); //~ open_redirect
    let _ = axum::response::Redirect::permanent(&data); //~ open_redirect
    let _ = poem::web::Redirect::see_other(&data); //~ open_redirect
    let _ = tide::Redirect::new(&data); //~ open_redirect
    let _ = actix_web::web::redirect("/a", data.clone()); //~ open_redirect
    let _ = warp::redirect::found(data.parse::<Uri>().unwrap()); //~ open_redirect
    let mut h = HeaderMap::new(); h.insert(LOCATION, HeaderValue::from_str(&data).unwrap()); //~ open_redirect
}
fn f(data: String) {
    let _ = std::process::Command::new("bash").args(["-c", data.as_str()]).spawn(); //~ shell_command
    let _ = async_process::Command::new(&data).output(); //~ shell_command
    let _ = duct::cmd("sh", ["-c", &data]).run(); //~ shell_command
    let _ = subprocess::Exec::shell(&data).join(); //~ shell_command
    let _ = std::process::Command::new("python3").arg("-c").arg(&data).output(); //~ shell_command
    let _ = tokio::process::Command::new("cmd").arg("/C").arg(&data).output(); //~ shell_command
    unsafe { libc::system(CString::new(data.clone()).unwrap().as_ptr()); } //~ shell_command
    let parts: Vec<&str> = data.split_whitespace().collect();
    let _ = Command::new(parts[0]).args(&parts[1..]).output(); //~ shell_command
}
