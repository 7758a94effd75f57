//! `midapi restate register`, `submit`, `wait` and `account`

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, pin_mut};
use midapi::{Error, ErrorKind};
use midapi_restate::{AccountChange, Admin, Ingress, Outcome, WaitOptions};

use crate::args::{AccountArgs, DurableWaitArgs, IngressArgs, OutputArgs, RegisterArgs, SubmitArgs};
use crate::id_stream::Position;
use crate::id_tracker::IdTracker;
use crate::output::sanitized::Sanitized;
use crate::output::terminal::{OutputError, print, print_raw, print_stderr};
use crate::output::{ErrorContext, ErrorReporter, json, print_result};

/// The maximum number of concurrent submissions.
const MAX_SUBMISSIONS: usize = 32;
/// The maximum number of connections that wait for an outcome.
const MAX_WAITS: usize = 256;
/// The time after which a connection is used for another id, if there are more ids than connections.
const TURN: Duration = Duration::from_secs(5);

/// Registers workers.
pub(super) async fn register(args: &RegisterArgs) -> Result<u8, OutputError> {
    let registered = async { Admin::new(&args.admin)?.register(&args.worker, args.force).await };
    let deployment = match registered.await {
        Ok(deployment) => deployment,
        Err(error) => return Ok(report(&error, "check the URL of the admin API: --admin URL")),
    };
    print(Sanitized(&deployment.id))?;
    for service in deployment.services {
        print(format_args!("  {} revision {}", Sanitized(&service.name), service.revision))?;
    }
    Ok(0)
}

/// Submits ids.
pub(super) async fn submit(args: SubmitArgs) -> Result<u8, OutputError> {
    let options = WaitOptions::default();
    let options = args.timeout.into_iter().fold(options, WaitOptions::timeout);
    let options = args.interval.into_iter().fold(options, WaitOptions::interval);
    let options = args.first_delay.into_iter().fold(options, WaitOptions::first_delay);
    let options = args.not_found_grace.into_iter().fold(options, WaitOptions::not_found_grace);
    let options = args.then.into_iter().fold(options, WaitOptions::then);
    let options = args.download.into_iter().fold(options, WaitOptions::download);
    let ingress = match options.check().and_then(|()| Ingress::new(&args.ingress.ingress)) {
        Ok(ingress) => ingress,
        Err(error) => return Ok(report(&error, "")),
    };
    let tracker = IdTracker::new(args.ids);
    let (account, count) = (&args.ingress.account, &mut 0);
    let submissions = tracker.ids().map(|(position, id)| {
        let (ingress, options) = (&ingress, &options);
        async move {
            match id {
                Ok(id) => (position, ingress.submit(account, &id, options).await.map(|effect| (id, effect))),
                Err(error) => (position, Err(error)),
            }
        }
    });
    let submissions = submissions.buffer_unordered(MAX_SUBMISSIONS);
    pin_mut!(submissions);
    while let Some((position, result)) = submissions.next().await {
        match result {
            Ok((id, effect)) => {
                *count += 1;
                print(format_args!("{}  {}", Sanitized(id.as_str()), format!("{effect:?}").to_lowercase()))?;
            }
            Err(error) if is_of_server(&error) => {
                let status = report(&error, SERVER_HINT);
                print_stderr(format_args!(
                    "{count} ids submitted; run the command again: submitted ids are not submitted twice"
                ));
                return Ok(status);
            }
            Err(error) => {
                report(&error, "");
                tracker.record_failure(position, error.kind().exit_code());
            }
        }
    }
    Ok(tracker.exit_status())
}

/// Prints the outcomes of ids as they arrive.
pub(super) async fn wait(args: DurableWaitArgs) -> Result<u8, OutputError> {
    let ingress = match Ingress::new(&args.ingress.ingress) {
        Ok(ingress) => ingress,
        Err(error) => return Ok(report(&error, "")),
    };
    let start = Instant::now();
    let left = || args.timeout.map(|timeout| timeout.saturating_sub(start.elapsed()));
    let tracker = IdTracker::new(args.ids);
    let context = ErrorContext { command: "midapi restate".into(), has_summary: true, ..ErrorContext::default() };
    let mut reporter = ErrorReporter::new(context);
    let mut queue: VecDeque<_> = tracker.ids().collect().await;
    let turn = (queue.len() > MAX_WAITS).then_some(TURN);
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < MAX_WAITS
            && let Some((position, id)) = queue.pop_front()
        {
            let (ingress, account, limit) = (&ingress, &args.ingress.account, left().into_iter().chain(turn).min());
            running.push(async move {
                match id {
                    Ok(id) => (position, ingress.wait(account, &id, limit).await, Ok(id)),
                    Err(error) => (position, Err(error.clone()), Err(error)),
                }
            });
        }
        let Some((position, result, id)) = running.next().await else { break };
        match result {
            Ok(outcome) => print_outcome(outcome, position, args.output, &tracker, &mut reporter)?,
            // The turn of this id ended before the time limit of the command. (If the durable wait itself ran out of
            // time, the result is an outcome, not an error.)
            Err(error) if error.kind() == ErrorKind::Deadline && left().is_none_or(|left| !left.is_zero()) => {
                queue.push_back((position, id));
            }
            Err(error) if is_of_server(&error) => return Ok(report(&error, SERVER_HINT)),
            Err(error) => {
                if args.output.json {
                    print_raw(json::format_failure(&error))?;
                }
                report(&error, if error.is_not_found() { "submit the id first: midapi restate submit ID" } else { "" });
                tracker.record_failure(position, error.kind().exit_code());
            }
        }
    }
    reporter.finish();
    Ok(tracker.exit_status())
}

fn print_outcome(
    outcome: Outcome,
    position: Position,
    output: OutputArgs,
    tracker: &IdTracker,
    reporter: &mut ErrorReporter,
) -> Result<(), OutputError> {
    let line = output.json.then(|| json::to_line(outcome.json()));
    let result = outcome.into_result();
    if let Some(line) = line {
        result.as_ref().err().into_iter().for_each(|error| reporter.report(error));
        print_raw(line)?;
    } else if let Some(status) = print_result(&result, output, reporter)? {
        tracker.record_failure(position, status);
    }
    tracker.record(position, &result);
    Ok(())
}

/// Changes an account if options ask for it, and prints its status.
pub(super) async fn account(args: &AccountArgs) -> Result<u8, OutputError> {
    let AccountArgs { ingress: IngressArgs { account, ingress }, rate, pause, resume, json } = args;
    let change = AccountChange { rate: *rate, pause: pause.map(|time| time.as_secs_f64()), resume: *resume };
    let status = async {
        let ingress = Ingress::new(ingress)?;
        if change == AccountChange::default() {
            ingress.account(account).await
        } else {
            ingress.configure(account, change).await
        }
    };
    let status = match status.await {
        Ok(status) => status,
        Err(error) => return Ok(report(&error, if is_of_server(&error) { SERVER_HINT } else { "" })),
    };
    if *json {
        print_raw(json::to_line(&status))?;
        return Ok(0);
    }
    print(format_args!("account  {}\nrate     {} per second", Sanitized(&status.account), status.rate))?;
    let pause = status.pause.map(|pause| match pause.until {
        Some(until) => format!("until {until}: {}", pause.reason),
        None => format!("until --resume: {}", pause.reason),
    });
    print(format_args!("pause    {}", Sanitized(pause.as_deref().unwrap_or("none"))))?;
    Ok(0)
}

const SERVER_HINT: &str =
    "is the Restate server running (--ingress URL), and are workers registered (midapi restate register URL)?";

/// Whether an error concerns the Restate server rather than one id.
fn is_of_server(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Usage | ErrorKind::NotFound | ErrorKind::Deadline)
}

/// Prints an error with a hint, and returns its exit status.
fn report(error: &Error, hint: &str) -> u8 {
    let id = error.task_id().map(|id| format!("{}: ", Sanitized(id))).unwrap_or_default();
    let hint = if hint.is_empty() { String::new() } else { format!("\n  hint: {hint}") };
    print_stderr(format_args!("error: {id}{}{hint}", Sanitized(error.message())));
    error.kind().exit_code()
}
