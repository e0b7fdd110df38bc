//! What is recorded of work, for the tests of other modules.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::http::{Method, Version, header::HeaderMap};
use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SdkTracerProvider, Span, SpanData, SpanProcessor},
};

use super::{Arrival, RequestSpan, Spans};
use crate::request_id::RequestId;

#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Kept {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().unwrap().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The spans that end while this runs as the work of a request.
pub(crate) fn spans_of(work: impl Future<Output = ()>) -> Vec<SpanData> {
    let kept = Kept::default();
    let provider = SdkTracerProvider::builder().with_span_processor(kept.clone()).build();
    let arrival = Arrival {
        id: RequestId::next(),
        method: &Method::GET,
        version: Version::HTTP_11,
        is_secure: false,
        address: [127, 0, 0, 1].into(),
        parent: None,
        headers: &HeaderMap::new(),
    };
    let request = RequestSpan::begin(&Spans::of(&provider), &arrival).unwrap();
    let scope = request.scope();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut work = pin!(work);
        poll_fn(|cx| scope.poll(|| work.as_mut().poll(cx))).await;
    });
    let spans = kept.0.lock().unwrap();
    spans.clone()
}
