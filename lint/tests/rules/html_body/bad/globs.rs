use palisade::prelude::*;
use build_html::*;

fn shown(name: Query<Name>) {
    Raw::new(&name.text); //~ html_body
}
