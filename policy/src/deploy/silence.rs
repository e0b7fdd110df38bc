//! Silenced checks and their reasons.

use super::{Finding, find, nearest};
use crate::is_reason;

/// Ids of checks, each with the reason for silencing it.
#[derive(Clone, Debug, Default)]
pub struct Silences(Vec<(&'static str, String)>);

impl Silences {
    /// Silences a check.
    ///
    /// # Errors
    ///
    /// The id is not on the list, the check [cannot be silenced](super::Check::can_be_silenced), or
    /// the reason has no content ([`is_reason`]).
    pub fn add(&mut self, id: &str, reason: &str) -> Result<(), String> {
        let Some(check) = find(id) else {
            let hint = match nearest(id) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`cargo palisade explain` lists them".to_owned(),
            };
            return Err(format!("no deploy check is called `{id}`: {hint}"));
        };
        if !check.can_be_silenced() {
            return Err(format!(
                "the deploy check `{id}` cannot be silenced: {}, or set PALISADE_ENV=development on a \
                 developer's machine",
                check.fix
            ));
        }
        if !is_reason(reason) {
            return Err(format!(
                "to silence the deploy check `{id}` needs a reason that a reviewer can judge: two \
                 words or more"
            ));
        }
        self.0.push((check.id, reason.to_owned()));
        Ok(())
    }

    /// Parses `id: reason; id: reason`.
    ///
    /// # Errors
    ///
    /// Every invalid part, as in [`add`](Self::add).
    pub fn read(&mut self, text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let result = match part.split_once(':') {
                Some((id, reason)) => self.add(id.trim(), reason.trim()),
                None => Err(format!("`{part}` has no reason: write `id: reason; id: reason`")),
            };
            faults.extend(result.err());
        }
        faults
    }

    /// Every id, with its reason.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(id, reason)| (*id, reason.as_str()))
    }

    /// Marks the silenced findings. Returns the ids without a finding.
    pub fn apply(&self, findings: &mut [Finding]) -> Vec<&'static str> {
        let mut unused = Vec::new();
        for (id, reason) in self.iter() {
            let mut is_used = false;
            for finding in findings.iter_mut().filter(|finding| finding.check.id == id) {
                finding.silenced.get_or_insert_with(|| reason.to_owned());
                is_used = true;
            }
            if !is_used {
                unused.push(id);
            }
        }
        unused
    }
}

#[cfg(test)]
mod tests {
    use super::Silences;
    use crate::deploy::Finding;

    #[test]
    fn an_id_and_a_reason_silence() {
        let mut silences = Silences::default();
        let faults = silences.read(
            "debug_log: a fault is being looked for; hsts_off : moving hosts this week: until 5th;",
        );
        assert_eq!(faults, Vec::<String>::new());
        let mut findings: Vec<_> =
            ["debug_log", "no_https"].iter().filter_map(|id| Finding::new(id, "x")).collect();
        assert_eq!(silences.apply(&mut findings), ["hsts_off"]);
        assert_eq!(findings[0].silenced.as_deref(), Some("a fault is being looked for"));
        assert_eq!(findings[1].silenced, None);
    }

    #[test]
    fn what_does_not_silence_is_named() {
        for (text, says) in [
            ("debug_logs: a fault is being looked for", "did you mean `debug_log`?"),
            ("nothing_like_it: a fault is being looked for", "`cargo palisade explain` lists"),
            ("debug_log: because", "a reason that a reviewer can judge"),
            ("debug_log", "has no reason"),
            (
                "limits_off: a load test of one evening",
                "cannot be silenced: set PALISADE_LIMITS to",
            ),
            ("detailed_errors: a fault is looked for", "cannot be silenced: unset PALISADE_ERRORS"),
        ] {
            let faults = Silences::default().read(text);
            assert!(matches!(faults.as_slice(), [one] if one.contains(says)), "{text}: {faults:?}");
        }
    }
}
