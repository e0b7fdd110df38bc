// audit
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;
fn handle(mut stream: TcpStream) {
    let mut buffer = [0u8; 1024];
    let n = stream.read(&mut buffer).unwrap();
    let text = String::from_utf8_lossy(&buffer[..n]).to_string();
    let path = text.split_whitespace().nth(1).unwrap_or("/");
    let body = std::fs::read_to_string(format!("./www{}", path)).unwrap(); //~ path_traversal
    let response = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>{}</h1>", path);
    stream.write_all(response.as_bytes()).unwrap(); //~ html_body
}
fn lines(stream: TcpStream) {
    let reader = BufReader::new(&stream);
    for line in reader.lines() {
        let line = line.unwrap();
        Command::new("sh").arg("-c").arg(&line).status(); //~ shell_command
    }
}
fn udp() -> std::io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:9000")?;
    let mut buf = vec![0; 512];
    let (n, _) = socket.recv_from(&mut buf)?;
    let cmd = std::str::from_utf8(&buf[..n]).unwrap();
    Command::new(cmd).status(); //~ shell_command
    let mut copy = [0u8; 512];
    for i in 0..n { copy[i] = buf[i]; }
    let name = String::from_utf8_lossy(&copy[..n]).into_owned();
    std::fs::remove_file(&name)?; //~ path_traversal
    std::fs::DirBuilder::new().create(&name)?; //~ path_traversal
    Ok(())
}
async fn tok() {
    let mut s = tokio::net::TcpStream::connect("127.0.0.1:1").await.unwrap();
    let mut b = Vec::new();
    s.read_to_end(&mut b).await.unwrap();
    let url = String::from_utf8(b).unwrap();
    let r = reqwest::get(&url).await; //~ request_forgery
    let q = url.trim().to_string();
    let _ = sqlx::query_as_with::<sqlx::Any, X, _>(&q, a()); //~ sql_format
}
fn file(path: &str) { let mut f = File::open("fixed").unwrap(); let mut s = String::new(); f.read_to_string(&mut s).unwrap(); Command::new("sh").arg("-c").arg(s).status(); }
