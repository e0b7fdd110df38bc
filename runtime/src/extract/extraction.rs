//! A value from the request, available at once or with the body.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::web::Bytes;

use crate::{Problem, form_token::Reserved, pipeline::BodyRead};

/// A future of an argument; its type does not depend on how the argument is extracted.
///
/// A generic `async fn` would repeat a failed bound in its opaque type, and the compiler would
/// report one mistake many times over.
pub enum Extraction<'a, T> {
    /// It is available at once.
    Now(Option<Result<T, Problem>>),
    /// It is read from the body.
    Body(BodyExtraction<T>),
    /// It is made by a foreign extractor.
    Later(Pin<Box<dyn Future<Output = Result<T, Problem>> + 'a>>),
}

/// The incoming body, and how it is deserialized.
pub struct BodyExtraction<T> {
    pub(crate) read: BodyRead,
    pub(crate) parse: fn(&Bytes, &Reserved) -> Result<T, Problem>,
    /// The handling of a form's field for tokens.
    pub(crate) reserved: Reserved,
}

impl<T> Unpin for Extraction<'_, T> {}

impl<T> fmt::Debug for Extraction<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Extraction")
    }
}

impl<T> fmt::Debug for BodyExtraction<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyExtraction")
    }
}

impl<T> Future for Extraction<'_, T> {
    type Output = Result<T, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Now(value) => {
                let value = value.take();
                Poll::Ready(
                    value.unwrap_or_else(|| {
                        Err(Problem::internal("an argument was extracted twice"))
                    }),
                )
            }
            Self::Body(body) => match Pin::new(&mut body.read).poll(cx) {
                Poll::Ready(Ok(bytes)) => Poll::Ready((body.parse)(&bytes, &body.reserved)),
                Poll::Ready(Err(problem)) => Poll::Ready(Err(problem)),
                Poll::Pending => Poll::Pending,
            },
            Self::Later(future) => future.as_mut().poll(cx),
        }
    }
}
