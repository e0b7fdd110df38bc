//! A page: what it loads, runs, shows and refuses.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Chromium, Key,
    pipe::{Event, PATIENCE},
};

/// A page in a profile of its own.
#[derive(Debug)]
pub struct Page<'b> {
    browser: &'b Chromium,
    session: String,
    context: Value,
    /// The outermost frame: what it loads is what the page shows.
    frame: Value,
}

/// What the user's system prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

/// Something that a content security policy kept from happening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The directive, `script-src-elem` for one.
    pub directive: String,
    /// What was not loaded; empty for inline code.
    pub blocked: String,
    /// It did happen: the policy only reports.
    pub report_only: bool,
}

impl<'b> Page<'b> {
    pub(super) fn new(browser: &'b Chromium, context: &Value) -> Self {
        let target = json!({"url": "about:blank", "browserContextId": context});
        let target = browser.told("", "Target.createTarget", &target);
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.told("", "Target.attachToTarget", &attach);
        let session = text(&attached["sessionId"]);
        for domain in ["Page", "Runtime", "Network", "Log", "Audits", "Accessibility"] {
            browser.told(&session, &format!("{domain}.enable"), &json!({}));
        }
        let tree = browser.told(&session, "Page.getFrameTree", &json!({}));
        let frame = tree["frameTree"]["frame"]["id"].clone();
        let page = Self { browser, session, context: context.clone(), frame };
        page.viewport(1024, 768);
        page.prefer(Scheme::Light);
        page
    }

    /// Loads a page, waits until it is there, and returns its status.
    ///
    /// # Panics
    ///
    /// No server answers at this address.
    #[track_caller]
    pub fn open(&self, url: &str) -> u16 {
        self.arrive(|| {
            let began = self.command("Page.navigate", &json!({"url": url}));
            assert_eq!(began["errorText"], Value::Null, "{url}");
        })
    }

    /// Does what makes the page load another one, waits until that is there, and returns its
    /// status.
    ///
    /// # Panics
    ///
    /// None is there after a minute.
    #[track_caller]
    pub fn arrive(&self, act: impl FnOnce()) -> u16 {
        let from = self.browser.with(|pipe| pipe.next_event());
        act();
        let arrived = |events: &[Event]| {
            let committed = events.iter().position(|event| {
                event.method == "Page.frameNavigated" && event.params["frame"]["id"] == self.frame
            });
            let rest = committed.and_then(|committed| events.get(committed..)).unwrap_or_default();
            rest.iter().any(|event| event.method == "Page.loadEventFired")
        };
        let events = self.browser.with(|pipe| pipe.events(&self.session, from, arrived));
        let events = events.unwrap_or_else(|error| panic!("no page came: {error}"));
        let documents = events.iter().filter(|event| {
            event.method == "Network.responseReceived"
                && event.params["type"] == "Document"
                && event.params["frameId"] == self.frame
        });
        let mut status = documents.filter_map(|event| event.params["response"]["status"].as_u64());
        status.next_back().and_then(|status| status.try_into().ok()).unwrap_or_default()
    }

    /// The value of an expression in the page; of a promise, what it is kept with.
    ///
    /// # Panics
    ///
    /// The expression throws.
    #[track_caller]
    pub fn evaluate(&self, expression: &str) -> Value {
        let evaluated = self.try_evaluate(expression);
        evaluated.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The same as text.
    ///
    /// # Panics
    ///
    /// It is none.
    #[track_caller]
    pub fn text(&self, expression: &str) -> String {
        text(&self.evaluate(expression))
    }

    /// Waits until an expression is true; the page may be on its way to another one.
    ///
    /// # Panics
    ///
    /// It is not after a minute.
    #[track_caller]
    pub fn wait_for(&self, expression: &str) {
        let began = Instant::now();
        while self.try_evaluate(expression).as_ref() != Ok(&Value::Bool(true)) {
            assert!(began.elapsed() < PATIENCE, "{expression} does not come true");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What policies have kept from happening in this page since it was made.
    pub fn violations(&self) -> Vec<Violation> {
        let issues = self.seen("Audits.issueAdded");
        let issues = issues.iter().map(|params| &params["issue"]);
        let issues = issues.filter(|issue| issue["code"] == "ContentSecurityPolicyIssue");
        let details = issues.map(|issue| &issue["details"]["contentSecurityPolicyIssueDetails"]);
        details
            .map(|details| Violation {
                directive: text(&details["violatedDirective"]),
                blocked: details["blockedURL"].as_str().unwrap_or_default().to_owned(),
                report_only: details["isReportOnly"] == true,
            })
            .collect()
    }

    /// Waits until policies have kept something from happening, and says what.
    ///
    /// # Panics
    ///
    /// There is nothing after a minute.
    #[track_caller]
    pub fn violated(&self) -> Vec<Violation> {
        let began = Instant::now();
        loop {
            let violations = self.violations();
            if !violations.is_empty() {
                return violations;
            }
            assert!(began.elapsed() < PATIENCE, "nothing was refused: {:?}", self.console());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the browser and the page have written to the console since the page was made.
    pub fn console(&self) -> Vec<String> {
        let told = self.seen("Log.entryAdded");
        let told = told.iter().map(|params| params["entry"]["text"].to_string());
        let logged = self.seen("Runtime.consoleAPICalled");
        let logged = logged.iter().map(|params| params["args"].to_string());
        let thrown = self.seen("Runtime.exceptionThrown");
        let thrown = thrown.iter().map(|params| params["exceptionDetails"].to_string());
        told.chain(logged).chain(thrown).collect()
    }

    /// The addresses of documents that are shown in frames of this page, as far as they are of its
    /// own site: the others are pages of their own to the browser.
    pub fn framed(&self) -> Vec<String> {
        let frames = self.seen("Page.frameNavigated");
        let frames = frames.iter().map(|params| &params["frame"]);
        let shown = frames.filter(|frame| frame["unreachableUrl"].is_null());
        shown.filter(|frame| frame["id"] != self.frame).map(|frame| text(&frame["url"])).collect()
    }

    /// Presses a key and lets it go.
    pub fn press(&self, key: Key) {
        let mut event = key.down();
        self.command("Input.dispatchKeyEvent", &event);
        event["type"] = "keyUp".into();
        event["text"] = "".into();
        self.command("Input.dispatchKeyEvent", &event);
    }

    /// Writes text, key by key, into what has the focus.
    pub fn write(&self, text: &str) {
        for sign in text.chars() {
            let down =
                json!({"type": "keyDown", "key": sign.to_string(), "text": sign.to_string()});
            self.command("Input.dispatchKeyEvent", &down);
            let up = json!({"type": "keyUp", "key": sign.to_string()});
            self.command("Input.dispatchKeyEvent", &up);
        }
    }

    /// Sets what the user's system prefers.
    pub fn prefer(&self, scheme: Scheme) {
        let value = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let feature = json!({"name": "prefers-color-scheme", "value": value});
        self.command("Emulation.setEmulatedMedia", &json!({"features": [feature]}));
    }

    /// Sets the size of the window, in CSS pixels.
    pub fn viewport(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.command("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Whether the page's own script runs, from the next page on. [`evaluate`](Self::evaluate)
    /// works all the same.
    pub fn allow_script(&self, allowed: bool) {
        self.command("Emulation.setScriptExecutionDisabled", &json!({"value": !allowed}));
    }

    /// The cookies of this page's profile, those that no script sees included, as the `DevTools`
    /// protocol describes them (`name`, `value`, `httpOnly`, `secure`, `sameSite`).
    pub fn cookies(&self) -> Vec<Value> {
        let context = json!({"browserContextId": self.context});
        let mut cookies = self.browser.told("", "Storage.getCookies", &context);
        cookies["cookies"].as_array_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What a screen reader calls the things of this role, in the order of the page.
    pub fn named(&self, role: &str) -> Vec<String> {
        let tree = self.command("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().into_iter().flatten();
        let nodes = nodes.filter(|node| node["ignored"] == false && node["role"]["value"] == role);
        nodes.map(|node| node["name"]["value"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Keeps a picture of the whole page, as PNG.
    ///
    /// # Panics
    ///
    /// The file cannot be written.
    pub fn screenshot(&self, path: &Path) {
        let how = json!({"format": "png", "captureBeyondViewport": true});
        let shot = self.command("Page.captureScreenshot", &how);
        let png = STANDARD.decode(text(&shot["data"])).unwrap_or_else(|error| panic!("{error}"));
        fs::write(path, png).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    #[track_caller]
    fn command(&self, method: &str, params: &Value) -> Value {
        self.browser.told(&self.session, method, params)
    }

    fn try_evaluate(&self, expression: &str) -> Result<Value, String> {
        let how = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
            "userGesture": true,
        });
        let mut answer = self.browser.command(&self.session, "Runtime.evaluate", &how)?;
        match answer.get("exceptionDetails") {
            Some(thrown) => Err(thrown.to_string()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// What came with the events of this name.
    fn seen(&self, method: &str) -> Vec<Value> {
        // An answer comes behind the events before it.
        self.command("Runtime.evaluate", &json!({"expression": "0"}));
        let events = self.browser.with(|pipe| pipe.events(&self.session, 0, |_| true));
        let events = events.unwrap_or_else(|error| panic!("{error}"));
        events
            .into_iter()
            .filter(|event| event.method == method)
            .map(|event| event.params)
            .collect()
    }
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
