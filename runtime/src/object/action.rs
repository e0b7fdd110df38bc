//! The actions on objects.

/// What a caller wants to do with an object: a type, so that a policy for one action does not apply
/// to another.
///
/// ```
/// use palisade::object::Action;
///
/// struct Share;
///
/// impl Action for Share {
///     const NAME: &'static str = "share";
/// }
/// ```
pub trait Action: 'static {
    /// The name in the inventory and in the audit event: a verb.
    const NAME: &'static str;
}

/// To read it.
#[derive(Clone, Copy, Debug)]
pub struct Read;

/// To change it.
#[derive(Clone, Copy, Debug)]
pub struct Write;

/// To delete it.
#[derive(Clone, Copy, Debug)]
pub struct Delete;

impl Action for Read {
    const NAME: &'static str = "read";
}

impl Action for Write {
    const NAME: &'static str = "write";
}

impl Action for Delete {
    const NAME: &'static str = "delete";
}
