use palisade::prelude::*;

mod simulated {
    pub mod std {
        pub mod thread {
            pub fn sleep(_: u64) {}
        }
    }
}

mod again {
    pub use super::simulated::*;
}

mod direct {
    use super::simulated::*;

    async fn wait() {
        // trap: a module imported whole that holds a `std` of its own
        std::thread::sleep(1);
    }
}

mod twice {
    use super::again::*;

    async fn wait() {
        std::thread::sleep(1);
    }
}

mod own {
    use tokio::time::*;

    async fn wait() {
        sleep(Duration::from_secs(1)).await;
    }
}
