//! The list of deploy checks.

use super::{Check, JudgedBy, Level};

const fn check(
    id: &'static str,
    level: Level,
    judged_by: JudgedBy,
    cwe: u16,
    [why, fix, source]: [&'static str; 3],
) -> Check {
    Check { id, level, judged_by, cwe, why, fix, source }
}

use JudgedBy::{Both, Command, Start};
use Level::{Error, Note, Warning};

/// Every check, by topic.
pub const CHECKS: &[Check] = &[
    // Secrets.
    check(
        "weak_secret",
        Error,
        Both,
        1391,
        [
            "an attacker can guess it: it is short, or an example value",
            "make a random one of 16 characters or more, as `openssl rand -base64 24` prints",
            "OWASP ASVS 5.0 11.4; NIST SP 800-63B 5.1.1.2",
        ],
    ),
    check(
        "shared_secret_file",
        Warning,
        Both,
        732,
        [
            "every user of the machine can read the secrets in it",
            "take the permissions of others away (`chmod o-rwx`), or hand the file over as a credential",
            "systemd.exec(5) LoadCredential; OWASP ASVS 5.0 13.3",
        ],
    ),
    check(
        "tracked_secret",
        Error,
        Command,
        540,
        [
            "everyone with access to the repository or its history can read the secret",
            "replace the secret, remove the file from the repository, and name it in .gitignore",
            "OWASP ASVS 5.0 13.3.1",
        ],
    ),
    check(
        "hardcoded_secret",
        Error,
        Command,
        798,
        [
            "everyone with access to the program can extract the secret",
            "read it from a setting",
            "OWASP ASVS 5.0 13.3.1",
        ],
    ),
    // Debugging.
    check(
        "development_mode",
        Warning,
        Both,
        489,
        [
            "development settings are active on a service that other machines can reach",
            "set PALISADE_ENV=production, or unset it",
            "OWASP ASVS 5.0 13.4.2",
        ],
    ),
    check(
        "detailed_errors",
        Error,
        Both,
        209,
        [
            "answers show the causes of errors: paths, statements, addresses",
            "unset PALISADE_ERRORS and remove `.detailed_errors()`",
            "OWASP ASVS 5.0 16.5.1; RFC 9457 section 5",
        ],
    ),
    check(
        "debug_assertions",
        Warning,
        Both,
        489,
        [
            "the program was built for debugging: it is slow, and its checks end requests",
            "build with `cargo build --release`, and without `debug-assertions` in the profile",
            "The Cargo Book, Profiles",
        ],
    ),
    check(
        "panic_abort",
        Warning,
        Both,
        248,
        [
            "a panic in a handler ends the process instead of one request",
            "remove `panic = \"abort\"` from the profile",
            "The Cargo Book, Profiles",
        ],
    ),
    check(
        "debug_log",
        Warning,
        Both,
        532,
        [
            "the log has the causes of refusals and what libraries say of requests, and grows with them",
            "set RUST_LOG=info, or name the one module that is looked at for a while and silence this",
            "OWASP ASVS 5.0 16.2.5",
        ],
    ),
    check(
        "public_documentation",
        Error,
        Both,
        668,
        [
            "the description of every endpoint is public",
            "ask for a scope, or turn the page off",
            "OWASP API9:2023 Improper Inventory Management",
        ],
    ),
    // Browsers.
    check(
        "cors_any_origin",
        Warning,
        Both,
        942,
        [
            "every website can read the answers to authenticated requests",
            "list the origins in `#[cross_origin(..)]`",
            "Fetch Standard 3.3; OWASP ASVS 5.0 3.4.2",
        ],
    ),
    check(
        "cors_credentials",
        Error,
        Both,
        942,
        [
            "a script on any of the listed pages acts as the user who visits it",
            "remove the permission, or say why with `dangerous_cors_credentials`",
            "Fetch Standard 3.3.5; OWASP ASVS 5.0 3.4.2",
        ],
    ),
    check(
        "cors_local_origin",
        Warning,
        Both,
        942,
        [
            "any program that listens on the user's machine may read the answers",
            "remove the origin of the development server",
            "Fetch Standard 3.3; OWASP ASVS 5.0 3.4.2",
        ],
    ),
    check(
        "cookie_flags",
        Error,
        Command,
        614,
        [
            "a cookie leaves over plain http, is read by scripts, or is sent by other sites",
            "use `HostCookie` (`__Host-`, `Secure`, `HttpOnly`, `SameSite`) or a session",
            "RFC 6265bis section 4.1.3; OWASP ASVS 5.0 3.3",
        ],
    ),
    check(
        "hsts_off",
        Warning,
        Both,
        319,
        [
            "browsers that are sent to http:// once can be kept there",
            "unset PALISADE_HSTS_MAX_AGE, unless HSTS is being withdrawn",
            "RFC 6797 section 11.2",
        ],
    ),
    check(
        "hsts_short",
        Note,
        Both,
        319,
        [
            "browsers forget within a year that the host is reached over TLS alone",
            "raise PALISADE_HSTS_MAX_AGE to 31536000 or more once all is well",
            "RFC 6797 section 11.2; OWASP ASVS 5.0 3.4.1",
        ],
    ),
    check(
        "hsts_subdomains",
        Note,
        Both,
        319,
        [
            "hosts below this one can be reached over http, and set cookies for it",
            "set PALISADE_HSTS_SUBDOMAINS=true if all of them speak TLS",
            "RFC 6797 section 6.1.2",
        ],
    ),
    check(
        "hsts_preload",
        Note,
        Both,
        319,
        [
            "the first visit of a browser can still be over http",
            "call `HeaderSet::hsts_preload` and hand the domain in at hstspreload.org, if all hosts below \
         it speak TLS for good",
            "RFC 6797 section 12.3; hstspreload.org",
        ],
    ),
    // The network.
    check(
        "any_host",
        Error,
        Both,
        350,
        [
            "links, redirects and caches can be made to lead to a host that an attacker chose",
            "name the hosts in PALISADE_HOSTS, or set PALISADE_PUBLIC_ORIGIN",
            "RFC 9110 section 7.2; CWE-644",
        ],
    ),
    check(
        "hosts_unset",
        Error,
        Both,
        350,
        [
            "requests for names with a dot are answered 421",
            "name the hosts that the service answers for in PALISADE_HOSTS, or set PALISADE_PUBLIC_ORIGIN",
            "RFC 9110 section 7.4",
        ],
    ),
    check(
        "no_https",
        Warning,
        Both,
        319,
        [
            "others reach the service, and nothing says that clients come over TLS: tokens and cookies can be \
         read on the way, and no HSTS is sent",
            "put TLS in front and set PALISADE_PUBLIC_ORIGIN=https://.., or have the service speak TLS",
            "RFC 9110 section 4.2.2; RFC 6750 section 5.3",
        ],
    ),
    check(
        "proxies_unset",
        Warning,
        Both,
        348,
        [
            "TLS ends at a proxy, and none is trusted: all clients count as one address, to limits and to \
         the log",
            "name the proxy in PALISADE_TRUSTED_PROXIES",
            "RFC 7239 section 8.1",
        ],
    ),
    check(
        "wide_proxies",
        Error,
        Both,
        348,
        [
            "a client at one of them could choose its own address",
            "name the networks of the proxies, or say why not with PALISADE_DANGEROUS_WIDE_PROXIES or \
         `.dangerous_wide_proxies(..)`",
            "RFC 7239 section 8.1",
        ],
    ),
    // Limits, and what instances share.
    check(
        "limits_off",
        Error,
        Both,
        770,
        [
            "any client can send requests without a limit",
            "set PALISADE_LIMITS to local or shared and remove `.dangerous_limits_off(..)`",
            "OWASP API4:2023 Unrestricted Resource Consumption",
        ],
    ),
    check(
        "unbounded_cost",
        Warning,
        Both,
        400,
        [
            "a dozen requests that cost seconds each are within any rate",
            "add `#[concurrency_limit(..)]`",
            "OWASP API4:2023 Unrestricted Resource Consumption",
        ],
    ),
    check(
        "limits_not_shared",
        Warning,
        Both,
        770,
        [
            "each of several instances counts for itself: quotas and bans are worth that many times less",
            "set PALISADE_REDIS_URL and PALISADE_LIMITS=shared",
            "OWASP API4:2023 Unrestricted Resource Consumption",
        ],
    ),
    check(
        "sessions_not_shared",
        Error,
        Start,
        613,
        [
            "an instance does not know the log-ins and log-outs of the others",
            "keep sessions in Redis (`RedisSessionStore`), or in a store of your own",
            "OWASP ASVS 5.0 7.4.1",
        ],
    ),
    check(
        "revocations_not_shared",
        Error,
        Start,
        613,
        [
            "what one instance revokes goes on working at the others",
            "set PALISADE_REDIS_URL or PALISADE_REVOCATIONS_URL",
            "RFC 7009 section 2.2",
        ],
    ),
    check(
        "form_key_not_shared",
        Error,
        Start,
        352,
        [
            "a form that one instance made is refused by the others",
            "set PALISADE_FORM_KEY to the same random secret for all instances",
            "OWASP CSRF Prevention Cheat Sheet, Signed Double-Submit Cookie",
        ],
    ),
    check(
        "shared_redis_prefix",
        Warning,
        Start,
        668,
        [
            "another service, or another deployment of this one, on the same Redis would share log-ins, \
         log-outs and limits with it",
            "set a name of this deployment's own",
            "OWASP ASVS 5.0 13.2",
        ],
    ),
    // Identity.
    check(
        "revocations_unset",
        Warning,
        Both,
        613,
        [
            "a token that was stolen, or whose user was dismissed, works until it expires",
            "set PALISADE_REVOCATIONS_URL or PALISADE_REDIS_URL, or say `off` where tokens live for minutes",
            "RFC 7009 section 1; OWASP ASVS 5.0 7.4.1",
        ],
    ),
    check(
        "admin_without_step_up",
        Warning,
        Start,
        308,
        [
            "a stolen token or session of an administrator is enough",
            "ask for a second proof in an authenticator of its own, or a client certificate, and name it in \
         `#[credentials(..)]`",
            "RFC 9470; OWASP ASVS 5.0 6.3.3",
        ],
    ),
    // Databases and stores.
    check(
        "database_without_tls",
        Error,
        Both,
        319,
        [
            "statements, rows and the password can be read and changed on the way",
            "remove `sslmode` or `ssl-mode` from the URL, or say `verify-full`",
            "PostgreSQL 34.19 SSL Support; OWASP ASVS 5.0 12.3",
        ],
    ),
    check(
        "redis_without_tls",
        Warning,
        Both,
        319,
        [
            "sessions, revocations and the password can be read and changed on the way",
            "use `rediss://`, or a network of its own",
            "Redis manual, Security; OWASP ASVS 5.0 12.3",
        ],
    ),
    check(
        "redis_without_password",
        Warning,
        Both,
        306,
        [
            "any program that reaches the server can create sessions and remove limits",
            "give the service a user with a password (ACL SETUSER)",
            "Redis manual, Security",
        ],
    ),
    check(
        "sqlite_on_network_disk",
        Error,
        Start,
        667,
        [
            "the write-ahead log needs memory that all connections share, and the locks of such disks fail: \
         rows get lost",
            "put the file on a disk of this machine, or use Postgres",
            "sqlite.org/wal.html, sqlite.org/howtocorrupt.html section 2.1",
        ],
    ),
    // The machine and the build.
    check(
        "wrong_clock",
        Error,
        Start,
        672,
        [
            "expired tokens and certificates would be accepted, and valid ones refused",
            "set the clock, and keep it by NTP",
            "RFC 7519 section 4.1.4",
        ],
    ),
    check(
        "runs_as_root",
        Warning,
        Start,
        250,
        [
            "an attacker who takes over the process controls the machine or the container",
            "set PALISADE_USER, `User=` or `DynamicUser=` of systemd, or `USER` of the container",
            "OWASP Docker Security Cheat Sheet, rule 2; NIST SP 800-190 4.4.3",
        ],
    ),
    check(
        "known_vulnerability",
        Error,
        Command,
        1395,
        [
            "the vulnerability is public, and so are ways to exploit it",
            "update the crate (`cargo update -p NAME`)",
            "rustsec.org; OWASP A06:2021",
        ],
    ),
    check(
        "unmaintained_dependency",
        Warning,
        Command,
        1104,
        [
            "vulnerabilities in it will not be fixed",
            "replace the crate",
            "rustsec.org; OWASP A06:2021",
        ],
    ),
];

/// The check with this id.
pub fn find(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.id == id)
}

/// The most similar id.
pub fn nearest(id: &str) -> Option<&'static str> {
    let id = id.to_ascii_lowercase().replace('-', "_");
    let near = CHECKS.iter().map(|check| (strsim::levenshtein(check.id, &id), check.id)).min();
    near.filter(|(distance, near)| *distance <= near.len() / 3).map(|(_, near)| near)
}

#[cfg(test)]
mod tests {
    use super::{CHECKS, find, nearest};

    #[test]
    fn ids_are_words_of_their_own_and_texts_are_whole() {
        let mut seen = std::collections::HashSet::new();
        for check in CHECKS {
            assert!(seen.insert(check.id), "{} stands twice", check.id);
            let is_word = check.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_word, "{}", check.id);
            for text in [check.why, check.fix, check.source] {
                assert!(!text.is_empty() && !text.ends_with('.') && !text.contains("  "), "{text}");
            }
            assert!(check.cwe > 0 && find(check.id).is_some());
        }
    }

    #[test]
    fn a_slip_finds_what_was_meant() {
        assert_eq!(nearest("limit_off"), Some("limits_off"));
        assert_eq!(nearest("Weak-Secret"), Some("weak_secret"));
        assert_eq!(nearest("something_else_entirely"), None);
    }
}
