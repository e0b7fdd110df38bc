//! HTTP/2, and the bounds of its connections.

#[cfg(feature = "http2")]
use super::connections::time;
use crate::settings::setting::Setting;
#[cfg(not(feature = "http2"))]
use crate::settings::setting::Stage;
#[cfg(feature = "http2")]
use crate::{Http2, service::Builder};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_HTTP2",
        "tls, plain or off",
        "tls",
        "where the service speaks HTTP/2: over TLS, also without TLS to clients with prior knowledge such as proxies, or nowhere",
        #[cfg(feature = "http2")]
        |stage, value| match value {
            "tls" => stage.set(|b| b.http2(Http2::Tls)),
            "plain" => stage.set(|b| b.http2(Http2::Plain)),
            "off" => stage.set(|b| b.http2(Http2::Off)),
            _ => stage.refuse(format!("is {value:?}: write tls, plain or off")),
        },
        #[cfg(not(feature = "http2"))]
        |stage, value| {
            // What such a service does.
            if value != "off" {
                stage.lacks("http2");
            }
        },
    ),
    Setting::new(
        "PALISADE_HTTP2_STREAMS",
        "a number of requests",
        "100",
        "the maximum number of concurrent requests of a connection",
        #[cfg(feature = "http2")]
        |stage, value| {
            stage.parse(value, value.parse(), "a number of requests", Builder::http2_streams);
        },
        #[cfg(not(feature = "http2"))]
        without_http2,
    ),
    Setting::new(
        "PALISADE_HTTP2_HEADER_LIST",
        "bytes",
        "32768",
        "the maximum size of the header list of a request",
        #[cfg(feature = "http2")]
        |stage, value| {
            stage.parse(value, value.parse(), "a number of bytes", Builder::http2_header_list);
        },
        #[cfg(not(feature = "http2"))]
        without_http2,
    ),
    Setting::new(
        "PALISADE_HTTP2_FRAME",
        "bytes",
        "16384",
        "the maximum size of a frame",
        #[cfg(feature = "http2")]
        |stage, value| {
            stage.parse(value, value.parse(), "a number of bytes", Builder::http2_frame);
        },
        #[cfg(not(feature = "http2"))]
        without_http2,
    ),
    Setting::new(
        "PALISADE_HTTP2_STREAM_WINDOW",
        "bytes",
        "131072",
        "the maximum number of unread bytes of one body",
        #[cfg(feature = "http2")]
        |stage, value| {
            stage.parse(value, value.parse(), "a number of bytes", Builder::http2_stream_window);
        },
        #[cfg(not(feature = "http2"))]
        without_http2,
    ),
    Setting::new(
        "PALISADE_HTTP2_CONNECTION_WINDOW",
        "bytes",
        "524288",
        "the maximum number of unread bytes of all bodies of a connection",
        #[cfg(feature = "http2")]
        |stage, value| {
            stage.parse(
                value,
                value.parse(),
                "a number of bytes",
                Builder::http2_connection_window,
            );
        },
        #[cfg(not(feature = "http2"))]
        without_http2,
    ),
    Setting::new(
        "PALISADE_HTTP2_RESETS",
        "a number of resets",
        "1000",
        "how many streams of a connection the client may reset in 30 seconds",
        #[cfg(feature = "http2")]
        |stage, value| {
            stage.parse(value, value.parse(), "a number of resets", Builder::http2_resets);
        },
        #[cfg(not(feature = "http2"))]
        without_http2,
    ),
    Setting::new(
        "PALISADE_HTTP2_CONTROL_FRAMES",
        "a number of frames",
        "1000",
        "how many frames without a part of a request the client may send in 30 seconds",
        #[cfg(feature = "http2")]
        |stage, value| {
            stage.parse(value, value.parse(), "a number of frames", Builder::http2_control_frames);
        },
        #[cfg(not(feature = "http2"))]
        without_http2,
    ),
    Setting::new(
        "PALISADE_HTTP2_REQUESTS",
        "a number of requests",
        "100000",
        "the number of requests after which a connection ends",
        #[cfg(feature = "http2")]
        |stage, value| {
            stage.parse(value, value.parse(), "a number of requests", Builder::http2_requests);
        },
        #[cfg(not(feature = "http2"))]
        without_http2,
    ),
    Setting::new(
        "PALISADE_HTTP2_AGE",
        "a time from 1 s to 24 h",
        "1 h",
        "the age at which a connection ends",
        #[cfg(feature = "http2")]
        |stage, value| time(stage, value, Builder::http2_age),
        #[cfg(not(feature = "http2"))]
        without_http2,
    ),
];

#[cfg(not(feature = "http2"))]
fn without_http2(stage: &mut Stage, _: &str) {
    stage.lacks("http2");
}
