//! A headless Chromium, driven by the `DevTools` protocol over its standard input and output.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

const TIMEOUT: Duration = Duration::from_secs(20);

/// Locked while a browser runs, so that only one runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

pub(crate) struct Browser {
    /// Several browsers at once starve each other on a small machine.
    _alone: MutexGuard<'static, ()>,
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    last_id: u64,
    /// The URLs of all requests.
    pub(crate) requests: Vec<String>,
    /// Messages of the console, uncaught errors and violations of the policy.
    pub(crate) complaints: Vec<String>,
    loads: usize,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser. If Chromium is not installed, prints a line to standard error and returns None.
    pub(crate) fn start() -> Option<Self> {
        let profile = tempfile::tempdir().expect("a directory for the profile");
        if Command::new("chromium").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            eprintln!("skipped: chromium is not installed (apt-get install chromium)");
            return None;
        }
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        // Chromium reads commands from file descriptor 3 and writes to file descriptor 4.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec chromium "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "chromium"])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"])
            .args(["--window-size=1280,900", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("a message in JSON");
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take().expect("a pipe");
        let (requests, complaints) = (Vec::new(), Vec::new());
        let mut browser = Self {
            _alone: alone,
            child,
            input,
            messages,
            session: None,
            last_id: 0,
            requests,
            complaints,
            loads: 0,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].take();
        let attached = browser.call("Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Opens a file and waits until it is loaded and receives keys: Chromium drops input before the first paint.
    pub(crate) fn open(&mut self, path: &Path) {
        let loads = self.loads;
        let url = format!("file://{}", path.display());
        let error = self.call("Page.navigate", &json!({ "url": url }))["errorText"].take();
        assert!(error.is_null(), "{url}: {error}");
        while self.loads == loads {
            self.receive();
        }
        self.eval("addEventListener('keydown', () => { window.receivesKeys = true; }, { once: true })");
        let begin = Instant::now();
        while self.eval("window.receivesKeys === true") != json!(true) {
            assert!(begin.elapsed() < TIMEOUT, "{url} receives no key after {TIMEOUT:?}");
            self.press("Shift");
        }
    }

    /// Evaluates an expression in the page.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut result = self.call("Runtime.evaluate", &params);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].take()
    }

    /// Waits until an expression is true.
    pub(crate) fn wait_for(&mut self, expression: &str) {
        let begin = Instant::now();
        while self.eval(expression) != json!(true) {
            assert!(begin.elapsed() < TIMEOUT, "{expression} is not true after {TIMEOUT:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Presses a key: a character, or a name such as `Enter` or `ArrowDown`.
    pub(crate) fn press(&mut self, key: &str) {
        let text = match key {
            "Enter" => "\r",
            key if key.chars().count() == 1 => key,
            _ => "",
        };
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        let params = json!({ "type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", &params);
        self.call("Input.dispatchKeyEvent", &json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code }));
    }

    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.input.write_all(format!("{message}\0").as_bytes()).expect("the browser runs");
        loop {
            let mut response = self.receive();
            if response["id"] == self.last_id {
                assert!(response["error"].is_null(), "{method}: {}", response["error"]);
                return response["result"].take();
            }
        }
    }

    /// Receives a message, and records the requests, page loads and complaints that the tests check.
    fn receive(&mut self) -> Value {
        let message = self.messages.recv_timeout(TIMEOUT).expect("a message of the browser");
        let params = &message["params"];
        match message["method"].as_str() {
            Some("Page.loadEventFired") => self.loads += 1,
            Some("Network.requestWillBeSent") => {
                self.requests.push(params["request"]["url"].as_str().unwrap_or_default().to_owned());
            }
            Some("Runtime.consoleAPICalled") => self.complaints.push(params["args"].to_string()),
            Some("Runtime.exceptionThrown") => self.complaints.push(params["exceptionDetails"].to_string()),
            Some("Log.entryAdded") => self.complaints.push(params["entry"].to_string()),
            _ => {}
        }
        message
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Errors are ignored: the browser also ends when its input is closed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
