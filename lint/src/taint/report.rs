//! Applies the rules, and stores their findings.

use std::rc::Rc;

use proc_macro2::Span;

use super::class::Class;
use super::summary::Flow;
use super::value::{FileId, Link, Note, SourceKind, Value};
use super::walk::{Hit, Walker};
use crate::finding::Level;
use crate::rules::{self, Rule, Site};

impl Walker<'_> {
    /// Asks every rule that watches a place like this one.
    pub(crate) fn ask(&mut self, site: &Site<'_>) {
        if self.state.dead && !self.too_deep {
            // Code behind a `return` does not run.
            return;
        }
        for rule in rules::watching(site) {
            if self.scope.item_only && !rule.in_macros() {
                continue;
            }
            (rule.check)(site, self);
        }
    }

    /// Reports outside data in `value` that has not been cleaned of `class`.
    pub(crate) fn flow(
        &mut self,
        rule: &'static Rule,
        class: Class,
        value: &Value,
        span: Span,
        message: &str,
        help: &str,
    ) {
        self.flow_at(rule, rule.level, class, value, span, message, help);
    }

    #[expect(clippy::too_many_arguments, reason = "a sink is all of this")]
    pub(crate) fn flow_at(
        &mut self,
        rule: &'static Rule,
        level: Level,
        class: Class,
        value: &Value,
        span: Span,
        message: &str,
        help: &str,
    ) {
        for taint in value.all_taints() {
            if taint.safe.has(class) {
                continue;
            }
            let (rule, level, message, help) =
                renamed(rule, level, taint.origin.kind, message, help);
            if let SourceKind::Param(param) = taint.origin.kind {
                let key = (rule.name, param, self.scope.file, key(span));
                if self.seen_flows.insert(key) {
                    self.summary.flows.push(Flow {
                        rule,
                        class,
                        param,
                        path: Rc::clone(&taint.origin.path),
                        file: self.scope.file,
                        span,
                        message: Rc::from(message),
                        help: Rc::from(help),
                        link: Rc::clone(&taint.link),
                        level,
                    });
                }
            } else {
                self.report_at(
                    rule,
                    level,
                    self.scope.file,
                    span,
                    message,
                    help,
                    Some(Rc::clone(&taint.link)),
                );
            }
        }
    }

    /// Takes over a flow of a function that is called with outside data.
    pub(crate) fn passed(&mut self, flow: &Flow, value: &Value, call: Span, name: &str) {
        for taint in value.all_taints() {
            if taint.safe.has(flow.class) {
                continue;
            }
            let link = join_links(&taint.link, self.scope.file, call, name, &flow.link);
            if let SourceKind::Param(param) = taint.origin.kind {
                let key = (flow.rule.name, param, flow.file, key(flow.span));
                if self.summary.flows.len() < 200 && self.seen_flows.insert(key) {
                    self.summary.flows.push(Flow {
                        param,
                        path: Rc::clone(&taint.origin.path),
                        link,
                        ..flow.clone()
                    });
                }
            } else {
                let (rule, level, message, help) =
                    renamed(flow.rule, flow.level, taint.origin.kind, &flow.message, &flow.help);
                self.report_at(rule, level, flow.file, flow.span, message, help, Some(link));
            }
        }
    }

    /// Reports a place without a way to it.
    pub(crate) fn report(&mut self, rule: &'static Rule, span: Span, message: &str, help: &str) {
        self.report_at(rule, rule.level, self.scope.file, span, message, help, None);
    }

    pub(crate) fn report_level(
        &mut self,
        rule: &'static Rule,
        level: Level,
        span: Span,
        message: &str,
        help: &str,
    ) {
        self.report_at(rule, level, self.scope.file, span, message, help, None);
    }

    /// Reports a place with a certain repair.
    pub(crate) fn report_fix(
        &mut self,
        rule: &'static Rule,
        span: Span,
        message: &str,
        help: &str,
        fix: (Span, String),
    ) {
        let before = self.hits.len();
        self.report_at(rule, rule.level, self.scope.file, span, message, help, None);
        if let Some(hit) = self.hits.get_mut(before) {
            hit.fix = Some(fix);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a finding is all of this")]
    pub(super) fn report_at(
        &mut self,
        rule: &'static Rule,
        level: Level,
        file: FileId,
        span: Span,
        message: &str,
        help: &str,
        link: Option<Rc<Link>>,
    ) {
        if self.scope.in_test || (self.scope.item_only && level != Level::Deny) {
            return;
        }
        if self.seen.insert((rule.name, file, key(span))) {
            self.hits.push(Hit {
                rule,
                level,
                file,
                span,
                message: Rc::from(message),
                help: Rc::from(help),
                link,
                fix: None,
            });
        }
    }

    /// Judges a returned string that no visible code uses: a statement or a page for a caller
    /// outside of the analysed code. The finding is placed where the untrusted data was
    /// interpolated.
    pub(crate) fn judge_returned(&mut self, value: &Value) {
        let (rule, class, message, help) = if value.text.reads_like_sql() {
            use rules::sql_format::{HELP, MESSAGE, RULE};
            (&RULE, Class::SQL, MESSAGE, HELP)
        } else if value.text.reads_like_html() {
            use rules::html_body::{HELP, MESSAGE, RULE};
            (&RULE, Class::HTML, MESSAGE, HELP)
        } else {
            return;
        };
        let judged = self.hits.iter().any(|hit| hit.rule.name == rule.name)
            || self.summary.flows.iter().any(|flow| flow.rule.name == rule.name);
        if judged {
            return;
        }
        for taint in &value.taints {
            if taint.safe.has(class) || matches!(taint.origin.kind, SourceKind::Param(_)) {
                continue;
            }
            let mut next = Some(&taint.link);
            while let Some(link) = next {
                if matches!(link.note, Note::Formatted | Note::Appended(_))
                    && link.file == self.scope.file
                {
                    let (span, known) = (link.span, Rc::clone(&taint.link));
                    let file = self.scope.file;
                    self.report_at(rule, Level::Warn, file, span, message, help, Some(known));
                    break;
                }
                next = link.before.as_ref();
            }
        }
    }

    /// Code that cannot be read is refused, never passed.
    pub(crate) fn unread(&mut self, span: Span, message: &str) {
        let rule = &rules::unparsed_code::RULE;
        self.report_at(
            rule,
            rule.level,
            self.scope.file,
            span,
            message,
            "write it in a form that can be checked",
            None,
        );
    }
}

/// The rule that a source makes of another one.
pub(super) fn renamed<'t>(
    rule: &'static Rule,
    level: Level,
    kind: SourceKind,
    message: &'t str,
    help: &'t str,
) -> (&'static Rule, Level, &'t str, &'t str) {
    match (rule.name, kind) {
        ("path_traversal", SourceKind::UploadName) => {
            use rules::upload_file_name::{HELP, MESSAGE, RULE};
            (&RULE, RULE.level, MESSAGE, HELP)
        }
        // No one can make a victim's browser send another `Host`, but a cache or a mail keeps the URL.
        ("open_redirect" | "request_forgery", SourceKind::Host) => {
            use rules::host_header_url::{HELP, MESSAGE, RULE};
            (&RULE, RULE.level, MESSAGE, HELP)
        }
        // The client comes from the page that the `Referer` names: the redirect leads nowhere that
        // a plain link would not.
        ("open_redirect", SourceKind::Referer) => (rule, Level::Warn, message, help),
        _ => (rule, level, message, help),
    }
}

pub(super) fn key(span: Span) -> (usize, usize) {
    let start = span.start();
    (start.line, start.column)
}

/// The way to a call, followed by the way inside the called function.
pub(super) fn join_links(
    before: &Rc<Link>,
    file: FileId,
    call: Span,
    name: &str,
    inside: &Rc<Link>,
) -> Rc<Link> {
    let mut joined = Rc::new(Link {
        file,
        span: call,
        note: Note::Passed(Rc::from(name)),
        before: Some(Rc::clone(before)),
    });
    let mut inner = Vec::new();
    let mut next = Some(inside);
    while let Some(link) = next {
        inner.push(link);
        if inner.len() > 40 {
            break;
        }
        next = link.before.as_ref();
    }
    for link in inner.into_iter().rev() {
        if matches!(link.note, Note::Source(_)) {
            continue;
        }
        joined = Rc::new(Link {
            file: link.file,
            span: link.span,
            note: link.note.clone(),
            before: Some(joined),
        });
    }
    joined
}
