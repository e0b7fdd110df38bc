//! The list in Redis: three streams, by the lifetime of their entries.
//!
//! A stream is trimmed at its old end alone, so short-lived entries are not kept in a stream with
//! long-lived ones: one whose tokens live 15 minutes leaves within two hours. All three keys are in
//! one slot of a cluster, so one command reads them.

use redis::{Cmd, Value};

use super::{
    HORIZON, MAX_LEEWAY,
    entry::{Entry, Kind},
    ledger::issued_by,
};
use crate::Redis;

/// The longest lifetime of the entries of a stream, in seconds.
const CLASSES: [(&str, u64); 3] = [
    ("hour", 3_600 + MAX_LEEWAY),
    ("day", 86_400 + MAX_LEEWAY),
    ("month", HORIZON.as_secs() + MAX_LEEWAY),
];

/// Seconds by which the clocks of instances and of Redis may differ before an entry is trimmed too
/// early.
const SLACK: u64 = 3_600;

/// Before the first entry.
pub(super) const START: &str = "0-0";

/// The streams of one list.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    keys: [String; 3],
}

/// The entries that were read of the streams.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    /// The last position in each stream that had entries.
    pub(super) last: [Option<String>; 3],
    /// The most entries that any of them returned.
    pub(super) longest: usize,
    /// Entries that cannot be read.
    pub(super) unreadable: usize,
}

impl Streams {
    pub(super) fn of(redis: &Redis) -> Self {
        let keys = CLASSES.map(|(class, _)| format!("{}:{{revocations}}:{class}", redis.prefix()));
        Self { keys }
    }

    /// Appends an entry, and trims expired ones from its stream.
    pub(super) fn add(&self, entry: &Entry, now: u64) -> [Cmd; 2] {
        let lasts = entry.until.saturating_sub(now);
        let classes = || self.keys.iter().zip(CLASSES);
        // The last class takes what is longer than the horizon, too.
        let class = classes().find(|(_, (_, width))| lasts <= *width).or(classes().next_back());
        let (key, width) = class.map_or(("", 0), |(key, (_, width))| (key.as_str(), width));
        let kept = width.saturating_add(SLACK);
        let mut add = redis::cmd("XADD");
        add.arg(key).arg("MINID").arg("~").arg(now.saturating_sub(kept).saturating_mul(1_000));
        add.arg("*").arg(entry.kind.word()).arg(&*entry.name).arg("issuer").arg(&*entry.issuer);
        if let Some(subject) = &entry.subject {
            add.arg("of").arg(&**subject);
        }
        add.arg("issued_until").arg(entry.issued_until).arg("until").arg(entry.until);
        let mut expire = redis::cmd("PEXPIRE");
        expire.arg(key).arg(kept.saturating_mul(1_000));
        [add, expire]
    }

    /// Reads after these positions; waits so many milliseconds if there is nothing.
    pub(super) fn read(&self, last: &[String; 3], count: usize, wait: Option<u64>) -> Cmd {
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(count);
        if let Some(wait) = wait {
            read.arg("BLOCK").arg(wait);
        }
        read.arg("STREAMS").arg(&self.keys).arg(last);
        read
    }

    /// Reads the entry at the position in a stream; `None` if no position is known.
    pub(super) fn look(&self, last: &[String; 3]) -> [Option<Cmd>; 3] {
        let mut looks = [None, None, None];
        for ((key, last), look) in self.keys.iter().zip(last).zip(&mut looks) {
            if last != START {
                let command = look.insert(redis::cmd("XRANGE"));
                command.arg(key).arg(last).arg(last).arg("COUNT").arg(1);
            }
        }
        looks
    }

    /// The answer to [`read`](Self::read); `None` for an answer of another form.
    pub(super) fn page(&self, answer: &Value) -> Option<Page> {
        let mut page = Page::default();
        if *answer == Value::Nil {
            return Some(page);
        }
        for stream in array(answer)? {
            let [key, records] = array(stream)? else { return None };
            let key = text(key)?;
            let place = self.keys.iter().position(|own| own == key)?;
            let records = array(records)?;
            page.longest = page.longest.max(records.len());
            for record in records {
                let [id, fields] = array(record)? else { return None };
                let id = text(id)?;
                match entry(id, fields) {
                    Some(entry) => page.entries.push(entry),
                    None => page.unreadable = page.unreadable.saturating_add(1),
                }
                if let Some(last) = page.last.get_mut(place) {
                    *last = Some(id.to_owned());
                }
            }
        }
        Some(page)
    }
}

/// Whether the answer to one of [`Streams::look`] has the entry.
pub(super) fn is_there(answer: &Value) -> bool {
    array(answer).is_some_and(|records| !records.is_empty())
}

fn array(value: &Value) -> Option<&[Value]> {
    if let Value::Array(values) = value { Some(values) } else { None }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::BulkString(bytes) = value { std::str::from_utf8(bytes).ok() } else { None }
}

/// `None` if only the entry is malformed: others are still used.
fn entry(id: &str, fields: &Value) -> Option<Entry> {
    let fields = array(fields)?;
    let field = |name: &str| {
        fields.chunks_exact(2).find_map(|pair| match pair {
            [own, value] if text(own) == Some(name) => text(value),
            _ => None,
        })
    };
    let mut named = Kind::ALL.iter().filter_map(|kind| Some((*kind, field(kind.word())?)));
    let (Some((kind, name)), None) = (named.next(), named.next()) else { return None };
    let mut issued_until: u64 = field("issued_until")?.parse().ok()?;
    if kind != Kind::Subject {
        // Revoked when it was added, so issued before.
        let added: u64 = id.split('-').next()?.parse().ok()?;
        issued_until = issued_until.max(issued_by(added / 1_000));
    }
    Some(Entry {
        kind,
        issuer: field("issuer")?.into(),
        name: name.into(),
        subject: field("of").map(Into::into),
        issued_until,
        until: field("until")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redis::Value;

    use super::{Entry, Kind, START, Streams, is_there};
    use crate::Redis;

    fn streams() -> Streams {
        Streams::of(&Redis::new(&"redis://127.0.0.1:1".into(), "shop").unwrap())
    }

    fn words(command: &redis::Cmd) -> Vec<String> {
        let words = command.args_iter().filter_map(|word| {
            let redis::Arg::Simple(word) = word else { return None };
            Some(String::from_utf8(word.to_vec()).unwrap())
        });
        words.collect()
    }

    fn login(until: u64, subject: Option<&str>) -> Entry {
        Entry {
            kind: Kind::Login,
            issuer: "https://id.example".into(),
            name: "ä login".into(),
            subject: subject.map(Into::into),
            issued_until: 5_000_120,
            until,
        }
    }

    #[test]
    fn an_entry_is_kept_with_those_that_end_as_soon() {
        let key = |lasts: u64| {
            let [add, expire] = streams().add(&login(5_000_000 + lasts, None), 5_000_000);
            assert_eq!(words(&add)[1], words(&expire)[1]);
            words(&add)[1].clone()
        };
        assert_eq!(key(900), "shop:{revocations}:hour");
        assert_eq!(key(3_720), "shop:{revocations}:hour");
        assert_eq!(key(3_721), "shop:{revocations}:day");
        assert_eq!(key(86_520), "shop:{revocations}:day");
        assert_eq!(key(86_521), "shop:{revocations}:month");
        assert_eq!(key(u64::MAX / 2), "shop:{revocations}:month");
    }

    #[test]
    fn what_was_added_is_read() {
        for subject in [None, Some("ada")] {
            let entry = login(5_000_900, subject);
            let [add, _] = streams().add(&entry, 5_000_000);
            let bulk = |word: &str| Value::BulkString(word.as_bytes().to_vec());
            let fields = words(&add)[6..].iter().map(|word| bulk(word)).collect();
            let record = Value::Array(vec![bulk("5000000000-0"), Value::Array(fields)]);
            let stream = Value::Array(vec![bulk(&words(&add)[1]), Value::Array(vec![record])]);
            let page = streams().page(&Value::Array(vec![stream])).unwrap();
            assert_eq!((page.entries, page.unreadable), (vec![entry], 0));
            assert_eq!(page.last, [Some("5000000000-0".to_owned()), None, None]);
        }
        let looks = streams().look(&[START, "5-1", START].map(str::to_owned));
        assert!(looks[0].is_none() && looks[2].is_none());
        let look = words(looks[1].as_ref().unwrap());
        assert_eq!(look, ["XRANGE", "shop:{revocations}:day", "5-1", "5-1", "COUNT", "1"]);
    }

    /// Any reply, some of them similar to those of Redis.
    fn replies() -> impl Strategy<Value = Value> {
        let word = prop_oneof![
            Just(b"shop:{revocations}:hour".to_vec()),
            Just(b"5-1".to_vec()),
            Just(b"login".to_vec()),
            Just(b"issuer".to_vec()),
            Just(b"until".to_vec()),
            Just(b"issued_until".to_vec()),
            Just(b"99999999999999999999".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..8),
        ];
        let leaf = prop_oneof![
            4 => word.prop_map(Value::BulkString),
            1 => Just(Value::Nil),
            1 => any::<i64>().prop_map(Value::Int),
            1 => "[a-z]{0,4}".prop_map(Value::SimpleString),
        ];
        leaf.prop_recursive(5, 64, 8, |inner| {
            proptest::collection::vec(inner, 0..8).prop_map(Value::Array)
        })
    }

    proptest! {
        #[test]
        fn any_reply_is_read_or_refused(reply in replies()) {
            let _page = streams().page(&reply);
            let _is_there = is_there(&reply);
        }
    }
}
