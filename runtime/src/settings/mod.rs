//! Settings: those of palisade, and a service's own.
//!
//! Each setting has one name, `PALISADE_CORS_MAX_AGE`, and one value, of the last of these sources that
//! has it:
//!
//! 1. its default;
//! 2. `palisade.toml` in the folder that the service is started in, or the file that `--config` or
//!    `PALISADE_CONFIG` names: `cors_max_age = 300` in the section `[palisade]`, a service's own
//!    settings in the section that it names;
//! 3. the environment;
//! 4. files that hold one value: each file of the folder `PALISADE_SECRETS_DIR` (a mount of Kubernetes),
//!    then credentials of systemd (`$CREDENTIALS_DIRECTORY/palisade_form_key`), then the file that
//!    `PALISADE_FORM_KEY_FILE` names;
//! 5. the command line: `--set cors_max_age=300`, `--data FOLDER` for a service's own.
//!
//! What is empty, cannot be read, or is unknown is a mistake and stops the start: a misspelt
//! `PALISADE_TRUSTED_PROXY` must not be a service without it. Each mistake names the setting, the origin of
//! its value and the fix. Values are not put into messages where they may be secret; secrets are not
//! taken from the command line (CWE-214), nor from files that other users can read (CWE-732), and in
//! production not where they could be guessed (CWE-521, CWE-1392). A secret can be at an address that `NAME_FROM` names:
//! see [`secrets`](crate::secrets).
//!
//! [`derive(Settings)`](derive@crate::Settings) makes a struct the settings of a service;
//! [`Palisade::from_settings`](crate::Palisade::from_settings) reads them and palisade's.

mod limits;
mod load;
mod own;
mod report;
#[cfg(all(feature = "sandbox", target_os = "linux"))]
mod sandbox;
mod secret_source;
mod service;
mod setting;
mod sourced;
mod table;
#[cfg(test)]
mod tests;
mod value;

#[doc(hidden)]
pub use crate::setting_sources::described::Described;
pub use own::Settings;
#[doc(hidden)]
pub use own::{Bounds, Service, SettingsReader};
pub use sourced::Sourced;
pub use value::SettingValue;

use std::ffi::OsString;

use self::secret_source::Fetch;
use crate::{
    Failure,
    service::Builder,
    setting_sources::{
        single,
        sources::{Resolved, Surroundings, resolve},
    },
};

/// A builder with palisade's settings of every source except the command line, where these are the variables
/// of the environment.
pub(crate) fn from_env(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Builder, Failure> {
    builder(&Surroundings::with_variables(variables))
}

/// Every setting of palisade, for tests of other modules.
#[cfg(all(test, feature = "sandbox", target_os = "linux"))]
pub(crate) fn described() -> Vec<Described> {
    table::described()
}

fn builder(from: &Surroundings) -> Result<Builder, Failure> {
    let mut complaints = Vec::new();
    let Resolved { values, notes, .. } = resolve(&known(&[]), from, &mut complaints);
    load::warn_of(&notes);
    let (mut builder, _) = setting::apply(&values, Fetch::Always, &mut complaints);
    load::judge_own(Vec::new(), Vec::new(), &mut builder, &mut complaints);
    Failure::all(complaints)?;
    Ok(builder)
}

/// Every setting: of palisade, of the service, and secrets that the service has read one by one; with those
/// that hold the address of a secret.
fn known(own: &[Described]) -> Vec<Described> {
    let mut known = table::described();
    known.extend_from_slice(own);
    let references = own.iter().filter_map(Described::reference);
    for other in references.chain(single::known()) {
        if known.iter().all(|setting| setting.name != other.name) {
            known.push(other);
        }
    }
    known
}
