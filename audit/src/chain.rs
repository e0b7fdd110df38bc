//! Lines that hold each other.

use sha2::{Digest as _, Sha256};

use crate::key::{Key, hex};

/// What the code of a line is made for.
pub(crate) const LINE: &str = "palisade.audit/1 line";

/// The `prev` of the first line.
pub(crate) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const SEQ: &str = ",\"palisade.chain.seq\":";
const PREV: &str = ",\"palisade.chain.prev\":\"";
const MAC: &str = ",\"palisade.chain.mac\":\"";

/// The end of a chain: what the next line is joined to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    seq: u64,
    hash: String,
}

impl Default for Chain {
    fn default() -> Self {
        Self { seq: 0, hash: NOTHING.to_owned() }
    }
}

impl Chain {
    /// The end of a chain whose last line has this number and this hash.
    pub(crate) fn at(seq: u64, hash: String) -> Self {
        Self { seq, hash }
    }

    /// The number of the last line; 0 where there is none.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The hash of the last line, as hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Joins the last bytes of the file to the chain although they are not a whole line.
    pub fn pass_over(&mut self, torn: &str) {
        self.hash = digest(torn);
    }

    /// Leaves out a number, so that each verification reports a missing line there.
    pub fn skip(&mut self) {
        self.seq = self.seq.saturating_add(1);
    }

    /// The next line, made of a JSON object; without a line break.
    pub fn join(&mut self, object: &str, key: Option<&Key>) -> String {
        self.seq = self.seq.saturating_add(1);
        let mut line = object.strip_suffix('}').unwrap_or(object).to_owned();
        line.push_str(SEQ);
        line.push_str(&self.seq.to_string());
        line.push_str(PREV);
        line.push_str(&self.hash);
        line.push('"');
        if let Some(key) = key {
            let code = key.sign(LINE, &line);
            line.push_str(MAC);
            line.push_str(&code);
            line.push('"');
        }
        line.push('}');
        self.hash = digest(&line);
        line
    }
}

/// The SHA-256 of a string, as hexadecimal digits.
pub fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// What a line says of its place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link<'a> {
    pub(crate) seq: u64,
    pub(crate) prev: &'a str,
    /// What is authenticated, and the code.
    pub(crate) mac: Option<(&'a str, &'a str)>,
}

impl<'a> Link<'a> {
    /// `None` where it is not a line of a chain. Quotes in strings are escaped, so that searching
    /// for the members as they are written finds the members only.
    pub(crate) fn of(line: &'a str) -> Option<Self> {
        let is_object =
            serde_json::from_str::<serde_json::Value>(line).is_ok_and(|v| v.is_object());
        let body = line.strip_suffix("\"}").filter(|_| is_object)?;
        let (body, mac) = match body.rsplit_once(MAC) {
            Some((signed, code)) if is_digest(code) => {
                (signed.strip_suffix('"')?, Some((signed, code)))
            }
            Some(_) => return None,
            None => (body, None),
        };
        let (body, prev) = body.rsplit_once(PREV)?;
        let (_, seq) = body.rsplit_once(SEQ)?;
        let is_number = !seq.starts_with('0') && seq.bytes().all(|byte| byte.is_ascii_digit());
        let seq = seq.parse().ok().filter(|_| is_number)?;
        is_digest(prev).then_some(Self { seq, prev, mac })
    }
}

pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == NOTHING.len() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::{Chain, Link, NOTHING, digest};
    use crate::Key;

    #[test]
    fn a_line_says_where_it_belongs() {
        let key = Key::new(&[7; 32]).unwrap();
        for key in [None, Some(&key)] {
            let mut chain = Chain::default();
            let first = chain.join(r#"{"a":",\"palisade.chain.seq\":9"}"#, key);
            let second = chain.join("{\"a\":2}", key);
            let link = Link::of(&first).unwrap();
            assert_eq!((link.seq, link.prev, link.mac.is_some()), (1, NOTHING, key.is_some()));
            let link = Link::of(&second).unwrap();
            assert_eq!((link.seq, link.prev), (2, &*digest(&first)));
            assert_eq!((chain.seq(), chain.hash()), (2, &*digest(&second)));
            assert_eq!(Link::of(&second[..second.len() - 1]), None);
        }
        for other in ["", "{}", "[1]", r#"{"palisade.chain.seq":1,"palisade.chain.prev":"00"}"#] {
            assert_eq!(Link::of(other), None, "{other}");
        }
    }
}
