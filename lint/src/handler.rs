//! A handler as written in the source, without its attributes.

use syn::{
    Attribute, Expr, Ident, Item, ItemFn, Pat, Type,
    visit::{self, Visit},
    visit_mut::VisitMut,
};

use crate::{
    attribute::{Attributes, Entry, Given, Word},
    diagnostic::{Code, Diagnostics},
};

/// A handler: the function and everything that is said about it.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The attributes.
    pub attributes: Attributes,
    /// `#[allow_unsafe(..)]` on statements and expressions of the body.
    pub silenced: Vec<Given>,
    /// The function, without attributes of its own and without those in `silenced`.
    pub item: ItemFn,
}

impl Handler {
    /// Takes the attributes off `item`. `entry` is the one that the compiler took off already.
    pub fn new(entry: Option<Entry>, mut item: ItemFn, d: &mut Diagnostics) -> Self {
        let attributes = Attributes::gather(entry, &item.attrs, d);
        item.attrs.clear();
        refuse_unknown_syntax(&item, d);
        let mut silencer = Silencer { silenced: Vec::new(), d };
        silencer.visit_block_mut(&mut item.block);
        let silenced = silencer.silenced;
        Self { attributes, silenced, item }
    }

    /// The handler's name.
    pub const fn name(&self) -> &Ident {
        &self.item.sig.ident
    }

    /// Whether one of our attributes gives the route.
    pub fn is_routed(&self) -> bool {
        self.attributes.given.iter().any(|given| given.word.is_route())
    }
}

/// Takes `#[allow_unsafe(..)]` off statements and expressions: the compiler knows no attribute
/// macros there, and the model keeps the reasons.
struct Silencer<'a> {
    silenced: Vec<Given>,
    d: &'a mut Diagnostics,
}

impl VisitMut for Silencer<'_> {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let is_ours = |attribute: &Attribute| {
            if Attributes::conditional(attribute).is_some() {
                return true;
            }
            let mut segments = attribute.path().segments.iter().rev();
            segments.next().is_some_and(|last| last.ident == Word::AllowUnsafe.name())
        };
        let (ours, others): (Vec<_>, Vec<_>) = attributes.drain(..).partition(is_ours);
        *attributes = others;
        let gathered = Attributes::gather(None, &ours, self.d);
        self.silenced.extend(gathered.given);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {
        // An item inside the body is expanded by itself.
    }
}

fn refuse_unknown_syntax(item: &ItemFn, d: &mut Diagnostics) {
    struct Unknown<'a>(&'a mut Diagnostics);

    impl Unknown<'_> {
        fn refuse(&mut self, what: &impl quote::ToTokens) {
            self.0
                .on(Code::UnreadableSyntax, what, "syntax that palisade does not know")
                .help("move it into a function that the handler calls");
        }
    }

    impl<'ast> Visit<'ast> for Unknown<'_> {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            if let Expr::Verbatim(tokens) = expr {
                self.refuse(tokens);
            } else {
                visit::visit_expr(self, expr);
            }
        }

        fn visit_type(&mut self, ty: &'ast Type) {
            if let Type::Verbatim(tokens) = ty {
                self.refuse(tokens);
            } else {
                visit::visit_type(self, ty);
            }
        }

        fn visit_pat(&mut self, pat: &'ast Pat) {
            if let Pat::Verbatim(tokens) = pat {
                self.refuse(tokens);
            } else {
                visit::visit_pat(self, pat);
            }
        }

        fn visit_item(&mut self, item: &'ast Item) {
            if let Item::Verbatim(tokens) = item {
                self.refuse(tokens);
            } else {
                visit::visit_item(self, item);
            }
        }
    }

    Unknown(d).visit_item_fn(item);
}
