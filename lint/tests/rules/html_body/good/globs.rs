use palisade::prelude::*;

mod own {
    pub struct Raw;
}

mod whole {
    use super::own::*;

    // trap: a type of the crate with the name of a crate's
    fn shown(name: Query<Name>) {
        Raw::new(&name.text);
    }
}
