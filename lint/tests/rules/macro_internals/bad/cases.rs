use palisade::__private as inner; //~ macro_internals
use palisade::Endpoint as Mounted;
use palisade::input::private::{Bounded, FieldType}; //~ macro_internals
use palisade::{self as guard, input};

mod shadow {
    extern crate actix_web as palisade; //~ macro_internals
}

impl Mounted for Bare {} //~ macro_internals

impl input::Input for New {} //~ macro_internals

impl Bounded for Name {} //~ macro_internals

impl palisade::input::MapKey for Name {} //~ macro_internals

fn start() {
    palisade::__private::block_on(run()); //~ macro_internals
    ::palisade::__private::block_on(run()); //~ macro_internals
    guard::r#__private::block_on(run()); //~ macro_internals
    println!("{}", guard::__private::REFUSED.name); //~ macro_internals
    let f = <guard::__private::Csp as Default>::default; //~ macro_internals
}

macro_rules! reach {
    ($name:ident) => {
        palisade::__private::$name() //~ macro_internals
    };
}

#[derive(Deserialize)]
struct Quoted {
    #[serde(deserialize_with = "palisade::__private::sql::read")] //~ macro_internals
    name: String,
}

mod facade {
    pub use palisade::*;

    pub mod __private { //~ macro_internals
        pub fn mount() {}
    }
}

#[get("/admin", crate = crate::facade)] //~ macro_internals
#[require_scope("admin")]
async fn admin() -> &'static str {
    "unguarded"
}

#[derive(Input)]
#[input(crate = facade)] //~ macro_internals
struct New {
    name: Name,
}

fn read() {
    facade::__private::mount(); //~ macro_internals
    sql!("SELECT 1", crate = facade); //~ macro_internals
}

mod renamed {
    pub use super::facade::Endpoint as Served;
}

impl renamed::Served for Other {} //~ macro_internals

mod whole {
    use palisade::input::*;

    fn seal() {
        private::InputSeal::new(); //~ macro_internals
    }
}

mod handed {
    use serde::*;

    reach!(__private); //~ macro_internals
}

mod calls {
    use palisade::{endpoints as all, get as fetch, prelude::*};

    fn list() {
        endpoints![crate = super::facade, list]; //~ macro_internals
        all![crate = super::facade, list]; //~ macro_internals
    }

    #[fetch("/x", crate = super::facade)] //~ macro_internals
    #[public]
    async fn x() {}

    #[cfg_attr(all(), derive(Input), input(crate = super::facade))] //~ macro_internals
    struct Conditional {
        id: u8,
    }
}

impl palisade::input::NamedFields for Name {} //~ macro_internals

make! { impl<T: Fn(u8) -> u8> palisade::input::Nested for Made<T> {} } //~ macro_internals

mod by_hand {
    use palisade::prelude::*;
    use validator::ValidateArgs as Args;

    #[cfg_attr(all(), derive(Deserialize, Input))]
    pub struct New {
        id: u8,
    }

    impl Validate for New {}

    impl<'v> Args<'v> for New { //~ macro_internals
        type Args = ();
    }
}

impl<'v> validator::ValidateArgs<'v> for by_hand::New { //~ macro_internals
    type Args = ();
}

mod rewritten {
    use palisade::{Input as Checked, prelude::*};
    use serde_with::serde_as;

    #[derive(Deserialize)]
    #[serde_as] //~ macro_internals
    #[derive(Input)]
    struct Apart {
        id: u8,
    }

    #[derive(Debug, Deserialize)]
    #[cfg_attr(feature = "loose", others::loosen)] //~ macro_internals
    #[serde(deny_unknown_fields)]
    #[derive(Validate, Checked)]
    enum Conditional {
        A,
    }

    fn inner() {
        #[derive(Validate)]
        #[loosen] //~ macro_internals
        #[derive(Deserialize, palisade::Input)]
        struct Local {
            id: u8,
        }
    }
}
