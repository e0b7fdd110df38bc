use framework::guards as handed_guards;
use framework::palisade as handed;
use palisade::prelude::*;

extern crate palisade as outer;

fn through_another_crate() {
    handed::__private::mount(); //~ macro_internals
    framework::palisade::__private::mount(); //~ macro_internals
    handed_guards::__private::mount(); //~ macro_internals
    outer::__private::mount(); //~ macro_internals
}

mod whole {
    use palisade::__private::*; //~ macro_internals
    use palisade::{__private as inner, self as guards}; //~ macro_internals
    use palisade::{__private::{self as again, mount}}; //~ macro_internals
}

mod handed_on {
    pub use palisade;

    pub mod once {
        pub use super::palisade::*;
    }
}

fn through_modules() {
    handed_on::palisade::__private::mount(); //~ macro_internals
    handed_on::once::__private::mount(); //~ macro_internals
}

#[derive(Deserialize)]
struct Quoted {
    #[serde(deserialize_with = "palisade::__priv\x61te::sql::read")] //~ macro_internals
    escaped: String,
    #[serde(deserialize_with = "palisade :: r#__private :: sql::read")] //~ macro_internals
    apart: String,
    #[serde(deserialize_with = "<palisade::__private::Csp as Read>::read")] //~ macro_internals
    qualified: String,
    #[serde(deserialize_with = r#"palisade::__private::sql::read"#)] //~ macro_internals
    raw: String,
}

macro_rules! mounted {
    ($krate:ident) => {
        $krate::__private::mount() //~ macro_internals
    };
    ($($path:tt)*) => {
        palisade::$($path)*
    };
}

fn by_macros() {
    mounted!(__private::mount()); //~ macro_internals
    paste! { palisade::[<__ private>]::mount() } //~ macro_internals
    paste! { palisade::[<__ "PRIVATE":lower>]::mount() } //~ macro_internals
}

type Seal = palisade::__private::InputSeal; //~ macro_internals

fn by_types<T: palisade::__private::FieldType>(_: &dyn palisade::__private::Nothing) { //~ macro_internals
    let _ = <T as palisade::__private::FieldType>::FIELD_SEAL; //~ macro_internals
}
