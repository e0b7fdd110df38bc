use palisade::prelude::*;
use std::fs::*;

fn shown(name: Query<Name>) {
    read_to_string(format!("files/{}", name.text)); //~ path_traversal
}

mod of_tokio {
    use palisade::prelude::*;
    use tokio::fs::*;

    async fn shown(name: Query<Name>) {
        read(format!("files/{}", name.text)).await; //~ path_traversal
        File::open(format!("files/{}", name.text)).await; //~ path_traversal
    }
}

mod outer {
    use fs_err::read;

    mod inner {
        use super::*;

        fn shown(name: Query<Name>) {
            read(format!("files/{}", name.text)); //~ path_traversal
        }
    }
}
