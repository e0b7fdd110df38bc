use palisade::prelude::*;
use subprocess::*;

fn create(name: Query<Name>) {
    Popen::create(&name.line); //~ shell_command
}

mod opening {
    use opener::*;
    use palisade::prelude::*;

    fn shown(name: Query<Name>) {
        open(&name.line); //~ shell_command
    }
}

mod outer {
    use duct::cmd;
    use opener::*;

    mod inner {
        use super::*;

        fn shown(name: Query<Name>) {
            open(&name.line); //~ shell_command
            cmd(&name.line, ["-v"]); //~ shell_command
        }
    }
}

mod several {
    use actix_web::*;
    use opener::*;
    use std::collections::*;

    fn shown(name: web::Query<Name>) {
        open(&name.line); //~ shell_command
    }
}

mod apart {
    use opener::*;

    // An `open` that this module does not import.
    mod other {
        fn open(_: &str) {}
    }

    fn shown(name: Query<Name>) {
        open(&name.line); //~ shell_command
    }
}
