//! What a service does with its settings when it starts: run, or print them and end.

use std::io::{self, Write as _};

use super::{
    known,
    own::{Found, Settings, SettingsReader},
    report,
    secret_source::Fetch,
    setting,
};
use crate::{
    Failure,
    service::Builder,
    setting_sources::{
        WeakSecret,
        command_line::Mode,
        single,
        sources::{Resolved, Surroundings, resolve},
    },
};

/// The result of reading the settings.
pub(super) enum Loaded<S> {
    /// The service runs with them.
    Run(S, Box<Builder>),
    /// The requested output.
    Text(String),
}

/// The settings of this process.
///
/// The process ends if its command line only requests output, such as `--help`.
pub(crate) fn of_process<S: Settings>() -> Result<(S, Builder), Failure> {
    let from = Surroundings::of_process();
    if let Some(first) = single::known().first().filter(|_| from.names_config()) {
        return Err(Failure::new(format!(
            "--config (command line) is read too late for {}, which the program has read before: name the file \
             in PALISADE_CONFIG",
            first.name
        )));
    }
    match load(&from)? {
        Loaded::Run(settings, builder) => Ok((settings, *builder)),
        Loaded::Text(text) => {
            // A reader that has gone away has what it wanted.
            let _written = io::stdout().lock().write_all(text.as_bytes());
            #[expect(clippy::exit, reason = "as `--help` of every program does")]
            std::process::exit(0)
        }
    }
}

/// Writes each of these lines to the log.
pub(super) fn warn_of(notes: &[String]) {
    for note in notes {
        tracing::warn!("{note}");
    }
}

/// Hands the own secrets of a service to the builder: those that can be guessed, and those that are not checked.
/// In production, one that can be guessed is refused at once, because the service uses its settings before anything
/// is built.
pub(super) fn judge_own(
    mut weak: Vec<WeakSecret>,
    mut unchecked: Vec<String>,
    builder: &mut Builder,
    complaints: &mut Vec<String>,
) {
    single::judged(&mut weak, &mut unchecked);
    let is_production = builder.is_production();
    for secret in weak {
        if is_production && secret.is_certain {
            complaints.push(secret.text);
        } else {
            builder.given_mut().weak(secret);
        }
    }
    unchecked.into_iter().for_each(|text| builder.note_weakened(text));
}

/// The settings that these surroundings give.
pub(super) fn load<S: Settings>(from: &Surroundings) -> Result<Loaded<S>, Failure> {
    let own = S::described();
    let known = known(&own);
    let mut complaints = Vec::new();
    let Resolved { mode, values, notes } = resolve(&known, from, &mut complaints);
    match mode {
        Mode::Help => return Ok(Loaded::Text(report::help(&S::SERVICE, &known))),
        Mode::Version => return Ok(Loaded::Text(report::version(&S::SERVICE))),
        Mode::Serve | Mode::PrintSettings | Mode::Check => {}
    }
    let fetch = if mode == Mode::PrintSettings { Fetch::Never } else { Fetch::Always };
    let (mut builder, fetched) = setting::apply(&values, fetch, &mut complaints);
    let mut reader = SettingsReader::new(&values, fetch);
    let settings = S::read(&mut reader);
    let Found { complaints: wrong, weak, unchecked, fetched: own_fetched } = reader.finish();
    complaints.extend(wrong);
    judge_own(weak, unchecked, &mut builder, &mut complaints);
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
        let fetched = [fetched.names(), own_fetched.names()].concat();
        return Ok(Loaded::Text(report::checked(&fetched, &unmet, &notes)));
    }
    warn_of(&notes);
    Ok(Loaded::Run(settings, Box::new(builder)))
}
