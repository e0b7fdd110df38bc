//! Checks that the program silences: `.silence_deploy_check("id", "reason")`.

use std::{fs, path::PathBuf};

use palisade_lint::Place;
use palisade_policy::deploy::Silences;
use syn::{
    Expr, ExprLit, ExprMethodCall, Lit,
    visit::{self, Visit},
};

use super::cost;

/// Reads the calls. Returns those that silence no check, with their positions. An id or a reason
/// that is not a literal is only checked at the start of the service.
pub(super) fn read(roots: &[PathBuf], silences: &mut Silences) -> Vec<(String, Place, String)> {
    let mut faults = Vec::new();
    let mut files = Vec::new();
    for root in roots {
        // What cannot be read is left to the rules, which report it.
        let _unreadable = cost::sources(root, &mut files);
    }
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if !text.contains("silence_deploy_check") {
            continue;
        }
        let Ok(file) = syn::parse_file(&text) else { continue };
        let mut calls = Calls::default();
        calls.visit_file(&file);
        for (place, id, reason) in calls.0 {
            if let Err(fault) = silences.add(&id, &reason) {
                faults.push((path.display().to_string(), place, fault));
            }
        }
    }
    faults
}

#[derive(Default)]
struct Calls(Vec<(Place, String, String)>);

impl<'a> Visit<'a> for Calls {
    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        if call.method == "silence_deploy_check" {
            let mut texts = call.args.iter().map(literal);
            if let (Some(Some(id)), Some(Some(reason))) = (texts.next(), texts.next()) {
                self.0.push((Place::of(call.method.span()), id, reason));
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

fn literal(expression: &Expr) -> Option<String> {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = expression else { return None };
    Some(text.value())
}
