use palisade::prelude::*;
use subprocess::*;

fn create(name: Query<Name>) {
    Popen::create(&name.line); //~ shell_command
}

mod whole {
    use super::*;

    fn open(name: Query<Name>) {
        opener::open(&name.line); //~ shell_command
    }
}
