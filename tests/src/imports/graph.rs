//! The modules of a crate and the uses between them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// One use of a module by another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    /// The module below the root that has the code.
    pub(super) by: String,
    /// The module below the root that it uses.
    pub(super) of: String,
    /// The path as it is resolved, without `crate`.
    pub(super) path: String,
    /// The file and the line.
    pub(super) place: String,
}

/// Which module uses which, and where.
pub(super) struct Graph {
    modules: BTreeSet<String>,
    edges: BTreeMap<String, BTreeMap<String, Vec<Use>>>,
}

impl Graph {
    pub(super) fn new(modules: BTreeSet<String>, uses: Vec<Use>) -> Self {
        let mut edges: BTreeMap<String, BTreeMap<String, Vec<Use>>> = BTreeMap::new();
        for one in uses {
            if one.by != one.of {
                let of = edges.entry(one.by.clone()).or_default();
                of.entry(one.of.clone()).or_default().push(one);
            }
        }
        Self { modules, edges }
    }

    /// A shortest cycle, with the first use of each step and the number of uses.
    pub(super) fn cycle(&self) -> Option<String> {
        let shortest = self.modules.iter().filter_map(|module| self.way_back(module));
        shortest.min_by_key(Vec::len).map(|way| self.describe(&way))
    }

    /// The shortest way from a module back to itself.
    fn way_back<'g>(&'g self, start: &'g str) -> Option<Vec<&'g str>> {
        let mut before: BTreeMap<&str, &str> = BTreeMap::new();
        let mut next = vec![start];
        while !next.is_empty() {
            let mut found = Vec::new();
            for from in next {
                for to in self.edges.get(from).into_iter().flat_map(BTreeMap::keys) {
                    if !before.contains_key(to.as_str()) {
                        before.insert(to, from);
                        found.push(to.as_str());
                    }
                    if to == start {
                        return Some(way(start, &before));
                    }
                }
            }
            next = found;
        }
        None
    }

    fn describe(&self, way: &[&str]) -> String {
        let mut text = format!("a cycle of modules: {}", way.join(" -> "));
        for (from, to) in way.iter().zip(way.iter().skip(1)) {
            let uses = self.edges.get(*from).and_then(|of| of.get(*to));
            if let Some((first, others)) = uses.and_then(|uses| uses.split_first()) {
                let Use { path, place, .. } = first;
                let _ = write!(text, "\n  {place} uses {path} ({} more)", others.len());
            }
        }
        text
    }

    /// The uses that go against an order, and the modules that it lacks or that do not exist.
    pub(super) fn out_of_order(&self, order: &[&str]) -> Vec<String> {
        let mut wrong = Vec::new();
        let place_of = |module: &str| order.iter().position(|one| *one == module);
        for module in &self.modules {
            if place_of(module).is_none() {
                wrong.push(format!("the order lacks the module `{module}`"));
            }
        }
        for (index, module) in order.iter().enumerate() {
            if !self.modules.contains(*module) {
                wrong.push(format!("the order names `{module}`, which is no module"));
            }
            if place_of(module) != Some(index) {
                wrong.push(format!("the order names `{module}` again"));
            }
        }
        let uses = self.edges.values().flat_map(BTreeMap::values).flatten();
        for Use { by, of, path, place } in uses {
            if let (Some(user), Some(used)) = (place_of(by), place_of(of))
                && user < used
            {
                wrong.push(format!("{place}: `{by}` uses {path}, and `{of}` is above it"));
            }
        }
        wrong
    }
}

fn way<'g>(start: &'g str, before: &BTreeMap<&'g str, &'g str>) -> Vec<&'g str> {
    let mut way = vec![start];
    let mut at = start;
    while let Some(from) = before.get(at) {
        way.push(from);
        at = from;
        if at == start {
            break;
        }
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::{Graph, Use};

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let uses = edges.iter().enumerate().map(|(line, (by, of))| Use {
            by: (*by).to_owned(),
            of: (*of).to_owned(),
            path: format!("{of}::Item"),
            place: format!("{by}.rs:{line}"),
        });
        let modules = edges.iter().flat_map(|(by, of)| [(*by).to_owned(), (*of).to_owned()]);
        Graph::new(modules.collect(), uses.collect())
    }

    #[test]
    fn a_cycle_is_found_and_described() {
        assert_eq!(graph(&[("a", "b"), ("b", "c"), ("a", "c")]).cycle(), None);
        let found = graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("a", "b")]).cycle();
        assert_eq!(
            found.as_deref(),
            Some(
                "a cycle of modules: a -> b -> c -> a\n  a.rs:0 uses b::Item (1 more)\n  \
                 b.rs:1 uses c::Item (0 more)\n  c.rs:2 uses a::Item (0 more)"
            )
        );
    }

    #[test]
    fn a_use_against_the_order_is_named() {
        let graph = graph(&[("a", "b"), ("b", "c")]);
        assert_eq!(graph.out_of_order(&["c", "b", "a"]), Vec::<String>::new());
        assert_eq!(
            graph.out_of_order(&["b", "c", "a"]),
            ["b.rs:1: `b` uses c::Item, and `c` is above it"]
        );
        assert_eq!(
            graph.out_of_order(&["c", "b", "b", "d"]),
            [
                "the order lacks the module `a`",
                "the order names `b` again",
                "the order names `d`, which is no module",
            ]
        );
    }
}
