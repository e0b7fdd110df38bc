//! Which modules of a crate use which: no module uses one that uses it, directly or through others.
//!
//! The modules are those below the root of a crate. They are in an order, and each uses only those
//! before it, so a reader can stop at the module that a question is about. A `use crate::..` and a
//! qualified path in a body count alike; code that only tests compile does not count.

mod graph;
mod order;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other items, patterns and tokens have no paths of their own"
)]
mod reader;

use std::path::Path;

use graph::Graph;

/// The imports of a crate of this workspace.
fn graph(folder: &str, name: &str) -> Graph {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src");
    let (modules, uses) = reader::read(&source, name);
    Graph::new(modules, uses)
}

#[test]
fn no_module_uses_one_that_uses_it() {
    let mut wrong = Vec::new();
    for (folder, name) in order::CRATES {
        let cycle = graph(folder, name).cycle();
        match (cycle, order::WITH_CYCLES.contains(&folder)) {
            (Some(cycle), false) => wrong.push(format!("{folder}: {cycle}")),
            (None, true) => {
                wrong.push(format!("{folder} has no cycle any more: remove it from WITH_CYCLES"));
            }
            (Some(_), true) | (None, false) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_use_only_those_before_them() {
    let mut wrong = Vec::new();
    for (folder, name) in order::CRATES {
        let Some(order) = order::of(folder) else {
            if !order::WITH_CYCLES.contains(&folder) {
                wrong.push(format!("{folder} has no order"));
            }
            continue;
        };
        let broken = graph(folder, name).out_of_order(&order);
        wrong.extend(broken.into_iter().map(|broken| format!("{folder}: {broken}")));
    }
    assert!(
        wrong.is_empty(),
        "{}\nMove what is used into a lower module, or correct the order in tests/src/imports/order.rs.",
        wrong.join("\n")
    );
}
