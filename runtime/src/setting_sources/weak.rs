//! Secrets that could be guessed, and those that are not checked.

use palisade_policy::secret::Weakness;

use super::origin::Origin;

/// A secret that could be guessed.
#[derive(Clone, Debug)]
pub(crate) struct WeakSecret {
    /// The setting, its origin, the reason and the fix.
    pub(crate) text: String,
    /// Whether the service does not start with it in production.
    pub(crate) is_certain: bool,
}

/// A secret of the service's settings that can be guessed; of a list, the element that is meant, from 1.
pub(crate) fn weak_own(
    name: &str,
    origin: &Origin,
    element: Option<usize>,
    why: Weakness,
) -> WeakSecret {
    let is = match element {
        Some(element) => format!(": element {element} is"),
        None => " is".to_owned(),
    };
    let unless = "write `#[setting(unchecked = \"..\")]` with a reason on its field";
    weak_of_service(&format!("{name} ({origin}){is}"), why, unless)
}

/// A secret that can be guessed, and that the service reads by itself.
pub(super) fn weak_single(name: &str, origin: &Origin, why: Weakness) -> WeakSecret {
    let unless = "read it by `secrets::dangerous_from_setting` with a reason";
    weak_of_service(&format!("{name} ({origin}) is"), why, unless)
}

fn weak_of_service(it_is: &str, why: Weakness, unless: &str) -> WeakSecret {
    let text = format!(
        "{it_is} a secret that could be guessed, {why}: {}; if it protects nothing, such as a user name, {unless}",
        Weakness::FIX
    );
    WeakSecret { text, is_certain: why.is_certain() }
}

/// For the inventory: a secret that is not checked.
pub(crate) fn unchecked(name: &str, reason: &str) -> String {
    format!("{name} is not checked for values that can be guessed: {reason}")
}
