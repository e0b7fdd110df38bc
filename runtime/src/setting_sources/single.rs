//! Secrets that a service reads one by one, without a struct of settings.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use palisade_policy::{
    is_reason,
    secret::{Purpose, weakness_of_setting},
};
use secrecy::SecretString;

use super::{
    both, command_line,
    described::Described,
    layers::{Given, Pool},
    origin::{Origin, attributed},
    sources::{Names, Surroundings, layered},
    weak::{WeakSecret, unchecked, weak_single},
};

/// What the sources say about one secret.
pub(crate) enum Single {
    /// The secret itself, and where it comes from.
    Value { value: SecretString, origin: Origin },
    /// Where it is, and the setting that says so.
    Address { name: &'static str, address: String, origin: Origin },
}

/// What the judge of secrets says of one.
#[derive(Clone, Debug)]
enum Verdict {
    /// It can be guessed.
    Weak(WeakSecret),
    /// It is not checked; with the text for the inventory.
    Unchecked(String),
}

/// The secrets that were asked for in this process. The list of settings is made once a process, so that
/// their names live as long as it.
static READ: Mutex<Vec<Described>> = Mutex::new(Vec::new());

/// What was said of those secrets, for the builders of this process.
static VERDICTS: Mutex<BTreeMap<String, Verdict>> = Mutex::new(BTreeMap::new());

/// The settings that hold these secrets and their addresses: no source has them by mistake.
pub(crate) fn known() -> Vec<Described> {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.iter().flat_map(|setting| [Some(*setting), setting.reference()]).flatten().collect()
}

/// Reads the secret of this name, or its address.
///
/// # Errors
///
/// What is wrong with it, and what cannot be read.
pub(crate) fn read(name: &str) -> Result<Option<Single>, String> {
    read_from(name, &Surroundings::of_process())
}

pub(crate) fn read_from(name: &str, from: &Surroundings) -> Result<Option<Single>, String> {
    let setting = register(name);
    let Some(reference) = setting.reference() else { return Ok(None) };
    let known = [setting, reference];
    let (mut pool, mut complaints) = (Pool::default(), Vec::new());
    let arguments = from.arguments.as_deref().unwrap_or_default();
    let options = command_line::pairs(arguments, &known, &mut pool, &mut complaints);
    let names = Names { known: &known, are_all: false };
    let mut values = layered(names, from, None, options, &mut pool, &mut complaints);
    let (value, address) = (values.remove(setting.name), values.remove(reference.name));
    if let (Some(_), Some(Given { origin, .. })) = (&value, &address) {
        let both = both(setting.name, reference.name);
        complaints.push(attributed(reference.name, origin, &both));
    }
    if !complaints.is_empty() {
        return Err(complaints.join("; "));
    }
    let address = address.map(|address| Single::Address {
        name: reference.name,
        address: address.expose().to_owned(),
        origin: address.origin,
    });
    let value = value.map(|Given { text, origin, .. }| Single::Value { value: text, origin });
    Ok(value.or(address))
}

/// Judges a secret that was read, for every service that is built from now on; `reason` says why it is not checked.
///
/// # Errors
///
/// The reason explains nothing.
pub(crate) fn judge(
    name: &str,
    origin: &Origin,
    secret: &str,
    reason: Option<&str>,
) -> Result<(), String> {
    let verdict = match reason {
        Some(reason) if !is_reason(reason) => {
            return Err(format!(
                "{name}: `dangerous_from_setting` needs a reason that a reviewer can judge: two words or more"
            ));
        }
        Some(reason) => Some(Verdict::Unchecked(unchecked(name, reason))),
        None => weakness_of_setting(secret, Purpose::Password)
            .map(|why| Verdict::Weak(weak_single(name, origin, why))),
    };
    let mut verdicts = verdicts();
    match verdict {
        Some(verdict) => verdicts.insert(name.to_owned(), verdict),
        None => verdicts.remove(name),
    };
    Ok(())
}

/// Adds what was said of the secrets that were read one by one.
pub(crate) fn judged(weak: &mut Vec<WeakSecret>, unchecked: &mut Vec<String>) {
    for verdict in verdicts().values() {
        match verdict.clone() {
            Verdict::Weak(secret) => weak.push(secret),
            Verdict::Unchecked(text) => unchecked.push(text),
        }
    }
}

fn verdicts() -> MutexGuard<'static, BTreeMap<String, Verdict>> {
    VERDICTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The setting of this name: `SHOP_SMTP_PASSWORD` is the key `smtp_password` of the section `[shop]`.
fn register(name: &str) -> Described {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read.iter().find(|setting| setting.name == name) {
        return *known;
    }
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let (section, key) = name.split_once('_').unwrap_or((name, "value"));
    let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
    let setting = Described {
        name: leak(name.to_owned()),
        section: leak(section),
        from: (leak(format!("{name}_FROM")), leak(format!("{key}_from"))),
        key: leak(key),
        about: "a secret of the service",
        takes: "a secret",
        default: "",
        secret: true,
        flag: false,
    };
    read.push(setting);
    setting
}
