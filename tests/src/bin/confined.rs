//! A service in a process of its own, for the tests of what a process gives away. The first argument says
//! what it does.

#![expect(clippy::print_stdout, reason = "what the test that started it reads")]

#[cfg(target_os = "linux")]
use std::{
    fs,
    io::Result as IoResult,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

#[cfg(target_os = "linux")]
use palisade::{Palisade, Sandbox, migrations, prelude::*, sql, sql::Db, upload::LocalFolder};

#[cfg(target_os = "linux")]
#[get("/open")]
#[public]
async fn open() -> &'static str {
    "open"
}

/// Writes to the database of the service.
#[cfg(target_os = "linux")]
#[get("/count")]
#[public]
async fn count(db: Data<Db>) -> Result<String> {
    let before = sql!("SELECT COUNT(*) FROM users" as i64).fetch_one(&db).await?;
    let (id, name) = (before + 1, format!("ann {before}"));
    sql!("INSERT INTO users (id, name) VALUES ({id}, {name})").execute(&db).await?;
    let count = sql!("SELECT COUNT(*) FROM users" as i64).fetch_one(&db).await?;
    Ok(count.to_string())
}

#[cfg(target_os = "linux")]
#[palisade::main]
async fn main() -> palisade::Exit {
    let mut arguments = std::env::args().skip(1);
    let (word, folder) = (arguments.next().unwrap_or_default(), arguments.next());
    let folder = PathBuf::from(folder.unwrap_or_default());
    match word.as_str() {
        "serve" => {}
        "serve-confined" => Sandbox::from_env().write(&folder).enter()?,
        "serve-data" => {
            Sandbox::from_env().write(&folder).enter()?;
            let db =
                Db::connect(format!("sqlite:{}", folder.join("data.sqlite").display())).await?;
            db.migrate(migrations!()).await?;
            let _uploads = LocalFolder::open(folder.join("uploads"))?;
            let _log = palisade::log::init()?;
            let listener = TcpListener::bind("127.0.0.1:0")?;
            println!("serves at {}", listener.local_addr()?);
            let builder = Palisade::from_env()?.listener(listener).data(db);
            return builder.endpoints(endpoints![open, count]).serve().await;
        }
        "try" => {
            Sandbox::from_env().read(folder.join("read")).write(folder.join("data")).enter()?;
            return tries(&folder).map_err(Into::into);
        }
        "miss" => return Sandbox::new().read("/does/not/exist").enter(),
        "write" => return Sandbox::new().write(folder).where_supported().enter(),
        _ => return Err(palisade::Failure::new("serve, serve-confined, try, miss or write")),
    }
    let _log = palisade::log::init()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("serves at {}", listener.local_addr()?);
    Palisade::from_env()?.listener(listener).endpoints(endpoints![open]).serve().await
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("the tests of this are for Linux");
}

/// Starts what is in memory alone. Where that is allowed, the kernel says that it is not a program.
#[cfg(target_os = "linux")]
fn start_from_memory() -> IoResult<()> {
    use std::{io::Write as _, os::fd::AsRawFd as _};

    let program = rustix::fs::memfd_create("program", rustix::fs::MemfdFlags::empty())?;
    let mut file = fs::File::from(program);
    file.write_all(b"not a program")?;
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    Command::new(path).status().map(drop)
}

/// What a confined process tries, as `name: what came of it`.
#[cfg(target_os = "linux")]
fn tries(folder: &Path) -> IoResult<()> {
    let told = |name: &str, result: IoResult<()>| match result {
        Ok(()) => println!("{name}: ok"),
        Err(error) => println!("{name}: {:?}", error.kind()),
    };
    let read = |path: &Path| fs::read(path).map(drop);
    told("read what is named", read(&folder.join("read/settings.toml")));
    told("read the file of a setting", read(&folder.join("keys/keys.json")));
    told("read what is not named", read(&folder.join("other/secret.txt")));
    told("read the shadow file", read(Path::new("/etc/shadow")));
    told("read host names", read(Path::new("/etc/hosts")));
    told("write what is read", fs::write(folder.join("read/settings.toml"), "x"));
    told("write data", fs::write(folder.join("data/a"), "x"));
    told("rename data", fs::rename(folder.join("data/a"), folder.join("data/b")));
    told("write elsewhere", fs::write(folder.join("other/new"), "x"));
    told("start a program", Command::new("/bin/true").status().map(drop));
    told("start a program that is in memory", start_from_memory());
    told(
        "make a namespace",
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).map_err(Into::into),
    );
    told("change the root", std::os::unix::fs::chroot("/"));
    told("listen", TcpListener::bind("127.0.0.1:0").map(drop));
    told("start a thread", std::thread::Builder::new().spawn(|| ()).map(drop));
    for line in fs::read_to_string("/proc/self/status")?.lines() {
        if line.starts_with("Seccomp:") || line.starts_with("NoNewPrivs:") {
            println!("{}", line.replace('\t', " "));
        }
    }
    Ok(())
}
