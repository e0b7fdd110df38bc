use palisade::prelude::*;
use subprocess::*;

fn create(name: Query<Name>) {
    Popen::create(&name.line); //~ shell_command
}
