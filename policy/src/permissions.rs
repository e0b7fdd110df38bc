//! `Permissions-Policy` (a structured field of RFC 9651).
//!
//! Features without an entry are denied: [`Permissions::text`] adds every feature that a page could
//! request. Browsers ignore an unknown feature, and drop the whole field if it has the old syntax
//! of `Feature-Policy`; both are a [`Fault`] here.

use std::collections::BTreeMap;

use crate::Fault;

/// Features that are denied if a policy has no entry for them; sorted. Those that Chromium does not
/// know are not included: it logs a warning for each in the console of every page.
pub const DENIED: &[&str] = &[
    "accelerometer",
    "autoplay",
    "camera",
    "clipboard-read",
    "clipboard-write",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "speaker-selection",
    "storage-access",
    "sync-xhr",
    "usb",
    "xr-spatial-tracking",
];

/// Further features that a policy can have entries for, and that not every browser knows; sorted.
const OTHERS: &[&str] = &[
    "ambient-light-sensor",
    "attribution-reporting",
    "battery",
    "bluetooth",
    "browsing-topics",
    "captured-surface-control",
    "compute-pressure",
    "cross-origin-isolated",
    "deferred-fetch",
    "deferred-fetch-minimal",
    "digital-credentials-create",
    "digital-credentials-get",
    "direct-sockets",
    "execution-while-not-rendered",
    "execution-while-out-of-viewport",
    "focus-without-user-activation",
    "identity-credentials-get",
    "join-ad-interest-group",
    "keyboard-map",
    "language-detector",
    "language-model",
    "local-network-access",
    "navigation-override",
    "otp-credentials",
    "private-state-token-issuance",
    "private-state-token-redemption",
    "publickey-credentials-create",
    "rewriter",
    "run-ad-auction",
    "shared-storage",
    "smart-card",
    "summarizer",
    "sync-script",
    "translator",
    "unload",
    "usb-unrestricted",
    "vertical-scroll",
    "web-app-installation",
    "web-share",
    "window-management",
    "writer",
];

/// A policy that browsers understand as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    features: BTreeMap<&'static str, String>,
}

impl Permissions {
    /// Parses a policy: `geolocation=(self), camera=(self "https://meet.example")`.
    ///
    /// With a malformed fault there is no policy; if all faults only weaken it, there is one.
    ///
    /// ```
    /// use palisade_policy::permissions::Permissions;
    ///
    /// let (policy, faults) = Permissions::read("geolocation=(self)");
    /// assert!(faults.is_empty());
    /// assert!(policy.is_some_and(|policy| policy.text().contains("camera=(), ")));
    /// ```
    pub fn read(text: &str) -> (Option<Self>, Vec<Fault>) {
        if let Some(wrong) = text.chars().find(|c| !matches!(c, ' '..='~' | '\n' | '\t')) {
            let fault = Fault::malformed(format!("the policy contains {wrong:?}"))
                .help("write printable ASCII");
            return (None, vec![fault]);
        }
        if text.trim().is_empty() {
            let fault = Fault::malformed("the policy names no feature")
                .help("leave it out: what is not named is denied");
            return (None, vec![fault]);
        }
        if text.contains(';') {
            let fault = Fault::malformed("the policy contains `;`, which browsers drop it for")
                .help("write commas between features: `camera=(), microphone=(self)`");
            return (None, vec![fault]);
        }
        let mut faults = Vec::new();
        let mut features = BTreeMap::new();
        for part in text.split(',') {
            match feature(part.trim(), &mut faults) {
                Ok((name, list)) => {
                    if features.insert(name, list).is_some() {
                        faults.push(
                            Fault::malformed(format!("duplicate `{name}`"))
                                .help("browsers take the last one: keep one"),
                        );
                    }
                }
                Err(fault) => faults.push(fault),
            }
        }
        let whole = faults.iter().all(Fault::is_weakening);
        (whole.then_some(Self { features }), faults)
    }

    /// The field as it is sent; features without an entry are denied.
    pub fn text(&self) -> String {
        let mut all: BTreeMap<_, _> = DENIED.iter().map(|name| (*name, "()")).collect();
        all.extend(self.features.iter().map(|(name, list)| (*name, list.as_str())));
        let all: Vec<_> = all.into_iter().map(|(name, list)| format!("{name}={list}")).collect();
        all.join(", ")
    }
}

fn feature(part: &str, faults: &mut Vec<Fault>) -> Result<(&'static str, String), Fault> {
    let Some((name, list)) = part.split_once('=') else {
        let name = part.split_ascii_whitespace().next().unwrap_or_default();
        return Err(if name.is_empty() {
            Fault::malformed("a comma with nothing beside it").help("leave it out")
        } else {
            Fault::malformed(format!("`{name}` has no list of who may use it"))
                .help(format!("write `{name}=()` for nobody, `{name}=(self)` for the page alone"))
        });
    };
    let known = || DENIED.iter().chain(OTHERS).copied();
    let Some(name) = known().find(|known| *known == name) else {
        return Err(Fault::malformed(format!("unknown feature `{name}`")).near(
            name,
            known(),
            "browsers ignore what they do not know",
        ));
    };
    let list = list.trim_end();
    let members: Vec<_> = match list.strip_prefix('(').and_then(|list| list.strip_suffix(')')) {
        Some(inside) => inside.split_ascii_whitespace().collect(),
        None if list.is_empty() || list.contains(['(', ')', ' ']) => {
            return Err(Fault::malformed(format!("the list of `{name}` is not closed"))
                .help(format!("write `{name}=(self)`, with spaces between members")));
        }
        None => vec![list],
    };
    for (index, member) in members.iter().enumerate() {
        if members.iter().take(index).any(|before| before == member) {
            return Err(Fault::malformed(format!("duplicate `{member}` in `{name}`"))
                .help("keep one of them"));
        }
        if *member == "*" {
            if members.len() > 1 {
                return Err(Fault::malformed(format!("`*` of `{name}` stands beside others"))
                    .help("browsers read `*` alone"));
            }
            faults.push(
                Fault::weakening(format!("`*` lets every frame use `{name}`"))
                    .help(format!("write `{name}=(self)`, or name origins in double quotes")),
            );
            return Ok((name, "*".to_owned()));
        }
        faults.extend(check_member(name, member)?);
    }
    Ok((name, format!("({})", members.join(" "))))
}

/// Refuses an invalid member, and returns its weakening.
fn check_member(name: &str, member: &str) -> Result<Option<Fault>, Fault> {
    let malformed = |why: &str, help: String| {
        Err(Fault::malformed(format!("`{member}` of `{name}` {why}")).help(help))
    };
    if member == "self" {
        return Ok(None);
    }
    let Some(origin) = member.strip_prefix('"').and_then(|member| member.strip_suffix('"')) else {
        let bare = member.trim_matches('\'');
        return match bare {
            "none" => malformed("is of the old syntax", format!("write `{name}=()`")),
            "self" => malformed("is of the old syntax", format!("write `{name}=(self)`")),
            "src" => malformed("is for frames' `allow` alone", format!("write `{name}=(self)`")),
            _ if bare.contains("://") => {
                malformed("has no double quotes", format!("write `{name}=(\"{bare}\")`"))
            }
            _ => malformed("is no member", format!("write `{name}=(self \"https://a.example\")`")),
        };
    };
    let fix = || format!("write an origin: `{name}=(\"https://a.example\")`");
    let Some((scheme, rest)) = origin.split_once("://") else {
        return malformed("is no origin", fix());
    };
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (rest, None),
    };
    let host = host.strip_prefix("*.").unwrap_or(host);
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let port_fits = port.is_none_or(|port| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if !matches!(scheme, "https" | "http") || !host.split('.').all(label) || !port_fits {
        return malformed("is no origin", fix());
    }
    Ok((scheme == "http" && host != "localhost").then(|| {
        Fault::weakening(format!("{member} of `{name}` is an origin that anybody may speak for"))
            .help("write `https://`")
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DENIED, OTHERS, Permissions};

    #[test]
    fn what_is_not_named_is_denied() {
        let (policy, faults) =
            Permissions::read("geolocation=(self),\n camera=(self \"https://meet.example:8443\")");
        assert_eq!(faults, Vec::new());
        let text = policy.unwrap().text();
        assert!(text.starts_with("accelerometer=(), "), "{text}");
        assert!(text.contains("geolocation=(self), "), "{text}");
        assert!(text.contains("camera=(self \"https://meet.example:8443\"), "), "{text}");
        assert_eq!(text.split(", ").count(), DENIED.len());
    }

    #[test]
    fn each_mistake_is_found() {
        for (text, says) in [
            ("", "names no feature"),
            ("camera 'none'", "has no list"),
            ("camera 'none'; microphone 'none'", "contains `;`"),
            ("camera=none", "old syntax"),
            ("camera='self'", "old syntax"),
            ("camera=(self", "not closed"),
            ("camera=", "not closed"),
            ("camera=(https://a.example)", "double quotes"),
            ("camera=(\"a.example\")", "no origin"),
            ("camera=(\"https://a.example/\")", "no origin"),
            ("camera=(\"https://A.example\")", "no origin"),
            ("camera=(src)", "frames' `allow`"),
            ("camera=(me)", "no member"),
            ("camera=(self self)", "duplicate `self` in `camera`"),
            ("camera=(), camera=(self)", "duplicate `camera`"),
            ("camera=(* self)", "beside others"),
            ("camra=()", "unknown feature `camra`"),
            ("Camera=()", "unknown feature `Camera`"),
            ("camera=(),", "nothing beside it"),
            ("camera=(\u{e9})", "contains"),
        ] {
            let (policy, faults) = Permissions::read(text);
            assert!(policy.is_none(), "{text}");
            assert!(faults.iter().any(|fault| fault.message.contains(says)), "{text}: {faults:?}");
        }
    }

    #[test]
    fn what_weakens_can_be_meant() {
        for text in ["camera=*", "camera=(*)", "camera=(\"http://a.example\")"] {
            let (policy, faults) = Permissions::read(text);
            assert!(policy.is_some() && faults.len() == 1 && faults[0].is_weakening(), "{text}");
        }
    }

    #[test]
    fn lists_are_sorted_and_do_not_overlap() {
        assert!(DENIED.is_sorted() && OTHERS.is_sorted());
        assert!(OTHERS.iter().all(|name| !DENIED.contains(name)));
    }

    proptest! {
        #[test]
        fn never_panics_and_reads_what_it_wrote(text in "[a-z=()\"*:/., ;'-]{0,48}") {
            if let (Some(policy), _) = Permissions::read(&text) {
                let (again, _) = Permissions::read(&policy.text());
                prop_assert_eq!(again.map(|again| again.text()), Some(policy.text()));
            }
        }
    }
}
