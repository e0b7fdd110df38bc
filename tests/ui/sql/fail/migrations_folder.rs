use palisade::migrations;

fn main() {
    let _migrations = migrations!("migrated");
}
