//! HTTP/2, and the bounds of its connections.

use std::{
    num::{NonZeroU32, NonZeroU64},
    time::Duration,
};

use super::Builder;
use crate::connection::Http2;

impl Builder {
    /// Where the service speaks HTTP/2 ([`Http2`]): over TLS unless this is called.
    ///
    /// ```
    /// # use palisade::{Http2, Palisade};
    /// // Behind a proxy that speaks HTTP/2 to it without TLS.
    /// let builder = Palisade::builder().http2(Http2::Plain).trusted_proxy("127.0.0.1");
    /// # let _ = builder;
    /// ```
    pub fn http2(mut self, mode: Http2) -> Self {
        self.contradicts("PALISADE_HTTP2", "http2", self.connections.http2.mode != mode);
        self.connections.http2.mode = mode;
        self
    }

    /// How many requests of one connection of HTTP/2 are under way at a time: 100 unless this is called, at
    /// most 1,000. Further ones are refused with `REFUSED_STREAM`, which clients repeat later. A connection
    /// counts once for [`connections_per_address`](Self::connections_per_address), whatever it carries.
    pub fn http2_streams(mut self, most: NonZeroU32) -> Self {
        self.contradicts(
            "PALISADE_HTTP2_STREAMS",
            "http2_streams",
            self.connections.http2.streams != most,
        );
        self.connections.http2.streams = most;
        self
    }

    /// The most bytes of the header list of a request, its names and values and 32 bytes for each field (RFC
    /// 9113, 10.5.1): 32,768 unless this is called; 4 KiB to 1 MiB. More is 431, and several times as many end
    /// the connection. Each request under way may hold as many.
    pub fn http2_header_list(mut self, bytes: NonZeroU32) -> Self {
        self.contradicts(
            "PALISADE_HTTP2_HEADER_LIST",
            "http2_header_list",
            self.connections.http2.header_list != bytes,
        );
        self.connections.http2.header_list = bytes;
        self
    }

    /// The most bytes of a frame that the service takes (`SETTINGS_MAX_FRAME_SIZE`): 16,384 unless this is
    /// called, which is the least; at most 1 MiB.
    pub fn http2_frame(mut self, bytes: NonZeroU32) -> Self {
        self.contradicts(
            "PALISADE_HTTP2_FRAME",
            "http2_frame",
            self.connections.http2.frame != bytes,
        );
        self.connections.http2.frame = bytes;
        self
    }

    /// How many bytes of the body of one request a client may send before they are read: 128 KiB
    /// unless this is called; 16 KiB to 16 MiB. An upload is limited to so many bytes in each round
    /// trip.
    pub fn http2_stream_window(mut self, bytes: NonZeroU32) -> Self {
        self.contradicts(
            "PALISADE_HTTP2_STREAM_WINDOW",
            "http2_stream_window",
            self.connections.http2.stream_window != bytes,
        );
        self.connections.http2.stream_window = bytes;
        self
    }

    /// The same of all requests of a connection together, and so what their bodies take in memory: 512 KiB
    /// unless this is called; 65,535 bytes to 64 MiB, and at least the window of a stream.
    pub fn http2_connection_window(mut self, bytes: NonZeroU32) -> Self {
        self.contradicts(
            "PALISADE_HTTP2_CONNECTION_WINDOW",
            "http2_connection_window",
            self.connections.http2.connection_window != bytes,
        );
        self.connections.http2.connection_window = bytes;
        self
    }

    /// How many streams of a connection its client may reset in 30 seconds: 1,000 unless this is called.
    /// Beyond, the connection ends with `ENHANCE_YOUR_CALM` (CVE-2023-44487).
    ///
    /// A proxy resets a stream for each client that cancels a request: raise it for a proxy with
    /// many clients.
    pub fn http2_resets(mut self, most: NonZeroU32) -> Self {
        self.contradicts(
            "PALISADE_HTTP2_RESETS",
            "http2_resets",
            self.connections.http2.resets != most,
        );
        self.connections.http2.resets = most;
        self
    }

    /// How many frames a client may send in 30 seconds that bring neither a request nor a part of a body:
    /// SETTINGS, PING, PRIORITY, `WINDOW_UPDATE`, CONTINUATION, empty DATA, unknown ones. 1,000 unless this is
    /// called. Each request allows 4 more, and each 512 bytes that are sent or received one. Beyond, the
    /// connection ends with `ENHANCE_YOUR_CALM` (CVE-2019-9512 to 9518, CVE-2024-27316).
    pub fn http2_control_frames(mut self, most: NonZeroU32) -> Self {
        self.contradicts(
            "PALISADE_HTTP2_CONTROL_FRAMES",
            "http2_control_frames",
            self.connections.http2.control_frames != most,
        );
        self.connections.http2.control_frames = most;
        self
    }

    /// After how many requests a connection of HTTP/2 ends, with GOAWAY, when those under way are
    /// finished: 100,000 unless this is called.
    pub fn http2_requests(mut self, most: NonZeroU64) -> Self {
        self.contradicts(
            "PALISADE_HTTP2_REQUESTS",
            "http2_requests",
            self.connections.http2.requests != most,
        );
        self.connections.http2.requests = most;
        self
    }

    /// After what time a connection of HTTP/2 ends in the same way: an hour unless this is called;
    /// a second to a day. So clients reach new instances behind a load balancer of connections.
    pub fn http2_age(mut self, age: Duration) -> Self {
        self.contradicts("PALISADE_HTTP2_AGE", "http2_age", self.connections.http2.age != age);
        self.connections.http2.age = age;
        self
    }
}
