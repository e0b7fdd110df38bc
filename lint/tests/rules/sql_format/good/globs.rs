use palisade::prelude::*;
use sqlx::*;

// trap: a function of the module with the name of one that is imported whole
fn query(text: &str) -> String {
    text.to_owned()
}

async fn listed(name: Query<Name>) {
    query(&format!("searched for {}", name.text));
}

mod own {
    pub fn query(text: &str) -> usize {
        text.len()
    }
}

mod whole {
    use super::own::*;
    use palisade::prelude::*;

    async fn listed(name: Query<Name>) {
        query(&format!("searched for {}", name.text));
    }
}
