//! The program, as `#[palisade::main]` describes it before its own code runs.

use std::{collections::BTreeSet, env, fs, io::Write as _, path::Path, process, sync::OnceLock};

use serde_json::json;

use super::{OpenApi, document::Around};
use crate::Endpoints;

/// The variable with the name of the file that the document is written to. It is read before the
/// program's own code runs, and the program ends then.
const VARIABLE: &str = "CARGO_PALISADE_OPENAPI";

/// A program with the metadata from its `main`.
#[derive(Clone, Copy, Debug)]
pub struct Application {
    /// The name of the package.
    pub name: &'static str,
    /// The version of the package.
    pub version: &'static str,
    /// The description of the package; may be empty.
    pub description: &'static str,
    /// `openapi = endpoints`: the endpoints that are documented.
    pub endpoints: Option<fn() -> Endpoints>,
}

static APPLICATION: OnceLock<Application> = OnceLock::new();

/// Stores the program's metadata; if the tool requests the document, writes it and ends.
///
/// For that no port is bound, and no database and no setting is read.
pub fn launch(application: &Application) {
    let application = *APPLICATION.get_or_init(|| *application);
    let Some(file) = env::var_os(VARIABLE) else { return };
    let written = answer(&application, Path::new(&file));
    if let Err(error) = &written {
        // There is no log yet, and a process that ends has to report why.
        let _told = writeln!(std::io::stderr(), "error: {error}");
    }
    process::exit(i32::from(written.is_err()));
}

fn answer(application: &Application, file: &Path) -> Result<(), String> {
    let Some(endpoints) = application.endpoints else {
        return Err(format!(
            "`main` of `{}` does not say which endpoints are documented: write \
             `#[palisade::main(openapi = endpoints)]`, where `fn endpoints() -> Endpoints` lists them",
            application.name
        ));
    };
    let document = OpenApi::around(&endpoints(), &application.around());
    let text = json!({
        "document": document.value(),
        "undocumented": document.undocumented(),
    });
    fs::write(file, text.to_string()).map_err(|error| format!("{}: {error}", file.display()))
}

impl Application {
    /// The current program, if its `main` has the attribute.
    pub(super) fn current() -> Option<&'static Self> {
        APPLICATION.get()
    }

    pub(super) fn around(&self) -> Around<'static> {
        Around {
            title: self.name,
            version: self.version,
            description: self.description,
            ..Around::default()
        }
    }
}

/// If a service mounts other endpoints than `main` documents: an error message for each.
///
/// The written document would differ from the service.
pub(crate) fn compare(mounted: &Endpoints) -> Vec<String> {
    let Some(documented) = Application::current().and_then(|program| program.endpoints) else {
        return Vec::new();
    };
    let names = |endpoints: &Endpoints| -> BTreeSet<String> {
        endpoints.described().map(|(policy, _)| policy.path()).collect()
    };
    let (documented, mounted) = (names(&documented()), names(mounted));
    let missing = mounted.difference(&documented).map(|name| {
        format!(
            "`{name}` is mounted, and the function of `#[palisade::main(openapi = ..)]` does not list \
             it: give `.endpoints(..)` what that function returns"
        )
    });
    let extra = documented.difference(&mounted).map(|name| {
        format!(
            "`{name}` is documented by the function of `#[palisade::main(openapi = ..)]` and is not \
             mounted: give `.endpoints(..)` what that function returns"
        )
    });
    missing.chain(extra).collect()
}
