//! Long JSON lists that are streamed.

use std::{
    cell::RefCell,
    fmt, mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::{BodySize, BoxBody, MessageBody},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue},
    web::Bytes,
};
use futures_core::Stream;
use serde::Serialize;
use tokio::{
    task::JoinHandle,
    time::{Instant, Sleep},
};

use crate::problem::{Problem, Result};

/// How many bytes are collected before they are sent.
const CHUNK: usize = 32 << 10;

const LONGEST: Duration = Duration::from_secs(600);
const LARGEST: u64 = 1 << 30;

/// A long list as JSON that is streamed: an array, or one value per line.
///
/// | bound | default | when it is reached |
/// |---|---|---|
/// | memory | 32 KiB and one item | the next item is read when the client has taken the previous bytes |
/// | [`most_bytes`](Self::most_bytes) | 1 GiB | the connection is closed |
/// | [`lasts`](Self::lasts) | 10 minutes | the stream is dropped, and the connection is closed |
///
/// An error of the stream closes the connection too, and is logged: the client must not take a part
/// for the whole list. [`begin`](Self::begin) reads the first item before the status is sent, so
/// that the response is 503 if the database is unavailable.
///
/// ```
/// use palisade::{StreamedJson, prelude::*};
///
/// #[get("/numbers")]
/// #[authenticated]
/// #[concurrency_limit(2, by = subject)]
/// async fn numbers() -> Result<StreamedJson<u32>> {
///     // sql!("SELECT .." as Note).stream(&db) is a stream of this kind
///     let rows = futures_util::stream::iter((0..3).map(Ok::<_, Problem>));
///     StreamedJson::array(rows).attachment("numbers.json").begin().await
/// }
/// # fn main() {}
/// ```
///
/// A stream of rows occupies a database connection until its end or until the time of `lasts` is
/// over; one caller can occupy half of the pool. `lasts` applies to clients that read slowly or not
/// at all too: the stream is dropped, and the connection to the client is closed when the client
/// has taken the bytes that were sent, or after [`write_timeout`](crate::Builder::write_timeout).
/// If clients may read slowly, read the list in pages instead, which occupy no connection between
/// requests.
#[must_use = "an answer does nothing until it is returned"]
pub struct StreamedJson<T> {
    items: Items<T>,
    ahead: Option<T>,
    form: Form,
    most_bytes: u64,
    lasts: Duration,
    attachment: Option<String>,
}

type Items<T> = Pin<Box<dyn Stream<Item = Result<T>>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Array,
    Lines,
}

impl<T: Serialize + 'static> StreamedJson<T> {
    /// One JSON array (`application/json`).
    pub fn array<E: Into<Problem>>(items: impl Stream<Item = Result<T, E>> + 'static) -> Self {
        Self::of(items, Form::Array)
    }

    /// One JSON value per line (`application/x-ndjson`).
    pub fn lines<E: Into<Problem>>(items: impl Stream<Item = Result<T, E>> + 'static) -> Self {
        Self::of(items, Form::Lines)
    }

    fn of<E: Into<Problem>>(items: impl Stream<Item = Result<T, E>> + 'static, form: Form) -> Self {
        let items = Box::pin(Converted(Box::pin(items)));
        let (most_bytes, lasts) = (LARGEST, LONGEST);
        Self { items, ahead: None, form, most_bytes, lasts, attachment: None }
    }

    /// The most bytes of the response. The default is 1 GiB.
    pub fn most_bytes(mut self, most: u64) -> Self {
        self.most_bytes = most;
        self
    }

    /// The longest time of the response; after it the stream is dropped, whether the client reads
    /// or not. The default is 10 minutes.
    pub fn lasts(mut self, longest: Duration) -> Self {
        self.lasts = longest;
        self
    }

    /// Makes browsers store it as a file of this name. All characters except ASCII letters, digits
    /// and `.-_` become `_`.
    pub fn attachment(mut self, name: &str) -> Self {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let name: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
        self.attachment = Some(format!("attachment; filename=\"{name}\""));
        self
    }

    /// Reads the first item now, so that its error becomes the response.
    ///
    /// # Errors
    ///
    /// The error of the first item.
    pub async fn begin(mut self) -> Result<Self> {
        if self.ahead.is_none() {
            let first = std::future::poll_fn(|cx| self.items.as_mut().poll_next(cx)).await;
            match first.transpose()? {
                Some(first) => self.ahead = Some(first),
                // Some streams may not be asked again.
                None => self.items = Box::pin(Nothing(std::marker::PhantomData)),
            }
        }
        Ok(self)
    }
}

impl<T: Serialize + 'static> Responder for StreamedJson<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let kind = match self.form {
            Form::Array => "application/json",
            Form::Lines => "application/x-ndjson",
        };
        let mut answer = HttpResponse::Ok();
        answer.insert_header((CONTENT_TYPE, HeaderValue::from_static(kind)));
        if let Some(attachment) = self.attachment {
            answer.insert_header((CONTENT_DISPOSITION, attachment));
        }
        let items = Rc::new(RefCell::new(Some(self.items)));
        answer.body(Body {
            end: end_after(self.lasts, &items),
            items,
            ahead: self.ahead,
            form: self.form,
            text: Vec::new(),
            begun: false,
            ended: false,
            left: self.most_bytes,
            ends: Instant::now().checked_add(self.lasts),
            alarm: Box::pin(tokio::time::sleep(self.lasts)),
            lasts: self.lasts,
        })
    }
}

impl<T> fmt::Debug for StreamedJson<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamedJson").field("form", &self.form).finish_non_exhaustive()
    }
}

/// A stream whose errors are problems.
struct Converted<S>(Pin<Box<S>>);

impl<S: Stream<Item = Result<T, E>>, T, E: Into<Problem>> Stream for Converted<S> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.0.as_mut().poll_next(cx).map(|item| item.map(|item| item.map_err(Into::into)))
    }
}

struct Nothing<T>(std::marker::PhantomData<fn() -> T>);

impl<T> Stream for Nothing<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(None)
    }
}

/// Drops the items when their time is over. The server does not poll a body while the client has
/// not read the previous bytes, so a body that checks the clock only when polled would keep its
/// source as long as its client likes. `None` outside of a server, as in a test: the body checks
/// the clock when polled there.
fn end_after<T: 'static>(
    lasts: Duration,
    items: &Rc<RefCell<Option<Items<T>>>>,
) -> Option<JoinHandle<()>> {
    tokio::task::try_id()?;
    let items = Rc::downgrade(items);
    Some(actix_web::rt::spawn(async move {
        tokio::time::sleep(lasts).await;
        let Some(items) = items.upgrade() else { return };
        // Borrowed only while the body is polled, which does not wait.
        let late = items.try_borrow_mut().ok().and_then(|mut items| items.take());
        drop(late);
    }))
}

struct Body<T> {
    /// `None` when their time is over.
    items: Rc<RefCell<Option<Items<T>>>>,
    /// The task that drops them at that time.
    end: Option<JoinHandle<()>>,
    ahead: Option<T>,
    form: Form,
    text: Vec<u8>,
    begun: bool,
    ended: bool,
    /// The number of bytes that may still be sent.
    left: u64,
    ends: Option<Instant>,
    /// Wakes a body that is waiting for its next item.
    alarm: Pin<Box<Sleep>>,
    lasts: Duration,
}

// Nothing in it is pinned in place: the stream and the timer are on the heap.
impl<T> Unpin for Body<T> {}

impl<T> Drop for Body<T> {
    fn drop(&mut self) {
        if let Some(end) = &self.end {
            end.abort();
        }
    }
}

/// The response ends here. The error is in the log.
#[derive(Debug)]
struct CutShort;

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer could not be finished")
    }
}

impl std::error::Error for CutShort {}

impl<T: Serialize> MessageBody for Body<T> {
    type Error = CutShort;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, CutShort>>> {
        let this = self.get_mut();
        loop {
            if this.text.len() >= CHUNK || (this.ended && !this.text.is_empty()) {
                return Poll::Ready(Some(this.chunk()));
            }
            if this.ended {
                return Poll::Ready(None);
            }
            // By the clock too: a timer does not go off while items are always ready.
            let is_late = this.ends.is_some_and(|ends| Instant::now() >= ends);
            if is_late || this.alarm.as_mut().poll(cx).is_ready() {
                let late = this.late();
                return Poll::Ready(Some(this.cut(&late)));
            }
            let item = match this.ahead.take() {
                Some(item) => Some(Ok(item)),
                None => match this.poll_items(cx) {
                    Poll::Ready(item) => item,
                    Poll::Pending if this.text.is_empty() => return Poll::Pending,
                    Poll::Pending => return Poll::Ready(Some(this.chunk())),
                },
            };
            let written = match item {
                Some(Ok(item)) => this.write(&item),
                Some(Err(problem)) => Err(problem),
                None => {
                    this.end();
                    Ok(())
                }
            };
            if let Err(problem) = written {
                return Poll::Ready(Some(this.cut(&problem)));
            }
        }
    }
}

impl<T: Serialize> Body<T> {
    /// The next item; an error if they were dropped, which is not their end.
    fn poll_items(&self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        // It is borrowed elsewhere only while the items are dropped, which does not wait.
        if let Ok(mut items) = self.items.try_borrow_mut()
            && let Some(items) = items.as_mut()
        {
            return items.as_mut().poll_next(cx);
        }
        Poll::Ready(Some(Err(self.late())))
    }

    fn late(&self) -> Problem {
        Problem::internal(format!("it takes longer than {:?}", self.lasts))
    }

    fn write(&mut self, item: &T) -> Result<()> {
        let before: &[u8] = match (self.form, self.begun) {
            (Form::Array, false) => b"[",
            (Form::Array, true) => b",\n",
            (Form::Lines, _) => b"",
        };
        self.begun = true;
        self.text.extend_from_slice(before);
        serde_json::to_writer(&mut self.text, item)
            .map_err(|error| Problem::internal(format!("an item does not serialize: {error}")))?;
        if self.form == Form::Lines {
            self.text.push(b'\n');
        }
        Ok(())
    }

    fn end(&mut self) {
        self.ended = true;
        match (self.form, self.begun) {
            (Form::Array, false) => self.text.extend_from_slice(b"[]\n"),
            (Form::Array, true) => self.text.extend_from_slice(b"]\n"),
            (Form::Lines, _) => {}
        }
    }

    fn chunk(&mut self) -> Result<Bytes, CutShort> {
        let length = u64::try_from(self.text.len()).unwrap_or(u64::MAX);
        match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                Ok(mem::take(&mut self.text).into())
            }
            None => self.cut(&Problem::internal("it is larger than it may be")),
        }
    }

    fn cut(&mut self, problem: &Problem) -> Result<Bytes, CutShort> {
        tracing::error!(
            kind = problem.kind().name(),
            // Quoted: a cause may repeat what a client sent, line breaks and all.
            cause = problem.cause().map(tracing::field::debug),
            "a streamed answer was cut short"
        );
        self.text.clear();
        self.ended = true;
        Err(CutShort)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Context, Poll},
        time::Duration,
    };

    use actix_web::{Responder as _, body::MessageBody as _, test::TestRequest};

    use super::{CHUNK, Stream, StreamedJson};
    use crate::problem::{Problem, Result};

    /// Numbers up to an end, or to an error after it; counts the requested items.
    struct Numbers {
        next: usize,
        end: usize,
        fails: bool,
        asked: Arc<AtomicUsize>,
    }

    impl Stream for Numbers {
        type Item = Result<usize>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let number = self.next;
            self.next += 1;
            Poll::Ready(match number {
                number if number < self.end => Some(Ok(number)),
                _ if self.fails => Some(Err(Problem::internal("the end"))),
                _ => None,
            })
        }
    }

    fn numbers(end: usize, fails: bool) -> (Numbers, Arc<AtomicUsize>) {
        let asked = Arc::default();
        (Numbers { next: 0, end, fails, asked: Arc::clone(&asked) }, asked)
    }

    async fn text(answer: StreamedJson<usize>) -> Result<String, String> {
        let answer = answer.respond_to(&TestRequest::default().to_http_request());
        let mut body = Box::pin(answer.into_body());
        let mut text = Vec::new();
        while let Some(chunk) = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await {
            text.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
        }
        Ok(String::from_utf8(text).unwrap())
    }

    #[tokio::test]
    async fn lists_are_whole_in_both_forms() {
        for (end, array, lines) in
            [(0, "[]\n", ""), (1, "[0]\n", "0\n"), (3, "[0,\n1,\n2]\n", "0\n1\n2\n")]
        {
            for begun in [false, true] {
                let mut answers = [
                    StreamedJson::array(numbers(end, false).0),
                    StreamedJson::lines(numbers(end, false).0),
                ];
                if begun {
                    let [a, b] = answers;
                    answers = [a.begin().await.unwrap(), b.begin().await.unwrap()];
                }
                let [a, b] = answers;
                assert_eq!(text(a).await.unwrap(), array);
                assert_eq!(text(b).await.unwrap(), lines);
            }
        }
    }

    #[tokio::test]
    async fn an_error_cuts_it_and_is_the_answer_where_it_comes_first() {
        let answer = StreamedJson::array(numbers(2, true).0).begin().await.unwrap();
        assert!(text(answer).await.is_err());
        assert!(StreamedJson::array(numbers(0, true).0).begin().await.is_err());
    }

    #[tokio::test]
    async fn no_more_is_read_than_what_is_sent_and_the_size_has_an_end() {
        let (rows, asked) = numbers(1_000_000, false);
        let answer = StreamedJson::array(rows);
        let answer = answer.respond_to(&TestRequest::default().to_http_request());
        let mut body = Box::pin(answer.into_body());
        let first = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await;
        let first = first.unwrap().unwrap();
        assert!(first.len() >= CHUNK && first.len() < CHUNK + 100);
        assert!(asked.load(Ordering::Relaxed) < CHUNK);
        let answer = StreamedJson::array(numbers(1_000_000, false).0).most_bytes(100_000);
        assert!(text(answer).await.is_err());
        let answer = StreamedJson::array(numbers(1_000, false).0).most_bytes(100_000);
        assert!(text(answer).await.is_ok());
    }

    #[tokio::test]
    async fn it_does_not_go_on_for_ever() {
        let answer =
            StreamedJson::array(numbers(usize::MAX, false).0).lasts(Duration::from_millis(30));
        assert!(text(answer).await.is_err());
    }

    #[tokio::test]
    async fn what_it_reads_from_is_dropped_in_time_though_its_client_takes_nothing() {
        let (rows, asked) = numbers(1_000_000, false);
        let lasts = Duration::from_secs(1);
        let served = async move {
            let answer = StreamedJson::array(rows).lasts(lasts);
            let answer = answer.respond_to(&TestRequest::default().to_http_request());
            let mut body = Box::pin(answer.into_body());
            let first = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await;
            assert!(first.unwrap().is_ok());
            // The client takes nothing.
            let dropped = async {
                while Arc::strong_count(&asked) > 1 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), dropped).await.unwrap();
            let next = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await;
            assert!(next.unwrap().is_err());
        };
        let tasks = tokio::task::LocalSet::new();
        tasks.run_until(async { actix_web::rt::spawn(served).await.unwrap() }).await;
    }

    #[tokio::test]
    async fn a_file_has_a_plain_name() {
        let answer = StreamedJson::array(numbers(1, false).0).attachment("a\"; x=\r\n/ä.json");
        let answer = answer.respond_to(&TestRequest::default().to_http_request());
        let disposition = answer.headers().get("content-disposition").unwrap();
        assert_eq!(disposition, "attachment; filename=\"a___x_____.json\"");
    }
}
