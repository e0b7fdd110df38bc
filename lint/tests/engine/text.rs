//! Texts: how they are made, and what a macro puts into them.

use crate::check_body;

#[test]
fn texts_are_put_together_in_every_way() {
    check_body(
        r#"
    let mut s = String::new();
    use std::fmt::Write as _;
    write!(s, "{}", q.name)?;
    fs::read(&s)?; //~
    let mut t = String::from("x");
    writeln!(&mut t, "{0} {a}", 1, a = q.dir)?;
    fs::read(&t)?; //~
    let mut u = "a".to_string();
    u += &q.name;
    fs::read(&u)?; //~
    let v = "a".to_owned() + &q.name + "b";
    fs::read(&v)?; //~
    let w = ["a", &q.name].concat();
    fs::read(&w)?; //~
    let x = [q.name.as_str(), "b"].join("/");
    fs::read(&x)?; //~
    let mut y = String::new();
    y.insert_str(0, &q.name);
    fs::read(&y)?; //~
    let z = String::from_utf8_lossy(q.name.as_bytes()).to_string();
    fs::read(&z)?; //~
    let aa = q.name.chars().rev().collect::<String>();
    fs::read(&aa)?; //~
    let bb: String = q.name.split(' ').map(|p| p.trim()).collect();
    fs::read(&bb)?; //~
    let cc = "/x/{name}".replace("{name}", &q.name);
    fs::read(&cc)?; //~
    let dd = format_args!("{}", q.name).to_string();
    fs::read(&dd)?; //~
    let ee = q.name.strip_prefix("a").unwrap_or(&q.name);
    fs::read(ee)?; //~
    let ff = &q.name[1..];
    fs::read(ff)?; //~
    let gg = serde_json::json!({ "file": q.name });
    fs::read(gg["file"].as_str().unwrap())?; //~
    let hh = q.name.repeat(2);
    fs::read(hh)?; //~
    let ii = std::str::from_utf8(q.name.as_bytes())?;
    fs::read(ii)?; //~
    let mut buf = Vec::new();
    buf.extend_from_slice(q.name.as_bytes());
    fs::read(String::from_utf8(buf)?)?; //~
    let jj = std::ffi::OsStr::new(&q.name).to_os_string();
    fs::read(jj)?; //~
    let kk = q.name.to_string().trim_end_matches('x').to_ascii_lowercase();
    fs::read(kk)?; //~
    let ll = std::path::PathBuf::from("/x").join(&q.name).with_extension("txt");
    fs::read(ll)?; //~
    let mm: std::path::PathBuf = ["x", q.name.as_str()].iter().collect();
    fs::read(mm)?; //~
"#,
    );
}

#[test]
fn texts_of_constants_and_numbers_are_clean() {
    check_body(
        r#"
    let a = format!("{}-{:03}", "x", q.id);
    fs::read(&a)?;
    let mut b = String::from("a");
    b.push_str("b");
    b += "c";
    fs::read(&b)?;
    fs::read(format!("{}", q.name.len()))?;
    fs::read(format!("{}", q.tags.is_empty()))?;
    let c = uuid::Uuid::parse_str(&q.name)?;
    fs::read(format!("{c}.json"))?;
    let d = format!("{:x}", sha2::Sha256::digest(q.name.as_bytes()));
    fs::read(&d)?;
    let e = if q.name == "admin" { "admin.txt" } else { "user.txt" };
    fs::read(e)?;
    let f = match q.name.parse::<i32>() { Ok(n) => format!("{n}"), Err(_) => "x".to_string() };
    fs::read(&f)?;
    const ROOT: &str = "/srv";
    fs::read(format!("{ROOT}/index.html"))?;
    let g = hex::encode(q.name.as_bytes());
    fs::read(&g)?;
"#,
    );
}
