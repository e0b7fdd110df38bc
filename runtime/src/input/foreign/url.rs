//! Addresses of `url`.

use ::url::Url;

use super::super::{
    bounded::{Bounded, FieldType},
    condition::{At, HasScheme},
    named::NamedFit,
    report::Report,
    rules::Bounds,
    seal::{InputSeal, input_seal},
    wire::Wire,
};

/// The most bytes of an address.
const LONGEST: usize = 2048;

/// The default schemes of an address.
const WEB: [&str; 2] = ["http", "https"];

impl FieldType for Url {
    const FIELD_SEAL: InputSeal = input_seal();
    const NAMED: NamedFit = NamedFit::One;

    fn wire() -> Wire {
        Wire::single::<Self>().shown(|| {
            serde_json::json!({
                "type": "string", "format": "uri", "maxLength": LONGEST,
                "pattern": "^[Hh][Tt][Tt][Pp][Ss]?:",
            })
        })
    }

    fn conditions(&self, at: &At<'_>, report: &mut Report) {
        self.check(&WEB, at, report);
    }
}

impl Bounded for Url {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

impl HasScheme for Url {
    fn check(&self, schemes: &[&str], at: &At<'_>, report: &mut Report) {
        if self.as_str().len() > LONGEST {
            report.push_bounds(at.pointer(), "length".into(), Bounds::at_most(LONGEST));
        }
        if !schemes.contains(&self.scheme()) || (WEB.contains(&self.scheme()) && !self.has_host()) {
            report.push_once(at, "url");
        }
    }
}
