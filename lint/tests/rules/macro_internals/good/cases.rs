use guards::prelude::*;
use palisade::prelude::*;
use serde::__private as of_serde;

// trap: private modules of other crates and of one's own
mod __private {
    pub fn helper() {}
}

#[macro_export]
macro_rules! own {
    () => {
        $crate::__private::helper()
    };
}

fn call() {
    crate::__private::helper();
    serde::__private::doc();
    of_serde::doc();
    println!("__private");
}

mod mine {
    pub trait Endpoint {}
    pub trait Input {}
}

use mine::Endpoint;

impl Endpoint for Service {}

impl mine::Input for Service {}

impl poem::Endpoint for Service {}

// trap: a dependency under another name
#[get("/admin", crate = guards)]
#[require_scope("admin")]
async fn admin() -> &'static str {
    "guarded"
}

#[cfg(test)]
mod tests {
    use palisade::__private as inner;
}

#[derive(Deserialize)]
#[serde(crate = "serde")]
struct Read {
    private: String,
}

fn private(read: &Read) -> &str {
    &read.private
}

mod numbers {
    use num_traits::*;
    use palisade::prelude::*;

    // trap: the prelude has no `Bounded`
    impl Bounded for Meters {}

    make! { impl Bounded for Miles {} }
}

mod by_hand {
    use palisade::prelude::*;
    use validator::ValidateArgs;

    // trap: a type that derives no `Input`
    #[derive(Deserialize)]
    pub struct Settings {
        id: u8,
    }

    impl<'v> ValidateArgs<'v> for Settings {
        type Args = ();
    }

    #[derive(Deserialize, Input)]
    pub struct New {
        id: u8,
    }

    impl Validate for New {}

    pub trait Own {}

    impl Own for New {}
}

fn list() {
    palisade::endpoints![crate = guards, admin];
}

mod globs {
    use palisade::input::*;

    mod private {
        pub fn own() {}
    }

    fn call() {
        private::own();
    }
}

// trap: attributes above the derives that read a request, and types of other derives
mod written {
    use palisade::prelude::*;

    #[serde_as]
    #[derive(Debug, Clone)]
    #[rewrites]
    #[derive(Deserialize, Input)]
    #[serde(deny_unknown_fields)]
    #[derive(PartialEq)]
    struct Above {
        id: u8,
    }

    #[derive(Deserialize)]
    #[serde_as]
    #[derive(Serialize)]
    struct NoInput {
        id: u8,
    }
}

// trap: texts and names of which parts are like those of palisade
mod alike {
    use serde::__private;

    fn call() {
        __private::doc();
        paste! { own::[<get_ private>]() }
        paste! { vec![private, 1] }
        println!("palisade has a module __private, which is for macros");
    }
}
