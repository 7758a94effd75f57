//! The ways to look a task up, from bytes on a socket to the SDK.

mod generated;
mod http;
mod sdk;
mod tcp;

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::ID;

/// One way.
trait Look: Send + Sync + 'static {
    /// Looks the task up once, and reads the answer.
    fn look(&self) -> impl Future<Output = ()> + Send;
}

/// Takes orders from standard input: for each line, a number, makes so many look-ups and says `done`. `told` is what is said with it.
///
/// The arguments are the way, the base URL and how many look-ups are under way at once.
pub fn take_orders(mut told: impl FnMut() -> String) {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [way, base_url, in_flight] = &arguments[..] else { panic!("usage: WAY BASE_URL IN_FLIGHT") };
    let in_flight = in_flight.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let mut orders = |run: &mut dyn FnMut(u64)| {
        println!("ready");
        for line in std::io::stdin().lock().lines() {
            run(line.unwrap().trim().parse().unwrap());
            println!("done {}", told());
            std::io::stdout().flush().unwrap();
        }
    };
    macro_rules! by {
        ($way:expr) => {{
            let way = Arc::new($way);
            orders(&mut |looks| runtime.block_on(look_often(&way, in_flight, looks)));
        }};
    }
    match way.as_str() {
        "tcp" => by!(tcp::Tcp::new(base_url)),
        "hyper" => by!(http::Hyper::new(base_url)),
        "reqwest" => by!(http::Reqwest::new(base_url)),
        "generated" => by!(generated::Generated::new(base_url)),
        "sdk" => by!(sdk::Sdk::new(base_url)),
        "sdk-all-features" => by!(sdk::Sdk::with_everything(base_url)),
        other => panic!("no way is called {other:?}"),
    }
}

/// A task each for as many as are under way at once, which share the look-ups.
async fn look_often<L: Look>(way: &Arc<L>, in_flight: usize, looks: u64) {
    let left = Arc::new(AtomicU64::new(looks));
    let workers: Vec<_> = (0..in_flight)
        .map(|_| {
            let (way, left) = (Arc::clone(way), Arc::clone(&left));
            tokio::spawn(async move {
                while left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
                    way.look().await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
}

/// The request in HTTP/1.1, with lines of headers more.
pub(crate) fn request_text(host: &str, more: &str) -> String {
    format!(
        "GET /api/v1/mj/record-info?taskId={ID} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer made-up\r\n\
         content-type: application/json\r\naccept: application/json\r\n{more}\r\n"
    )
}
