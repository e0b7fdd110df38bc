//! Every mistake that can be reported has a fixture of its name, and the fixture makes it.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its fixture stops there")]

use std::{fs, path::PathBuf};

use palisade_lint::{Code, Diagnostics, Endpoint, scope::ScopeType};
use quote::ToTokens as _;
use syn::{File, ImplItem, Item, ItemFn};

/// Mistakes that only an expansion meets: the compiler's own test of the fixture covers them.
const EXPANSION_ONLY: &[Code] = &[
    Code::LeftOverAttribute,
    Code::NotAFunction,
    Code::NotAHandlerPath,
    Code::HandlerTwice,
    Code::ListAttribute,
    Code::MainSignature,
];

/// The folders of fixtures that are endpoints.
const ENDPOINTS: [&str; 2] = ["endpoint", "upload"];

fn fixtures(part: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/ui").join(part)
}

/// Every function of a file, those in `impl` blocks included.
fn functions(file: File) -> Vec<ItemFn> {
    let mut found = Vec::new();
    for item in file.items {
        if let Item::Fn(function) = item {
            found.push(function);
        } else if let Item::Impl(block) = item {
            found.extend(block.items.into_iter().filter_map(|item| {
                let ImplItem::Fn(method) = item else { return None };
                Some(ItemFn {
                    attrs: method.attrs,
                    vis: method.vis,
                    modifiers: syn::FnModifiers::default(),
                    sig: method.sig,
                    block: Box::new(method.block),
                })
            }));
        }
    }
    found
}

/// The codes that the annotated functions of a fixture are reported with.
fn codes(path: &PathBuf) -> Vec<Code> {
    let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    let mut all = Vec::new();
    for function in functions(file).into_iter().filter(|function| !function.attrs.is_empty()) {
        let mut d = Diagnostics::new();
        let endpoint = Endpoint::from_item(&function, &mut d);
        let found = d.check().err().unwrap_or_default();
        assert_eq!(endpoint.is_none(), !found.is_empty(), "{}", path.display());
        all.extend(found.into_iter().map(|one| one.code));
    }
    all
}

#[test]
fn every_mistake_has_a_fixture() {
    let folders: Vec<_> = fs::read_dir(fixtures(""))
        .unwrap()
        .map(|folder| folder.unwrap().path().join("fail"))
        .collect();
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| code.has_fixture())
        .map(|code| code.name())
        .filter(|name| !folders.iter().any(|folder| folder.join(format!("{name}.rs")).exists()))
        .collect();
    assert!(missing.is_empty(), "no tests/ui/*/fail/NAME.rs for {missing:?}");
}

#[test]
fn every_fixture_makes_its_mistake_and_no_other() {
    let mut tried = 0;
    for code in Code::ALL.iter().filter(|code| !EXPANSION_ONLY.contains(code)) {
        for part in ENDPOINTS {
            let path = fixtures(part).join("fail").join(format!("{code}.rs"));
            if path.exists() {
                assert_eq!(codes(&path), [*code], "{}", path.display());
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn every_scope_type_makes_its_mistake_and_no_other() {
    let read = |kind: &str, name: &str| {
        let path = fixtures("scope").join(kind).join(name);
        let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
        let tokens = file.items.into_iter().find_map(|item| {
            if let Item::Enum(item) = item {
                return Some(item.into_token_stream());
            }
            let Item::Struct(item) = item else { return None };
            Some(item.into_token_stream())
        });
        let mut d = Diagnostics::new();
        let model = ScopeType::new(&syn::parse2(tokens.unwrap()).unwrap(), &mut d);
        let found = d.check().err().unwrap_or_default();
        assert_eq!(model.is_none(), !found.is_empty(), "{name}");
        found.into_iter().map(|one| one.code).collect::<Vec<_>>()
    };
    let mut tried = 0;
    for code in Code::ALL {
        let name = format!("{code}.rs");
        if fixtures("scope").join("fail").join(&name).exists() {
            assert_eq!(read("fail", &name), [*code], "{name}");
            assert_eq!(read("pass", &name), [], "{name}");
            tried += 1;
        }
    }
    assert!(tried >= 6, "{tried}");
}

#[test]
fn every_twin_makes_none() {
    let folders = ENDPOINTS.map(|part| fs::read_dir(fixtures(part).join("pass")).unwrap());
    for entry in folders.into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs")
            // Their functions are not endpoints.
            && path.file_stem().is_none_or(|stem| stem != "main_signature" && stem != "silenced_function")
        {
            assert_eq!(codes(&path), [], "{}", path.display());
        }
    }
}
