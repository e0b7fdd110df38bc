use palisade::prelude::*;

mod own {
    pub fn read(_: String) {}
}

// trap: a function of the crate with the name of one of the standard library
mod whole {
    use super::own::*;
    use palisade::prelude::*;

    fn shown(name: Query<Name>) {
        read(format!("files/{}", name.text));
    }
}

mod declared {
    use std::fs::*;

    fn read(_: String) {}

    fn shown(name: Query<Name>) {
        read(format!("files/{}", name.text));
    }
}
