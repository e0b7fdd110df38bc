//! `#[responds(..)]`: the statuses of the handler's own responses.

use syn::Lit;

use super::Part;
use crate::{
    attribute::{Attributes, Value, Word},
    diagnostic::{Code, Diagnostics},
};

/// Reads `#[responds(404, 409)]`.
pub(super) fn read(attributes: &Attributes, d: &mut Diagnostics) -> Part<Vec<u16>> {
    let Some(given) = attributes.first(Word::Responds) else { return Part::Absent };
    let Some(mut args) = given.args.clone() else { return Part::Broken };
    let values = args.take_values();
    if values.is_empty() && args.list.is_empty() {
        d.at(Code::MissingArgument, args.span, "`responds` names no status")
            .help("write `responds(404, 409)`, or remove it");
        return Part::Broken;
    }
    let mut statuses = Vec::new();
    for value in values {
        let Some(status) = status(&value) else {
            d.on(Code::WrongValue, &value, "a status is a number from 200 to 599")
                .help("write the statuses as numbers: `responds(404, 409)`");
            continue;
        };
        if statuses.contains(&status) {
            d.on(Code::RepeatedWord, &value, format!("duplicate status {status} in `responds`"))
                .help("keep one of them");
        } else {
            statuses.push(status);
        }
    }
    args.finish(&[], d);
    statuses.sort_unstable();
    Part::Read(statuses)
}

fn status(value: &Value) -> Option<u16> {
    match value {
        Value::Literal(Lit::Int(number)) => {
            number.base10_parse().ok().filter(|status| (200..600).contains(status))
        }
        Value::Literal(_) | Value::Path(_) | Value::Call(_) | Value::Tuple(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::{ItemFn, parse_quote};

    use crate::{Code, Diagnostics, Endpoint};

    fn read(item: &ItemFn) -> (Vec<u16>, Vec<Code>) {
        let mut d = Diagnostics::new();
        let endpoint = Endpoint::from_item(item, &mut d);
        let found = d.check().err().unwrap_or_default();
        (
            endpoint.map(|one| one.responds).unwrap_or_default(),
            found.into_iter().map(|one| one.code).collect(),
        )
    }

    #[test]
    fn statuses_are_sorted() {
        let item = parse_quote! {
            #[get("/a")]
            #[public]
            #[responds(409, 404)]
            async fn a() {}
        };
        assert_eq!(read(&item), (vec![404, 409], Vec::new()));
    }

    #[test]
    fn what_is_not_a_status_is_refused() {
        let item = parse_quote! {
            #[get("/a")]
            #[public]
            #[responds(99, "404", 404, 404)]
            async fn a() {}
        };
        let codes = [Code::WrongValue, Code::WrongValue, Code::RepeatedWord];
        assert_eq!(read(&item), (Vec::new(), codes.to_vec()));
        let item = parse_quote! {
            #[get("/a")]
            #[public]
            #[responds()]
            async fn a() {}
        };
        assert_eq!(read(&item).1, [Code::MissingArgument]);
    }
}
