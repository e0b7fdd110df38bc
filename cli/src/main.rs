//! `cargo palisade`: reads a service's sources and says what its endpoints let through.

use std::{
    env,
    io::{self, Write as _},
    process::ExitCode,
};

use cargo_palisade::{
    args::{Args, Command},
    audit, audit_log, check, openapi, routes,
};
use clap::Parser as _;

fn main() -> ExitCode {
    // Cargo passes the word by which it found this program; called directly, there is none.
    let mut words: Vec<_> = env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "palisade") {
        words.remove(1);
    }
    let args = Args::parse_from(words);
    let mut out = io::stdout().lock();
    let mut log = io::stderr().lock();
    let result = match &args.command {
        Command::Routes(args) => routes::run(args, &mut out, &mut log),
        Command::Check(args) => check::run(args, &mut out, &mut log),
        Command::Openapi(args) => openapi::run(args, &mut out, &mut log),
        Command::Audit(args) => audit::run(args, &mut out, &mut log),
        Command::Explain(args) => check::tell(args, &mut out, &mut log),
        Command::AuditLog(args) => audit_log::run(args, &mut out, &mut log),
    };
    match result.and_then(|code| out.flush().map(|()| code)) {
        Ok(code) => ExitCode::from(code),
        // The reader has closed the pipe, as in `cargo palisade routes | head`. It is not a pass,
        // and needs no message.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(routes::WRONG),
        Err(error) => {
            // There is no other place to report this if it fails as well.
            let _ = writeln!(log, "error: {error}");
            ExitCode::from(routes::UNREADABLE)
        }
    }
}
