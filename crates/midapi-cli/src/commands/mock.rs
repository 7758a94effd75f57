//! `midapi mock`

use std::io::ErrorKind;

use midapi_mock::MockServer;

use crate::args::MockCommand;
use crate::output::terminal::{OutputError, print, print_stderr};
use crate::signals::shutdown_signal;

/// Runs a mock server until a signal, or lists the demo ids.
pub(crate) async fn run(args: &MockCommand) -> Result<u8, OutputError> {
    if args.list {
        for demo in midapi_mock::demos() {
            print(format_args!("{:<28} {}", demo.id, demo.description))?;
        }
        return Ok(0);
    }
    let mut builder = MockServer::builder().listen(args.listen).log(false);
    if let Some(dir) = &args.replay {
        builder = match builder.replay(dir) {
            Ok(builder) => builder,
            Err(error) => {
                print_stderr(format_args!("error: cannot replay {}: {error}", dir.display()));
                return Ok(1);
            }
        };
    }
    if let Some(file) = &args.scenarios {
        builder = match builder.scenario_file(file) {
            Ok(builder) => builder,
            Err(error) => {
                print_stderr(format_args!("error: {error}"));
                return Ok(1);
            }
        };
    }
    let server = match builder.start() {
        Ok(server) => server,
        Err(error) => {
            print_stderr(format_args!("error: {error}"));
            // A non-loopback address is an invalid option. An address that is in use is another failure.
            return Ok(if error.kind() == ErrorKind::InvalidInput { 2 } else { 1 });
        }
    };
    let base_url = server.base_url();
    print(&base_url)?;
    print_stderr(format_args!(
        "listening until Ctrl-C; in another terminal:\n  export MIDAPI_BASE_URL={base_url} MIDAPI_API_KEY=example-key\n  midapi wait demo"
    ));
    Ok(shutdown_signal().await)
}
