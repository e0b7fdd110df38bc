//! The commands to the store, and how their replies are parsed.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use redis::{Arg, Cmd, Script, ToRedisArgs, Value};
use smallvec::SmallVec;

use crate::{
    limit::{Ask, Decision, Gcra, key::SharedKey},
    policy::Ban,
};

/// A script, and its digest in Redis.
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

/// A script and its arguments: keys first, then values.
#[derive(Debug)]
pub(super) struct Call {
    code: &'static str,
    /// By its digest: a few bytes instead of the script.
    by_digest: Cmd,
}

/// `<prefix>:{<key>}` and a suffix. All entries of one key are in one slot of a cluster.
pub(super) type KeyText = SmallVec<[u8; 64]>;

/// The verdict on one ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It passes; the backlog in microseconds.
    Allowed(u64),
    /// It does not pass; the backlog in microseconds.
    Refused(u64),
    /// It does not pass for so many microseconds, because of a ban.
    Banned(u64),
    /// The same, beginning with this refusal.
    Bans(u64),
}

/// The units that a request has spent of one limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Debt {
    key: SharedKey,
    /// In microseconds.
    charge: u64,
    /// When it has recovered, on the store's clock.
    paid_at: u64,
}

impl Debt {
    pub(super) fn of(ask: &Ask<'_>) -> Option<Self> {
        ask.key.shared.map(|key| Self { key, charge: ask.charge(), paid_at: ask.paid_at })
    }
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
    /// The call with so many keys; they follow, and then so many arguments.
    fn call(&self, keys: usize, arguments: usize) -> Call {
        let words = keys.saturating_add(arguments).saturating_add(HEAD + 1);
        let mut by_digest = Cmd::with_capacity(words, words.saturating_mul(40));
        by_digest.arg("EVALSHA").arg(&self.digest).arg(keys);
        Call { code: self.code, by_digest }
    }
}

/// The words of a call before the script's own arguments: the command, and the script.
const HEAD: usize = 2;

impl Call {
    /// The usual form on the network.
    pub(super) const fn by_digest(&self) -> &Cmd {
        &self.by_digest
    }

    /// The same with the script's text, for a server that does not know it yet.
    pub(super) fn by_text(&self) -> Cmd {
        let mut command = Cmd::new();
        command.arg("EVAL").arg(self.code);
        for word in self.by_digest.args_iter().skip(HEAD) {
            if let Arg::Simple(word) = word {
                command.arg(word);
            }
        }
        command
    }

    fn arg(&mut self, word: impl ToRedisArgs) {
        self.by_digest.arg(word);
    }
}

impl Scripts {
    /// Spends the units of these asks, or of none; or only reads their state.
    pub(super) fn take<'a>(
        &self,
        prefix: &str,
        asks: impl Iterator<Item = (SharedKey, &'a Ask<'a>)> + Clone,
        spends: bool,
    ) -> Call {
        let banning = || asks.clone().filter(|(_, ask)| counted_ban(ask).is_some());
        let count = asks.clone().count();
        let keys = count.saturating_mul(2).saturating_add(banning().count());
        let mut call = self.take.call(keys, count.saturating_mul(FIELDS).saturating_add(1));
        for (key, _) in asks.clone() {
            let mut text = key_text(prefix, &key, "");
            call.arg(text.as_slice());
            text.extend_from_slice(BAN.as_bytes());
            call.arg(text.as_slice());
        }
        for (key, _) in banning() {
            call.arg(key_text(prefix, &key, REFUSALS).as_slice());
        }
        call.arg(if spends { "take" } else { "look" });
        for (_, ask) in asks {
            call.arg(if ask.limit.rate().track { "track" } else { "rate" });
            call.arg(ask.charge());
            // Without a rate nothing is tolerated: such a limit is not made ready for this store.
            call.arg(ask.limit.gcra().map_or(0, Gcra::tolerance));
            let ban = counted_ban(ask);
            call.arg(ban.map_or(0, |ban| ban.refusals));
            call.arg(ban.map_or(0, |ban| micros(ban.within)));
            call.arg(ban.map_or(0, |ban| micros(ban.lasts)));
        }
        call
    }

    /// Returns the units of a key.
    pub(super) fn give(&self, prefix: &str, debt: &Debt) -> Call {
        let mut call = self.give.call(1, 2);
        call.arg(key_text(prefix, &debt.key, "").as_slice());
        call.arg(debt.charge);
        call.arg(debt.paid_at);
        call
    }

    /// Bans a key for so many microseconds, or lifts its ban.
    pub(super) fn ban(&self, prefix: &str, key: &SharedKey, lasts: u64) -> Call {
        let mut call = self.ban.call(1, 1);
        call.arg(key_text(prefix, key, BAN).as_slice());
        call.arg(lasts);
        call
    }

    /// Spends a unit of a limit that no client uses.
    pub(super) fn probe(&self, prefix: &str, number: u8) -> Call {
        let mut call = self.take.call(2, FIELDS + 1);
        for end in ["", BAN] {
            call.arg(format!("{prefix}:{{probe-{number}}}{end}"));
        }
        call.arg("take");
        call.arg("rate");
        for number in [1, 1, 0, 0, 0] {
            call.arg(number);
        }
        call
    }
}

/// Arguments for each ask.
const FIELDS: usize = 6;

/// The suffix of a key: empty for what was spent.
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

/// A limit that only tracks does not ban.
fn counted_ban(ask: &Ask<'_>) -> Option<Ban> {
    let rate = ask.limit.rate();
    if rate.track { None } else { rate.ban }
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Reply {
    /// `None` for an unknown reply, or one for another number of asks.
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
    /// The decision, depending on whether the whole request passed (`spent`).
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

    /// The decision once its units are returned.
    pub(super) fn refunded(self, ask: &Ask<'_>) -> Decision {
        let Some(gcra) = ask.limit.gcra() else { return Decision::OPEN };
        match self {
            Self::Allowed(owed) => gcra.survey(gcra.refund(owed, ask.units, owed), ask.units),
            Self::Refused(_) | Self::Banned(_) | Self::Bans(_) => self.decision(ask, false),
        }
    }

    /// When the key has recovered completely, on the store's clock.
    pub(super) const fn paid_at(self, now: u64) -> u64 {
        match self {
            Self::Allowed(owed) | Self::Refused(owed) => now.saturating_add(owed),
            Self::Banned(_) | Self::Bans(_) => 0,
        }
    }

    pub(super) const fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}
