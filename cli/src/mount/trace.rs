//! Finds the origin of a mounted expression.

use palisade_lint::tree::{Origin, parts};
use syn::{
    Block, Expr, ExprCall, ExprMethodCall, ExprPath, Member, Path, Stmt, Token, ext::IdentExt as _,
    punctuated::Punctuated,
};

use super::{
    Reader, expression::plain, handed::Handed, ready::Ready, route::web_call, variable::as_written,
};

/// The methods of a list that return it.
const OF_LISTS: [&str; 4] = ["and", "with", "with_files", "with_data"];

/// The macros that never return a value.
const DIVERGE: [&str; 4] = ["panic", "todo", "unimplemented", "unreachable"];

/// The target of a path.
enum Known {
    /// A known source, or one that mounts no handlers.
    Read,
    /// Another crate, or unknown.
    Unread,
    /// Not decided by the path.
    Open,
}

impl Reader<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other form is told as not read")]
    pub(super) fn follow(
        &self,
        handed: Handed,
        expression: &Expr,
        steps: usize,
        unread: &mut Vec<Expr>,
    ) {
        let Some(steps) = steps.checked_sub(1) else {
            unread.push(expression.clone());
            return;
        };
        let mut follow = |inner: &Expr| self.follow(handed, inner, steps, unread);
        match expression {
            Expr::Paren(inner) => follow(&inner.expr),
            Expr::Group(inner) => follow(&inner.expr),
            Expr::Reference(inner) => follow(&inner.expr),
            Expr::Unary(inner) => follow(&inner.expr),
            Expr::Try(inner) => follow(&inner.expr),
            Expr::Cast(inner) => follow(&inner.expr),
            Expr::Await(inner) => follow(&inner.base),
            Expr::Index(inner) => follow(&inner.expr),
            Expr::Block(inner) => self.follow_block(handed, &inner.block, steps, unread),
            Expr::Unsafe(inner) => self.follow_block(handed, &inner.block, steps, unread),
            Expr::Async(inner) => self.follow_block(handed, &inner.block, steps, unread),
            Expr::If(branch) => {
                if let Some((_, other)) = &branch.else_branch {
                    follow(other);
                }
                self.follow_block(handed, &branch.then_branch, steps, unread);
            }
            Expr::Match(branches) => branches.arms.iter().for_each(|arm| follow(&arm.body)),
            Expr::Array(list) => list.elems.iter().for_each(follow),
            Expr::Tuple(list) => list.elems.iter().for_each(follow),
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => {}
            // What a function without a name mounts is read in its body.
            Expr::Closure(closure) => match handed {
                Handed::Function => {}
                Handed::List | Handed::Service => follow(&closure.body),
            },
            Expr::Macro(call) => self.follow_macro(handed, expression, &call.mac, steps, unread),
            Expr::Field(field) => {
                let known = match &field.member {
                    Member::Named(name) => self.lists.named(&name.unraw().to_string()),
                    Member::Unnamed(_) => self.lists.in_tuple_structs(),
                };
                // Types of fields are known of lists alone.
                if matches!(handed, Handed::List) && !known {
                    unread.push(expression.clone());
                }
            }
            Expr::MethodCall(call) => self.follow_method(handed, expression, call, steps, unread),
            Expr::Call(call) => self.follow_call(handed, expression, call, steps, unread),
            Expr::Path(path) => self.follow_path(handed, expression, path, steps, unread),
            Expr::Struct(value) => {
                if let Known::Unread = self.known(handed, &value.path) {
                    unread.push(expression.clone());
                }
            }
            _ => unread.push(expression.clone()),
        }
    }

    fn follow_block(&self, handed: Handed, block: &Block, steps: usize, unread: &mut Vec<Expr>) {
        if let Some(Stmt::Expr(last, None)) = block.stmts.last() {
            self.follow(handed, last, steps, unread);
        }
    }

    fn follow_macro(
        &self,
        handed: Handed,
        expression: &Expr,
        call: &syn::Macro,
        steps: usize,
        unread: &mut Vec<Expr>,
    ) {
        let path = parts(&call.path);
        let last = path.last().map_or("", String::as_str);
        let ours = self.program.macro_of_palisade(self.package, &self.module, &path);
        let is_read = last == "endpoints"
            || ours.as_deref() == Some("endpoints")
            || DIVERGE.contains(&last)
            || self.program.macro_named(last).is_some();
        if is_read {
            return;
        }
        let elements = Punctuated::<Expr, Token![,]>::parse_terminated;
        match call.parse_body_with(elements) {
            Ok(elements) if matches!(last, "vec" | "services") => {
                for element in &elements {
                    self.follow(handed, element, steps, unread);
                }
            }
            Ok(_) | Err(_) => unread.push(expression.clone()),
        }
    }

    fn follow_method(
        &self,
        handed: Handed,
        expression: &Expr,
        call: &ExprMethodCall,
        steps: usize,
        unread: &mut Vec<Expr>,
    ) {
        let method = call.method.unraw().to_string();
        let is_read = match handed {
            Handed::List => {
                if method == "endpoints" && call.args.is_empty() {
                    let made = self.lists.made_by(
                        self.program,
                        self.package,
                        &self.module,
                        &call.receiver,
                    );
                    if !made.into_iter().any(Ready::has_list) && !self.lists.named(&method) {
                        unread.push(expression.clone());
                    }
                    return;
                }
                self.lists.named(&method) && !OF_LISTS.contains(&method.as_str())
            }
            Handed::Function | Handed::Service => self.lists.has_function(&method),
        };
        if is_read {
            return;
        }
        self.follow(handed, &call.receiver, steps, unread);
        // `kept.unwrap_or_else(external::all)`
        if matches!(handed, Handed::List) && method.starts_with("unwrap_or") {
            for argument in &call.args {
                self.follow(handed, argument, steps, unread);
            }
        }
    }

    fn follow_call(
        &self,
        handed: Handed,
        expression: &Expr,
        call: &ExprCall,
        steps: usize,
        unread: &mut Vec<Expr>,
    ) {
        if web_call(expression).is_some() {
            return;
        }
        let Expr::Path(function) = plain(&call.func) else {
            unread.push(expression.clone());
            return;
        };
        // `let make = || endpoints![a]; make()`
        if let Some(value) = self.value(&call.func) {
            self.follow(handed, &value, steps, unread);
            return;
        }
        let path = parts(&function.path);
        let (last, of) = match path.split_last() {
            Some((last, of)) => (last.as_str(), of),
            None => ("", &[][..]),
        };
        // Of a value that wraps another one, that is the one.
        let wraps = of.is_empty() && matches!(last, "Some" | "Ok" | "Box")
            || matches!((of.last().map(String::as_str), last), (Some("Box" | "Arc" | "Rc"), _));
        if wraps || self.is_list_type(of) && OF_LISTS.contains(&last) {
            if let Some(first) = call.args.first() {
                self.follow(handed, first, steps, unread);
            }
            return;
        }
        let makes_empty = self.is_list_type(of) && matches!(last, "new" | "default")
            || of.last().is_some_and(|of| of == "Default");
        if makes_empty || last == "None" {
            return;
        }
        match self.known(handed, &function.path) {
            Known::Read => {}
            Known::Open
                if of.last().is_none_or(|of| of == "Self") && self.is_named(handed, last) => {}
            Known::Open | Known::Unread => unread.push(expression.clone()),
        }
    }

    fn follow_path(
        &self,
        handed: Handed,
        expression: &Expr,
        path: &ExprPath,
        steps: usize,
        unread: &mut Vec<Expr>,
    ) {
        let text = path.path.get_ident().map(|name| name.unraw().to_string());
        let variable = text
            .as_ref()
            .and_then(|name| self.variables.iter().rev().find_map(|block| block.get(name)));
        if let Some(held) = variable {
            match (&held.value, &held.ty) {
                (Some(value), _) => self.follow(handed, value, steps, unread),
                // An argument: what the callers of the function give is judged there.
                (None, Some(ty)) if !matches!(handed, Handed::Service) || !self.is_unread(ty) => {}
                (None, None)
                    if text.is_some_and(|name| self.is_named(handed, &as_written(&name))) => {}
                (None, Some(_) | None) => unread.push(expression.clone()),
            }
            return;
        }
        match self.known(handed, &path.path) {
            Known::Read => {}
            Known::Open
                if parts(&path.path).last().is_some_and(|last| self.is_named(handed, last)) => {}
            Known::Open | Known::Unread => {
                if text.as_deref() != Some("None") {
                    unread.push(expression.clone());
                }
            }
        }
    }

    /// Whether the package has a declaration of this kind with this name.
    fn is_named(&self, handed: Handed, name: &str) -> bool {
        match handed {
            Handed::List => self.lists.named(name),
            Handed::Function | Handed::Service => self.lists.has_function(name),
        }
    }

    fn is_list_type(&self, path: &[String]) -> bool {
        !path.is_empty() && self.program.original(self.package, &self.module, path) == "Endpoints"
    }

    /// Whether a type certainly belongs to an unread crate.
    fn is_unread(&self, ty: &syn::Type) -> bool {
        let syn::Type::Path(ty) = ty else { return false };
        matches!(self.known(Handed::Service, &ty.path), Known::Unread)
    }

    /// The target of a path.
    fn known(&self, handed: Handed, path: &Path) -> Known {
        let path = parts(path);
        let origins = self.program.origins(self.package, &self.module, &path);
        // The services of Actix mount what they are given. Neither it nor palisade has a function
        // that makes a list of endpoints, or that configures an app.
        let harmless = |path: &[String]| {
            matches!(handed, Handed::Service)
                && (self.program.is_palisade(self.package, path)
                    || path.first().is_some_and(|krate| krate.starts_with("actix")))
        };
        if origins.iter().any(|origin| matches!(origin, Origin::Item(_))) {
            return Known::Read;
        }
        let all_harmless = origins.iter().all(|origin| match origin {
            Origin::Item(_) => true,
            Origin::External(path) | Origin::Perhaps(path) => harmless(path),
        });
        if all_harmless && !origins.is_empty() {
            return Known::Read;
        }
        let unread = origins.iter().any(|origin| matches!(origin, Origin::External(_)));
        if unread { Known::Unread } else { Known::Open }
    }
}
