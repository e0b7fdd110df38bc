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

mod declared {
    use opener::*;

    // trap: a function of the module goes before one that is imported whole
    fn open(_: &str) {}

    fn shown(name: Query<Name>) {
        open(&name.line);
    }
}

mod named {
    use super::own::opener::open;
    use opener::*;

    // trap: so does one that is imported by its name
    fn shown(name: Query<Name>) {
        open(&name.line);
    }
}

mod through {
    mod kept {
        pub fn open(_: &str) {}
    }

    use kept::*;
    use palisade::prelude::*;

    fn shown(name: Query<Name>) {
        open(&name.line);
    }
}
