//! Collections, iterators, locks and smart pointers.

use crate::check_body;

#[test]
fn chains_of_iterators_carry_what_they_are_given() {
    check_body(
        r#"
    for x in q.tags.iter() {
        fs::read(x)?; //~
    }
    for (i, x) in q.tags.iter().enumerate() {
        fs::read(i.to_string())?;
        fs::read(x)?; //~
    }
    for (a, b) in ["x", "y"].iter().zip(q.tags.iter()) {
        fs::read(b)?; //~
    }
    let joined = q.tags.iter().map(|t| format!("'{t}'")).collect::<Vec<_>>().join(",");
    fs::read(&joined)?; //~
    let folded = q.tags.iter().fold(String::new(), |mut acc, t| { acc.push_str(t); acc });
    fs::read(&folded)?; //~
    let flat: Vec<String> = q.tags.iter().flat_map(|t| t.split('/').map(String::from)).collect();
    fs::read(&flat[0])?; //~
    let first = q.tags.iter().find(|t| t.len() > 3).unwrap();
    fs::read(first)?; //~
    let chained: Vec<&String> = q.tags.iter().chain(std::iter::once(&q.dir)).collect();
    fs::read(chained[0])?; //~
    let count = q.tags.iter().filter(|t| t.len() > 2).count();
    fs::read(count.to_string())?;
    let sum: usize = q.tags.iter().map(|t| t.len()).sum();
    fs::read(sum.to_string())?;
    let max = q.tags.iter().max_by_key(|t| t.len()).unwrap();
    fs::read(max)?; //~
    let reduced = q.tags.clone().into_iter().reduce(|a, b| a + &b).unwrap();
    fs::read(&reduced)?; //~
    let (good, rest): (Vec<String>, Vec<String>) = q.tags.clone().into_iter().partition(|t| t.len() > 1);
    fs::read(&rest[0])?; //~
    let last = q.tags.last().cloned().unwrap_or_default();
    fs::read(&last)?; //~
    while let Some(x) = q.tags.iter().next() {
        fs::read(x)?; //~
    }
"#,
    );
}

#[test]
fn constants_in_chains_stay_constants() {
    check_body(
        r#"
    let columns = ["a", "b"].iter().map(|c| format!("{c}.txt")).collect::<Vec<_>>().join(",");
    fs::read(&columns)?;
    let marks: Vec<String> = (0..q.tags.len()).map(|i| format!("${i}")).collect();
    fs::read(marks.join(","))?;
    let holes = q.tags.iter().map(|_| "?").collect::<Vec<_>>().join(",");
    fs::read(&holes)?;
    let ids: Vec<i64> = q.tags.iter().filter_map(|t| t.parse::<i64>().ok()).collect();
    for id in &ids { fs::read(format!("{id}"))?; }
"#,
    );
}

#[test]
fn maps_keep_keys_apart() {
    check_body(
        r#"
    let mut map = std::collections::HashMap::new();
    map.insert("user", q.name.clone());
    map.insert("kind", "fixed".to_string());
    fs::read(map.get("user").unwrap())?; //~
    fs::read(map.get("kind").unwrap())?;
    fs::read(&map["user"])?; //~
    fs::read(&map["kind"])?;
    let allowed = std::collections::HashMap::from([("a", "one.txt"), ("b", "two.txt")]);
    let Some(file) = allowed.get(q.name.as_str()) else { return Err(bad()) };
    fs::read(file)?;
    let mut cache: std::collections::BTreeMap<String, String> = Default::default();
    cache.entry(q.name.clone()).or_insert_with(|| q.dir.clone());
    for (k, v) in &cache {
        fs::read(v)?; //~
    }
"#,
    );
}

#[test]
fn lists_grow_by_what_is_pushed() {
    check_body(
        r#"
    let mut parts = vec!["WHERE 1=1".to_string()];
    parts.push(format!("name = '{}'", q.name));
    let sql = format!("SELECT * FROM t {}", parts.join(" AND "));
    sqlx::query(&sql).fetch_all(&state.pool).await?; //~
    let mut args = Vec::new();
    args.extend(q.tags.iter().cloned());
    fs::read(&args[0])?; //~
    let mut sure = Vec::new();
    sure.push("a");
    fs::read(sure[0])?;
    let mut queue = std::collections::VecDeque::new();
    queue.push_back(q.name.clone());
    while let Some(next) = queue.pop_front() {
        fs::read(&next)?; //~
    }
"#,
    );
}

#[test]
fn locks_and_pointers_are_seen_through() {
    check_body(
        r#"
    let shared = std::sync::Arc::new(std::sync::Mutex::new(q.name.clone()));
    let again = std::sync::Arc::clone(&shared);
    fs::read(again.lock().unwrap().as_str())?; //~
    let cell = std::cell::RefCell::new(String::new());
    *cell.borrow_mut() = q.name.clone();
    fs::read(cell.borrow().as_str())?; //~
    let lock = std::sync::RwLock::new(String::new());
    lock.write().unwrap().push_str(&q.name);
    fs::read(lock.read().unwrap().as_str())?; //~
    let rc = std::rc::Rc::new(q.dir.clone());
    fs::read(&*rc)?; //~
    let cow: std::borrow::Cow<str> = std::borrow::Cow::Borrowed(&q.name);
    fs::read(cow.as_ref())?; //~
    fs::read(cow.into_owned())?; //~
    let boxed = Box::new(q.name.clone());
    fs::read(*boxed)?; //~
    let once = std::sync::OnceLock::new();
    once.set(q.name.clone());
    fs::read(once.get().unwrap())?; //~
"#,
    );
}

#[test]
fn take_replace_and_swap_move_values() {
    check_body(
        r#"
    let mut a = q.name.clone();
    let b = std::mem::take(&mut a);
    fs::read(&b)?; //~
    fs::read(&a)?;
    let mut c = "x".to_string();
    let old = std::mem::replace(&mut c, q.dir.clone());
    fs::read(&old)?;
    fs::read(&c)?; //~
    let (mut d, mut e) = ("d".to_string(), q.name.clone());
    std::mem::swap(&mut d, &mut e);
    fs::read(&d)?; //~
    fs::read(&e)?;
    let mut f = Some(q.name.clone());
    let g = f.take().unwrap();
    fs::read(&g)?; //~
    let mut h = Some("x".to_string());
    let i = h.replace(q.name.clone());
    fs::read(h.unwrap())?; //~
    let mut none: Option<String> = None;
    let into = none.insert(q.name.clone());
    fs::read(into)?; //~
"#,
    );
}
