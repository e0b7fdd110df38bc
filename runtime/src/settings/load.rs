//! What a service does with its settings when it starts: run, or tell about them and end.

use std::io::{self, Write as _};

use super::{
    command_line::Mode,
    described::Described,
    own::{Settings, SettingsReader},
    report, setting,
    sources::{Resolved, Surroundings, resolve},
    table,
};
use crate::{Failure, service::Builder};

/// What became of the settings.
pub(super) enum Loaded<S> {
    /// The service runs with them.
    Run(S, Box<Builder>),
    /// This was asked for.
    Text(String),
}

/// The settings of this process.
///
/// The process ends where its command line asks for a text alone.
pub(crate) fn of_process<S: Settings>() -> Result<(S, Builder), Failure> {
    match load(&Surroundings::of_process())? {
        Loaded::Run(settings, builder) => Ok((settings, *builder)),
        Loaded::Text(text) => {
            // A reader that has gone away has what it wanted.
            let _written = io::stdout().lock().write_all(text.as_bytes());
            #[expect(clippy::exit, reason = "as `--help` of every program does")]
            std::process::exit(0)
        }
    }
}

/// The settings that these surroundings give.
pub(super) fn load<S: Settings>(from: &Surroundings) -> Result<Loaded<S>, Failure> {
    let own = S::described();
    let known: Vec<Described> = table::described().into_iter().chain(own.iter().copied()).collect();
    let mut complaints = Vec::new();
    let Resolved { mode, values } = resolve(&known, from, &mut complaints);
    match mode {
        Mode::Help => return Ok(Loaded::Text(report::help(&S::SERVICE, &known))),
        Mode::Version => return Ok(Loaded::Text(report::version(&S::SERVICE))),
        Mode::Serve | Mode::PrintSettings | Mode::Check => {}
    }
    let mut builder = setting::apply(&values, &mut complaints);
    let mut reader = SettingsReader::new(&values);
    let settings = S::read(&mut reader);
    let (wrong, weak) = reader.finish();
    complaints.extend(wrong);
    if builder.is_production() {
        // The own settings of a service are used before anything is built.
        complaints.extend(weak);
    } else {
        for told in weak {
            builder.given_mut().weak(told);
        }
    }
    if mode == Mode::PrintSettings {
        let text = report::settings(&known, &values);
        Failure::all(complaints)?;
        return Ok(Loaded::Text(text));
    }
    Failure::all(complaints)?;
    // A struct that is missing without a complaint cannot be; if it were, nothing must run.
    let settings =
        settings.ok_or_else(|| Failure::new("the settings of the service cannot be read"))?;
    if mode == Mode::Check {
        let unmet = builder.without_effect();
        Failure::all(builder.check_settings())?;
        return Ok(Loaded::Text(report::checked(&unmet)));
    }
    Ok(Loaded::Run(settings, Box::new(builder)))
}
