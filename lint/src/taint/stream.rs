//! Streams: the content of a buffer after a read.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use syn::{Expr, ExprMethodCall};

use super::class::Class;
use super::value::{SourceKind, Value};
use super::walk::Walker;
use crate::krate::ty::Ty;

impl Walker<'_> {
    /// What another service answers: in an audit as little trusted as a client, except that pages are
    /// often handed on as they are.
    pub(super) fn answered(&self, span: proc_macro2::Span) -> Value {
        let passed_on = Class::HTML.or(Class::REDIRECT);
        self.source(SourceKind::Ambient, span, "what another service answers").cleaned(passed_on)
    }

    /// What a read puts into its buffer: what the stream holds, or in an audit whatever a peer sends.
    pub(super) fn read_into(
        &mut self,
        call: &ExprMethodCall,
        name: &str,
        recv: &Value,
        exprs: &[&Expr],
    ) {
        let ty = recv.ty.as_ref().map(Ty::peeled);
        let last = ty.as_ref().map_or("", |t| t.last());
        let named =
            super::place::target_name(&call.receiver).unwrap_or_default().to_ascii_lowercase();
        let stream = matches!(
            last,
            "TcpStream"
                | "UnixStream"
                | "UdpSocket"
                | "UnixDatagram"
                | "Socket"
                | "OwnedReadHalf"
                | "ReadHalf"
                | "TlsStream"
        ) || name.starts_with("recv")
            || name.starts_with("try_recv")
            || name.starts_with("peek")
            || matches!(last, "" | "BufReader")
                && ["stream", "socket", "sock", "conn", "connection", "client", "tcp", "udp"]
                    .iter()
                    .any(|word| named == *word || named.ends_with(&format!("_{word}")));
        let mut source = Value { taints: recv.derived().taints, ..Value::default() };
        if stream && self.scope.audit && !recv.is_outside() {
            source.absorb(&self.source(
                SourceKind::Ambient,
                call.method.span(),
                "what a peer sends",
            ));
        }
        if !source.is_tainted() {
            return;
        }
        for target in exprs {
            if matches!(plain_reference(target), Some(inner) if self.place(inner).is_some())
                || self.place(target).is_some()
            {
                self.mix(target, |value| value.absorb(&source));
            }
        }
    }
}

/// What `&mut x` refers to.
pub(super) fn plain_reference(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Reference(reference) => Some(&reference.expr),
        _ => None,
    }
}
