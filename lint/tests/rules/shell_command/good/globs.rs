use palisade::prelude::*;

mod own {
    pub mod opener {
        pub fn open(_: &str) {}
    }

    pub struct Popen;
}

mod whole {
    use super::own::*;

    // trap: a module and a type of the crate with the name of a crate's
    fn open(name: Query<Name>) {
        opener::open(&name.line);
        Popen::create(&name.line);
    }
}
