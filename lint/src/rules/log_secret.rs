//! Secrets in the log.

use super::{Site, Watch};
use crate::finding::Level;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds secret-named values in log lines: `log`, `tracing`, and (a warning) `println!` and `dbg!`. A message that only mentions the word is accepted.
    ///
    /// ## Why it is bad
    /// Logs are copied, stored and read by more people than may know the secret.
    ///
    /// ## Example
    /// ```text
    /// info!("login of {} with {}", form.name, form.password);
    /// ```
    ///
    /// ## Use instead
    /// Leave it out, or keep it in a `SecretString`, which prints nothing.
    /// ```text
    /// info!("login of {}", form.name);
    /// ```
    ///
    /// ## References
    /// - CWE-532: Insertion of Sensitive Information into Log File
    log_secret, CWE 532, Deny, Item, watch &[Watch::Macro("trace"), Watch::Macro("debug"), Watch::Macro("info"), Watch::Macro("warn"), Watch::Macro("error"), Watch::Macro("event"), Watch::Macro("log"), Watch::Macro("println"), Watch::Macro("print"), Watch::Macro("eprintln"), Watch::Macro("eprint"), Watch::Macro("dbg")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Macro(mac) = site else { return };
    let secret = mac
        .text
        .secret
        .clone()
        .or_else(|| mac.args.iter().find_map(|(_, _, value)| value.secret.clone()));
    let Some(secret) = secret else { return };
    let message = format!("the secret `{secret}` is written to the log");
    let help = "leave it out, or keep it in a `SecretString`";
    let level = if matches!(mac.name.last(), "println" | "print" | "eprintln" | "eprint" | "dbg") {
        Level::Warn
    } else {
        Level::Deny
    };
    walker.report_level(&RULE, level, mac.span, &message, help);
}
