use palisade::prelude::*;

fn takes<T: palisade::input::PathInput>() {}

fn main() {
    takes::<(Slug, u32)>();
}
