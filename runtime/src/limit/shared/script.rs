//! What is asked of the store, and how its replies are read.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use redis::{Cmd, Script, Value};
use smallvec::SmallVec;

use crate::{
    limit::{Ask, Decision, Gcra, key::SharedKey},
    policy::Ban,
};

/// A script, and the digest that Redis knows it by.
#[derive(Debug)]
pub(super) struct Stored {
    code: &'static str,
    digest: String,
}

/// The scripts of this store.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) take: Stored,
    pub(super) give: Stored,
    pub(super) ban: Stored,
}

pub(super) const TAKE: &str = include_str!("take.lua");
pub(super) const GIVE: &str = include_str!("give.lua");
pub(super) const BAN_KEY: &str = include_str!("ban.lua");

/// What a script is called with: keys first, then arguments.
#[derive(Debug, Default)]
pub(super) struct Call {
    keys: usize,
    words: SmallVec<[Word; 32]>,
}

/// One key or argument.
#[derive(Debug)]
enum Word {
    Key(KeyText),
    Text(&'static str),
    Number(u64),
}

/// `<prefix>:{<key>}` and what follows. Everything of one key is in one slot of a cluster.
pub(super) type KeyText = SmallVec<[u8; 64]>;

/// What one ask is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It passes, and owes so many microseconds.
    Allowed(u64),
    /// It does not, and owes so many.
    Refused(u64),
    /// It does not for so many.
    Banned(u64),
    /// The same, from this refusal on.
    Bans(u64),
}

/// A reply to `take.lua`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The store's clock: microseconds since 1970.
    pub(super) at: u64,
    pub(super) verdicts: SmallVec<[Verdict; 4]>,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self::of([TAKE, GIVE, BAN_KEY])
    }

    pub(super) fn of(codes: [&'static str; 3]) -> Self {
        let [take, give, ban] =
            codes.map(|code| Stored { code, digest: Script::new(code).get_hash().to_owned() });
        Self { take, give, ban }
    }
}

impl Stored {
    /// By its digest: a few bytes instead of the script.
    pub(super) fn by_digest(&self, call: &Call) -> Cmd {
        call.command("EVALSHA", &self.digest)
    }

    /// With its text, for a server that does not know it; it does after this.
    pub(super) fn by_text(&self, call: &Call) -> Cmd {
        call.command("EVAL", self.code)
    }
}

impl Call {
    /// Spends the units of these asks, or of none; or only looks.
    pub(super) fn take(prefix: &str, asks: &[(SharedKey, &Ask<'_>)], spends: bool) -> Self {
        let mut call = Self::default();
        for (key, _) in asks {
            call.key(key_text(prefix, key, ""));
            call.key(key_text(prefix, key, BAN));
        }
        for (key, ask) in asks {
            if counted_ban(ask).is_some() {
                call.key(key_text(prefix, key, REFUSALS));
            }
        }
        call.words.push(Word::Text(if spends { "take" } else { "look" }));
        for (_, ask) in asks {
            let rate = ask.limit.rate();
            call.words.push(Word::Text(if rate.track { "track" } else { "rate" }));
            call.words.push(Word::Number(ask.charge()));
            // Without a rate nothing is tolerated: such a limit is not made ready for this store.
            call.words.push(Word::Number(ask.limit.gcra().map_or(0, Gcra::tolerance)));
            match counted_ban(ask) {
                Some(Ban { refusals, within, lasts }) => call.words.extend([
                    Word::Number(refusals.into()),
                    Word::Number(micros(within)),
                    Word::Number(micros(lasts)),
                ]),
                None => call.words.extend([Word::Number(0), Word::Number(0), Word::Number(0)]),
            }
        }
        call
    }

    /// Gives back what they have spent.
    pub(super) fn give(prefix: &str, spent: &[(SharedKey, u64)]) -> Self {
        let mut call = Self::default();
        for (key, _) in spent {
            call.key(key_text(prefix, key, ""));
        }
        call.words.extend(spent.iter().map(|(_, charge)| Word::Number(*charge)));
        call
    }

    /// Bans a key for so many microseconds, or lifts its ban.
    pub(super) fn ban(key: KeyText, lasts: u64) -> Self {
        let mut call = Self::default();
        call.key(key);
        call.words.push(Word::Number(lasts));
        call
    }

    /// Spends a unit of a limit that is nobody's.
    pub(super) fn probe(prefix: &str, number: u8) -> Self {
        let mut call = Self::default();
        for end in ["", BAN] {
            let mut key = KeyText::from_slice(prefix.as_bytes());
            key.extend_from_slice(b":{probe-");
            key.extend_from_slice(number.to_string().as_bytes());
            key.push(b'}');
            key.extend_from_slice(end.as_bytes());
            call.key(key);
        }
        call.words.extend(["take", "rate"].map(Word::Text));
        call.words.extend([1, 1, 0, 0, 0].map(Word::Number));
        call
    }

    fn key(&mut self, text: KeyText) {
        self.keys = self.keys.saturating_add(1);
        self.words.push(Word::Key(text));
    }

    fn command(&self, verb: &str, script: &str) -> Cmd {
        let bytes = script.len().saturating_add(self.words.len().saturating_mul(40));
        let mut command = Cmd::with_capacity(self.words.len().saturating_add(3), bytes);
        command.arg(verb).arg(script).arg(self.keys);
        for word in &self.words {
            match word {
                Word::Key(key) => command.arg(key.as_slice()),
                Word::Text(text) => command.arg(*text),
                Word::Number(number) => command.arg(*number),
            };
        }
        command
    }
}

/// What ends a key: nothing for what was spent.
pub(super) const BAN: &str = ":ban";
pub(super) const REFUSALS: &str = ":refusals";

pub(super) fn key_text(prefix: &str, key: &SharedKey, end: &str) -> KeyText {
    let mut text = KeyText::from_slice(prefix.as_bytes());
    text.extend_from_slice(b":{");
    let start = text.len();
    // Sixteen bytes are 22 characters.
    text.resize(start.saturating_add(22), b'_');
    if let Some(place) = text.get_mut(start..) {
        // It fits by its length; and a key that was cut short would only be shared by more callers.
        let _written = URL_SAFE_NO_PAD.encode_slice(key, place);
    }
    text.push(b'}');
    text.extend_from_slice(end.as_bytes());
    text
}

/// A limit that only counts bans nobody.
fn counted_ban(ask: &Ask<'_>) -> Option<Ban> {
    let rate = ask.limit.rate();
    if rate.track { None } else { rate.ban }
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Reply {
    /// `None` for what the script does not say, or not about so many asks.
    pub(super) fn read(value: &Value, asks: usize) -> Option<Self> {
        let Value::Array(numbers) = value else { return None };
        let mut numbers = numbers.iter().map(|number| {
            let Value::Int(number) = number else { return None };
            u64::try_from(*number).ok()
        });
        let at = numbers.next()??;
        let mut verdicts = SmallVec::new();
        for _ in 0..asks {
            let (verdict, number) = (numbers.next()??, numbers.next()??);
            verdicts.push(match verdict {
                0 => Verdict::Refused(number),
                1 => Verdict::Allowed(number),
                2 => Verdict::Banned(number),
                3 => Verdict::Bans(number),
                _ => return None,
            });
        }
        numbers.next().is_none().then_some(Self { at, verdicts })
    }
}

impl Verdict {
    /// The decision, where the whole request passed (`spent`) or not.
    pub(super) fn decision(self, ask: &Ask<'_>, spent: bool) -> Decision {
        let Some(gcra) = ask.limit.gcra() else { return Decision::OPEN };
        match self {
            Self::Allowed(owed) if spent => gcra.granted(owed),
            Self::Allowed(owed) => gcra.survey(owed, ask.units),
            Self::Refused(owed) => Decision { allowed: false, ..gcra.survey(owed, ask.units) },
            Self::Banned(wait) | Self::Bans(wait) => {
                Decision { allowed: false, remaining: 0, wait: Duration::from_micros(wait) }
            }
        }
    }

    /// The decision once what it has spent is given back.
    pub(super) fn refunded(self, ask: &Ask<'_>) -> Decision {
        let Some(gcra) = ask.limit.gcra() else { return Decision::OPEN };
        match self {
            Self::Allowed(owed) => gcra.survey(gcra.refund(owed, ask.units), ask.units),
            Self::Refused(_) | Self::Banned(_) | Self::Bans(_) => self.decision(ask, false),
        }
    }

    pub(super) const fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}
