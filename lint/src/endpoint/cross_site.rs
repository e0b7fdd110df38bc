//! Whether a browser may send the request on behalf of another site.

use super::{
    CrossSite,
    reason::{self, Reason},
};
use crate::{
    attribute::{Value, Word},
    diagnostic::{Code, Diagnostics},
    handler::Handler,
};

/// Reads the attribute. What is wrong is noted, and counts as the strictest.
pub(super) fn read(handler: &Handler, reasons: &mut Vec<Reason>, d: &mut Diagnostics) -> CrossSite {
    let Some(given) = handler.attributes.first(Word::CrossSite) else { return CrossSite::Refuse };
    let Some(mut args) = given.args.clone() else { return CrossSite::Refuse };
    let mut values = args.take_values().into_iter();
    let said = values.next();
    for value in values {
        d.on(Code::UnexpectedArgument, &value, "`cross_site` takes one word")
            .help("write `allow` or `token`");
    }
    let is = |word: &str| said.as_ref().and_then(Value::word).is_some_and(|said| said == word);
    if is("token") {
        if let Some((name, _)) = args.take("reason", d) {
            d.at(
                Code::UnexpectedArgument,
                name.span(),
                "`reason` has no effect: nothing here is weakened",
            )
            .help("a token weakens nothing: write `cross_site(token)`");
        }
        args.finish(&[], d);
        return CrossSite::Token;
    }
    match &said {
        None => {
            d.at(Code::MissingArgument, args.span, "`cross_site` needs arguments")
                .help("write `cross_site(allow, reason = \"..\")` or `cross_site(token)`");
        }
        Some(_) if is("allow") => {}
        Some(value) => {
            d.on(Code::WrongValue, value, "`cross_site` takes `allow` or `token`")
                .help("write `allow` or `token`, or leave the attribute out");
            return CrossSite::Refuse;
        }
    }
    reason::required("cross_site", &mut args, reasons, d);
    args.finish(&["reason"], d);
    CrossSite::Allow
}
