use proptest::prelude::*;

use super::Policy;
use crate::Severity;

const REST: &str = "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const HASH: &str = "'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='";

fn read(text: &str) -> (Option<Policy>, Vec<crate::Fault>) {
    Policy::read(text, &[("boot", HASH)])
}

#[test]
fn strict_policies_have_no_fault() {
    for text in [
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "script-src {nonce} 'strict-dynamic'; object-src 'none'; base-uri 'none'; \
         require-trusted-types-for 'script'; form-action 'self'; frame-ancestors 'none'",
        "default-src 'self'; script-src 'self' {boot}; img-src 'self' data: https:; \
         connect-src 'self' https://api.example wss://live.example:8443; style-src 'self' {nonce}; \
         font-src https://*.fonts.example; base-uri 'self'; form-action https://pay.example/a; \
         frame-ancestors 'self' https://partner.example; upgrade-insecure-requests; \
         trusted-types app dompurify 'allow-duplicates'; report-to default; report-uri /csp;",
        "default-src\n\t'none';\n base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         sandbox allow-forms",
    ] {
        let (policy, faults) = read(text);
        assert_eq!(faults, Vec::new(), "{text}");
        assert!(policy.is_some());
    }
}

#[test]
fn each_malformed_policy_is_told() {
    for (text, says) in [
        ("", "is empty"),
        (" ; ;", "is empty"),
        ("default-scr 'self'", "unknown directive `default-scr`"),
        ("Default-Src 'self'", "unknown directive `Default-Src`"),
        ("block-all-mixed-content", "have dropped `block-all-mixed-content`"),
        ("default-src 'self'; 'unsafe-inline'", "is not the name of a directive"),
        ("default-src 'self'; https://a.example", "is not the name of a directive"),
        ("default-src 'self' object-src 'none'", "`object-src` is combined with"),
        ("default-src 'self', img-src *", "contains `,`"),
        ("default-src 'self'; default-src 'none'", "duplicate `default-src`"),
        ("default-src", "has no source"),
        ("default-src 'self' 'self'", "duplicate `'self'`"),
        ("default-src 'none' 'self'", "stands beside other sources"),
        ("default-src self", "without quotes"),
        ("default-src none", "without quotes"),
        ("default-src unsafe-inline", "without quotes"),
        ("default-src nonce-abc", "an attacker can read"),
        ("default-src 'nonce-abc'", "an attacker can read"),
        ("default-src sha256-abc", "without quotes"),
        ("default-src 'sha256-abc'", "is not a hash"),
        ("default-src 'sha384-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='", "is not a hash"),
        ("default-src 'self", "do not match"),
        ("default-src 'slef'", "unknown keyword `'slef'`"),
        ("default-src 'https://a.example'", "address in quotes"),
        ("default-src {nonse}", "nothing is given for `{nonse}`"),
        ("default-src {nonce", "does not end"),
        ("img-src {nonce}", "has no effect in `img-src`"),
        ("img-src 'strict-dynamic'", "has no effect in `img-src`"),
        ("frame-ancestors 'unsafe-inline'", "has no effect in `frame-ancestors`"),
        ("script-src 'strict-dynamic'", "none is"),
        ("script-src a.exa*mple", "in the middle"),
        ("script-src https://a.example?x", "has a query"),
        ("script-src https://A.example", "upper-case"),
        ("script-src https://a..example", "is no host"),
        ("script-src a.example:http", "no port"),
        ("script-src a.example:0", "no port"),
        ("script-src 192.0.2.1", "is an address"),
        ("script-src ://a", "no scheme"),
        ("sandbox allow-script", "does not take `allow-script`"),
        ("upgrade-insecure-requests 1", "does not take `1`"),
        ("require-trusted-types-for script", "does not take `script`"),
        ("trusted-types 'all'", "does not take `'all'`"),
        ("report-to a b", "does not take `a b`"),
        ("report-uri http://a.example", "does not take"),
        ("report-uri //a.example", "does not take"),
        ("default-src \u{e9}", "contains"),
        ("default-src 'self'\r\nx: y", "contains"),
        ("default-src 'self'\0", "contains"),
    ] {
        let (policy, faults) = read(text);
        assert!(policy.is_none(), "{text}");
        assert!(
            faults.iter().any(|fault| {
                fault.message.contains(says) && fault.severity == Severity::Malformed
            }),
            "{text}: {faults:?}"
        );
        assert!(faults.iter().all(|fault| fault.help.is_some()), "{text}");
    }
}

#[test]
fn each_weakness_is_told_and_can_be_meant() {
    for (text, says) in [
        ("script-src 'self'", "`default-src` is missing"),
        ("default-src *", "`*` of `default-src`"),
        ("default-src https:", "`https:` of `default-src`"),
        ("default-src 'self'; script-src 'unsafe-inline'", "`'unsafe-inline'` of `script-src`"),
        ("default-src 'self'; style-src 'unsafe-inline'", "`'unsafe-inline'` of `style-src`"),
        ("default-src 'self' 'unsafe-eval'", "`'unsafe-eval'`"),
        ("default-src 'self'; script-src data:", "`data:` of `script-src`"),
        ("default-src 'self'; object-src data:", "`data:` of `object-src`"),
        ("default-src 'self'; script-src blob:", "`blob:` of `script-src`"),
        ("default-src 'self'; img-src http:", "`http:` of `img-src`"),
        ("default-src 'self'; img-src http://a.example", "anybody may change"),
        ("default-src 'self'; connect-src ws://a.example", "anybody may change"),
        ("default-src 'self'; script-src *.a.example", "every host of the domain"),
        ("default-src 'self'; img-src *.example", "is every host"),
        ("default-src 'self'; img-src https://*", "is every host"),
        ("default-src 'self'; script-src cdn.jsdelivr.net", "anybody can publish"),
        ("default-src 'self'; script-src http://localhost", "anybody may change"),
        ("default-src 'self'; script-src localhost:3000", "any program"),
        ("default-src 'self'; trusted-types *", "`*` of `trusted-types`"),
        ("default-src 'self'; sandbox allow-scripts allow-same-origin", "take the sandbox away"),
    ] {
        let (policy, faults) = read(&format!("{text}{REST}"));
        assert!(policy.is_some(), "{text}: {faults:?}");
        assert!(
            faults.len() == 1 && faults[0].is_weakening() && faults[0].message.contains(says),
            "{text}: {faults:?}"
        );
    }
    let (_, faults) = read("default-src 'none'");
    assert_eq!(faults.len(), 3, "{faults:?}");
}

#[test]
fn a_lost_nonce_allows_nothing_new() {
    for (list, bare) in [
        ("{nonce}", "'none'"),
        ("{nonce} 'strict-dynamic'", "'none'"),
        ("{nonce} 'strict-dynamic' https: 'unsafe-inline'", "'none'"),
        ("'self' {nonce}", "'self'"),
        ("'self' {nonce} 'unsafe-inline'", "'self'"),
    ] {
        let (policy, _) = read(&format!("default-src 'none'; script-src {list}{REST}"));
        let policy = policy.unwrap();
        assert!(policy.takes_nonce());
        assert_eq!(
            policy.without_nonce(),
            format!("default-src 'none'; script-src {bare}{REST}"),
            "{list}"
        );
    }
    let (policy, _) = read(&format!("default-src 'none'; script-src {{nonce}} {{boot}}{REST}"));
    let policy = policy.unwrap();
    assert_eq!(policy.without_nonce(), format!("default-src 'none'; script-src {HASH}{REST}"));
    assert_eq!(
        policy.pieces().join("abc"),
        format!("default-src 'none'; script-src 'nonce-abc' {HASH}{REST}")
    );
}

#[test]
fn what_is_only_reported_weakens_nothing() {
    let (policy, faults) = Policy::read_report_only("script-src 'self'; report-to default", &[]);
    assert!(policy.is_some_and(|policy| policy.reports()) && faults.is_empty());
    assert!(Policy::read_report_only("sandbox", &[]).0.is_none());
}

proptest! {
    #[test]
    fn never_panics_on_any_text(text in "\\PC{0,64}") {
        let _ = read(&text);
    }

    /// The sent text is parsed to the same policy, with the same faults.
    #[test]
    fn what_is_sent_reads_the_same(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "default-src", "script-src", "img-src", "sandbox", "'self'", "'none'", "{boot}",
                "https:", "data:", "*", "a.example", "https://*.b.example:8443/x", "allow-forms",
                "'unsafe-inline'", "'strict-dynamic'", ";", ";", ";", "base-uri", "report-to", "d",
            ]),
            0..24,
        )
    ) {
        let (policy, faults) = read(&words.join(" "));
        if let Some(policy) = policy {
            let (again, faults_again) = read(&policy.without_nonce());
            prop_assert_eq!(Some(policy.without_nonce()), again.map(|again| again.without_nonce()));
            prop_assert_eq!(faults, faults_again);
        }
    }
}
