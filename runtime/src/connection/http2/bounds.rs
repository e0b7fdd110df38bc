//! The limits of HTTP/2 connections.

use std::{
    num::{NonZeroU32, NonZeroU64},
    ops::RangeInclusive,
    time::Duration,
};

/// On which connections [`serve`](crate::Builder::serve) supports HTTP/2 (RFC 9113).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Http2 {
    /// On none.
    Off,
    /// Over TLS, with clients that choose it (ALPN `h2`).
    #[default]
    Tls,
    /// Over TLS, and on connections without TLS that begin with the preface of HTTP/2 ("prior
    /// knowledge", RFC 9113, 3.3), which proxies use for their backends: `proto h2` of `HAProxy`,
    /// `grpc_pass` of nginx, `h2c://` of Caddy. Connections that begin otherwise are HTTP/1.1.
    Plain,
}

/// The limits of one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Http2Bounds {
    pub(crate) mode: Http2,
    /// Requests in flight at a time.
    pub(crate) streams: NonZeroU32,
    /// Bytes of a header list, computed as in RFC 9113, 10.5.1.
    pub(crate) header_list: NonZeroU32,
    /// Bytes of a frame's payload.
    pub(crate) frame: NonZeroU32,
    /// Bytes of one request's body that were received and not read.
    pub(crate) stream_window: NonZeroU32,
    /// The same for all requests of the connection.
    pub(crate) connection_window: NonZeroU32,
    /// Streams that the client resets, in [`PERIOD`](super::frames::PERIOD).
    pub(crate) resets: NonZeroU32,
    /// Frames that contain neither a request nor a part of a body, in the same time.
    pub(crate) control_frames: NonZeroU32,
    /// Requests until the client has to open another connection.
    pub(crate) requests: NonZeroU64,
    /// The age at which the client has to open another connection.
    pub(crate) age: Duration,
}

/// A fourth of the limit of HTTP/1.1 (`actix_http::h1`), since each stream may have a header list.
const HEADER_LIST: u32 = 32 * 1024;

/// The smallest permitted frame size limit (RFC 9113, 4.2).
const LEAST_FRAME: u32 = 16_384;

/// The initial window of every connection (RFC 9113, 6.9.2).
const LEAST_CONNECTION_WINDOW: u32 = 65_535;

const STREAMS: RangeInclusive<u32> = 1..=1_000;
const HEADER_LISTS: RangeInclusive<u32> = 4_096..=(1 << 20);
const FRAMES: RangeInclusive<u32> = LEAST_FRAME..=(1 << 20);
const STREAM_WINDOWS: RangeInclusive<u32> = LEAST_FRAME..=(16 << 20);
const CONNECTION_WINDOWS: RangeInclusive<u32> = LEAST_CONNECTION_WINDOW..=(64 << 20);
const AGES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

impl Default for Http2Bounds {
    fn default() -> Self {
        Self {
            mode: Http2::default(),
            streams: number(100),
            header_list: number(HEADER_LIST),
            frame: number(LEAST_FRAME),
            stream_window: number(128 * 1024),
            connection_window: number(512 * 1024),
            // As many as nghttp2 permits.
            resets: number(1_000),
            control_frames: number(1_000),
            requests: NonZeroU64::new(100_000).unwrap_or(NonZeroU64::MIN),
            age: Duration::from_secs(3_600),
        }
    }
}

impl Http2Bounds {
    /// The invalid limits.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let Self { streams, header_list, frame, stream_window, connection_window, age, .. } = *self;
        let mut complaints = Vec::new();
        for (name, set, range, unit) in [
            ("streams", streams, STREAMS, ""),
            ("header_list", header_list, HEADER_LISTS, " bytes"),
            ("frame", frame, FRAMES, " bytes"),
            ("stream_window", stream_window, STREAM_WINDOWS, " bytes"),
            ("connection_window", connection_window, CONNECTION_WINDOWS, " bytes"),
        ] {
            if !range.contains(&set.get()) {
                let (least, most) = range.into_inner();
                let variable = name.to_ascii_uppercase();
                complaints.push(format!(
                    "PALISADE_HTTP2_{variable} or `.http2_{name}(..)` is {set}: {least} to {most}{unit}"
                ));
            }
        }
        if stream_window > connection_window {
            complaints.push(format!(
                "PALISADE_HTTP2_STREAM_WINDOW or `.http2_stream_window(..)` is {stream_window}, and `http2_connection_window` \
                 {connection_window}: the window of a connection is at least that of one of its streams; \
                 raise PALISADE_HTTP2_CONNECTION_WINDOW"
            ));
        }
        if !AGES.contains(&age) {
            complaints.push(format!(
                "PALISADE_HTTP2_AGE or `.http2_age(..)` is {age:?}: a second to a day"
            ));
        }
        complaints
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Http2Bounds, number};

    #[test]
    fn what_cannot_hold_is_told() {
        let usual = Http2Bounds::default();
        for (bounds, says) in [
            (usual, ""),
            (Http2Bounds { streams: number(1_001), ..usual }, "PALISADE_HTTP2_STREAMS"),
            (Http2Bounds { header_list: number(4_095), ..usual }, "PALISADE_HTTP2_HEADER_LIST"),
            (Http2Bounds { frame: number(16_383), ..usual }, "PALISADE_HTTP2_FRAME"),
            (Http2Bounds { stream_window: number(1), ..usual }, "PALISADE_HTTP2_STREAM_WINDOW"),
            (
                Http2Bounds { connection_window: number(1 << 30), ..usual },
                "PALISADE_HTTP2_CONNECTION_WINDOW",
            ),
            (
                Http2Bounds { connection_window: number(65_535), ..usual },
                "raise PALISADE_HTTP2_CONNECTION_WINDOW",
            ),
            (Http2Bounds { age: Duration::ZERO, ..usual }, "PALISADE_HTTP2_AGE"),
        ] {
            match bounds.complaints().as_slice() {
                [] => assert_eq!(says, ""),
                [one] => assert!(!says.is_empty() && one.contains(says), "{says}: {one}"),
                several => panic!("{several:?}"),
            }
        }
    }
}
