//! Whether a request has proved that it comes from a page of this service.

use std::{cell::Cell, fmt, rc::Rc};

use super::{Binding, FIELD};
use crate::{
    Problem,
    app::Passage,
    input::{FormBody, Rejection},
    problem::Kind,
};

/// The state of a request's check for other sites, from its head on to its handler.
#[derive(Debug, Default)]
pub(crate) enum Proof {
    /// No guard has judged it yet: such a request reaches no handler.
    #[default]
    Unasked,
    /// It may go on.
    Given,
    /// Its form has to have a valid token.
    Owed(Rc<Debt>),
}

/// A token that is still to be checked, and what it must be bound to.
#[derive(Debug)]
pub(crate) struct Debt {
    binding: Binding,
    paid: Cell<bool>,
}

/// The handling of the form's field for tokens.
pub(crate) enum Reserved {
    /// It is an ordinary field: the endpoint requires no tokens.
    No,
    /// It is removed before the handler gets the form, whose type does not declare it.
    Dropped,
    /// The same, and it has to be valid.
    Judged(Rc<Debt>, Rc<Passage>),
}

impl Debt {
    pub(crate) fn new(binding: Binding) -> Self {
        Self { binding, paid: Cell::new(false) }
    }
}

impl Proof {
    /// Succeeds if the request has proved its origin.
    pub(crate) fn settle(&self) -> Result<(), Problem> {
        match self {
            Self::Given => Ok(()),
            Self::Owed(debt) if debt.paid.get() => Ok(()),
            Self::Owed(_) => Err(refused("no form with a token was read")),
            Self::Unasked => Err(Problem::internal("the check for other sites was left out")),
        }
    }

    pub(crate) fn debt(&self) -> Option<&Rc<Debt>> {
        match self {
            Self::Owed(debt) => Some(debt),
            Self::Unasked | Self::Given => None,
        }
    }
}

impl Reserved {
    /// Reads a form, and its token before its other fields.
    pub(crate) fn read<'b>(
        &self,
        body: &'b [u8],
        refuse: fn(Rejection) -> Problem,
    ) -> Result<FormBody<'b>, Problem> {
        let read = FormBody::split(body);
        let mut form = match (self, read) {
            (_, Ok(form)) => form,
            (Self::Judged(..), Err(_)) => return Err(refused("no form that could hold a token")),
            (Self::No | Self::Dropped, Err(rejection)) => return Err(refuse(rejection)),
        };
        match self {
            Self::No => {}
            Self::Dropped => {
                // The browser's headers have proved the origin. The value of the token, and whether
                // it is still valid, does not matter.
                if form.take(FIELD).len() > 1 {
                    return Err(refuse(FormBody::twice(FIELD)));
                }
            }
            Self::Judged(debt, passage) => {
                let tokens = form.take(FIELD);
                let [token] = tokens.as_slice() else {
                    return Err(refused("the form has no token, or several"));
                };
                let (keys, now) = (&passage.worker.shield.form_tokens, passage.now.unix_seconds());
                if !keys.verify(token, &debt.binding, now) {
                    return Err(refused("the form's token does not hold"));
                }
                debt.paid.set(true);
            }
        }
        Ok(form)
    }
}

impl fmt::Debug for Reserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::No => "No",
            Self::Dropped => "Dropped",
            Self::Judged(..) => "Judged",
        })
    }
}

/// 403; the reason is logged.
pub(crate) fn refused(why: &'static str) -> Problem {
    Problem::new(Kind::CrossSite).because("form-token", why)
}
